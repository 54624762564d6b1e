/** pkg/controller/statefulset/stateful_set_control.go */
import { Pod } from '#kube/kinds/pod.ts';
import type { PersistentVolumeClaim } from '#kube/kinds/persistent-volume-claim.ts';
import { StatefulSet } from '#kube/kinds/stateful-set.ts';
import { claim } from '../claim.ts';
import type { Controller, ControlPlane } from '../controller.ts';
import { recordEvent } from '#kube/record-event.ts';
import { keepRevision, templateHash } from '../controller-revision.ts';
import type { PodIdentity } from '../pod-template.ts';
import { isAvailable, isReady, isTerminating } from '../pods.ts';
import { controllerReference, createObject, deleteObject, isControlledBy, putStatus } from '../write.ts';

const source = { component: 'statefulset-controller' };
const hashLabel = 'controller.kubernetes.io/hash';
const revisionKey = 'controller-revision-hash';

export const statefulSetController: Controller = {
  name: 'statefulset-controller',
  component: 'kube-controller-manager',
  reads: [StatefulSet, Pod],
  // Pods become available with time, and those that were refused are asked for again.
  timed: ({ objects }) =>
    objects
      .list(StatefulSet)
      .some(({ spec, status }) => (spec.minReadySeconds ?? 0) > 0 || (status?.replicas ?? 0) !== (spec.replicas ?? 1)),
  reconcile(plane) {
    for (const set of plane.objects.list(StatefulSet)) if (set.metadata.deletionTimestamp === undefined) reconcileSet(plane, set);
  },
};

function reconcileSet(plane: ControlPlane, set: StatefulSet): void {
  const { objects, now } = plane;
  const namespace = set.metadata.namespace!;
  const hash = templateHash(plane, set, hashLabel);
  const revision = `${set.metadata.name}-${hash}`;
  keepRevision(plane, StatefulSet, set, hash, hashLabel);
  const first = set.spec.ordinals?.start ?? 0;
  const replicas = set.spec.replicas ?? 1;
  const parallel = set.spec.podManagementPolicy === 'Parallel';
  claim(plane, [StatefulSet, set], Pod, objects.list(Pod, namespace), (pod) => ordinalOf(set, pod) >= 0);
  const pods = () => objects.list(Pod, namespace).filter((pod) => isControlledBy(pod, set));
  const at = (ordinal: number) => {
    const pod = objects.get(Pod, namespace, `${set.metadata.name}-${ordinal}`);
    return pod !== undefined && isControlledBy(pod, set) ? pod : undefined;
  };
  const current = set.status?.currentRevision ?? revision;
  const act = (): void => {
    for (let ordinal = first; ordinal < first + replicas; ordinal++) {
      const pod = at(ordinal);
      if (pod === undefined) {
        createReplica(
          plane,
          set,
          ordinal,
          ordinal < first + partitionOf(set) && set.status?.currentRevision !== undefined ? current : revision,
        );
        if (!parallel) return;
      } else if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') {
        if (!isTerminating(pod)) deleteReplica(plane, set, pod);
        if (!parallel) return;
      } else if (!parallel && (!isReady(pod) || isTerminating(pod))) return;
    }
    const extra = pods()
      .filter((pod) => ordinalOf(set, pod) >= first + replicas || ordinalOf(set, pod) < first)
      .sort((a, b) => ordinalOf(set, b) - ordinalOf(set, a));
    for (const pod of extra) {
      if (!isTerminating(pod)) deleteReplica(plane, set, pod);
      if (!parallel) return;
    }
    if (set.spec.updateStrategy?.type === 'OnDelete') return;
    for (let ordinal = first + replicas - 1; ordinal >= first + partitionOf(set); ordinal--) {
      const pod = at(ordinal);
      if (pod === undefined) return;
      if (pod.metadata.labels?.[revisionKey] !== revision && !isTerminating(pod)) return deleteReplica(plane, set, pod);
      if (!isReady(pod)) return;
    }
  };
  act();
  const own = pods().filter((pod) => ordinalOf(set, pod) >= 0);
  const updated = own.filter((pod) => pod.metadata.labels?.[revisionKey] === revision);
  const done = updated.length === own.length && own.length === replicas && own.every(isReady);
  const currentRevision = set.status?.currentRevision === undefined || done ? revision : current;
  const currentReplicas = own.filter((pod) => pod.metadata.labels?.[revisionKey] === currentRevision).length;
  const ready = own.filter(isReady).length;
  putStatus(plane, StatefulSet, set, {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: own.length,
    ...(ready > 0 && { readyReplicas: ready }),
    availableReplicas: own.filter((pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, now)).length,
    ...(currentReplicas > 0 && { currentReplicas }),
    ...(updated.length > 0 && { updatedReplicas: updated.length }),
    currentRevision,
    updateRevision: revision,
    collisionCount: 0,
  });
}

function partitionOf(set: StatefulSet): number {
  return set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
}

function ordinalOf(set: StatefulSet, pod: Pod): number {
  const tail = pod.metadata.name.slice(set.metadata.name.length + 1);
  return pod.metadata.name.startsWith(`${set.metadata.name}-`) && /^\d+$/.test(tail) ? Number(tail) : -1;
}

function createReplica(plane: ControlPlane, set: StatefulSet, ordinal: number, revision: string): void {
  const name = `${set.metadata.name}-${ordinal}`;
  const template = set.spec.template;
  const claims = ((set.spec.volumeClaimTemplates ?? []) as readonly PersistentVolumeClaim[]).map((claim) => ({
    name: claim.metadata.name,
    persistentVolumeClaim: { claimName: `${claim.metadata.name}-${name}` },
  }));
  const identity: PodIdentity = {
    labels: {
      ...template.metadata?.labels,
      'apps.kubernetes.io/pod-index': String(ordinal),
      [revisionKey]: revision,
      'statefulset.kubernetes.io/pod-name': name,
    },
    spec: {
      hostname: name,
      ...(set.spec.serviceName !== undefined && { subdomain: set.spec.serviceName }),
      ...(claims.length > 0 && { volumes: [...claims, ...(template.spec?.volumes ?? [])] }),
    },
  };
  const result = createObject(plane, Pod, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: set.metadata.namespace!,
      generateName: `${set.metadata.name}-`,
      labels: identity.labels!,
      ...(template.metadata?.annotations !== undefined && { annotations: template.metadata.annotations }),
      ownerReferences: [controllerReference(StatefulSet, set)],
    },
    spec: { ...template.spec, ...identity.spec },
  });
  // Somebody else's pod of that name: tried again and again, without a word.
  if (!result.ok && result.error.reason === 'AlreadyExists') return;
  recordEvent(
    plane,
    set,
    source,
    result.ok
      ? { type: 'Normal', reason: 'SuccessfulCreate', message: `create Pod ${name} in StatefulSet ${set.metadata.name} successful` }
      : {
          type: 'Warning',
          reason: 'FailedCreate',
          message: `create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${result.error.message}`,
        },
  );
}

function deleteReplica(plane: ControlPlane, set: StatefulSet, pod: Pod): void {
  deleteObject(plane, Pod, pod);
  recordEvent(plane, set, source, {
    type: 'Normal',
    reason: 'SuccessfulDelete',
    message: `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`,
  });
}
