import { reverse, type Flow } from '#net/flow.ts';
import { ordinalOf, type Family, type Ip } from '#net/ip.ts';
import type { Host } from '#node/host.ts';
import type { NetworkNamespace } from '#node/kernel.ts';
import type { PolicyVerdict } from '../policy/verdict.ts';

/** A packet on its way: addresses as they are now, and the mark that rules have put on it. */
export interface Packet {
  readonly flow: Flow;
  /** Where its addresses are among those of IPv4 ({@link ordinalOf}): machines compare numbers. */
  readonly srcOrdinal: number | undefined;
  readonly dstOrdinal: number | undefined;
  readonly mark: number;
  /** How many routers it may still pass. */
  readonly ttl: number;
  /** Bytes of the whole IP packet. */
  readonly size: number;
  /** May not be cut into fragments. */
  readonly whole: boolean;
}

/** What Linux gives a packet when nobody asks for anything else (net.ipv4.ip_default_ttl). */
export const firstTtl = 64;

const smallest = 60;

/** A small packet, as opens a connection. */
export function packetOf(flow: Flow, { ttl = firstTtl, size = smallest, whole = false }: Partial<Packet> = {}): Packet {
  return made(flow, 0, ttl, size, whole);
}

/** The packet that answers another. */
export function answerTo({ flow, srcOrdinal, dstOrdinal }: Packet): Packet {
  return { flow: reverse(flow), srcOrdinal: dstOrdinal, dstOrdinal: srcOrdinal, mark: 0, ttl: firstTtl, size: smallest, whole: false };
}

/** The packet with other addresses or ports. */
export function withFlow({ mark, ttl, size, whole }: Packet, flow: Flow): Packet {
  return made(flow, mark, ttl, size, whole);
}

function made(flow: Flow, mark: number, ttl: number, size: number, whole: boolean): Packet {
  return { flow, srcOrdinal: ordinalOf(flow.srcIp), dstOrdinal: ordinalOf(flow.dstIp), mark, ttl, size, whole };
}

/** The packet from another source. */
export function withSource({ flow, dstOrdinal, mark, ttl, size, whole }: Packet, srcIp: Ip): Packet {
  const { protocol, srcPort, dstIp, dstPort } = flow;
  return { flow: { protocol, srcIp, srcPort, dstIp, dstPort }, srcOrdinal: ordinalOf(srcIp), dstOrdinal, mark, ttl, size, whole };
}

/** The packet as another kernel sees it: marks are one kernel's own. */
export function unmarked(packet: Packet): Packet {
  if (packet.mark === 0) return packet;
  const { flow, srcOrdinal, dstOrdinal, ttl, size, whole } = packet;
  return { flow, srcOrdinal, dstOrdinal, mark: 0, ttl, size, whole };
}

/** Of both its addresses. */
export function familyOfPacket({ dstOrdinal }: Packet): Family {
  return dstOrdinal === undefined ? 'IPv6' : 'IPv4';
}

/** Where a packet is: a network namespace of a host. */
export interface At {
  readonly host: Host;
  readonly namespace: NetworkNamespace;
}

/** One thing that was decided about a packet, and by what. */
export interface Hop {
  /** The host; `outside` for what lies beyond the cluster. */
  readonly node: string;
  /** `pod shop/client`, `route`, `iptables nat/KUBE-SERVICES`, `bridge cni0`, `vxlan flannel.1`… */
  readonly at: string;
  readonly action:
    | 'send'
    | 'route'
    | 'jump'
    | 'dnat'
    | 'snat'
    | 'masquerade'
    | 'unnat'
    | 'accept'
    | 'drop'
    | 'reject'
    | 'forward'
    | 'encapsulate'
    | 'decapsulate'
    | 'deliver'
    | 'fail';
  readonly because: string;
  readonly packet: Flow;
  /** Where NetworkPolicies have decided: which isolate, and which rule allows. */
  readonly verdict?: PolicyVerdict;
}
