/** What listens in a network namespace of a host: containers, and the host's own services. */
import type { Family, Ip, Port, Protocol } from '#net/ip.ts';
import type { Host, Listener, Sandbox } from '#node/host.ts';

export interface Listening {
  readonly listener: Listener;
  /** The pod and container behind it; undefined for services of the host. */
  readonly sandbox?: Sandbox;
  readonly container?: string;
}

/** Who takes packets to a port. */
interface Taken {
  /** By the one address to which they are sent. */
  bound: Map<string, Listening> | undefined;
  /** To all addresses of a family. */
  anyIPv4: Listening | undefined;
  anyIPv6: Listening | undefined;
}

/** Who listens on which ports of a protocol: a handful, gone through one by one. */
class Ports {
  readonly #numbers: number[] = [];
  readonly #taken: Taken[] = [];

  find(number: number): Taken | undefined {
    const place = this.#numbers.indexOf(number);
    return place < 0 ? undefined : this.#taken[place];
  }

  take(number: number): Taken {
    const taken = { bound: undefined, anyIPv4: undefined, anyIPv6: undefined };
    this.#numbers.push(number);
    this.#taken.push(taken);
    return taken;
  }
}

/** What listens in a namespace. */
export class Listeners {
  readonly all: readonly Listening[];
  readonly #tcp = new Ports();
  readonly #udp = new Ports();
  readonly #sctp = new Ports();

  constructor(all: readonly Listening[]) {
    this.all = all;
    for (const one of all) this.#add(one);
  }

  #portsOf(protocol: Protocol): Ports {
    switch (protocol) {
      case 'TCP':
        return this.#tcp;
      case 'UDP':
        return this.#udp;
      case 'SCTP':
        return this.#sctp;
    }
  }

  /** Where several listen alike, packets are the first one's. */
  #add(one: Listening): void {
    const { protocol, port, address } = one.listener;
    const ports = this.#portsOf(protocol);
    const taken = ports.find(port) ?? ports.take(port);
    if (address === '::' || address === '0.0.0.0') {
      taken.anyIPv4 ??= one;
      if (address === '::') taken.anyIPv6 ??= one;
    } else {
      taken.bound ??= new Map();
      if (!taken.bound.has(address)) taken.bound.set(address, one);
    }
  }

  /** The one that takes a packet to this address and port: one bound to the address goes before one bound to all. */
  find(protocol: Protocol, family: Family, address: Ip, port: number): Listening | undefined {
    const taken = this.#portsOf(protocol).find(port);
    return taken && (taken.bound?.get(address) ?? (family === 'IPv4' ? taken.anyIPv4 : taken.anyIPv6));
  }
}

const nobody = new Listeners([]);
const known = new WeakMap<Host, ReadonlyMap<string, Listeners>>();

/** Who listens in a namespace (`''` is the host's own). */
export function listenersIn(host: Host, namespace: string): Listeners {
  let byNamespace = known.get(host);
  if (byNamespace === undefined)
    known.set(host, (byNamespace = new Map([...collect(host)].map(([name, listening]) => [name, new Listeners(listening)]))));
  return byNamespace.get(namespace) ?? nobody;
}

/** Everything that listens in a namespace (`''` is the host's own). */
export function listeningIn(host: Host, namespace: string): readonly Listening[] {
  return listenersIn(host, namespace).all;
}

function collect(host: Host): Map<string, readonly Listening[]> {
  const byNamespace = new Map<string, Listening[]>();
  const add = (namespace: string, one: Listening) => {
    const list = byNamespace.get(namespace);
    if (list === undefined) byNamespace.set(namespace, [one]);
    else list.push(one);
  };
  for (const listener of hostServices(host)) add('', { listener });
  for (const { listeners, ended } of host.background ?? [])
    if (ended === undefined) for (const listener of listeners) add('', { listener });
  for (const sandbox of host.sandboxes.values()) {
    for (const container of sandbox.containers)
      for (const listener of container.listeners) add(sandbox.network.namespace, { listener, sandbox, container: container.name });
  }
  return byNamespace;
}

function hostServices(host: Host): readonly Listener[] {
  const service = (
    unit: string,
    process: string,
    sockets: readonly (readonly [Protocol, string, number, Listener['speaks']])[],
  ): readonly Listener[] => {
    const state = host.units.get(`${unit}.service`);
    if (state?.active !== 'active') return [];
    return sockets.map(([protocol, address, port, speaks]) => ({ protocol, address, port: port as Port, process, pid: state.pid, speaks }));
  };
  return [
    ...service('systemd-resolved', 'systemd-resolve', [
      ['UDP', '127.0.0.53', 53, 'dns'],
      ['TCP', '127.0.0.53', 53, 'dns'],
      ['UDP', '127.0.0.54', 53, 'dns'],
      ['TCP', '127.0.0.54', 53, 'dns'],
    ]),
    ...service('ssh', 'sshd', [['TCP', '::', 22, 'silent']]),
    ...service('containerd', 'containerd', [['TCP', '127.0.0.1', 36459, 'silent']]),
    ...service('kubelet', 'kubelet', [
      ['TCP', '127.0.0.1', 10248, 'http'],
      ['TCP', '::', 10250, 'https'],
    ]),
  ];
}
