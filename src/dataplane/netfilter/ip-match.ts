/** Comparing addresses, ports and interfaces with ranges and patterns: a test made once is fast enough for long chains. */
import { baseOf, bitsOf, contains, familyOf, lengthOf, parseCidr, parseIp, toNumber, toUint32, type Ip } from '#net/ip.ts';

/** Reports whether an address is one of those that a text stands for. */
export type AddressTest = (ip: Ip) => boolean;

/** The test for `10.0.0.0/8`, `10.0.0.1/32`, `10.0.0.1`, or `10.0.0.1-10.0.0.9`. */
export function addressTest(range: string): AddressTest {
  if (range.endsWith('/32') && !range.includes(':')) {
    const only = range.slice(0, -3);
    return (ip) => ip === only;
  }
  if (range.includes('/')) return networkTest(range);
  const dash = range.indexOf('-');
  if (dash < 0) {
    const only = parseIp(range);
    return (ip) => ip === only;
  }
  const [first, last] = [parseIp(range.slice(0, dash)), parseIp(range.slice(dash + 1))];
  if (first === undefined || last === undefined) return never;
  const [least, most] = [toNumber(first), toNumber(last)];
  const six = first.includes(':');
  return (ip) => {
    if (ip.includes(':') !== six) return false;
    const value = toNumber(ip);
    return least <= value && value <= most;
  };
}

const never: AddressTest = () => false;

function networkTest(range: string): AddressTest {
  const cidr = parseCidr(range);
  if (cidr === undefined) return never;
  const [base, length, family] = [baseOf(cidr), lengthOf(cidr), familyOf(cidr)];
  if (length === bitsOf(family)) return (ip) => ip === base;
  if (family === 'IPv6') return (ip) => contains(cidr, ip);
  const size = 2 ** (32 - length);
  const network = Math.floor(toUint32(base) / size);
  return (ip) => familyOf(ip) === 'IPv4' && Math.floor(toUint32(ip) / size) === network;
}

/** The test for ports that are `80`, or in `1:5`, `1-5`. */
export function portTest(range: string): (port: number) => boolean {
  const colon = range.search(/[:-]/);
  if (colon < 0) {
    const only = Number(range);
    return (port) => port === only;
  }
  const [first, last] = [Number(range.slice(0, colon)), Number(range.slice(colon + 1))];
  return (port) => first <= port && port <= last;
}

/** The test for interfaces that have a name, or begin with it where the pattern ends in `+` or `*`. */
export function interfaceTest(pattern: string): (name: string) => boolean {
  if (!/[+*]$/.test(pattern)) return (name) => name === pattern;
  const start = pattern.slice(0, -1);
  return (name) => name.startsWith(start);
}
