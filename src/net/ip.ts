/**
 * Addresses, ranges and ports: parsed at the door, trusted inside. IPv4 and IPv6 alike; text is canonical (RFC 5952 for IPv6).
 */
import ipaddr from 'ipaddr.js';

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** An address in canonical text: `10.0.0.1`, `fd00::1`. {@link parseIp} is the only way in. */
export type Ip = Brand<string, 'Ip'>;
/** A range whose host bits are zero: `10.0.0.0/24`. {@link parseCidr} is the only way in. */
export type Cidr = Brand<string, 'Cidr'>;
/** 1–65535. */
export type Port = Brand<number, 'Port'>;
export type Protocol = 'TCP' | 'UDP' | 'SCTP';
export type Family = 'IPv4' | 'IPv6';

/** An address with the length of its network: `10.0.0.1/24`. Unlike a {@link Cidr} it may have host bits. */
export interface Prefixed {
  readonly ip: Ip;
  readonly length: number;
}

/** Parses an address as Go's net.ParseIP does (no leading zeros, no zone); undefined when it is none. */
export function parseIp(text: string): Ip | undefined {
  if (isIpv4(text)) return text as Ip;
  if (!text.includes(':') || text.includes('%') || text.includes('/')) return undefined;
  if (!ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.IPv6.parse(text);
  if (address.isIPv4MappedAddress()) return address.toIPv4Address().toString() as Ip;
  return address.toRFC5952String() as Ip;
}

/** Four numbers up to 255 without leading zeros. Read by hand: large clusters have a hundred thousand of them. */
function isIpv4(text: string): boolean {
  let octets = 0;
  let octet = -1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === dot) {
      if (octet < 0 || ++octets > 3) return false;
      octet = -1;
    } else {
      const digit = code - zero;
      if (digit < 0 || digit > 9 || octet === 0) return false;
      octet = octet < 0 ? digit : octet * 10 + digit;
      if (octet > 255) return false;
    }
  }
  return octets === 3 && octet >= 0;
}

const dot = 46;
const zero = 48;
const colon = 58;

/** The address in `text`, which is known to be one; throws when it is not. */
export function ip(text: string): Ip {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
}

/** Parses `address/length`, keeping host bits; undefined when it is no such thing. */
export function parsePrefixed(text: string): Prefixed | undefined {
  const slash = text.lastIndexOf('/');
  if (slash < 0) return undefined;
  const address = parseIp(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (address === undefined || !/^(0|[1-9]\d{0,2})$/.test(digits)) return undefined;
  const length = Number(digits);
  return length <= bitsOf(familyOf(address)) ? { ip: address, length } : undefined;
}

/** Parses a range; host bits are cut off, as Go's net.ParseCIDR does for the network it returns. */
export function parseCidr(text: string): Cidr | undefined {
  const parsed = parsePrefixed(text);
  return parsed && networkOf(parsed);
}

/** The range in `text`, which is known to be one; throws when it is not. */
export function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(`not a CIDR: ${text}`);
  return parsed;
}

/** The network an address with a length lies in: `10.0.0.7/24` → `10.0.0.0/24`. */
export function networkOf({ ip: address, length }: Prefixed): Cidr {
  const family = familyOf(address);
  const host = BigInt(bitsOf(family) - length);
  return `${toIp((toNumber(address) >> host) << host, family)}/${length}` as Cidr;
}

/** Told by the first dot or colon: none comes later than fifth. */
export function familyOf(range: Ip | Cidr): Family {
  for (let i = 0; i < 5; i++) {
    const code = range.charCodeAt(i);
    if (code === colon) return 'IPv6';
    if (code === dot) return 'IPv4';
  }
  return 'IPv4';
}

/** 32 or 128. */
export function bitsOf(family: Family): number {
  return family === 'IPv4' ? 32 : 128;
}

/** The address as a number, most significant octet first. */
export function toNumber(address: Ip): bigint {
  if (!address.includes(':')) return BigInt(toUint32(address));
  let value = 0n;
  for (const part of ipaddr.IPv6.parse(address).parts) value = (value << 16n) | BigInt(part);
  return value;
}

/** An IPv4 address as an unsigned 32-bit number. */
export function toUint32(address: Ip): number {
  return ordinalOf(address)! + 0x8000_0000;
}

/**
 * The place of an IPv4 address among all of them, from -2^31 on: a number that V8 keeps without a box. Undefined: the address is IPv6. Two are
 * in the same network where their first bits are the same.
 */
export function ordinalOf(address: Ip): number | undefined {
  let value = 0;
  let octet = 0;
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (code === dot) {
      value = (value << 8) | octet;
      octet = 0;
    } else if (code >= colon) {
      return undefined;
    } else octet = octet * 10 + code - zero;
  }
  return ((value << 8) | octet) ^ -0x8000_0000;
}

/** What tells the network of an {@link ordinalOf}: its first `length` bits. */
export function ordinalMask(length: number): number {
  return length === 0 ? 0 : -1 << (32 - length);
}

/** The inverse of {@link toNumber}. */
export function toIp(value: bigint, family: Family): Ip {
  if (family === 'IPv4') {
    const n = Number(value);
    return `${Math.floor(n / 16777216)}.${Math.floor(n / 65536) % 256}.${Math.floor(n / 256) % 256}.${n % 256}` as Ip;
  }
  const parts: number[] = [];
  for (let i = 7n; i >= 0n; i--) parts.push(Number((value >> (i * 16n)) & 0xffffn));
  return new ipaddr.IPv6(parts).toRFC5952String() as Ip;
}

/** The address `offset` steps after (or before) this one. */
export function addIp(address: Ip, offset: number | bigint): Ip {
  return toIp(toNumber(address) + BigInt(offset), familyOf(address));
}

export function lengthOf(range: Cidr): number {
  return Number(range.slice(range.indexOf('/') + 1));
}

/** The network address: `10.0.0.0` of `10.0.0.0/24`. */
export function baseOf(range: Cidr): Ip {
  return range.slice(0, range.indexOf('/')) as Ip;
}

/** How many addresses the range has, network and broadcast address included. */
export function sizeOf(range: Cidr): bigint {
  return 1n << BigInt(bitsOf(familyOf(range)) - lengthOf(range));
}

/** The last address: the broadcast address of an IPv4 range. */
export function lastOf(range: Cidr): Ip {
  return addIp(baseOf(range), sizeOf(range) - 1n);
}

/** Reports whether the address lies in the range; false across families. */
export function contains(range: Cidr, address: Ip): boolean {
  const [base, length] = [baseOf(range), lengthOf(range)];
  const [first, ordinal] = [ordinalOf(base), ordinalOf(address)];
  if (first !== undefined || ordinal !== undefined) {
    return first !== undefined && ordinal !== undefined && ((first ^ ordinal) & ordinalMask(length)) === 0;
  }
  const host = BigInt(128 - length);
  return toNumber(address) >> host === toNumber(base) >> host;
}

/** Reports whether every address of `inner` lies in `outer`. */
export function containsCidr(outer: Cidr, inner: Cidr): boolean {
  return lengthOf(inner) >= lengthOf(outer) && contains(outer, baseOf(inner));
}

/** Reports whether the two ranges share an address. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return contains(a, baseOf(b)) || contains(b, baseOf(a));
}

/** The dotted mask of an IPv4 length: 24 → `255.255.255.0`. */
export function maskOf(length: number): Ip {
  return toIp((0xffffffffn << BigInt(32 - length)) & 0xffffffffn, 'IPv4');
}

/** Orders addresses by family, then by number. */
export function compareIps(a: Ip, b: Ip): number {
  const fa = familyOf(a);
  const fb = familyOf(b);
  if (fa !== fb) return fa === 'IPv4' ? -1 : 1;
  const na = toNumber(a);
  const nb = toNumber(b);
  return na < nb ? -1 : na > nb ? 1 : 0;
}

/** `10.0.0.1:80`, `[fd00::1]:80`. */
export function hostPort(address: string, port: number | string): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

export function isPort(value: number): value is Port {
  return Number.isInteger(value) && value >= 1 && value <= 65535;
}
