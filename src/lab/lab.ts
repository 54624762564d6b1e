/** One learner's running cluster: a snapshot, and the ways to change it. After every change it has settled again. */
import type { Trace } from '#dataplane/trace/trace.ts';
import type { Change } from '#node/change.ts';
import type { Programs } from '#node/program.ts';
import type { TrackedConnection } from '#node/conntrack.ts';
import type { Snapshot } from '#node/snapshot.ts';
import { programOf } from '#workloads/index.ts';
import { entriesOf } from './tracked.ts';

/**
 * Brings a change to its fixed point: controllers, kubelets, kube-proxies and daemons act until nothing moves any more. With `until`,
 * exactly to that time. Returns when the next thing will happen by itself; that `due` is given back for a change that is at rest still.
 */
export type Settle = (change: Change, until?: number, due?: number) => number | undefined;

/** What a person's change takes, in milliseconds of simulated time. */
const moment = 1000;

/** A table of everything that was ever tried would only be long. */
const mostTracked = 1000;

/** A connection that was tried, and when. */
export interface Traced {
  readonly trace: Trace;
  /** Unix milliseconds. */
  readonly at: number;
  /** What its random choices are drawn from. */
  readonly purpose: string;
}

/** What somebody who listens may still want to see. */
const mostTraces = 20;

/** Told of every change: what was, and what is. */
export type Listener = (before: Snapshot, after: Snapshot) => void;

export class Lab {
  /** What runs in containers, by image. */
  readonly programs: Programs;
  readonly #listeners = new Set<Listener>();
  #snapshot: Snapshot;
  readonly #settle: Settle;
  #connections: number;
  #traces: readonly Traced[] = [];
  /** What settling has returned, by the hosts it has made: time goes on from there without a look at what is at rest. */
  readonly #dues = new WeakMap<Snapshot['hosts'], number>();

  constructor(
    snapshot: Snapshot,
    settle: Settle,
    {
      programs = programOf,
      connections = 0,
      due,
    }: { readonly programs?: Programs; readonly connections?: number; readonly due?: number } = {},
  ) {
    this.#snapshot = snapshot;
    this.#settle = settle;
    this.#connections = connections;
    this.programs = programs;
    if (due !== undefined) this.#dues.set(snapshot.hosts, due);
  }

  /** Everything as it is now. Keep it, and {@link restore} it, to undo. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Unix milliseconds of simulated time. */
  get now(): number {
    return this.#snapshot.now;
  }

  /** When something will happen next by itself, in the same; undefined where nobody has looked. */
  get due(): number | undefined {
    return this.#dues.get(this.#snapshot.hosts);
  }

  /**
   * Changes objects and hosts through `act`, and lets the cluster settle. When `act` returns `{ ok: false }` (an API refusal)
   * nothing has happened. It takes a person's moment, or so many milliseconds; an `act` that writes nothing takes no time.
   */
  change<T>(act: (change: Change) => T, takes = moment): T {
    return this.#change(act, takes);
  }

  /** Changes what no part of the cluster reads, such as a file that somebody's own program keeps for itself. Nothing reacts to it. */
  changeUnnoticed<T>(act: (change: Change) => T): T {
    return this.#change(act, moment, this.due);
  }

  /** Writes on machines what no part of the cluster reads, such as a container's log. No time passes, and nothing reacts. */
  note(write: (hosts: Change['hosts']) => void): void {
    const { due } = this;
    const hosts = new Map(this.#snapshot.hosts);
    write(hosts);
    if (due !== undefined) this.#dues.set(hosts, due);
    this.#replace({ ...this.#snapshot, hosts });
  }

  /** `due`: when something will happen next by itself, where that is known and the change is no part of it. */
  #change<T>(act: (change: Change) => T, takes: number, due?: number): T {
    const { cluster, hosts, now } = this.#snapshot;
    const change: Change = { objects: cluster.edit(), hosts: new Map(hosts), now: now + takes };
    const result = act(change);
    if (typeof result === 'object' && result !== null && 'ok' in result && result.ok === false) return result;
    const untouched =
      change.objects.counter === cluster.counter &&
      [...hosts].every(([name, host]) => change.hosts.get(name) === host) &&
      change.hosts.size === hosts.size;
    if (untouched) return result;
    this.#publish(change, this.#settle(change, undefined, due));
    return result;
  }

  /** Lets simulated time pass: probes, back-offs and leases go on. */
  advance(milliseconds: number): void {
    const { cluster, hosts, now } = this.#snapshot;
    const change: Change = { objects: cluster.edit(), hosts: new Map(hosts), now };
    this.#publish(change, this.#settle(change, now + milliseconds, this.due));
  }

  /** Counts connections, so that load balancing may send each elsewhere; the same commands in the same order give the same numbers. */
  nextConnection(): number {
    return this.#connections++;
  }

  /** How many connections there have been. */
  get connections(): number {
    return this.#connections;
  }

  /** Notes what the kernels on the way remember of a connection. No time passes, and nothing reacts. */
  track(trace: Trace, purpose: string): void {
    const { now, connections = [], remembered = [] } = this.#snapshot;
    this.#traces = [{ trace, at: now, purpose }, ...this.#traces].slice(0, mostTraces);
    const known = connections.filter(({ until, balanced }) => Math.max(until, balanced?.until ?? 0) > now);
    const noted = trace.remembered.map(({ at: { host, namespace }, list, ip }) => ({
      node: host.name,
      namespace: namespace.name,
      list,
      ip,
      at: now,
    }));
    this.#snapshot = {
      ...this.#snapshot,
      connections: [...entriesOf(trace, now, purpose), ...known].slice(0, mostTracked),
      ...(noted.length > 0 && { remembered: [...noted, ...remembered].slice(0, mostTracked) }),
    };
  }

  /** The last connections that somebody has tried, the newest first. */
  get traces(): readonly Traced[] {
    return this.#traces;
  }

  /** Makes kernels forget connections, as `conntrack -D` does; what IPVS has of them stays. */
  forget(isForgotten: (connection: TrackedConnection) => boolean): void {
    const { connections = [], now } = this.#snapshot;
    const left = connections.flatMap((one) => (!isForgotten(one) ? [one] : one.balanced === undefined ? [] : [{ ...one, until: now }]));
    this.#snapshot = { ...this.#snapshot, connections: left };
  }

  restore(snapshot: Snapshot): void {
    const { cluster, hosts, now } = snapshot;
    for (const { sandboxes } of hosts.values())
      for (const { containers } of sandboxes.values())
        for (const { image, run } of containers) if (run !== undefined) this.programs(image).rewind?.(run, { objects: cluster, now });
    this.#replace(snapshot);
  }

  /** Tells `listener` of every change from now on; the result ends that. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #publish(change: Change, due: number | undefined): void {
    if (due !== undefined) this.#dues.set(change.hosts, due);
    const { connections, remembered } = this.#snapshot;
    this.#replace({
      cluster: change.objects.publish(),
      hosts: change.hosts,
      now: change.now,
      ...(connections !== undefined && { connections }),
      ...(remembered !== undefined && { remembered }),
    });
  }

  #replace(snapshot: Snapshot): void {
    const before = this.#snapshot;
    this.#snapshot = snapshot;
    for (const listener of [...this.#listeners]) listener(before, snapshot);
  }
}
