/** One learner's running cluster: a snapshot, and the ways to change it. After every change it has settled again. */
import type { Change } from '#node/change.ts';
import type { Snapshot } from '#node/snapshot.ts';

/** Brings a change to its fixed point: controllers, kubelets, kube-proxies and daemons act until nothing moves any more. */
export type Settle = (change: Change) => void;

export class Lab {
  #snapshot: Snapshot;
  readonly #settle: Settle;

  constructor(snapshot: Snapshot, settle: Settle) {
    this.#snapshot = snapshot;
    this.#settle = settle;
  }

  /** Everything as it is now. Keep it, and {@link restore} it, to undo. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Unix milliseconds of simulated time. */
  get now(): number {
    return this.#snapshot.now;
  }

  /**
   * Changes objects and hosts through `act`, and lets the cluster settle. When `act` returns `{ ok: false }` (an API refusal)
   * nothing has happened.
   */
  change<T>(act: (change: Change) => T): T {
    const { cluster, hosts, now } = this.#snapshot;
    const change: Change = { objects: cluster.edit(), hosts: new Map(hosts), now };
    const result = act(change);
    if (typeof result === 'object' && result !== null && 'ok' in result && result.ok === false) return result;
    this.#settle(change);
    this.#snapshot = { cluster: change.objects.publish(), hosts: change.hosts, now: change.now };
    return result;
  }

  /** Lets simulated time pass: probes, back-offs and leases go on. */
  advance(milliseconds: number): void {
    this.change((change) => void (change.now += milliseconds));
  }

  restore(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
  }
}
