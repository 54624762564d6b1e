/**
 * The network stack of a namespace, and its devices, as walks of packets find them: what follows from links, routes, rules and settings is
 * worked out once for all walks.
 */
import type { Family } from '#net/ip.ts';
import type { Host } from '#node/host.ts';
import type { Link, NetworkNamespace } from '#node/kernel.ts';
import { ipsetsOf, type Hook, type IpSets, type Netfilter } from '#node/netfilter.ts';
import { listenersIn, type Listeners, type Listening } from '../links/listeners.ts';
import { routingOf, type Routing } from '../links/routing.ts';
import { hooksOf, type FilteredHooks, type Filters } from '../netfilter/evaluate.ts';
import { familyOfPacket, type At, type Packet } from './packet.ts';

export class Stack implements At {
  readonly host: Host;
  readonly namespace: NetworkNamespace;
  /** It is the machine's own, not a pod's. */
  readonly isRoot: boolean;
  readonly routing: Routing;
  /** There are no rules at all: nobody looks at packets, and nobody tracks connections. */
  readonly isBare: boolean;
  /** `pod shop/web-1`, `node01`. */
  readonly place: string;
  /** Whether it passes on packets that are for others. */
  readonly forwards: Readonly<Record<Family, boolean>>;
  /** By their numbers. */
  readonly #devices: (Device | undefined)[] = [];
  readonly #hooks: FilteredHooks;
  #listeners: Listeners | undefined;
  #ipsets: IpSets | undefined;

  constructor(host: Host, namespace: NetworkNamespace) {
    this.host = host;
    this.namespace = namespace;
    this.isRoot = namespace.name === '';
    this.routing = routingOf(namespace);
    this.isBare = isBare(namespace.netfilter);
    this.place = placeOf(host, namespace);
    this.#hooks = hooksOf(namespace.netfilter);
    this.forwards = { IPv4: this.sysctl(forwardingKeys.IPv4) === '1', IPv6: this.sysctl(forwardingKeys.IPv6) === '1' };
  }

  /** A kernel parameter; 0 where it was never set. */
  sysctl(key: string): string {
    return this.namespace.sysctls.get(key) ?? '0';
  }

  device(link: Link, index = link.index): Device {
    const known = this.#devices[index];
    return known?.link === link ? known : (this.#devices[index] = new Device(this, link));
  }

  deviceNamed(name: string): Device | undefined {
    const link = this.routing.link(name);
    return link && this.device(link);
  }

  /** The first device that is of a kind and up. */
  deviceOf(kind: Link['kind']): Device | undefined {
    for (const link of this.namespace.links) if (link.kind === kind && link.up) return this.device(link);
    return undefined;
  }

  /** What looks at packets at a hook. */
  filters(family: Family, hook: Hook): Filters {
    return (family === 'IPv4' ? this.#hooks.IPv4 : this.#hooks.IPv6).at(hook);
  }

  get ipsets(): IpSets {
    return (this.#ipsets ??= ipsetsOf(this.namespace.netfilter));
  }

  /** What listens here, and takes a packet. */
  listenerFor(packet: Packet): Listening | undefined {
    const { protocol, dstIp, dstPort } = packet.flow;
    if (protocol === 'ICMP') return undefined;
    this.#listeners ??= listenersIn(this.host, this.namespace.name);
    return this.#listeners.find(protocol, familyOfPacket(packet), dstIp, dstPort);
  }
}

function isBare(netfilter: Netfilter): boolean {
  const { ipv4, ipv6, nftables, ipvs } = netfilter;
  // Rules that are still to be made are rules.
  const isEmpty = (rules: { readonly size: number } | readonly unknown[] | (() => unknown) | undefined) =>
    rules === undefined || (typeof rules !== 'function' && ('size' in rules ? rules.size : rules.length) === 0);
  return (
    isEmpty(ipv4) && isEmpty(ipv6) && isEmpty(nftables) && (ipvs === undefined || (typeof ipvs !== 'function' && ipvs.servers.length === 0))
  );
}

export const forwardingKeys: Readonly<Record<Family, string>> = {
  IPv4: 'net.ipv4.ip_forward',
  IPv6: 'net.ipv6.conf.all.forwarding',
};

function placeOf(host: Host, { name }: NetworkNamespace): string {
  if (name === '') return host.name;
  for (const { network, podNamespace, podName } of host.sandboxes.values())
    if (network.namespace === name) return `pod ${podNamespace}/${podName}`;
  return `namespace ${name}`;
}

/** A device of a stack. */
export class Device {
  readonly at: Stack;
  readonly link: Link;
  /** What packets meet of the link is beside it: one place is looked at instead of two. */
  readonly kind: Link['kind'];
  readonly name: string;
  readonly mtu: number;
  readonly isUp: boolean;
  /** The bridge of which it is a port. */
  readonly master: string | undefined;
  readonly proxiesArp: boolean;
  /** Packets from and to 127.0.0.0/8 may use it. */
  readonly routesLocalnet: boolean;
  /** 0, 1 (strict: the way back must be the same link) or 2 (loose: there must be a way back). */
  readonly reversePathFilter: number;
  /** `vxlan flannel.1`. */
  readonly named: string;
  #peer: Device | undefined;
  #hasPeer = false;
  #ports: ReadonlyMap<string, Device> | undefined;

  constructor(at: Stack, link: Link) {
    this.at = at;
    this.link = link;
    this.kind = link.kind;
    this.name = link.name;
    this.mtu = link.mtu;
    this.isUp = link.up;
    this.master = link.master;
    this.named = `${link.kind} ${link.name}`;
    const of = (name: string, key: string) => at.sysctl(`net.ipv4.conf.${name}.${key}`);
    const own = `net.ipv4.conf.${link.name}.rp_filter`;
    const filter = at.namespace.sysctls.has(own) ? at.sysctl(own) : of('default', 'rp_filter');
    this.proxiesArp = of(link.name, 'proxy_arp') === '1';
    this.routesLocalnet = of('all', 'route_localnet') === '1' || of(link.name, 'route_localnet') === '1';
    this.reversePathFilter = Math.max(Number(filter), Number(of('all', 'rp_filter')));
  }

  /** The other end of a veth pair. */
  get peer(): Device | undefined {
    if (!this.#hasPeer) {
      this.#peer = this.#findPeer();
      this.#hasPeer = true;
    }
    return this.#peer;
  }

  #findPeer(): Device | undefined {
    const { peer } = this.link;
    const far = peer && stackOf(this.at.host, peer.namespace);
    const link = far?.routing.linkAt(peer!.index);
    return link && far!.device(link);
  }

  /** The ports of a bridge behind which addresses are on this machine. */
  portsBy(find: (bridge: Device) => ReadonlyMap<string, Device>): ReadonlyMap<string, Device> {
    return (this.#ports ??= find(this));
  }
}

const stacks = new WeakMap<Host, Map<NetworkNamespace, Stack>>();

export function stackAt({ host, namespace }: At): Stack {
  let ofHost = stacks.get(host);
  if (ofHost === undefined) stacks.set(host, (ofHost = new Map()));
  let stack = ofHost.get(namespace);
  if (stack === undefined) ofHost.set(namespace, (stack = new Stack(host, namespace)));
  return stack;
}

function stackOf(host: Host, name: string): Stack | undefined {
  const namespace = host.kernel.namespaces.get(name);
  return namespace && stackAt({ host, namespace });
}

export function rootOf(host: Host): Stack {
  return stackOf(host, '')!;
}
