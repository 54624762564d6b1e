/** conntrack(8) over the connections that the namespace's kernel knows. (conntrack-tools 1.4.7: src/conntrack.c) */
import { connectionFits, connectionText, type ConntrackFilter, type Nat, type TupleFilter } from '#dataplane/netfilter/conntrack.ts';
import { cidr, parseCidr, parseIp, type Cidr, type Family } from '#net/ip.ts';
import type { ConntrackEntry, TrackedConnection } from '#node/conntrack.ts';
import { networkAt } from '../../network/entered.ts';
import { output, type Command, type Output } from '../../command.ts';
import { changeNetfilter, mayAdminister, netfilterAt } from '../iptables/access.ts';

const program = 'conntrack v1.4.7 (conntrack-tools)';

class Problem extends Error {}

type Action = 'L' | 'G' | 'D' | 'F' | 'C' | 'S' | 'E' | 'I' | 'U' | 'V' | 'h';

const actions: Readonly<Record<string, Action>> = {
  '-L': 'L',
  '--dump': 'L',
  '-G': 'G',
  '--get': 'G',
  '-D': 'D',
  '--delete': 'D',
  '-F': 'F',
  '--flush': 'F',
  '-C': 'C',
  '--count': 'C',
  '-S': 'S',
  '--stats': 'S',
  '-E': 'E',
  '--event': 'E',
  '-I': 'I',
  '--create': 'I',
  '-U': 'U',
  '--update': 'U',
  '-V': 'V',
  '--version': 'V',
  '-h': 'h',
  '--help': 'h',
};

/** Each option's own name, whatever it is written as. */
const names: Readonly<Record<string, string>> = {
  '-s': '--orig-src',
  '--src': '--orig-src',
  '-d': '--orig-dst',
  '--dst': '--orig-dst',
  '-r': '--reply-src',
  '-q': '--reply-dst',
  '-p': '--protonum',
  '--proto': '--protonum',
  '-f': '--family',
  '-u': '--status',
  '-o': '--output',
  '-m': '--mark',
  '-n': '--src-nat',
  '-g': '--dst-nat',
  '-j': '--any-nat',
  '-e': '--event-mask',
  '-b': '--buffer-size',
  '-t': '--timeout',
  '-z': '--zero',
  '-w': '--zone',
  '--sport': '--orig-port-src',
  '--dport': '--orig-port-dst',
};

const withValue = new Set([
  ...['--orig-src', '--orig-dst', '--reply-src', '--reply-dst', '--protonum', '--family', '--status', '--output', '--mark'],
  ...['--event-mask', '--buffer-size', '--timeout', '--zone'],
]);
const nats = ['--src-nat', '--dst-nat', '--any-nat'];
const ofPorts = ['--orig-port-src', '--orig-port-dst', '--reply-port-src', '--reply-port-dst'];

const protocols: Readonly<Record<string, string>> = { 6: 'tcp', 17: 'udp', 132: 'sctp', 1: 'icmp', 58: 'icmpv6' };
const known = [...Object.values(protocols), 'dccp', 'gre', 'udplite'];
const tcpStates = ['NONE', 'SYN_SENT', 'SYN_RECV', 'ESTABLISHED', 'FIN_WAIT', 'CLOSE_WAIT', 'LAST_ACK', 'TIME_WAIT', 'CLOSE', 'LISTEN'];
const statuses = ['ASSURED', 'SEEN_REPLY', 'UNSET', 'FIXED_TIMEOUT', 'EXPECTED', 'OFFLOAD', 'HW_OFFLOAD'];
const formats = ['xml', 'extended', 'timestamp', 'id', 'ktimestamp', 'labels', 'userspace', 'save'];

interface Request {
  action: Action;
  table: string;
  filter: ConntrackFilter;
  formats: readonly string[];
}

function address(text: string): Cidr {
  const one = parseIp(text);
  const range = one === undefined ? parseCidr(text) : cidr(`${one}/${one.includes(':') ? 128 : 32}`);
  if (range === undefined) throw new Problem(`Invalid IP address \`${text}'`);
  return range;
}

function parse(argv: readonly string[]): Request {
  let action: Action | undefined;
  let table: string | undefined;
  const values = new Map<string, string>();
  const protocol = protocolIn(argv);
  for (let i = 0; i < argv.length; i++) {
    const [typed = '', attached] = argv[i]!.startsWith('--') ? argv[i]!.split(/=(.*)/s) : [argv[i]!];
    const found = actions[typed];
    if (found !== undefined) {
      if (action !== undefined && action !== found) throw new Problem('Invalid commands combination');
      action = found;
      const next = argv[i + 1];
      if (next !== undefined && !next.startsWith('-')) {
        table = next;
        i++;
        if (!['conntrack', 'expect', 'dying', 'unconfirmed'].includes(table)) throw new Problem(`unknown type \`${table}'`);
      }
      continue;
    }
    if (!typed.startsWith('-')) continue;
    const name = names[typed] ?? typed;
    const next = argv[i + 1];
    if (nats.includes(name)) {
      const value = attached ?? (next !== undefined && !next.startsWith('-') ? argv[++i]! : '');
      values.set(name, value);
    } else if (name === '--zero') values.set(name, '');
    else if (withValue.has(name) || isOfProtocol(name, protocol)) {
      const value = attached ?? argv[++i];
      if (value === undefined) throw new Problem(`option \`${typed}' requires an argument`);
      values.set(name, value);
    } else throw new Problem(`unknown option \`${typed}'`);
  }
  const filter = filterOf(values);
  if (action === undefined || 'FCSV'.includes(action)) {
    const [illegal] = values.keys();
    if (illegal !== undefined) throw new Problem(`Illegal option \`${illegal}' with this command`);
  }
  const output = values.get('--output')?.split(',') ?? [];
  for (const format of output) if (!formats.includes(format)) throw new Problem(`Bad parameter \`${values.get('--output')}'`);
  return { action: action ?? 'h', table: table ?? 'conntrack', filter, formats: output };
}

/** Options of a protocol are known once the protocol is. */
function protocolIn(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((word) => word === '-p' || word === '--proto' || word === '--protonum');
  const name = at < 0 ? undefined : argv[at + 1];
  return name === undefined ? undefined : (protocols[name] ?? name);
}

function isOfProtocol(name: string, protocol: string | undefined): boolean {
  if (protocol === undefined || !['tcp', 'udp', 'sctp', 'dccp', 'udplite'].includes(protocol)) return false;
  return ofPorts.includes(name) || (name === '--state' && (protocol === 'tcp' || protocol === 'sctp'));
}

function filterOf(values: ReadonlyMap<string, string>): ConntrackFilter {
  const protocolText = values.get('--protonum');
  const protocol = protocolText === undefined ? undefined : (protocols[protocolText] ?? protocolText.toLowerCase());
  if (protocol !== undefined && !known.includes(protocol)) throw new Problem(`\`${protocolText}' unsupported protocol`);
  const familyText = values.get('--family');
  const family = familyText === undefined ? undefined : ({ ipv4: 'IPv4', ipv6: 'IPv6' } as Readonly<Record<string, Family>>)[familyText];
  if (familyText !== undefined && family === undefined) throw new Problem(`\`${familyText}' unsupported protocol`);
  const state = values.get('--state');
  if (state !== undefined && !tcpStates.includes(state)) throw new Problem(`unknown TCP state \`${state}'`);
  const status = values.get('--status')?.split(',');
  if (status?.some((one) => !statuses.includes(one)) === true) throw new Problem(`Bad parameter \`${values.get('--status')}'`);
  const original = tupleOf(values, 'orig');
  const reply = tupleOf(values, 'reply');
  const nat = natFilter(values);
  const [mark, mask] = values.get('--mark')?.split('/').map(Number) ?? [];
  return {
    ...(protocol !== undefined && { protocol }),
    ...(family !== undefined && { family }),
    ...(state !== undefined && { state }),
    ...(status !== undefined && { status }),
    ...(original !== undefined && { original }),
    ...(reply !== undefined && { reply }),
    ...(nat.length > 0 && { nat }),
    ...(mark !== undefined && { mark: { value: mark, mask: mask ?? 0xffffffff } }),
  };
}

function tupleOf(values: ReadonlyMap<string, string>, direction: 'orig' | 'reply'): TupleFilter | undefined {
  const src = values.get(`--${direction}-src`);
  const dst = values.get(`--${direction}-dst`);
  const sport = values.get(`--${direction}-port-src`);
  const dport = values.get(`--${direction}-port-dst`);
  if (src === undefined && dst === undefined && sport === undefined && dport === undefined) return undefined;
  return {
    ...(src !== undefined && { src: address(src) }),
    ...(dst !== undefined && { dst: address(dst) }),
    ...(sport !== undefined && { sport: Number(sport) }),
    ...(dport !== undefined && { dport: Number(dport) }),
  };
}

function natFilter(values: ReadonlyMap<string, string>): readonly Nat[] {
  if (values.has('--any-nat')) return ['src', 'dst'];
  return [...(values.has('--src-nat') ? ['src' as const] : []), ...(values.has('--dst-nat') ? ['dst' as const] : [])];
}

function shown(entries: readonly ConntrackEntry[], formatsWanted: readonly string[], done: string, exitCode = 0): Output {
  const text = entries.map((entry) => connectionText(entry, formatsWanted)).join('');
  return { stdout: text, stderr: `${program}: ${entries.length} flow entries have been ${done}.\n`, exitCode };
}

export const conntrack: Command = {
  name: 'conntrack',
  run(args, _io, here) {
    let request: Request;
    try {
      request = parse(args);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const hint = "Try `conntrack -h' or 'conntrack --help' for more information.\n";
      return output('', `${program}: ${error.message}\n${hint}`, 2);
    }
    const { action, table, filter } = request;
    if (action === 'V') return output(`${program}\n`);
    if (action === 'h') return output(help);
    const failed = (why: string) => output('', `${program}: Operation failed: ${why}\n`, 1);
    if (!mayAdminister(here)) return failed('sorry, you must be root or get CAP_NET_ADMIN capability to do this');
    const netfilter = netfilterAt(here);
    const { snapshot, now } = here.lab;
    const { node } = here.place;
    const { name: namespace } = networkAt(here);
    const isHere = (one: TrackedConnection) => one.node === node && one.namespace === namespace && one.until > now;
    const made = (snapshot.connections ?? []).filter(isHere).map((one) => ({ ...one, entry: aged(one, now) }));
    const entries = table === 'conntrack' ? [...made.map((one) => one.entry), ...(netfilter.conntrack ?? [])] : [];
    if (table === 'expect' && action === 'L') return output('', `${program}: 0 expectations have been shown.\n`);
    // Without a family, deletions are of IPv4.
    const wanted = entries.filter((entry) => connectionFits(entry, filter));
    switch (action) {
      case 'L':
        return shown(wanted, request.formats, 'shown');
      case 'G':
        return wanted.length === 0 ? failed("such conntrack doesn't exist") : shown(wanted, request.formats, 'shown');
      case 'D':
        here.lab.forget((one) => isHere(one) && connectionFits(aged(one, now), filter));
        if (netfilter.conntrack?.some((entry) => wanted.includes(entry)) === true)
          changeNetfilter(here, { ...netfilter, conntrack: netfilter.conntrack.filter((entry) => !wanted.includes(entry)) });
        return shown(wanted, request.formats, 'deleted', wanted.length > 0 ? 0 : 1);
      case 'F':
        here.lab.forget(isHere);
        if ((netfilter.conntrack ?? []).length > 0) changeNetfilter(here, { ...netfilter, conntrack: [] });
        return output('', `${program}: connection tracking table has been emptied.\n`);
      case 'C':
        return output(`${entries.length}\n`);
      case 'S':
        return output([0, 1].map(statistics).join(''));
      case 'E':
        return output('', `${program}: 0 flow events have been shown.\n`);
      default:
        return failed('Operation not supported');
    }
  },
};

/** The entry with the seconds that are left to it. */
function aged({ entry, until }: TrackedConnection, now: number): ConntrackEntry {
  return { ...entry, timeout: Math.min(entry.timeout - 1, Math.floor((until - now) / 1000)) };
}

function statistics(cpu: number): string {
  const counters = ['found', 'invalid', 'insert', 'insert_failed', 'drop', 'early_drop', 'error', 'search_restart', 'clash_resolve'];
  return `cpu=${cpu}   \t${[...counters, 'chaintoolong'].map((counter) => `${counter}=0 `).join('')}\n`;
}

const help = `Command line interface for the connection tracking system. Version 1.4.7
Usage: conntrack [commands] [options]

Commands:
  -L [table] [options]		List conntrack or expectation table
  -G [table] parameters		Get conntrack or expectation
  -D [table] parameters		Delete conntrack or expectation
  -E [table] [options]		Show events
  -F [table]			Flush table
  -C [table]			Show counter
  -S				Show statistics

Tables: conntrack, expect, dying, unconfirmed

Conntrack parameters and options:
  -n, --src-nat ip			source NAT ip
  -g, --dst-nat ip			destination NAT ip
  -j, --any-nat ip			source or destination NAT ip
  -m, --mark mark			Set mark
  -o, --output type[,...]		Output format, eg. xml

Common parameters and options:
  -s, --src, --orig-src ip		Source address from original direction
  -d, --dst, --orig-dst ip		Destination address from original direction
  -r, --reply-src ip		Source addres from reply direction
  -q, --reply-dst ip		Destination address from reply direction
  -p, --protonum proto		Layer 4 Protocol, eg. 'tcp'
  -f, --family proto		Layer 3 Protocol, eg. 'ipv6'
  -u, --status status		Set status, eg. ASSURED

`;
