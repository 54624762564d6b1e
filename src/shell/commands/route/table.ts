/** The IPv4 routing table as net-tools prints it (`route -n`, `netstat -rn`). */
import { baseOf, familyOf, lengthOf, maskOf } from '#net/ip.ts';
import type { NetworkNamespace, Route } from '#node/kernel.ts';

function flagsOf(route: Route): string {
  if (route.type === 'unreachable') return '!H';
  return `${route.dev === undefined ? '!' : 'U'}${route.via === undefined ? '' : 'G'}${lengthOf(route.dst) === 32 ? 'H' : ''}`;
}

/** The table; `windows` instead of metrics is netstat's. Blackholes have no device, and so `*`. */
export function routingTable(
  namespace: NetworkNamespace,
  { numeric, windows, applet }: { readonly numeric: boolean; readonly windows: boolean; readonly applet: boolean },
): string {
  const head = windows
    ? 'Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface'
    : 'Destination     Gateway         Genmask         Flags Metric Ref    Use Iface';
  const rows = namespace.routes
    .filter(
      (route) =>
        familyOf(route.dst) === 'IPv4' && (route.dev === undefined || namespace.links.some((link) => link.name === route.dev && link.up)),
    )
    .map((route) => {
      const base = baseOf(route.dst);
      const destination = !numeric && lengthOf(route.dst) === 0 ? 'default' : base;
      const gateway = route.type === 'unicast' ? (route.via ?? (applet && !numeric ? '*' : '0.0.0.0')) : '-';
      const flags = flagsOf(route);
      const dev = route.dev ?? (route.type === 'unreachable' ? '-' : '*');
      const numbers = windows
        ? `${flags.padEnd(5)}     0 0          0`
        : `${flags.padEnd(5)} ${String(route.metric ?? 0).padEnd(6)} 0        0`;
      return `${destination.padEnd(15)} ${gateway.padEnd(15)} ${maskOf(lengthOf(route.dst)).padEnd(15)} ${numbers} ${dev}\n`;
    });
  return `Kernel IP routing table\n${head}\n${rows.join('')}`;
}
