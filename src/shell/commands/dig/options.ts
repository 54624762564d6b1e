/** dig's command line. (bind9 9.18: bin/dig/dig.c, parse_args, dash_option, plus_option) */
import { parseIp, type Ip } from '#net/ip.ts';
import { noFlags, type Flags } from '#dataplane/dns/message.ts';
import { reverseName } from '#dataplane/dns/name.ts';
import { parseClass, parseType, type RecordClass, type RecordType } from '#dataplane/dns/type.ts';
import { help } from './help.ts';
import { subnetData } from './subnet.ts';

/** What one name is looked up with. */
export interface DigLookup {
  name: string;
  type: RecordType;
  typeSet: boolean;
  class: RecordClass;
  classSet: boolean;
  /** Names or addresses behind `@`; empty for those of resolv.conf. */
  server: string | undefined;
  flags: Flags;
  search: boolean;
  showSearch: boolean;
  ndots: number | undefined;
  domain: string | undefined;
  tcp: boolean | undefined;
  /** The port of DNS over TLS or HTTPS, when that was asked for. */
  secure: number | undefined;
  /** As resolv.conf says unless set, like the timeout (seconds). */
  tries: number | undefined;
  timeout: number | undefined;
  edns: number | undefined;
  udpSize: number;
  dnssec: boolean;
  cookie: string | boolean;
  nsid: boolean;
  ednsFlags: number;
  /** The octets of the option. */
  subnet: string | undefined;
  id: number | undefined;
  ignoreTruncation: boolean;
  trace: boolean;
  identify: boolean;
  short: boolean;
  yaml: boolean;
  comments: boolean;
  question: boolean;
  answer: boolean;
  authority: boolean;
  additional: boolean;
  stats: boolean;
  showQuery: boolean;
  ttl: boolean;
  ttlUnits: boolean;
  showClass: boolean;
  multiline: boolean;
  expandAddresses: boolean;
  nsSearch: boolean;
  /** The header of the output, for the first name of the line. */
  greeting: string;
}

export interface DigOptions {
  readonly lookups: readonly DigLookup[];
  readonly port: number;
  readonly from: Ip | undefined;
  readonly families: readonly ('IPv4' | 'IPv6')[];
  readonly microseconds: boolean;
}

/** The command line is wrong, or asks for something that ends the program at once. */
export class DigExit extends Error {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;

  constructor(stdout: string, stderr: string, exitCode: number) {
    super(stderr);
    this.stdout = stdout;
    this.stderr = stderr;
    this.exitCode = exitCode;
  }
}

const usage = `Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}
            {global-d-opt} host [@local-server] {local-d-opt}
            [ host [@local-server] {local-d-opt} [...]]

Use "dig -h" (or "dig -h | more") for complete list of options
`;

function invalid(option: string): DigExit {
  return new DigExit('', `Invalid option: ${option}\n${usage}`, 1);
}

/** BIND's `fatal`: a line, and a status. */
export function fatal(text: string, exitCode: number): DigExit {
  return new DigExit('', `dig: ${text}\n`, exitCode);
}

function defaults(): DigLookup {
  // prettier-ignore
  return {
    name: '', type: 'A', typeSet: false, class: 'IN', classSet: false, server: undefined, flags: { ...noFlags, rd: true, ad: true }, search: false, showSearch: false,
    ndots: undefined, domain: undefined, tcp: undefined, secure: undefined, tries: undefined, timeout: undefined, edns: 0, udpSize: 1232, dnssec: false, cookie: true, nsid: false, ednsFlags: 0,
    subnet: undefined, id: undefined, ignoreTruncation: false, trace: false, identify: false, short: false, yaml: false, comments: true, question: true,
    answer: true, authority: true, additional: true, stats: true, showQuery: false, ttl: true, ttlUnits: false, showClass: true, multiline: false, expandAddresses: false, nsSearch: false, greeting: '',
  };
}

/** The settings of the whole command that options change while the line is read. */
interface Globals {
  port: number;
  from: Ip | undefined;
  families: readonly ('IPv4' | 'IPv6')[];
  microseconds: boolean;
  printCommand: boolean;
  short: boolean;
  readonly version: string;
  readonly warn: (text: string) => void;
}

type Plus = (lookup: DigLookup, on: boolean, value: string | undefined, globals: Globals) => void;

const flag =
  (name: keyof Flags): Plus =>
  (lookup, on) => {
    lookup.flags = { ...lookup.flags, [name]: on };
  };

type BooleanField = { [K in keyof DigLookup]: DigLookup[K] extends boolean ? K : never }[keyof DigLookup];

const field =
  (name: BooleanField): Plus =>
  (lookup, on) => {
    lookup[name] = on;
  };

function number(value: string | undefined, most: number, what: string): number {
  if (value === undefined || value === '') throw invalid(`+${what}`);
  const parsed = Number.parseInt(value, /^0x/i.test(value) ? 16 : 10);
  const problem = !/^(0x[\da-f]+|\d+)$/i.test(value) ? 'not a valid number' : parsed > most ? 'out of range' : undefined;
  if (problem !== undefined) throw new DigExit(`invalid ${what} '${value}': ${problem}\n`, `dig: Couldn't parse ${what}\n`, 10);
  return parsed;
}

const deprecated =
  (name: string): Plus =>
  (_, __, ___, globals) =>
    globals.warn(`;; +${name} option is deprecated`);

const nothing: Plus = () => undefined;
const secure =
  (port: number): Plus =>
  (lookup, on) =>
    void (lookup.secure = on ? port : undefined);

/** Options behind `+`; the beginning of a name will do when no other begins so. */
const plusOptions: { readonly [name: string]: Plus } = {
  aaflag: flag('aa'),
  aaonly: flag('aa'),
  additional: field('additional'),
  adflag: flag('ad'),
  all(lookup, on, _, globals) {
    for (const name of ['question', 'answer', 'authority', 'additional', 'comments', 'stats'] as const) lookup[name] = on;
    globals.printCommand = on;
  },
  answer: field('answer'),
  authority: field('authority'),
  badcookie: nothing,
  besteffort: nothing,
  bufsize(lookup, on, value) {
    lookup.udpSize = on && value !== undefined ? number(value, 65535, 'buffer size') : 1232;
    if (on && lookup.edns === undefined) lookup.edns = 0;
  },
  cdflag: flag('cd'),
  class: field('showClass'),
  cmd: (_, on, __, globals) => void (globals.printCommand = on),
  comments: field('comments'),
  cookie(lookup, on, value) {
    lookup.cookie = on ? (value ?? true) : false;
    if (on && lookup.edns === undefined) lookup.edns = 0;
  },
  crypto: nothing,
  defname: field('search'),
  dnssec(lookup, on) {
    lookup.dnssec = on;
    if (on && lookup.edns === undefined) lookup.edns = 0;
  },
  do(lookup, on) {
    lookup.dnssec = on;
    if (on && lookup.edns === undefined) lookup.edns = 0;
  },
  domain(lookup, on, value) {
    lookup.domain = on ? value : undefined;
  },
  edns(lookup, on, value) {
    lookup.edns = on ? (value === undefined ? 0 : number(value, 255, 'edns')) : undefined;
  },
  ednsflags(lookup, on, value) {
    lookup.ednsFlags = on && value !== undefined ? number(value, 0xffff, 'ednsflags') : 0;
  },
  ednsnegotiation: nothing,
  expandaaaa: field('expandAddresses'),
  expire: nothing,
  fail: nothing,
  identify: field('identify'),
  'http-plain': secure(80),
  'http-plain-get': secure(80),
  'http-plain-post': secure(80),
  https: secure(443),
  'https-get': secure(443),
  'https-post': secure(443),
  idnin: nothing,
  idnout: nothing,
  ignore: field('ignoreTruncation'),
  keepalive: nothing,
  keepopen: nothing,
  mapped: deprecated('mapped'),
  multiline: field('multiline'),
  ndots(lookup, on, value) {
    lookup.ndots = on ? number(value, 0x7fffffff, 'ndots') : undefined;
  },
  nsid(lookup, on) {
    lookup.nsid = on;
    if (on && lookup.edns === undefined) lookup.edns = 0;
  },
  nssearch(lookup, on, _, globals) {
    lookup.nsSearch = on;
    if (!on) return;
    lookup.flags = { ...lookup.flags, rd: true };
    lookup.comments = lookup.stats = lookup.question = lookup.authority = lookup.additional = false;
    globals.short = true;
  },
  onesoa: nothing,
  opcode() {
    throw new DigExit('', 'cka-net: dig +opcode is not simulated\n', 1);
  },
  padding: nothing,
  qid(lookup, on, value) {
    lookup.id = on ? number(value, 0xffff, 'qid') : undefined;
  },
  qr: field('showQuery'),
  question: field('question'),
  raflag: flag('ra'),
  rdflag: flag('rd'),
  recurse: flag('rd'),
  retry(lookup, _, value) {
    lookup.tries = number(value, 0x7ffffffe, 'retries') + 1;
  },
  rrcomments: nothing,
  search: field('search'),
  short(lookup, on, _, globals) {
    // One switch for all names of the line.
    globals.short = on;
    if (!on) return;
    for (const name of ['question', 'authority', 'additional', 'comments', 'stats'] as const) lookup[name] = false;
    lookup.answer = true;
  },
  showsearch(lookup, on) {
    lookup.showSearch = on;
    lookup.search = on;
  },
  sigchase: deprecated('sigchase'),
  split: nothing,
  stats: field('stats'),
  subnet(lookup, on, value) {
    lookup.subnet = on ? subnetData(value ?? '') : undefined;
    if (on && lookup.subnet === undefined) throw new DigExit('', `dig: Couldn't parse client\n`, 10);
    if (on && lookup.edns === undefined) lookup.edns = 0;
  },
  tcp: (lookup, on) => void (lookup.tcp = on),
  tls: secure(853),
  'tls-ca': nothing,
  'tls-certfile': nothing,
  'tls-hostname': nothing,
  'tls-keyfile': nothing,
  tcflag: flag('tc'),
  time(lookup, _, value) {
    lookup.timeout = Math.max(1, number(value, 0x7fffffff, 'timeout'));
  },
  timeout(lookup, _, value) {
    lookup.timeout = Math.max(1, number(value, 0x7fffffff, 'timeout'));
  },
  topdown: deprecated('topdown'),
  trace(lookup, on) {
    lookup.trace = on;
    if (!on) return;
    lookup.flags = { ...lookup.flags, rd: false };
    lookup.identify = true;
    lookup.comments = lookup.stats = lookup.question = lookup.additional = false;
    lookup.authority = lookup.answer = true;
    lookup.dnssec = true;
    lookup.edns = 0;
  },
  tries(lookup, _, value) {
    lookup.tries = Math.max(1, number(value, 0x7fffffff, 'tries'));
  },
  ttlid: field('ttl'),
  ttlunits(lookup, on) {
    lookup.ttl = true;
    lookup.ttlUnits = on;
  },
  vc: (lookup, on) => void (lookup.tcp = on),
  yaml(lookup, on) {
    lookup.yaml = on;
    if (on) lookup.stats = false;
  },
  zflag: nothing,
};

/** `+noall`, `+tries=1`, `+sh`. */
function plusOption(text: string, lookup: DigLookup, globals: Globals): void {
  const [written = '', value] = text.split(/=(.*)/s);
  const lower = written.toLowerCase();
  for (const [name, on] of [
    [lower, true],
    [lower.replace(/^no/, ''), false],
  ] as const) {
    if (!on && !lower.startsWith('no')) continue;
    const found = Object.hasOwn(plusOptions, name) ? [name] : Object.keys(plusOptions).filter((one) => name !== '' && one.startsWith(name));
    if (found.length !== 1) continue;
    plusOptions[found[0]!]!(lookup, on, value, globals);
    return;
  }
  throw invalid(`+${text}`);
}

/** The reverse name of an address, or of the first octets of one. */
function reverse(text: string): string {
  const ip = parseIp(text);
  if (ip !== undefined) return reverseName(ip);
  return `${text.split('.').reverse().join('.')}.in-addr.arpa.`;
}

/** Reads the arguments; warnings go to `warn` (stderr), line ends included. Throws {@link DigExit}. */
export function parseDigArguments(args: readonly string[], version: string, warn: (text: string) => void): DigOptions {
  const globals: Globals = {
    port: 53,
    from: undefined,
    families: ['IPv4', 'IPv6'],
    microseconds: false,
    printCommand: true,
    short: false,
    version,
    warn,
  };
  const base = defaults();
  const lookups: DigLookup[] = [];
  let current = base;
  let openType = true;
  let first = true;
  const begin = (name: string) => {
    current = { ...base, name };
    lookups.push(current);
    if (!first) return;
    first = false;
    const found = current.server === undefined ? '' : '; (1 server found)\n';
    const options = `;; global options:${globals.short ? ' +short' : ''}${globals.printCommand ? ' +cmd' : ''}\n`;
    current.greeting = globals.printCommand
      ? `\n; <<>> DiG ${version} <<>>${args.map((arg) => ` ${arg}`).join('')}\n${found}${options}`
      : '';
  };
  const setType = (type: RecordType) => {
    current.type = type;
    current.typeSet = true;
  };
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (arg.startsWith('@')) current.server = arg.slice(1);
    else if (arg.startsWith('+')) plusOption(arg.slice(1), current, globals);
    else if (arg.startsWith('-')) at += dashOption(arg.slice(1), args[at + 1]);
    else {
      const type = openType ? parseType(arg.replace(/^(ixfr)=\d+$/i, '$1')) : undefined;
      const recordClass = openType && type === undefined ? parseClass(arg) : undefined;
      if (type !== undefined) {
        if (current.typeSet) warn(';; Warning, extra type option\n');
        setType(type);
      } else if (recordClass !== undefined) {
        if (current.classSet) warn(';; Warning, extra class option\n');
        current.class = recordClass;
        current.classSet = true;
      } else begin(arg);
    }
  }
  if (lookups.length === 0) {
    begin('.');
    if (!base.typeSet) setType('NS');
  }
  for (const lookup of lookups) lookup.short = globals.short;
  return { lookups, ...globals };

  /** Reads an option with one dash; returns how many more words it took. */
  function dashOption(text: string, next: string | undefined): number {
    for (let i = 0; i < text.length; i++) {
      const letter = text[i]!;
      switch (letter) {
        case '4':
          globals.families = ['IPv4'];
          continue;
        case '6':
          globals.families = ['IPv6'];
          continue;
        case 'm':
        case 'r':
        case 'i':
        case 'd':
          continue;
        case 'u':
          globals.microseconds = true;
          continue;
        case 'h':
          throw new DigExit(help, '', 0);
        case 'v':
          throw new DigExit('', `DiG ${version}\n`, 0);
        default:
          break;
      }
      const inline = text.slice(i + 1);
      const value = inline === '' ? next : inline;
      if (!'bcfkpqtxy'.includes(letter) || value === undefined) throw invalid(`-${text}`);
      valued(letter, value);
      return inline === '' ? 1 : 0;
    }
    return 0;
  }

  function valued(letter: string, value: string): void {
    switch (letter) {
      case 'b': {
        const [address = '', port] = value.split('#');
        globals.from = parseIp(address);
        if (globals.from === undefined || (port !== undefined && !/^\d+$/.test(port))) throw fatal(`invalid address ${value}`, 1);
        return;
      }
      case 'c': {
        openType = false;
        const recordClass = parseClass(value);
        if (recordClass === undefined) warn(`;; Warning, ignoring invalid class ${value}\n`);
        else current.class = recordClass;
        return;
      }
      case 'p':
        if (!/^\d+$/.test(value) || Number(value) > 65535)
          throw new DigExit(
            `invalid port number '${value}': ${/^\d+$/.test(value) ? 'out of range' : 'not a valid number'}\n`,
            "dig: Couldn't parse port number\n",
            1,
          );
        globals.port = Number(value);
        return;
      case 'q':
        return begin(value);
      case 't': {
        openType = false;
        const type = parseType(value.replace(/^(ixfr)=\d+$/i, '$1'));
        if (type === undefined) warn(`;; Warning, ignoring invalid type ${value}\n`);
        else {
          if (current.typeSet) warn(';; Warning, extra type option\n');
          setType(type);
        }
        return;
      }
      case 'x': {
        begin(reverse(value));
        if (!current.typeSet) setType('PTR');
        return;
      }
      default:
        throw invalid(`-${letter}`);
    }
  }
}
