/**
 * How a changed cluster comes to rest. Everything that acts takes its turn until nobody writes any more; then the clock moves to the
 * next thing that will happen by itself and matters (an image arrives, a probe has its say, a pod has stopped), and so on. What only
 * repeats itself (a crash after a crash) is not waited for.
 */
import { nextAvailable } from '#control/awaited.ts';
import { nextRetry } from '#control/controllers/job.ts';
import { Reconciler } from '#control/reconcile.ts';
import type { Component } from '#control/controller.ts';
import { areSame } from '#kube/equal.ts';
import type { NodeName } from '#kube/names.ts';
import { Lease } from '#kube/kinds/lease.ts';
import { Node } from '#kube/kinds/node.ts';
import { parseTime } from '#kube/time.ts';
import type { Change } from '#node/change.ts';
import { readsOf, syncHost, type Kubelet } from '#node/kubelet/kubelet.ts';
import { isRunning, retryUnits, type Services } from '#node/systemd/systemd.ts';
import type { Settle } from './lab.ts';

export interface Engine {
  /** The kubelet's surroundings; `connected` is set for each round. */
  readonly kubelet: Omit<Kubelet, 'connected'>;
  readonly services: Services;
  /** UIDs of owners that a dump's objects name and that are not in it. */
  readonly unseen?: ReadonlySet<string>;
  /** The API server is nobody's static pod here: a dump of a managed cluster. */
  readonly externalControlPlane: boolean;
}

/** How long a settled cluster is waited for, in milliseconds of its own time. */
const patience = 330_000;
const mostRounds = 400;
/** A silent node is noticed after this time without a lease (kube-controller-manager's node-monitor-grace-period, and a moment). */
const nodeGrace = 51_000;

/** Reports whether an API server answers: its container runs and listens, or it is not ours to run. */
export function isApiServing(hosts: Change['hosts'], externalControlPlane: boolean): boolean {
  return externalControlPlane || lifeOf(hosts, 'kube-apiserver') !== undefined;
}

/** The container of the component that runs on a control plane; undefined when none runs. */
function lifeOf(hosts: Change['hosts'], component: Component): string | undefined {
  for (const host of hosts.values()) {
    if (!host.controlPlane) continue;
    for (const sandbox of host.sandboxes.values()) {
      if (sandbox.podNamespace !== 'kube-system') continue;
      const found = sandbox.containers.find(
        (one) => one.name === component && one.run !== undefined && one.run.finishedAt === undefined && one.listeners.length > 0,
      );
      if (found !== undefined) return found.run!.id;
    }
  }
  return undefined;
}

export function createSettle(engine: Engine): Settle {
  const reconciler = new Reconciler();
  return (change, until, known) => {
    const limit = until ?? change.now + patience;
    let due = known;
    for (let steps = 0; steps < mostRounds; steps++) {
      due ??= rest(engine, reconciler, change);
      // What fails again and again is not waited for, but time that passes comes by it.
      const next = until === undefined ? due : Math.min(due, nextRetry(change.objects, change.now));
      if (next > limit || next === Infinity) break;
      change.now = Math.max(next, change.now + 1);
      due = undefined;
    }
    if (until !== undefined && change.now < until) {
      change.now = until;
      due = rest(engine, reconciler, change);
    }
    return due;
  };
}

/** Somebody who acts on the cluster, again and again. */
interface Turn {
  /** All that it reads at one moment where it finds nothing to do, to be compared one by one; undefined: nobody knows. */
  reads(): readonly unknown[] | undefined;
  /** Acts. When something will happen next by itself, in Unix milliseconds. */
  take(): number;
}

/**
 * Turns at one moment until everybody has had one since the last that wrote something; when something will happen next. Who had nothing to
 * do and would read the same again is passed over.
 */
function rest(engine: Engine, reconciler: Reconciler, change: Change): number {
  // The machines speak first: a node that is alive has said so before anybody counts how long it was silent.
  const turns = [...[...change.hosts.keys()].map((name) => hostTurn(engine, change, name)), controlPlaneTurn(engine, reconciler, change)];
  const dues = turns.map(() => Infinity);
  const idle: (readonly unknown[] | undefined)[] = turns.map(() => undefined);
  let quiet = 0;
  for (let i = 0; i < mostRounds * turns.length; i++) {
    const turn = i % turns.length;
    if (!readsTheSame(turns[turn]!, idle[turn])) {
      const before = change.objects.counter;
      const hosts = [...change.hosts.values()];
      dues[turn] = turns[turn]!.take();
      const wrote = change.objects.counter !== before || hosts.some((host) => change.hosts.get(host.name) !== host);
      idle[turn] = wrote ? undefined : turns[turn]!.reads();
      if (wrote) quiet = -1;
    }
    if (++quiet === turns.length) return Math.min(...dues);
  }
  throw new Error('the cluster does not come to rest: some of its parts undo each other’s work');
}

function readsTheSame(turn: Turn, before: readonly unknown[] | undefined): boolean {
  const reads = before && turn.reads();
  return reads !== undefined && areSame(reads, before!);
}

function hostTurn(engine: Engine, change: Change, name: NodeName): Turn {
  const kubelet = (): Kubelet => ({ ...engine.kubelet, connected: isApiServing(change.hosts, engine.externalControlPlane) });
  return {
    reads: () => readsOf(kubelet(), change, name),
    take() {
      const host = change.hosts.get(name)!;
      const retried = retryUnits(host, change.now, engine.services);
      if (retried !== host) change.hosts.set(name, retried);
      const working = kubelet();
      return Math.min(syncHost(working, change, name), silenceNoticed(change, name, working.connected));
    },
  };
}

const components: readonly Component[] = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

function controlPlaneTurn({ externalControlPlane, unseen }: Engine, reconciler: Reconciler, change: Change): Turn {
  const { objects } = change;
  const lives = (component: Component) =>
    externalControlPlane || component === 'kube-apiserver' ? 'always' : lifeOf(change.hosts, component);
  const serving = () => isApiServing(change.hosts, externalControlPlane);
  return {
    reads: () => [objects.counter, serving(), ...components.map(lives)],
    take() {
      if (!serving()) return Infinity;
      reconciler.round({ objects, now: change.now, ...(unseen !== undefined && { unseen }) }, lives);
      return nextAvailable(objects, change.now);
    },
  };
}

/** When the control plane will notice that a kubelet says nothing any more. */
function silenceNoticed(change: Change, name: NodeName, connected: boolean): number {
  if (!connected || isRunning(change.hosts.get(name)!, 'kubelet')) return Infinity;
  const node = change.objects.get(Node, '', name);
  const renewed = change.objects.get(Lease, 'kube-node-lease', name)?.spec?.renewTime;
  if (
    node === undefined ||
    renewed === undefined ||
    node.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'Unknown') === true
  )
    return Infinity;
  const noticed = parseTime(renewed) + nodeGrace;
  return noticed > change.now ? noticed : Infinity;
}
