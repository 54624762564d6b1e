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
    const found = kinds.map((kind) => graphOf(plane.objects.list(kind as Kind<KubeObject>)));
    kinds.forEach((kind, i) => {
      for (const object of found[i]!.finalizing) finalize(plane, { kind, object });
    });
    const isAlive = (uid: string) => found.some(({ alive }) => alive.has(uid));
    for (const kind of kinds) {
      for (const object of graphOf(plane.objects.list(kind as Kind<KubeObject>)).owned) {
        const owners = object.metadata.ownerReferences!;
        const present = owners.filter((owner) => isAlive(owner.uid) || !isCollected(owner.kind) || plane.unseen?.has(owner.uid) === true);
        if (present.length === 0) deleteObject(plane, kind, object);
        else if (present.length < owners.length)
          plane.objects.put(kind, { ...object, metadata: { ...object.metadata, ownerReferences: present } });
      }
    }
  },
};

/** What of a list the collector follows. */
interface Graph {
  /** By UID. */
  readonly alive: ReadonlySet<string>;
  /** Those that have owners, and are not being deleted. */
  readonly owned: readonly KubeObject[];
  /** Those that are being deleted, and wait for something. */
  readonly finalizing: readonly KubeObject[];
}

/** By list: it is the same as long as nothing of it is written. */
const graphs = new WeakMap<readonly KubeObject[], Graph>();

function graphOf(list: readonly KubeObject[]): Graph {
  let graph = graphs.get(list);
  if (graph === undefined) {
    graph = {
      alive: new Set(list.map(({ metadata }) => metadata.uid ?? '')),
      owned: list.filter(({ metadata }) => (metadata.ownerReferences ?? []).length > 0 && metadata.deletionTimestamp === undefined),
      finalizing: list.filter(({ metadata }) => metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length > 0),
    };
    graphs.set(list, graph);
  }
  return graph;
}

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
