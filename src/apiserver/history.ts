/** What a lab's clusters were before they changed, as far back as watches may ask. (staging:apiserver/pkg/storage/cacher/watch_cache.go) */
import type { Cluster, Write } from '#kube/cluster.ts';
import { resourceOf, type Kind } from '#kube/kind.ts';
import type { Lab } from '#lab/lab.ts';

/** How many clusters are remembered; they share what did not change. */
const remembered = 200;

const histories = new WeakMap<Lab, Cluster[]>();

/** The clusters of a lab, oldest first, the present one last. From the first call on they are remembered. */
export function historyOf(lab: Lab): readonly Cluster[] {
  let history = histories.get(lab);
  if (history === undefined) {
    const clusters = [lab.snapshot.cluster];
    histories.set(lab, (history = clusters));
    lab.subscribe((_, { cluster }) => {
      const last = clusters.at(-1)!;
      if (last === cluster) return;
      // Time was turned back: versions are given a second time, and what had them is no longer true.
      if (cluster.counter < last.counter) clusters.length = 0;
      clusters.push(cluster);
      if (clusters.length > remembered) clusters.shift();
    });
  }
  return history;
}

/** An object before and after; one of them is absent when it came or went. */
export type Transition = Omit<Write, 'resource'>;

/** What became of the objects of a kind between two clusters, in order: every write where the second was made from the first. */
export function transitions(before: Cluster, after: Cluster, kind: Kind): readonly Transition[] {
  const resource = resourceOf(kind);
  return after.writesSince(before)?.filter((write) => write.resource === resource) ?? differences(before, after, resource);
}

/** The difference of two clusters of which only beginning and end are known. */
function differences(before: Cluster, after: Cluster, resource: string): readonly Transition[] {
  const left = before.store.get(resource);
  const right = after.store.get(resource);
  if (left === right) return [];
  const found: Transition[] = [];
  for (const namespace of new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])])) {
    const [was, is] = [left?.get(namespace), right?.get(namespace)];
    if (was === is) continue;
    for (const name of new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])])) {
      const [old, next] = [was?.get(name), is?.get(name)];
      if (old === next) continue;
      const version = Number(next?.metadata.resourceVersion ?? after.counter);
      if (old !== undefined && next !== undefined && old.metadata.uid !== next.metadata.uid) {
        found.push({ before: old, version: version - 1 }, { after: next, version });
      } else found.push({ ...(old !== undefined && { before: old }), ...(next !== undefined && { after: next }), version });
    }
  }
  return found.sort((a, b) => a.version - b.version);
}
