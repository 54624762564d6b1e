/** dig's command line. (bind9 9.18: bin/dig/dig.c, parse_args, dash_option, plus_option) */
import { parseIp, type Ip } from '#net/ip.ts';
import { noFlags, type Flags } from '#dataplane/dns/message.ts';
import { fqdn, reverseName } from '#dataplane/dns/name.ts';
import { parseClass, parseType, type RecordClass, type RecordType } from '#dataplane/dns/type.ts';

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
  tries: number;
  timeout: number;
  edns: number | undefined;
  udpSize: number;
  dnssec: boolean;
  cookie: string | boolean;
  nsid: boolean;
  ednsFlags: number;
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
  return {
    name: '', type: 'A', typeSet: false, class: 'IN', classSet: false, server: undefined, flags: { ...noFlags, rd: true, ad: true }, search: false, showSearch: false,
    ndots: undefined, domain: undefined, tcp: undefined, tries: 3, timeout: 5, edns: 0, udpSize: 1232, dnssec: false, cookie: true, nsid: false, ednsFlags: 0,
    subnet: undefined, id: undefined, ignoreTruncation: false, trace: false, identify: false, short: false, yaml: false, comments: true, question: true,
    answer: true, authority: true, additional: true, stats: true, showQuery: false, ttl: true, ttlUnits: false, showClass: true, multiline: false, greeting: '',
  }; // prettier-ignore
}

/** The settings of the whole command that options change while the line is read. */
interface Globals {
  port: number;
  from: Ip | undefined;
  families: readonly ('IPv4' | 'IPv6')[];
  microseconds: boolean;
  printCommand: boolean;
  readonly version: string;
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
  const base = /^0x/i.test(value) ? 16 : 10;
  const parsed = Number.parseInt(value, base);
  if (!/^(0x[\da-f]+|\d+)$/i.test(value)) throw new DigExit('', `dig: Couldn't parse ${what}: bad number\n`, 10);
  if (parsed > most) throw new DigExit('', `dig: Couldn't parse ${what}: out of range\n`, 10);
  return parsed;
}

const nothing: Plus = () => undefined;

/** Options behind `+`, each understood from its beginning on as long as no one before it begins so. */
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
  expandaaaa: nothing,
  fail: nothing,
  identify: field('identify'),
  idnin: nothing,
  idnout: nothing,
  ignore: field('ignoreTruncation'),
  keepalive: nothing,
  keepopen: nothing,
  multiline: field('multiline'),
  ndots(lookup, on, value) {
    lookup.ndots = on ? number(value, 0x7fffffff, 'ndots') : undefined;
  },
  nsid(lookup, on) {
    lookup.nsid = on;
    if (on && lookup.edns === undefined) lookup.edns = 0;
  },
  onesoa: nothing,
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
  short(lookup, on) {
    lookup.short = on;
    if (!on) return;
    for (const name of ['question', 'authority', 'additional', 'comments', 'stats'] as const) lookup[name] = false;
    lookup.answer = true;
  },
  showsearch(lookup, on) {
    lookup.showSearch = on;
    lookup.search = on;
  },
  split: nothing,
  stats: field('stats'),
  subnet(lookup, on, value) {
    lookup.subnet = on ? value : undefined;
    if (on && lookup.edns === undefined) lookup.edns = 0;
  },
  tcp: (lookup, on) => void (lookup.tcp = on),
  tcflag: flag('tc'),
  time(lookup, _, value) {
    lookup.timeout = Math.max(1, number(value, 0x7fffffff, 'timeout'));
  },
  timeout(lookup, _, value) {
    lookup.timeout = Math.max(1, number(value, 0x7fffffff, 'timeout'));
  },
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
  unknownformat: nothing,
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
    const found = plusOptions[name] === undefined ? Object.keys(plusOptions).find((one) => name !== '' && one.startsWith(name)) : name;
    if (found === undefined) continue;
    plusOptions[found]!(lookup, on, value, globals);
    return;
  }
  throw invalid(`+${text}`);
}

/** The reverse name of an address, or of the first octets of one. */
function reverse(text: string): string | undefined {
  const ip = parseIp(text);
  if (ip !== undefined) return reverseName(ip);
  return /^\d{1,3}(\.\d{1,3}){0,2}$/.test(text) ? `${text.split('.').reverse().join('.')}.in-addr.arpa.` : undefined;
}

/** Reads the arguments; warnings go to `warn` (stderr). Throws {@link DigExit}. */
export function parseDigArguments(args: readonly string[], version: string, warn: (line: string) => void): DigOptions {
  const globals: Globals = { port: 53, from: undefined, families: ['IPv4', 'IPv6'], microseconds: false, printCommand: true, version };
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
    const options = `;; global options:${current.short ? ' +short' : ''}${globals.printCommand ? ' +cmd' : ''}\n`;
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
      const type = openType ? parseType(arg) : undefined;
      const recordClass = openType && type === undefined ? parseClass(arg) : undefined;
      if (type !== undefined) {
        if (current.typeSet) warn(';; Warning, extra type option');
        setType(type);
      } else if (recordClass !== undefined) {
        if (current.classSet) warn(';; Warning, extra class option');
        current.class = recordClass;
        current.classSet = true;
      } else begin(arg);
    }
  }
  if (lookups.length === 0) {
    begin('.');
    if (!base.typeSet) setType('NS');
  }
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
          throw new DigExit(usage, '', 0);
        case 'v':
          throw new DigExit(`DiG ${version}\n`, '', 0);
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
        if (globals.from === undefined || (port !== undefined && !/^\d+$/.test(port))) throw fatal(`invalid address ${value}`, 10);
        return;
      }
      case 'c': {
        openType = false;
        const recordClass = parseClass(value);
        if (recordClass === undefined) warn(`;; Warning, ignoring invalid class ${value}`);
        else current.class = recordClass;
        return;
      }
      case 'p':
        if (!/^\d+$/.test(value) || Number(value) > 65535) throw fatal("Couldn't parse port number: bad number", 10);
        globals.port = Number(value);
        return;
      case 'q':
        return begin(value);
      case 't': {
        openType = false;
        const type = parseType(value);
        if (type === undefined) warn(`;; Warning, ignoring invalid type ${value}`);
        else {
          if (current.typeSet) warn(';; Warning, extra type option');
          setType(type);
        }
        return;
      }
      case 'x': {
        const name = reverse(value);
        if (name === undefined) throw new DigExit('', `Invalid IP address ${value}\n`, 1);
        begin(fqdn(name));
        if (!current.typeSet) setType('PTR');
        return;
      }
      default:
        throw invalid(`-${letter}`);
    }
  }
}
