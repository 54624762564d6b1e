/** What several controllers ask of a pod (pkg/api/v1/pod/util.go, pkg/controller/controller_utils.go). */
import type { Pod } from '#kube/kinds/pod.ts';
import { parseTime } from '#kube/time.ts';

/** Reports whether the pod neither has ended nor is being deleted. */
export function isActive(pod: Pod): boolean {
  return pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed' && pod.metadata.deletionTimestamp === undefined;
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Reports whether the pod's `Ready` condition is true. */
export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false;
}

/** Reports whether the pod has been ready for `minReadySeconds`. */
export function isAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  const ready = pod.status?.conditions?.find((condition) => condition.type === 'Ready' && condition.status === 'True');
  if (ready === undefined) return false;
  return minReadySeconds === 0 || parseTime(ready.lastTransitionTime ?? '') + minReadySeconds * 1000 <= now;
}

/** When a pod that is ready will have been so for long enough to count as available; Infinity where that is past, or it is not ready. */
export function availableAt(pod: Pod, minReadySeconds: number, now: number): number {
  const ready = pod.status?.conditions?.find((condition) => condition.type === 'Ready' && condition.status === 'True');
  const at = parseTime(ready?.lastTransitionTime ?? '') + minReadySeconds * 1000;
  return at > now ? at : Infinity;
}

/** Which pods a shrinking set gives up first: unassigned, pending, not ready, young ones. (ActivePodsWithRanks) */
export function compareForDeletion(a: Pod, b: Pod): number {
  const rank = (pod: Pod) => [
    pod.spec.nodeName ? 1 : 0,
    { Pending: 0, Unknown: 1, Running: 2 }[pod.status?.phase ?? 'Pending'] ?? 0,
    isReady(pod) ? 1 : 0,
    -(pod.status?.containerStatuses ?? []).reduce((most, one) => Math.max(most, one.restartCount ?? 0), 0),
    -parseTime(pod.metadata.creationTimestamp ?? ''),
  ];
  const [left, right] = [rank(a), rank(b)];
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return left[i]! - right[i]!;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
