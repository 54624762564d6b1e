/** The life of a container's command that is carried out elsewhere than in its program. */
import type { ContainerRun, LogLine } from '#node/host.ts';
import { hasOpenJobs, nextRetry } from '#control/controllers/job.ts';
import { nextStart } from '#node/kubelet/container.ts';
import type { Change } from '#node/change.ts';
import type { Snapshot } from '#node/snapshot.ts';
import type { Lab } from './lab.ts';
import type { StreamingPlace } from './streaming.ts';

/** A command that goes on until somebody has carried it out, and where. */
export interface OpenRun {
  readonly place: StreamingPlace;
  readonly run: ContainerRun & { readonly executes: readonly string[] };
}

/** Such commands of a cluster. */
export interface OpenRuns {
  /** Those that wait for somebody, the oldest first. */
  readonly open: readonly OpenRun[];
  /** When the first of those begins again that wait out a back-off, in Unix milliseconds; Infinity: there is none. */
  readonly again: number;
}

const known = new WeakMap<Snapshot['hosts'], OpenRuns>();

export function openRuns({ hosts }: Snapshot): OpenRuns {
  let found = known.get(hosts);
  if (found === undefined) known.set(hosts, (found = findOpen(hosts)));
  return found;
}

function findOpen(hosts: Snapshot['hosts']): OpenRuns {
  const open: OpenRun[] = [];
  let again = Infinity;
  for (const { name: node, sandboxes } of hosts.values()) {
    for (const [podUid, { podNamespace: namespace, podName: pod, containers }] of sandboxes) {
      for (const { name: container, run, waiting, restarts } of containers) {
        if (isOpen(run)) open.push({ place: { node, podUid, namespace, pod, container }, run });
        else if (run?.executes !== undefined && run.finishedAt !== undefined && waiting?.reason === 'CrashLoopBackOff')
          again = Math.min(again, nextStart(run, run.finishedAt, restarts).at);
      }
    }
  }
  return { open: open.sort((a, b) => a.run.startedAt - b.run.startedAt), again };
}

function isOpen(run: ContainerRun | undefined): run is OpenRun['run'] {
  return run?.executes !== undefined && run.finishedAt === undefined && run.exit === undefined;
}

/**
 * When time has to be stopped at next for such a command, in Unix milliseconds: one begins again, or a Job makes another pod, or anything
 * happens that may lead to a new one; Infinity: never.
 */
export function nextBeginning(lab: Lab): number {
  const { snapshot, now, due } = lab;
  const { again } = openRuns(snapshot);
  if (!hasOpenJobs(snapshot.cluster)) return again;
  return Math.min(again, nextRetry(snapshot.cluster, now), due ?? Infinity);
}

/** The command has written these lines. */
export function writeLog(lab: Lab, { place }: OpenRun, lines: readonly LogLine[]): void {
  lab.note((hosts) => replaceRun(hosts, place, (run) => ({ ...run, logs: [...run.logs, ...lines] })));
}

/** Replaces the life of a container that runs; nothing happens where it does not run any more. */
export function replaceRun(hosts: Change['hosts'], place: StreamingPlace, change: (run: ContainerRun) => ContainerRun): void {
  const host = hosts.get(place.node);
  const sandbox = host?.sandboxes.get(place.podUid);
  const state = sandbox?.containers.find(({ name }) => name === place.container);
  if (host === undefined || sandbox === undefined || state?.run === undefined || state.run.finishedAt !== undefined) return;
  const changed = { ...state, run: change(state.run) };
  const containers = sandbox.containers.map((one) => (one === state ? changed : one));
  hosts.set(place.node, { ...host, sandboxes: new Map(host.sandboxes).set(place.podUid, { ...sandbox, containers }) });
}
