/** The table `local`, which the kernel keeps for itself: one entry for each address, broadcast address, and loopback network. */
import { bitsOf, cidr, compareIps, baseOf, familyOf, lastOf, lengthOf, networkOf, type Ip } from '#net/ip.ts';
import type { NetworkNamespace, Route } from '#node/kernel.ts';

export interface Entry {
  readonly route: Route;
  readonly type: Route['type'] | 'local' | 'broadcast' | 'multicast' | 'anycast';
  readonly table: 'main' | 'local';
}

/** The entries (Linux net/ipv4/fib_frontend.c, fib_add_ifaddr; net/ipv6/addrconf.c), IPv4 by address, then IPv6. */
export function localRoutes(namespace: NetworkNamespace): readonly Entry[] {
  const v4: Entry[] = [];
  const v6: Entry[] = [];
  for (const link of namespace.links) {
    if (!link.up) continue;
    for (const address of link.addresses) {
      const own = { dev: link.name, proto: 'kernel', type: 'unicast' } as const;
      const host = (ip: Ip) => cidr(`${ip}/${bitsOf(familyOf(ip))}`);
      if (familyOf(address.ip) === 'IPv6') {
        v6.push({ route: { ...own, dst: host(address.ip), scope: 'global' }, type: 'local', table: 'local' });
        continue;
      }
      const network = networkOf(address);
      const primary = link.addresses.find((one) => one.length === address.length && networkOf(one) === network)!;
      const src = primary.ip;
      v4.push({ route: { ...own, dst: host(address.ip), scope: 'host', src }, type: 'local', table: 'local' });
      if (primary !== address) continue;
      if (address.scope === 'host' && address.length < 32)
        v4.push({ route: { ...own, dst: network, scope: 'host', src }, type: 'local', table: 'local' });
      if (address.length < 31)
        v4.push({ route: { ...own, dst: host(lastOf(network)), scope: 'link', src }, type: 'broadcast', table: 'local' });
    }
  }
  v4.sort(({ route: a }, { route: b }) => compareIps(baseOf(a.dst), baseOf(b.dst)) || lengthOf(a.dst) - lengthOf(b.dst));
  v6.sort(({ route: a }, { route: b }) => compareIps(baseOf(a.dst), baseOf(b.dst)));
  const multicast = namespace.links
    .filter((link) => link.up && link.kind !== 'loopback' && link.addresses.some((one) => familyOf(one.ip) === 'IPv6'))
    .map((link): Entry => ({
      route: { dst: cidr('ff00::/8'), dev: link.name, proto: 'kernel', type: 'unicast', scope: 'global', metric: 256 },
      type: 'multicast',
      table: 'local',
    }));
  return [...v4, ...v6, ...multicast];
}
