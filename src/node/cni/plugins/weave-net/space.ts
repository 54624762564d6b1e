/**
 * Weave's address management: a ring of tokens over the range says which peer a stretch belongs to, and each peer remembers what it gave
 * away of its own (weave ipam/{ring,space,paxos}). A peer keeps its view in its database; here that is JSON.
 */
import { pick } from '#kube/chance.ts';
import { baseOf, cidr, contains, lastOf, lengthOf, parseCidr, sizeOf, toIp, toNumber, type Cidr, type Ip } from '#net/ip.ts';
import type { Machine } from '../../machine.ts';

/** `/weavedb/weave-net` with the store's suffix, as the host sees it. */
export const databasePath = '/var/lib/weave/weave-netdata.db';

/** From `start` to the next token, or to the end of the range. */
export interface Token {
  readonly start: Ip;
  readonly peer: string;
}

export interface Ring {
  /** Grows with every change: of two views the later one holds. */
  readonly version: number;
  readonly tokens: readonly Token[];
}

/** What a peer knows. */
export interface Database {
  /** Its name: a MAC address. */
  readonly peer: string;
  readonly nickname: string;
  readonly universe: Cidr;
  readonly ring: Ring;
  /** What it gave, by container id, or `weave:expose` for the bridge. */
  readonly owned: Readonly<Record<string, Ip>>;
}

export function readDatabase(machine: Pick<Machine, 'read'>): Database | undefined {
  const text = machine.read(databasePath);
  if (text === undefined) return undefined;
  try {
    const { universe, ...others } = JSON.parse(text) as Database;
    const range = parseCidr(universe);
    return range === undefined ? undefined : { ...others, universe: range };
  } catch {
    return undefined;
  }
}

export function writeDatabase(machine: Machine, database: Database): void {
  const text = `${JSON.stringify(database)}\n`;
  if (machine.read(databasePath) !== text) machine.write(databasePath, text, 0o660);
}

/** A stretch of addresses, the end not included. */
export interface Stretch {
  readonly start: bigint;
  readonly end: bigint;
}

/** The stretches of a peer. */
export function stretchesOf({ ring, universe }: Pick<Database, 'ring' | 'universe'>, peer: string): readonly Stretch[] {
  const end = toNumber(lastOf(universe)) + 1n;
  return ring.tokens.flatMap((token, i) => {
    const next = ring.tokens[i + 1];
    return token.peer === peer ? [{ start: toNumber(token.start), end: next === undefined ? end : toNumber(next.start) }] : [];
  });
}

export function sizeOfPeer(database: Pick<Database, 'ring' | 'universe'>, peer: string): number {
  return stretchesOf(database, peer).reduce((sum, { start, end }) => sum + Number(end - start), 0);
}

/** The first division among peers (ring.ClaimForPeers): sorted by name, halved, the first half of the peers rounded down. */
export function divide(universe: Cidr, peers: readonly string[]): Ring {
  const tokens: Token[] = [];
  const half = (start: bigint, size: bigint, of: readonly string[]): void => {
    if (of.length === 1) {
      tokens.push({ start: toIp(start, 'IPv4'), peer: of[0]! });
      return;
    }
    const middle = Math.floor(of.length / 2);
    half(start, size / 2n, of.slice(0, middle));
    half(start + size / 2n, size - size / 2n, of.slice(middle));
  };
  half(toNumber(baseOf(universe)), sizeOf(universe), [...peers].sort());
  return { version: 1, tokens };
}

/** The addresses of a range that are nobody's: its network and its broadcast address. */
function isReserved(universe: Cidr, ip: Ip): boolean {
  return ip === baseOf(universe) || ip === lastOf(universe);
}

/** Free addresses of a peer, from the lowest. */
function* freeOf(database: Database): Generator<Ip> {
  const taken = new Set(Object.values(database.owned));
  for (const { start, end } of stretchesOf(database, database.peer))
    for (let n = start; n < end; n++) {
      const ip = toIp(n, 'IPv4');
      if (!taken.has(ip) && !isReserved(database.universe, ip)) yield ip;
    }
}

export function hasFree(database: Database): boolean {
  return freeOf(database).next().done !== true;
}

export interface Given {
  readonly database: Database;
  readonly ip: Ip;
}

/** The address of an id: the one it has, or a wished-for one, or the lowest free one. */
export function allocate(database: Database, id: string, wished: readonly Ip[] = []): Given | undefined {
  const known = database.owned[id];
  if (known !== undefined) return { database, ip: known };
  const taken = new Set(Object.values(database.owned));
  const own = stretchesOf(database, database.peer);
  const within = (ip: Ip) => contains(database.universe, ip) && own.some(({ start, end }) => toNumber(ip) >= start && toNumber(ip) < end);
  const ip = wished.find((one) => !one.includes(':') && within(one) && !taken.has(one)) ?? freeOf(database).next().value;
  return ip === undefined ? undefined : { database: { ...database, owned: { ...database.owned, [id]: ip } }, ip };
}

/** Gives an id's address back; undefined when it has none. */
export function release(database: Database, id: string): Database | undefined {
  const { [id]: ip, ...owned } = database.owned;
  return ip === undefined ? undefined : { ...database, owned };
}

/**
 * What a peer gives to another that asks (space.Donate): its biggest free aligned block, or the upper half of that when it is more than
 * half of all it has free.
 */
export function donate(donor: Database, to: string): Ring | undefined {
  const taken = new Set(Object.values(donor.owned).map(toNumber));
  const free = stretchesOf(donor, donor.peer).flatMap((stretch) => gapsOf(stretch, taken));
  const total = free.reduce((sum, { start, end }) => sum + (end - start), 0n);
  let best: Stretch | undefined;
  for (const block of free.flatMap(alignedOf)) if (best === undefined || block.end - block.start > best.end - best.start) best = block;
  if (best === undefined) return undefined;
  const size = best.end - best.start;
  const given = size * 2n > total && size > 1n ? { start: best.start + size / 2n, end: best.end } : best;
  return withOwner(donor, given, to);
}

function gapsOf({ start, end }: Stretch, taken: ReadonlySet<bigint>): readonly Stretch[] {
  const gaps: Stretch[] = [];
  let from = start;
  for (const used of [...taken].filter((n) => n >= start && n < end).sort((a, b) => (a < b ? -1 : 1))) {
    if (used > from) gaps.push({ start: from, end: used });
    from = used + 1n;
  }
  return from < end ? [...gaps, { start: from, end }] : gaps;
}

/** A stretch in blocks that prefixes could name. */
function alignedOf({ start, end }: Stretch): readonly Stretch[] {
  const blocks: Stretch[] = [];
  for (let at = start; at < end;) {
    let size = 1n;
    while (at % (size * 2n) === 0n && at + size * 2n <= end) size *= 2n;
    blocks.push({ start: at, end: at + size });
    at += size;
  }
  return blocks;
}

/** The ring with a stretch of the donor's in other hands. */
function withOwner({ ring, peer, universe }: Database, { start, end }: Stretch, to: string): Ring {
  const [first, after] = [toIp(start, 'IPv4'), toIp(end, 'IPv4')];
  const tokens = ring.tokens.filter((token) => token.start !== first);
  tokens.push({ start: first, peer: to });
  if (end <= toNumber(lastOf(universe)) && !tokens.some((token) => token.start === after)) tokens.push({ start: after, peer });
  return { version: ring.version + 1, tokens: tokens.sort((a, b) => (toNumber(a.start) < toNumber(b.start) ? -1 : 1)) };
}

/** Which peer to ask for space: by chance, the more likely the more it has free (ring.ChoosePeersToAskForSpace). */
export function chooseDonor(databases: readonly Database[], purpose: string): Database | undefined {
  const weights = databases.map((one) => sizeOfPeer(one, one.peer) - Object.keys(one.owned).length);
  const total = weights.reduce((sum, weight) => sum + Math.max(weight, 0), 0);
  if (total <= 0) return undefined;
  let at = pick(purpose, total);
  return databases.find((_, i) => (at -= Math.max(weights[i]!, 0)) < 0);
}

/** `weave rmpeer`: what a peer had goes to another. */
export function removePeer({ ring }: Database, gone: string, heir: string): Ring {
  return { version: ring.version + 1, tokens: ring.tokens.map((token) => (token.peer === gone ? { ...token, peer: heir } : token)) };
}

/** A peer's addresses as prefixes, of its stretches as they merge: members of weave's ipset of local addresses. */
export function prefixesOf(database: Database): readonly Cidr[] {
  const merged: Stretch[] = [];
  for (const stretch of stretchesOf(database, database.peer)) {
    const last = merged.at(-1);
    if (last?.end === stretch.start) merged[merged.length - 1] = { start: last.start, end: stretch.end };
    else merged.push(stretch);
  }
  return merged.flatMap(alignedOf).map(({ start, end }) => cidr(`${toIp(start, 'IPv4')}/${32 - bitLength(end - start)}`));
}

function bitLength(size: bigint): number {
  return size.toString(2).length - 1;
}

/** What a range holds, first and last: `10.32.0.0-10.47.255.255`. */
export function rangeText(universe: Cidr): string {
  return `${baseOf(universe)}-${lastOf(universe)}`;
}

/** An address with the range's length, as all of Weave's are. */
export function prefixedIn(universe: Cidr, ip: Ip): { readonly ip: Ip; readonly length: number } {
  return { ip, length: lengthOf(universe) };
}
