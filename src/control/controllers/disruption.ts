/** How many pods of each PodDisruptionBudget may be evicted now. (pkg/controller/disruption/disruption.go) */
import { isEqual } from '#kube/equal.ts';
import { scaledValue } from '#kube/intorstring.ts';
import { Deployment } from '#kube/kinds/deployment.ts';
import { PodDisruptionBudget } from '#kube/kinds/pod-disruption-budget.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { ReplicaSet } from '#kube/kinds/replica-set.ts';
import { ReplicationController } from '#kube/kinds/replication-controller.ts';
import { StatefulSet } from '#kube/kinds/stateful-set.ts';
import type { Kind } from '#kube/kind.ts';
import { controllerOf, type KubeObject } from '#kube/object.ts';
import { matchesLabels } from '#kube/selector.ts';
import { parseTime, rfc3339 } from '#kube/time.ts';
import type { ControlPlane, Controller } from '../controller.ts';
import { isReady } from '../pods.ts';

type Status = PodDisruptionBudget['status'];

/** A pod that the eviction API promised to delete, and that is still there after this time, counts again. */
const deletionTimeout = 120_000;

export const disruptionController: Controller = {
  name: 'disruption-controller',
  component: 'kube-controller-manager',
  reads: [PodDisruptionBudget, Pod, Deployment, ReplicaSet, ReplicationController, StatefulSet],
  reconcile(plane) {
    for (const budget of plane.objects.list(PodDisruptionBudget)) {
      const status = statusOf(budget, plane);
      if (!isEqual(status, budget.status)) plane.objects.put(PodDisruptionBudget, { ...budget, status });
    }
  },
};

function statusOf(budget: PodDisruptionBudget, plane: ControlPlane): Status {
  const { namespace = '', generation } = budget.metadata;
  const pods = plane.objects.list(Pod, namespace).filter(({ metadata }) => matchesLabels(budget.spec.selector, metadata.labels));
  const expected = expectedPods(budget, pods, plane);
  if (typeof expected === 'string') {
    return { ...budget.status, disruptionsAllowed: 0, ...conditions(budget, plane.now, 'SyncFailed', expected) };
  }
  const disrupted = stillDisrupted(budget, pods, plane.now);
  const healthy = pods.filter(
    (pod) => pod.metadata.deletionTimestamp === undefined && !Object.hasOwn(disrupted, pod.metadata.name) && isReady(pod),
  );
  const allowed = expected.count > 0 ? Math.max(0, healthy.length - expected.healthy) : 0;
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    ...(Object.keys(disrupted).length > 0 && { disruptedPods: disrupted }),
    disruptionsAllowed: allowed,
    currentHealthy: healthy.length,
    desiredHealthy: expected.healthy,
    expectedPods: expected.count,
    ...conditions(budget, plane.now, allowed > 0 ? 'SufficientPods' : 'InsufficientPods', ''),
  };
}

/** How many pods there should be, and how many of them must be healthy; or why that cannot be said. */
function expectedPods(
  { spec }: PodDisruptionBudget,
  pods: readonly Pod[],
  plane: ControlPlane,
): { readonly count: number; readonly healthy: number } | string {
  const { minAvailable, maxUnavailable } = spec;
  if (maxUnavailable === undefined && (minAvailable === undefined || typeof minAvailable === 'number')) {
    return { count: pods.length, healthy: minAvailable ?? 0 };
  }
  const count = scaleOf(pods, plane);
  if (typeof count === 'string') return count;
  if (maxUnavailable !== undefined) return { count, healthy: Math.max(0, count - (scaledValue(maxUnavailable, count, true) ?? 0)) };
  return { count, healthy: scaledValue(minAvailable!, count, true) ?? 0 };
}

/** What the owners of the pods want, all together. */
function scaleOf(pods: readonly Pod[], { objects }: ControlPlane): number | string {
  const scales = new Map<string, number>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    const { namespace = '', name } = pod.metadata;
    const found = owner && scaleOfOwner(objects, namespace, owner);
    if (found === undefined) return `found no controllers for pod ${JSON.stringify(name)}`;
    scales.set(found.uid, found.replicas);
  }
  return [...scales.values()].reduce((sum, replicas) => sum + replicas, 0);
}

type Scaled = KubeObject & { readonly spec: { readonly replicas?: number } };

const owners: Readonly<Record<string, Kind<Scaled>>> = { Deployment, ReplicaSet, ReplicationController, StatefulSet };

/** The number in the owner of a pod, or in the Deployment that owns the owner. */
function scaleOfOwner(objects: ControlPlane['objects'], namespace: string, owner: NonNullable<ReturnType<typeof controllerOf>>) {
  const kind = owners[owner.kind];
  const object = kind && objects.get(kind, namespace, owner.name);
  if (object === undefined || object.metadata.uid !== owner.uid) return undefined;
  const above = owner.kind === 'ReplicaSet' ? controllerOf(object) : undefined;
  const deployment = above?.kind === 'Deployment' ? objects.get(Deployment, namespace, above.name) : undefined;
  const { metadata, spec }: Scaled = deployment ?? object;
  return { uid: metadata.uid ?? metadata.name, replicas: spec.replicas ?? 1 };
}

/** The promised deletions that have not happened yet, and may still. */
function stillDisrupted({ status }: PodDisruptionBudget, pods: readonly Pod[], now: number): Readonly<Record<string, string>> {
  const awaited = Object.entries(status.disruptedPods ?? {}).filter(([name, since]) => {
    const pod = pods.find(({ metadata }) => metadata.name === name);
    return pod !== undefined && pod.metadata.deletionTimestamp === undefined && parseTime(since) + deletionTimeout > now;
  });
  return Object.fromEntries(awaited);
}

function conditions({ status, metadata }: PodDisruptionBudget, now: number, reason: string, message: string): Pick<Status, 'conditions'> {
  const others = (status.conditions ?? []).filter(({ type }) => type !== 'DisruptionAllowed');
  const before = status.conditions?.find(({ type }) => type === 'DisruptionAllowed');
  const is = reason === 'SufficientPods' ? 'True' : 'False';
  return {
    conditions: [
      ...others,
      {
        type: 'DisruptionAllowed',
        status: is,
        ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
        lastTransitionTime: before?.status === is && before.lastTransitionTime !== undefined ? before.lastTransitionTime : rfc3339(now),
        reason,
        message,
      },
    ],
  };
}
