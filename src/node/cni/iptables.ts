/**
 * What the plugins ask of iptables (coreos/go-iptables), on the rules as values. Rules are equal when they would print alike.
 */
import {
  forced,
  type Chain,
  type Match,
  type Netfilter,
  type Rule,
  type Table,
  type TableName,
  type Tables,
  type Target,
} from '../netfilter.ts';

/** The built-in chains that a table has as soon as it exists. */
const builtIn: Readonly<Record<TableName, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};

/** The netfilter with one family's tables changed: now, or, where they are a thunk that nobody asked yet, when somebody does. */
export function changeTables(netfilter: Netfilter, family: 'ipv4' | 'ipv6', change: (tables: Tables) => Tables): Netfilter {
  const tables = netfilter[family];
  return { ...netfilter, [family]: typeof tables === 'function' ? () => change(forced(tables)) : change(tables) };
}

function tableOf(tables: Tables, name: TableName): Table {
  const found = tables.get(name);
  if (found !== undefined) return found;
  return { name, chains: new Map(builtIn[name].map((chain) => [chain, { name: chain, policy: 'ACCEPT', rules: [] }])) };
}

function withChain(tables: Tables, name: TableName, chain: Chain): Tables {
  const table = tableOf(tables, name);
  return new Map(tables).set(name, { ...table, chains: new Map(table.chains).set(chain.name, chain) });
}

function chainOf(tables: Tables, table: TableName, name: string): Chain | undefined {
  return tableOf(tables, table).chains.get(name);
}

export function sameRule(a: Rule, b: Rule): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** `-N`, unless it is there. */
export function ensureChain(tables: Tables, table: TableName, name: string): Tables {
  return chainOf(tables, table, name) === undefined ? withChain(tables, table, { name, rules: [] }) : tables;
}

/** `-N` where it is missing, `-F` where it is not. */
export function clearChain(tables: Tables, table: TableName, name: string): Tables {
  return withChain(tables, table, { ...(chainOf(tables, table, name) ?? { name }), rules: [] });
}

/** `-X`; a chain that others still jump to stays (the kernel answers "Device or resource busy"). */
export function deleteChain(tables: Tables, table: TableName, name: string): Tables {
  const own = tableOf(tables, table);
  const used = [...own.chains.values()].some((chain) => chain.rules.some((rule) => jumpsTo(rule, name)));
  if (used || !own.chains.has(name)) return tables;
  const chains = new Map(own.chains);
  chains.delete(name);
  return new Map(tables).set(table, { ...own, chains });
}

export function jumpsTo(rule: Rule, chain: string): boolean {
  return (rule.target?.kind === 'jump' || rule.target?.kind === 'goto') && rule.target.chain === chain;
}

/** `-C` and then `-A`. */
export function appendUnique(tables: Tables, table: TableName, chain: string, rule: Rule): Tables {
  return unique(tables, table, chain, rule, (rules) => [...rules, rule]);
}

/** `-C` and then `-I`. */
export function insertUnique(tables: Tables, table: TableName, chain: string, rule: Rule): Tables {
  return unique(tables, table, chain, rule, (rules) => [rule, ...rules]);
}

function unique(tables: Tables, table: TableName, name: string, rule: Rule, add: (rules: readonly Rule[]) => readonly Rule[]): Tables {
  const chain = chainOf(tables, table, name) ?? { name, ...(builtIn[table].includes(name) && { policy: 'ACCEPT' }), rules: [] };
  return chain.rules.some((other) => sameRule(other, rule)) ? tables : withChain(tables, table, { ...chain, rules: add(chain.rules) });
}

/** `-D` of every rule that `matches`. */
export function deleteRules(tables: Tables, table: TableName, name: string, matches: (rule: Rule) => boolean): Tables {
  const chain = chainOf(tables, table, name);
  if (chain === undefined || !chain.rules.some(matches)) return tables;
  return withChain(tables, table, { ...chain, rules: chain.rules.filter((rule) => !matches(rule)) });
}

// Shorthands for rules, in the order iptables prints them.

export const comment = (text: string): Match => ({ kind: 'comment', text });
export const from = (source: string, not = false): Match => ({ kind: 'source', cidr: source, ...(not && { not }) });
export const to = (destination: string, not = false): Match => ({ kind: 'destination', cidr: destination, ...(not && { not }) });
export const jump = (chain: string): Target => ({ kind: 'jump', chain });
export const mark = (bit: number): Match => ({ kind: 'mark', value: 2 ** bit, mask: 2 ** bit });
export const rule = (matches: readonly Match[], target: Target): Rule => ({ matches, target });
