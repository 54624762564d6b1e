/**
 * A kernel under change, spoken to as plugins and daemons do through netlink and /proc/sys. Acts return the kernel's error text
 * (`file exists`) or undefined.
 *
 * What the kernel itself does is done here: an address brings its connected route, a link that comes up its IPv6 link-local address, a
 * bridge without an address of its own takes the lowest MAC of its ports, a namespace that goes takes its veth pairs along.
 */
import {
  addIp,
  baseOf,
  bitsOf,
  cidr,
  compareIps,
  contains,
  familyOf,
  lastOf,
  lengthOf,
  networkOf,
  toIp,
  type Cidr,
  type Ip,
  type Prefixed,
} from '#net/ip.ts';
import { hexOf } from '#kube/chance.ts';
import type { Address, ForwardingEntry, Kernel, Link, Neighbour, NetworkNamespace, Route } from '../kernel.ts';
import type { IpSet } from '../ipvs.ts';
import { ipsetsOf, noRules, type Tables } from '../netfilter.ts';
import { changeTables } from './iptables.ts';

/** errno texts (syscall/zerrors_linux). */
export const errno = {
  exists: 'file exists',
  noDevice: 'no such device',
  noProcess: 'no such process',
  unreachable: 'network is unreachable',
  unsupported: 'operation not supported',
  invalid: 'invalid argument',
  notAssigned: 'cannot assign requested address',
} as const;

/** What a new link is given; the kernel fills in the rest. */
export type NewLink = Pick<Link, 'name' | 'kind'> & Partial<Pick<Link, 'mac' | 'mtu' | 'vxlan'>>;

export class KernelDraft {
  #kernel: Kernel;
  readonly #purpose: string;

  /** `purpose` is what random MAC addresses are drawn from: the seed and the host's name. */
  constructor(kernel: Kernel, purpose: string) {
    this.#kernel = kernel;
    this.#purpose = purpose;
  }

  get kernel(): Kernel {
    return this.#kernel;
  }

  has(namespace: string): boolean {
    return this.#kernel.namespaces.has(namespace);
  }

  namespace(name: string): NetworkNamespace {
    const found = this.#kernel.namespaces.get(name);
    if (found === undefined) throw new Error(`no network namespace "${name}"`);
    return found;
  }

  /** A fresh namespace, as `ip netns add` leaves it: a loopback that is down. */
  addNamespace(name: string): void {
    const lo: Link = { index: 1, name: 'lo', kind: 'loopback', mac: '00:00:00:00:00:00', mtu: 65536, up: false, addresses: [] };
    this.#put({ name, links: [lo], routes: [], neighbours: [], forwarding: [], sysctls: new Map(), netfilter: noRules });
  }

  removeNamespace(name: string): void {
    if (!this.has(name)) return;
    for (const link of this.namespace(name).links) this.removeLink(name, link.name);
    const namespaces = new Map(this.#kernel.namespaces);
    namespaces.delete(name);
    this.#kernel = { ...this.#kernel, namespaces };
  }

  link(namespace: string, name: string): Link | undefined {
    return this.namespace(namespace).links.find((link) => link.name === name);
  }

  addLink(namespace: string, link: NewLink): string | undefined {
    if (this.link(namespace, link.name) !== undefined) return errno.exists;
    const defaults = { mtu: 1500, mac: this.#mac(namespace, link.name), up: false, addresses: [] };
    this.#append(namespace, { ...defaults, ...link, index: this.#nextIndex(namespace) });
    return undefined;
  }

  /** A veth pair: `inside` in its namespace, `outside` in the host's. */
  addVethPair(
    namespace: string,
    inside: { readonly name: string; readonly mac?: string },
    outside: { readonly name: string; readonly mac?: string; readonly namespace?: string },
    mtu = 1500,
  ): string | undefined {
    const far = outside.namespace ?? '';
    if (this.link(namespace, inside.name) !== undefined || this.link(far, outside.name) !== undefined) return errno.exists;
    const index = this.#nextIndex(namespace);
    this.addLink(namespace, { name: inside.name, kind: 'veth', mtu, ...(inside.mac !== undefined && { mac: inside.mac }) });
    const farIndex = this.#nextIndex(far);
    this.addLink(far, { name: outside.name, kind: 'veth', mtu, ...(outside.mac !== undefined && { mac: outside.mac }) });
    this.#change(namespace, inside.name, { peer: { namespace: far, index: farIndex } });
    this.#change(far, outside.name, { peer: { namespace, index } });
    return undefined;
  }

  removeLink(namespace: string, name: string): string | undefined {
    const link = this.link(namespace, name);
    if (link === undefined) return errno.noDevice;
    this.#drop(namespace, link);
    if (link.peer !== undefined && this.has(link.peer.namespace)) {
      const peer = this.namespace(link.peer.namespace).links.find((other) => other.index === link.peer!.index);
      if (peer !== undefined) this.#drop(link.peer.namespace, peer);
    }
    return undefined;
  }

  setUp(namespace: string, name: string): string | undefined {
    const link = this.link(namespace, name);
    if (link === undefined) return errno.noDevice;
    if (link.up) return undefined;
    this.#change(namespace, name, { up: true });
    if (link.kind === 'loopback') {
      this.#assign(namespace, name, { ip: '127.0.0.1' as Ip, length: 8, scope: 'host' });
      this.#assign(namespace, name, { ip: '::1' as Ip, length: 128, scope: 'host' });
    } else if (this.sysctl(namespace, `net.ipv6.conf.${name}.disable_ipv6`) !== '1') this.#linkLocal(namespace, name);
    for (const address of link.addresses) this.#connect(namespace, name, address);
    return undefined;
  }

  setDown(namespace: string, name: string): string | undefined {
    const link = this.link(namespace, name);
    if (link === undefined) return errno.noDevice;
    this.#change(namespace, name, {
      up: false,
      wasUp: true,
      addresses: link.addresses.filter((address) => familyOf(address.ip) === 'IPv4'),
    });
    this.#routes(namespace, (routes) => routes.filter((route) => route.dev !== name));
    return undefined;
  }

  setMtu(namespace: string, name: string, mtu: number): string | undefined {
    return this.#changeKnown(namespace, name, { mtu });
  }

  setMac(namespace: string, name: string, mac: string): string | undefined {
    const link = this.link(namespace, name);
    if (link?.kind !== 'bridge') return this.#changeKnown(namespace, name, { mac });
    this.setBridgeMac(namespace, name, mac);
    return this.#changeKnown(namespace, name, { macSet: true });
  }

  /** Gives a bridge a MAC of its own; its link-local address, made when the first port has a carrier, follows. */
  setBridgeMac(namespace: string, bridge: string, mac: string): void {
    const link = this.link(namespace, bridge);
    if (link === undefined || link.mac === mac) return;
    this.#change(namespace, bridge, { mac, addresses: link.addresses.filter((address) => address.scope !== 'link') });
    if (link.up) this.#linkLocal(namespace, bridge);
  }

  setHairpin(namespace: string, name: string, hairpin: boolean): string | undefined {
    return this.#changeKnown(namespace, name, { hairpin });
  }

  setMaster(namespace: string, name: string, master: string): string | undefined {
    const failed = this.#changeKnown(namespace, name, { master });
    if (failed === undefined) this.#adjustBridge(namespace, master);
    return failed;
  }

  removeMaster(namespace: string, name: string): string | undefined {
    const link = this.link(namespace, name);
    if (link === undefined) return errno.noDevice;
    if (link.master === undefined) return undefined;
    const links = this.namespace(namespace).links.map((one) => (one.name === name ? withoutMaster(one) : one));
    this.#patch(namespace, { links });
    this.#adjustBridge(namespace, link.master);
    return undefined;
  }

  /** Gives a link another name; what refers to it follows. */
  renameLink(namespace: string, name: string, newName: string): string | undefined {
    const { links, routes, neighbours, forwarding } = this.namespace(namespace);
    if (links.some((link) => link.name === newName)) return errno.exists;
    const renamed = <T extends { readonly dev?: string }>(one: T): T => (one.dev === name ? { ...one, dev: newName } : one);
    this.#patch(namespace, {
      links: links.map((link) => ({
        ...link,
        ...(link.name === name && { name: newName }),
        ...(link.master === name && { master: newName }),
      })),
      routes: routes.map(renamed),
      neighbours: neighbours.map(renamed),
      forwarding: forwarding.map(renamed),
    });
    return undefined;
  }

  /** Moves a link to another namespace, where it is down and bare (dev_change_net_namespace). It keeps its index where that is free. */
  moveLink(namespace: string, name: string, target: string): string | undefined {
    const link = this.link(namespace, name);
    if (link === undefined) return errno.noDevice;
    if (link.kind === 'loopback' || link.kind === 'bridge') return errno.invalid;
    if (this.link(target, name) !== undefined) return errno.exists;
    this.#drop(namespace, link);
    const taken = this.namespace(target).links.some((other) => other.index === link.index);
    const moved: Link = { ...withoutMaster(link), index: taken ? this.#nextIndex(target) : link.index, up: false, addresses: [] };
    this.#patch(target, { links: [...this.namespace(target).links, moved].sort((a, b) => a.index - b.index) });
    if (target === '' && taken) this.#kernel = { ...this.#kernel, nextIndex: this.#kernel.nextIndex + 1 };
    const { peer } = link;
    if (peer === undefined) return undefined;
    const far = this.namespace(peer.namespace).links.find((other) => other.index === peer.index);
    if (far !== undefined) this.#change(peer.namespace, far.name, { peer: { namespace: target, index: moved.index } });
    return undefined;
  }

  /** Assigns an address; with its network's broadcast address unless told another, or none. */
  addAddress(
    namespace: string,
    name: string,
    prefixed: Prefixed,
    options: { readonly broadcast?: boolean | Ip; readonly scope?: Address['scope'] } = {},
  ): string | undefined {
    const link = this.link(namespace, name);
    if (link === undefined) return errno.noDevice;
    if (link.addresses.some((address) => address.ip === prefixed.ip && address.length === prefixed.length)) return errno.exists;
    const told = options.broadcast ?? true;
    const usual = told === true && familyOf(prefixed.ip) === 'IPv4' && prefixed.length < 31 ? lastOf(networkOf(prefixed)) : undefined;
    const broadcast = typeof told === 'string' ? told : usual;
    const address: Address = { ...prefixed, scope: options.scope ?? 'global', ...(broadcast !== undefined && { broadcast }) };
    this.#assign(namespace, name, address);
    if (link.up) this.#connect(namespace, name, address);
    return undefined;
  }

  removeAddress(namespace: string, name: string, prefixed: Prefixed): string | undefined {
    const link = this.link(namespace, name);
    const same = (address: Prefixed) => address.ip === prefixed.ip && address.length === prefixed.length;
    if (link?.addresses.some(same) !== true) return errno.notAssigned;
    this.#change(namespace, name, { addresses: link.addresses.filter((address) => !same(address)) });
    this.#routes(namespace, (routes) =>
      routes.filter(
        (route) => !(route.proto === 'kernel' && route.dev === name && route.dst === networkOf(prefixed)) && route.src !== prefixed.ip,
      ),
    );
    return undefined;
  }

  /** Adds a route as RTM_NEWROUTE with CREATE and EXCL does. */
  addRoute(namespace: string, route: RouteSpec): string | undefined {
    const full = completed(route);
    const refused = this.#refusal(namespace, full);
    if (refused !== undefined) return refused;
    if (this.namespace(namespace).routes.some((other) => samePlace(other, full))) return errno.exists;
    this.#routes(namespace, (routes) => inserted(routes, full));
    return undefined;
  }

  /**
   * Adds a route as RTM_NEWROUTE with CREATE alone does (netlink's RouteAddEcmp): beside, and before, others to the same destination;
   * only a perfect match is refused.
   */
  addRouteBeside(namespace: string, route: RouteSpec): string | undefined {
    const full = completed(route);
    const refused = this.#refusal(namespace, full);
    if (refused !== undefined) return refused;
    const { routes } = this.namespace(namespace);
    const others = routes.filter((other) => samePlace(other, full));
    if (others.some((other) => other.dev === full.dev && other.via === full.via && other.scope === full.scope)) return errno.exists;
    const first = familyOf(full.dst) === 'IPv4' ? routes.findIndex((other) => other.dst === full.dst) : -1;
    this.#routes(namespace, () => (first < 0 ? inserted(routes, full) : [...routes.slice(0, first), full, ...routes.slice(first)]));
    return undefined;
  }

  /** Adds a route, or puts it in the place of one to the same destination (`ip route replace`). */
  replaceRoute(namespace: string, route: RouteSpec): string | undefined {
    const full = completed(route);
    const refused = this.#refusal(namespace, full);
    if (refused !== undefined) return refused;
    this.#routes(namespace, (routes) =>
      inserted(
        routes.filter((other) => !samePlace(other, full)),
        full,
      ),
    );
    return undefined;
  }

  /** Reports whether an address is on a link's own network. */
  reaches(namespace: string, dev: string, ip: Ip): boolean {
    return this.namespace(namespace).routes.some(
      (route) => route.dev === dev && route.type === 'unicast' && route.via === undefined && contains(route.dst, ip),
    );
  }

  removeRoute(namespace: string, matches: (route: Route) => boolean): string | undefined {
    if (!this.namespace(namespace).routes.some(matches)) return errno.noProcess;
    this.#routes(namespace, (routes) => routes.filter((route) => !matches(route)));
    return undefined;
  }

  /** A static neighbour entry (`ip neigh replace … nud permanent`). */
  setNeighbour(namespace: string, neighbour: Neighbour): void {
    const { neighbours } = this.namespace(namespace);
    const others = neighbours.filter((other) => other.ip !== neighbour.ip || other.dev !== neighbour.dev);
    this.#patch(namespace, { neighbours: [...others, neighbour] });
  }

  removeNeighbours(namespace: string, matches: (neighbour: Neighbour) => boolean): void {
    this.#patch(namespace, { neighbours: this.namespace(namespace).neighbours.filter((neighbour) => !matches(neighbour)) });
  }

  setForwarding(namespace: string, entry: ForwardingEntry): void {
    const others = this.namespace(namespace).forwarding.filter((other) => other.mac !== entry.mac || other.dev !== entry.dev);
    this.#patch(namespace, { forwarding: [...others, entry] });
  }

  removeForwarding(namespace: string, matches: (entry: ForwardingEntry) => boolean): void {
    this.#patch(namespace, { forwarding: this.namespace(namespace).forwarding.filter((entry) => !matches(entry)) });
  }

  sysctl(namespace: string, key: string): string | undefined {
    return this.namespace(namespace).sysctls.get(key);
  }

  setSysctl(namespace: string, key: string, value: string): void {
    const { sysctls } = this.namespace(namespace);
    if (sysctls.get(key) !== value) this.#patch(namespace, { sysctls: new Map(sysctls).set(key, value) });
  }

  /** Changes the rules of one family; where they are not made yet, when they are. */
  changeRules(namespace: string, family: 'ipv4' | 'ipv6', change: (tables: Tables) => Tables): void {
    this.#patch(namespace, { netfilter: changeTables(this.namespace(namespace).netfilter, family, change) });
  }

  /** Twelve hex digits as the kernel's eth_random_addr makes them: local, not multicast. */
  /** `ipset create` and the members, in place of a set of that name. */
  putIpSet(namespace: string, set: IpSet): void {
    const { netfilter } = this.namespace(namespace);
    this.#patch(namespace, { netfilter: { ...netfilter, ipsets: new Map(ipsetsOf(netfilter)).set(set.name, set) } });
  }

  #mac(namespace: string, name: string): string {
    const digits = hexOf(`${this.#purpose}/mac/${namespace}/${name}/${this.#nextIndex(namespace)}`, 12);
    const first = ((parseInt(digits.slice(0, 2), 16) & 0xfe) | 0x02).toString(16).padStart(2, '0');
    return [first, ...Array.from({ length: 5 }, (_, i) => digits.slice(2 * i + 2, 2 * i + 4))].join(':');
  }

  #nextIndex(namespace: string): number {
    if (namespace === '') return this.#kernel.nextIndex;
    return Math.max(...this.namespace(namespace).links.map((link) => link.index)) + 1;
  }

  #append(namespace: string, link: Link): void {
    this.#patch(namespace, { links: [...this.namespace(namespace).links, link] });
    if (namespace === '') this.#kernel = { ...this.#kernel, nextIndex: this.#kernel.nextIndex + 1 };
  }

  #drop(namespace: string, link: Link): void {
    const { links, routes, neighbours, forwarding } = this.namespace(namespace);
    const dev = link.name;
    this.#patch(namespace, {
      links: links.filter((other) => other.index !== link.index).map((other) => (other.master === dev ? withoutMaster(other) : other)),
      routes: routes.filter((route) => route.dev !== dev),
      neighbours: neighbours.filter((neighbour) => neighbour.dev !== dev),
      forwarding: forwarding.filter((entry) => entry.dev !== dev),
    });
    if (link.master !== undefined) this.#adjustBridge(namespace, link.master);
  }

  /** A bridge has the smallest MTU of its ports (br_mtu_auto_adjust) and, unless it was given one, their lowest MAC (br_stp_recalculate_bridge_id). */
  #adjustBridge(namespace: string, bridge: string): void {
    const { links } = this.namespace(namespace);
    const own = links.find((link) => link.name === bridge);
    if (own?.kind !== 'bridge') return;
    const ports = links.filter((link) => link.master === bridge);
    this.#change(namespace, bridge, { mtu: Math.min(...ports.map((port) => port.mtu), ports.length === 0 ? 1500 : Infinity) });
    // Plugins and daemons fix a bridge's MAC when they give it an address.
    if (own.macSet === true || own.addresses.some((address) => address.scope === 'global')) return;
    const macs = links.filter((link) => link.master === bridge).map((link) => link.mac);
    if (macs.length === 0) return;
    const mac = macs.sort()[0]!;
    this.setBridgeMac(namespace, bridge, mac);
  }

  #linkLocal(namespace: string, name: string): void {
    const link = this.link(namespace, name)!;
    if (link.kind === 'ipip') return;
    const ip = linkLocalOf(link.mac);
    this.#assign(namespace, name, { ip, length: 64, scope: 'link' });
    this.#connect(namespace, name, { ip, length: 64, scope: 'link' });
  }

  /** The kernel keeps a link's IPv4 addresses in order of their adding, and the newest IPv6 address of a scope first. */
  #assign(namespace: string, name: string, address: Address): void {
    const { addresses } = this.link(namespace, name)!;
    const v4 = addresses.filter((other) => familyOf(other.ip) === 'IPv4');
    const v6 = addresses.filter((other) => familyOf(other.ip) === 'IPv6');
    const first = (one: Address) => v4.find((other) => other.length === one.length && networkOf(other) === networkOf(one));
    if (familyOf(address.ip) === 'IPv4') {
      // A second address of a network stands after all that are the first of theirs (inet_insert_ifa).
      const secondary = first(address) === undefined ? v4.findIndex((one) => first(one) !== one) : -1;
      v4.splice(secondary < 0 ? v4.length : secondary, 0, address);
    } else v6.splice(address.scope === 'global' ? 0 : v6.length, 0, address);
    this.#change(namespace, name, { addresses: [...v4, ...v6] });
  }

  #connect(namespace: string, dev: string, address: Address): void {
    if (address.scope === 'host') return;
    const dst = networkOf(address);
    const v4 = familyOf(address.ip) === 'IPv4';
    if (v4 && address.length === 32) return;
    const route: Route = v4
      ? { dst, dev, type: 'unicast', scope: 'link', proto: 'kernel', src: address.ip }
      : { dst, dev, type: 'unicast', scope: 'global', proto: 'kernel', metric: 256 };
    const { routes } = this.namespace(namespace);
    if (!routes.some((other) => other.dst === dst && other.dev === dev)) this.#patch(namespace, { routes: inserted(routes, route) });
  }

  #refusal(namespace: string, route: Route): string | undefined {
    if (route.dev !== undefined && this.link(namespace, route.dev) === undefined) return errno.noDevice;
    if (route.via === undefined || route.onlink === true) return undefined;
    const devs = route.dev === undefined ? this.namespace(namespace).links.map((link) => link.name) : [route.dev];
    return devs.some((dev) => this.reaches(namespace, dev, route.via!)) ? undefined : errno.unreachable;
  }

  #changeKnown(namespace: string, name: string, change: Partial<Link>): string | undefined {
    if (this.link(namespace, name) === undefined) return errno.noDevice;
    this.#change(namespace, name, change);
    return undefined;
  }

  #change(namespace: string, name: string, change: Partial<Link>): void {
    this.#patch(namespace, {
      links: this.namespace(namespace).links.map((link) => (link.name === name ? { ...link, ...change } : link)),
    });
  }

  #routes(namespace: string, change: (routes: readonly Route[]) => readonly Route[]): void {
    this.#patch(namespace, { routes: change(this.namespace(namespace).routes) });
  }

  #patch(namespace: string, change: Partial<NetworkNamespace>): void {
    this.#put({ ...this.namespace(namespace), ...change });
  }

  #put(namespace: NetworkNamespace): void {
    this.#kernel = { ...this.#kernel, namespaces: new Map(this.#kernel.namespaces).set(namespace.name, namespace) };
  }
}

/** What a route is told; the rest are the defaults of netlink's RTM_NEWROUTE. */
export type RouteSpec = Pick<Route, 'dst'> & Partial<Route>;

function completed(route: RouteSpec): Route {
  const metric = familyOf(route.dst) === 'IPv6' ? { metric: 1024 } : {};
  return { type: 'unicast', proto: 'boot', scope: 'global', ...metric, ...route };
}

/** Reports whether two routes would stand in the same place: one destination, one metric. */
function samePlace(a: Route, b: Route): boolean {
  return a.dst === b.dst && (a.metric ?? 0) === (b.metric ?? 0) && (familyOf(a.dst) === 'IPv4' || a.dev === b.dev);
}

function inserted(routes: readonly Route[], route: Route): readonly Route[] {
  const after = routes.findIndex((other) => compareRoutes(other, route) > 0);
  const at = after < 0 ? routes.length : after;
  return [...routes.slice(0, at), route, ...routes.slice(at)];
}

/**
 * The order in which the kernel lists a table: IPv4 before IPv6; IPv4 by address, longer prefixes of equal addresses first (net/ipv4/fib_trie.c);
 * IPv6 from left to right and from leaves to root, so that a prefix follows all that it contains (net/ipv6/ip6_fib.c, fib6_walk_continue); then
 * by metric. Routes that are equal in all of it stay as they came.
 */
export function compareRoutes(a: Pick<Route, 'dst' | 'metric'>, b: Pick<Route, 'dst' | 'metric'>): number {
  const family = familyOf(a.dst);
  if (family !== familyOf(b.dst)) return family === 'IPv4' ? -1 : 1;
  const key = family === 'IPv4' ? baseOf : lastOf;
  return compareIps(key(a.dst), key(b.dst)) || lengthOf(b.dst) - lengthOf(a.dst) || (a.metric ?? 0) - (b.metric ?? 0);
}

function withoutMaster(link: Link): Link {
  const { master: _, ...rest } = link;
  return rest;
}

/** A link's own address in IPv6: `fe80::` and the MAC's EUI-64 (RFC 4291 appendix A). */
export function linkLocalOf(mac: string): Ip {
  const octets = mac.split(':').map((part) => parseInt(part, 16));
  const eui = [octets[0]! ^ 2, octets[1]!, octets[2]!, 0xff, 0xfe, octets[3]!, octets[4]!, octets[5]!];
  return toIp(
    eui.reduce((value, octet) => (value << 8n) | BigInt(octet), 0xfe80_0000_0000_0000n),
    'IPv6',
  );
}

/** The host route of an address: `10.0.0.2/32`. */
export function hostCidr(ip: Ip): Cidr {
  return cidr(`${ip}/${bitsOf(familyOf(ip))}`);
}

/** The default route's destination of a family. */
export function defaultCidr(ip: Ip): Cidr {
  return cidr(familyOf(ip) === 'IPv4' ? '0.0.0.0/0' : '::/0');
}

/** The first address of a network that a host may have: `10.0.0.1` of `10.0.0.0/24`. */
export function firstOf(network: Cidr): Ip {
  return addIp(network.slice(0, network.indexOf('/')) as Ip, 1);
}
