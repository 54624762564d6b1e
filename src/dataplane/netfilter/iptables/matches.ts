/** The match extensions of iptables: which options each takes, and what it makes of them. (extensions/libxt_*.c, libipt_*.c, libip6t_*.c) */
import { compareIps, familyOf, parseIp, type Family } from '#net/ip.ts';
import type { Match, Rule } from '#node/netfilter.ts';
import { icmpType } from './icmp.ts';
import { optionTable, type Option, type OptionTable } from './options.ts';
import { ParameterProblem } from './problem.ts';
import { savedString } from './save.ts';
import { portOfService } from './services.ts';

export interface OptionValue {
  readonly id: string;
  readonly value: string;
  /** The second word of options that take two. */
  readonly second?: string;
  readonly not: boolean;
}

export interface MatchContext {
  readonly family: Family;
  /** `tcp` of `-p tcp`; undefined without, or when inverted. */
  readonly protocol: string | undefined;
  readonly hasSet: (name: string) => boolean;
}

export interface MatchExtension {
  readonly options: OptionTable;
  /** Options that take two words: `--match-set NAME FLAGS`. */
  readonly pairs?: ReadonlySet<string>;
  make(values: readonly OptionValue[], context: MatchContext): Match;
}

function options(...groups: readonly (readonly (readonly [string, Option])[])[]): OptionTable {
  return new Map(groups.flat());
}

const takes = (...names: string[]) => optionTable('required', ...names);
const flag = (...names: string[]) => optionTable('none', ...names);

function valueOf(values: readonly OptionValue[], id: string): OptionValue | undefined {
  return values.find((one) => one.id === id);
}

/** A port or a range of them, by number or name: `80`, `http`, `1:5`, `6:`. */
export function parsePorts(text: string, protocol: string): string {
  const colon = text.indexOf(':');
  const port = (one: string, open: number): number => {
    if (one === '') return open;
    const number = /^\d+$/.test(one) ? Number(one) : portOfService(one, protocol);
    if (number === undefined || number > 65535) throw new ParameterProblem(`invalid port/service \`${one}' specified`);
    return number;
  };
  if (colon < 0) return String(port(text, 0));
  const [first, last] = [port(text.slice(0, colon), 0), port(text.slice(colon + 1), 65535)];
  if (first > last) throw new ParameterProblem(`invalid portrange (min > max)`);
  return first === last ? String(first) : `${first}:${last}`;
}

function portsExtension(protocol: 'tcp' | 'udp' | 'sctp'): MatchExtension {
  const flags = protocol === 'tcp' ? [flag('syn'), takes('tcp-flags'), takes('tcp-option')] : [];
  return {
    options: options(takes('sport', 'source-port'), takes('dport', 'destination-port'), ...flags),
    pairs: new Set(['tcp-flags']),
    make(values) {
      const sport = valueOf(values, 'sport');
      const dport = valueOf(values, 'dport');
      const syn = valueOf(values, 'syn');
      const masked = valueOf(values, 'tcp-flags');
      if (masked !== undefined && !isSyn(masked)) {
        const text = `-m tcp ${masked.not ? '! ' : ''}--tcp-flags ${masked.value} ${masked.second}`;
        return { kind: 'opaque', text, listed: `tcp flags:${masked.not ? '!' : ''}${masked.value}/${masked.second}` };
      }
      const wanted = syn ?? masked;
      return {
        kind: 'ports',
        protocol,
        ...(sport !== undefined && { sport: parsePorts(sport.value, protocol), ...(sport.not && { notSport: true }) }),
        ...(dport !== undefined && { dport: parsePorts(dport.value, protocol), ...(dport.not && { notDport: true }) }),
        ...(wanted !== undefined && { syn: !wanted.not }),
      };
    },
  };
}

/** The combination that `--syn` is short for. */
function isSyn({ value, second }: OptionValue): boolean {
  const mask = value.split(',').sort().join();
  return (mask === 'ACK,FIN,RST,SYN' || mask === 'ACK,RST,SYN') && second === 'SYN';
}

const portProtocols = ['tcp', 'udp', 'udplite', 'sctp', 'dccp'];

const multiport: MatchExtension = {
  options: options(takes('sports', 'source-ports'), takes('dports', 'destination-ports'), takes('ports')),
  make(values, { protocol }) {
    if (protocol === undefined || !portProtocols.includes(protocol)) {
      throw new ParameterProblem("multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'");
    }
    const [one] = values;
    if (one === undefined) throw new ParameterProblem('multiport expection an option');
    const ports = one.value.split(',').map((part) => parsePorts(part, protocol));
    return { kind: 'multiport', which: one.id as 'sports' | 'dports' | 'ports', ports: ports.join(), ...(one.not && { not: true }) };
  },
};

function required(values: readonly OptionValue[], id: string, extension: string): OptionValue {
  const found = valueOf(values, id);
  if (found === undefined) throw new ParameterProblem(`${extension}: option "--${id}" must be specified\n`);
  return found;
}

/** `0x4000/0x4000`, `1`: a value with an optional mask. */
export function parseMark(text: string): readonly [value: number, mask: number] | undefined {
  const parts = text.split('/');
  const numbers = parts.map((part) => (/^(0x[0-9a-f]+|\d+)$/i.test(part) ? Number(part) : NaN));
  if (parts.length > 2 || numbers.some((number) => !(number <= 0xffff_ffff))) return undefined;
  return [numbers[0]!, numbers[1] ?? 0xffff_ffff];
}

const connectionStates = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'];

function states(text: string, known: readonly string[], what: string): readonly string[] {
  const named = text.split(',').map((state) => state.toUpperCase());
  for (const [i, state] of named.entries()) {
    if (!known.includes(state)) throw new ParameterProblem(`Bad ${what} "${text.split(',')[i]}"`);
  }
  return known.filter((state) => named.includes(state));
}

const addressTypes = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
  'THROW',
  'NAT',
  'XRESOLVE',
];

function addressType(text: string): string {
  for (const one of text.split(',')) {
    if (!addressTypes.includes(one.toUpperCase())) throw new ParameterProblem(`addrtype: bad type "${one}"`);
  }
  return text.toUpperCase();
}

const addrtype: MatchExtension = {
  options: options(takes('src-type'), takes('dst-type'), flag('limit-iface-in'), flag('limit-iface-out')),
  make(values) {
    const src = valueOf(values, 'src-type');
    const dst = valueOf(values, 'dst-type');
    if (src === undefined && dst === undefined) throw new ParameterProblem('addrtype: you must specify --src-type or --dst-type');
    const limit = values.find((one) => one.id.startsWith('limit-iface'));
    if (limit !== undefined) {
      const part = (one: OptionValue | undefined) =>
        one === undefined ? '' : ` ${one.not ? '! ' : ''}--${one.id} ${addressType(one.value)}`;
      const listed = (one: OptionValue | undefined) =>
        one === undefined ? '' : ` ${one.id} ${one.not ? '!' : ''}${addressType(one.value)}`;
      const direction = limit.id === 'limit-iface-in' ? 'limit-in' : 'limit-out';
      return {
        kind: 'opaque',
        text: `-m addrtype${part(src)}${part(dst)} --${limit.id}`,
        listed: `ADDRTYPE match${listed(src)}${listed(dst)} ${direction}`,
      };
    }
    return {
      kind: 'addrtype',
      ...(src !== undefined && { src: addressType(src.value), ...(src.not && { notSrc: true }) }),
      ...(dst !== undefined && { dst: addressType(dst.value), ...(dst.not && { notDst: true }) }),
    };
  },
};

const statistic: MatchExtension = {
  options: options(takes('mode'), takes('probability'), takes('every'), takes('packet')),
  make(values) {
    const mode = required(values, 'mode', 'statistic').value;
    if (mode !== 'random' && mode !== 'nth') throw new ParameterProblem(`Bad mode "${mode}"`);
    if (mode === 'random') {
      const probability = valueOf(values, 'probability');
      if (probability === undefined) throw new ParameterProblem('--probability must be specified when using random mode');
      const share = Number(probability.value);
      if (!(share >= 0 && share <= 1))
        throw new ParameterProblem('statistic: bad value for option "--probability", or out of range (0-1).\n');
      return { kind: 'statistic', probability: Math.round(share * 0x8000_0000), ...(probability.not && { not: true }) };
    }
    const every = valueOf(values, 'every');
    if (every === undefined) throw new ParameterProblem('--every must be specified when using nth mode');
    const packet = valueOf(values, 'packet');
    if (packet === undefined) throw new ParameterProblem('statistic: option "--every" also requires "--packet".\n');
    return { kind: 'statistic-nth', every: Number(every.value), packet: Number(packet.value), ...(every.not && { not: true }) };
  },
};

const recentActions = ['set', 'rcheck', 'update', 'remove'] as const;

const recent: MatchExtension = {
  options: options(
    ...recentActions.map((name) => flag(name)),
    takes('seconds'),
    flag('reap'),
    takes('hitcount'),
    flag('rttl'),
    takes('name'),
    takes('mask'),
    flag('rsource'),
    flag('rdest'),
  ),
  make(values, { family }) {
    const action = recentActions.find((one) => valueOf(values, one) !== undefined);
    if (action === undefined) {
      throw new ParameterProblem("recent: you must specify one of `--set', `--rcheck' `--update' or `--remove'");
    }
    const name = valueOf(values, 'name')?.value ?? 'DEFAULT';
    const seconds = valueOf(values, 'seconds')?.value;
    const hits = valueOf(values, 'hitcount')?.value;
    const reap = valueOf(values, 'reap') !== undefined;
    const not = valueOf(values, action)!.not;
    const full = family === 'IPv4' ? '255.255.255.255' : 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';
    const mask = valueOf(values, 'mask')?.value ?? full;
    const dest = valueOf(values, 'rdest') !== undefined;
    const rttl = valueOf(values, 'rttl') !== undefined;
    if (hits === undefined && !dest && !rttl && mask === full) {
      return {
        kind: 'recent',
        action,
        name,
        ...(seconds !== undefined && { seconds: Number(seconds) }),
        ...(reap && { reap }),
        ...(not && { not }),
      };
    }
    const words = { set: 'SET', rcheck: 'CHECK', update: 'UPDATE', remove: 'REMOVE' } as const;
    const part = (given: unknown, text: string) => (given === undefined || given === false ? '' : ` ${text}`);
    return {
      kind: 'opaque',
      text: `-m recent ${not ? '! ' : ''}--${action}${part(seconds, `--seconds ${seconds}`)}${part(reap, '--reap')}${part(hits, `--hitcount ${hits}`)}${part(rttl, '--rttl')} --name ${name} --mask ${mask} ${dest ? '--rdest' : '--rsource'}`,
      listed: `${not ? '! ' : ''}recent: ${words[action]}${part(seconds, `seconds: ${seconds}`)}${part(reap, 'reap')}${part(hits, `hit_count: ${hits}`)}${part(rttl, 'TTL-Match')} name: ${name} side: ${dest ? 'dest' : 'source'} mask: ${mask}`,
    };
  },
};

const rateUnits = ['second', 'minute', 'hour', 'day'];
const rateNames: Readonly<Record<string, string>> = { second: 'sec', minute: 'min', hour: 'hour', day: 'day' };

const limit: MatchExtension = {
  options: options(takes('limit'), takes('limit-burst')),
  make(values) {
    const rate = valueOf(values, 'limit')?.value ?? '3/hour';
    const [, number, unit = 'second'] = /^(\d+)(?:\/([a-z]+))?$/.exec(rate) ?? [];
    const full = rateUnits.find((one) => one.startsWith(unit));
    if (number === undefined || full === undefined) throw new ParameterProblem(`bad rate "${rate}"'`);
    const burst = valueOf(values, 'limit-burst')?.value;
    const text = `--limit ${number}/${rateNames[full]}`;
    return { kind: 'limit', text: burst === undefined || burst === '5' ? text : `${text} --limit-burst ${burst}` };
  },
};

/** `a-b`; one address alone is a range of its own. */
function addressRange({ id, value }: OptionValue, family: Family): string {
  const dash = value.indexOf('-');
  const ends = dash < 0 ? [value, value] : [value.slice(0, dash), value.slice(dash + 1)];
  const parsed = ends.map((end) => {
    const address = parseIp(end);
    if (address === undefined || familyOf(address) !== family)
      throw new ParameterProblem(`iprange: Bad value for "--${id}" option: "${end}"`);
    return address;
  });
  return parsed.join('-');
}

/** What is said of matches that are taken, and are hardly meant. */
export function warningsOf(rules: readonly Rule[]): string {
  let said = '';
  for (const { matches } of rules) {
    for (const match of matches) {
      if (match.kind !== 'iprange') continue;
      for (const range of [match.src, match.dst])
        if (range !== undefined && isReversed(range)) said += `xt_iprange: range ${range} is reversed and will never match\n`;
    }
  }
  return said;
}

function isReversed(range: string): boolean {
  const [first, last] = range.split('-').map((end) => parseIp(end)!);
  return compareIps(first!, last!) > 0;
}

/** A match whose options are kept as they were given. */
function kept(name: string, table: OptionTable, listed: (values: readonly OptionValue[]) => string): MatchExtension {
  return {
    options: table,
    make: (values) => ({
      kind: 'opaque',
      text: [`-m ${name}`, ...values.map((one) => `${one.not ? '! ' : ''}--${one.id}${one.value === '' ? '' : ` ${one.value}`}`)].join(' '),
      listed: listed(values),
    }),
  };
}

/** `what VALUE`, with the mark of inversion before the value. */
function word(what: string): (values: readonly OptionValue[]) => string {
  return (values) => values.map((one) => `${what} ${one.not ? '! ' : ''}${one.value}`).join(' ');
}

export const matchExtensions: ReadonlyMap<string, MatchExtension> = new Map<string, MatchExtension>([
  ['tcp', portsExtension('tcp')],
  ['udp', portsExtension('udp')],
  ['sctp', portsExtension('sctp')],
  ['multiport', multiport],
  [
    'comment',
    { options: options(takes('comment')), make: (values) => ({ kind: 'comment', text: required(values, 'comment', 'comment').value }) },
  ],
  [
    'icmp',
    {
      options: options(takes('icmp-type')),
      make: (values) => ({ kind: 'icmp', type: icmpType(required(values, 'icmp-type', 'icmp').value, 'IPv4') }),
    },
  ],
  [
    'icmp6',
    {
      options: options(takes('icmpv6-type', 'icmp6-type')),
      make: (values) => ({ kind: 'icmp', v6: true, type: icmpType(required(values, 'icmpv6-type', 'icmp6').value, 'IPv6') }),
    },
  ],
  [
    'mark',
    {
      options: options(takes('mark')),
      make(values) {
        const given = required(values, 'mark', 'mark');
        const mark = parseMark(given.value);
        if (mark === undefined) throw new ParameterProblem('mark: bad integer value for option "--mark", or out of range.\n');
        return { kind: 'mark', value: mark[0], mask: mark[1], ...(given.not && { not: true }) };
      },
    },
  ],
  [
    'conntrack',
    {
      options: options(takes('ctstate')),
      make(values) {
        const [given] = values;
        if (given === undefined) throw new ParameterProblem('conntrack: At least one option is required');
        return {
          kind: 'ctstate',
          states: states(given.value, connectionStates, 'ctstate'),
          module: 'conntrack',
          ...(given.not && { not: true }),
        };
      },
    },
  ],
  [
    'state',
    {
      options: options(takes('state')),
      make(values) {
        const given = required(values, 'state', 'state');
        const known = states(given.value, connectionStates.slice(0, 5), 'state');
        return { kind: 'ctstate', states: known, module: 'state', ...(given.not && { not: true }) };
      },
    },
  ],
  ['addrtype', addrtype],
  ['statistic', statistic],
  ['recent', recent],
  ['limit', limit],
  [
    'set',
    {
      options: options(takes('match-set')),
      pairs: new Set(['match-set']),
      make(values, { hasSet }) {
        const given = valueOf(values, 'match-set');
        if (given === undefined) throw new ParameterProblem("You must specify `--match-set' with proper arguments");
        if (!hasSet(given.value)) throw new ParameterProblem(`Set ${given.value} doesn't exist.\n`);
        return { kind: 'set', set: given.value, flags: given.second ?? '', ...(given.not && { not: true }) };
      },
    },
  ],
  [
    'physdev',
    {
      options: options(
        takes('physdev-in'),
        takes('physdev-out'),
        flag('physdev-is-in'),
        flag('physdev-is-out'),
        flag('physdev-is-bridged'),
      ),
      make(values) {
        if (values.length === 0) throw new ParameterProblem('PHYSDEV: no physdev option specified');
        const text = values.map((one) => `${one.not ? '! ' : ''}--${one.id}${one.value === '' ? '' : ` ${one.value}`}`).join(' ');
        return { kind: 'physdev', text };
      },
    },
  ],
  [
    'nfacct',
    {
      options: options(takes('nfacct-name')),
      make: (values) => ({ kind: 'nfacct', name: required(values, 'nfacct-name', 'nfacct').value }),
    },
  ],
  [
    'iprange',
    {
      options: options(takes('src-range'), takes('dst-range')),
      make(values, { family }) {
        const src = valueOf(values, 'src-range');
        const dst = valueOf(values, 'dst-range');
        if (src === undefined && dst === undefined)
          throw new ParameterProblem("iprange match: You must specify `--src-range' or `--dst-range'");
        return {
          kind: 'iprange',
          ...(src !== undefined && { src: addressRange(src, family) }),
          ...(dst !== undefined && { dst: addressRange(dst, family) }),
          ...(src?.not === true && { notSrc: true }),
          ...(dst?.not === true && { notDst: true }),
        };
      },
    },
  ],
  [
    'owner',
    kept('owner', options(takes('uid-owner'), takes('gid-owner')), (values) =>
      values.map((one) => `${one.not ? '! ' : ''}owner ${one.id === 'uid-owner' ? 'UID' : 'GID'} match ${one.value}`).join(' '),
    ),
  ],
  ['mac', kept('mac', options(takes('mac-source')), (values) => values.map((one) => `MAC${one.not ? ' !' : ''} ${one.value}`).join(' '))],
  [
    'pkttype',
    kept('pkttype', options(takes('pkt-type')), (values) => values.map((one) => `PKTTYPE ${one.not ? '!= ' : '= '}${one.value}`).join(' ')),
  ],
  ['length', kept('length', options(takes('length')), word('length'))],
  [
    'connmark',
    kept('connmark', options(takes('mark')), (values) =>
      values.map((one) => `connmark match ${one.not ? '!' : ''} ${one.value}`).join(' '),
    ),
  ],
  [
    'socket',
    kept('socket', options(flag('transparent'), flag('nowildcard'), flag('restore-skmark')), (values) =>
      ['socket', ...values.map((one) => `--${one.id}`)].join(' '),
    ),
  ],
  [
    'rpfilter',
    kept('rpfilter', options(flag('loose'), flag('validmark'), flag('accept-local'), flag('invert')), (values) =>
      ['rpfilter', ...values.map((one) => one.id)].join(' '),
    ),
  ],
  ['tcpmss', kept('tcpmss', options(takes('mss')), word('tcpmss match'))],
  [
    'u32',
    {
      options: options(takes('u32')),
      make: (values) => ({
        kind: 'opaque',
        text: `-m u32 --u32 ${savedString(required(values, 'u32', 'u32').value)}`,
        listed: `u32 "${required(values, 'u32', 'u32').value}"`,
      }),
    },
  ],
  [
    'ipvs',
    kept('ipvs', options(flag('ipvs'), takes('vproto'), takes('vaddr'), takes('vport')), (values) =>
      values.map((one) => `${one.id} ${one.value}`).join(' '),
    ),
  ],
]);
