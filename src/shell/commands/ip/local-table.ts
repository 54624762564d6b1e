/** The table `local`, which the kernel keeps for itself: one entry for each address, broadcast address, and loopback network. */
import { baseOf, cidr, familyOf, lastOf, networkOf, type Cidr } from '#net/ip.ts';
import { compareRoutes, hostCidr } from '#node/cni/kernel-draft.ts';
import type { Address, Link, NetworkNamespace, Route } from '#node/kernel.ts';

export interface Entry {
  readonly route: Route;
  readonly type: Route['type'] | 'local' | 'broadcast' | 'multicast' | 'anycast';
  readonly table: 'main' | 'local';
}

/** The entries, in the kernel's order. A dummy that was never set up has its addresses all the same. */
export function localRoutes(namespace: NetworkNamespace): readonly Entry[] {
  const forwarding = namespace.sysctls.get('net.ipv6.conf.all.forwarding') === '1';
  const entries = namespace.links
    .filter((link) => link.up || link.kind === 'dummy')
    .flatMap((link) => [
      ...link.addresses.flatMap((address) =>
        familyOf(address.ip) === 'IPv4' ? ofIPv4(link, address) : [ofIPv6(link, 'local', hostCidr(address.ip))],
      ),
      ...(forwarding && link.up ? routersOf(link).map((dst) => ofIPv6(link, 'anycast', dst)) : []),
      ...(link.up && link.kind !== 'loopback' && link.addresses.some(({ ip }) => familyOf(ip) === 'IPv6')
        ? [ofIPv6(link, 'multicast', cidr('ff00::/8'))]
        : []),
    ]);
  return entries.sort((a, b) => compareRoutes(a.route, b.route));
}

/** Linux net/ipv4/fib_frontend.c, fib_add_ifaddr. */
function ofIPv4(link: Link, address: Address): readonly Entry[] {
  const network = networkOf(address);
  const primary = link.addresses.find((one) => one.length === address.length && networkOf(one) === network)!;
  const entry = (type: Entry['type'], dst: Cidr, scope: Route['scope']): Entry => ({
    route: { dev: link.name, proto: 'kernel', type: 'unicast', dst, scope, src: primary.ip },
    type,
    table: 'local',
  });
  const entries = [entry('local', hostCidr(address.ip), 'host')];
  if (primary !== address || !link.up) return entries;
  if (address.scope === 'host' && address.length < 32) entries.push(entry('local', network, 'host'));
  if (address.length < 31) entries.push(entry('broadcast', hostCidr(lastOf(network)), 'link'));
  return entries;
}

/** Linux net/ipv6/addrconf.c, __ipv6_ifa_notify. */
function ofIPv6({ name }: Link, type: 'local' | 'anycast' | 'multicast', dst: Cidr): Entry {
  const metric = type === 'multicast' ? 256 : 0;
  return { route: { dev: name, proto: 'kernel', type: 'unicast', dst, scope: 'global', metric }, type, table: 'local' };
}

/** A router answers to the first address of each of its networks, too (RFC 4291 2.6.1; net/ipv6/addrconf.c, addrconf_join_anycast). */
function routersOf(link: Link): readonly Cidr[] {
  const networks = link.addresses.filter(({ ip, length }) => familyOf(ip) === 'IPv6' && length < 127).map(networkOf);
  return [...new Set(networks)].map((network) => hostCidr(baseOf(network)));
}
