/** Facts of an address range, worked out bit by bit: what a subnetting question asks for. */
import {
  addIp,
  baseOf,
  bitsOf,
  familyOf,
  lastOf,
  maskOf,
  networkOf,
  parsePrefixed,
  sizeOf,
  toIp,
  toNumber,
  type Prefixed,
} from '#net/ip.ts';
import type { Evidence } from './evidence.ts';

/** What can be asked of `ADDRESS/LENGTH`; IPv6 has no broadcast address and no dotted mask. */
export const rangeFields = {
  network: (of: Prefixed) => networkOf(of),
  broadcast: (of: Prefixed) => (familyOf(of.ip) === 'IPv4' ? lastOf(networkOf(of)) : undefined),
  mask: (of: Prefixed) => (familyOf(of.ip) === 'IPv4' ? maskOf(of.length) : undefined),
  first: (of: Prefixed) => addIp(baseOf(networkOf(of)), 1),
  last: (of: Prefixed) => addIp(lastOf(networkOf(of)), familyOf(of.ip) === 'IPv4' ? -1 : 0),
  size: (of: Prefixed) => String(sizeOf(networkOf(of))),
  /** Addresses that machines may have: without those of the network and of the broadcast. */
  hosts: (of: Prefixed) => (familyOf(of.ip) === 'IPv4' && of.length <= 30 ? String(sizeOf(networkOf(of)) - 2n) : undefined),
} as const satisfies Record<string, (of: Prefixed) => string | undefined>;
export type RangeField = keyof typeof rangeFields;
export const rangeFieldNames = Object.keys(rangeFields) as [RangeField, ...RangeField[]];

/** The range with this number (from 0) when a range is cut into pieces of another length; undefined beyond its end. */
export function piece(of: Prefixed, length: number, index: number): Prefixed | undefined {
  const family = familyOf(of.ip);
  const step = 1n << BigInt(bitsOf(family) - length);
  const start = toNumber(baseOf(networkOf(of))) + step * BigInt(index);
  return length >= of.length && BigInt(index) < 1n << BigInt(length - of.length) ? { ip: toIp(start, family), length } : undefined;
}

/** Into how many pieces of this length the range falls. */
export function pieces(of: Prefixed, length: number): bigint {
  return length < of.length ? 0n : 1n << BigInt(length - of.length);
}

/** `172.16.20.7/22` as it is written; undefined when it is no address with a length. */
export function rangeOf(text: string): Prefixed | undefined {
  return parsePrefixed(text);
}

/** The sum as one does it on paper: the bits before the bar are the network's. */
export function rangeEvidence(source: string, of: Prefixed, proves: RangeField | undefined): Evidence {
  const rows: (readonly [name: string, address: string | undefined])[] = [
    ['address', of.ip],
    ['mask', rangeFields.mask(of)],
    ['network', baseOf(networkOf(of))],
    ['first', rangeFields.first(of)],
    ['last', rangeFields.last(of)],
    ['broadcast', rangeFields.broadcast(of)],
  ];
  const shown = rows.flatMap(([name, address]) => (address === undefined ? [] : [[name, address] as const]));
  const width = Math.max(...shown.map(([, address]) => address.length));
  const lines = shown.map(([name, address]) =>
    `${name.padEnd(9)}  ${address.padEnd(width)}${familyOf(of.ip) === 'IPv4' ? `  ${bitsText(address, of.length)}` : ''}`.trimEnd(),
  );
  const host = bitsOf(familyOf(of.ip)) - of.length;
  lines.push(`addresses  2^${host} = ${sizeOf(networkOf(of))}`);
  const wanted = proves === 'size' || proves === 'hosts' ? 'addresses' : (proves ?? 'network');
  return { kind: 'sum', source, lines, proves: lines.flatMap((line, index) => (line.startsWith(wanted) ? [index] : [])) };
}

/** `10101100.00010000.000101|00.00000111`. */
function bitsText(address: string, length: number): string {
  const octets = address.split('.').map((octet) => Number(octet).toString(2).padStart(8, '0'));
  let seen = 0;
  let out = '';
  for (const bit of octets.join('')) {
    if (seen === length) out += '|';
    else if (seen > 0 && seen % 8 === 0) out += '.';
    out += bit;
    seen++;
  }
  return out;
}
