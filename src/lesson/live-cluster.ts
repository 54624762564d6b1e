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
  return {
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
}
