/** What grading asks of a lesson's cluster (`learn/live-cluster.ts`), answered by its lab and terminal. */
import type { Lab } from '#lab/lab.ts';
import { traceFlow } from '#lab/flows.ts';
import { lookupName } from '#lab/names.ts';
import type { LiveCluster, Output, RunOptions } from '#learn/live-cluster.ts';
import type { Snapshot } from '#node/snapshot.ts';

export function liveCluster(
  lab: Lab,
  start: Snapshot,
  run: (line: string, options?: { readonly node?: string; readonly stdin?: string }) => Promise<Output>,
): LiveCluster {
  const aside = async <T>(act: () => Promise<T>, from: Snapshot): Promise<T> => {
    const before = lab.snapshot;
    lab.restore(from);
    try {
      return await act();
    } finally {
      lab.restore(before);
    }
  };
  const cluster: LiveCluster = {
    run: (line: string, options: RunOptions = {}) =>
      run(line, {
        ...(options.node !== undefined && { node: options.node }),
        ...(options.stdin !== undefined && { stdin: options.stdin }),
      }),
    trace: async (flow) => traceFlow(lab, flow),
    lookup: async (question) => lookupName(lab, question),
    aside: (act) => aside(act, lab.snapshot),
    asStarted: (act) => aside(act, start),
  };
  return { ...cluster, remembered: { ...cluster, ...remembering(lab, cluster) } };
}

/** What has come of something: what was seen, and the cluster afterwards. */
interface Known {
  readonly seen: unknown;
  readonly after: Snapshot;
}

/** Snapshots are values: what is done to the same one gives the same. */
function remembering(lab: Lab, cluster: LiveCluster): Pick<LiveCluster, 'run' | 'trace' | 'lookup'> {
  const memory = new WeakMap<Snapshot, Map<string, Known>>();
  const once = <A extends readonly unknown[], T>(name: string, act: (...args: A) => Promise<T>) => {
    return async (...args: A): Promise<T> => {
      const { snapshot } = lab;
      const key = JSON.stringify([name, ...args]);
      let here = memory.get(snapshot);
      if (here === undefined) memory.set(snapshot, (here = new Map()));
      const known = here.get(key);
      if (known !== undefined) {
        if (known.after !== snapshot) lab.restore(known.after);
        return known.seen as T;
      }
      const seen = await act(...args);
      here.set(key, { seen, after: lab.snapshot });
      return seen;
    };
  };
  return { run: once('run', cluster.run), trace: once('trace', cluster.trace), lookup: once('lookup', cluster.lookup) };
}
