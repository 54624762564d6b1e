/** Calico's datastore where it lies: in the API, as objects of crd.projectcalico.org. */
import type { Draft, Objects } from '#kube/cluster.ts';
import type { CalicoDatastore } from '../../plugins/calico-ipam/datastore.ts';
import { customKind, putCustom } from '../custom-objects.ts';
import { datastoreOf, objectsOf, type CalicoObject } from './objects.ts';

const apiVersion = 'crd.projectcalico.org/v1';

/** Revisions of what the datastore consists of: it is the same for as long as they are. Undefined where Calico's kinds are not defined. */
export function datastoreRevisions(objects: Objects): readonly [pools: unknown, blocks: unknown] | undefined {
  const [pools, blocks] = [customKind(objects, apiVersion, 'IPPool'), customKind(objects, apiVersion, 'IPAMBlock')];
  return pools === undefined || blocks === undefined ? undefined : [objects.revision(pools), objects.revision(blocks)];
}

/** The one read last: it is asked for with every pod. */
let last: { readonly revisions: readonly unknown[]; readonly datastore: CalicoDatastore } | undefined;

/** The datastore; undefined where Calico's kinds are not defined. */
export function readDatastore(objects: Objects): CalicoDatastore | undefined {
  const revisions = datastoreRevisions(objects);
  if (revisions === undefined) return undefined;
  if (last === undefined || revisions.some((one, i) => one !== last!.revisions[i])) {
    const all = ['IPPool', 'IPAMBlock'].flatMap((kind) => objects.list(customKind(objects, apiVersion, kind)!));
    last = { revisions, datastore: datastoreOf(all as unknown as readonly CalicoObject[]) };
  }
  return last.datastore;
}

/** Writes what differs from what is stored. */
export function writeDatastore(objects: Draft, datastore: CalicoDatastore, now: number): void {
  const before = readDatastore(objects);
  if (before === undefined || before === datastore) return;
  const [was, is] = [without(before, datastore), without(datastore, before)].map(objectsOf) as [
    readonly CalicoObject[],
    readonly CalicoObject[],
  ];
  for (const { kind, metadata } of was)
    if (!is.some((one) => one.kind === kind && one.metadata.name === metadata.name)) {
      const of = customKind(objects, apiVersion, kind);
      if (of !== undefined) objects.remove(of, '', metadata.name);
    }
  for (const object of is) {
    const of = customKind(objects, apiVersion, object.kind);
    if (of !== undefined) putCustom(objects, of, object, now);
  }
}

/** The datastore without what another has too; both share the values of what neither has changed. Pools come, but nobody changes them here. */
function without(datastore: CalicoDatastore, other: CalicoDatastore): CalicoDatastore {
  return {
    ...datastore,
    pools: datastore.pools.filter((pool) => !other.pools.some((one) => one.name === pool.name)),
    blocks: datastore.blocks.filter((block) => !other.blocks.includes(block)),
  };
}
