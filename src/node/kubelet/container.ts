/**
 * The life of a container as a function of time: it starts, ends by itself, waits out its back-off and starts again. Called with a later
 * `now` it catches up with everything that happened in between. (pkg/kubelet/kuberuntime/kuberuntime_manager.go, client-go flowcontrol/backoff.go)
 */
import type { ContainerRun, ContainerState, FoundContainer, LogLine } from '../host.ts';
import type { Started } from '../program.ts';

const firstBackOff = 10_000;
const longestBackOff = 300_000;
/** A container that ran this long before it ended begins its back-off anew. */
const forgiven = 2 * longestBackOff;
/** Lives that are played one by one in one catching-up; more would differ in nothing that is kept. */
const mostLives = 400;

export interface Happening {
  readonly at: number;
  readonly kind: 'started' | 'failed' | 'exited' | 'backing-off';
  /** Why it could not be started. */
  readonly message?: string;
  /** When a back-off ends. */
  readonly until?: number;
}

export interface Life {
  readonly state: ContainerState;
  readonly happenings: readonly Happening[];
  /** When something will happen next; undefined: never by itself. */
  readonly due?: number;
}

export interface LifeOptions {
  readonly now: number;
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never';
  /** What the program's start depends on: compared one by one with what a life has begun from. */
  readonly startsFrom: readonly unknown[];
  /** Starts the program at that moment. */
  start(at: number): Started;
  /** A fresh container ID for a life. */
  id(attempt: number): string;
}

/** How long the kubelet waits before restart number `n` (the first is at once). */
export function backOffOf(restarts: number): number {
  return restarts <= 0 ? 0 : Math.min(firstBackOff * 2 ** Math.min(restarts - 1, 20), longestBackOff);
}

/** How long a container waits whose life has ended, and when it begins anew. */
export function nextStart(
  { startedAt, notBefore = 0 }: ContainerRun,
  finishedAt: number,
  restarts: number,
): { readonly backOff: number; readonly at: number } {
  const backOff = backOffOf(finishedAt - startedAt >= forgiven ? 0 : restarts);
  return { backOff, at: Math.max(finishedAt + backOff, notBefore) };
}

/** Lets a container that may run live until `now`. */
export function live(state: ContainerState, options: LifeOptions): Life {
  const happenings: Happening[] = [];
  let current = state;
  for (let lives = 0; lives < mostLives; lives++) {
    const { run } = current;
    if (run === undefined) {
      current = begin(current, options, options.now, happenings);
      continue;
    }
    if (run.finishedAt === undefined) {
      if (run.exit === undefined || run.startedAt + run.exit.after > options.now)
        return done(current, happenings, run.exit && run.startedAt + run.exit.after);
      current = end(current, run, run.startedAt + run.exit.after, run.exit.code, run.exit.reason, run.exit.logs ?? []);
      happenings.push({ at: current.run!.finishedAt!, kind: 'exited' });
      continue;
    }
    // It has been told to stop, and takes its time.
    if (run.finishedAt > options.now) return done(current, happenings, run.finishedAt);
    if (options.restartPolicy === 'Never' || (options.restartPolicy === 'OnFailure' && run.exitCode === 0))
      return done(current, happenings, undefined);
    const { backOff, at: again } = nextStart(run, run.finishedAt, current.restarts);
    if (again > options.now) {
      if (current.waiting?.reason !== 'CrashLoopBackOff') happenings.push({ at: run.finishedAt, kind: 'backing-off', until: again });
      return done(
        {
          ...current,
          waiting:
            current.waiting?.reason === 'CrashLoopBackOff'
              ? current.waiting
              : { reason: 'CrashLoopBackOff', message: `back-off ${backOffText(backOff)} restarting failed container` },
        },
        happenings,
        // What failed will fail again, unless what it starts from has changed: then its next try is worth waiting for.
        run.startedFrom.every((one, i) => one === options.startsFrom[i]) ? undefined : again,
      );
    }
    if (again > run.finishedAt && current.waiting?.reason !== 'CrashLoopBackOff')
      happenings.push({ at: run.finishedAt, kind: 'backing-off', until: again });
    current = begin(current, options, again, happenings);
  }
  return done(current, happenings, undefined);
}

function done(state: ContainerState, happenings: readonly Happening[], due: number | undefined): Life {
  return { state, happenings, ...(due !== undefined && { due }) };
}

function begin(state: ContainerState, options: LifeOptions, at: number, happenings: Happening[]): ContainerState {
  const attempt = state.run === undefined ? 0 : state.run.attempt + 1;
  const usual = asFound(state, options);
  const started = usual ?? options.start(at);
  const run: ContainerRun = {
    id: options.id(attempt),
    attempt,
    startedAt: at,
    logs: lines(started.logs ?? [], at),
    loaded: started.loaded ?? new Map(),
    startedFrom: options.startsFrom,
    ...(started.exit !== undefined && { exit: started.exit }),
    ...(started.fails !== undefined && { exit: neverStarted, message: started.fails }),
    ...(started.executes !== undefined && { executes: started.executes }),
    ...(started.stopsAfter !== undefined && { stopsAfter: started.stopsAfter }),
  };
  happenings.push(started.fails === undefined ? { at, kind: 'started' } : { at, kind: 'failed', message: started.fails });
  const { waiting: _, found, ...rest } = state;
  return {
    ...rest,
    ...(found !== undefined && { found: usual === undefined ? withoutEnd(found) : found }),
    ...(state.run !== undefined && { previous: state.run }),
    run,
    restarts: attempt,
    listeners: started.exit !== undefined && started.exit.code !== 0 ? [] : started.listeners,
    ready: false,
  };
}

/** What the kubelet makes of a runtime that cannot start a container (containerd: internal/cri/server/container_start.go). */
const neverStarted = { after: 0, code: 128, reason: 'StartError' } as const;

/** A container that was found to end goes on to end so, unless what it starts from has changed. What it would say is not known. */
function asFound({ found, run }: ContainerState, { startsFrom }: LifeOptions): Started | undefined {
  if (found?.ends === undefined) return undefined;
  const isChanged = found.ends.follows && run?.startedFrom.some((one, i) => one !== startsFrom[i]) === true;
  return isChanged ? undefined : { listeners: [], exit: found.ends.exit };
}

function withoutEnd({ ends: _, ...found }: FoundContainer): FoundContainer {
  return found;
}

/** The container ends at a moment: by itself, or killed. */
export function end(
  state: ContainerState,
  run: ContainerRun,
  at: number,
  code: number,
  reason?: string,
  logs: readonly string[] = [],
): ContainerState {
  const finished: ContainerRun = {
    ...run,
    finishedAt: at,
    exitCode: code,
    reason: reason ?? (code === 0 ? 'Completed' : 'Error'),
    logs: [...run.logs, ...lines(logs, at)],
  };
  return { ...state, run: finished, listeners: [], ready: false };
}

function lines(logs: NonNullable<Started['logs']>, at: number): readonly LogLine[] {
  return logs.map((line) =>
    typeof line === 'string' ? { at, stream: 'stdout', text: line } : { at, stream: 'stderr', text: line.stderr },
  );
}

/** Go's duration text for whole seconds: `10s`, `1m20s`, `5m0s`. */
export function backOffText(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
