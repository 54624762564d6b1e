/** What becomes of packets at the hooks of a kernel, whatever filters them there: iptables, nftables or IPVS. */
import { familyOf, type Family, type Ip } from '#net/ip.ts';
import { ipsetsOf, type Hook, type IpSets } from '#node/netfilter.ts';
import { passesUnseen, traverseAll, type Choice } from '../netfilter/evaluate.ts';
import {
  type Account,
  type Connection,
  type Packet as FilterPacket,
  type PacketContext,
  type PacketProtocol,
} from '../netfilter/packet.ts';
import type { Remembered } from '../netfilter/traversal.ts';
import type { At, Packet } from './packet.ts';
import type { Stack } from './stack.ts';
import { Decided } from './story.ts';

/** What connection tracking makes of a packet. `untracked`: rules have taken it out of its sight (NOTRACK). */
export type TrackedState = 'new' | 'established' | 'invalid' | 'untracked';

/** The interfaces that a packet comes and goes by, as far as they are known. */
export interface Devices {
  readonly inDev: string | undefined;
  readonly outDev: string | undefined;
  /** Where it goes next: MASQUERADE takes the address that the outgoing interface has towards it. */
  readonly towards: Ip | undefined;
}

/** Reports whether rules of a namespace have noted an address in a list, not longer than some seconds ago. */
export type Memory = (at: At, list: string, ip: Ip, seconds: number | undefined) => boolean;

/** What rules decide by beside the packet. */
export interface Circumstances {
  readonly chooser: Account;
  readonly memory: Memory;
}

export interface HookOutput {
  readonly verdict: 'accept' | 'drop' | 'reject';
  readonly packet: Packet;
  readonly decided: Decided;
  /** The choice of a destination, where destination NAT has made one. */
  readonly choice: Choice | undefined;
  /** `icmp-port-unreachable`, `tcp-reset`… of a rejection. */
  readonly rejectWith: string | undefined;
  /** What rules have noted for later connections. */
  readonly remembered: readonly Remembered[];
  /** Connection tracking does not see the packet from here on. */
  readonly untracked: boolean;
}

const connectionStates = { new: 'NEW', established: 'ESTABLISHED', invalid: 'INVALID', untracked: 'UNTRACKED' } as const;

const connections = (dnat: boolean): Readonly<Record<TrackedState, Connection>> => {
  const of = (state: TrackedState): Connection => ({ state: connectionStates[state], dnat, snat: false });
  return { new: of('new'), established: of('established'), invalid: of('invalid'), untracked: of('untracked') };
};
const [plain, translated] = [connections(false), connections(true)];

/** What is known of the connection of a packet: of an answer to something that did not come this way, that it is `invalid`. */
export function connectionAs(state: TrackedState, isDnatted: boolean): Connection {
  const of = isDnatted ? translated : plain;
  switch (state) {
    case 'new':
      return of.new;
    case 'established':
      return of.established;
    case 'invalid':
      return of.invalid;
    case 'untracked':
      return of.untracked;
  }
}

const protocols: Readonly<Record<'TCP' | 'UDP' | 'SCTP', PacketProtocol>> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' };

function filterPacket({ flow, mark }: Packet, family: Family, { inDev, outDev }: Devices, connection: Connection): FilterPacket {
  const icmp = flow.protocol === 'ICMP';
  return {
    family,
    protocol: flow.protocol === 'ICMP' ? (family === 'IPv4' ? 'icmp' : 'icmpv6') : protocols[flow.protocol],
    src: flow.srcIp,
    dst: flow.dstIp,
    sport: flow.srcPort,
    dport: flow.dstPort,
    mark,
    connection,
    in: inDev,
    out: outDev,
    bridgePort: undefined,
    icmpType: icmp ? (family === 'IPv4' ? 8 : 128) : undefined,
  };
}

/** The packet as rules have left it. */
function changed(packet: Packet, { src, dst, sport, dport, mark }: FilterPacket): Packet {
  const { flow, ttl, size, whole } = packet;
  const same = src === flow.srcIp && dst === flow.dstIp && sport === flow.srcPort && dport === flow.dstPort;
  if (same) return mark === packet.mark ? packet : { flow, mark, ttl, size, whole };
  return { flow: { protocol: flow.protocol, srcIp: src, srcPort: sport, dstIp: dst, dstPort: dport }, mark, ttl, size, whole };
}

/** What rules ask of the machine on which a packet meets them. */
class HookContext implements PacketContext {
  readonly chooser: Account;
  readonly #memory: Memory;
  readonly #at: Stack;
  readonly #devices: Devices;

  constructor({ chooser, memory }: Circumstances, at: Stack, devices: Devices) {
    this.chooser = chooser;
    this.#memory = memory;
    this.#at = at;
    this.#devices = devices;
  }

  get ipsets(): IpSets {
    return ipsetsOf(this.#at.namespace.netfilter);
  }

  isLocal(address: Ip): boolean {
    return this.#at.routing.local(address) !== undefined;
  }

  remembers(list: string, address: Ip, seconds?: number): boolean {
    return this.#memory(this.#at, list, address, seconds);
  }

  masqueradeAs(): Ip | undefined {
    const { outDev, towards } = this.#devices;
    return towards === undefined ? undefined : this.#at.routing.addressOn(outDev, towards);
  }

  /** The first address of an interface (Linux net/netfilter/nf_nat_redirect.c). */
  redirectTo(device: string, family: Family): Ip | undefined {
    return this.#at.routing.link(device)?.addresses.find(({ ip }) => familyOf(ip) === family)?.ip;
  }
}

/** Takes a packet through a hook; undefined where nobody looks at it, or nothing comes of it: it passes. */
export function runHook(
  around: Circumstances,
  at: Stack,
  hook: Hook,
  packet: Packet,
  devices: Devices,
  connection: Connection,
): HookOutput | undefined {
  const family = familyOf(packet.flow.dstIp);
  const filters = at.filters(family, hook);
  if (passesUnseen(filters, connection.state === 'NEW')) return undefined;
  const asked = filterPacket(packet, family, devices, connection);
  const chosen = traverseAll(filters, at.namespace.netfilter, hook, asked, new HookContext(around, at, devices));
  if (chosen === undefined) return undefined;
  const { verdict, rejectWith, remembered, packet: left } = chosen.traversal;
  const next = changed(packet, left);
  return {
    verdict,
    packet: next,
    decided: new Decided(at.host.name, chosen.traversal, packet.flow, next.flow),
    choice: chosen.choice,
    rejectWith,
    remembered,
    untracked: left.connection.state === 'UNTRACKED',
  };
}
