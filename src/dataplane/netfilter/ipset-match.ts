/** Membership in IP sets. (kernel: net/netfilter/ipset) */
import type { IpSet } from '#node/ipvs.ts';
import { addressTest, type AddressTest } from './ip-match.ts';
import type { Packet } from './packet.ts';

/** Reports whether a packet is in a set. */
export type Membership = (packet: Packet) => boolean;

/** By the sides that a rule names. */
const known = new WeakMap<IpSet, Map<string, Membership>>();

/** What tells whether a packet is in a set, its parts taken from the sides that `flags` names: `dst,dst,src`. */
export function membershipOf(set: IpSet, flags: string): Membership {
  let bySides = known.get(set);
  if (bySides === undefined) known.set(set, (bySides = new Map()));
  let isIn = bySides.get(flags);
  if (isIn === undefined) bySides.set(flags, (isIn = membership(set, flags.split(','))));
  return isIn;
}

function membership(set: IpSet, sides: readonly string[]): Membership {
  const kinds = set.type.slice(set.type.indexOf(':') + 1).split(',');
  const parts = kinds.map((kind, i) => partOf(kind, sides[i] === 'src', kinds.length === 1));
  const last = kinds.length - 1;
  const isIn =
    kinds[last] === 'net' ? inNetworks(set.members, parts.slice(0, last), sides[last] === 'src') : amongMembers(set.members, parts);
  if (set.type === 'bitmap:port') return isIn;
  const family = set.family === 'inet' ? 'IPv4' : 'IPv6';
  return (packet) => packet.family === family && isIn(packet);
}

/** What stands for a packet in one part of a set's members. */
type Part = (packet: Packet) => string;

function partOf(kind: string, source: boolean, alone: boolean): Part {
  if (kind !== 'port') return source ? ({ src }) => src : ({ dst }) => dst;
  const port = source ? ({ sport }: Packet) => sport : ({ dport }: Packet) => dport;
  return alone ? (packet) => String(port(packet)) : (packet) => `${packet.protocol}:${port(packet)}`;
}

/** Members by their first part, which most packets have in common with none. */
function amongMembers(members: readonly string[], [first, ...others]: readonly Part[]): Membership {
  const byFirst = new Map<string, Set<string>>();
  for (const member of members) {
    const comma = member.indexOf(',');
    const key = comma < 0 ? member : member.slice(0, comma);
    let rest = byFirst.get(key);
    if (rest === undefined) byFirst.set(key, (rest = new Set()));
    rest.add(member.slice(key.length + 1));
  }
  return (packet) => byFirst.get(first!(packet))?.has(others.map((part) => part(packet)).join()) === true;
}

/** Networks, and what tells whether an address is in one: made ready when a packet first asks. */
interface Networks {
  readonly texts: string[];
  tests: readonly AddressTest[] | undefined;
}

/** The networks of `hash:…,net` sets, by what stands before them. */
function inNetworks(members: readonly string[], before: readonly Part[], source: boolean): Membership {
  const networks = new Map<string, Networks>();
  for (const member of members) {
    const comma = member.lastIndexOf(',');
    const key = comma < 0 ? '' : member.slice(0, comma);
    let list = networks.get(key);
    if (list === undefined) networks.set(key, (list = { texts: [], tests: undefined }));
    list.texts.push(member.slice(comma + 1));
  }
  const isIn = (list: Networks | undefined, { src, dst, srcOrdinal, dstOrdinal }: Packet): boolean => {
    if (list === undefined) return false;
    list.tests ??= list.texts.map(addressTest);
    for (const test of list.tests) if (source ? test(src, srcOrdinal) : test(dst, dstOrdinal)) return true;
    return false;
  };
  const only = networks.get('');
  if (before.length === 0) return (packet) => isIn(only, packet);
  return (packet) => isIn(networks.get(before.map((part) => part(packet)).join()), packet);
}
