/** The virtual servers of IPVS. (kernel: net/netfilter/ipvs/ip_vs_core.c) */
import { hostPort, toNumber } from '#net/ip.ts';
import type { Ipvs, RealServer, VirtualServer } from '#node/ipvs.ts';
import type { Packet } from './packet.ts';
import { sortedEnds, type Balance, type Verdict, type Walk } from './walk.ts';

/** By address, then by port, then by protocol. */
type Index = ReadonlyMap<string, ReadonlyMap<number, ReadonlyMap<string, VirtualServer>>>;

const indexes = new WeakMap<Ipvs, Index>();

function indexOf({ servers }: Ipvs): Index {
  const index = new Map<string, Map<number, Map<string, VirtualServer>>>();
  for (const server of servers) {
    let ports = index.get(server.ip);
    if (ports === undefined) index.set(server.ip, (ports = new Map()));
    let protocols = ports.get(server.port);
    if (protocols === undefined) ports.set(server.port, (protocols = new Map()));
    protocols.set(server.protocol.toLowerCase(), server);
  }
  return index;
}

/** The virtual server a packet is addressed to. */
export function virtualServerFor(ipvs: Ipvs, { protocol, dst, dport }: Packet): VirtualServer | undefined {
  let index = indexes.get(ipvs);
  if (index === undefined) indexes.set(ipvs, (index = indexOf(ipvs)));
  return index.get(dst)?.get(dport)?.get(protocol);
}

/** What remembers that a client of a persistent virtual server was given this real server. */
export function persistenceList(server: VirtualServer, real: RealServer): string {
  return `ipvs ${server.protocol} ${hostPort(server.ip, server.port)} ${hostPort(real.ip, real.port)}`;
}

/** Schedulers that choose by the client's or the server's address. */
const hashing: ReadonlySet<string> = new Set(['sh', 'dh', 'mh']);

const usableOf = new WeakMap<VirtualServer, readonly RealServer[]>();

/** Those to which new connections go. */
function usableServers(server: VirtualServer): readonly RealServer[] {
  let usable = usableOf.get(server);
  if (usable === undefined) usableOf.set(server, (usable = server.realServers.filter(({ weight }) => weight > 0)));
  return usable;
}

/** The real server for a new connection; undefined when there is none with a weight. */
export function schedule(server: VirtualServer, walk: Walk): RealServer | undefined {
  const { packet, context } = walk;
  const usable = usableServers(server);
  if (usable.length === 0) return undefined;
  const { persistent } = server;
  if (persistent !== undefined) {
    const known = usable.find((real) => context.remembers(persistenceList(server, real), packet.src, persistent));
    if (known !== undefined) return known;
  }
  if (hashing.has(server.scheduler)) {
    const address = server.scheduler === 'dh' ? packet.dst : packet.src;
    return usable[Number((toNumber(address) * 2654435761n) % BigInt(usable.length))];
  }
  walk.leave({ place: server, ends: balancedEnds(server) });
  return usable[context.chooser.pick(usable.length)];
}

const endsOf = new WeakMap<VirtualServer, readonly string[]>();

/** What the scheduler chooses among. */
function balancedEnds(server: VirtualServer): Balance['ends'] {
  return () => {
    let ends = endsOf.get(server);
    if (ends === undefined) {
      ends = sortedEnds(usableServers(server).map(({ ip, port }) => ({ dst: ip, dport: port })));
      endsOf.set(server, ends);
    }
    return ends;
  };
}

/** Nobody behind a virtual server: the client is told so. */
export function walkVirtualServer(walk: Walk, ipvs: Ipvs): Exclude<Verdict, 'continue'> {
  if (walk.packet.connection.state !== 'NEW') return 'accept';
  const server = virtualServerFor(ipvs, walk.packet);
  if (server === undefined) return 'accept';
  const real = schedule(server, walk);
  if (real === undefined) {
    walk.decide({ kind: 'ipvs', server, outcome: 'reject', depth: 0 });
    walk.rejectWith = walk.packet.family === 'IPv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable';
    return 'reject';
  }
  walk.decide({ kind: 'ipvs', server, outcome: 'dnat', depth: 0 });
  if (server.persistent !== undefined) walk.remember(persistenceList(server, real), walk.packet.src, server.persistent);
  walk.translate({ kind: 'ipvs', ip: real.ip, port: real.port });
  return 'accept';
}
