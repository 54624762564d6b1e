/** pkg/controller/deployment: sync.go, rolling.go, recreate.go, progress.go, util/deployment_util.go */
import { Deployment } from '#kube/kinds/deployment.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { ReplicaSet } from '#kube/kinds/replica-set.ts';
import { isEqual } from '#kube/equal.ts';
import { parseTime, rfc3339 } from '#kube/time.ts';
import { claim } from '../claim.ts';
import type { Controller, ControlPlane } from '../controller.ts';
import { recordEvent } from '#kube/record-event.ts';
import { hashOf } from '../pod-template.ts';
import { isTerminating } from '../pods.ts';
import { Settled } from '../settled.ts';
import { controllerReference, createObject, deleteObject, isControlledBy, putIfChanged, putStatus } from '../write.ts';

const source = { component: 'deployment-controller' };
const settled = new Settled<Deployment>();
const revisionKey = 'deployment.kubernetes.io/revision';
const desiredKey = 'deployment.kubernetes.io/desired-replicas';
const maximumKey = 'deployment.kubernetes.io/max-replicas';
const hashKey = 'pod-template-hash';

export const deploymentController: Controller = {
  name: 'deployment-controller',
  component: 'kube-controller-manager',
  reads: [Deployment, ReplicaSet, Pod],
  timed: ({ objects }) => objects.list(Deployment).some(isUnderWay),
  reconcile(plane) {
    for (const deployment of plane.objects.list(Deployment)) {
      const { namespace, deletionTimestamp } = deployment.metadata;
      if (deletionTimestamp !== undefined) continue;
      const reads = [plane.objects.list(ReplicaSet, namespace), plane.objects.list(Pod, namespace)];
      if (isUnderWay(deployment)) reconcileDeployment(plane, deployment);
      else settled.reconcile(plane, deployment, reads, () => reconcileDeployment(plane, deployment));
    }
  },
};

/** Reports whether a rollout may still miss its deadline, or has yet to begin: a set that was refused is asked for again. */
function isUnderWay(deployment: Deployment): boolean {
  const { status } = deployment;
  const isDone = status?.conditions?.some(({ type, reason }) => type === 'Progressing' && reason === 'NewReplicaSetAvailable') === true;
  return !isDone || desired(deployment) === 0 || status?.updatedReplicas !== desired(deployment);
}

function reconcileDeployment(plane: ControlPlane, found: Deployment): void {
  const sets = claim(plane, [Deployment, found], ReplicaSet, plane.objects.list(ReplicaSet, found.metadata.namespace));
  const newest = currentSet(plane, found, sets);
  const deployment = plane.objects.get(Deployment, found.metadata.namespace!, found.metadata.name)!;
  if (newest !== undefined) {
    const old = sets.filter((set) => set.metadata.uid !== newest.metadata.uid);
    if (deployment.spec.paused === true) scaleProportionally(plane, deployment, newest);
    else if (deployment.spec.strategy?.type === 'Recreate') recreate(plane, deployment, newest, old);
    else roll(plane, deployment, newest, old);
    if (deployment.spec.paused !== true) cleanUp(plane, deployment, old);
  }
  updateStatus(plane, deployment);
}

/** The set of the present template: found by comparing templates, made when there is none and the deployment is not paused. */
function currentSet(plane: ControlPlane, deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const { objects, now } = plane;
  const existing = sets.find((set) => isEqual(withoutHash(set), deployment.spec.template));
  const revision = Math.max(0, ...sets.filter((set) => set !== existing).map(revisionOf)) + 1;
  if (existing !== undefined) {
    const annotations = setAnnotations(deployment, Math.max(revision, revisionOf(existing)), existing.metadata.annotations);
    const kept = putIfChanged(plane, ReplicaSet, existing, { ...existing, metadata: { ...existing.metadata, annotations } });
    noteRevision(plane, deployment, revisionOf(kept));
    return kept;
  }
  if (deployment.spec.paused === true) return undefined;
  const hash = hashOf(deployment.spec.template, deployment.status?.collisionCount ?? 0);
  const labels = { ...deployment.spec.template.metadata?.labels, [hashKey]: hash };
  const replicas =
    deployment.spec.strategy?.type === 'Recreate'
      ? sets.every((set) => (set.status?.replicas ?? 0) === 0)
        ? desired(deployment)
        : 0
      : newReplicas(deployment, sets, 0);
  const created = createObject(plane, ReplicaSet, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace!,
      labels,
      annotations: setAnnotations(deployment, revision, undefined),
      ownerReferences: [controllerReference(Deployment, deployment)],
    },
    spec: {
      replicas,
      ...(deployment.spec.minReadySeconds !== undefined && { minReadySeconds: deployment.spec.minReadySeconds }),
      selector: { ...deployment.spec.selector, matchLabels: { ...deployment.spec.selector.matchLabels, [hashKey]: hash } },
      template: { ...deployment.spec.template, metadata: { ...deployment.spec.template.metadata, labels } },
    },
  });
  if (!created.ok) {
    recordEvent(plane, deployment, source, {
      type: 'Warning',
      reason: 'ReplicaSetCreateError',
      message: `Failed to create new replica set "${deployment.metadata.name}-${hash}": ${created.error.message}`,
    });
    return undefined;
  }
  if (replicas > 0) recordScaling(plane, deployment, created.value, 0, replicas);
  const noted = noteRevision(plane, deployment, revision);
  setProgressing(plane, noted, 'True', 'NewReplicaSetCreated', `Created new replica set "${created.value.metadata.name}"`, now);
  return objects.get(ReplicaSet, created.value.metadata.namespace!, created.value.metadata.name);
}

function withoutHash(set: ReplicaSet) {
  const template = set.spec.template!;
  const { [hashKey]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels: Object.keys(labels).length === 0 ? undefined : labels } };
}

function revisionOf(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.[revisionKey] ?? 0);
}

function desired(deployment: Deployment): number {
  return deployment.spec.replicas ?? 1;
}

/** maxSurge rounds up, maxUnavailable down; both zero means one may be missing (ResolveFenceposts). */
function bounds(deployment: Deployment): { surge: number; unavailable: number } {
  const rolling = deployment.spec.strategy?.rollingUpdate;
  const share = (value: number | string | undefined, round: (n: number) => number) =>
    typeof value === 'string' ? round((parseInt(value, 10) / 100) * desired(deployment)) : (value ?? 0);
  if (deployment.spec.strategy?.type === 'Recreate') return { surge: 0, unavailable: 0 };
  const surge = share(rolling?.maxSurge ?? '25%', Math.ceil);
  const unavailable = Math.min(share(rolling?.maxUnavailable ?? '25%', Math.floor), desired(deployment));
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

function total(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + (set.spec.replicas ?? 0), 0);
}

/** How many replicas the new set may have now, so that the surge is not passed (NewRSNewReplicas). */
function newReplicas(deployment: Deployment, all: readonly ReplicaSet[], present: number): number {
  const most = desired(deployment) + bounds(deployment).surge;
  const room = most - total(all);
  return room <= 0 ? present : Math.min(present + room, desired(deployment));
}

function roll(plane: ControlPlane, deployment: Deployment, newest: ReplicaSet, old: readonly ReplicaSet[]): void {
  const present = newest.spec.replicas ?? 0;
  if (present > desired(deployment)) return void scale(plane, deployment, newest, desired(deployment));
  if (present < desired(deployment)) {
    const next = newReplicas(deployment, [...old, newest], present);
    if (next !== present) return void scale(plane, deployment, newest, next);
  }
  shrinkOld(plane, deployment, newest, old);
}

function shrinkOld(plane: ControlPlane, deployment: Deployment, newest: ReplicaSet, old: readonly ReplicaSet[]): void {
  const leastAvailable = desired(deployment) - bounds(deployment).unavailable;
  const all = [...old, newest];
  const newUnavailable = (newest.spec.replicas ?? 0) - (newest.status?.availableReplicas ?? 0);
  let mayGo = total(all) - leastAvailable - newUnavailable;
  const sets = [...old]
    .filter((set) => (set.spec.replicas ?? 0) > 0)
    .sort((a, b) => parseTime(a.metadata.creationTimestamp!) - parseTime(b.metadata.creationTimestamp!));
  // First what is not healthy anyway, then what is available beyond the minimum.
  for (const set of sets) {
    const unhealthy = Math.min(mayGo, (set.spec.replicas ?? 0) - (set.status?.availableReplicas ?? 0));
    if (unhealthy <= 0) continue;
    mayGo -= unhealthy;
    scale(plane, deployment, set, (set.spec.replicas ?? 0) - unhealthy);
  }
  let available = all.reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0) - leastAvailable;
  for (const { metadata } of sets) {
    const set = plane.objects.get(ReplicaSet, metadata.namespace!, metadata.name)!;
    const gone = Math.min(available, set.spec.replicas ?? 0);
    if (gone <= 0) continue;
    available -= gone;
    scale(plane, deployment, set, (set.spec.replicas ?? 0) - gone);
  }
}

function recreate(plane: ControlPlane, deployment: Deployment, newest: ReplicaSet, old: readonly ReplicaSet[]): void {
  for (const set of old) if ((set.spec.replicas ?? 0) > 0) scale(plane, deployment, set, 0);
  const oldPods = plane.objects.list(Pod, deployment.metadata.namespace).some((pod) => old.some((set) => isControlledBy(pod, set)));
  if (!oldPods && (newest.spec.replicas ?? 0) !== desired(deployment)) scale(plane, deployment, newest, desired(deployment));
}

function scaleProportionally(plane: ControlPlane, deployment: Deployment, newest: ReplicaSet): void {
  if ((newest.spec.replicas ?? 0) !== desired(deployment)) scale(plane, deployment, newest, desired(deployment));
}

function scale(plane: ControlPlane, deployment: Deployment, set: ReplicaSet, replicas: number): void {
  const from = set.spec.replicas ?? 0;
  if (from === replicas) return;
  const annotations = setAnnotations(deployment, revisionOf(set), set.metadata.annotations);
  plane.objects.put(ReplicaSet, {
    ...set,
    metadata: { ...set.metadata, annotations, generation: (set.metadata.generation ?? 1) + 1 },
    spec: { ...set.spec, replicas },
  });
  recordScaling(plane, deployment, set, from, replicas);
}

function recordScaling(plane: ControlPlane, deployment: Deployment, set: ReplicaSet, from: number, to: number): void {
  const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${set.metadata.name} from ${from} to ${to}`;
  recordEvent(plane, deployment, source, { type: 'Normal', reason: 'ScalingReplicaSet', message });
}

function setAnnotations(
  deployment: Deployment,
  revision: number,
  old: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const { [revisionKey]: _, 'kubectl.kubernetes.io/last-applied-configuration': __, ...own } = deployment.metadata.annotations ?? {};
  return {
    ...old,
    ...own,
    [desiredKey]: String(desired(deployment)),
    [maximumKey]: String(desired(deployment) + bounds(deployment).surge),
    [revisionKey]: String(revision),
  };
}

function noteRevision(plane: ControlPlane, deployment: Deployment, revision: number): Deployment {
  const annotations = { ...deployment.metadata.annotations, [revisionKey]: String(revision) };
  return putIfChanged(plane, Deployment, deployment, { ...deployment, metadata: { ...deployment.metadata, annotations } });
}

/** Old sets beyond revisionHistoryLimit that have no pods are deleted, oldest revision first. */
function cleanUp(plane: ControlPlane, deployment: Deployment, old: readonly ReplicaSet[]): void {
  const empty = old
    .filter((set) => (set.spec.replicas ?? 0) === 0 && (set.status?.replicas ?? 0) === 0)
    .sort((a, b) => revisionOf(a) - revisionOf(b));
  for (const set of empty.slice(0, Math.max(0, empty.length - (deployment.spec.revisionHistoryLimit ?? 10))))
    deleteObject(plane, ReplicaSet, set);
}

type Condition = NonNullable<NonNullable<Deployment['status']>['conditions']>[number];

function updateStatus(plane: ControlPlane, deployment: Deployment): void {
  const { objects, now } = plane;
  const sets = objects.list(ReplicaSet, deployment.metadata.namespace).filter((set) => isControlledBy(set, deployment));
  const newest = sets.find((set) => isEqual(withoutHash(set), deployment.spec.template));
  const sum = (read: (status: NonNullable<ReplicaSet['status']>) => number | undefined) =>
    sets.reduce((n, set) => n + (set.status === undefined ? 0 : (read(set.status) ?? 0)), 0);
  const replicas = sum((status) => status.replicas);
  const available = sum((status) => status.availableReplicas);
  const ready = sum((status) => status.readyReplicas);
  const updated = newest?.status?.replicas ?? 0;
  const unavailable = Math.max(0, total(sets) - available);
  const enough = available >= desired(deployment) - bounds(deployment).unavailable;
  const minimum = enough
    ? { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
  let conditions = setCondition(deployment.status?.conditions ?? [], minimum, now);
  const complete = updated === desired(deployment) && replicas === desired(deployment) && available === desired(deployment);
  const before = deployment.status;
  const progressed =
    updated > (before?.updatedReplicas ?? 0) ||
    replicas - updated < (before?.replicas ?? 0) - (before?.updatedReplicas ?? 0) ||
    ready > (before?.readyReplicas ?? 0) ||
    available > (before?.availableReplicas ?? 0);
  const progressing = conditions.find((condition) => condition.type === 'Progressing');
  if (newest !== undefined && deployment.spec.paused !== true) {
    const name = newest.metadata.name;
    if (complete) {
      conditions = setCondition(
        conditions,
        {
          type: 'Progressing',
          status: 'True',
          reason: 'NewReplicaSetAvailable',
          message: `ReplicaSet "${name}" has successfully progressed.`,
        },
        now,
      );
    } else if (progressed || (progressing?.reason === 'NewReplicaSetAvailable' && updated < desired(deployment))) {
      conditions = setCondition(
        conditions,
        { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message: `ReplicaSet "${name}" is progressing.` },
        now,
        progressed,
      );
    } else if (
      progressing !== undefined &&
      progressing.reason !== 'NewReplicaSetAvailable' &&
      progressing.status === 'True' &&
      parseTime(progressing.lastUpdateTime ?? '') + (deployment.spec.progressDeadlineSeconds ?? 600) * 1000 < now
    ) {
      conditions = setCondition(
        conditions,
        {
          type: 'Progressing',
          status: 'False',
          reason: 'ProgressDeadlineExceeded',
          message: `ReplicaSet "${name}" has timed out progressing.`,
        },
        now,
      );
    }
  } else if (deployment.spec.paused === true && progressing?.reason !== 'DeploymentPaused') {
    conditions = setCondition(
      conditions,
      { type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' },
      now,
    );
  }
  const pods = objects
    .list(Pod, deployment.metadata.namespace)
    .filter((pod) => isTerminating(pod) && sets.some((set) => isControlledBy(pod, set)));
  putStatus(plane, Deployment, deployment, {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...(replicas > 0 && { replicas }),
    ...(updated > 0 && { updatedReplicas: updated }),
    ...(ready > 0 && { readyReplicas: ready }),
    ...(available > 0 && { availableReplicas: available }),
    ...(unavailable > 0 && { unavailableReplicas: unavailable }),
    terminatingReplicas: pods.length,
    ...(conditions.length > 0 && { conditions }),
    ...(before?.collisionCount !== undefined && { collisionCount: before.collisionCount }),
  });
}

function setProgressing(plane: ControlPlane, deployment: Deployment, status: string, reason: string, message: string, now: number): void {
  const conditions = setCondition(deployment.status?.conditions ?? [], { type: 'Progressing', status, reason, message }, now);
  putStatus(plane, Deployment, deployment, { ...deployment.status, conditions });
}

/** A condition changes its transition time with its status, its update time with its reason; a changed one moves to the end. */
function setCondition(
  conditions: readonly Condition[],
  next: Omit<Condition, 'lastUpdateTime' | 'lastTransitionTime'>,
  now: number,
  touch = false,
): readonly Condition[] {
  const old = conditions.find((condition) => condition.type === next.type);
  if (old !== undefined && old.status === next.status && old.reason === next.reason && !touch) return conditions;
  const time = rfc3339(now);
  const changed: Condition = {
    ...next,
    lastUpdateTime: time,
    lastTransitionTime: old?.status === next.status ? old.lastTransitionTime! : time,
  };
  return [...conditions.filter((condition) => condition.type !== next.type), changed];
}
