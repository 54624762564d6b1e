import { describe, expect, it } from '@jest/globals';
import type { Cluster } from '#kube/cluster.ts';
import { decodeTrusted } from '#kube/decode.ts';
import { encode } from '#kube/encode.ts';
import { IPAddress } from '#kube/kinds/ip-address.ts';
import { kindOf } from '#kube/kinds/lookup.ts';
import { resourceOf, type Kind } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';
import { splitDocuments } from '#kube/yaml.ts';
import { parseYaml } from '#kube/yaml.ts';
import { recordedText } from '../support/recorded.ts';
import { Client, kinds, recordedCluster } from '../support/write.ts';

/** The manifests from which the recorded cluster was made, in their order. */
const manifests = splitDocuments(recordedText('market/manifests.yaml')).filter((text) => text.trim() !== '');
const market = recordedCluster('market/cluster.json');

interface Case {
  readonly title: string;
  readonly kind: Kind;
  readonly text: string;
  readonly recorded: KubeObject | undefined;
}

const cases: Case[] = manifests.map((text) => {
  const value = parseYaml(text);
  if (!value.ok) throw new Error(value.error);
  const { apiVersion, kind: name, metadata } = value.value as KubeObject;
  const kind = kindOf(kinds, apiVersion, name)!;
  const recorded = market.get(kind, metadata.namespace ?? '', metadata.name);
  return { title: `${name} ${metadata.namespace ?? ''}/${metadata.name}`, kind, text, recorded };
});

/** The cluster as it was before: its nodes, system objects and ServiceAccounts. */
function before(): Cluster {
  const draft = market.edit();
  for (const { kind, recorded } of cases) {
    const keep = ['Namespace', 'ServiceAccount'].includes(kind.kind);
    if (recorded !== undefined && !keep) draft.remove(kind, recorded.metadata.namespace ?? '', recorded.metadata.name);
  }
  for (const { metadata } of draft.list(IPAddress)) if (metadata.name !== '10.112.0.1') draft.remove(IPAddress, '', metadata.name);
  return draft.publish();
}

/** What others have written since, and what differs from run to run. */
const written: Readonly<Record<string, RegExp>> = {
  // The scheduler and the kubelet.
  pods: /^(spec\.nodeName|metadata\.labels\.topology|metadata\.(deletion|generation))/,
  // Somebody set ranges and ports that are random here.
  services: /^(spec\.(clusterIPs?|healthCheckNodePort|ports\.\d+\.nodePort))/,
  'deployments.apps': /^metadata\.annotations\.deployment/,
  'daemonsets.apps': /^metadata\.annotations\.deprecated/,
  'cronjobs.batch': /^metadata\.managed/,
};
const always = /^(status|metadata\.(uid|resourceVersion|creationTimestamp))/;

/** `spec.ports.0.port` → 80 */
function leaves(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return [[path, value]];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, path === '' ? key : `${path}.${key}`));
}

function comparable(kind: Kind, object: KubeObject): Record<string, unknown> {
  const { uid = '' } = object.metadata;
  const text = JSON.stringify(encode(kind, object))
    .replaceAll(uid, 'UID')
    .replace(/kube-api-access-[a-z0-9]{5}/g, 'kube-api-access-…');
  const skipped = written[resourceOf(kind)];
  return Object.fromEntries(leaves(JSON.parse(text)).filter(([path]) => !always.test(path) && skipped?.test(path) !== true));
}

const client = new Client(before());

describe('objects as kube-apiserver v1.36.2 stored them', () => {
  it.each(cases.map((one) => [one.title, one] as const))('%s', (_title, { kind, text, recorded }) => {
    if (['Namespace', 'ServiceAccount'].includes(kind.kind)) return;
    const { object } = client.create(text);
    expect(object).toBeDefined();
    if (recorded === undefined) return;
    expect(comparable(kind, object!)).toEqual(comparable(kind, decodeTrusted(kind, recorded)));
  });
});
