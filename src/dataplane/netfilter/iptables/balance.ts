/**
 * The choice among endpoints that kube-proxy writes: rules one after the other that match by chance and lead each to a chain that gives
 * packets one destination, and a last one for what is left.
 *
 *     -A KUBE-SVC-… -m statistic --mode random --probability 0.5 -j KUBE-SEP-A
 *     -A KUBE-SVC-… -j KUBE-SEP-B
 *     -A KUBE-SEP-A -s 10.244.1.5/32 -j KUBE-MARK-MASQ
 *     -A KUBE-SEP-A -p tcp -m tcp -j DNAT --to-destination 10.244.1.5:8080
 */
import type { Chain, Match, Rule, Table, Target } from '#node/netfilter.ts';
import type { Packet } from '../packet.ts';
import { natTarget, sortedEnds, type Balance, type End } from '../walk.ts';

const harmless: ReadonlySet<Match['kind']> = new Set(['protocol', 'ports', 'comment', 'recent']);

/** Where a chain leads that does nothing but mark packets, and then gives them all one destination. */
interface PlainEnd {
  readonly end: End;
  readonly protocol: string;
}

function plainEnd(chains: Table['chains'], target: Target | undefined): PlainEnd | undefined {
  const chain = target?.kind === 'jump' ? chains.get(target.chain) : undefined;
  const [marking, last, more] = chain?.rules ?? [];
  if (marking?.target?.kind !== 'jump' || last?.target?.kind !== 'DNAT' || more !== undefined) return undefined;
  const marks = chains.get(marking.target.chain);
  const protocol = last.matches.find((match) => match.kind === 'protocol');
  const bare = last.matches.every(
    (match) =>
      harmless.has(match.kind) &&
      (match.kind !== 'ports' || match.dport === undefined) &&
      (match.kind !== 'recent' || match.action === 'set'),
  );
  if (protocol === undefined || !bare || marks?.rules.some((rule) => rule.target?.kind !== 'MARK') !== false) return undefined;
  const { ip, port } = natTarget(last.target.to);
  return ip === undefined || port === undefined ? undefined : { end: { dst: ip, dport: port }, protocol: protocol.protocol };
}

/** Chance alone decides whether the rule matches; or, of the last, nothing does. */
function isBare({ matches }: Rule, last: boolean): boolean {
  const others = matches.filter((match) => match.kind !== 'comment');
  if (last) return others.length === 0;
  return others.length === 1 && others[0]!.kind === 'statistic';
}

interface Ends {
  readonly sorted: readonly string[];
  readonly protocol: string;
}

/** The destinations of the choice that the rules of a chain from a place on make; undefined where they do something else as well. */
function endsFrom(chains: Table['chains'], rules: readonly Rule[], from: number): Ends | undefined {
  const ends: End[] = [];
  let protocol: string | undefined;
  for (let i = from; i < rules.length; i++) {
    const rule = rules[i]!;
    const plain = isBare(rule, i === rules.length - 1) ? plainEnd(chains, rule.target) : undefined;
    if (plain === undefined || (protocol !== undefined && protocol !== plain.protocol)) return undefined;
    protocol = plain.protocol;
    ends.push(plain.end);
  }
  return protocol === undefined ? undefined : { sorted: sortedEnds(ends), protocol };
}

/** By the chain, and the place in it where the choice begins. */
const known = new WeakMap<Table, Map<Chain, { readonly from: number; readonly ends: Ends | undefined }>>();

function knownEnds(table: Table, chain: Chain, from: number): Ends | undefined {
  let ofTable = known.get(table);
  if (ofTable === undefined) known.set(table, (ofTable = new Map()));
  let choice = ofTable.get(chain);
  if (choice?.from !== from) ofTable.set(chain, (choice = { from, ends: endsFrom(table.chains, chain.rules, from) }));
  return choice.ends;
}

/** The choice that a chain makes by chance, beginning with its rule at a place. */
export class ChainBalance implements Balance {
  readonly place: Chain;
  readonly #table: Table;
  readonly #from: number;

  constructor(table: Table, place: Chain, from: number) {
    this.place = place;
    this.#table = table;
    this.#from = from;
  }

  ends({ protocol }: Packet): readonly string[] | undefined {
    const ends = knownEnds(this.#table, this.place, this.#from);
    return ends?.protocol === protocol ? ends.sorted : undefined;
  }
}
