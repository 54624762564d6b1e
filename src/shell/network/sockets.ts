/** The sockets of a network namespace as its programs see them: who listens, and which process that is to them. */
import { listeningIn, type Listening } from '#dataplane/links/listeners.ts';
import { familyOf, parseIp, type Protocol } from '#net/ip.ts';
import type { Here } from '../command.ts';
import { hostAt } from '../place.ts';
import { networkAt } from './entered.ts';

export interface Socket {
  readonly protocol: Protocol;
  /** `::` takes all families. */
  readonly address: string;
  readonly port: number;
  readonly family: 'IPv4' | 'IPv6';
  /** Bound to a device. */
  readonly device?: string;
  /** Connections that may wait to be accepted; 0 for datagrams. */
  readonly backlog: number;
  /** The process, where it is one that the caller can see. */
  readonly owner?: { readonly name: string; readonly pid: number; readonly fd: number };
}

/** What servers pass to listen(2); Go's take the kernel's most. */
const backlogs: Readonly<Record<string, number>> = { sshd: 128, nginx: 511, httpd: 511, 'redis-server': 511 };
const somaxconn = 4096;

/** A process's name as the kernel keeps it: fifteen characters (TASK_COMM_LEN). */
export function commandName(program: string): string {
  return program.slice(0, 15);
}

/** The listening sockets, IPv4 ones first. */
export function socketsAt(here: Here): readonly Socket[] {
  const { name, namespace } = networkAt(here);
  const files = new Map<string, number>();
  const sockets = listeningIn(hostAt(here.lab, here.place), name).map((one): Socket => {
    const { protocol, address, port, process } = one.listener;
    const key = `${one.container ?? ''}/${one.listener.pid}`;
    const fd = files.get(key) ?? 3;
    files.set(key, fd + 1);
    const parsed = parseIp(address);
    const pid = pidSeen(here, one);
    return {
      protocol,
      address,
      port,
      family: parsed === undefined ? 'IPv6' : familyOf(parsed),
      ...(process === 'systemd-resolve' && address === '127.0.0.53' && { device: 'lo' }),
      backlog: protocol === 'UDP' ? 0 : (backlogs[process] ?? somaxconn),
      ...(pid !== undefined && { owner: { name: commandName(process), pid, fd } }),
    };
  });
  // The kernel itself receives what a VXLAN device gets, once for a port.
  const ports = new Set(namespace.links.flatMap((link) => (link.up && link.vxlan !== undefined ? [link.vxlan.port] : [])));
  for (const port of ports) sockets.push({ protocol: 'UDP', address: '0.0.0.0', port, family: 'IPv4', backlog: 0 });
  return [...sockets.filter((one) => one.family === 'IPv4'), ...sockets.filter((one) => one.family === 'IPv6')];
}

/** The number of a listener's process as seen from here: on the host, its own; in a container, 1; of other containers, none. */
function pidSeen({ place }: Here, { listener, sandbox, container }: Listening): number | undefined {
  if (place.kind === 'node') return listener.pid;
  return sandbox?.podUid === place.podUid && container === place.container ? 1 : undefined;
}

/** Names of ports, as Debian's /etc/services has them; those that listen in clusters. */
const services: Readonly<Record<number, string>> = {
  22: 'ssh',
  53: 'domain',
  80: 'http',
  443: 'https',
  3306: 'mysql',
  5432: 'postgresql',
  6379: 'redis',
  8080: 'http-alt',
};

export function portName(port: number, numeric: boolean): string {
  return numeric ? String(port) : (services[port] ?? String(port));
}
