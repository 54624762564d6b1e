/**
 * Tables made ready for packets: a table is a value, and what its rules compare, do and lead to is found out once, when a packet first comes by
 * them. Rules of single endpoints, of which large clusters have very many, are so only made ready where packets go.
 */
import type { Family } from '#net/ip.ts';
import type { Chain, Match, Rule, Table, Target } from '#node/netfilter.ts';
import type { Decision, Outcome } from '../traversal.ts';
import { natTarget, type NatTarget } from '../walk.ts';
import { Balance } from './balance.ts';
import { indexOf, type CandidatesOf } from './lookup.ts';
import { packetTest, type PacketTest } from './packet-test.ts';

const outcomes: Readonly<Partial<Record<Target['kind'], Outcome>>> = {
  jump: 'jump',
  goto: 'goto',
  ACCEPT: 'accept',
  DROP: 'drop',
  RETURN: 'return',
  REJECT: 'reject',
  MARK: 'mark',
  LOG: 'log',
  DNAT: 'dnat',
  SNAT: 'snat',
  MASQUERADE: 'masquerade',
  REDIRECT: 'redirect',
};

const isChance = ({ kind }: Match): boolean => kind === 'statistic';

function testsOf(matches: readonly Match[]): readonly PacketTest[] {
  return matches.map(packetTest).filter((test) => test !== undefined);
}

export class CompiledRule {
  readonly rule: Rule;
  readonly target: Target | undefined;
  /** All tests in the order of the rule. */
  readonly tests: readonly PacketTest[];
  /** Those that chance decides, and the others; absent where it decides none. */
  readonly chances: readonly PacketTest[] | undefined;
  readonly certain: readonly PacketTest[];
  readonly recent: readonly (Match & { readonly kind: 'recent' })[];
  /** Of rules that translate: to what. */
  readonly to: NatTarget | undefined;
  readonly #chain: CompiledChain;
  readonly #number: number;
  /** By depth. */
  readonly #decisions: Decision[] = [];
  #next: CompiledChain | undefined;

  constructor(chain: CompiledChain, index: number) {
    const rule = chain.rules[index]!;
    const { matches, target } = rule;
    this.rule = rule;
    this.target = target;
    this.tests = testsOf(matches);
    const balanced = matches.some(isChance);
    this.chances = balanced ? testsOf(matches.filter(isChance)) : undefined;
    this.certain = balanced ? testsOf(matches.filter((match) => !isChance(match))) : this.tests;
    this.recent = matches.filter((match) => match.kind === 'recent');
    this.to = target?.kind === 'DNAT' || target?.kind === 'SNAT' ? natTarget(target.to) : undefined;
    this.#chain = chain;
    this.#number = index + 1;
  }

  /** The chain that is jumped to, where there is one of that name. */
  get next(): CompiledChain | undefined {
    const { target } = this;
    if (target?.kind !== 'jump' && target?.kind !== 'goto') return undefined;
    return (this.#next ??= this.#chain.table.chain(target.chain));
  }

  /** What is told of the rule when it did what it is for. */
  decision(depth: number): Decision {
    const { table, name } = this.#chain;
    return (this.#decisions[depth] ??= {
      kind: 'iptables',
      family: table.family,
      table: table.table.name,
      chain: name,
      number: this.#number,
      rule: this.rule,
      outcome: outcomes[this.target!.kind] ?? 'other',
      depth,
    });
  }
}

export class CompiledChain {
  readonly table: CompiledTable;
  readonly name: string;
  readonly policy: Chain['policy'];
  readonly rules: readonly Rule[];
  readonly #compiled: CompiledRule[] = [];
  /** The places, in ascending order, of the rules that a packet may match. */
  readonly candidates: CandidatesOf;
  readonly #balances: (Balance | 'none')[] = [];

  constructor(table: CompiledTable, { name, policy, rules }: Chain) {
    this.table = table;
    this.name = name;
    this.policy = policy;
    this.rules = rules;
    this.candidates = indexOf(rules);
  }

  rule(index: number): CompiledRule {
    return (this.#compiled[index] ??= new CompiledRule(this, index));
  }

  /** The choice that the rules from a place on make, where they make nothing but one. */
  balance(index: number): Balance | undefined {
    const known = (this.#balances[index] ??= Balance.of(this, index) ?? 'none');
    return known === 'none' ? undefined : known;
  }
}

export class CompiledTable {
  readonly table: Table;
  readonly family: Family;
  readonly #chains = new Map<string, CompiledChain>();

  constructor(table: Table, family: Family) {
    this.table = table;
    this.family = family;
  }

  chain(name: string): CompiledChain | undefined {
    let compiled = this.#chains.get(name);
    if (compiled === undefined) {
      const chain = this.table.chains.get(name);
      if (chain === undefined) return undefined;
      this.#chains.set(name, (compiled = new CompiledChain(this, chain)));
    }
    return compiled;
  }
}

const known = new WeakMap<Table, Partial<Record<Family, CompiledTable>>>();

/** A table as packets of a family meet it. */
export function compiledTable(table: Table, family: Family): CompiledTable {
  let families = known.get(table);
  if (families === undefined) known.set(table, (families = {}));
  return (families[family] ??= new CompiledTable(table, family));
}
