/** A packet at a hook of netfilter, and what its fate depends on besides the rules. */
import type { Stream } from '#kube/chance.ts';
import { ordinalOf, type Family, type Ip } from '#net/ip.ts';
import type { IpSets } from '#node/netfilter.ts';

export type PacketProtocol = 'tcp' | 'udp' | 'sctp' | 'icmp' | 'icmpv6';

/** What connection tracking knows of a packet's connection. */
export interface Connection {
  readonly state: 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID' | 'UNTRACKED';
  /** Its destination, or its source, has been rewritten. */
  readonly dnat: boolean;
  readonly snat: boolean;
}

export interface Packet {
  readonly family: Family;
  readonly protocol: PacketProtocol;
  readonly src: Ip;
  readonly dst: Ip;
  /** Where these are among the addresses of IPv4 ({@link ordinalOf}). */
  readonly srcOrdinal: number | undefined;
  readonly dstOrdinal: number | undefined;
  /** 0 where the protocol has none. */
  readonly sport: number;
  readonly dport: number;
  /** The interface it came by; absent for what the host itself sends. */
  readonly in?: string | undefined;
  /** The interface it leaves by, once that is known. */
  readonly out?: string | undefined;
  /** The port of a bridge it came by. */
  readonly bridgePort?: string | undefined;
  readonly icmpType?: number | undefined;
  readonly mark: number;
  readonly connection: Connection;
}

type Changes = {
  readonly [K in 'src' | 'dst' | 'dport' | 'mark' | 'connection']?: Packet[K] | undefined;
};

/** The packet with what rules have changed. All packets are put together alike, so that V8 takes them for things of one kind. */
export function changed(packet: Packet, { src, dst, dport, mark, connection }: Changes): Packet {
  return {
    family: packet.family,
    protocol: packet.protocol,
    src: src ?? packet.src,
    dst: dst ?? packet.dst,
    srcOrdinal: src === undefined ? packet.srcOrdinal : ordinalOf(src),
    dstOrdinal: dst === undefined ? packet.dstOrdinal : ordinalOf(dst),
    sport: packet.sport,
    dport: dport ?? packet.dport,
    mark: mark ?? packet.mark,
    connection: connection ?? packet.connection,
    in: packet.in,
    out: packet.out,
    bridgePort: packet.bridgePort,
    icmpType: packet.icmpType,
  };
}

/** The first packet of a connection, as a process or a wire gives it. */
export const newConnection: Connection = { state: 'NEW', dnat: false, snat: false };

/** Decides what is left to chance. */
export interface Chooser {
  /** One of `options` equally likely ones, counted from 0. */
  pick(options: number): number;
  /** Yes, in so many of 2^31 cases. */
  happens(probability: number): boolean;
}

export interface PacketContext {
  /** Reports whether the address is one of the host's own. */
  readonly isLocal: (ip: Ip, ordinal: number | undefined) => boolean;
  readonly chooser: Chooser;
  /** How a packet came to its end is told to nobody, unless it is held up. */
  readonly isSilent?: boolean | undefined;
  /**
   * Reports whether a list (of `recent`, of a dynamic set, of a persistent virtual server) remembers the address, where `seconds` is given
   * from no longer ago.
   */
  readonly remembers: (list: string, ip: Ip, seconds?: number) => boolean;
  readonly ipsets: IpSets;
  /** The source address of packets that leave by an interface, for MASQUERADE; undefined leaves it open. */
  readonly masqueradeAs?: ((packet: Packet) => Ip | undefined) | undefined;
  /** The host's own address that REDIRECT sends packets to which came by an interface; undefined leaves the destination as it is. */
  readonly redirectTo?: ((device: string, family: Family) => Ip | undefined) | undefined;
}

/**
 * A chooser over a stream of 32-bit numbers (kube/chance.ts). A pick takes the second of two: which backend a connection gets is told in lessons,
 * and stays.
 */
export class SeededChooser implements Chooser {
  readonly #numbers: Stream;

  constructor(numbers: Stream) {
    this.#numbers = numbers;
  }

  pick(options: number): number {
    if (options > 1) this.#numbers.next();
    return Math.floor((this.#numbers.next() / 0x1_0000_0000) * options);
  }

  happens(probability: number): boolean {
    return this.#numbers.next() / 2 < probability;
  }
}

/** A chooser that keeps account of how likely its answers were. */
export class Account implements Chooser {
  readonly #chooser: Chooser;
  probability = 1;

  constructor(chooser: Chooser) {
    this.#chooser = chooser;
  }

  pick(options: number): number {
    this.probability /= options;
    return this.#chooser.pick(options);
  }

  happens(probability: number): boolean {
    const happened = this.#chooser.happens(probability);
    this.probability *= happened ? probability / 0x8000_0000 : 1 - probability / 0x8000_0000;
    return happened;
  }
}

/**
 * Runs `attempt` once for every way chance can go, and gives all results: the choosers it hands out answer differently each time, until
 * nothing is left to answer differently.
 */
export function everyChoice<T>(attempt: (chooser: Chooser) => T): readonly T[] {
  const results: T[] = [];
  let path: { chosen: number; readonly options: number }[] = [];
  do {
    let depth = 0;
    const choose = (options: number): number => {
      path[depth] ??= { chosen: 0, options };
      return path[depth++]!.chosen;
    };
    const chooser: Chooser = {
      pick: (options) => (options <= 1 ? 0 : choose(options)),
      happens: (probability) => (probability <= 0 ? false : probability >= 0x8000_0000 ? true : choose(2) === 0),
    };
    results.push(attempt(chooser));
    path = path.slice(0, depth);
    while (path.length > 0 && path.at(-1)!.chosen + 1 >= path.at(-1)!.options) path.pop();
    if (path.length > 0) path.at(-1)!.chosen++;
  } while (path.length > 0);
  return results;
}
