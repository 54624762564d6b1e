import { describe, expect, it } from '@jest/globals';
import { withDefaults } from '#control/defaults/index.ts';
import { decode, decodeTrusted } from '#kube/decode.ts';
import { gatewayKinds } from '#kube/kinds/gateway/index.ts';
import { builtInKinds } from '#kube/kinds/index.ts';
import { kindOf } from '#kube/kinds/lookup.ts';
import type { KubeObject } from '#kube/object.ts';
import { readDocuments } from '#kube/yaml.ts';
import { recordedText } from '../../support/recorded.ts';

const kinds = [...builtInKinds, ...gatewayKinds];

/** What defaulting has nothing to do with: it comes from allocation, admission or controllers. */
const added: Readonly<Record<string, readonly RegExp[]>> = {
  '': [/^metadata\.(creationTimestamp|resourceVersion|uid|generation|managedFields)$/],
  Namespace: [/^spec\.finalizers$/],
  Service: [/^spec\.(clusterIPs?|ipFamil\w+|healthCheckNodePort)$/, /^spec\.ports\.\d+\.nodePort$/, /^status/],
  Pod: [
    /^metadata\.(labels(\.topology\.kubernetes\.io\/\w+)?|deletion\w+|annotations.*)$/,
    /^spec\.(nodeName|priority|preemptionPolicy|serviceAccount(Name)?|tolerations.*|volumes.*)$/,
    /^spec\.\w*[cC]ontainers\.\d+\.(volumeMounts.*|resources\..*)$/,
    /^status/,
  ],
  Deployment: [/^metadata\.annotations/, /^status/],
  DaemonSet: [/^metadata\.annotations/, /^status/],
  StatefulSet: [/^status/],
  Job: [
    /^(metadata|spec\.template\.metadata)\.labels\.(batch\.kubernetes\.io\/)?(controller-uid|job-name)$/,
    /^spec\.selector$/,
    /^status/,
  ],
  CronJob: [/^status/],
  HorizontalPodAutoscaler: [/^status/],
  PodDisruptionBudget: [/^status/],
  ResourceQuota: [/^status/],
  PersistentVolume: [/^metadata\.finalizers$/, /^status/],
  PersistentVolumeClaim: [/^metadata\.finalizers$/, /^status/],
  Ingress: [/^status/, /^spec\.ingressClassName$/],
  Endpoints: [/^metadata\.(annotations|labels)/],
  Node: [/./],
  Gateway: [/^status/],
  GatewayClass: [/^status/],
  HTTPRoute: [/^status/],
};

/** Every value that differs: `spec.replicas: 1, 2`. */
function differences(ours: unknown, theirs: unknown, path: string): readonly string[] {
  if (typeof ours === 'object' && typeof theirs === 'object' && ours !== null && theirs !== null) {
    const keys = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
    return [...keys].flatMap((key) => {
      const [left, right] = [ours, theirs].map((value) => (value as Record<string, unknown>)[key]);
      return differences(left, right, path === '' ? key : `${path}.${key}`);
    });
  }
  return ours === theirs ? [] : [`${path}: ${JSON.stringify(ours)}, ${JSON.stringify(theirs)}`];
}

describe('the manifests of a real cluster, defaulted, are what its server held', () => {
  const { objects } = JSON.parse(recordedText('market/cluster.json')) as { objects: KubeObject[] };
  const name = ({ apiVersion, kind, metadata }: KubeObject) => `${apiVersion} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
  const held = new Map(objects.map((object) => [name(object), object]));
  const documents = readDocuments(recordedText('market/manifests.yaml'));
  const manifests = (documents.ok ? (documents.value as readonly KubeObject[]) : []).filter((manifest) => held.has(name(manifest)));

  it('finds most of them', () => expect(manifests.length).toBeGreaterThan(115));

  it.each(manifests.map((manifest) => [name(manifest), manifest] as const))('%s', (key, manifest) => {
    const kind = kindOf(kinds, manifest.apiVersion, manifest.kind)!;
    const decoded = decode(kind, manifest);
    if (!decoded.ok) throw new Error(decoded.error.message);
    const ours = withDefaults(kind, decoded.value.object, 36);
    const theirs = decodeTrusted(kind, held.get(key));
    const excused = [...added['']!, ...(added[manifest.kind] ?? [])];
    const found = differences(ours, theirs, '').filter(
      (line) => !excused.some((pattern) => pattern.test(line.slice(0, line.indexOf(': ')))),
    );
    expect(found).toEqual([]);
    // Doing it again changes nothing.
    expect(withDefaults(kind, ours, 36)).toEqual(ours);
  });
});
