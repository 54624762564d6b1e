/** `ipBlock` peers: a range without some parts of it. */
import type { IPBlock } from '#kube/kinds/network-policy.ts';
import { contains, lengthOf, parseCidr, toUint32, type Cidr, type Ip } from '#net/ip.ts';

/** An IPv4 range as numbers, compared without parsing; of IPv6 the range itself. */
type Range = { readonly first: number; readonly last: number } | Cidr;

export interface Block {
  readonly range: Range;
  readonly except: readonly Range[];
  /** All addresses of a family, nothing left out. */
  readonly whole: boolean;
}

/** An address of a peer, IPv4 also as a number. */
export interface PeerAddress {
  readonly ip: Ip;
  readonly number: number | undefined;
}

export function peerAddress(ip: Ip): PeerAddress {
  return { ip, number: ip.includes(':') ? undefined : toUint32(ip) };
}

/** Undefined for what is no range; the API lets none in. */
export function compileBlock({ cidr, except = [] }: IPBlock): Block | undefined {
  const range = parseCidr(cidr);
  if (range === undefined) return undefined;
  return {
    range: rangeOf(range),
    except: except.flatMap((one) => {
      const inner = parseCidr(one);
      return inner === undefined ? [] : [rangeOf(inner)];
    }),
    whole: lengthOf(range) === 0 && except.length === 0,
  };
}

function rangeOf(cidr: Cidr): Range {
  if (cidr.includes(':')) return cidr;
  const first = toUint32(cidr.slice(0, cidr.indexOf('/')) as Ip);
  return { first, last: first + 2 ** (32 - lengthOf(cidr)) - 1 };
}

export function inBlock({ range, except }: Block, address: PeerAddress): boolean {
  return inRange(range, address) && !except.some((one) => inRange(one, address));
}

function inRange(range: Range, { ip, number }: PeerAddress): boolean {
  if (typeof range === 'string') return number === undefined && contains(range, ip);
  return number !== undefined && number >= range.first && number <= range.last;
}
