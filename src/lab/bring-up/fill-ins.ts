/** What a dump leaves out and its cluster has: owners that its pods name, and what every cluster of kubeadm's has. */
import { uuidOf } from '#kube/chance.ts';
import { groupBy } from '#kube/group.ts';
import type { DaemonSet } from '#kube/kinds/daemon-set.ts';
import type { Deployment } from '#kube/kinds/deployment.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import type { PodTemplateSpec } from '#kube/kinds/pod-template.ts';
import type { ReplicaSet } from '#kube/kinds/replica-set.ts';
import { controllerOf, type KubeObject } from '#kube/object.ts';
import { matchesLabels } from '#kube/selector.ts';
import type { Dump } from './dump.ts';
import type { Manifest } from './objects.ts';

export interface FillIns {
  /** Manifests of what the dump lacks altogether. */
  readonly missing: readonly Manifest[];
  /** Owners of pods of the dump, with the names and UIDs by which the pods know them. */
  readonly owners: readonly KubeObject[];
}

const hashKey = 'pod-template-hash';
const generationKey = 'pod-template-generation';
const revisionHashKey = 'controller-revision-hash';

/** `manifests`: what kubeadm, the pod network and add-ons would have installed. */
export function fillInsOf(dump: Dump, manifests: readonly Manifest[]): FillIns {
  const have = new Set(dump.objects.map(identity));
  const lacking = manifests.filter((manifest) => !have.has(identity(manifest as unknown as KubeObject)));
  const systemSets = lacking
    .filter(({ kind }) => kind === 'DaemonSet')
    .flatMap((set) => daemonSetOf(dump, set as unknown as DaemonSet) ?? []);
  const systemDeployments = lacking
    .filter(({ kind }) => kind === 'Deployment')
    .flatMap((one) => deploymentOf(dump, one as unknown as Deployment) ?? []);
  const deployments = [...dump.objects.filter((object): object is Deployment => object.kind === 'Deployment'), ...systemDeployments];
  const owners = [...systemSets, ...systemDeployments, ...replicaSetsOf(dump, deployments)];
  const filled = new Set(owners.map(identity));
  const isMissing = missingIn(dump);
  return { missing: lacking.filter((one) => !filled.has(identity(one as unknown as KubeObject)) && isMissing(one)), owners };
}

export function identity(object: KubeObject): string {
  return `${object.apiVersion}/${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/** Reports whether a manifest's object is only not in the dump, or not in its cluster either: a dump that shows some of a kind shows all. */
function missingIn(dump: Dump): (manifest: Manifest) => boolean {
  const shown = new Set(dump.objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}`));
  const mounted = new Set(
    dump.pods.flatMap(({ metadata, spec }) => (spec.volumes ?? []).map((one) => `${metadata.namespace} ${one.configMap?.name}`)),
  );
  return ({ kind, metadata: { name, namespace = '' } }) => {
    if (kind === 'DaemonSet' || kind === 'Deployment') return !dump.showsSystem && !shown.has(`Pod ${namespace}`);
    if (kind === 'ConfigMap' && mounted.has(`${namespace} ${name}`)) return true;
    if (dump.externalControlPlane && dump.showsSystem) return /^(Cluster)?Role(Binding)?$/.test(kind);
    return !(['ConfigMap', 'Secret', 'Service', 'CustomResourceDefinition'].includes(kind) && shown.has(`${kind} ${namespace}`));
  };
}

/** Pods whose controller is of this kind and not in the dump, by its UID. */
function orphansOf(dump: Dump, kind: string): ReadonlyMap<string, readonly Pod[]> {
  const orphans = dump.pods.filter((pod) => {
    const owner = controllerOf(pod);
    return owner?.kind === kind && dump.unseen.has(owner.uid);
  });
  return groupBy(orphans, (pod) => controllerOf(pod)!.uid);
}

function daemonSetOf(dump: Dump, manifest: DaemonSet): DaemonSet | undefined {
  const { name, namespace } = manifest.metadata;
  for (const [uid, pods] of orphansOf(dump, 'DaemonSet')) {
    const [first] = pods;
    if (first!.metadata.namespace !== namespace || controllerOf(first!)!.name !== name) continue;
    const generation = first!.metadata.labels?.[generationKey] ?? '1';
    const annotations = { 'deprecated.daemonset.template.generation': generation, ...manifest.metadata.annotations };
    return {
      ...manifest,
      metadata: { ...manifest.metadata, annotations, uid, creationTimestamp: oldest(pods), generation: Number(generation) },
      spec: { ...manifest.spec, template: templateOf(first!) },
    };
  }
  return undefined;
}

function deploymentOf(dump: Dump, manifest: Deployment): Deployment | undefined {
  const { name, namespace } = manifest.metadata;
  const isOwn = ({ metadata }: KubeObject) => metadata.namespace === namespace && matchesLabels(manifest.spec.selector, metadata.labels);
  const sets = dump.objects.filter((object) => object.kind === 'ReplicaSet' && isOwn(object));
  const pods = dump.pods.filter((pod) => isOwn(pod) && controllerOf(pod)?.kind === 'ReplicaSet');
  const [known] = [...sets, ...pods];
  if (known === undefined) return undefined;
  const uid = sets.map((set) => controllerOf(set)?.uid).find((one) => one !== undefined) ?? uidBeside(known, name);
  const metadata = { ...manifest.metadata, uid, creationTimestamp: oldest([...sets, ...pods]), generation: 1 };
  return {
    ...manifest,
    metadata,
    spec: { ...manifest.spec, replicas: pods.length, ...(pods.length > 0 && { template: templateOf(pods[0]!) }) },
  };
}

function replicaSetsOf(dump: Dump, deployments: readonly Deployment[]): readonly ReplicaSet[] {
  return [...orphansOf(dump, 'ReplicaSet')].flatMap(([uid, pods]) => {
    const [first] = pods;
    const { namespace, labels } = first!.metadata;
    const { name } = controllerOf(first!)!;
    const hash = labels?.[hashKey] ?? name.slice(name.lastIndexOf('-') + 1);
    const deployment = deployments.find(
      ({ metadata, spec }) =>
        metadata.namespace === namespace && name === `${metadata.name}-${hash}` && matchesLabels(spec.selector, labels),
    );
    return deployment === undefined ? [] : [replicaSetOf(deployment, pods, { name, uid, hash })];
  });
}

function replicaSetOf(
  { metadata: owner, spec }: Deployment,
  pods: readonly Pod[],
  { name, uid, hash }: { readonly name: string; readonly uid: string; readonly hash: string },
): ReplicaSet {
  const images = (of: PodTemplateSpec['spec'] | Pod['spec']) => JSON.stringify(of?.containers.map((one) => one.image));
  const own = images(spec.template.spec) === images(pods[0]!.spec) ? spec.template : templateOf(pods[0]!);
  const labels = { ...own.metadata?.labels, [hashKey]: hash };
  const replicas = pods.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed').length;
  const revision = owner.annotations?.['deployment.kubernetes.io/revision'];
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: owner.namespace!,
      uid,
      generation: 1,
      creationTimestamp: oldest(pods),
      labels,
      ...(revision !== undefined && { annotations: { 'deployment.kubernetes.io/revision': revision } }),
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'Deployment', name: owner.name, uid: owner.uid!, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: {
      replicas,
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [hashKey]: hash } },
      template: { ...own, metadata: { ...own.metadata, labels } },
    },
  } as unknown as ReplicaSet;
}

/** The template that a pod was made from, as far as the pod still shows it. */
function templateOf({ metadata, spec }: Pod): PodTemplateSpec {
  const { [hashKey]: _hash, [generationKey]: _generation, [revisionHashKey]: _revision, ...labels } = metadata.labels ?? {};
  const { nodeName: _node, priority: _priority, preemptionPolicy: _preemption, tolerations = [], volumes = [], affinity, ...rest } = spec;
  const isToken = (name: string) => name.startsWith('kube-api-access-');
  const withoutToken = <T extends { readonly volumeMounts?: readonly { readonly name: string }[] }>(container: T): T => {
    const { volumeMounts = [], ...others } = container;
    const mounts = volumeMounts.filter((one) => !isToken(one.name));
    return { ...others, ...(mounts.length > 0 && { volumeMounts: mounts }) } as unknown as T;
  };
  const own = tolerations.filter(({ key = '' }) => !key.startsWith('node.kubernetes.io/'));
  const kept = volumes.filter(({ name }) => !isToken(name));
  const isBound = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms?.some(
    (term) => term.matchFields !== undefined,
  );
  return {
    metadata: { labels },
    spec: {
      ...rest,
      containers: spec.containers.map(withoutToken),
      ...(spec.initContainers !== undefined && { initContainers: spec.initContainers.map(withoutToken) }),
      ...(affinity !== undefined && isBound !== true && { affinity }),
      ...(own.length > 0 && { tolerations: own }),
      ...(kept.length > 0 && { volumes: kept }),
    },
  } as PodTemplateSpec;
}

function oldest(objects: readonly KubeObject[]): string {
  return objects.map(({ metadata }) => metadata.creationTimestamp!).sort()[0]!;
}

/** A UID for an object that nothing names by its own: it follows from that of one of its dependents. */
function uidBeside({ metadata }: KubeObject, name: string): string {
  return uuidOf(`${metadata.uid}/${name}`);
}
