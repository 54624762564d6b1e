/** iptables-save's language: rules as `-A CHAIN …`, tables as a whole. (iptables/nft.c, nft_rule_print_save; extensions/*.c) */
import type { Family } from '#net/ip.ts';
import type { Chain, Match, Rule, Table, Tables, Target } from '#node/netfilter.ts';
import { builtinTables } from './builtin.ts';

/** Words that need no quotes. */
const plain = /^[-_0-9A-Za-z]+$/;

/** xtables_save_string: in quotes unless it is one plain word. */
export function savedString(text: string): string {
  return plain.test(text) ? text : `"${text.replace(/["\\']/g, '\\$&')}"`;
}

export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

export const allOnes = 0xffff_ffff;

/** Large rule sets have the same few again and again. */
const probabilityTexts = new Map<number, string>();

/** What the kernel keeps of a probability, with eleven decimals. */
export function probabilityText(stored: number): string {
  let text = probabilityTexts.get(stored);
  if (text === undefined) probabilityTexts.set(stored, (text = (stored / 0x8000_0000).toFixed(11)));
  return text;
}

const masks: Readonly<Record<Family, string>> = { IPv4: '255.255.255.255', IPv6: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' };

const recentActions = { set: '--set', rcheck: '--rcheck', update: '--update', remove: '--remove' } as const;

/** The flags that `--syn` stands for. */
export const synFlags = 'FIN,SYN,RST,ACK SYN';

function not(inverted: boolean | undefined): string {
  return inverted === true ? '! ' : '';
}

/** A match as iptables-save prints it, `-m` included. */
export function matchText(match: Match, family: Family): string {
  switch (match.kind) {
    case 'source':
      return `${not(match.not)}-s ${match.cidr}`;
    case 'destination':
      return `${not(match.not)}-d ${match.cidr}`;
    case 'in':
      return `${not(match.not)}-i ${match.interface}`;
    case 'out':
      return `${not(match.not)}-o ${match.interface}`;
    case 'protocol':
      return `${not(match.not)}-p ${match.protocol}`;
    case 'comment':
      return `-m comment --comment ${savedString(match.text)}`;
    case 'ports': {
      let text = `-m ${match.protocol}`;
      if (match.sport !== undefined) text += ` ${not(match.notSport)}--sport ${match.sport}`;
      if (match.dport !== undefined) text += ` ${not(match.notDport)}--dport ${match.dport}`;
      if (match.syn !== undefined) text += ` ${not(!match.syn)}--tcp-flags ${synFlags}`;
      return text;
    }
    case 'multiport':
      return `-m multiport ${not(match.not)}--${match.which} ${match.ports}`;
    case 'icmp':
      return match.v6 === true ? `-m icmp6 --icmpv6-type ${match.type}` : `-m icmp --icmp-type ${match.type}`;
    case 'mark':
      return `-m mark ${not(match.not)}--mark ${hex(match.value)}${match.mask === allOnes ? '' : `/${hex(match.mask)}`}`;
    case 'ctstate':
      return match.module === 'state'
        ? `-m state ${not(match.not)}--state ${match.states.join(',')}`
        : `-m conntrack ${not(match.not)}--ctstate ${match.states.join(',')}`;
    case 'addrtype': {
      let text = '-m addrtype';
      if (match.src !== undefined) text += ` ${not(match.notSrc)}--src-type ${match.src}`;
      if (match.dst !== undefined) text += ` ${not(match.notDst)}--dst-type ${match.dst}`;
      return text;
    }
    case 'statistic':
      return `-m statistic --mode random ${not(match.not)}--probability ${probabilityText(match.probability)}`;
    case 'statistic-nth':
      return `-m statistic --mode nth ${not(match.not)}--every ${match.every} --packet ${match.packet}`;
    case 'recent': {
      const seconds = match.seconds === undefined ? '' : ` --seconds ${match.seconds}`;
      const reap = match.reap === true ? ' --reap' : '';
      return `-m recent ${not(match.not)}${recentActions[match.action]}${seconds}${reap} --name ${match.name} --mask ${masks[family]} --rsource`;
    }
    case 'set':
      return `-m set ${not(match.not)}--match-set ${match.set} ${match.flags}`;
    case 'physdev':
      return `-m physdev ${match.text}`;
    case 'nfacct':
      return `-m nfacct --nfacct-name  ${match.name}`;
    case 'limit':
      return `-m limit ${match.text}`;
    case 'opaque':
      return match.text;
  }
}

/** A target as iptables-save prints it, `-j` or `-g` included. */
export function targetText(target: Target): string {
  switch (target.kind) {
    case 'jump':
      return `-j ${target.chain}`;
    case 'goto':
      return `-g ${target.chain}`;
    case 'ACCEPT':
    case 'DROP':
    case 'RETURN':
      return `-j ${target.kind}`;
    case 'REJECT':
      return `-j REJECT --reject-with ${target.with}`;
    case 'DNAT':
      return `-j DNAT --to-destination ${target.to}${flags(target)}`;
    case 'SNAT':
      return `-j SNAT --to-source ${target.to}${flags(target)}`;
    case 'MASQUERADE':
      return `-j MASQUERADE${target.toPorts === undefined ? '' : ` --to-ports ${target.toPorts}`}${flags(target)}`;
    case 'REDIRECT':
      return `-j REDIRECT${target.toPorts === undefined ? '' : ` --to-ports ${target.toPorts}`}${flags(target)}`;
    case 'MARK':
      return `-j MARK --set-xmark ${hex(target.value)}/${hex(target.mask)}`;
    case 'LOG':
      return target.text === '' ? '-j LOG' : `-j LOG ${target.text}`;
    case 'opaque':
      return `-j ${target.text}`;
  }
}

interface NatFlags {
  readonly random?: boolean;
  readonly randomFully?: boolean;
  readonly persistent?: boolean;
}

function flags({ random, randomFully, persistent }: NatFlags): string {
  return (
    (random === true ? ' --random' : '') + (randomFully === true ? ' --random-fully' : '') + (persistent === true ? ' --persistent' : '')
  );
}

/** `-A CHAIN …` */
export function ruleText(chain: string, rule: Rule, family: Family): string {
  let matches = '';
  for (const match of rule.matches) matches += ` ${matchText(match, family)}`;
  return `-A ${chain}${matches}${rule.target === undefined ? '' : ` ${targetText(rule.target)}`}`;
}

/** The chains of a table as iptables lists them: the built-in ones, there or not, then the others by name. */
export function listedChains(table: Table): readonly Chain[] {
  const builtin = builtinTables.get(table.name)!;
  const others = new Set(table.chains.keys());
  for (const { name } of builtin) others.delete(name);
  return [
    ...builtin.map(({ name }) => table.chains.get(name) ?? { name, policy: 'ACCEPT' as const, rules: [] }),
    ...[...others].sort().map((name) => table.chains.get(name)!),
  ];
}

export interface SaveOptions {
  readonly family: Family;
  /** `iptables-save v1.8.9 (nf_tables)`: who says it was generated. */
  readonly program: string;
  /** `Mon Nov 23 03:07:57 2026` */
  readonly date: string;
  /** `-c`: counters before every rule. Nothing is counted here, so they are zero. */
  readonly counters?: boolean;
}

/** One table of iptables-save's output. */
export function saveTable(table: Table, options: SaveOptions): string {
  const lines = new Lines();
  writeTable(lines, table, options);
  return lines.text();
}

export function saveTables(tables: Tables, options: SaveOptions): string {
  const lines = new Lines();
  for (const table of orderedTables(tables)) writeTable(lines, table, options);
  return lines.text();
}

function writeTable(lines: Lines, table: Table, { family, program, date, counters }: SaveOptions): void {
  const chains = listedChains(table);
  const prefix = counters === true ? '[0:0] ' : '';
  lines.add(`# Generated by ${program} on ${date}`);
  lines.add(`*${table.name}`);
  for (const { name, policy } of chains) lines.add(`:${name} ${policy ?? '-'} [0:0]`);
  for (const { name, rules } of chains) for (const rule of rules) lines.add(prefix + ruleText(name, rule, family));
  lines.add('COMMIT');
  lines.add(`# Completed on ${date}`);
}

/** What of a large table is put together at a time: its lines' many small parts are forgotten before the collector has to keep them. */
const linesAtOnce = 2048;

class Lines {
  readonly #parts: string[] = [];
  #open: string[] = [];

  add(line: string): void {
    if (this.#open.push(line) >= linesAtOnce) this.#close();
  }

  text(): string {
    this.#close();
    return this.#parts.join('');
  }

  #close(): void {
    this.#open.push('');
    this.#parts.push(this.#open.join('\n'));
    this.#open = [];
  }
}

/** The tables there are, in iptables' order. */
export function orderedTables(tables: Tables): readonly Table[] {
  return [...builtinTables.keys()].flatMap((name) => tables.get(name) ?? []);
}
