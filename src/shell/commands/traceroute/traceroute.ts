/** traceroute: probes whose time to live ends at one router after the other. (traceroute 2.1: traceroute/traceroute.c; busybox: networking/traceroute.c) */
import { Resolver } from '#dataplane/resolver/libc.ts';
import type { Refusal } from '#dataplane/trace/refusal.ts';
import { familyOf, parseIp, type Family, type Ip } from '#net/ip.ts';
import { failure, output, type Here, type Io, type Output } from '../../command.ts';
import { bindingOf, bothFamilies, echo, resolve, type Binding, type Echo } from '../../network/dial.ts';
import { byDialect, userlandAt } from '../../network/dialect.ts';
import { dnsClientAt } from '../../network/dns.ts';
import { gaiStrerror, strerror } from '../../network/errno.ts';
import { Timeline } from '../../timeline.ts';
import { getopt } from '../../getopt.ts';

const usage = `Usage:
  traceroute [ -46dFITnreAUDV ] [ -f first_ttl ] [ -g gate,... ] [ -i device ] [ -m max_ttl ] [ -N squeries ] [ -p port ] [ -t tos ] [ -l flow_label ] [ -w MAX,HERE,NEAR ] [ -q nqueries ] [ -s src_addr ] [ -z sendwait ] [ --fwmark=num ] host [ packetlen ]
`;

/** What stands behind the time of an answer that is no "time exceeded". */
const marks: Partial<Record<Refusal, string>> = {
  'net-unreachable': '!N',
  'host-unreachable': '!H',
  'protocol-unreachable': '!P',
  'net-prohibited': '!X',
  'host-prohibited': '!X',
  'admin-prohibited': '!X',
  'fragmentation-needed': '!F',
};

interface Settings {
  readonly name: string;
  readonly address: Ip;
  readonly first: number;
  readonly most: number;
  readonly probes: number;
  /** Milliseconds. */
  readonly patience: number;
  readonly size: number;
  readonly numeric: boolean;
  readonly method: 'UDP' | 'ICMP' | 'TCP';
  readonly port: number;
  /** Each probe goes to a port of its own. */
  readonly counting: boolean;
  readonly binding: Binding;
  readonly device: string | undefined;
}

class Route {
  readonly #io: Io;
  readonly #here: Here;
  readonly #settings: Settings;
  readonly #timeline: Timeline;
  readonly #names = new Map<Ip, string>();
  #sent = 0;

  constructor(io: Io, here: Here, settings: Settings, timeline: Timeline) {
    this.#io = io;
    this.#here = here;
    this.#settings = settings;
    this.#timeline = timeline;
  }

  /** Walks the hops; the errno of a probe that could not be sent. */
  walk(): Echo | undefined {
    const { first, most, probes } = this.#settings;
    for (let hop = first; hop <= most; hop++) {
      this.#timeline.out(`${String(hop).padStart(2)} `);
      let last: Ip | undefined;
      let arrived = false;
      let refused = 0;
      for (let probe = 0; probe < probes; probe++) {
        const came = this.#probe(hop);
        if (came.kind === 'unsent') return came;
        const answer = this.#answerOf(came);
        if (answer === undefined) {
          this.#timeline.out(' *');
          continue;
        }
        if (answer.from !== last) this.#timeline.out(` ${this.#shown(answer.from)}`);
        last = answer.from;
        this.#timeline.out(`  ${answer.milliseconds.toFixed(3)} ms${answer.mark === undefined ? '' : ` ${answer.mark}`}`);
        if (answer.mark !== undefined) refused++;
        arrived ||= answer.arrived;
      }
      this.#timeline.out('\n');
      if (arrived || refused === probes) return undefined;
      this.#wait(hop, last !== undefined);
    }
    return undefined;
  }

  /** Probes of several hops are on their way together: only the first silent hop is waited for. */
  #wait(_hop: number, answered: boolean): void {
    if (!answered && this.#timeline.now < this.#settings.patience) this.#timeline.waitUntil(this.#settings.patience);
  }

  #probe(ttl: number): Echo {
    const { method, address, port, counting, size, binding } = this.#settings;
    const target = method === 'ICMP' ? 0 : counting ? port + this.#sent : port;
    this.#sent++;
    return echo(this.#here, { protocol: method, address, port: target, packet: { ttl, size } }, binding);
  }

  #answerOf(
    came: Echo,
  ): { readonly from: Ip; readonly milliseconds: number; readonly arrived: boolean; readonly mark?: string } | undefined {
    const { address, patience } = this.#settings;
    if (came.kind === 'reply') return { from: address, milliseconds: came.milliseconds, arrived: true };
    if (came.kind !== 'told' || came.milliseconds > patience) return undefined;
    const { refusal, from } = came.told;
    const mark = marks[refusal];
    const arrived = refusal === 'port-unreachable' || refusal === 'tcp-reset';
    return { from, milliseconds: came.milliseconds, arrived, ...(mark !== undefined && { mark }) };
  }

  #shown(ip: Ip): string {
    if (this.#settings.numeric) return ip;
    let name = this.#names.get(ip);
    if (name === undefined) {
      const entry = new Resolver(dnsClientAt(this.#io, this.#here), userlandAt(this.#here).libc).hostByAddress(ip);
      name = typeof entry === 'string' ? ip : entry.name;
      this.#names.set(ip, name);
    }
    return `${name} (${ip})`;
  }
}

const longOptions: Readonly<Record<string, string>> = {
  debug: 'd', 'dont-fragment': 'F', first: 'f:', gateway: 'g:', icmp: 'I', tcp: 'T', interface: 'i:', 'max-hops': 'm:', 'sim-queries': 'N:', port: 'p:', tos: 't:', flowlabel: 'l:', wait: 'w:', queries: 'q:', source: 's:', sendwait: 'z:', extensions: 'e', 'as-path-lookups': 'A', module: 'M:', options: 'O:', udp: 'U', udplite: 'UL', dccp: 'D', protocol: 'P:', mtu: 'mtu', back: 'back', version: 'V', help: 'help',
}; // prettier-ignore

function modern(args: readonly string[], io: Io, here: Here): Output {
  if (args.length === 0) return { stdout: '', stderr: usage, exitCode: 0 };
  const { libc, releases } = userlandAt(here);
  const parsed = getopt(args, '46dFITnreAUDVf:g:i:m:N:p:t:l:w:q:s:z:M:O:P:', longOptions);
  if ('problem' in parsed) return failure(problemText(parsed.problem, args), 2);
  const { found, rest } = parsed;
  const has = (id: string) => found.some((one) => one.id === id);
  const last = (id: string) => found.filter((one) => one.id === id).at(-1)?.value;
  if (has('help')) return output(usage);
  if (has('V')) return { stdout: '', stderr: `Modern traceroute for Linux, version ${releases.traceroute}\n`, exitCode: 0 };
  for (const id of ['f', 'm', 'q', 'p', 'w', 'N'] as const) {
    const value = last(id);
    if (value !== undefined && !/^\d+(\.\d+)?(,[\d.]*)*$/.test(value)) {
      return failure(`Cannot handle \`-${id}' option with arg \`${value}' (argc ${args.indexOf(value) + 1})\n`, 2);
    }
  }
  const [name, length, ...more] = rest;
  const position = (word: string) => `on position ${rest.indexOf(word) + 1} (argc ${args.length - rest.length + rest.indexOf(word) + 1})`;
  if (name === undefined) return failure('Specify "host" missing argument.\n', 2);
  if (more.length > 0) return failure(`Extra arg \`${more[0]}' on position 3, argc ${args.length}\n`, 2);
  const families: readonly Family[] = has('4') ? ['IPv4'] : has('6') ? ['IPv6'] : bothFamilies;
  const timeline = new Timeline();
  const literal = parseIp(name);
  const lookup = resolve(here, name, families);
  timeline.wait(lookup.milliseconds);
  // IPv4 goes before IPv6 where both are there.
  const address = lookup.addresses.find((one) => familyOf(one) === 'IPv4') ?? lookup.addresses[0];
  if (address === undefined) {
    const why = literal === undefined ? gaiStrerror(lookup.error, libc) : 'Address family for hostname not supported';
    timeline.err(`${name}: ${why}\nCannot handle "host" cmdline arg \`${name}' ${position(name)}\n`);
    return timeline.end(2);
  }
  if (length !== undefined && !/^\d+$/.test(length))
    return failure(`Cannot handle "packetlen" cmdline arg \`${length}' ${position(length)}\n`, 2);
  const first = Number(last('f') ?? 1);
  const most = Number(last('m') ?? 30);
  const probes = Number(last('q') ?? 3);
  if (first < 1 || first > most) return failure('first hop out of range\n', 2);
  if (most > 255) return failure('max hops cannot be more than 255\n', 2);
  if (probes > 10 || probes < 1) return failure('no more than 10 probes per hop\n', 2);
  const method = has('I') ? 'ICMP' : has('T') ? 'TCP' : 'UDP';
  const counting = method === 'UDP' && !has('U');
  const port = Number(last('p') ?? (method === 'TCP' ? 80 : has('U') ? 53 : 33434));
  const size = length === undefined ? (familyOf(address) === 'IPv4' ? 60 : 80) : Number(length);
  timeline.out(`traceroute to ${name} (${address}), ${most} hops max, ${size} byte packets`);
  const wanted = last('i') ?? last('s');
  const binding = wanted === undefined ? {} : bindingOf(here, wanted);
  if (binding === undefined) {
    timeline.err(last('i') !== undefined ? '\nsetsockopt SO_BINDTODEVICE: No such device\n' : '\nbind: Cannot assign requested address\n');
    return timeline.end(1);
  }
  timeline.out('\n');
  const patience = Number((last('w') ?? '5').split(',')[0]) * 1000;
  const settings = {
    name,
    address,
    first,
    most,
    probes,
    patience,
    size,
    numeric: has('n'),
    method,
    port,
    counting,
    binding,
    device: last('i'),
  } as const;
  const unsent = new Route(io, here, settings, timeline).walk();
  if (unsent?.kind === 'unsent') {
    timeline.err(`${unsent.errno === 'EPERM' ? 'send' : 'connect'}: ${strerror(unsent.errno, libc)}\n`);
    return timeline.end(1);
  }
  return timeline.end(0);
}

/** getopt's words as this program has them. */
function problemText(problem: string, args: readonly string[]): string {
  const letter = /^invalid option -- '(.)'$/.exec(problem)?.[1];
  if (letter !== undefined)
    return `Bad option \`-${letter}' (argc ${args.findIndex((arg) => /^-[^-]/.test(arg) && arg.includes(letter)) + 1})\n`;
  const wanting = /^option requires an argument -- '(.)'$/.exec(problem)?.[1];
  if (wanting !== undefined) return `Option \`-${wanting}' (argc ${args.length}) requires an argument: \`-${wanting} ...'\n`;
  const word = /'(--[^']+)'/.exec(problem)?.[1] ?? '';
  return `Bad option \`${word}' (argc ${args.indexOf(word) + 1})\n`;
}

const busyboxUsage = `Usage: traceroute [-46Flnrv] [-f 1ST_TTL] [-m MAXTTL] [-q PROBES] [-p PORT]
\t[-t TOS] [-w WAIT_SEC] [-s SRC_IP] [-i IFACE]
\t[-z PAUSE_MSEC] HOST [BYTES]

Trace the route to HOST

\t-4,-6\tForce IP or IPv6 name resolution
\t-F\tSet don't fragment bit
\t-l\tDisplay TTL value of the returned packet
\t-n\tPrint numeric addresses
\t-r\tBypass routing tables, send directly to HOST
\t-v\tVerbose
\t-f N\tFirst number of hops (default 1)
\t-m N\tMax number of hops
\t-q N\tNumber of probes per hop (default 3)
\t-p N\tBase UDP port number used in probes
\t\t(default 33434)
\t-s IP\tSource address
\t-i IFACE Source interface
\t-t N\tType-of-service in probe packets (default 0)
\t-w SEC\tWait for a response (default 3)
\t-z MSEC\tWait before each send
`;

function applet(args: readonly string[], io: Io, here: Here): Output {
  const { busyboxBanner, libc } = userlandAt(here);
  const parsed = getopt(args, '46FIlnrvf:m:p:q:s:t:w:i:g:z:', {});
  const explain = (problem: string) => failure(`${problem === '' ? '' : `traceroute: ${problem}\n`}${busyboxBanner}\n\n${busyboxUsage}`);
  if ('problem' in parsed) return explain(parsed.problem);
  const { found, rest } = parsed;
  const has = (id: string) => found.some((one) => one.id === id);
  const last = (id: string) => found.filter((one) => one.id === id).at(-1)?.value;
  const [name, length] = rest;
  if (name === undefined) return explain('');
  const timeline = new Timeline();
  const lookup = resolve(here, name, has('4') ? ['IPv4'] : has('6') ? ['IPv6'] : bothFamilies);
  timeline.wait(lookup.milliseconds);
  const [address] = lookup.addresses;
  if (address === undefined) {
    timeline.err(`traceroute: bad address '${name}'\n`);
    return timeline.end(1);
  }
  const wanted = last('i') ?? last('s');
  const binding = wanted === undefined ? {} : bindingOf(here, wanted);
  if (binding === undefined) return failure(`traceroute: can't bind to interface ${wanted}: No such device\n`);
  const most = Number(last('m') ?? 30);
  const size = length === undefined ? (familyOf(address) === 'IPv4' ? 46 : 72) : Number(length);
  timeline.out(`traceroute to ${name} (${address}), ${most} hops max, ${size} byte packets\n`);
  const settings = {
    name,
    address,
    first: Number(last('f') ?? 1),
    most,
    probes: Number(last('q') ?? 3),
    patience: Number(last('w') ?? 3) * 1000,
    size,
    numeric: has('n'),
    method: has('I') ? 'ICMP' : 'UDP',
    port: Number(last('p') ?? 33434),
    counting: true,
    binding,
    device: last('i'),
  } as const;
  const unsent = new Route(io, here, settings, timeline).walk();
  if (unsent?.kind === 'unsent') {
    timeline.err(`traceroute: sendto: ${strerror(unsent.errno, libc)}\n`);
    return timeline.end(1);
  }
  return timeline.end(0);
}

export const traceroute = byDialect('traceroute', modern, applet);
export const traceroute6 = byDialect(
  'traceroute6',
  (args, io, here) => modern(['-6', ...args], io, here),
  (args, io, here) => applet(['-6', ...args], io, here),
);
