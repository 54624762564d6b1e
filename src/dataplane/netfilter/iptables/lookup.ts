/**
 * Which rules of a chain a packet can match at all. Chains that dispatch to services hold tens of thousands of rules, each for one address and
 * port: they are found by these, and only what is left is gone through one by one, in the order of the chain.
 */
import { ordinalOf, parseIp, type Ip } from '#net/ip.ts';
import type { Match, Rule } from '#node/netfilter.ts';
import { spread } from '../../links/spread.ts';
import type { Packet } from '../packet.ts';
import type { Question } from '../trace-tree.ts';

/** Below so many rules, going through them is as fast. */
const worthwhile = 16;

/** Places of rules, from 0 and in ascending order. */
export type Places = readonly number[];

const none: Places = [];

type DestinationMatch = Match & { readonly kind: 'destination' };

const indexes = new WeakMap<readonly Rule[], RuleIndex>();

/** The index of a chain's rules; undefined where they are too few to be searched. */
export function indexOf(rules: readonly Rule[]): RuleIndex | undefined {
  if (rules.length < worthwhile) return undefined;
  let index = indexes.get(rules);
  if (index === undefined) indexes.set(rules, (index = new RuleIndex(rules)));
  return index;
}

/** The rules of a chain, found by what they ask of a packet's destination. */
export class RuleIndex {
  /** Places of rules that name one destination address, by that address. */
  readonly #byDestination = new ByAddress();
  /** Of rules that name none, but one destination port: by protocol and port. */
  readonly #byPort = new Map<string, Map<number, number[]>>();
  /** Of all others. */
  readonly #rest: Places;
  /** Of all that name no address. */
  readonly unaddressed: Places;
  /** The places of rules for a packet's port; undefined where no rule is for a port alone. */
  readonly forPort: Question<Places> | undefined;

  constructor(rules: readonly Rule[]) {
    const rest: number[] = [];
    const unaddressed: number[] = [];
    const listFor = (rule: Rule, place: number): number[] => {
      const address = singleDestination(rule);
      if (address !== undefined) return this.#byDestination.listFor(address);
      unaddressed.push(place);
      const port = singlePort(rule);
      if (port === undefined) return rest;
      let ports = this.#byPort.get(port.protocol);
      if (ports === undefined) this.#byPort.set(port.protocol, (ports = new Map()));
      return listed(ports, port.number);
    };
    for (let i = 0; i < rules.length; i++) listFor(rules[i]!, i).push(i);
    this.#rest = rest;
    this.unaddressed = unaddressed;
    const byPort = this.#byPort;
    if (byPort.size > 0) this.forPort = ({ protocol, dport }) => byPort.get(protocol)?.get(dport) ?? none;
  }

  /** How many addresses are told apart: one more than rules name. */
  get addresses(): number {
    return this.#byDestination.lists.length;
  }

  /** The number of a packet's destination; 0: that of all addresses that no rule names. */
  numberOf({ dst, dstOrdinal }: Packet): number {
    return this.addresses === 1 ? 0 : this.#byDestination.find(dst, dstOrdinal);
  }

  /** The places of rules that name an address. */
  naming(number: number): Places {
    return this.#byDestination.lists[number]!;
  }

  /** The places of rules that packets to an address may match, but for those that are for a port alone. */
  towards(number: number): Places {
    return merged(this.naming(number), this.#rest);
  }
}

/** Lists of places by address, each with a number: most packets are for none of those addresses, and most of them not even for their networks. */
class ByAddress {
  /** The first is that of all other addresses. */
  readonly lists: number[][] = [[]];
  readonly #ipv4 = new AddressNumbers();
  readonly #ipv6 = new Map<string, number>();
  #least = Infinity;
  #most = -Infinity;

  listFor(address: Ip): number[] {
    const ordinal = ordinalOf(address);
    const known = this.find(address, ordinal);
    if (known > 0) return this.lists[known]!;
    const list: number[] = [];
    const number = this.lists.push(list) - 1;
    if (ordinal === undefined) {
      this.#ipv6.set(address, number);
    } else {
      this.#least = Math.min(this.#least, ordinal);
      this.#most = Math.max(this.#most, ordinal);
      this.#ipv4.add(ordinal, number);
    }
    return list;
  }

  /** The number of an address's list. */
  find(address: Ip, ordinal: number | undefined): number {
    if (ordinal === undefined) return this.#ipv6.get(address) ?? 0;
    return ordinal < this.#least || ordinal > this.#most ? 0 : this.#ipv4.get(ordinal);
  }
}

/** Numbers from 1 on, by the ordinals of addresses: each pair is in one place, where a Map has three that lie far apart. */
class AddressNumbers {
  #bits = 4;
  #count = 0;
  /** Ordinal and number, ordinal and number; the number is 0 where the place is free. */
  #pairs = new Int32Array(2 << this.#bits);

  /** 0: it has none. */
  get(ordinal: number): number {
    return this.#pairs[this.#placeOf(ordinal) + 1]!;
  }

  /** An address that has none yet gets a number. */
  add(ordinal: number, number: number): void {
    if (2 * ++this.#count > 1 << this.#bits) this.#grow();
    this.#put(ordinal, number);
  }

  #put(ordinal: number, number: number): void {
    const place = this.#placeOf(ordinal);
    this.#pairs[place] = ordinal;
    this.#pairs[place + 1] = number;
  }

  /** Where an address is, or would be: at its place, or the next after it that is free. */
  #placeOf(ordinal: number): number {
    const pairs = this.#pairs;
    const last = pairs.length - 2;
    let place = spread(ordinal, this.#bits) << 1;
    while (pairs[place + 1] !== 0 && pairs[place] !== ordinal) place = place === last ? 0 : place + 2;
    return place;
  }

  #grow(): void {
    const pairs = this.#pairs;
    this.#pairs = new Int32Array(2 << ++this.#bits);
    for (let place = 0; place < pairs.length; place += 2) if (pairs[place + 1] !== 0) this.#put(pairs[place]!, pairs[place + 1]!);
  }
}

function listed<K>(lists: Map<K, number[]>, key: K): number[] {
  let list = lists.get(key);
  if (list === undefined) lists.set(key, (list = []));
  return list;
}

function singleDestination(rule: Rule): Ip | undefined {
  const cidr = destinationMatch(rule)?.cidr;
  return cidr === undefined ? undefined : parseIp(cidr.slice(0, cidr.indexOf('/')));
}

/** What makes a rule one for a single destination address; undefined where it is for several or all. */
export function destinationMatch({ matches }: Rule): DestinationMatch | undefined {
  for (const match of matches) {
    if (match.kind !== 'destination' || match.not === true) continue;
    const { cidr } = match;
    return (cidr.endsWith('/32') && !cidr.includes(':')) || cidr.endsWith('/128') ? match : undefined;
  }
  return undefined;
}

function singlePort({ matches }: Rule): { readonly protocol: string; readonly number: number } | undefined {
  for (const match of matches) {
    if (match.kind === 'ports' && match.dport !== undefined && match.notDport !== true && !match.dport.includes(':'))
      return { protocol: match.protocol, number: Number(match.dport) };
  }
  return undefined;
}

/** The numbers of two ascending lists, ascending. */
export function merged(a: Places, b: Places): Places {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const all: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) all.push(j >= b.length || (i < a.length && a[i]! < b[j]!) ? a[i++]! : b[j++]!);
  return all;
}
