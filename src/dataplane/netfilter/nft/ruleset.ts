/** The whole ruleset as nft lists it: tables of iptables and of nftables alike. */
import { nftablesOf, tablesOf, type Netfilter, type Table } from '#node/netfilter.ts';
import type { NftTable } from '#node/nftables.ts';
import { translateChain } from '../iptables/translate.ts';
import { tableAround, tableText } from './print.ts';

/** A table of the ruleset: one of nftables' own, or one that iptables wrote. */
export type AnyTable =
  | { readonly kind: 'nft'; readonly family: string; readonly name: string; readonly table: NftTable }
  | { readonly kind: 'iptables'; readonly family: 'ip' | 'ip6'; readonly name: string; readonly table: Table };

/** All tables: iptables' for IPv4 and IPv6, then the others, each in order of creation. */
export function allTables(netfilter: Netfilter): readonly AnyTable[] {
  const iptables = (['ipv4', 'ipv6'] as const).flatMap((key) =>
    [...tablesOf(netfilter, key).values()].map((table): AnyTable => ({
      kind: 'iptables',
      family: key === 'ipv4' ? 'ip' : 'ip6',
      name: table.name,
      table,
    })),
  );
  const own = nftablesOf(netfilter).map((table): AnyTable => ({ kind: 'nft', family: table.family, name: table.name, table }));
  return [...iptables, ...own];
}

export interface Listed {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** One table, or of it only the chain of that name. nft warns of tables that iptables manages. */
export function listTable(of: AnyTable, chainName?: string): Omit<Listed, 'exitCode'> {
  if (of.kind === 'nft') {
    const { table } = of;
    const chain = chainName === undefined ? undefined : table.chains.get(chainName);
    const only =
      chain === undefined ? table : { family: table.family, name: table.name, sets: new Map(), chains: new Map([[chain.name, chain]]) };
    return { stdout: tableText(only), stderr: '' };
  }
  const chains = [...of.table.chains.values()].filter((chain) => chainName === undefined || chain.name === chainName);
  const translated = chains.map((chain) => translateChain(chain, of.table.name, of.family === 'ip' ? 'IPv4' : 'IPv6'));
  const warning = translated.some((chain) => chain.extended)
    ? `# Warning: table ${of.family} ${of.name} is managed by iptables-nft, do not touch!\n`
    : '';
  const missing = translated.flatMap((chain) => chain.missing).map((name) => `XT target ${name} not found\n`);
  return {
    stdout: tableAround(
      `${of.family} ${of.name}`,
      [],
      translated.map((chain) => chain.block),
    ),
    stderr: warning + missing.join(''),
  };
}

export function rulesetText(netfilter: Netfilter): Listed {
  const listed = allTables(netfilter).map((table) => listTable(table));
  return { stdout: listed.map((one) => one.stdout).join(''), stderr: listed.map((one) => one.stderr).join(''), exitCode: 0 };
}
