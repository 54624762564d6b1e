import type { Ip } from '#net/ip.ts';
import type { Chain, ChainChoice, ChainEnd } from '#node/netfilter.ts';
import type { Packet } from '../packet.ts';
import type { Balance, Walk } from '../walk.ts';
import { ChainBalance } from './balance.ts';
import type { Met } from './met.ts';

/** A chain from which chance leads to others, as packets meet it: as its rules would, without them. */
export class Balancing {
  readonly chain: Chain;
  /** Which of its rules is the first that leaves it to chance. */
  readonly from: number;
  readonly balance: Balance;
  readonly #ends: readonly ChainEnd[];
  /** Their addresses, and their port where they have one in common: ends of large clusters are many, and lie far apart. */
  readonly #addresses: readonly Ip[];
  readonly #port: number | undefined;
  readonly #chances: readonly number[];
  readonly #protocol: Packet['protocol'];
  /** All ends are as they were made. */
  readonly #isAsMade: boolean;

  constructor(met: Met, chain: Chain, { before, to, madeBy, protocol, chances }: ChainChoice) {
    this.chain = chain;
    this.from = before.length;
    this.balance = new ChainBalance(met.table, chain, before.length);
    this.#ends = to;
    this.#addresses = to.map(({ ip }) => ip);
    this.#port = to.every(({ port }) => port === to[0]!.port) ? to[0]!.port : undefined;
    this.#chances = chances;
    this.#protocol = protocol;
    this.#isAsMade = met.madeBy === madeBy;
  }

  /** Which end chance chooses, counted from 0. */
  chooseFor({ context: { chooser } }: Walk): number {
    const chances = this.#chances;
    let chosen = 0;
    while (chosen < chances.length && !chooser.happens(chances[chosen]!)) chosen++;
    return chosen;
  }

  /** Reports whether an end does nothing with the packet but send it there: it does more with what comes from there. */
  isPlainFor({ src, protocol }: Packet, end: number): boolean {
    return this.#isAsMade && this.#addresses[end] !== src && protocol === this.#protocol;
  }

  endAt(place: number): ChainEnd {
    return this.#ends[place]!;
  }

  addressAt(place: number): Ip {
    return this.#addresses[place]!;
  }

  portAt(place: number): number {
    return this.#port ?? this.#ends[place]!.port;
  }
}
