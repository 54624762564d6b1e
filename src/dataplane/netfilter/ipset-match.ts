/** Membership in IP sets. (kernel: net/netfilter/ipset) */
import type { IpSet } from '#node/ipvs.ts';
import { addressMatches } from './ip-match.ts';
import type { Packet } from './packet.ts';

interface SetIndex {
  readonly members: ReadonlySet<string>;
  /** The networks of `hash:…,net` sets, by what stands before them. */
  readonly networks: ReadonlyMap<string, readonly string[]>;
}

const indexes = new WeakMap<IpSet, SetIndex>();

function indexOf(set: IpSet): SetIndex {
  let index = indexes.get(set);
  if (index === undefined) {
    const networks = new Map<string, string[]>();
    if (/net$/.test(set.type)) {
      for (const member of set.members) {
        const comma = member.lastIndexOf(',');
        const key = comma < 0 ? '' : member.slice(0, comma);
        networks.set(key, [...(networks.get(key) ?? []), member.slice(comma + 1)]);
      }
    }
    indexes.set(set, (index = { members: new Set(set.members), networks }));
  }
  return index;
}

/** Reports whether a packet is in a set, its parts taken from the sides that `flags` names: `dst,dst,src`. */
export function inSet(set: IpSet, flags: string, packet: Packet): boolean {
  if ((set.family === 'inet') !== (packet.family === 'IPv4') && set.type !== 'bitmap:port') return false;
  const sides = flags.split(',');
  const kinds = set.type.slice(set.type.indexOf(':') + 1).split(',');
  const parts = kinds.map((kind, i) => {
    const source = sides[i] === 'src';
    if (kind !== 'port') return source ? packet.src : packet.dst;
    const port = source ? packet.sport : packet.dport;
    return kinds.length === 1 ? String(port) : `${packet.protocol}:${port}`;
  });
  const index = indexOf(set);
  if (kinds.at(-1) !== 'net') return index.members.has(parts.join());
  const address = sides[kinds.length - 1] === 'src' ? packet.src : packet.dst;
  return (index.networks.get(parts.slice(0, -1).join()) ?? []).some((network) => addressMatches(address, network));
}
