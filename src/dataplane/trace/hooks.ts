/** What becomes of packets at the hooks of a kernel, whatever filters them there: iptables, nftables or IPVS. */
import { familyOf, type Family, type Ip } from '#net/ip.ts';
import type { Hook, IpSets } from '#node/netfilter.ts';
import { firstAct, passesUnseen, traverseFrom } from '../netfilter/evaluate.ts';
import {
  type Account,
  type Connection,
  type Packet as FilterPacket,
  type PacketContext,
  type PacketProtocol,
} from '../netfilter/packet.ts';
import type { Choice, Traversal } from '../netfilter/traversal.ts';
import { familyOfPacket, type At, type Packet } from './packet.ts';
import type { Stack } from './stack.ts';

/** What connection tracking makes of a packet. `untracked`: rules have taken it out of its sight (NOTRACK). */
export type TrackedState = 'new' | 'established' | 'invalid' | 'untracked';

/** An interface that a packet comes or goes by, as far as it is known. */
export type Interface = string | undefined;

/** Reports whether rules of a namespace have noted an address in a list, not longer than some seconds ago. */
export type Memory = (at: At, list: string, ip: Ip, seconds: number | undefined) => boolean;

/** What rules decide by beside the packet. */
export interface Circumstances {
  readonly chooser: Account;
  readonly memory: Memory;
  /** Nobody is told what rules do that let packets pass. */
  readonly isSilent: boolean;
  /** Made at the first hook. */
  inquiryAt(at: Stack): Inquiry;
}

/** What rules have made of a packet at a hook. */
export interface Filtered extends Traversal {
  /** The choice of a destination, where destination NAT has made one. */
  readonly choice: Choice | undefined;
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

function protocolOf({ flow: { protocol } }: Packet, family: Family): PacketProtocol {
  switch (protocol) {
    case 'TCP':
      return 'tcp';
    case 'UDP':
      return 'udp';
    case 'SCTP':
      return 'sctp';
    case 'ICMP':
      return family === 'IPv4' ? 'icmp' : 'icmpv6';
  }
}

function icmpTypeOf({ flow: { protocol } }: Packet, family: Family): number | undefined {
  return protocol === 'ICMP' ? (family === 'IPv4' ? 8 : 128) : undefined;
}

function filterPacket(packet: Packet, family: Family, inDev: Interface, outDev: Interface, connection: Connection): FilterPacket {
  const { flow, mark } = packet;
  return {
    family,
    protocol: protocolOf(packet, family),
    src: flow.srcIp,
    dst: flow.dstIp,
    srcOrdinal: packet.srcOrdinal,
    dstOrdinal: packet.dstOrdinal,
    sport: flow.srcPort,
    dport: flow.dstPort,
    mark,
    connection,
    in: inDev,
    out: outDev,
    bridgePort: undefined,
    icmpType: icmpTypeOf(packet, family),
  };
}

/** Connection tracking does not see the packet from here on. */
export function isUntracked({ packet }: Filtered): boolean {
  return packet.connection.state === 'UNTRACKED';
}

/** The packet as rules have left it, which goes on. */
export function packetAfter(packet: Packet, { packet: after }: Filtered): Packet {
  const { flow, ttl, size, whole } = packet;
  const { src, dst, srcOrdinal, dstOrdinal, sport, dport, mark } = after;
  const same = src === flow.srcIp && dst === flow.dstIp && sport === flow.srcPort && dport === flow.dstPort;
  if (same && mark === packet.mark) return packet;
  const as = same ? flow : { protocol: flow.protocol, srcIp: src, srcPort: sport, dstIp: dst, dstPort: dport };
  return { flow: as, srcOrdinal, dstOrdinal, mark, ttl, size, whole };
}

/** What rules ask of the machine on which a packet meets them. */
class Surroundings implements PacketContext {
  readonly #around: Circumstances;
  protected at: Stack;

  constructor(around: Circumstances, at: Stack) {
    this.#around = around;
    this.at = at;
  }

  get chooser(): Account {
    return this.#around.chooser;
  }

  get isSilent(): boolean {
    return this.#around.isSilent;
  }

  get ipsets(): IpSets {
    return this.at.ipsets;
  }

  isLocal(address: Ip, ordinal: number | undefined): boolean {
    return this.at.routing.to(address, ordinal).local !== undefined;
  }

  remembers(list: string, address: Ip, seconds?: number): boolean {
    return this.#around.memory(this.at, list, address, seconds);
  }
}

/** What they ask that may do something to the packet. */
class HookContext extends Surroundings {
  readonly #outDev: Interface;
  readonly #towards: Ip | undefined;

  constructor(around: Circumstances, at: Stack, outDev: Interface, towards: Ip | undefined) {
    super(around, at);
    this.#outDev = outDev;
    this.#towards = towards;
  }

  masqueradeAs(): Ip | undefined {
    return this.#towards === undefined ? undefined : this.at.routing.addressOn(this.#outDev, this.#towards);
  }

  /** The first address of an interface (Linux net/netfilter/nf_nat_redirect.c). */
  redirectTo(device: string, family: Family): Ip | undefined {
    return this.at.routing.link(device)?.addresses.find(({ ip }) => familyOf(ip) === family)?.ip;
  }
}

/**
 * A packet at a hook, as rules are first asked about it. Those that leave it alone keep nothing of it, so that one such does for a whole walk;
 * the others meet a packet that stays as it is.
 */
export class Inquiry extends Surroundings implements FilterPacket {
  family!: Family;
  protocol!: PacketProtocol;
  src!: Ip;
  dst!: Ip;
  srcOrdinal: number | undefined;
  dstOrdinal: number | undefined;
  sport!: number;
  dport!: number;
  mark!: number;
  connection!: Connection;
  in: string | undefined;
  out: string | undefined;
  bridgePort: undefined;
  icmpType: number | undefined;

  about(packet: Packet, family: Family, at: Stack, inDev: Interface, outDev: Interface, connection: Connection): this {
    const { flow, mark } = packet;
    this.at = at;
    this.family = family;
    this.protocol = protocolOf(packet, family);
    this.src = flow.srcIp;
    this.dst = flow.dstIp;
    this.srcOrdinal = packet.srcOrdinal;
    this.dstOrdinal = packet.dstOrdinal;
    this.sport = flow.srcPort;
    this.dport = flow.dstPort;
    this.mark = mark;
    this.connection = connection;
    this.in = inDev;
    this.out = outDev;
    this.icmpType = icmpTypeOf(packet, family);
    return this;
  }
}

/**
 * Takes a packet through a hook; undefined where nobody looks at it, or nothing comes of it: it passes. MASQUERADE takes the address that the
 * outgoing interface has towards where the packet goes next.
 */
export function runHook(
  around: Circumstances,
  at: Stack,
  hook: Hook,
  packet: Packet,
  inDev: Interface,
  outDev: Interface,
  towards: Ip | undefined,
  connection: Connection,
): Filtered | undefined {
  const family = familyOfPacket(packet);
  const filters = at.filters(family, hook);
  if (passesUnseen(filters, connection.state === 'NEW')) return undefined;
  const inquiry = around.inquiryAt(at).about(packet, family, at, inDev, outDev, connection);
  const act = firstAct(filters, inquiry, inquiry);
  if (act === undefined) return undefined;
  const asked = filterPacket(packet, family, inDev, outDev, connection);
  return traverseFrom(act, filters, at.namespace.netfilter, hook, asked, new HookContext(around, at, outDev, towards));
}
