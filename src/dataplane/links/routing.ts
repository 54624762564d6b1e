/** Where a network namespace sends a packet, and which addresses are its own (Linux fib_lookup, inet_select_addr). */
import {
  baseOf,
  bitsOf,
  contains,
  familyOf,
  lengthOf,
  networkOf,
  ordinalMask,
  ordinalOf,
  type Cidr,
  type Family,
  type Ip,
} from '#net/ip.ts';
import type { Link, NetworkNamespace, Route } from '#node/kernel.ts';
import { spread } from './spread.ts';

/** What becomes of packets to an address, or to all of a network. */
export interface Destination {
  /** The link that owns the address. */
  readonly local: Link | undefined;
  /** The longest match; undefined: nowhere. */
  readonly route: Route | undefined;
  /** It leads on by a link or a gateway: the route is none that refuses. */
  readonly leadsOn: boolean;
  /** The link that the route takes, and its number. */
  readonly out: Link | undefined;
  readonly index: number;
  /** The gateway; undefined: the destination is a neighbour. */
  readonly via: Ip | undefined;
  /** The source of what the namespace itself sends there; undefined: it depends on the destination. */
  readonly source: Ip | undefined;
}

/** Destinations of one length of prefix, by their network: what is left of an ordinal under the mask. */
interface Level {
  readonly mask: number;
  readonly networks: ReadonlyMap<number, Destination>;
  /** Where there is one only: it, and what is there. */
  readonly network: number;
  readonly only: Destination | undefined;
}

/** So many networks are gone through one by one: a pod has a handful of them. */
const few = 8;

/** Of 2^9 addresses that were looked up lately what was found is kept, each in a place that its number says. */
const latelyBits = 9;
const lately = 2 ** latelyBits;

const nowhere: Destination = {
  local: undefined,
  route: undefined,
  leadsOn: false,
  out: undefined,
  index: 0,
  via: undefined,
  source: undefined,
};

/** The addresses of a device that may stand for it, as {@link addressOn} chooses among them. */
interface Sources {
  readonly networks: readonly { readonly network: Cidr; readonly ip: Ip }[];
  readonly otherwise: Ip | undefined;
}

/** What a network namespace knows of where packets go, made ready for many questions. */
export class Routing {
  readonly #namespace: NetworkNamespace;
  readonly #local = new Map<Ip, Link>();
  readonly #loopback: Link | undefined;
  /** Longest prefix first, then lowest metric. */
  readonly #routes: Readonly<Record<Family, readonly Route[]>>;
  /** Networks of IPv4, longest prefix first: the mask and the number of each, and what is there. Empty where they are many. */
  readonly #networks: readonly number[];
  readonly #destinations: readonly Destination[];
  /** The same where they are many. */
  readonly #levels: readonly Level[];
  /** The ordinals of addresses that were looked up lately there, and what was found. */
  readonly #asked: Int32Array;
  readonly #answers: (Destination | undefined)[];
  readonly #links: ReadonlyMap<string, Link>;
  readonly #byIndex: ReadonlyMap<number, Link>;
  /** What was looked up before of IPv6. */
  readonly #found = new Map<Ip, Destination>();
  readonly #sources: Readonly<Record<Family, Map<string | undefined, Sources>>> = { IPv4: new Map(), IPv6: new Map() };

  constructor(namespace: NetworkNamespace) {
    const { links, routes } = namespace;
    this.#namespace = namespace;
    for (const link of links) for (const address of link.addresses) if (link.up || link.kind === 'dummy') this.#local.set(address.ip, link);
    this.#loopback = links.find((link) => link.kind === 'loopback' && link.up);
    this.#links = new Map(links.map((link) => [link.name, link]));
    this.#byIndex = new Map([...links].reverse().map((link) => [link.index, link]));
    const usable = routes.filter((route) => route.dev === undefined || this.#links.get(route.dev)?.up === true);
    const sorted = [...usable].sort((a, b) => lengthOf(b.dst) - lengthOf(a.dst) || (a.metric ?? 0) - (b.metric ?? 0));
    const of = (family: Family) => sorted.filter((route) => familyOf(route.dst) === family);
    this.#routes = { IPv4: of('IPv4'), IPv6: of('IPv6') };
    const levels = this.#levelsOf(this.#routes.IPv4);
    const all = levels.flatMap(({ mask, networks }) => [...networks].map(([network, there]) => ({ mask, network, there })));
    const isShort = all.length <= few;
    this.#networks = isShort ? all.flatMap(({ mask, network }) => [mask, network]) : [];
    this.#destinations = isShort ? all.map(({ there }) => there) : [];
    this.#levels = isShort ? [] : levels;
    this.#asked = new Int32Array(isShort ? 0 : lately);
    this.#answers = new Array<Destination | undefined>(this.#asked.length).fill(undefined);
  }

  link(name: string): Link | undefined {
    return this.#links.get(name);
  }

  linkAt(index: number): Link | undefined {
    return this.#byIndex.get(index);
  }

  /** The link that owns the address; loopback owns all of 127.0.0.0/8. */
  local(address: Ip): Link | undefined {
    return this.towards(address).local;
  }

  /** As {@link lookup} says. */
  lookup(destination: Ip, device?: string): Route | undefined {
    if (device === undefined) return this.towards(destination).route;
    const family = familyOf(destination);
    const own = this.#routes[family].find((route) => route.dev === device && contains(route.dst, destination));
    if (own !== undefined || this.link(device)?.up !== true) return own;
    return { dst: networkOf({ ip: destination, length: bitsOf(family) }), type: 'unicast', dev: device, scope: 'link', proto: 'boot' };
  }

  /** What becomes of packets to an address. */
  towards(address: Ip): Destination {
    return this.to(address, ordinalOf(address));
  }

  /** The same of an address whose {@link ordinalOf} is known. */
  to(address: Ip, ordinal: number | undefined): Destination {
    if (ordinal === undefined) return this.#toIPv6(address);
    const networks = this.#networks;
    for (let i = 0; i < networks.length; i += 2) if ((ordinal & networks[i]!) === networks[i + 1]) return this.#destinations[i >> 1]!;
    if (this.#levels.length === 0) return nowhere;
    const slot = spread(ordinal, latelyBits);
    const known = this.#answers[slot];
    if (known !== undefined && this.#asked[slot] === ordinal) return known;
    this.#asked[slot] = ordinal;
    return (this.#answers[slot] = this.#search(ordinal));
  }

  #search(ordinal: number): Destination {
    for (const { mask, networks, network, only } of this.#levels) {
      const place = ordinal & mask;
      const found = only === undefined ? networks.get(place) : place === network ? only : undefined;
      if (found !== undefined) return found;
    }
    return nowhere;
  }

  #toIPv6(address: Ip): Destination {
    const known = this.#found;
    let found = known.get(address);
    if (found !== undefined) return found;
    found = this.#by(
      this.#local.get(address),
      this.#routes.IPv6.find(({ dst }) => contains(dst, address)),
    );
    if (known.size >= mostFound) known.clear();
    known.set(address, found);
    return found;
  }

  /** The same of a process that is bound to a device, which uses that device's routes alone. */
  through(device: string, address: Ip): Destination {
    return this.#by(undefined, this.lookup(address, device));
  }

  #by(local: Link | undefined, route: Route | undefined): Destination {
    if (route === undefined) return { ...nowhere, local };
    const { type, dev, via, src } = route;
    const source = src ?? (via === undefined ? undefined : this.addressOn(dev, via));
    const out = dev === undefined ? undefined : this.#links.get(dev);
    return { local, route, leadsOn: type === 'unicast', out, index: out?.index ?? 0, via, source };
  }

  #levelsOf(routes: readonly Route[]): readonly Level[] {
    const levels = new Map<number, Map<number, Destination>>();
    const put = (length: number, address: Ip, local: Link | undefined, route: Route | undefined): void => {
      let level = levels.get(length);
      if (level === undefined) levels.set(length, (level = new Map()));
      const network = ordinalOf(address)! & ordinalMask(length);
      if (!level.has(network)) level.set(network, this.#by(local, route));
    };
    const longest = (address: Ip) => routes.find(({ dst }) => contains(dst, address));
    for (const [address, link] of this.#local) if (familyOf(address) === 'IPv4') put(32, address, link, longest(address));
    // All of 127.0.0.0/8 is the loopback's, whatever routes there are into it.
    if (this.#loopback !== undefined) put(8, loopbackNetwork, this.#loopback, longest(loopbackNetwork));
    for (const route of routes)
      if (this.#loopback === undefined || !isLoopback(ordinalOf(baseOf(route.dst))))
        put(lengthOf(route.dst), baseOf(route.dst), undefined, route);
    const sorted = [...levels].sort(([a], [b]) => b - a);
    return sorted.map(([length, networks]) => {
      const [network = 0, only] = networks.size === 1 ? [...networks][0]! : [];
      return { mask: ordinalMask(length), networks, network, only };
    });
  }

  /** The source address of a packet that the namespace itself sends on a way to an address. */
  sourceTowards({ source, out }: Destination, address: Ip): Ip | undefined {
    return source ?? this.addressOn(out?.name, address);
  }

  /** As {@link addressOn} says. */
  addressOn(device: string | undefined, next: Ip): Ip | undefined {
    const family = familyOf(next);
    const known = this.#sources[family];
    let sources = known.get(device);
    if (sources === undefined) known.set(device, (sources = this.#sourcesOf(device, family)));
    for (const { network, ip } of sources.networks) if (contains(network, next)) return ip;
    return sources.otherwise;
  }

  #sourcesOf(device: string | undefined, family: Family): Sources {
    const link = device === undefined ? undefined : this.link(device);
    const own = (link?.addresses ?? []).filter((address) => familyOf(address.ip) === family && address.scope !== 'host');
    const first = own.find((address) => address.scope === 'global') ?? own[0];
    const all = this.#namespace.links.flatMap((other) => other.addresses);
    const lent = all.find(({ ip, scope }) => familyOf(ip) === family && scope === 'global');
    return {
      networks: own.filter(({ length }) => length < bitsOf(family)).map(({ ip, length }) => ({ network: networkOf({ ip, length }), ip })),
      otherwise: first?.ip ?? lent?.ip,
    };
  }
}

const mostFound = 10_000;

/** Reports whether an address is in 127.0.0.0/8. */
export function isLoopback(ordinal: number | undefined): boolean {
  return ordinal !== undefined && (ordinal & loopbackMask) === firstOfLoopback;
}

const loopbackNetwork = '127.0.0.0' as Ip;
const firstOfLoopback = ordinalOf(loopbackNetwork);
const loopbackMask = ordinalMask(8);

const known = new WeakMap<NetworkNamespace, Routing>();

export function routingOf(namespace: NetworkNamespace): Routing {
  let routing = known.get(namespace);
  if (routing === undefined) known.set(namespace, (routing = new Routing(namespace)));
  return routing;
}

export function linkOf(namespace: NetworkNamespace, name: string): Link | undefined {
  return routingOf(namespace).link(name);
}

/** The link that owns the address; loopback owns all of 127.0.0.0/8. */
export function localLink(namespace: NetworkNamespace, address: Ip): Link | undefined {
  return routingOf(namespace).local(address);
}

/**
 * The route that a destination takes; undefined when there is none. A process bound to a device uses that device's routes alone, and takes
 * the destination for a neighbour where it has none (Linux net/ipv4/route.c, ip_route_output_key_hash_rcu).
 */
export function lookup(namespace: NetworkNamespace, destination: Ip, device?: string): Route | undefined {
  return routingOf(namespace).lookup(destination, device);
}

/** The source address of a packet that the namespace itself sends by a route. */
export function sourceFor(namespace: NetworkNamespace, route: Route, destination: Ip): Ip | undefined {
  return route.src ?? routingOf(namespace).addressOn(route.dev, route.via ?? destination);
}

/**
 * The address that stands for a device towards a next hop: one of the same network, else its first; a device without any lends one from
 * another (Linux net/ipv4/devinet.c, inet_select_addr).
 */
export function addressOn(namespace: NetworkNamespace, device: string | undefined, next: Ip): Ip | undefined {
  return routingOf(namespace).addressOn(device, next);
}

/** `10.244.1.0/24 via 10.244.1.0 dev flannel.1`, as `ip route` says it. */
export function routeText(route: Route): string {
  let text = routeTexts.get(route);
  if (text === undefined) routeTexts.set(route, (text = writeRoute(route)));
  return text;
}

const routeTexts = new WeakMap<Route, string>();

function writeRoute(route: Route): string {
  const everything = route.dst === '0.0.0.0/0' || route.dst === '::/0';
  const type = route.type === 'unicast' ? '' : `${route.type} `;
  return `${type}${everything ? 'default' : route.dst}${route.via === undefined ? '' : ` via ${route.via}`}${route.dev === undefined ? '' : ` dev ${route.dev}`}`;
}
