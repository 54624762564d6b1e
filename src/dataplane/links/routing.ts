/** Where a network namespace sends a packet, and which addresses are its own (Linux fib_lookup, inet_select_addr). */
import { bitsOf, contains, familyOf, lengthOf, networkOf, type Ip } from '#net/ip.ts';
import type { Link, NetworkNamespace, Route } from '#node/kernel.ts';

interface Table {
  readonly local: ReadonlyMap<string, Link>;
  /** Longest prefix first, then lowest metric. */
  readonly routes: { readonly IPv4: readonly Route[]; readonly IPv6: readonly Route[] };
  readonly links: ReadonlyMap<string, Link>;
  /** What was looked up before. */
  readonly found: Map<Ip, Route | undefined>;
}

const mostFound = 10_000;

const tables = new WeakMap<NetworkNamespace, Table>();

function tableOf(namespace: NetworkNamespace): Table {
  let table = tables.get(namespace);
  if (table === undefined) {
    const local = new Map<string, Link>();
    for (const link of namespace.links)
      for (const address of link.addresses) if (link.up || link.kind === 'dummy') local.set(address.ip, link);
    const links = new Map(namespace.links.map((link) => [link.name, link]));
    const usable = namespace.routes.filter((route) => route.dev === undefined || links.get(route.dev)?.up === true);
    const sorted = [...usable].sort((a, b) => lengthOf(b.dst) - lengthOf(a.dst) || (a.metric ?? 0) - (b.metric ?? 0));
    table = {
      local,
      links,
      found: new Map(),
      routes: {
        IPv4: sorted.filter((route) => familyOf(route.dst) === 'IPv4'),
        IPv6: sorted.filter((route) => familyOf(route.dst) === 'IPv6'),
      },
    };
    tables.set(namespace, table);
  }
  return table;
}

export function linkOf(namespace: NetworkNamespace, name: string): Link | undefined {
  return tableOf(namespace).links.get(name);
}

/** The link that owns the address; loopback owns all of 127.0.0.0/8. */
export function localLink(namespace: NetworkNamespace, address: Ip): Link | undefined {
  const table = tableOf(namespace);
  const found = table.local.get(address);
  if (found !== undefined) return found;
  return address.startsWith('127.') ? namespace.links.find((link) => link.kind === 'loopback' && link.up) : undefined;
}

/**
 * The route that a destination takes; undefined when there is none. A process bound to a device uses that device's routes alone, and takes
 * the destination for a neighbour where it has none (Linux net/ipv4/route.c, ip_route_output_key_hash_rcu).
 */
export function lookup(namespace: NetworkNamespace, destination: Ip, device?: string): Route | undefined {
  const family = familyOf(destination);
  const table = tableOf(namespace);
  const routes = table.routes[family];
  if (device === undefined) {
    const known = table.found.get(destination);
    if (known !== undefined || table.found.has(destination)) return known;
    const found = routes.find((route) => contains(route.dst, destination));
    if (table.found.size >= mostFound) table.found.clear();
    table.found.set(destination, found);
    return found;
  }
  const own = routes.find((route) => route.dev === device && contains(route.dst, destination));
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
  const link = device === undefined ? undefined : linkOf(namespace, device);
  const own = (link?.addresses ?? []).filter((address) => familyOf(address.ip) === family && address.scope !== 'host');
  const near = own.find(({ ip, length }) => length < bitsOf(family) && contains(networkOf({ ip, length }), next));
  const usable = near ?? own.find((address) => address.scope === 'global') ?? own[0];
  if (usable !== undefined) return usable.ip;
  const lent = namespace.links.flatMap((other) => other.addresses).find(({ ip, scope }) => familyOf(ip) === family && scope === 'global');
  return lent?.ip;
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
