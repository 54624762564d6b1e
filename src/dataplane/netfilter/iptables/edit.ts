/** What the commands of iptables do to rules. (iptables/nft.c) */
import type { Family } from '#net/ip.ts';
import type { Chain, Rule, Table, TableName, Tables } from '#node/netfilter.ts';
import { builtinChain, builtinTables, isTableName } from './builtin.ts';
import { sameRule } from './equal.ts';
import { noSuchChain, noSuchRule, ParameterProblem, RuleProblem } from './problem.ts';

/** Tables under change. Chains are values; the maps that hold them are this draft's own. */
export class TablesDraft {
  readonly family: Family;
  readonly #tables: Map<TableName, Map<string, Chain>>;

  constructor(base: Tables, family: Family) {
    this.family = family;
    this.#tables = new Map([...base].map(([name, table]) => [name, new Map(table.chains)]));
  }

  publish(): Tables {
    return new Map([...this.#tables].map(([name, chains]) => [name, { name, chains }]));
  }

  has(table: TableName): boolean {
    return this.#tables.has(table);
  }

  /** Forgets a table with all that is in it. */
  drop(table: TableName): void {
    this.#tables.delete(table);
  }

  chains(table: TableName): Map<string, Chain> {
    let chains = this.#tables.get(table);
    if (chains === undefined) this.#tables.set(table, (chains = new Map()));
    return chains;
  }

  /** A chain that is there, or a built-in one, which comes into being when it is first needed. */
  chain(table: TableName, name: string): Chain | undefined {
    const found = this.#tables.get(table)?.get(name);
    if (found !== undefined || builtinChain(table, name) === undefined) return found;
    return { name, policy: 'ACCEPT', rules: [] };
  }

  #existing(table: TableName, name: string): Chain {
    const chain = this.chain(table, name);
    if (chain === undefined) throw new RuleProblem(noSuchChain);
    return chain;
  }

  #put(table: TableName, chain: Chain): void {
    this.chains(table).set(chain.name, chain);
  }

  #withRules(table: TableName, chain: Chain, rules: readonly Rule[]): void {
    this.#put(table, { ...chain, rules });
  }

  append(table: TableName, name: string, rules: readonly Rule[]): void {
    const chain = this.#existing(table, name);
    for (const rule of rules) checkPlace(table, chain, rule, 'RULE_APPEND');
    this.#withRules(table, chain, [...chain.rules, ...rules]);
  }

  /** Before the rule that has this number now; `number` counts from 1. */
  insert(table: TableName, name: string, rules: readonly Rule[], number: number): void {
    const chain = this.#existing(table, name);
    if (number > chain.rules.length + 1) throw new RuleProblem('Index of insertion too big.');
    for (const rule of rules) checkPlace(table, chain, rule, 'RULE_INSERT');
    this.#withRules(table, chain, [...chain.rules.slice(0, number - 1), ...rules, ...chain.rules.slice(number - 1)]);
  }

  replace(table: TableName, name: string, rule: Rule, number: number): void {
    const chain = this.#existing(table, name);
    if (number > chain.rules.length) throw new RuleProblem('Index of replacement too big.');
    checkPlace(table, chain, rule, 'RULE_REPLACE');
    this.#withRules(table, chain, chain.rules.with(number - 1, rule));
  }

  deleteNumber(table: TableName, name: string, number: number): void {
    const chain = this.#existing(table, name);
    if (number > chain.rules.length) throw new RuleProblem('Index of deletion too big.');
    this.#withRules(table, chain, chain.rules.toSpliced(number - 1, 1));
  }

  deleteRule(table: TableName, name: string, rule: Rule): void {
    const chain = this.#existing(table, name);
    const at = this.#find(chain, rule);
    this.#withRules(table, chain, chain.rules.toSpliced(at, 1));
  }

  check(table: TableName, name: string, rule: Rule): void {
    this.#find(this.#existing(table, name), rule);
  }

  #find(chain: Chain, rule: Rule): number {
    const at = chain.rules.findIndex((one) => sameRule(one, rule, this.family));
    if (at < 0) throw new RuleProblem(noSuchRule);
    return at;
  }

  flush(table: TableName, name: string | undefined): void {
    if (name !== undefined) {
      const chain = this.#existing(table, name);
      if (this.chains(table).has(name)) this.#withRules(table, chain, []);
      return;
    }
    for (const chain of [...(this.#tables.get(table)?.values() ?? [])]) this.#withRules(table, chain, []);
  }

  newChain(table: TableName, name: string): void {
    if (this.chain(table, name) !== undefined) throw new RuleProblem('Chain already exists.');
    this.#put(table, { name, rules: [] });
  }

  /** One chain, or all that nobody jumps to and that are empty. A built-in chain without rules goes too: it has no memory. */
  deleteChain(table: TableName, name: string | undefined): void {
    const chains = this.chains(table);
    if (name !== undefined) {
      const chain = chains.get(name);
      if (chain === undefined) {
        if (builtinChain(table, name) !== undefined) return;
        throw new RuleProblem(noSuchChain);
      }
      if (chain.rules.length > 0 || this.#references(table, name)) throw busy(name);
      chains.delete(name);
      return;
    }
    for (const chain of [...chains.values()]) {
      const builtin = builtinChain(table, chain.name) !== undefined;
      if (builtin && (chain.rules.length > 0 || chain.policy !== 'ACCEPT')) continue;
      if (chain.rules.length > 0 || this.#references(table, chain.name)) throw busy(chain.name);
      chains.delete(chain.name);
    }
  }

  #references(table: TableName, name: string): boolean {
    for (const { rules } of this.chains(table).values()) {
      for (const { target } of rules) if ((target?.kind === 'jump' || target?.kind === 'goto') && target.chain === name) return true;
    }
    return false;
  }

  setPolicy(table: TableName, name: string, policy: string): void {
    if (builtinChain(table, name) === undefined) throw new RuleProblem('Bad built-in chain name.');
    if (policy !== 'ACCEPT' && policy !== 'DROP') throw new RuleProblem("Bad policy name. Run `dmesg' for more information.");
    if (table === 'nat' && policy === 'DROP') {
      throw new ParameterProblem('\nThe "nat" table is not intended for filtering, the use of DROP is therefore inhibited.\n\n');
    }
    this.#put(table, { ...this.chain(table, name)!, policy });
  }

  rename(table: TableName, from: string, to: string): void {
    const chains = this.chains(table);
    const chain = chains.get(from);
    // The real tool reports the name that is missing with the words for one that is taken.
    if (chain === undefined || chains.has(to)) throw new RuleProblem('File exists.');
    const renamed = [...chains.values()].map((one): Chain => {
      const rules = one.rules.map((rule) => retargeted(rule, from, to));
      return one === chain ? { ...one, name: to, rules } : { ...one, rules };
    });
    chains.clear();
    for (const one of renamed) chains.set(one.name, one);
  }
}

function retargeted(rule: Rule, from: string, to: string): Rule {
  const { target } = rule;
  if ((target?.kind !== 'jump' && target?.kind !== 'goto') || target.chain !== from) return rule;
  return { ...rule, target: { ...target, chain: to } };
}

function busy(name: string): RuleProblem {
  return new RuleProblem(`CHAIN_DEL failed (Device or resource busy): chain ${name}`, 4);
}

/** Targets that only work at some hooks of the table nat, which the kernel checks. */
const natHooks: Readonly<Record<string, readonly string[]>> = {
  DNAT: ['PREROUTING', 'OUTPUT'],
  REDIRECT: ['PREROUTING', 'OUTPUT'],
  MASQUERADE: ['POSTROUTING'],
  SNAT: ['POSTROUTING', 'INPUT'],
};

/** What the kernel refuses: a target of another table or hook, or one that needs TCP. */
function checkPlace(table: TableName, chain: Chain, rule: Rule, operation: string): void {
  const { target } = rule;
  if (target === undefined) return;
  const invalid = () => new RuleProblem(`${operation} failed (Invalid argument): rule in chain ${chain.name}`, 4);
  const hooks = natHooks[target.kind];
  if (hooks !== undefined && (table !== 'nat' || (builtinChain(table, chain.name) !== undefined && !hooks.includes(chain.name))))
    throw invalid();
  if (target.kind === 'REJECT') {
    const hooked = builtinChain(table, chain.name) !== undefined;
    if (table !== 'filter' && table !== 'security' && hooked && !['INPUT', 'FORWARD', 'OUTPUT'].includes(chain.name)) throw invalid();
    const isTcp = rule.matches.some((match) => match.kind === 'protocol' && match.protocol === 'tcp' && match.not !== true);
    if (target.with === 'tcp-reset' && !isTcp) throw invalid();
  }
}

/** The table of that name; the real tool asks the kernel for an unknown one, and it has none. */
export function requireTable(name: string): TableName {
  if (isTableName(name)) return name;
  throw new RuleProblem(`table '${name}' does not exist\nPerhaps iptables or your kernel needs to be upgraded.`);
}

/** The table as it is listed, there or not. */
export function tableOrEmpty(tables: Tables, name: TableName): Table {
  return tables.get(name) ?? { name, chains: new Map() };
}

export const tableNames = [...builtinTables.keys()];
