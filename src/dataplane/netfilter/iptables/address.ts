/** Addresses as iptables reads and lists them. (libxtables/xtables.c, xtables_ipparse_any and xtables_ip6parse_any) */
import { bitsOf, familyOf, maskOf, networkOf, parseIp, type Family, type Ip } from '#net/ip.ts';
import { ParameterProblem } from './problem.ts';

/** Finds the addresses of a host name; without one, names are unknown. */
export type ResolveHost = (name: string) => readonly Ip[];

/** `10.0.0.0/8`, `10.1.2.3` → `10.1.2.3/32`; several, comma-separated, make several rules. A zero length is no restriction. */
export function parseAddresses(text: string, family: Family, resolve: ResolveHost): readonly (string | undefined)[] {
  return text.split(',').flatMap((one) => {
    const slash = one.indexOf('/');
    const host = slash < 0 ? one : one.slice(0, slash);
    const length = slash < 0 ? bitsOf(family) : maskLength(one.slice(slash + 1), family);
    const address = parseIp(host);
    const found = address === undefined ? resolve(host) : [address];
    const mine = found.filter((ip) => familyOf(ip) === family);
    if (mine.length === 0) throw new ParameterProblem(`host/network \`${host}' not found`);
    return mine.map((ip) => (length === 0 ? undefined : networkOf({ ip, length })));
  });
}

function maskLength(text: string, family: Family): number {
  if (/^\d+$/.test(text) && Number(text) <= bitsOf(family)) return Number(text);
  for (let length = 0; family === 'IPv4' && length <= 32; length++) if (maskOf(length) === text) return length;
  throw new ParameterProblem(`invalid mask \`${text}' specified`);
}

/** Without the length of a single address: how listings show it. */
export function listedAddress(cidr: string): string {
  return cidr.includes(':') ? cidr.replace(/\/128$/, '') : cidr.replace(/\/32$/, '');
}
