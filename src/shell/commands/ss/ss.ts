/** ss(8) of iproute2: the sockets that listen. The simulated connections are over before a command could see them. */
import { failure, output, type Command, type Output } from '../../command.ts';
import { portName, socketsAt, type Socket } from '../../network/sockets.ts';
import { portFilter, type PortFilter } from './filter.ts';
import { render, type Column } from './render.ts';

interface Options {
  tcp: boolean;
  udp: boolean;
  sctp: boolean;
  listening: boolean;
  all: boolean;
  numeric: boolean;
  processes: boolean;
  header: boolean;
  summary: boolean;
  family?: 'IPv4' | 'IPv6';
}

const long: Readonly<Record<string, string>> = {
  tcp: 't',
  udp: 'u',
  sctp: 'S',
  listening: 'l',
  all: 'a',
  numeric: 'n',
  processes: 'p',
  'no-header': 'H',
  summary: 's',
  ipv4: '4',
  ipv6: '6',
  extended: 'e',
  memory: 'm',
  info: 'i',
  options: 'o',
  version: 'V',
  unix: 'x',
  raw: 'w',
  packet: '0',
  oneline: 'O',
  resolve: 'r',
};

const flags: Readonly<Record<string, (options: Options) => void>> = {
  t: (o) => void (o.tcp = true),
  u: (o) => void (o.udp = true),
  S: (o) => void (o.sctp = true),
  l: (o) => void (o.listening = true),
  a: (o) => void (o.all = true),
  n: (o) => void (o.numeric = true),
  p: (o) => void (o.processes = true),
  H: (o) => void (o.header = false),
  s: (o) => void (o.summary = true),
  '4': (o) => void (o.family = 'IPv4'),
  '6': (o) => void (o.family = 'IPv6'),
  r: () => undefined,
  O: () => undefined,
};

const netids = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' } as const;

function row(socket: Socket, options: Options): readonly string[] {
  const any = socket.address === '::';
  const v6 = socket.family === 'IPv6';
  const device = socket.device === undefined ? '' : `%${socket.device}`;
  const local = any ? '*' : v6 ? `[${socket.address}]` : socket.address;
  const peer = any ? '*' : v6 ? '[::]' : '0.0.0.0';
  const { owner } = socket;
  return [
    netids[socket.protocol],
    socket.protocol === 'UDP' ? 'UNCONN' : 'LISTEN',
    // tcp_stats_print and its like print queues with %-6d.
    '0'.padEnd(6),
    String(socket.backlog).padEnd(6),
    `${local}${device}:`,
    portName(socket.port, options.numeric),
    `${peer}:`,
    '*',
    options.processes && owner !== undefined ? ` users:(("${owner.name}",pid=${owner.pid},fd=${owner.fd}))` : '',
  ];
}

const columns: readonly Column[] = [
  { head: 'Netid', before: '', right: false },
  { head: 'State', before: ' ', right: false },
  { head: 'Recv-Q', before: ' ', right: false },
  { head: 'Send-Q', before: ' ', right: false },
  { head: 'Local Address:', before: ' ', right: true },
  { head: 'Port', before: '', right: false },
  { head: 'Peer Address:', before: ' ', right: true },
  { head: 'Port', before: '', right: false },
  { head: 'Process', before: '', right: false },
];

/** `ss -s`: how many there are. */
function summary(sockets: readonly Socket[]): string {
  const count = (protocol: Socket['protocol'], family?: Socket['family']) =>
    sockets.filter((one) => one.protocol === protocol && (family === undefined || one.family === family)).length;
  const line = (name: string, all: number, v4: number, v6: number) =>
    `${name}\t  ${String(all).padEnd(9)} ${String(v4).padEnd(9)} ${String(v6).padEnd(9)}\n`;
  const both = (protocol: Socket['protocol']) => [count(protocol), count(protocol, 'IPv4'), count(protocol, 'IPv6')] as const;
  const [udp, tcp] = [both('UDP'), both('TCP')];
  return `Total: ${sockets.length}\nTCP:   ${tcp[0]} (estab 0, closed 0, orphaned 0, timewait 0)\n\nTransport Total     IP        IPv6\n${line('RAW', 0, 0, 0)}${line('UDP', ...udp)}${line('TCP', ...tcp)}${line('INET', udp[0] + tcp[0], udp[1] + tcp[1], udp[2] + tcp[2])}${line('FRAG', 0, 0, 0)}\n`;
}

export const ss: Command = {
  name: 'ss',
  run(args, _io, here): Output {
    const options: Options = {
      tcp: false,
      udp: false,
      sctp: false,
      listening: false,
      all: false,
      numeric: false,
      processes: false,
      header: true,
      summary: false,
    };
    const words: string[] = [];
    for (const arg of args) {
      if (!arg.startsWith('-') || arg === '-') {
        words.push(arg);
        continue;
      }
      const letters = arg.startsWith('--') ? [long[arg.slice(2)] ?? arg] : [...arg.slice(1)];
      for (const letter of letters) {
        if (letter === 'V') return output('ss utility, iproute2-6.1.0\n');
        const set = flags[letter];
        if (set === undefined) {
          if (letter.length === 1 && /[emioxw0KDEbBZzNTMxdQ]/.test(letter))
            return failure(`cka-net: ss: the option -${letter} is not simulated\n`);
          const what = letter.startsWith('--') ? `unrecognized option '${letter}'` : `invalid option -- '${letter}'`;
          return failure(`ss: ${what}\ncka-net: the long usage text of ss is not simulated\n`, 255);
        }
        set(options);
      }
    }
    const all = socketsAt(here);
    if (options.summary) return output(summary(all));
    const parsed = portFilter(words);
    if (!parsed.ok) return failure(parsed.error, 255);
    const filter: PortFilter = parsed.value;
    const none = !options.tcp && !options.udp && !options.sctp;
    const kinds = { TCP: options.tcp || none, UDP: options.udp || none, SCTP: options.sctp };
    const shown =
      options.listening || options.all || filter.listening
        ? (['UDP', 'TCP', 'SCTP'] as const).flatMap((protocol) =>
            all.filter(
              (one) =>
                one.protocol === protocol &&
                kinds[protocol] &&
                (options.family === undefined || one.family === options.family) &&
                filter.passes(one),
            ),
          )
        : [];
    const several = [options.tcp, options.udp, options.sctp].filter(Boolean).length !== 1;
    // A column that would say the same on every line is left out.
    const keep = (i: number) => (i !== 0 || several) && (i !== 1 || !filter.listening);
    const used = columns.filter((_, i) => keep(i));
    const rows = shown.map((one) => row(one, options).filter((_, i) => keep(i)));
    return output(render(used, rows, options.header));
  },
};
