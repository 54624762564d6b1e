/** nc of OpenBSD, as Debian has it: tries ports, or hands bytes to and fro. (netcat-openbsd 1.219: netcat.c) */
import { serviceOfPort, portOfService } from '#dataplane/netfilter/iptables/services.ts';
import { parseIp, type Family, type Ip } from '#net/ip.ts';
import { failure, type Here, type Io, type Output } from '../../command.ts';
import { attempt, bindingOf, bothFamilies, echo, resolve, type Binding } from '../../network/dial.ts';
import { userlandAt } from '../../network/dialect.ts';
import { gaiStrerror, strerror } from '../../network/errno.ts';
import { rawExchange } from '../../network/http.ts';
import { Timeline } from '../../timeline.ts';
import { getopt } from '../../getopt.ts';

const usage = `usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]
\t  [-m minttl] [-O length] [-P proxy_username] [-p source_port]
\t  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]
\t  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]
\t  [destination] [port]
`;
const summary = `OpenBSD netcat (Debian patchlevel 1.219-1)
${usage}\tCommand Summary:
\t\t-4\t\tUse IPv4
\t\t-6\t\tUse IPv6
\t\t-b\t\tAllow broadcast
\t\t-C\t\tSend CRLF as line-ending
\t\t-D\t\tEnable the debug socket option
\t\t-d\t\tDetach from stdin
\t\t-F\t\tPass socket fd
\t\t-h\t\tThis help text
\t\t-I length\tTCP receive buffer length
\t\t-i interval\tDelay interval for lines sent, ports scanned
\t\t-k\t\tKeep inbound sockets open for multiple connects
\t\t-l\t\tListen mode, for inbound connects
\t\t-M ttl\t\tOutgoing TTL / Hop Limit
\t\t-m minttl\tMinimum incoming TTL / Hop Limit
\t\t-N\t\tShutdown the network socket after EOF on stdin
\t\t-n\t\tSuppress name/port resolutions
\t\t-O length\tTCP send buffer length
\t\t-P proxyuser\tUsername for proxy authentication
\t\t-p port\t\tSpecify local port for remote connects
\t\t-q secs\t\tquit after EOF on stdin and delay of secs
\t\t-r\t\tRandomize remote ports
\t\t-S\t\tEnable the TCP MD5 signature option
\t\t-s sourceaddr\tLocal source address
\t\t-T keyword\tTOS value
\t\t-t\t\tAnswer TELNET negotiation
\t\t-U\t\tUse UNIX domain socket
\t\t-u\t\tUDP mode
\t\t-V rtable\tSpecify alternate routing table
\t\t-v\t\tVerbose
\t\t-W recvlimit\tTerminate after receiving a number of packets
\t\t-w timeout\tTimeout for connects and final net reads
\t\t-X proto\tProxy protocol: "4", "5" (SOCKS) or "connect"
\t\t-x addr[:port]\tSpecify proxy address and port
\t\t-Z\t\tDCCP mode
\t\t-z\t\tZero-I/O mode [used for scanning]
\tPort numbers can be individual or ranges: lo-hi [inclusive]
`;

/** How long a server waits for a request before it closes, in milliseconds. */
const serverPatience = 60_000;

/** The ports of a word: a number, a name, or a range of either; a text is nc's complaint. */
function portsOf(word: string, protocol: string): readonly number[] | string {
  const range = /^([^-]+)-([^-]+)$/.exec(word);
  if (range !== null && portOfService(word, protocol) === undefined) {
    const ends = [range[1]!, range[2]!].map((end) => portsOf(end, protocol));
    const wrong = ends.find((end) => typeof end === 'string');
    if (wrong !== undefined) return wrong as string;
    const [from, to] = ends.map((end) => end[0] as number).sort((a, b) => a - b);
    return Array.from({ length: to! - from! + 1 }, (_, i) => from! + i);
  }
  const named = portOfService(word, protocol);
  if (named !== undefined) return [named];
  if (!/^-?\d+$/.test(word)) return `port number invalid: ${word}`;
  const number = Number(word);
  return number > 65535 ? `port number too large: ${word}` : number < 1 ? `port number too small: ${word}` : [number];
}

export function openbsdNc(args: readonly string[], io: Io, here: Here): Output {
  const parsed = getopt(args, '46bCDdFhI:i:klM:m:NnO:P:p:q:rSs:T:tUuV:vW:w:X:x:Zz', {});
  if ('problem' in parsed) return failure(`nc: ${parsed.problem}\n${usage}`);
  const { found, rest } = parsed;
  const has = (id: string) => found.some((one) => one.id === id);
  const last = (id: string) => found.filter((one) => one.id === id).at(-1)?.value;
  if (has('h')) return failure(summary, 0);
  const timeout = last('w');
  if (timeout !== undefined && !/^\d+$/.test(timeout)) return failure(`nc: timeout invalid: ${timeout}\n`);
  if (has('l')) {
    if (rest.length > 2 || (rest.length === 0 && last('p') === undefined))
      return failure(rest.length > 2 ? usage : 'nc: missing port number\n');
    return failure('nc: listen: Operation not supported\n');
  }
  const [host, ...words] = rest;
  if (host === undefined) return failure(usage);
  if (has('U')) return failure(`nc: unix connect failed: No such file or directory\nnc: ${host}: No such file or directory\n`);
  if (words.length === 0) return failure('nc: missing port number\n');
  const protocol = has('u') ? 'udp' : 'tcp';
  const ports: number[] = [];
  for (const word of words) {
    const some = portsOf(word, protocol);
    if (typeof some === 'string') return failure(`nc: ${some}\n`);
    ports.push(...some);
  }
  const source = last('s');
  const binding = source === undefined ? {} : bindingOf(here, source);
  if (binding === undefined) return failure('nc: bind failed: Cannot assign requested address\n');
  return new Netcat({
    io,
    here,
    host,
    ports,
    protocol,
    binding,
    has,
    limit: timeout === undefined ? undefined : Number(timeout) * 1000,
  }).run();
}

interface NetcatOptions {
  readonly io: Io;
  readonly here: Here;
  readonly host: string;
  readonly ports: readonly number[];
  readonly protocol: 'tcp' | 'udp';
  readonly binding: Binding;
  /** Milliseconds for connecting, and for silence. */
  readonly limit: number | undefined;
  has(option: string): boolean;
}

class Netcat {
  readonly #options: NetcatOptions;
  readonly #timeline = new Timeline();

  constructor(options: NetcatOptions) {
    this.#options = options;
  }

  run(): Output {
    const { host, ports, here, has } = this.#options;
    const families: readonly Family[] = has('4') ? ['IPv4'] : has('6') ? ['IPv6'] : bothFamilies;
    const { libc } = userlandAt(here);
    const named = parseIp(host) === undefined;
    const lookup = named && has('n') ? { addresses: [], error: 'EAI_NONAME' as const, milliseconds: 0 } : resolve(here, host, families);
    this.#timeline.wait(lookup.milliseconds);
    if (lookup.addresses.length === 0) {
      const why = gaiStrerror(lookup.error, libc);
      this.#timeline.err(`nc: getaddrinfo for host "${host}" port ${ports[0]}: ${why}\n`);
      return this.#timeline.end(1);
    }
    let status = 1;
    for (const port of ports) {
      const connected = this.#port(lookup.addresses, port);
      if (connected) status = 0;
      // Only scanning goes on after the first port that answers.
      if (connected && !has('z')) break;
    }
    return this.#timeline.end(status);
  }

  /** `web (10.96.0.7)`, or the address alone where that is what was typed. */
  #named(address: Ip): string {
    const { host, has } = this.#options;
    return host === address || has('n') ? host : `${host} (${address})`;
  }

  #port(addresses: readonly Ip[], port: number): boolean {
    for (const address of addresses) {
      const connected = this.#options.protocol === 'udp' ? this.#udp(address, port) : this.#tcp(address, port);
      if (connected) return true;
    }
    return false;
  }

  #succeeded(address: Ip, port: number): void {
    const { has, protocol } = this.#options;
    const service = (has('n') ? undefined : serviceOfPort(port, protocol)) ?? '*';
    if (has('v')) this.#timeline.err(`Connection to ${this.#named(address)} ${port} port [${protocol}/${service}] succeeded!\n`);
  }

  #tcp(address: Ip, port: number): boolean {
    const { here, has, limit, io, binding } = this.#options;
    const tried = attempt(here, address, port, 'TCP', binding);
    const failed = (words: string): false => {
      if (has('v')) this.#timeline.err(`nc: connect to ${this.#named(address)} port ${port} (tcp) ${words}\n`);
      return false;
    };
    if (limit !== undefined && limit > 0 && tried.after > limit) {
      this.#timeline.wait(limit);
      return failed('timed out: Operation now in progress');
    }
    this.#timeline.wait(tried.after);
    if (tried.errno !== undefined) return failed(`failed: ${strerror(tried.errno, userlandAt(here).libc)}`);
    this.#succeeded(address, port);
    if (has('z')) return true;
    const input = has('d') ? '' : has('C') ? io.stdin.replace(/\r?\n/g, '\r\n') : io.stdin;
    const answered = rawExchange(here, tried.trace, input);
    this.#timeline.wait(1);
    if (answered !== undefined) this.#timeline.out(answered.answer);
    if (answered?.closes !== true) this.#timeline.wait(Math.min(limit ?? Infinity, serverPatience));
    return true;
  }

  #udp(address: Ip, port: number): boolean {
    const { here, has, limit, binding, io } = this.#options;
    const probe = () => echo(here, { protocol: 'UDP', address, port }, binding);
    if (has('z') || has('v')) {
      // It writes a few bytes, and hears of it when nobody listens.
      const came = has('v') ? probe() : undefined;
      const refused = came?.kind === 'told' || (came?.kind === 'unsent' && came.errno !== 'EPERM');
      if (refused || came?.kind === 'unsent') return false;
      if (has('v')) {
        this.#timeline.wait(1000);
        this.#succeeded(address, port);
      }
      if (has('z')) return true;
    }
    const came = io.stdin === '' ? undefined : probe();
    if (came?.kind === 'told' || came?.kind === 'unsent') return false;
    this.#timeline.wait(Math.min(limit ?? Infinity, serverPatience));
    return true;
  }
}
