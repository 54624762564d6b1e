/** Pods on nodes that no longer exist (pkg/controller/podgc/gc_controller.go). */
import { Node } from '#kube/kinds/node.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { parseTime } from '#kube/time.ts';
import type { Controller } from '../controller.ts';
import { recordEvent } from '#kube/record-event.ts';

export const podGarbageCollector: Controller = {
  name: 'pod-garbage-collector-controller',
  component: 'kube-controller-manager',
  reads: [Pod, Node],
  reconcile(plane) {
    for (const pod of plane.objects.list(Pod)) {
      const node = pod.spec.nodeName ?? '';
      // What was read from a cluster is there before its time, and before the nodes have joined.
      if (parseTime(pod.metadata.creationTimestamp ?? '') > plane.now) continue;
      if (node === '' ? pod.metadata.deletionTimestamp === undefined : plane.objects.get(Node, '', node) !== undefined) continue;
      recordEvent(plane, pod, { component: 'PodGC' }, { type: 'Normal', reason: 'PodGC', message: 'PodGC: node no longer exists' });
      plane.objects.remove(Pod, pod.metadata.namespace!, pod.metadata.name);
    }
  },
};
