/** The layout of `iptables -L`. (iptables/xshared.c, print_header and print_rule_details; the print functions of extensions/*.c) */
import type { Family, Ip } from '#net/ip.ts';
import type { Chain, Match, Rule, Table, Target } from '#node/netfilter.ts';
import { listedAddress } from './address.ts';
import { icmpName } from './icmp.ts';
import { protocolNumber } from './protocols.ts';
import { allOnes, hex, listedChains, probabilityText } from './save.ts';
import { serviceOfPort } from './services.ts';
import { logLevels } from './targets.ts';

export interface ListOptions {
  readonly family: Family;
  /** `-n`: numbers for protocols, addresses and ports. */
  readonly numeric: boolean;
  readonly verbose: boolean;
  /** `-x`: counters in full; they take more room. */
  readonly exact: boolean;
  readonly lineNumbers: boolean;
  /** The name of an address; undefined when it has none. */
  readonly nameOf: (ip: Ip) => string | undefined;
}

/** One chain, or all of a table, with an empty line in between. */
export function listChains(table: Table, names: readonly string[] | undefined, options: ListOptions): string {
  const chains = listedChains(table).filter((chain) => names === undefined || names.includes(chain.name));
  const references = referencesIn(table);
  return chains.map((chain) => listChain(chain, references.get(chain.name) ?? 0, options)).join('\n');
}

function referencesIn(table: Table): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const chain of table.chains.values()) {
    for (const { target } of chain.rules) {
      if (target?.kind === 'jump' || target?.kind === 'goto') counts.set(target.chain, (counts.get(target.chain) ?? 0) + 1);
    }
  }
  return counts;
}

function listChain(chain: Chain, references: number, options: ListOptions): string {
  const { verbose, lineNumbers, exact } = options;
  const counters = verbose ? ' 0 packets, 0 bytes' : '';
  const about = chain.policy === undefined ? `${references} references` : `policy ${chain.policy}${counters}`;
  const counts = verbose ? (exact ? '    pkts      bytes ' : ' pkts bytes ') : '';
  const header = `${lineNumbers ? 'num  ' : ''}${counts}target     prot opt${verbose ? ' in     out    ' : ''} source               destination         `;
  const rules = chain.rules.map((rule, i) => listRule(rule, i + 1, options));
  return [`Chain ${chain.name} (${about})`, header, ...rules, ''].join('\n');
}

/** One line of a listing, without its end. */
export function listRule(rule: Rule, number: number, options: ListOptions): string {
  const { family, numeric, verbose, lineNumbers, exact } = options;
  let line = lineNumbers ? `${String(number).padEnd(4)} ` : '';
  if (verbose) line += exact ? '       0        0 ' : '    0     0 ';
  line += `${targetName(rule.target).padEnd(9)} `;
  line += protocolColumn(rule.matches, numeric);
  line += rule.matches.some((match) => match.kind === 'opaque' && match.text === '-f')
    ? '-f '
    : rule.matches.some(isNotFragment)
      ? '!f '
      : '-- ';
  if (verbose) line += ` ${interfaceColumn(rule.matches, 'in')} ${interfaceColumn(rule.matches, 'out')} `;
  line += addressColumn(rule.matches, 'source', options);
  line += addressColumn(rule.matches, 'destination', options);
  if (rule.target?.kind === 'goto') line += '[goto] ';
  for (const match of rule.matches) {
    const text = matchText(match, family, numeric);
    if (text !== undefined) line += ` ${text}`;
  }
  const text = rule.target === undefined ? '' : targetText(rule.target, numeric);
  if (text !== '') line += ` ${text}`;
  return line;
}

function isNotFragment(match: Match): boolean {
  return match.kind === 'opaque' && match.text === '! -f';
}

function targetName(target: Target | undefined): string {
  if (target === undefined) return '';
  if (target.kind === 'jump' || target.kind === 'goto') return target.chain;
  if (target.kind !== 'opaque') return target.kind;
  const name = /^\S+/.exec(target.text)![0];
  return name === 'NOTRACK' ? 'CT' : name;
}

function protocolColumn(matches: readonly Match[], numeric: boolean): string {
  const match = matches.find((one) => one.kind === 'protocol');
  const name =
    match === undefined ? (numeric ? '0' : 'all') : numeric ? String(protocolNumber(match.protocol) ?? match.protocol) : match.protocol;
  return `${match?.not === true ? '!' : ' '}${name.padEnd(4)} `;
}

/** The match of that kind. */
export function findMatch<Kind extends Match['kind']>(
  matches: readonly Match[],
  kind: Kind,
): (Match & { readonly kind: Kind }) | undefined {
  return matches.find((match) => match.kind === kind) as (Match & { readonly kind: Kind }) | undefined;
}

function interfaceColumn(matches: readonly Match[], kind: 'in' | 'out'): string {
  const match = findMatch(matches, kind);
  const name = match === undefined ? '*' : `${match.not === true ? '!' : ''}${match.interface}`;
  return name.padEnd(6);
}

const anywhere: Readonly<Record<Family, string>> = { IPv4: '0.0.0.0/0', IPv6: '::/0' };

/** Networks that have a name. (/etc/networks) */
const networks: Readonly<Record<string, string>> = { '127.0.0.0': 'loopback', '169.254.0.0': 'link-local' };

function addressColumn(matches: readonly Match[], kind: 'source' | 'destination', { family, numeric, nameOf }: ListOptions): string {
  const match = findMatch(matches, kind);
  const inverted = match?.not === true ? '!' : ' ';
  if (match === undefined) return `${inverted}${(numeric ? anywhere[family] : 'anywhere').padEnd(19)} `;
  const text = listedAddress(match.cidr);
  const slash = text.indexOf('/');
  const ip = (slash < 0 ? text : text.slice(0, slash)) as Ip;
  const name = numeric ? undefined : (nameOf(ip) ?? networks[ip]);
  return `${inverted}${(name === undefined ? text : name + (slash < 0 ? '' : text.slice(slash))).padEnd(19)} `;
}

/** `http` or `80`; of a range both ends. */
function portText(ports: string, protocol: string, numeric: boolean): string {
  if (numeric) return ports;
  return ports
    .split(':')
    .map((port) => serviceOfPort(port, protocol) ?? port)
    .join(':');
}

function matchText(match: Match, family: Family, numeric: boolean): string | undefined {
  switch (match.kind) {
    case 'source':
    case 'destination':
    case 'in':
    case 'out':
    case 'protocol':
      return undefined;
    case 'comment':
      return `/* ${match.text} */`;
    case 'ports':
      return portsText(match, numeric);
    case 'multiport': {
      const ports = match.ports
        .split(',')
        .map((ports) => portText(ports, 'tcp', numeric))
        .join();
      const which = match.which === 'ports' ? 'ports ' : match.which;
      return `multiport ${which}${match.which === 'ports' ? '' : ' '}${match.not === true ? ' !' : match.which === 'ports' ? ' ' : ''}${ports}`.replace(
        'ports   ',
        'ports  ',
      );
    }
    case 'icmp':
      return icmpText(match.type, family, numeric);
    case 'mark':
      return `mark match ${match.not === true ? '! ' : ''}${hex(match.value)}${match.mask === allOnes ? '' : `/${hex(match.mask)}`}`;
    case 'ctstate':
      return `${match.not === true ? '! ' : ''}${match.module === 'state' ? 'state' : 'ctstate'} ${match.states.join(',')}`;
    case 'addrtype': {
      const src = match.src === undefined ? '' : ` src-type ${match.notSrc === true ? '!' : ''}${match.src}`;
      const dst = match.dst === undefined ? '' : ` dst-type ${match.notDst === true ? '!' : ''}${match.dst}`;
      return `ADDRTYPE match${src}${dst}`;
    }
    case 'iprange': {
      const part = (side: string, range: string | undefined, not: boolean | undefined) =>
        range === undefined ? [] : `${side} IP range ${not === true ? '! ' : ''}${range}`;
      return [part('source', match.src, match.notSrc), part('destination', match.dst, match.notDst)].flat().join(' ');
    }
    case 'statistic':
      return `statistic mode random ${match.not === true ? '! ' : ''}probability ${probabilityText(match.probability)}`;
    case 'statistic-nth':
      return `statistic mode nth ${match.not === true ? '! ' : ''}every ${match.every}${match.packet === 0 ? '' : ` packet ${match.packet}`}`;
    case 'recent': {
      const action = { set: 'SET', rcheck: 'CHECK', update: 'UPDATE', remove: 'REMOVE' }[match.action];
      const seconds = match.seconds === undefined ? '' : ` seconds: ${match.seconds}`;
      const mask = family === 'IPv4' ? '255.255.255.255' : 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';
      return `${match.not === true ? '! ' : ''}recent: ${action}${seconds}${match.reap === true ? ' reap' : ''} name: ${match.name} side: source mask: ${mask}`;
    }
    case 'set':
      return `${match.not === true ? '! ' : ''}match-set ${match.set} ${match.flags}`;
    case 'physdev':
      return `PHYSDEV match ${match.text}`;
    case 'nfacct':
      return `nfacct-name  ${match.name}`;
    case 'limit': {
      const [, rate, burst = '5'] = /^--limit (\S+)(?: --limit-burst (\d+))?/.exec(match.text) ?? [];
      return `limit: avg ${rate} burst ${burst}`;
    }
    case 'opaque':
      return match.listed;
  }
}

function portsText(match: Match & { readonly kind: 'ports' }, numeric: boolean): string {
  const { protocol, sport, dport, notSport, notDport, syn } = match;
  const part = (name: 's' | 'd', ports: string | undefined, not: boolean | undefined) =>
    ports === undefined
      ? ''
      : ` ${name}pt${ports.includes(':') ? 's' : ''}:${not === true ? '!' : ''}${portText(ports, protocol, numeric)}`;
  const flags = syn === undefined ? '' : ` flags:${syn ? '' : '!'}${numeric ? '0x17/0x02' : 'FIN,SYN,RST,ACK/SYN'}`;
  return `${protocol}${part('s', sport, notSport)}${part('d', dport, notDport)}${flags}`;
}

function icmpText(type: string, family: Family, numeric: boolean): string {
  const [number, code] = type.split('/');
  const word = family === 'IPv4' ? 'icmp' : 'ipv6-icmp';
  const name = icmpName(type, family);
  if (!numeric && name !== undefined) return `${word} ${name}`;
  return `${word}type ${number}${code === undefined ? '' : ` code ${code}`}`;
}

function targetText(target: Target, numeric: boolean): string {
  switch (target.kind) {
    case 'jump':
    case 'goto':
    case 'ACCEPT':
    case 'DROP':
    case 'RETURN':
      return '';
    case 'REJECT':
      return `reject-with ${target.with}`;
    case 'DNAT':
      return `to:${target.to}${target.random === true ? ' random' : ''}${target.persistent === true ? ' persistent' : ''}`;
    case 'SNAT':
      return `to:${target.to}${target.random === true ? ' random' : ''}${target.randomFully === true ? ' random-fully' : ''}${target.persistent === true ? ' persistent' : ''}`;
    case 'MASQUERADE':
      return [
        ...(target.toPorts === undefined ? [] : [`masq ports: ${target.toPorts}`]),
        ...(target.random === true ? ['random'] : []),
        ...(target.randomFully === true ? ['random-fully'] : []),
      ].join(' ');
    case 'REDIRECT':
      return [
        ...(target.toPorts === undefined ? [] : [`redir ports ${target.toPorts}`]),
        ...(target.random === true ? ['random'] : []),
      ].join(' ');
    case 'MARK':
      return markText(target.value, target.mask);
    case 'LOG':
      return logText(target.text, numeric);
    case 'opaque':
      return target.listed ?? '';
  }
}

function markText(value: number, mask: number): string {
  if (value === 0) return `MARK and ${hex(~mask >>> 0)}`;
  if (value === mask) return `MARK or ${hex(value)}`;
  if (mask === 0) return `MARK xor ${hex(value)}`;
  return mask === allOnes ? `MARK set ${hex(value)}` : `MARK xset ${hex(value)}/${hex(mask)}`;
}

function logText(options: string, numeric: boolean): string {
  const level = Number(/--log-level (\d)/.exec(options)?.[1] ?? 4);
  const prefix = /--log-prefix (?:"((?:[^"\\]|\\.)*)"|(\S+))/.exec(options);
  const head = numeric ? `LOG flags 0 level ${level}` : `LOG level ${logLevels[level]}`;
  return prefix === null ? head : `${head} prefix "${(prefix[1] ?? prefix[2]!).replace(/\\(.)/g, '$1')}"`;
}
