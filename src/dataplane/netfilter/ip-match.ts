/** Comparing addresses, ports and interfaces with ranges and patterns: a test made once is fast enough for long chains. */
import { baseOf, contains, lengthOf, ordinalMask, ordinalOf, parseCidr, parseIp, toNumber, type Ip } from '#net/ip.ts';

/** Reports whether an address, whose {@link ordinalOf} it is given, is one of those that a text stands for. */
export type AddressTest = (ip: Ip, ordinal: number | undefined) => boolean;

/** The test for `10.0.0.0/8`, `10.0.0.1/32`, `10.0.0.1`, or `10.0.0.1-10.0.0.9`. */
export function addressTest(range: string): AddressTest {
  if (range.endsWith('/32') && !range.includes(':')) return singleTest(range.slice(0, -3));
  if (range.includes('/')) return networkTest(range);
  const dash = range.indexOf('-');
  return dash < 0 ? singleTest(range) : rangeTest(range.slice(0, dash), range.slice(dash + 1));
}

const never: AddressTest = () => false;

function singleTest(text: string): AddressTest {
  const only = parseIp(text);
  if (only === undefined) return never;
  const place = ordinalOf(only);
  return place === undefined ? (ip) => ip === only : (_, ordinal) => ordinal === place;
}

function rangeTest(from: string, to: string): AddressTest {
  const [first, last] = [parseIp(from), parseIp(to)];
  if (first === undefined || last === undefined) return never;
  const [least, most] = [ordinalOf(first), ordinalOf(last)];
  if (least !== undefined && most !== undefined) return (_, ordinal) => ordinal !== undefined && least <= ordinal && ordinal <= most;
  if (least !== most) return never;
  const [leastNumber, mostNumber] = [toNumber(first), toNumber(last)];
  return (ip, ordinal) => {
    if (ordinal !== undefined) return false;
    const number = toNumber(ip);
    return leastNumber <= number && number <= mostNumber;
  };
}

function networkTest(range: string): AddressTest {
  const cidr = parseCidr(range);
  if (cidr === undefined) return never;
  const [base, length] = [baseOf(cidr), lengthOf(cidr)];
  const first = ordinalOf(base);
  if (first === undefined) return length === 128 ? (ip) => ip === base : (ip) => contains(cidr, ip);
  const mask = ordinalMask(length);
  const network = first & mask;
  return (_, ordinal) => ordinal !== undefined && (ordinal & mask) === network;
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
