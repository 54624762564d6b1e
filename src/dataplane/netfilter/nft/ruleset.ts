/** The whole ruleset as nft lists it: tables of iptables and of nftables alike. */
import { nftablesOf, tablesOf, type Netfilter, type Table } from '#node/netfilter.ts';
import type { NftTable } from '#node/nftables.ts';
import { translateChain, type TranslatedChain } from '../iptables/translate.ts';
import { numbered } from './handles.ts';
import { chainBlock, setBlock, tableAround, tableHead, tableText } from './print.ts';

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
}

/** What of a table is listed; absent: all of it. */
export type Part =
  | { readonly only: 'chain' | 'set' | 'map'; readonly name: string }
  /** All chains without their rules, all sets, or all maps. */
  | { readonly all: 'chains' | 'sets' | 'maps' };

/** iptables' table in nft's own form, its rules as text. nft warns of tables that iptables manages, once it has seen its extensions. */
export function translated(
  of: AnyTable & { readonly kind: 'iptables' },
  seen?: string,
): { readonly table: NftTable; readonly stderr: string } {
  const { family, name } = of;
  const chains: TranslatedChain[] = [...of.table.chains.values()].map((chain) =>
    translateChain(chain, of.table.name, family === 'ip' ? 'IPv4' : 'IPv6'),
  );
  const shown = chains.filter(({ chain }) => seen === undefined || chain.name === seen);
  const warning = shown.some(({ extended }) => extended)
    ? `# Warning: table ${family} ${name} is managed by iptables-nft, do not touch!\n`
    : '';
  const missing = shown.flatMap((one) => one.missing).map((target) => `XT target ${target} not found\n`);
  const table: NftTable = { family, name, sets: new Map(), chains: new Map(chains.map(({ chain }) => [chain.name, chain])) };
  return { table, stderr: warning + missing.join('') };
}

/** One table, or a part of it. */
export function listTable(of: AnyTable, part?: Part, handles = false): Listed {
  const seen = part !== undefined && 'only' in part ? part.name : undefined;
  const { table: plain, stderr } = of.kind === 'nft' ? { table: of.table, stderr: '' } : translated(of, seen);
  const table = handles ? numbered(plain) : plain;
  if (part === undefined) return { stdout: tableText(table, handles), stderr };
  const head = tableHead({ family: of.family, name: of.name });
  if ('only' in part) {
    const object = part.only === 'chain' ? table.chains.get(part.name) : table.sets.get(part.name);
    const block = object === undefined ? [] : ['rules' in object ? chainBlock(object, handles) : setBlock(object, handles)];
    return { stdout: tableAround(head, [], block), stderr };
  }
  const blocks =
    part.all === 'chains'
      ? [...table.chains.values()].map((chain) => chainBlock({ ...chain, rules: [] }, handles))
      : [...table.sets.values()].filter(({ kind }) => part.all === `${kind}s`).map((set) => setBlock(set, handles));
  return { stdout: tableAround(head, [], blocks, ''), stderr: '' };
}

export function rulesetText(netfilter: Netfilter, handles = false): Listed & { readonly exitCode: number } {
  const listed = allTables(netfilter).map((table) => listTable(table, undefined, handles));
  return { stdout: listed.map((one) => one.stdout).join(''), stderr: listed.map((one) => one.stderr).join(''), exitCode: 0 };
}
