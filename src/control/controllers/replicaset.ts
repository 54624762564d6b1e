/** pkg/controller/replicaset/replica_set.go, replica_set_utils.go */
import { Pod } from '#kube/kinds/pod.ts';
import { ReplicaSet } from '#kube/kinds/replica-set.ts';
import { claim } from '../claim.ts';
import type { Controller, ControlPlane } from '../controller.ts';
import { recordEvent } from '#kube/record-event.ts';
import { createPod } from '../pod-template.ts';
import { Settled } from '../settled.ts';
import { compareForDeletion, isActive, isAvailable, isReady, isTerminating } from '../pods.ts';
import { deleteObject, isControlledBy, putStatus } from '../write.ts';

const source = { component: 'replicaset-controller' };
const settled = new Settled<ReplicaSet>();

export const replicaSetController: Controller = {
  name: 'replicaset-controller',
  component: 'kube-controller-manager',
  reads: [ReplicaSet, Pod],
  // Pods become available with time, and those that were refused are asked for again.
  timed: ({ objects }) => objects.list(ReplicaSet).some(isWaiting),
  reconcile(plane) {
    for (const set of plane.objects.list(ReplicaSet)) {
      if (isWaiting(set)) reconcileSet(plane, set);
      else settled.reconcile(plane, set, [plane.objects.list(Pod, set.metadata.namespace)], () => reconcileSet(plane, set));
    }
  },
};

function isWaiting({ spec, status }: ReplicaSet): boolean {
  return (spec.minReadySeconds ?? 0) > 0 || (status?.replicas ?? 0) !== (spec.replicas ?? 1);
}

function reconcileSet(plane: ControlPlane, set: ReplicaSet): void {
  const { objects, now } = plane;
  const namespace = set.metadata.namespace!;
  const claimed = claim(plane, [ReplicaSet, set], Pod, objects.list(Pod, namespace).filter(isActive));
  const desired = set.spec.replicas ?? 1;
  if (set.metadata.deletionTimestamp === undefined) {
    for (let missing = desired - claimed.length; missing > 0; missing--) {
      if (!createPod(plane, source.component, ReplicaSet, set, set.spec.template!).ok) break;
    }
    for (const pod of [...claimed].sort(compareForDeletion).slice(0, Math.max(0, claimed.length - desired))) {
      deleteObject(plane, Pod, pod);
      recordEvent(plane, set, source, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` });
    }
  }
  const current = objects.list(Pod, namespace).filter((pod) => isControlledBy(pod, set));
  const active = current.filter(isActive);
  const labels = Object.entries(set.spec.template?.metadata?.labels ?? {});
  const fullyLabeled = active.filter((pod) => labels.every(([key, value]) => pod.metadata.labels?.[key] === value)).length;
  const ready = active.filter(isReady).length;
  const available = active.filter((pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, now)).length;
  putStatus(plane, ReplicaSet, set, {
    replicas: active.length,
    ...(fullyLabeled > 0 && { fullyLabeledReplicas: fullyLabeled }),
    ...(ready > 0 && { readyReplicas: ready }),
    ...(available > 0 && { availableReplicas: available }),
    terminatingReplicas: current.filter(isTerminating).length,
    observedGeneration: set.metadata.generation ?? 1,
  });
}
