/**
 * A connection as its maker sees it: one walk, and another one from where a process takes the first only to hand it on (kube-proxy in
 * userspace mode).
 */
import { pick } from '#kube/chance.ts';
import type { NodeName } from '#kube/names.ts';
import { hostPort, ip, type Ip, type Port } from '#net/ip.ts';
import type { Host, Relay, Tunnel } from '#node/host.ts';
import type { Memory } from './hooks.ts';
import { spelledOut, trace, type Origin, type Target, type Trace } from './trace.ts';
import { worldOf } from './world.ts';

/** What a connection depends on beside its ends. */
export interface Circumstances {
  readonly hosts: ReadonlyMap<NodeName, Host>;
  readonly seed: string;
  /** Tells apart connections that load balancing may send to different backends. */
  readonly purpose: string;
  /** What rules have noted of earlier connections. */
  readonly memory?: Memory;
  /** Which host takes packets to load-balancer addresses. */
  readonly announced?: ReadonlyMap<string, Host>;
}

/** Tries a connection. */
export function connectionFrom(around: Circumstances, origin: Origin, target: Target): Trace {
  const { hosts, seed, purpose, memory, announced } = around;
  const first = trace(worldOf(hosts, seed, purpose, memory), origin, target, announced);
  const { relay, tunnel } = first.destination?.listening?.listener ?? {};
  if (first.outcome !== 'connected') return first;
  if (relay !== undefined) return handedOn(around, first, relay);
  return tunnel === undefined ? first : throughTunnel(around, first, tunnel);
}

const loopbacks: readonly Ip[] = [ip('127.0.0.1'), ip('::1')];

/**
 * The connection of a client whom kubectl has taken already: the pod's runtime opens another one inside the pod (containerd:
 * internal/cri/server/sandbox_portforward_linux.go). Where it cannot, kubectl stays the end of it. What lies between kubectl, API server,
 * kubelet and runtime is taken for granted.
 */
function throughTunnel(around: Circumstances, first: Trace, tunnel: Tunnel): Trace {
  const told: Trace = { ...spelledOut(first), tunnelled: first.destination };
  if (tunnel.to === 'api') return told;
  const { podUid, sandboxId, port } = tunnel;
  const found = [...around.hosts.values()].find(({ sandboxes }) => sandboxes.get(podUid)?.id === sandboxId);
  const namespace = found?.kernel.namespaces.get(found.sandboxes.get(podUid)!.network.namespace);
  if (found === undefined || namespace === undefined) return told;
  for (const address of loopbacks) {
    const next = { ...around, purpose: `${around.purpose}/tunnel/${address}` };
    const second = connectionFrom(next, { kind: 'inside', at: { host: found, namespace } }, { protocol: 'TCP', address, port });
    if (second.outcome === 'connected') return joined(told, second);
  }
  return told;
}

/** So many backends a relay tries for one connection (pkg/proxy/userspace/proxysocket.go, endpointDialTimeouts). */
const mostTries = 4;

/**
 * The connection of a client whose relay has taken it already: a TCP connection for which no backend is found is closed again, a datagram
 * is lost.
 */
function handedOn(around: Circumstances, first: Trace, relay: Relay): Trace {
  const { at, listening } = first.destination!;
  const { process, protocol } = listening!.listener;
  const who = `${process} on ${at.host.name}`;
  const candidates = relay.backends.map((backend) => hostPort(backend.ip, backend.port)).sort();
  const balanced = { ...spelledOut(first), candidates, ...(candidates.length > 0 && { probability: 1 / candidates.length }) };
  let told: Trace = balanced;
  for (const [i, backend] of inTurn(around, first, relay)
    .slice(0, protocol === 'TCP' ? mostTries : 1)
    .entries()) {
    const next = { ...around, purpose: `${around.purpose}/relay/${i}` };
    const second = connectionFrom(next, { kind: 'inside', at }, { protocol, address: backend.ip, port: backend.port });
    told = joined(told, second);
    if (second.outcome === 'connected') return { ...told, remembered: [...told.remembered, ...note(first, relay, backend)] };
    if (protocol === 'UDP') return { ...told, outcome: 'timeout', why: `${who} hands it on, but ${second.why}` };
  }
  if (protocol === 'UDP') return { ...told, outcome: 'timeout', why: `${who} knows no endpoint of ${relay.name}, and is silent` };
  const why =
    candidates.length === 0
      ? `${who} takes the connection, knows no endpoint of ${relay.name}, and closes it`
      : `${who} takes the connection, reaches no endpoint of ${relay.name}, and closes it`;
  const { destination, sourceSeen } = balanced;
  return {
    ...told,
    outcome: 'connected',
    why,
    ...(destination !== undefined && { destination }),
    ...(sourceSeen !== undefined && { sourceSeen }),
  };
}

type Backend = Relay['backends'][number];

/** The backends as a relay takes them: a client that it still knows goes to its own first. */
function inTurn({ memory, seed, purpose }: Circumstances, { destination, sourceSeen }: Trace, relay: Relay): readonly Backend[] {
  const { backends, stickySeconds } = relay;
  const known =
    stickySeconds === undefined || sourceSeen === undefined
      ? -1
      : backends.findIndex((backend) => memory?.(destination!.at, listOf(relay, backend), sourceSeen, stickySeconds) === true);
  const start = known >= 0 ? known : backends.length === 0 ? 0 : pick(`${seed}/relay/${purpose}`, backends.length);
  return [...backends.slice(start), ...backends.slice(0, start)];
}

function note({ destination, sourceSeen }: Trace, relay: Relay, backend: Backend): Trace['remembered'] {
  if (relay.stickySeconds === undefined || sourceSeen === undefined) return [];
  return [{ at: destination!.at, list: listOf(relay, backend), ip: sourceSeen }];
}

function listOf(relay: Relay, { ip, port }: { readonly ip: Ip; readonly port: Port }): string {
  return `${relay.name} → ${hostPort(ip, port)}`;
}

/** Two walks told as one. */
function joined(first: Trace, second: Trace): Trace {
  return {
    ...first,
    outcome: second.outcome,
    why: second.why,
    hops: [...first.hops, ...second.hops],
    frames: [...first.frames, ...second.frames],
    tracked: [...first.tracked, ...second.tracked],
    remembered: [...first.remembered, ...second.remembered],
    crossed: { wires: first.crossed.wires + second.crossed.wires, links: first.crossed.links + second.crossed.links },
    ...(second.destination !== undefined && { destination: second.destination }),
    ...(second.sourceSeen !== undefined && { sourceSeen: second.sourceSeen }),
  };
}
