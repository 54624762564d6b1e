/** What a dump leaves out and its cluster has: owners that its pods name, and what every cluster of kubeadm's has. */
import { revisionFor } from '#control/controller-revision.ts';
import { isReady } from '#control/pods.ts';
import { uuidOf } from '#kube/chance.ts';
import { groupBy } from '#kube/group.ts';
import { DaemonSet, templateGenerationKey } from '#kube/kinds/daemon-set.ts';
import type { Deployment } from '#kube/kinds/deployment.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import type { PodTemplateSpec } from '#kube/kinds/pod-template.ts';
import type { ReplicaSet } from '#kube/kinds/replica-set.ts';
import { StatefulSet } from '#kube/kinds/stateful-set.ts';
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
  const sets = [...dump.objects.filter((object): object is DaemonSet => object.kind === 'DaemonSet'), ...systemSets];
  const owners = [...systemSets, ...systemDeployments, ...replicaSetsOf(dump, deployments), ...revisionsOf(dump, sets)];
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
    const annotations = { [templateGenerationKey]: generation, ...manifest.metadata.annotations };
    const ready = pods.filter(isReady).length;
    return {
      ...manifest,
      metadata: { ...manifest.metadata, annotations, uid, creationTimestamp: oldest(pods), generation: Number(generation) },
      spec: { ...manifest.spec, template: templateOf(first!) },
      status: {
        currentNumberScheduled: pods.length,
        desiredNumberScheduled: pods.length,
        numberMisscheduled: 0,
        numberReady: ready,
        observedGeneration: Number(generation),
        updatedNumberScheduled: pods.length,
        ...(ready > 0 && { numberAvailable: ready }),
        ...(ready < pods.length && { numberUnavailable: pods.length - ready }),
      },
    };
  }
  return undefined;
}

/** The present templates of sets, under the names by which pods and statuses know them. */
function revisionsOf(dump: Dump, sets: readonly DaemonSet[]): readonly KubeObject[] {
  const shown = new Set(dump.objects.filter(({ kind }) => kind === 'ControllerRevision').map(({ metadata }) => metadata.namespace));
  const born = new Map([...dump.objects, ...sets].map(({ metadata }) => [metadata.uid!, metadata.creationTimestamp!]));
  const ofDaemons = sets.flatMap((set) => {
    const { uid, namespace, annotations } = set.metadata;
    const pods = dump.pods.filter((pod) => pod.metadata.namespace === namespace && controllerOf(pod)?.uid === uid);
    const generation = annotations?.[templateGenerationKey];
    const current = pods.find(({ metadata: { labels } }) => generation === undefined || labels?.[generationKey] === generation) ?? pods[0];
    const hash = current?.metadata.labels?.[revisionHashKey];
    return hash === undefined ? [] : [revisionFor(DaemonSet, set, hash, revisionHashKey, Number(generation ?? 1))];
  });
  const ofStateful = dump.objects
    .filter((object): object is StatefulSet => object.kind === 'StatefulSet')
    .flatMap((set) => {
      const updateRevision = set.status?.updateRevision ?? '';
      const prefix = `${set.metadata.name}-`;
      if (!updateRevision.startsWith(prefix)) return [];
      return [revisionFor(StatefulSet, set, updateRevision.slice(prefix.length), 'controller.kubernetes.io/hash', 1)];
    });
  return [...ofDaemons, ...ofStateful]
    .filter(({ metadata }) => !shown.has(metadata.namespace))
    .map((one) => {
      const { uid } = one.metadata.ownerReferences[0]!;
      return { ...one, metadata: { ...one.metadata, uid: uidBeside(uid, one.metadata.name), creationTimestamp: born.get(uid)! } };
    });
}

/** What the status of a Deployment or ReplicaSet says of its pods. */
function countsOf(pods: readonly Pod[]) {
  const ready = pods.filter(isReady).length;
  const replicas = pods.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed').length;
  return { replicas, ...(ready > 0 && { readyReplicas: ready, availableReplicas: ready }) };
}

function deploymentOf(dump: Dump, manifest: Deployment): Deployment | undefined {
  const { name, namespace } = manifest.metadata;
  const isOwn = ({ metadata }: KubeObject) => metadata.namespace === namespace && matchesLabels(manifest.spec.selector, metadata.labels);
  const sets = dump.objects.filter((object) => object.kind === 'ReplicaSet' && isOwn(object));
  const pods = dump.pods.filter((pod) => isOwn(pod) && controllerOf(pod)?.kind === 'ReplicaSet');
  const [known] = [...sets, ...pods];
  if (known === undefined) return undefined;
  const uid = sets.map((set) => controllerOf(set)?.uid).find((one) => one !== undefined) ?? uidBeside(known.metadata.uid!, name);
  const metadata = { ...manifest.metadata, uid, creationTimestamp: oldest([...sets, ...pods]), generation: 1 };
  const counts = countsOf(pods);
  const template = pods[0] === undefined ? manifest.spec.template : templateOf(pods[0]);
  return {
    ...manifest,
    metadata,
    spec: { ...manifest.spec, replicas: counts.replicas, template },
    status: { observedGeneration: 1, updatedReplicas: counts.replicas, ...counts },
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
  const counts = countsOf(pods);
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
      replicas: counts.replicas,
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [hashKey]: hash } },
      template: { ...own, metadata: { ...own.metadata, labels } },
    },
    status: { observedGeneration: 1, fullyLabeledReplicas: counts.replicas, terminatingReplicas: 0, ...counts },
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
function uidBeside(uid: string, name: string): string {
  return uuidOf(`${uid}/${name}`);
}
