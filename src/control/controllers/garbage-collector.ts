/** Objects whose owners are all gone go too (pkg/controller/garbagecollector). */
import { resourceOf, type Kind } from '#kube/kind.ts';
import { builtInKinds } from '#kube/kinds/index.ts';
import type { KubeObject } from '#kube/object.ts';
import type { Controller } from '../controller.ts';
import { expireEvents } from '#kube/record-event.ts';
import { deleteObject } from '../write.ts';

const collected = builtInKinds.filter((kind) => !['events', 'endpoints', 'leases.coordination.k8s.io'].includes(resourceOf(kind)));

export const garbageCollector: Controller = {
  name: 'garbage-collector-controller',
  component: 'kube-controller-manager',
  reads: collected,
  reconcile(plane) {
    const alive = new Set<string>();
    for (const kind of collected) for (const object of plane.objects.list(kind)) alive.add(object.metadata.uid ?? '');
    for (const kind of collected) {
      for (const object of plane.objects.list(kind as Kind<KubeObject>)) {
        const owners = object.metadata.ownerReferences ?? [];
        if (owners.length === 0 || object.metadata.deletionTimestamp !== undefined) continue;
        const present = owners.filter((owner) => alive.has(owner.uid) || !isCollected(owner.kind));
        if (present.length === 0) deleteObject(plane, kind, object);
        else if (present.length < owners.length)
          plane.objects.put(kind, { ...object, metadata: { ...object.metadata, ownerReferences: present } });
      }
    }
  },
};

/** Owners of kinds that are not looked through (custom resources, static pods' nodes are) count as alive. */
function isCollected(kind: string): boolean {
  return collected.some((one) => one.kind === kind);
}

export const eventExpiry: Controller = { name: 'event-ttl', component: 'kube-apiserver', reads: [], timed: true, reconcile: expireEvents };
