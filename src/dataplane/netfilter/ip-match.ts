/** Comparing addresses with ranges, fast enough for long chains. */
import { contains, parseCidr, parseIp, toNumber, type Cidr, type Ip } from '#net/ip.ts';

const parsed = new Map<string, Cidr | Ip | undefined>();

/** Reports whether an address lies in `10.0.0.0/8`, `10.0.0.1/32`, `10.0.0.1`, or `10.0.0.1-10.0.0.9`. */
export function addressMatches(ip: Ip, range: string): boolean {
  if (ip === range) return true;
  const slash = range.indexOf('/');
  if (slash > 0) {
    // Most ranges are single addresses, and most of those are others.
    if ((range.endsWith('/32') || range.endsWith('/128')) && slash === ip.length) return range.startsWith(ip);
    let cidr = parsed.get(range);
    if (cidr === undefined && !parsed.has(range)) parsed.set(range, (cidr = parseCidr(range)));
    return cidr !== undefined && contains(cidr as Cidr, ip);
  }
  const dash = range.indexOf('-');
  if (dash < 0) return parseIp(range) === ip;
  const [first, last] = [parseIp(range.slice(0, dash)), parseIp(range.slice(dash + 1))];
  if (first === undefined || last === undefined || first.includes(':') !== ip.includes(':')) return false;
  const value = toNumber(ip);
  return toNumber(first) <= value && value <= toNumber(last);
}

/** Reports whether a port is `80` or in `1:5`, `1-5`. */
export function portMatches(port: number, range: string): boolean {
  const colon = range.search(/[:-]/);
  if (colon < 0) return port === Number(range);
  return Number(range.slice(0, colon)) <= port && port <= Number(range.slice(colon + 1));
}

/** Reports whether an interface has the name, or begins with it where the pattern ends in `+` or `*`. */
export function interfaceMatches(name: string | undefined, pattern: string): boolean {
  if (name === undefined) return false;
  return /[+*]$/.test(pattern) ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
