/** Connections as conntrack(8) shows and selects them. (conntrack-tools 1.4.7: src/conntrack.c) */
import { contains, familyOf, type Cidr, type Family } from '#net/ip.ts';
import type { ConntrackEntry, ConntrackTuple } from '#node/conntrack.ts';
import { protocolNumber } from './iptables/protocols.ts';

export type Nat = 'src' | 'dst';

/** What a connection must be like; everything that is absent fits. */
export interface ConntrackFilter {
  readonly family?: Family;
  readonly protocol?: string;
  readonly original?: TupleFilter;
  readonly reply?: TupleFilter;
  readonly state?: string;
  readonly status?: readonly string[];
  readonly mark?: { readonly value: number; readonly mask: number };
  /** One of these was done to it. */
  readonly nat?: readonly Nat[];
}

export interface TupleFilter {
  readonly src?: Cidr;
  readonly dst?: Cidr;
  readonly sport?: number;
  readonly dport?: number;
}

/** Where the reply is not the original turned around, an address or port was changed. */
export function natOf({ original, reply }: ConntrackEntry): readonly Nat[] {
  const nat: Nat[] = [];
  if (reply.dst !== original.src || reply.dport !== original.sport) nat.push('src');
  if (reply.src !== original.dst || reply.sport !== original.dport) nat.push('dst');
  return nat;
}

function tupleFits(tuple: ConntrackTuple, { src, dst, sport, dport }: TupleFilter): boolean {
  return (
    (src === undefined || contains(src, tuple.src)) &&
    (dst === undefined || contains(dst, tuple.dst)) &&
    (sport === undefined || sport === tuple.sport) &&
    (dport === undefined || dport === tuple.dport)
  );
}

export function connectionFits(entry: ConntrackEntry, filter: ConntrackFilter): boolean {
  const { family, protocol, original, reply, state, status, mark, nat } = filter;
  if (family !== undefined && familyOf(entry.original.src) !== family) return false;
  if (protocol !== undefined && entry.protocol !== protocol) return false;
  if (original !== undefined && !tupleFits(entry.original, original)) return false;
  if (reply !== undefined && !tupleFits(entry.reply, reply)) return false;
  if (state !== undefined && entry.state !== state) return false;
  if (status?.includes('ASSURED') === true && entry.assured !== true) return false;
  if (status?.includes('SEEN_REPLY') === true && entry.unreplied === true) return false;
  if (status?.includes('UNREPLIED') === true && entry.unreplied !== true) return false;
  if (mark !== undefined && (entry.mark & mark.mask) >>> 0 !== mark.value) return false;
  return nat === undefined || natOf(entry).some((one) => nat.includes(one));
}

const icmp = { icmp: [8, 0], icmpv6: [128, 129] } as const;

function tupleText({ src, dst, sport, dport }: ConntrackTuple, protocol: ConntrackEntry['protocol'], reply: boolean): string {
  if (protocol !== 'icmp' && protocol !== 'icmpv6') return `src=${src} dst=${dst} sport=${sport} dport=${dport}`;
  return `src=${src} dst=${dst} type=${icmp[protocol][reply ? 1 : 0]} code=0 id=${reply ? dport : sport}`;
}

/** One line; `extended` begins with the network's protocol, `id` ends with a number. */
export function connectionText(entry: ConntrackEntry, formats: readonly string[] = []): string {
  const { protocol, timeout, state, original, reply, unreplied, assured, mark } = entry;
  const family = familyOf(original.src) === 'IPv4' ? 'ipv4     2 ' : 'ipv6     10 ';
  const parts = [
    `${(formats.includes('extended') ? family : '') + protocol.padEnd(8)} ${protocolNumber(protocol === 'icmpv6' ? 'ipv6-icmp' : protocol)}`,
    `${timeout}`,
    ...(state === undefined ? [] : [state]),
    tupleText(original, protocol, false),
    ...(unreplied === true ? ['[UNREPLIED]'] : []),
    tupleText(reply, protocol, true),
    ...(assured === true ? ['[ASSURED]'] : []),
    `mark=${mark}`,
    'use=1',
    ...(formats.includes('id') ? [`id=${idOf(entry)}`] : []),
  ];
  return `${parts.join(' ')}\n`;
}

/** A number of its own for each connection; the kernel hashes an address of its memory. */
function idOf({ original, protocol }: ConntrackEntry): number {
  let hash = 2166136261;
  for (const char of `${protocol} ${original.src} ${original.dst} ${original.sport} ${original.dport}`)
    hash = Math.imul(hash ^ char.charCodeAt(0), 16777619) >>> 0;
  return hash;
}
