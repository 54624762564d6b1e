/** The order in which nft lists the elements of a set. (nftables 1.0.6: src/mergesort.c, expr_msort_cmp) */
import { familyOf, parseIp, parsePrefixed, toNumber } from '#net/ip.ts';
import type { NftElement } from '#node/nftables.ts';
import { protocolNumber } from '../iptables/protocols.ts';

const states: Readonly<Record<string, number>> = { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 };

/** The bytes a value has in the kernel, most significant first. */
function bytesOf(text: string): readonly number[] {
  const [first = text] = /^[\d.]+-/.test(text) ? text.split('-') : [text];
  const address = parseIp(first) ?? parsePrefixed(first)?.ip;
  if (address !== undefined) {
    const length = familyOf(address) === 'IPv4' ? 4 : 16;
    let value = toNumber(address);
    const bytes: number[] = [];
    for (let i = 0; i < length; i++, value >>= 8n) bytes.unshift(Number(value & 255n));
    return bytes;
  }
  if (/^\d+$/.test(first)) return [(Number(first) >> 8) & 255, Number(first) & 255];
  const state = states[first];
  if (state !== undefined) return [state];
  const protocol = protocolNumber(first);
  return protocol === undefined ? [...first].map((char) => char.charCodeAt(0) & 255) : [protocol];
}

/** Single values compare as numbers; of a concatenation the last byte of the last part counts most. */
function sortKey({ key }: NftElement): string {
  const bytes = key.length === 1 ? bytesOf(key[0]!) : key.flatMap(bytesOf).reverse();
  return bytes.map((byte) => String.fromCharCode(byte)).join('');
}

const sorted = new WeakMap<readonly NftElement[], readonly NftElement[]>();

export function sortedElements(elements: readonly NftElement[]): readonly NftElement[] {
  let known = sorted.get(elements);
  if (known === undefined) {
    const keyed = elements.map((element) => ({ element, key: sortKey(element) }));
    keyed.sort((a, b) => a.key.length - b.key.length || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    sorted.set(elements, (known = keyed.map(({ element }) => element)));
  }
  return known;
}
