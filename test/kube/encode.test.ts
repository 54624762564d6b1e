import { describe, expect, it } from '@jest/globals';
import { decodeTrusted } from '#kube/decode.ts';
import { encode } from '#kube/encode.ts';
import { gatewayKinds } from '#kube/kinds/gateway/index.ts';
import { builtInKinds } from '#kube/kinds/index.ts';
import { kindOf } from '#kube/kinds/lookup.ts';
import { ConfigMap } from '#kube/kinds/config-map.ts';
import { Deployment } from '#kube/kinds/deployment.ts';
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { groupBy } from '#kube/group.ts';
import type { KubeObject } from '#kube/object.ts';
import { parseYaml, splitDocuments } from '#kube/yaml.ts';
import { yamlText } from '#kube/yaml-print.ts';
import { recordedLines, recordedText } from '../support/recorded.ts';

const kinds = [...builtInKinds, ...gatewayKinds];

describe('the objects of a real server', () => {
  const { objects } = JSON.parse(recordedText('market/cluster.json')) as { objects: KubeObject[] };
  const byKind = groupBy(objects, ({ apiVersion, kind }) => `${apiVersion} ${kind}`);
  it.each([...byKind])('%s', (_, members) => {
    for (const object of members) {
      const kind = kindOf(kinds, object.apiVersion, object.kind)!;
      expect(encode(kind, decodeTrusted(kind, object))).toEqual(object);
    }
  });
});

describe('the objects that kubectl v1.33 makes', () => {
  const recorded = recordedLines('market/yaml-output.jsonl').filter(({ stdout }) => stdout.includes('creationTimestamp: null'));
  it.each(recorded.map(({ command, stdout }) => [command, stdout] as const))('%s', (_, stdout) => {
    for (const document of splitDocuments(stdout)) {
      const parsed = parseYaml(document);
      const object = (parsed.ok ? parsed.value : undefined) as KubeObject;
      const kind = kindOf(kinds, object.apiVersion, object.kind)!;
      expect(yamlText(encode(kind, decodeTrusted(kind, object), { minorVersion: 33 }))).toBe(document);
    }
  });
});

describe('what is empty', () => {
  it('is null for lists that are always printed, and gone for others', () => {
    const slice = { metadata: { name: 's' }, addressType: 'IPv4', endpoints: [], ports: [] };
    expect(encode(EndpointSlice, decodeTrusted(EndpointSlice, slice))).toEqual({
      metadata: { name: 's' },
      apiVersion: '',
      kind: '',
      addressType: 'IPv4',
      endpoints: null,
      ports: null,
    });
    expect(encode(ConfigMap, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', labels: {} } })).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c' },
    });
  });

  it('is printed for structs, and for creation times of old servers', () => {
    const deployment = decodeTrusted(Deployment, {
      metadata: { name: 'd' },
      spec: { selector: {}, template: { metadata: { labels: { a: 'b' } } } },
    });
    expect(encode(Deployment, deployment, { minorVersion: 33 })).toMatchObject({
      metadata: { name: 'd', creationTimestamp: null },
      spec: { strategy: {}, template: { metadata: { labels: { a: 'b' }, creationTimestamp: null }, spec: { containers: null } } },
      status: {},
    });
  });
});
