/** What the controllers wait for that nobody will tell them of: pods that are ready become available (minReadySeconds). */
import type { Objects } from '#kube/cluster.ts';
import { DaemonSet } from '#kube/kinds/daemon-set.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { ReplicaSet } from '#kube/kinds/replica-set.ts';
import { StatefulSet } from '#kube/kinds/stateful-set.ts';
import { availableAt } from './pods.ts';
import { isControlledBy } from './write.ts';

/** The next moment at which a pod of some set becomes available, in Unix milliseconds; Infinity when none will. */
export function nextAvailable(objects: Objects, now: number): number {
  let next = Infinity;
  for (const kind of [DaemonSet, ReplicaSet, StatefulSet] as const) {
    for (const set of objects.list<DaemonSet | ReplicaSet | StatefulSet>(kind as typeof DaemonSet)) {
      const { minReadySeconds = 0 } = set.spec;
      if (minReadySeconds === 0) continue;
      for (const pod of objects.list(Pod, set.metadata.namespace))
        if (isControlledBy(pod, set)) next = Math.min(next, availableAt(pod, minReadySeconds, now));
    }
  }
  return next;
}
