/** ping of iputils: echo requests, one a second, and what came of them. (iputils: ping/ping.c, ping_common.c) */
import { Resolver } from '#dataplane/resolver/libc.ts';
import type { Refusal } from '#dataplane/trace/refusal.ts';
import { pick } from '#kube/chance.ts';
import { familyOf, parseIp, type Family, type Ip } from '#net/ip.ts';
import { failure, output, type Here, type Io, type Output } from '../../command.ts';
import { bindingOf, bothFamilies, echo, resolve, type Binding, type Echo } from '../../network/dial.ts';
import { userlandAt } from '../../network/dialect.ts';
import { dnsClientAt } from '../../network/dns.ts';
import { gaiStrerror, strerror } from '../../network/errno.ts';
import { Timeline } from '../../timeline.ts';
import { getopt } from '../../getopt.ts';

/** Without `-c` somebody presses Ctrl-C after so many packets. */
export const fewPackets = 4;
const mostPackets = 1000;

const usage = `
Usage
  ping [options] <destination>

Options:
  <destination>      dns name or ip address
  -a                 use audible ping
  -A                 use adaptive ping
  -B                 sticky source address
  -c <count>         stop after <count> replies
  -C                 call connect() syscall on socket creation
  -D                 print timestamps
  -d                 use SO_DEBUG socket option
  -e <identifier>    define identifier for ping session, default is random for
                     SOCK_RAW and kernel defined for SOCK_DGRAM
                     Imply using SOCK_RAW (for IPv4 only for identifier 0)
  -f                 flood ping
  -h                 print help and exit
  -I <interface>     either interface name or address
  -i <interval>      seconds between sending each packet
  -L                 suppress loopback of multicast packets
  -l <preload>       send <preload> number of packages while waiting replies
  -m <mark>          tag the packets going out
  -M <pmtud opt>     define mtu discovery, can be one of <do|dont|want>
  -n                 no dns name resolution
  -O                 report outstanding replies
  -p <pattern>       contents of padding byte
  -q                 quiet output
  -Q <tclass>        use quality of service <tclass> bits
  -s <size>          use <size> as number of data bytes to be sent
  -S <size>          use <size> as SO_SNDBUF socket option value
  -t <ttl>           define time to live
  -U                 print user-to-user latency
  -v                 verbose output
  -V                 print version and exit
  -w <deadline>      reply wait <deadline> in seconds
  -W <timeout>       time to wait for response

IPv4 options:
  -4                 use IPv4
  -b                 allow pinging broadcast
  -R                 record route
  -T <timestamp>     define timestamp, can be one of <tsonly|tsandaddr|tsprespec>

IPv6 options:
  -6                 use IPv6
  -F <flowlabel>     define flow label, default is random
  -N <nodeinfo opt>  use icmp6 node info query, try <help> as argument

For more details see ping(8).
`;

const complaints: Readonly<Record<Refusal, string>> = {
  'net-unreachable': 'Destination Net Unreachable',
  'host-unreachable': 'Destination Host Unreachable',
  'protocol-unreachable': 'Destination Protocol Unreachable',
  'port-unreachable': 'Destination Port Unreachable',
  'tcp-reset': 'Destination Port Unreachable',
  'net-prohibited': 'Destination Net Prohibited',
  'host-prohibited': 'Destination Host Prohibited',
  'admin-prohibited': 'Packet filtered',
  'time-exceeded': 'Time to live exceeded',
  'fragmentation-needed': 'Frag needed and DF set',
};
const complaints6: Partial<Record<Refusal, string>> = {
  'net-unreachable': 'Destination unreachable: No route',
  'host-unreachable': 'Destination unreachable: Address unreachable',
  'port-unreachable': 'Destination unreachable: Port unreachable',
  'admin-prohibited': 'Destination unreachable: Administratively prohibited',
  'time-exceeded': 'Time exceeded: Hop limit',
  'fragmentation-needed': 'Packet too big',
};

interface Options {
  readonly count: number | undefined;
  /** Milliseconds. */
  readonly interval: number;
  readonly wait: number | undefined;
  readonly deadline: number | undefined;
  readonly size: number;
  readonly ttl: number | undefined;
  readonly quiet: boolean;
  readonly numeric: boolean;
  readonly timestamps: boolean;
  readonly whole: boolean;
  readonly outstanding: boolean;
  readonly device: string | undefined;
  readonly family: Family | undefined;
  readonly warning: string;
}

/** A mistake in an option, with the status it ends ping with. */
class Mistake extends Error {
  readonly code: number;

  constructor(message: string, code = 1) {
    super(message);
    this.code = code;
  }
}

function integer(text: string, least: number, most: string): number {
  if (!/^-?\d+$/.test(text)) throw new Mistake(`ping: invalid argument: '${text}'\n`);
  const value = Number(text);
  if (value < least || value > Number(most)) {
    throw new Mistake(`ping: invalid argument: '${text}': out of range: ${least} <= value <= ${most}\n`);
  }
  return value;
}

function seconds(text: string): number {
  const value = Number.parseFloat(text);
  if (Number.isNaN(value) || !/^[\d.]+$/.test(text)) throw new Mistake(`ping: option argument contains garbage: ${text}\n`);
  return value * 1000;
}

function readOptions(found: readonly { readonly id: string; readonly value?: string }[], family: Family | undefined): Options {
  const last = (id: string) => found.filter((one) => one.id === id).at(-1)?.value;
  const has = (id: string) => found.some((one) => one.id === id);
  let warning = '';
  const wait = last('W');
  let waitTime: number | undefined;
  if (wait !== undefined && /^\d/.test(wait)) waitTime = Number.parseFloat(wait) * 1000;
  if (wait !== undefined && !/^[\d.]+$/.test(wait)) {
    warning = `ping: option argument contains garbage: ${wait}\nping: this will become fatal error in the future\n`;
  }
  const count = last('c');
  const deadline = last('w');
  const size = last('s');
  const ttl = last('t');
  const interval = last('i');
  if (ttl !== undefined && integer(ttl, 0, '255') === 0) throw new Mistake('ping: cannot set unicast time-to-live: Invalid argument\n', 2);
  return {
    count: count === undefined ? undefined : integer(count, 1, '9223372036854775807'),
    interval: has('f') ? 0 : interval === undefined ? 1000 : seconds(interval),
    wait: waitTime,
    deadline: deadline === undefined ? undefined : integer(deadline, 0, '2147483647') * 1000,
    size: size === undefined ? 56 : integer(size, 0, '127992'),
    ttl: ttl === undefined ? undefined : Number(ttl),
    quiet: has('q'),
    numeric: has('n'),
    timestamps: has('D'),
    whole: last('M') === 'do' || last('M') === 'probe',
    outstanding: has('O'),
    device: last('I'),
    family: has('4') ? 'IPv4' : has('6') ? 'IPv6' : family,
    warning,
  };
}

export function ping(args: readonly string[], io: Io, here: Here, family?: Family): Output {
  const parsed = getopt(args, '4aABbc:CdDe:fF:hI:i:l:Lm:M:nN:Op:qQ:Rs:S:t:T:UvVw:W:6', {});
  if ('problem' in parsed) return failure(`ping: ${parsed.problem}\n${usage}`, 2);
  const { found, rest } = parsed;
  if (found.some(({ id }) => id === 'h')) return failure(usage, 2);
  const { libc, releases } = userlandAt(here);
  if (found.some(({ id }) => id === 'V')) {
    const parts = 'libcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes\n';
    return output(`ping from iputils ${releases.iputils}\n${parts}`);
  }
  let options: Options;
  try {
    options = readOptions(found, family);
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return failure(error.message, error.code);
  }
  const name = rest.at(-1);
  if (name === undefined) return failure('ping: usage error: Destination address required\n', 1);
  const literal = parseIp(name);
  if (literal !== undefined && options.family !== undefined && familyOf(literal) !== options.family) {
    return failure(`ping: ${name}: Address family for hostname not supported\n`, 2);
  }
  const timeline = new Timeline();
  timeline.err(options.warning);
  const lookup = resolve(here, name, options.family === undefined ? bothFamilies : [options.family]);
  timeline.wait(lookup.milliseconds);
  const [address] = lookup.addresses;
  if (address === undefined) {
    timeline.err(`ping: ${name}: ${gaiStrerror(lookup.error, libc)}\n`);
    return timeline.end(2);
  }
  const binding = options.device === undefined ? {} : bindingOf(here, options.device);
  if (binding === undefined) {
    const isAddress = parseIp(options.device!) !== undefined;
    timeline.err(isAddress ? 'ping: bind: Cannot assign requested address\n' : `ping: SO_BINDTODEVICE ${options.device}: No such device\n`);
    return timeline.end(2);
  }
  return new Session(timeline, io, here, options, lookup.canonicalName, address, literal !== undefined, binding).run();
}

class Session {
  readonly #timeline: Timeline;
  readonly #io: Io;
  readonly #here: Here;
  readonly #options: Options;
  readonly #name: string;
  readonly #address: Ip;
  readonly #numeric: boolean;
  readonly #binding: Binding;
  readonly #times: number[] = [];
  readonly #names = new Map<Ip, string>();
  #sent = 0;
  #errors = 0;
  /** Most packets that were on their way at once. */
  #pipe = 0;

  constructor(timeline: Timeline, io: Io, here: Here, options: Options, name: string, address: Ip, numeric: boolean, binding: Binding) {
    this.#timeline = timeline;
    this.#io = io;
    this.#here = here;
    this.#options = options;
    this.#name = name;
    this.#address = address;
    this.#numeric = numeric || options.numeric;
    this.#binding = binding;
  }

  /** An address as ping shows it: with its name, where names are asked for. */
  #shown(ip: Ip): string {
    if (this.#numeric) return ip;
    let name = this.#names.get(ip);
    if (name === undefined) {
      const entry = new Resolver(dnsClientAt(this.#io, this.#here), userlandAt(this.#here).libc).hostByAddress(ip);
      name = typeof entry === 'string' ? ip : entry.name;
      this.#names.set(ip, name);
    }
    return `${name} (${ip})`;
  }

  #probe(): Echo {
    const { size, ttl, whole } = this.#options;
    const v4 = familyOf(this.#address) === 'IPv4';
    // No packet is longer than its header can say: IPv4's length counts the header of 20 bytes, IPv6's does not count that of 40.
    const most = v4 ? 65_535 : 65_575;
    const wanted = size + (v4 ? 28 : 48);
    const packet = { size: Math.min(wanted, most), whole: whole || wanted > most, ...(ttl !== undefined && { ttl }) };
    const came = echo(this.#here, { protocol: 'ICMP', address: this.#address, port: 0, packet }, this.#binding);
    // The loopback's MTU is beyond all of them.
    return wanted <= most || came.kind === 'unsent'
      ? came
      : { kind: 'unsent', errno: 'EMSGSIZE', mtu: v4 ? 65_535 : 65_536, trace: came.trace };
  }

  run(): Output {
    const first = this.#probe();
    if (first.kind === 'unsent' && first.errno !== 'EPERM' && first.errno !== 'EMSGSIZE') {
      const { libc } = userlandAt(this.#here);
      const text =
        first.errno === 'EACCES'
          ? 'Do you want to ping broadcast? Then -b. If not, check your local firewall rules'
          : `connect: ${strerror(first.errno, libc)}`;
      this.#timeline.err(`ping: ${text}\n`);
      return this.#timeline.end(2);
    }
    this.#timeline.out(this.#heading(first));
    const { count, interval, deadline } = this.#options;
    const endless = count === undefined && deadline === undefined;
    const wanted = Math.min(endless ? fewPackets : (count ?? Infinity), mostPackets);
    const start = this.#timeline.now;
    const pending: { readonly at: number; readonly sequence: number; readonly came: Echo }[] = [];
    let failedUntil = 0;
    let sentAt = start;
    for (let sequence = 1; sequence <= wanted; sequence++) {
      const at = start + (sequence - 1) * (interval + (interval > 0 ? this.#lateness(sequence) : 0));
      if (deadline !== undefined && at - start >= deadline) break;
      this.#deliver(pending, at);
      this.#timeline.waitUntil(at);
      sentAt = at;
      const came = sequence === 1 ? first : this.#probe();
      this.#sent++;
      if (came.kind === 'unsent') this.#unsent(came);
      else if (came.kind === 'told' && came.told.after > 0) {
        // The question for a neighbour is one, however many packets wait for its answer.
        if (at >= failedUntil) failedUntil = at + came.milliseconds;
        pending.push({ at: failedUntil, sequence, came });
      } else if (came.kind !== 'nothing') pending.push({ at: at + came.milliseconds, sequence, came });
      if (came.kind === 'told' && came.trace.errno === 'EPERM') this.#unsent({ errno: 'EPERM' });
    }
    this.#finish(pending, sentAt, start, endless);
    const received = this.#times.length;
    const enough = deadline !== undefined && count !== undefined ? received >= count : received > 0;
    return this.#timeline.end(enough ? 0 : 1);
  }

  /** Waits for what is still on its way: a second, or twice what answers took, or what `-W` says. */
  #finish(
    pending: { readonly at: number; readonly sequence: number; readonly came: Echo }[],
    sentAt: number,
    start: number,
    endless: boolean,
  ): void {
    const { wait, deadline, interval } = this.#options;
    const outstanding = this.#sent - this.#times.length - this.#errors > 0;
    const patience = wait ?? (this.#times.length > 0 ? Math.max(2 * Math.max(...this.#times), 1000) : 10_000);
    const limit = endless ? sentAt + interval : deadline !== undefined ? start + deadline : sentAt + patience;
    this.#deliver(pending, limit);
    if (outstanding && this.#sent - this.#times.length - this.#errors > 0) this.#timeline.waitUntil(limit);
    const elapsed = Math.floor(sentAt - start);
    if (endless && this.#io.tty) this.#timeline.out('^C');
    this.#timeline.out(this.#statistics(elapsed));
  }

  #lateness(sequence: number): number {
    return 0.3 + pick(`ping/${this.#here.lab.snapshot.cluster.seed}/${this.#address}/${sequence}`, 1000) / 400;
  }

  #heading(first: Echo): string {
    const { size, device } = this.#options;
    const source = first.trace.flow.srcIp;
    const from = device === undefined ? '' : ` from ${source} ${this.#binding.device ?? ''}:`;
    if (familyOf(this.#address) === 'IPv6') {
      const shown = this.#numeric ? this.#address : `${this.#name} (${this.#address})`;
      return `PING ${this.#name}(${shown})${from} ${size} data bytes\n`;
    }
    return `PING ${this.#name} (${this.#address})${from} ${size}(${size + 28}) bytes of data.\n`;
  }

  /** Shows what has come until a time, in the order it came. */
  #deliver(pending: { readonly at: number; readonly sequence: number; readonly came: Echo }[], until: number): void {
    pending.sort((a, b) => a.at - b.at || a.sequence - b.sequence);
    while (pending.length > 0 && pending[0]!.at <= until) {
      const { at, sequence, came } = pending.shift()!;
      this.#timeline.waitUntil(at);
      this.#show(sequence, came);
    }
  }

  #show(sequence: number, came: Echo): void {
    this.#pipe = Math.max(this.#pipe, this.#sent - sequence + 1);
    const { quiet, size, timestamps } = this.#options;
    if (came.kind === 'reply') {
      this.#times.push(came.milliseconds);
      if (quiet) return;
      const at = (this.#here.lab.now + this.#timeline.now) / 1000;
      const stamp = timestamps ? `[${at.toFixed(6)}] ` : '';
      const bytes = size + 8;
      const time = size >= 16 ? ` time=${timeText(came.milliseconds)} ms` : '';
      this.#timeline.out(`${stamp}${bytes} bytes from ${this.#shown(this.#address)}: icmp_seq=${sequence} ttl=${came.ttl}${time}\n`);
    } else if (came.kind === 'told') {
      this.#errors++;
      if (quiet) return;
      const { refusal, from, mtu } = came.told;
      const words = (familyOf(this.#address) === 'IPv6' ? complaints6[refusal] : undefined) ?? complaints[refusal];
      const more = mtu === undefined ? '' : ` (mtu = ${mtu})`;
      this.#timeline.out(`From ${this.#shown(from)} icmp_seq=${sequence} ${words}${more}\n`);
    }
  }

  #unsent({ errno, mtu }: Pick<Extract<Echo, { kind: 'unsent' }>, 'errno' | 'mtu'>): void {
    if (errno === 'EMSGSIZE') {
      const v4 = familyOf(this.#address) === 'IPv4';
      // A socket does not take that much at all (raw_sendmsg), and nothing comes back that ping would tell.
      if (v4 && this.#options.size > 65_527) return;
      this.#errors++;
      this.#timeline.err(`ping: local error: message too long, mtu${v4 ? '=' : ': '}${mtu}\n`);
    } else this.#timeline.err(`ping: sendmsg: ${strerror(errno, userlandAt(this.#here).libc)}\n`);
  }

  #statistics(elapsed: number): string {
    const received = this.#times.length;
    const errors = this.#errors === 0 ? '' : `, +${this.#errors} errors`;
    const loss = Number((((this.#sent - received) * 100) / this.#sent).toPrecision(6));
    const counts = `${this.#sent} packets transmitted, ${received} received${errors}, ${loss}% packet loss, time ${elapsed}ms\n`;
    const pipe = this.#pipe > 1 ? `pipe ${this.#pipe}` : '';
    const times = received === 0 ? pipe : `rtt min/avg/max/mdev = ${spread(this.#times)} ms${pipe === '' ? '' : `, ${pipe}`}`;
    return `\n--- ${this.#name} ping statistics ---\n${counts}${times}\n`;
  }
}

/** Three digits behind the point for short times, fewer for longer ones. */
function timeText(milliseconds: number): string {
  if (milliseconds >= 99.95) return milliseconds.toFixed(0);
  return milliseconds >= 9.995 ? milliseconds.toFixed(1) : milliseconds >= 0.9995 ? milliseconds.toFixed(2) : milliseconds.toFixed(3);
}

function spread(times: readonly number[]): string {
  const rounded = times.map((time) => Number(timeText(time)));
  const average = rounded.reduce((sum, time) => sum + time, 0) / rounded.length;
  const deviation = Math.sqrt(Math.max(0, rounded.reduce((sum, time) => sum + time * time, 0) / rounded.length - average * average));
  return [Math.min(...rounded), average, Math.max(...rounded), deviation].map((time) => time.toFixed(3)).join('/');
}
