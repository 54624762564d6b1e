/** The virtual servers as ipvsadm lists and saves them. (ipvsadm 1.31: ipvsadm.c, libipvs.c) */
import { familyOf, hostPort, toUint32, type Ip } from '#net/ip.ts';
import type { Ipvs, RealServer, VirtualServer } from '#node/ipvs.ts';
import { serviceOfPort } from './iptables/services.ts';

/** How an address is shown: by number, or by the names of its host and port. */
export interface Naming {
  readonly numeric: boolean;
  readonly nameOf: (ip: Ip) => string | undefined;
}

type Endpoint = { readonly ip: Ip; readonly port: number };

/** Addresses compare as signed differences of 32 bits, so that 172.16.0.0 comes before 10.0.0.0. */
function compareAddresses(a: Endpoint, b: Endpoint): number {
  const [families, other] = [familyOf(a.ip), familyOf(b.ip)];
  if (families !== other) return families === 'IPv4' ? -1 : 1;
  const order = families === 'IPv4' ? (toUint32(a.ip) - toUint32(b.ip)) | 0 : a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : 0;
  return order !== 0 ? order : a.port - b.port;
}

const protocolNumbers = { TCP: 6, UDP: 17, SCTP: 132 } as const;

export function sortedServers(servers: readonly VirtualServer[]): readonly VirtualServer[] {
  const family = (server: VirtualServer) => (familyOf(server.ip) === 'IPv4' ? 0 : 1);
  return [...servers].sort(
    (a, b) => family(a) - family(b) || protocolNumbers[a.protocol] - protocolNumbers[b.protocol] || compareAddresses(a, b),
  );
}

function addressText({ ip, port }: Endpoint, protocol: VirtualServer['protocol'], { numeric, nameOf }: Naming): string {
  if (numeric) return hostPort(ip, port);
  const host = nameOf(ip);
  const service = serviceOfPort(port, protocol.toLowerCase()) ?? String(port);
  return host === undefined ? hostPort(ip, service) : `${host}:${service}`;
}

const forwards = { Masq: '-m', Route: '-g', Tunnel: '-i' } as const;

export type Columns = 'plain' | 'stats' | 'rate' | 'thresholds' | 'persistent';

const heads: Readonly<Record<Columns, string>> = {
  plain: 'Prot LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n',
  stats: counterHead('Conns', 'InPkts', 'OutPkts', 'InBytes', 'OutBytes'),
  rate: counterHead('CPS', 'InPPS', 'OutPPS', 'InBPS', 'OutBPS'),
  thresholds: `${'Prot LocalAddress:Port'.padEnd(33)} ${['Uthreshold', 'Lthreshold', 'ActiveConn', 'InActConn '].join(' ')}\n  -> RemoteAddress:Port\n`,
  persistent: `${'Prot LocalAddress:Port'.padEnd(33)} ${['Weight   ', 'PersistConn', 'ActiveConn', 'InActConn '].join(' ')}\n  -> RemoteAddress:Port\n`,
};

function counterHead(...names: readonly string[]): string {
  return `${'Prot LocalAddress:Port'.padEnd(33)} ${names.map((name) => name.padStart(8)).join(' ')}\n  -> RemoteAddress:Port\n`;
}

/** A connection that a virtual server has balanced, or the template by which a persistent one sends a client's next to the same place. */
export interface BalancedConnection {
  readonly protocol: VirtualServer['protocol'];
  /** Seconds that are left to it. */
  readonly expires: number;
  readonly state: string;
  readonly source: Endpoint;
  readonly virtual: Endpoint;
  readonly destination: Endpoint;
  readonly template?: boolean;
}

/** `ipvsadm -Lc`. */
export function listConnections(connections: readonly BalancedConnection[], naming: Naming): string {
  const rows = connections.map(({ protocol, expires, state, source, virtual, destination }) => {
    const [minutes, seconds] = [Math.floor(expires / 60), expires % 60].map((part) => String(part).padStart(2, '0'));
    const [from, to, end] = [source, virtual, destination].map((one) => addressText(one, protocol, naming));
    return `${protocol.padEnd(3)} ${`${minutes}:${seconds}`.padEnd(6)} ${state.padEnd(11)} ${from!.padEnd(18)} ${to!.padEnd(18)} ${end}\n`;
  });
  return `IPVS connection entries\npro expire state       source             virtual            destination\n${rows.join('')}`;
}

/** How many connections a real server has of a virtual one. */
interface Counts {
  readonly active: number;
  readonly inactive: number;
  readonly templates: number;
}

function countsOf(connections: readonly BalancedConnection[], server: VirtualServer, real: RealServer): Counts {
  const same = (a: Endpoint, b: Endpoint) => a.ip === b.ip && a.port === b.port;
  const own = connections.filter(
    ({ protocol, virtual, destination }) => protocol === server.protocol && same(virtual, server) && same(destination, real),
  );
  const active = own.filter(({ state }) => state === 'ESTABLISHED').length;
  const templates = own.filter(({ template }) => template === true).length;
  return { active, inactive: own.length - active - templates, templates };
}

const noCounts = Array.from({ length: 5 }, () => '0'.padStart(8)).join(' ');

function serverText(server: VirtualServer, columns: Columns, naming: Naming): string {
  const { protocol, scheduler, persistent, flags = [] } = server;
  const name = `${protocol.padEnd(4)} ${addressText(server, protocol, naming)}`;
  if (columns === 'stats' || columns === 'rate') return `${name.padEnd(33)} ${noCounts}`;
  if (columns !== 'plain') return name;
  return `${name} ${scheduler}${flags.length > 0 ? ` (${flags.join(',')})` : ''}${persistent === undefined ? '' : ` persistent ${persistent}`}`;
}

function realText(real: RealServer, { protocol }: VirtualServer, columns: Columns, naming: Naming, counts: Counts): string {
  const name = `  -> ${addressText(real, protocol, naming).padEnd(28)}`;
  const { active, inactive, templates } = counts;
  const cells = (...values: readonly (readonly [value: number | string, width: number])[]) =>
    values.map(([value, width]) => String(value).padEnd(width)).join(' ');
  switch (columns) {
    case 'stats':
    case 'rate':
      return `${name} ${noCounts}`;
    case 'thresholds':
      return `${name} ${cells([0, 10], [0, 10], [active, 10], [inactive, 10])}`;
    case 'persistent':
      return `${name} ${cells([real.weight, 9], [templates, 11], [active, 10], [inactive, 10])}`;
    case 'plain':
      return `${name} ${cells([real.forward, 7], [real.weight, 6], [active, 10], [inactive, 10])}`;
  }
}

export function listVirtualServers(
  { servers }: Ipvs,
  columns: Columns,
  naming: Naming,
  connections: readonly BalancedConnection[],
  only?: (server: VirtualServer) => boolean,
  sorted = true,
): string {
  const all = sorted ? sortedServers(servers) : servers;
  const shown = only === undefined ? all : all.filter(only);
  const head = only === undefined ? 'IP Virtual Server version 1.2.1 (size=4096)\n' : '';
  const lines = shown.flatMap((server) => [
    serverText(server, columns, naming),
    ...[...server.realServers]
      .sort(compareAddresses)
      .map((real) => realText(real, server, columns, naming, countsOf(connections, server, real))),
  ]);
  return head + heads[columns] + lines.map((line) => `${line}\n`).join('');
}

const letters = { TCP: '-t', UDP: '-u', SCTP: '--sctp-service' } as const;

/** `ipvsadm -S`: the commands that make the table. */
export function saveVirtualServers({ servers }: Ipvs, naming: Naming): string {
  return sortedServers(servers)
    .flatMap((server) => {
      const { protocol, scheduler, persistent, flags = [] } = server;
      const service = `${letters[protocol]} ${addressText(server, protocol, naming)}`;
      const options = `${flags.length > 0 ? ` -b ${flags.join(',')}` : ''}${persistent === undefined ? '' : ` -p ${persistent}`}`;
      const reals = [...server.realServers].sort(compareAddresses);
      return [
        `-A ${service} -s ${scheduler}${options}\n`,
        ...reals.map((real) => `-a ${service} -r ${addressText(real, protocol, naming)} ${forwards[real.forward]} -w ${real.weight}\n`),
      ];
    })
    .join('');
}
