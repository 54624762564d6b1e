/**
 * Chains that dispatch packets by their destinations. Those that kube-proxy writes have a rule for every address of a Service, and what these
 * ask of packets differs in nothing but the address: packets to many Services are alike until chance chooses their endpoint, and what has been
 * learnt of one holds for all.
 *
 *     -A KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-A       the same likeness
 *     -A KUBE-SERVICES -d 10.96.0.11/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-B
 *     -A KUBE-SERVICES -d 10.96.0.12/32 -p tcp -m tcp --dport 443 -j KUBE-SVC-C      another one
 */
import type { Chain, ChainChoice, Match, Rule, Table } from '#node/netfilter.ts';
import type { Packet } from '../packet.ts';
import type { Question } from '../trace-tree.ts';
import { Balancing } from './balancing.ts';
import { destinationMatch, indexOf, type RuleIndex } from './lookup.ts';
import type { Met } from './met.ts';

/** Likenesses are numbered up to here; addresses beyond are like no other. */
const mostLikenesses = 256;

const known = new WeakMap<Table, Map<Chain, Dispatch>>();

/** How the rules of a chain dispatch; undefined where they are too few to be searched. */
export function dispatchOf(met: Met, chain: Chain, rules: readonly Rule[]): Dispatch | undefined {
  const index = indexOf(rules);
  if (index === undefined) return undefined;
  let ofTable = known.get(met.table);
  if (ofTable === undefined) known.set(met.table, (ofTable = new Map()));
  let dispatch = ofTable.get(chain);
  if (dispatch === undefined) ofTable.set(chain, (dispatch = new Dispatch(met, rules, index)));
  return dispatch;
}

/** By the first, second … of the rules that name their address, packets to addresses that are alike go on to chains that are alike. */
export class Entrance {
  readonly #index: RuleIndex;
  /** By the addresses' numbers. */
  readonly #balancings: (Balancing | undefined)[];

  constructor(index: RuleIndex) {
    this.#index = index;
    this.#balancings = new Array<Balancing | undefined>(index.addresses).fill(undefined);
  }

  /** An address is one of those that are alike. */
  lead(number: number, to: Balancing): void {
    this.#balancings[number] = to;
  }

  /** What chance does in the chain that is the packet's. */
  balancingFor(packet: Packet): Balancing {
    return this.#balancings[this.#index.numberOf(packet)]!;
  }
}

class Dispatch {
  readonly index: RuleIndex;
  /** What the rules for a packet's destination are like. */
  readonly likeness: Question<number>;
  readonly #met: Met;
  readonly #rules: readonly Rule[];
  /** By the addresses' numbers; 0 where nobody has asked yet. */
  readonly #likenesses: Int32Array;
  /** By what they ask. */
  readonly #numbers = new Map<string, number>();
  readonly #entrances: Entrance[] = [];

  constructor(met: Met, rules: readonly Rule[], index: RuleIndex) {
    this.index = index;
    this.#met = met;
    this.#rules = rules;
    this.#likenesses = new Int32Array(index.addresses);
    const likeness = (packet: Packet) => this.#likenessOf(index.numberOf(packet));
    this.likeness = Object.assign(likeness, { answers: index.addresses + mostLikenesses });
  }

  /** Where a packet goes that fits a rule which names its destination; undefined where none is like it. */
  entranceBy(packet: Packet, rule: number): Entrance | undefined {
    const number = this.index.numberOf(packet);
    return this.#likenessOf(number) < this.index.addresses ? undefined : this.#entrances[this.index.naming(number).indexOf(rule)];
  }

  /** Its own number where no other address is like it. */
  #likenessOf(number: number): number {
    return this.#likenesses[number] || (this.#likenesses[number] = this.#find(number));
  }

  #find(number: number): number {
    if (number === 0) return number;
    const balancings: Balancing[] = [];
    let asked = '';
    for (const place of this.index.naming(number)) {
      const rule = this.#rules[place]!;
      const chain = rule.target?.kind === 'jump' ? this.#met.table.chains.get(rule.target.chain) : undefined;
      const choice = chain?.choice;
      if (choice === undefined) return number;
      // Rules that name no address may come before it, or after.
      const passed = this.index.unaddressed.findLastIndex((other) => other < place);
      asked += `${passed} ${textOf(rule, choice)};`;
      balancings.push(new Balancing(this.#met, chain!, choice));
    }
    let likeness = this.#numbers.get(asked);
    if (likeness === undefined) {
      if (this.#numbers.size === mostLikenesses) return number;
      this.#numbers.set(asked, (likeness = this.index.addresses + this.#numbers.size));
    }
    for (const [rule, balancing] of balancings.entries()) (this.#entrances[rule] ??= new Entrance(this.index)).lead(number, balancing);
    return likeness;
  }
}

/** What a rule that names an address, and those in the chain to which it leads, ask beside that address. */
function textOf(rule: Rule, { before }: ChainChoice): string {
  const address = destinationMatch(rule);
  let text = askedBy(rule, address);
  for (const other of before) text += `,${askedBy(other, address)}>${other.target === undefined ? '' : numberOf(other.target)}`;
  return text;
}

function askedBy({ matches }: Rule, address: Match | undefined): string {
  let text = '';
  for (const match of matches) if (match.kind !== 'comment') text += match === address ? '-' : `${numberOf(match)} `;
  return text;
}

/** Things in rules, told apart by identity: those of kube-proxy's are made once for all rules. */
const numbers = new WeakMap<object, number>();
let last = 0;

function numberOf(thing: object): number {
  let number = numbers.get(thing);
  if (number === undefined) numbers.set(thing, (number = ++last));
  return number;
}
