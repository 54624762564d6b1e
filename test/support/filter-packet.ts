import { newConnection, type Packet } from '#dataplane/netfilter/packet.ts';
import { familyOf, ordinalOf } from '#net/ip.ts';

/** A packet at a hook of netfilter: the first of its connection, from port 40000, unless it is said to be another. */
export function filterPacket(said: Pick<Packet, 'protocol' | 'src' | 'dst' | 'dport'> & Partial<Packet>): Packet {
  const { src, dst } = said;
  return {
    family: familyOf(dst),
    sport: 40_000,
    mark: 0,
    connection: newConnection,
    srcOrdinal: ordinalOf(src),
    dstOrdinal: ordinalOf(dst),
    ...said,
  };
}
