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

/** What the kernel keeps of a probability, with eleven decimals. */
export function probabilityText(stored: number): string {
  return (stored / 0x8000_0000).toFixed(11);
}

/** By what is stored, not inverted: large rule sets have the same few again and again. */
const statisticTexts = new Map<number, string>();

function statisticText(probability: number, inverted: boolean | undefined): string {
  let text = inverted === true ? undefined : statisticTexts.get(probability);
  if (text === undefined) {
    text = ` -m statistic --mode random ${not(inverted)}--probability ${probabilityText(probability)}`;
    if (inverted !== true) statisticTexts.set(probability, text);
  }
  return text;
}

const masks: Readonly<Record<Family, string>> = { IPv4: '255.255.255.255', IPv6: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' };

const recentActions = { set: '--set', rcheck: '--rcheck', update: '--update', remove: '--remove' } as const;

/** The flags that `--syn` stands for. */
export const synFlags = 'FIN,SYN,RST,ACK SYN';

function not(inverted: boolean | undefined): string {
  return inverted === true ? '! ' : '';
}

function bang(inverted: boolean | undefined): string {
  return inverted === true ? ' !' : '';
}

/** A match as iptables-save prints it, `-m` and the blank before it included. */
function matchText(match: Match, family: Family): string {
  switch (match.kind) {
    case 'source':
      return `${bang(match.not)} -s ${match.cidr}`;
    case 'destination':
      return `${bang(match.not)} -d ${match.cidr}`;
    case 'in':
      return `${bang(match.not)} -i ${match.interface}`;
    case 'out':
      return `${bang(match.not)} -o ${match.interface}`;
    case 'protocol':
      return `${bang(match.not)} -p ${match.protocol}`;
    case 'comment':
      return ` -m comment --comment ${savedString(match.text)}`;
    case 'ports': {
      let text = ` -m ${match.protocol}`;
      if (match.sport !== undefined) text += ` ${not(match.notSport)}--sport ${match.sport}`;
      if (match.dport !== undefined) text += ` ${not(match.notDport)}--dport ${match.dport}`;
      if (match.syn !== undefined) text += ` ${not(!match.syn)}--tcp-flags ${synFlags}`;
      return text;
    }
    case 'multiport':
      return ` -m multiport ${not(match.not)}--${match.which} ${match.ports}`;
    case 'icmp':
      return match.v6 === true ? ` -m icmp6 --icmpv6-type ${match.type}` : ` -m icmp --icmp-type ${match.type}`;
    case 'mark':
      return ` -m mark ${not(match.not)}--mark ${hex(match.value)}${match.mask === allOnes ? '' : `/${hex(match.mask)}`}`;
    case 'ctstate':
      return match.module === 'state'
        ? ` -m state ${not(match.not)}--state ${match.states.join(',')}`
        : ` -m conntrack ${not(match.not)}--ctstate ${match.states.join(',')}`;
    case 'addrtype': {
      let text = ' -m addrtype';
      if (match.src !== undefined) text += ` ${not(match.notSrc)}--src-type ${match.src}`;
      if (match.dst !== undefined) text += ` ${not(match.notDst)}--dst-type ${match.dst}`;
      return text;
    }
    case 'iprange': {
      let text = ' -m iprange';
      if (match.src !== undefined) text += ` ${not(match.notSrc)}--src-range ${match.src}`;
      if (match.dst !== undefined) text += ` ${not(match.notDst)}--dst-range ${match.dst}`;
      return text;
    }
    case 'statistic':
      return statisticText(match.probability, match.not);
    case 'statistic-nth':
      return ` -m statistic --mode nth ${not(match.not)}--every ${match.every} --packet ${match.packet}`;
    case 'recent': {
      const seconds = match.seconds === undefined ? '' : ` --seconds ${match.seconds}`;
      const reap = match.reap === true ? ' --reap' : '';
      return ` -m recent ${not(match.not)}${recentActions[match.action]}${seconds}${reap} --name ${match.name} --mask ${masks[family]} --rsource`;
    }
    case 'set':
      return ` -m set ${not(match.not)}--match-set ${match.set} ${match.flags}`;
    case 'physdev':
      return ` -m physdev ${match.text}`;
    case 'nfacct':
      return ` -m nfacct --nfacct-name  ${match.name}`;
    case 'limit':
      return ` -m limit ${match.text}`;
    case 'opaque':
      return ` ${match.text}`;
  }
}

/** A target as iptables-save prints it, `-j` or `-g` and the blank before it included. */
function targetText(target: Target): string {
  switch (target.kind) {
    case 'jump':
      return ` -j ${target.chain}`;
    case 'goto':
      return ` -g ${target.chain}`;
    case 'ACCEPT':
    case 'DROP':
    case 'RETURN':
      return ` -j ${target.kind}`;
    case 'REJECT':
      return ` -j REJECT --reject-with ${target.with}`;
    case 'DNAT':
      return ` -j DNAT --to-destination ${target.to}${flags(target)}`;
    case 'SNAT':
      return ` -j SNAT --to-source ${target.to}${flags(target)}`;
    case 'MASQUERADE':
      return ` -j MASQUERADE${target.toPorts === undefined ? '' : ` --to-ports ${target.toPorts}`}${flags(target)}`;
    case 'REDIRECT':
      return ` -j REDIRECT${target.toPorts === undefined ? '' : ` --to-ports ${target.toPorts}`}${flags(target)}`;
    case 'MARK':
      return ` -j MARK --set-xmark ${hex(target.value)}/${hex(target.mask)}`;
    case 'LOG':
      return target.text === '' ? ' -j LOG' : ` -j LOG ${target.text}`;
    case 'opaque':
      return ` -j ${target.text}`;
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
  return lineText(`-A ${chain}`, rule, family);
}

function lineText(beginning: string, { matches, target }: Rule, family: Family): string {
  let text = beginning;
  for (const match of matches) text += matchText(match, family);
  return target === undefined ? text : text + targetText(target);
}

/** The chains of a table as iptables lists them: the built-in ones, there or not, then the others by name. */
export function listedChains(table: Table): readonly Chain[] {
  const builtin = builtinTables.get(table.name)!;
  const others = [...table.chains.keys()].sort();
  const isBuiltin = (name: string) => builtin.some((chain) => chain.name === name);
  return [
    ...builtin.map(({ name }) => table.chains.get(name) ?? { name, policy: 'ACCEPT' as const, rules: [] }),
    ...others.filter((name) => !isBuiltin(name)).map((name) => table.chains.get(name)!),
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
  for (const { name, rules } of chains) {
    const beginning = `${prefix}-A ${name}`;
    for (const rule of rules) lines.add(lineText(beginning, rule, family));
  }
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
