import { describe, expect, it } from '@jest/globals';
import { encode } from '#kube/encode.ts';
import { kindOf } from '#kube/kinds/lookup.ts';
import { parseYaml } from '#kube/yaml.ts';
import { recordedLines, type Recorded } from '../support/recorded.ts';
import { Client, kinds, recordedCluster, type Answer } from '../support/write.ts';

/** Two families: pods 10.70.0.0/16 and fd00:70::/56, Services 10.120.0.0/16 and fd00:120::/112. */
const market6 = recordedCluster('market6/cluster.json');
const records = recordedLines('market6/kubectl.jsonl');

/** What differs from run to run: UIDs, versions, times, and addresses that nobody asked for. Records of clusters lack kubectl's annotation. */
function comparable(object: unknown, chosen: readonly string[] = []): unknown {
  const text = chosen.reduce((shown, address) => shown.replaceAll(JSON.stringify(address), '"any"'), JSON.stringify(object));
  const { metadata, ...rest } = JSON.parse(text) as { metadata: Record<string, unknown> };
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _created, annotations: _annotations, ...marks } = metadata;
  return { ...rest, metadata: marks };
}

function shown({ object }: Answer): unknown {
  return object === undefined ? undefined : encode(kindOf(kinds, object.apiVersion, object.kind)!, object);
}

function printed({ stdout }: Recorded): unknown {
  const value = parseYaml(stdout);
  return value.ok && value.value !== null ? value.value : undefined;
}

const creations = records.filter(({ command }) => command === 'kubectl create --dry-run=server -o yaml -f -');

describe('Services of a dual-stack cluster, tried out with --dry-run=server', () => {
  it.each(creations.map((record) => [record.stdin!.split('\n')[3]!, record] as const))('%s', (_spec, record) => {
    const answer = new Client(market6).create(record.stdin!, { dryRun: true });
    expect(answer.stderr).toBe(record.stderr);
    const expected = printed(record);
    expect(answer.object === undefined ? undefined : comparable(shown(answer))).toEqual(expected && comparable(expected));
  });
});

describe('Services of a dual-stack cluster, patched one after the other', () => {
  const client = new Client(market6);
  const patches = records.filter(({ command }) => command.startsWith('kubectl patch'));
  const form = /^kubectl patch svc (\S+) -n (\S+) (?:--type=(\S+) )?-p '(.*)'/;
  it.each(patches.map((record) => [record.command, record] as const))('%s', (command, record) => {
    const [, name = '', namespace = '', type = 'strategic', patch = ''] = form.exec(command)!;
    const answer = client.patch('svc', namespace, name, patch, type as 'strategic');
    expect(answer.stderr).toBe(record.stderr);
    if (record.stdout.startsWith('apiVersion')) {
      const secondOf = (object: unknown) => (object as { spec: { clusterIPs: string[] } }).spec.clusterIPs.slice(1);
      const [seen, expected] = [shown(answer), printed(record)];
      expect(comparable(seen, secondOf(seen))).toEqual(comparable(expected, secondOf(expected)));
    }
  });
});
