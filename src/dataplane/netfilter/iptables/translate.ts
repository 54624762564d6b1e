/**
 * How `nft list` shows rules that iptables wrote: what iptables stores natively nft shows natively, and what it stores as an extension nft has
 * iptables' own library translate, or names it. (nftables 1.0.6: src/xt.c; iptables 1.8.9: extensions/*_xlate, iptables/nft.c)
 */
import type { Family } from '#net/ip.ts';
import type { Chain, Match, Rule, TableName, Target } from '#node/netfilter.ts';
import type { NftChain } from '#node/nftables.ts';
import { listedAddress } from './address.ts';
import { builtinChain } from './builtin.ts';
import { icmpName } from './icmp.ts';
import { findMatch } from './list.ts';
import { allOnes, hex } from './save.ts';
import { logLevels } from './targets.ts';

export interface Translated {
  readonly text: string;
  /** Some part is an extension: nft then warns that the table is iptables'. */
  readonly extended: boolean;
  /** A target that nft of this release cannot show for IPv6. */
  readonly missing?: string;
}

/** A part of a rule: its text, and whether it is an extension to the kernel. */
interface Part {
  readonly text: string;
  readonly extended: boolean;
  readonly missing?: string;
}

function native(text: string): Part {
  return { text, extended: false };
}

function extension(text: string): Part {
  return { text, extended: true };
}

function hex8(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}

const sign = (not: boolean | undefined) => (not === true ? '!= ' : '');

export function translateRule({ matches, target }: Rule, family: Family): Translated {
  const header = family === 'IPv4' ? 'ip' : 'ip6';
  const head: Part[] = [];
  const input = findMatch(matches, 'in');
  const output = findMatch(matches, 'out');
  const protocol = findMatch(matches, 'protocol');
  const source = findMatch(matches, 'source');
  const destination = findMatch(matches, 'destination');
  if (input) head.push(native(`iifname ${sign(input.not)}"${input.interface.replace(/\+$/, '*')}"`));
  if (output) head.push(native(`oifname ${sign(output.not)}"${output.interface.replace(/\+$/, '*')}"`));
  const rest = matches
    .filter((match) => !['in', 'out', 'protocol', 'source', 'destination'].includes(match.kind))
    .map((match) => translateMatch(match, family));
  if (protocol && !isImplied(matches)) head.push(native(`meta l4proto ${sign(protocol.not)}${protocol.protocol}`));
  if (source) head.push(native(`${header} saddr ${sign(source.not)}${listedAddress(source.cidr)}`));
  if (destination) head.push(native(`${header} daddr ${sign(destination.not)}${listedAddress(destination.cidr)}`));
  const end = target === undefined ? [] : [translateTarget(target, family)];
  const parts = [...head, ...rest, native('counter packets 0 bytes 0'), ...end];
  const missing = parts.find((part) => part.missing !== undefined)?.missing;
  return {
    text: parts.map((part) => part.text).join(' '),
    extended: parts.some((part) => part.extended),
    ...(missing !== undefined && { missing }),
  };
}

/** A native match of TCP or UDP ports says its protocol itself, unless an extension stands between. */
function isImplied(matches: readonly Match[]): boolean {
  for (const match of matches) {
    if (match.kind === 'ports' && isNative(match)) return true;
    if (!['in', 'out', 'protocol', 'source', 'destination', 'mark', 'limit'].includes(match.kind)) return false;
  }
  return false;
}

function isNative(match: Match & { readonly kind: 'ports' }): boolean {
  return match.protocol !== 'sctp' && (match.sport !== undefined || match.dport !== undefined || match.syn !== undefined);
}

function range(ports: string): string {
  return ports.replace(':', '-');
}

function portsText(match: Match & { readonly kind: 'ports' }): string {
  const parts: string[] = [];
  if (match.syn !== undefined) parts.push(`tcp flags ${match.syn ? '' : '!= '}syn / fin,syn,rst,ack`);
  if (match.sport !== undefined) parts.push(`${match.protocol} sport ${sign(match.notSport)}${range(match.sport)}`);
  if (match.dport !== undefined) parts.push(`${match.protocol} dport ${sign(match.notDport)}${range(match.dport)}`);
  return parts.join(' ');
}

function translateMatch(match: Match, family: Family): Part {
  switch (match.kind) {
    case 'comment':
      return extension('');
    case 'ports':
      if (isNative(match)) return native(portsText(match));
      // A bare `-m sctp` has no translation; that of TCP and UDP is empty.
      return extension(match.protocol === 'sctp' ? portsText(match) || 'xt match sctp' : '');
    case 'multiport':
      return extension(multiportText(match));
    case 'icmp': {
      const [type, code] = match.type.split('/');
      if (code !== undefined || type === 'any') return extension(`xt match ${family === 'IPv4' ? 'icmp' : 'icmp6'}`);
      return extension(`${family === 'IPv4' ? 'icmp' : 'icmpv6'} type ${icmpName(match.type, family) ?? type}`);
    }
    case 'mark':
      return native(markMatch(match));
    case 'ctstate':
      return extension(stateText(match));
    case 'addrtype': {
      // The library translates the source alone where both are asked for.
      const [selector, type, not] = match.src !== undefined ? ['saddr', match.src, match.notSrc] : ['daddr', match.dst ?? '', match.notDst];
      return extension(`fib ${selector} type ${sign(not)}${type.toLowerCase()}`);
    }
    case 'iprange': {
      const selector = family === 'IPv4' ? 'ip' : 'ip6';
      const part = (field: string, range: string | undefined, not: boolean | undefined) =>
        range === undefined ? [] : `${selector} ${field} ${sign(not)}${range}`;
      return extension([part('saddr', match.src, match.notSrc), part('daddr', match.dst, match.notDst)].flat().join(' '));
    }
    case 'statistic':
      return extension(`meta random & 2147483647 ${match.not === true ? '>=' : '<'} ${match.probability}`);
    case 'statistic-nth':
      return extension(`numgen inc mod ${match.every} ${match.not === true ? '!= ' : ''}${match.packet}`);
    case 'limit':
      return native(limitText(match.text));
    case 'opaque':
      return opaqueMatch(match.text);
    default:
      return extension(`xt match ${match.kind}`);
  }
}

function multiportText({ which, ports, not }: Match & { readonly kind: 'multiport' }): string {
  const list = ports.split(',').map(range);
  if (which === 'ports') {
    const pairs = list.flatMap((port) => [`0-65535 . ${port}`, `${port} . 0-65535`]);
    return `tcp sport . tcp dport ${not === true ? '' : ''}{ ${pairs.join(', ')} }`;
  }
  const field = which === 'dports' ? 'dport' : 'sport';
  return `tcp ${field} ${sign(not)}${list.length === 1 ? list[0] : `{ ${list.join(', ')} }`}`;
}

function markMatch({ value, mask, not }: Match & { readonly kind: 'mark' }): string {
  if (mask === allOnes) return `meta mark ${sign(not)}${hex8(value)}`;
  // A single bit that is not set reads as "the masked value is not that bit".
  const [operator, right] = [not === true ? '!=' : '==', hex8(value)];
  return `meta mark & ${hex8(mask)} ${operator} ${right}`;
}

const statusStates = ['SNAT', 'DNAT'];

/** The library leaves out the states as soon as a status is asked for. */
function stateText({ states, not, module }: Match & { readonly kind: 'ctstate' }): string {
  const status = states.filter((state) => statusStates.includes(state));
  if (status.length > 0) return `ct status ${status.map((state) => state.toLowerCase()).join(',')}`;
  return `ct state ${not === true ? (module === 'state' ? '!= ' : '! ') : ''}${states.map((state) => state.toLowerCase()).join(',')}`;
}

function limitText(options: string): string {
  const [, count, unit, burst] = /--limit (\d+)\/(\w+)(?: --limit-burst (\d+))?/.exec(options)!;
  const full = { sec: 'second', min: 'minute', hour: 'hour', day: 'day' }[unit as 'sec' | 'min' | 'hour' | 'day'];
  return `limit rate ${count}/${full}${burst === undefined ? '' : ` burst ${burst} packets`}`;
}

function opaqueMatch(text: string): Part {
  const [, name = '', options = ''] = /^-m (\S+) ?(.*)$/.exec(text) ?? [];
  const value = options.replace(/^! /, '').replace(/^--\S+ /, '');
  const not = options.startsWith('! ') ? '!= ' : '';
  switch (name) {
    case 'owner':
      return extension(`${options.includes('uid-owner') ? 'skuid' : 'skgid'} ${not}${value}`);
    case 'mac':
      return extension(`ether saddr ${not}${value.toLowerCase()}`);
    case 'pkttype':
      return extension(`pkttype ${not}${value}`);
    case 'length':
      return extension(`meta length ${not}${range(value)}`);
    case 'connmark': {
      const [mark, mask] = value.split('/');
      return extension(mask === undefined ? `ct mark ${not}${mark}` : `ct mark and ${mask} ${not === '' ? '==' : '!='} ${mark}`);
    }
    case 'addrtype': {
      const [, selector, type] = /--(src|dst)-type (\S+)/.exec(options) ?? [];
      const device = options.includes('limit-iface-in') ? 'iif' : 'oif';
      return extension(`fib ${selector === 'src' ? 'saddr' : 'daddr'} . ${device} type ${type?.toLowerCase() ?? ''}`);
    }
    default:
      return text === '-f' ? native('ip frag-off & 8191 != 0') : extension(`xt match ${name}`);
  }
}

const rejectReasons: Readonly<Record<string, string>> = {
  'icmp-net-unreachable': 'icmp type net-unreachable',
  'icmp-host-unreachable': 'icmp type host-unreachable',
  'icmp-proto-unreachable': 'icmp type prot-unreachable',
  'icmp-net-prohibited': 'icmp type net-prohibited',
  'icmp-host-prohibited': 'icmp type host-prohibited',
  'icmp-admin-prohibited': 'icmp type admin-prohibited',
  'icmp6-no-route': 'icmpv6 type no-route',
  'icmp6-adm-prohibited': 'icmpv6 type admin-prohibited',
  'icmp6-addr-unreachable': 'icmpv6 type addr-unreachable',
  'icmp6-policy-fail': 'icmpv6 type policy-fail',
  'icmp6-reject-route': 'icmpv6 type reject-route',
  'tcp-reset': 'tcp reset',
};

/** NAT targets whose library has one file for both families, which nft does not find for IPv6. */
const missingForIpv6: ReadonlySet<string> = new Set(['DNAT', 'SNAT', 'MASQUERADE', 'REDIRECT']);

function translateTarget(target: Target, family: Family): Part {
  if (family === 'IPv6' && missingForIpv6.has(target.kind)) return { text: '', extended: true, missing: target.kind };
  switch (target.kind) {
    case 'jump':
    case 'goto':
      return native(`${target.kind} ${target.chain}`);
    case 'ACCEPT':
    case 'DROP':
    case 'RETURN':
      return native(target.kind.toLowerCase());
    case 'REJECT': {
      const reason = rejectReasons[target.with];
      return extension(reason === undefined ? 'reject' : `reject with ${reason}`);
    }
    case 'DNAT':
    case 'SNAT':
      return extension([`${target.kind.toLowerCase()} to ${target.to}`, ...flags(target)].join(' '));
    case 'MASQUERADE':
      return extension([target.toPorts === undefined ? 'masquerade' : `masquerade to :${target.toPorts}`, ...flags(target)].join(' '));
    case 'REDIRECT':
      return extension([target.toPorts === undefined ? 'redirect' : `redirect to :${target.toPorts}`, ...flags(target)].join(' '));
    case 'MARK':
      return extension(`meta mark set ${markTarget(target.value, target.mask)}`);
    case 'LOG':
      return extension(logText(target.text));
    case 'opaque':
      return opaqueTarget(target.text);
  }
}

function flags(target: { readonly random?: boolean; readonly randomFully?: boolean; readonly persistent?: boolean }): readonly string[] {
  const list = [
    ...(target.random === true ? ['random'] : []),
    ...(target.randomFully === true ? ['fully-random'] : []),
    ...(target.persistent === true ? ['persistent'] : []),
  ];
  return list.length === 0 ? [] : [list.join(',')];
}

function markTarget(value: number, mask: number): string {
  if (mask === allOnes) return hex(value);
  if (value === 0) return `mark and ${hex(~mask >>> 0)}`;
  if (value === mask) return `mark or ${hex(value)}`;
  if (mask === 0) return `mark xor ${hex(value)}`;
  return `mark and ${hex(~mask >>> 0)} xor ${hex(value)}`;
}

function logText(options: string): string {
  const prefix = /--log-prefix (?:"((?:[^"\\]|\\.)*)"|(\S+))/.exec(options);
  const level = /--log-level (\d)/.exec(options)?.[1];
  return [
    'log',
    ...(prefix === null ? [] : [`prefix "${prefix[1] ?? prefix[2]!}"`]),
    ...(level === undefined ? [] : [`level ${logLevels[Number(level)]!.replace('error', 'err')}`]),
  ].join(' ');
}

function opaqueTarget(text: string): Part {
  const [name = ''] = text.split(' ');
  switch (name) {
    case 'TRACE':
      return extension('meta nftrace set 1');
    case 'CT':
    case 'NOTRACK':
      return extension(text === 'CT' || text.includes('zone') ? 'xt target CT' : 'notrack');
    case 'NFQUEUE':
      return extension(`queue num ${/--queue-num (\d+)/.exec(text)?.[1] ?? 0}`);
    case 'TCPMSS':
      return extension(`tcp option maxseg size set ${/--set-mss (\d+)/.exec(text)?.[1] ?? 'rt mtu'}`);
    case 'NFLOG': {
      const prefix = /--nflog-prefix (?:"([^"]*)"|(\S+))/.exec(text);
      const group = /--nflog-group (\d+)/.exec(text)?.[1];
      return extension(
        [
          'log',
          ...(prefix === null ? [] : [`prefix "${prefix[1] ?? prefix[2]!}"`]),
          ...(group === undefined ? [] : [`group ${group}`]),
        ].join(' '),
      );
    }
    case 'CONNMARK':
      return extension(connmarkText(text));
    default:
      return extension(`xt target ${name}`);
  }
}

function connmarkText(text: string): string {
  const masks = /--nfmask (\S+) --ctmask (\S+)/.exec(text);
  const [value, mask] = /--set-xmark (\S+)\/(\S+)/.exec(text)?.slice(1).map(Number) ?? [0, 0];
  if (text.includes('--save-mark')) return masks![1] === '0xffffffff' ? 'ct mark set mark' : `ct mark set mark and ${masks![1]}`;
  if (text.includes('--restore-mark'))
    return masks![2] === '0xffffffff' ? 'meta mark set ct mark' : `meta mark set ct mark and ${masks![2]}`;
  return mask === allOnes ? `ct mark set ${hex(value!)}` : `ct mark set ct mark xor ${hex(value!)} and ${hex(mask!)}`;
}

export interface TranslatedChain {
  readonly chain: NftChain;
  readonly extended: boolean;
  readonly missing: readonly string[];
}

/** One chain as nft shows it: its rules as text. */
export function translateChain(chain: Chain, table: TableName, family: Family): TranslatedChain {
  const base = builtinChain(table, chain.name);
  const rules = chain.rules.map((rule) => translateRule(rule, family));
  return {
    chain: {
      name: chain.name,
      ...(base !== undefined && {
        base: {
          type: base.type,
          hook: base.hook,
          priority: base.priority,
          policy: chain.policy === 'DROP' ? ('drop' as const) : ('accept' as const),
        },
      }),
      rules: rules.map(({ text }) => ({ statements: [{ kind: 'opaque' as const, text }] })),
    },
    extended: rules.some((rule) => rule.extended),
    missing: rules.flatMap((rule) => rule.missing ?? []),
  };
}
