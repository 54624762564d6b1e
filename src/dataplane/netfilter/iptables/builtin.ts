/** The tables of iptables with their built-in chains, as iptables-nft sets them up. (iptables/nft.c, xtables_ipv4) */
import type { Hook, TableName } from '#node/netfilter.ts';

export interface BuiltinChain {
  readonly name: string;
  readonly hook: Hook;
  readonly type: 'filter' | 'nat' | 'route';
  readonly priority: number;
}

const chainOf: Readonly<Record<Hook, string>> = {
  prerouting: 'PREROUTING',
  input: 'INPUT',
  forward: 'FORWARD',
  output: 'OUTPUT',
  postrouting: 'POSTROUTING',
};

function chains(type: BuiltinChain['type'], priority: number, ...hooks: Hook[]): readonly BuiltinChain[] {
  return hooks.map((hook) => ({ name: chainOf[hook], hook, type, priority }));
}

/** In the order in which iptables-save prints tables, and chains in them. */
export const builtinTables: ReadonlyMap<TableName, readonly BuiltinChain[]> = new Map<TableName, readonly BuiltinChain[]>([
  [
    'mangle',
    [
      ...chains('filter', -150, 'prerouting', 'input', 'forward'),
      { name: 'OUTPUT', hook: 'output', type: 'route', priority: -150 },
      ...chains('filter', -150, 'postrouting'),
    ],
  ],
  ['security', chains('filter', 150, 'input', 'forward', 'output')],
  ['raw', chains('filter', -300, 'prerouting', 'output')],
  ['filter', chains('filter', 0, 'input', 'forward', 'output')],
  [
    'nat',
    [
      ...chains('nat', -100, 'prerouting'),
      ...chains('nat', 100, 'input'),
      ...chains('nat', -100, 'output'),
      ...chains('nat', 100, 'postrouting'),
    ],
  ],
]);

export function isTableName(text: string): text is TableName {
  return builtinTables.has(text as TableName);
}

/** The built-in chain of that name, when the table has one. */
export function builtinChain(table: TableName, name: string): BuiltinChain | undefined {
  return builtinTables.get(table)!.find((chain) => chain.name === name);
}
