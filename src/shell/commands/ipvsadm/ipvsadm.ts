/** ipvsadm(8) over the virtual servers of the namespace it runs in. (ipvsadm 1.31) */
import {
  listConnections,
  listVirtualServers,
  saveVirtualServers,
  type BalancedConnection,
  type Columns,
  type Naming,
} from '#dataplane/netfilter/ipvs-list.ts';
import { persistenceList } from '#dataplane/netfilter/ipvs.ts';
import { portOfService } from '#dataplane/netfilter/iptables/services.ts';
import { parseIp, type Ip, type Protocol } from '#net/ip.ts';
import type { Ipvs, RealServer, VirtualServer } from '#node/ipvs.ts';
import { ipvsOf } from '#node/netfilter.ts';
import { failure, output, type Command, type Here, type Io, type Output } from '../../command.ts';
import { hostAt } from '../../place.ts';
import { resolve } from '../../network/dial.ts';
import { networkAt } from '../../network/entered.ts';
import { changeNetfilter, mayAdminister, netfilterAt } from '../iptables/access.ts';
import { getopt } from '../../getopt.ts';

/** `status` as the shell sees it; -1 is 255. */
class Problem extends Error {
  readonly status: number;

  constructor(message: string, status = 2) {
    super(message);
    this.status = status;
  }
}

const commandNames: Readonly<Record<string, string>> = {
  A: 'add-service',
  E: 'edit-service',
  D: 'delete-service',
  C: 'clear',
  R: 'restore',
  S: 'save',
  a: 'add-server',
  e: 'edit-server',
  d: 'delete-server',
  L: 'list',
  l: 'list',
  Z: 'zero',
  h: 'help',
};

const long: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(commandNames).map(([letter, name]) => [name, letter])),
  list: 'L',
  'tcp-service': 't:',
  'udp-service': 'u:',
  'sctp-service': 'sctp-service:',
  'fwmark-service': 'f:',
  scheduler: 's:',
  persistent: 'p',
  netmask: 'M:',
  'real-server': 'r:',
  gatewaying: 'g',
  ipip: 'i',
  masquerading: 'm',
  weight: 'w:',
  'u-threshold': 'x:',
  'l-threshold': 'y:',
  'sched-flags': 'b:',
  connection: 'c',
  timeout: 'timeout',
  daemon: 'daemon',
  stats: 'stats',
  rate: 'rate',
  exact: 'exact',
  thresholds: 'thresholds',
  'persistent-conn': 'persistent-conn',
  nosort: 'nosort',
  sort: 'sort',
  ops: 'o',
  numeric: 'n',
  ipv6: '6',
  version: 'v',
};

interface Request {
  readonly command: string;
  readonly service?: { readonly protocol: Protocol; readonly ip: Ip; readonly port: number };
  readonly real?: { readonly ip: Ip; readonly port: number };
  readonly values: ReadonlyMap<string, string | undefined>;
}

/** Which options a command needs, and which it takes. */
const rules: Readonly<Record<string, { readonly needs: readonly string[]; readonly takes: readonly string[] }>> = {
  A: { needs: ['service-address'], takes: ['s', 'p', 'M', 'b', 'o', '6'] },
  E: { needs: ['service-address'], takes: ['s', 'p', 'M', 'b', 'o', '6'] },
  D: { needs: ['service-address'], takes: ['6'] },
  a: { needs: ['service-address', 'real-server'], takes: ['g', 'i', 'm', 'w', 'x', 'y', '6'] },
  e: { needs: ['service-address', 'real-server'], takes: ['g', 'i', 'm', 'w', 'x', 'y', '6'] },
  d: { needs: ['service-address', 'real-server'], takes: ['6'] },
  C: { needs: [], takes: [] },
  S: { needs: [], takes: ['n'] },
  R: { needs: [], takes: [] },
  Z: { needs: [], takes: ['service-address', '6'] },
  L: {
    needs: [],
    takes: [
      'service-address',
      'c',
      'timeout',
      'daemon',
      'stats',
      'rate',
      'exact',
      'thresholds',
      'persistent-conn',
      'nosort',
      'sort',
      'n',
      '6',
    ],
  },
};

const optionNames: Readonly<Record<string, string>> = {
  s: 'scheduler',
  p: 'persistent',
  M: 'netmask',
  g: 'forwarding-method',
  i: 'forwarding-method',
  m: 'forwarding-method',
  w: 'weight',
  x: 'u-threshold',
  y: 'l-threshold',
  b: 'sched-flags',
  o: 'ops',
  n: 'numeric',
  c: 'connection',
  r: 'real-server',
  '6': 'ipv6',
};

const protocolsOf: Readonly<Record<string, Protocol>> = { t: 'TCP', u: 'UDP', 'sctp-service': 'SCTP' };

function endpoint(
  text: string,
  protocol: Protocol,
  here: Here,
  kind: 'virtual server' | 'real server',
): { readonly ip: Ip; readonly port: number } {
  const wrong = () => new Problem(`illegal ${kind} address[:port] specified`);
  const [, bracketed, host, portText] = /^(?:\[([^\]]+)\]|([^:]+|.*:.*:.*?))(?::(\w+))?$/.exec(text) ?? [];
  const name = bracketed ?? host;
  if (name === undefined) throw wrong();
  const address = parseIp(name) ?? resolve(here, name).addresses[0];
  if (address === undefined) throw wrong();
  const port = portText === undefined ? 0 : /^\d+$/.test(portText) ? Number(portText) : portOfService(portText, protocol.toLowerCase());
  if (port === undefined || port > 65535) throw wrong();
  return { ip: address, port };
}

function parse(argv: readonly string[], here: Here): Request {
  const parsed = getopt(argv, 'AEDCRSaedLlZhvt:u:f:s:p::M:r:gimw:x:y:b:co6n', long);
  if ('problem' in parsed) {
    const [, option = ''] = /'(-?[^']*)'/.exec(parsed.problem) ?? [];
    const missing = parsed.problem.includes('requires');
    throw new Problem(`${option.startsWith('-') ? option : `-${option}`}: ${missing ? 'missing argument' : 'unknown option'}`, 255);
  }
  let command: string | undefined;
  let service: Request['service'];
  let realText: string | undefined;
  const values = new Map<string, string | undefined>();
  const rest = [...parsed.rest];
  for (const { id, value } of parsed.found) {
    if (commandNames[id] !== undefined) {
      const letter = id === 'l' ? 'L' : id;
      if (command !== undefined && command !== letter) throw new Problem('multiple commands specified');
      command = letter;
      continue;
    }
    const protocol = protocolsOf[id];
    if (protocol !== undefined) service = { protocol, ...endpoint(value!, protocol, here, 'virtual server') };
    else if (id === 'r') realText = value;
    else if (id === 'p') values.set('p', value ?? (/^\d+$/.test(rest[0] ?? '') ? rest.shift() : undefined));
    else values.set(id, value);
  }
  if (values.has('v')) return { command: 'v', values };
  if (rest.length > 0) throw new Problem(`unexpected argument ${rest[0]}`);
  const real = realText === undefined ? undefined : endpoint(realText, service?.protocol ?? 'TCP', here, 'real server');
  const request = { command: command ?? 'L', values, ...(service !== undefined && { service }), ...(real !== undefined && { real }) };
  check(request);
  return request;
}

function check({ command, service, real, values }: Request): void {
  const rule = rules[command];
  if (rule === undefined) return;
  const name = commandNames[command];
  const given = new Set([
    ...values.keys(),
    ...(service === undefined ? [] : ['service-address']),
    ...(real === undefined ? [] : ['real-server']),
  ]);
  for (const need of rule.needs)
    if (!given.has(need)) throw new Problem(`You need to supply the '${need}' option for the '${name}' command`);
  for (const option of given) {
    if (!rule.needs.includes(option) && !rule.takes.includes(option))
      throw new Problem(`Illegal '${optionNames[option] ?? option}' option with the '${name}' command`);
  }
  const weight = values.get('w');
  if (weight !== undefined && !/^\d+$/.test(weight)) throw new Problem('illegal weight specified');
  const timeout = values.get('p');
  if (timeout !== undefined && !/^[1-9]\d*$/.test(timeout)) throw new Problem(`invalid timeout value \`${timeout}' specified`);
  if ((command === 'A' || command === 'E') && service!.port === 0 && !values.has('p'))
    throw new Problem('Zero port specified for non-persistent service');
}

const schedulers = new Set(['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'fo', 'ovf', 'mh']);

/** The kernel's answers, in the words of libipvs. */
function refused(message: string): Problem {
  return new Problem(message, 255);
}

function changed({ servers }: Ipvs, { command, service, real, values }: Request): readonly VirtualServer[] {
  if (command === 'C') return [];
  const wanted = service!;
  const isWanted = (server: VirtualServer) => server.protocol === wanted.protocol && server.ip === wanted.ip && server.port === wanted.port;
  const found = servers.find(isWanted);
  const replaced = (server: VirtualServer) => servers.map((one) => (one === found ? server : one));
  if (command === 'A' || command === 'E') {
    if (command === 'A' && found !== undefined) throw refused('Service already exists');
    if (command === 'E' && found === undefined) throw refused('No such service');
    const scheduler = values.get('s') ?? 'wlc';
    if (!schedulers.has(scheduler)) throw refused('Scheduler or persistence engine not found');
    const flags = values.get('b')?.split(',');
    const made: VirtualServer = {
      ...wanted,
      scheduler,
      ...(values.has('p') && { persistent: Number(values.get('p') ?? 300) }),
      ...(flags !== undefined && { flags }),
      realServers: found?.realServers ?? [],
    };
    return command === 'A' ? [...servers, made] : replaced(made);
  }
  if (command === 'D') {
    if (found === undefined) throw refused('No such service');
    return servers.filter((one) => one !== found);
  }
  if (found === undefined) throw refused('Service not defined');
  const isReal = (one: RealServer) => one.ip === real!.ip && one.port === (real!.port || wanted.port);
  const known = found.realServers.find(isReal);
  if (command === 'a' ? known !== undefined : known === undefined)
    throw refused(command === 'a' ? 'Destination already exists' : 'No such destination');
  if (command === 'd') return replaced({ ...found, realServers: found.realServers.filter((one) => one !== known) });
  const forward = values.has('m') ? ('Masq' as const) : values.has('i') ? ('Tunnel' as const) : ('Route' as const);
  const made: RealServer = { ip: real!.ip, port: real!.port || wanted.port, forward, weight: Number(values.get('w') ?? 1) };
  const realServers = known === undefined ? [...found.realServers, made] : found.realServers.map((one) => (one === known ? made : one));
  return replaced({ ...found, realServers });
}

/** The connections that the namespace's virtual servers have balanced, the newest first, and after them what persistent ones remember. */
function connectionsAt({ servers }: Ipvs, { lab, place }: Here, namespace: string): readonly BalancedConnection[] {
  const { connections = [], remembered = [] } = lab.snapshot;
  const isHere = (one: { readonly node: string; readonly namespace: string }) => one.node === place.node && one.namespace === namespace;
  const secondsTo = (moment: number) => Math.floor((moment - lab.now) / 1000);
  const balanced = connections.filter(isHere).flatMap(({ entry: { protocol, original, reply }, balanced }): BalancedConnection[] => {
    if (balanced === undefined || balanced.until <= lab.now) return [];
    return [
      {
        protocol: protocol.toUpperCase() as Protocol,
        expires: secondsTo(balanced.until),
        state: balanced.state,
        source: { ip: original.src, port: original.sport },
        virtual: { ip: original.dst, port: original.dport },
        destination: { ip: reply.src, port: reply.sport },
      },
    ];
  });
  const unanswered = new Set(balanced.filter(({ state }) => state === 'SYN_RECV').map(({ source }) => source.ip));
  const templates = servers.flatMap((server): BalancedConnection[] =>
    server.persistent === undefined
      ? []
      : server.realServers.flatMap((real) => {
          const own = remembered.filter((one) => isHere(one) && one.list === persistenceList(server, real));
          const latest = new Map([...own].reverse().map(({ ip, at }) => [ip, at + server.persistent! * 1000]));
          return [...latest]
            .filter(([, until]) => until > lab.now)
            .map(([ip, until]) => ({
              protocol: server.protocol,
              expires: secondsTo(until),
              state: unanswered.has(ip) ? 'NONE' : 'ASSURED',
              source: { ip, port: 0 },
              virtual: server,
              destination: real,
              template: true,
            }));
        }),
  );
  return [...balanced, ...templates];
}

function listed(ipvs: Ipvs, { service, values }: Request, naming: Naming, connections: readonly BalancedConnection[]): string {
  if (values.has('timeout')) return 'Timeout (tcp tcpfin udp): 900 120 300\n';
  if (values.has('daemon')) return '';
  if (values.has('c')) return listConnections(connections, naming);
  const columns: Columns = values.has('stats')
    ? 'stats'
    : values.has('rate')
      ? 'rate'
      : values.has('thresholds')
        ? 'thresholds'
        : values.has('persistent-conn')
          ? 'persistent'
          : 'plain';
  const only =
    service === undefined
      ? undefined
      : (one: VirtualServer) => one.protocol === service.protocol && one.ip === service.ip && one.port === service.port;
  if (only !== undefined && !ipvs.servers.some(only)) throw refused('No such service');
  return listVirtualServers(ipvs, columns, naming, connections, only, !values.has('nosort'));
}

function run(argv: readonly string[], io: Io, here: Here): Output {
  const request = parse(argv, here);
  if (request.command === 'v') return output('ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)\n');
  if (request.command === 'h') return output(help);
  const netfilter = netfilterAt(here);
  const ipvs = ipvsOf(netfilter);
  const naming: Naming = {
    numeric: request.values.has('n'),
    nameOf: (ip) => {
      const line = (io.files.read('/etc/hosts') ?? '').split('\n').find((one) => parseIp(one.trim().split(/\s+/)[0] ?? '') === ip);
      return line?.trim().split(/\s+/)[1];
    },
  };
  switch (request.command) {
    case 'L':
      return output(listed(ipvs, request, naming, connectionsAt(ipvs, here, networkAt(here).name)));
    case 'S':
      return output(saveVirtualServers(ipvs, naming));
    case 'Z':
      return output('');
    case 'R':
      for (const line of io.stdin.split('\n')) {
        if (line.trim() === '') continue;
        const done = run(line.trim().split(/\s+/), io, here);
        if (done.exitCode !== 0) return done;
      }
      return output('');
    default:
      changeNetfilter(here, { ...netfilter, ipvs: { servers: changed(ipvs, request) } });
      return output('');
  }
}

/** The module is loaded on first use, where there is one. */
function withModule(io: Io, here: Here): string | undefined {
  if (hostAt(here.lab, here.place).kernel.modules.has('ip_vs')) return undefined;
  if (here.place.kind === 'node') {
    here.lab.change((change) => {
      const host = change.hosts.get(here.place.node)!;
      const modules = new Set([...host.kernel.modules, 'ip_vs']);
      change.hosts.set(here.place.node, { ...host, kernel: { ...host.kernel, modules } });
    });
    return undefined;
  }
  const { release } = hostAt(here.lab, here.place).kernel;
  const modprobe = io.has('modprobe') ? `modprobe: FATAL: Module ip_vs not found in directory /lib/modules/${release}\n` : '';
  return `${modprobe}Can't initialize ipvs: Protocol not available\n${hint}`;
}

const hint = 'Are you sure that IP Virtual Server is built in the kernel or as module?\n';

export const ipvsadm: Command = {
  name: 'ipvsadm',
  run(args, io, here) {
    if (!mayAdminister(here)) return failure(`Can't initialize ipvs: Permission denied (you must be root)\n${hint}`, 2);
    const missing = withModule(io, here);
    if (missing !== undefined) return failure(missing, 2);
    try {
      return run(args, io, here);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return failure(`${error.message}\n`, error.status);
    }
  },
};

const help = `ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)
Usage:
  ipvsadm -A|E virtual-service [-s scheduler] [-p [timeout]] [-M netmask] [-b sched-flags]
  ipvsadm -D virtual-service
  ipvsadm -C
  ipvsadm -R
  ipvsadm -S [-n]
  ipvsadm -a|e virtual-service -r server-address [options]
  ipvsadm -d virtual-service -r server-address
  ipvsadm -L|l [virtual-service] [options]
  ipvsadm -Z [virtual-service]
  ipvsadm -h
`;
