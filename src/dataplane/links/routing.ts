/** Where a network namespace sends a packet, and which addresses are its own (Linux fib_lookup, inet_select_addr). */
import { baseOf, bitsOf, contains, familyOf, lengthOf, networkOf, toUint32, type Cidr, type Family, type Ip } from '#net/ip.ts';
import type { Link, NetworkNamespace, Route } from '#node/kernel.ts';

/** Routes of one length of prefix, by their network: the address without its last bits. */
interface Level {
  /** How many addresses such a network has. */
  readonly size: number;
  readonly routes: ReadonlyMap<number, Route>;
}

/** The addresses of a device that may stand for it, as {@link addressOn} chooses among them. */
interface Sources {
  readonly networks: readonly { readonly network: Cidr; readonly ip: Ip }[];
  readonly otherwise: Ip | undefined;
}

interface Table {
  readonly local: ReadonlyMap<string, Link>;
  readonly loopback: Link | undefined;
  /** Longest prefix first, then lowest metric. */
  readonly routes: { readonly IPv4: readonly Route[]; readonly IPv6: readonly Route[] };
  /** The same of IPv4, longest prefix first. */
  readonly levels: readonly Level[];
  readonly links: ReadonlyMap<string, Link>;
  readonly byIndex: ReadonlyMap<number, Link>;
  /** What was looked up before of IPv6. */
  readonly found: Map<Ip, Route | undefined>;
  readonly sources: { readonly IPv4: Map<string | undefined, Sources>; readonly IPv6: Map<string | undefined, Sources> };
}

const mostFound = 10_000;

const tables = new WeakMap<NetworkNamespace, Table>();

function tableOf(namespace: NetworkNamespace): Table {
  let table = tables.get(namespace);
  if (table === undefined) tables.set(namespace, (table = makeTable(namespace)));
  return table;
}

function makeTable(namespace: NetworkNamespace): Table {
  const local = new Map<string, Link>();
  for (const link of namespace.links)
    for (const address of link.addresses) if (link.up || link.kind === 'dummy') local.set(address.ip, link);
  const links = new Map(namespace.links.map((link) => [link.name, link]));
  const usable = namespace.routes.filter((route) => route.dev === undefined || links.get(route.dev)?.up === true);
  const sorted = [...usable].sort((a, b) => lengthOf(b.dst) - lengthOf(a.dst) || (a.metric ?? 0) - (b.metric ?? 0));
  const IPv4 = sorted.filter((route) => familyOf(route.dst) === 'IPv4');
  return {
    local,
    loopback: namespace.links.find((link) => link.kind === 'loopback' && link.up),
    links,
    byIndex: new Map([...namespace.links].reverse().map((link) => [link.index, link])),
    found: new Map(),
    routes: { IPv4, IPv6: sorted.filter((route) => familyOf(route.dst) === 'IPv6') },
    levels: levelsOf(IPv4),
    sources: { IPv4: new Map(), IPv6: new Map() },
  };
}

function levelsOf(routes: readonly Route[]): readonly Level[] {
  const levels = new Map<number, Map<number, Route>>();
  for (const route of routes) {
    const size = 2 ** (32 - lengthOf(route.dst));
    let level = levels.get(size);
    if (level === undefined) levels.set(size, (level = new Map()));
    const network = Math.floor(toUint32(baseOf(route.dst)) / size);
    if (!level.has(network)) level.set(network, route);
  }
  return [...levels].map(([size, found]) => ({ size, routes: found }));
}

function longestMatch({ levels, routes, found: known }: Table, destination: Ip): Route | undefined {
  if (familyOf(destination) === 'IPv6') {
    let route = known.get(destination);
    if (route !== undefined || known.has(destination)) return route;
    route = routes.IPv6.find(({ dst }) => contains(dst, destination));
    if (known.size >= mostFound) known.clear();
    known.set(destination, route);
    return route;
  }
  const address = toUint32(destination);
  for (const level of levels) {
    const found = level.routes.get(Math.floor(address / level.size));
    if (found !== undefined) return found;
  }
  return undefined;
}

export function linkOf(namespace: NetworkNamespace, name: string): Link | undefined {
  return tableOf(namespace).links.get(name);
}

export function linkAt(namespace: NetworkNamespace, index: number): Link | undefined {
  return tableOf(namespace).byIndex.get(index);
}

/** The link that owns the address; loopback owns all of 127.0.0.0/8. */
export function localLink(namespace: NetworkNamespace, address: Ip): Link | undefined {
  const table = tableOf(namespace);
  const found = table.local.get(address);
  return found ?? (address.startsWith('127.') ? table.loopback : undefined);
}

/**
 * The route that a destination takes; undefined when there is none. A process bound to a device uses that device's routes alone, and takes
 * the destination for a neighbour where it has none (Linux net/ipv4/route.c, ip_route_output_key_hash_rcu).
 */
export function lookup(namespace: NetworkNamespace, destination: Ip, device?: string): Route | undefined {
  const table = tableOf(namespace);
  if (device === undefined) return longestMatch(table, destination);
  const family = familyOf(destination);
  const own = table.routes[family].find((route) => route.dev === device && contains(route.dst, destination));
  if (own !== undefined || linkOf(namespace, device)?.up !== true) return own;
  return { dst: networkOf({ ip: destination, length: bitsOf(family) }), type: 'unicast', dev: device, scope: 'link', proto: 'boot' };
}

/** The source address of a packet that the namespace itself sends by a route. */
export function sourceFor(namespace: NetworkNamespace, route: Route, destination: Ip): Ip | undefined {
  return route.src ?? addressOn(namespace, route.dev, route.via ?? destination);
}

/**
 * The address that stands for a device towards a next hop: one of the same network, else its first; a device without any lends one from
 * another (Linux net/ipv4/devinet.c, inet_select_addr).
 */
export function addressOn(namespace: NetworkNamespace, device: string | undefined, next: Ip): Ip | undefined {
  const family = familyOf(next);
  const known = tableOf(namespace).sources[family];
  let sources = known.get(device);
  if (sources === undefined) known.set(device, (sources = sourcesOf(namespace, device, family)));
  for (const { network, ip } of sources.networks) if (contains(network, next)) return ip;
  return sources.otherwise;
}

function sourcesOf(namespace: NetworkNamespace, device: string | undefined, family: Family): Sources {
  const link = device === undefined ? undefined : linkOf(namespace, device);
  const own = (link?.addresses ?? []).filter((address) => familyOf(address.ip) === family && address.scope !== 'host');
  const first = own.find((address) => address.scope === 'global') ?? own[0];
  const lent = namespace.links.flatMap((other) => other.addresses).find(({ ip, scope }) => familyOf(ip) === family && scope === 'global');
  return {
    networks: own.filter(({ length }) => length < bitsOf(family)).map(({ ip, length }) => ({ network: networkOf({ ip, length }), ip })),
    otherwise: first?.ip ?? lent?.ip,
  };
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
