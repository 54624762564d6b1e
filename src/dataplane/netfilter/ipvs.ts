/** The virtual servers of IPVS. (kernel: net/netfilter/ipvs/ip_vs_core.c) */
import { hostPort, toNumber } from '#net/ip.ts';
import type { Ipvs, RealServer, VirtualServer } from '#node/ipvs.ts';
import type { Packet, PacketContext } from './packet.ts';
import type { Verdict, Walk } from './walk.ts';

const indexes = new WeakMap<Ipvs, ReadonlyMap<string, VirtualServer>>();

function keyOf(protocol: string, address: string, port: number): string {
  return `${protocol} ${hostPort(address, port)}`;
}

/** The virtual server a packet is addressed to. */
export function virtualServerFor(ipvs: Ipvs, { protocol, dst, dport }: Packet): VirtualServer | undefined {
  let index = indexes.get(ipvs);
  if (index === undefined) {
    index = new Map(ipvs.servers.map((server) => [keyOf(server.protocol, server.ip, server.port), server]));
    indexes.set(ipvs, index);
  }
  return index.get(keyOf(protocol.toUpperCase(), dst, dport));
}

/** What remembers that a client of a persistent virtual server was given this real server. */
export function persistenceList(server: VirtualServer, real: RealServer): string {
  return `ipvs ${keyOf(server.protocol, server.ip, server.port)} ${hostPort(real.ip, real.port)}`;
}

/** Schedulers that choose by the client's or the server's address. */
const hashing: ReadonlySet<string> = new Set(['sh', 'dh', 'mh']);

/** The real server for a new connection; undefined when there is none with a weight. */
export function schedule(server: VirtualServer, packet: Packet, context: PacketContext): RealServer | undefined {
  const usable = server.realServers.filter(({ weight }) => weight > 0);
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
  return usable[context.chooser.pick(usable.length)];
}

/** Nobody behind a virtual server: the client is told so. */
export function walkVirtualServer(walk: Walk, ipvs: Ipvs): Exclude<Verdict, 'continue'> {
  const server = virtualServerFor(ipvs, walk.packet);
  if (server === undefined || walk.packet.connection.state !== 'NEW') return 'accept';
  const real = schedule(server, walk.packet, walk.context);
  if (real === undefined) {
    walk.decisions.push({ kind: 'ipvs', server, outcome: 'reject', depth: 0 });
    walk.rejectWith = walk.packet.family === 'IPv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable';
    return 'reject';
  }
  walk.decisions.push({ kind: 'ipvs', server, outcome: 'dnat', depth: 0 });
  if (server.persistent !== undefined) walk.remember(persistenceList(server, real), walk.packet.src, server.persistent);
  walk.dnat('ipvs', real.ip, real.port);
  return 'accept';
}
