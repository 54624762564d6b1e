/** Names of IP protocols: those iptables itself knows, then those of /etc/protocols (Debian's netbase). */
const numbers: ReadonlyMap<string, number> = new Map([
  ['all', 0],
  ['icmp', 1],
  ['igmp', 2],
  ['ipencap', 4],
  ['tcp', 6],
  ['egp', 8],
  ['udp', 17],
  ['dccp', 33],
  ['ipv6', 41],
  ['gre', 47],
  ['esp', 50],
  ['ah', 51],
  ['ipv6-icmp', 58],
  ['icmpv6', 58],
  ['icmp6', 58],
  ['ospf', 89],
  ['ipip', 94],
  ['pim', 103],
  ['vrrp', 112],
  ['l2tp', 115],
  ['sctp', 132],
  ['mh', 135],
  ['ipv6-mh', 135],
  ['udplite', 136],
]);

const names = new Map<number, string>();
for (const [name, number] of numbers) if (!names.has(number)) names.set(number, name);

/** The number of a protocol; `all` is 0. Undefined when nobody knows it. */
export function protocolNumber(text: string): number | undefined {
  const known = numbers.get(text.toLowerCase());
  if (known !== undefined) return known;
  return /^\d+$/.test(text) && Number(text) <= 255 ? Number(text) : undefined;
}

/** How iptables-save prints a protocol. */
export function protocolName(number: number): string {
  return names.get(number) ?? String(number);
}
