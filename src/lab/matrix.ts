/** Who reaches whom: a packet from everybody to every pod. */
import type { Trace } from '#dataplane/trace/trace.ts';
import { trace } from '#dataplane/trace/trace.ts';
import { worldOf } from '#dataplane/trace/world.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { ip, type Protocol } from '#net/ip.ts';
import type { Snapshot } from '#node/snapshot.ts';
import { originOf } from './connect.ts';
import { podAim } from './flows.ts';
import { nodeSpot, podSpot, type Spot } from './spot.ts';

export interface MatrixOptions {
  /** A number or a name, as `pod:NS/NAME:PORT` has it; each pod's first declared port when absent, and a ping where it declares none. */
  readonly port?: string;
  /** What a port that no container declares is of, or is to be of even though one does. */
  readonly protocol?: Protocol | undefined;
  /** Only pods of these; of all when absent. */
  readonly namespaces?: readonly string[];
}

export interface MatrixCell {
  readonly from: string;
  readonly to: string;
  readonly outcome: Trace['outcome'];
  /** One sentence: what decided. */
  readonly why: string;
}

export interface Matrix {
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** A row a sender, in the order of `from`; a cell a destination, in the order of `to`. */
  readonly rows: readonly (readonly MatrixCell[])[];
}

/** Walks from every pod and node to every pod that has an address of its own. */
export function reachability(snapshot: Snapshot, { port, protocol, namespaces }: MatrixOptions = {}): Matrix {
  const { cluster, hosts } = snapshot;
  const pods = cluster
    .list(Pod)
    .filter(({ metadata, spec, status }) => {
      const wanted = namespaces === undefined || namespaces.includes(metadata.namespace!);
      return wanted && spec.hostNetwork !== true && status?.podIP !== undefined && status.phase === 'Running';
    })
    .map(({ metadata }) => ({ namespace: metadata.namespace!, name: metadata.name }))
    .sort((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name));
  const senders = [
    ...pods.map(({ namespace, name }) => ({ from: `pod:${namespace}/${name}`, spot: podSpot(snapshot, namespace, name) })),
    ...[...hosts.keys()].map((name) => ({ from: `node:${name}`, spot: nodeSpot(snapshot, name) })),
  ].filter((one): one is { readonly from: string; readonly spot: Spot } => one.spot !== undefined);
  const destinations = pods.map(({ namespace, name }) => ({
    to: `pod:${namespace}/${name}`,
    aim: podAim(snapshot, namespace, name, port),
  }));
  const world = worldOf(hosts, cluster.seed, 'matrix');
  const cellOf = (from: string, spot: Spot, { to, aim }: (typeof destinations)[number]): MatrixCell => {
    if (typeof aim === 'string') return { from, to, outcome: 'unreachable', why: aim };
    const origin = originOf(snapshot, { kind: 'namespace', node: spot.node, namespace: spot.namespace })!;
    const target = { protocol: protocol ?? aim.protocol, address: ip(aim.host), port: aim.port };
    const { outcome, why } = trace(world, origin, target);
    return { from, to, outcome, why };
  };
  return {
    from: senders.map(({ from }) => from),
    to: destinations.map(({ to }) => to),
    rows: senders.map(({ from, spot }) => destinations.map((one) => cellOf(from, spot, one))),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
