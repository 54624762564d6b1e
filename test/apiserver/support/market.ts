/** The recorded cluster `market` in a lab where nothing happens by itself. */
import { Cluster } from '#kube/cluster.ts';
import { decodeTrusted } from '#kube/decode.ts';
import type { Kind } from '#kube/kind.ts';
import { gatewayKinds } from '#kube/kinds/gateway/index.ts';
import { builtInKinds } from '#kube/kinds/index.ts';
import type { KubeObject } from '#kube/object.ts';
import { Lab } from '#lab/lab.ts';
import { recordedLines, recordedText, type Recorded } from '../../support/recorded.ts';

export type RecordedCommand = Recorded;

/** A file of the recording of this cluster. */
export function readRecorded(name: string): string {
  return recordedText(`market/${name}`);
}

export function readCommands(name: string): readonly Recorded[] {
  return recordedLines(`market/${name}`);
}

const kinds: readonly Kind[] = [...builtInKinds, ...gatewayKinds];

export function kindOfObject({ apiVersion, kind }: KubeObject): Kind {
  const found = kinds.find((one) => one.kind === kind && (one.group === '' ? one.version : `${one.group}/${one.version}`) === apiVersion);
  if (found === undefined) throw new Error(`no kind for ${apiVersion} ${kind}`);
  return found;
}

const created = (creationTimestamp: string, name: string, namespace?: string) => ({
  name,
  creationTimestamp,
  ...(namespace !== undefined && { namespace }),
});

/** What the server held beside the dump: priority classes and roles it makes when it starts, and what the manifests add to them. */
const besides: readonly KubeObject[] = [
  ...[
    ['system-cluster-critical', 2000000000],
    ['system-node-critical', 2000001000],
  ].map(([name, value]) => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: created('2026-11-23T02:56:56Z', String(name)),
    value,
    preemptionPolicy: 'PreemptLowerPriority',
  })),
  ...['gatewayclasses', 'gateways', 'httproutes', 'referencegrants'].map((plural) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: created('2026-11-23T03:01:28Z', `${plural}.gateway.networking.k8s.io`),
    spec: { group: 'gateway.networking.k8s.io', names: { plural, kind: '' }, scope: 'Namespaced', versions: [] },
    status: { conditions: [], acceptedNames: { plural, kind: '' }, storedVersions: [] },
  })),
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: created('2026-11-23T03:01:34Z', 'node-peek'),
    rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list'] }],
  } as KubeObject,
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: created('2026-11-23T03:01:34Z', 'stallholders-peek'),
    subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'stallholders' }],
    roleRef: { kind: 'ClusterRole', apiGroup: 'rbac.authorization.k8s.io', name: 'node-peek' },
  } as KubeObject,
];

export function clusterOf(objects: readonly KubeObject[]): Cluster {
  const draft = new Cluster('market', new Map(), 5000).edit();
  for (const object of objects) draft.keep(kindOfObject(object), decodeTrusted(kindOfObject(object), object));
  return draft.publish();
}

/** A lab where nothing happens by itself. */
export function labOf(cluster: Cluster, now: number): Lab {
  return new Lab({ cluster, hosts: new Map(), now }, () => undefined);
}

const dump = JSON.parse(readRecorded('cluster.json')) as { readonly objects: readonly KubeObject[] };
const recordedCluster = clusterOf([...dump.objects, ...besides]);

/** The cluster as it was recorded. */
export function market(now = Date.parse('2026-11-23T03:04:13Z')): Lab {
  return labOf(recordedCluster, now);
}
