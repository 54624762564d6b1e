/** Objects whose owners are all gone go too, and owners wait for their dependents when they are to (pkg/controller/garbagecollector). */
import { resourceOf, type Kind } from '#kube/kind.ts';
import { gatewayKinds } from '#kube/kinds/gateway/index.ts';
import { builtInKinds } from '#kube/kinds/index.ts';
import type { KubeObject } from '#kube/object.ts';
import { expireEvents } from '#kube/record-event.ts';
import type { Controller, ControlPlane } from '../controller.ts';
import { deleteObject, updateObject } from '../write.ts';

const left = ['events', 'endpoints', 'leases.coordination.k8s.io'];
const collected = [...builtInKinds, ...gatewayKinds].filter((kind) => !left.includes(resourceOf(kind)));

export const garbageCollector: Controller = {
  name: 'garbage-collector-controller',
  component: 'kube-controller-manager',
  reads: collected,
  reconcile(plane) {
    const stored = new Set(plane.objects.resources());
    const kinds = collected.filter((kind) => stored.has(resourceOf(kind)));
    const alive = new Set<string>();
    const finalizing: Owned[] = [];
    for (const kind of kinds) {
      for (const object of plane.objects.list(kind)) {
        alive.add(object.metadata.uid ?? '');
        if (object.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers ?? []).length > 0)
          finalizing.push({ kind, object });
      }
    }
    for (const owner of finalizing) finalize(plane, owner);
    for (const kind of kinds) {
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

interface Owned {
  readonly kind: Kind;
  readonly object: KubeObject;
}

/** An owner that is deleted waits for what becomes of its dependents: `orphan` lets them go, `foregroundDeletion` deletes them first. */
function finalize(plane: ControlPlane, owner: Owned): void {
  const { finalizers = [] } = owner.object.metadata;
  if (finalizers.includes('orphan')) {
    for (const { kind, object } of dependentsOf(plane, owner)) {
      const ownerReferences = object.metadata.ownerReferences!.filter(({ uid }) => uid !== owner.object.metadata.uid);
      plane.objects.put(kind, { ...object, metadata: { ...object.metadata, ownerReferences } });
    }
    finish(plane, owner, 'orphan');
    return;
  }
  if (!finalizers.includes('foregroundDeletion')) return;
  const dependents = dependentsOf(plane, owner);
  for (const dependent of dependents) {
    const { kind, object } = dependent;
    if (object.metadata.deletionTimestamp !== undefined) continue;
    deleteObject(plane, kind, object, dependentsOf(plane, dependent).length > 0 ? 'Foreground' : 'Background');
  }
  const blocks = ({ object }: Owned) =>
    object.metadata.ownerReferences!.some(
      ({ uid, blockOwnerDeletion }) => uid === owner.object.metadata.uid && blockOwnerDeletion === true,
    );
  if (!dependentsOf(plane, owner).some(blocks)) finish(plane, owner, 'foregroundDeletion');
}

function dependentsOf({ objects }: ControlPlane, { object: owner }: Owned): readonly Owned[] {
  return collected.flatMap((kind) =>
    objects
      .list(kind)
      .filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) === true)
      .map((object) => ({ kind, object })),
  );
}

function finish(plane: ControlPlane, { kind, object }: Owned, finalizer: string): void {
  const finalizers = object.metadata.finalizers!.filter((one) => one !== finalizer);
  updateObject(plane, kind, object, { ...object, metadata: { ...object.metadata, finalizers } });
}

/** Owners of kinds that are not looked through (custom resources, static pods' nodes are) count as alive. */
function isCollected(kind: string): boolean {
  return collected.some((one) => one.kind === kind);
}

export const eventExpiry: Controller = {
  name: 'event-ttl',
  component: 'kube-apiserver',
  reads: [],
  timed: () => true,
  reconcile: expireEvents,
};
