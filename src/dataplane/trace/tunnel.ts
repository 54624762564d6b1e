/** Tunnels between machines: a packet inside of another, which is a packet of the host again and walks its own way. */
import type { Ip } from '#net/ip.ts';
import type { Host } from '#node/host.ts';
import type { Link } from '#node/kernel.ts';
import { lookup, sourceFor } from '../links/routing.ts';
import type { Fate } from './fate.ts';
import type { Frame } from './frame.ts';
import { packetOf, unmarked, type At, type Packet } from './packet.ts';
import { framesOf, type Story } from './story.ts';
import { placeOf, tunnelEnd } from './topology.ts';
import { intoBridge, neighbourMissing } from './transmit.ts';
import { Walk } from './walk.ts';

/** What has become of an outer packet. */
interface Carried {
  readonly outer: Packet;
  readonly fate: Fate;
  readonly story: Story;
  readonly frames: readonly Frame[];
  readonly wires: number;
}

/** What has become of tunnels' packets: from a device of a host to another machine each goes the way of the first. */
export type CarriedBetween = Map<Host, Map<Link, Map<Ip, Carried>>>;

/** The UDP packet that carries a frame through a VXLAN tunnel to a machine. */
export function outerPacket({ vxlan }: Link, machine: Ip): Packet {
  return packetOf({ protocol: 'UDP', srcIp: vxlan!.local, srcPort: 49152, dstIp: machine, dstPort: vxlan!.port });
}

/** A packet leaves by a VXLAN device: its next hop's neighbour entry says which machine. */
export function encapsulate(walk: Walk, at: At, link: Link, nextHop: Ip, packet: Packet): Fate {
  const { neighbours, forwarding } = at.namespace;
  const neighbour = neighbours.find((one) => one.dev === link.name && one.ip === nextHop && one.mac !== undefined);
  if (link.vxlan === undefined || neighbour === undefined) return neighbourMissing(walk, at, link, nextHop, packet);
  const entry = forwarding.find((one) => one.dev === link.name && one.mac === neighbour.mac);
  if (entry?.dst === undefined)
    return walk.lose(at, packet, link.name, `${link.name} does not know behind which machine ${neighbour.mac} is`);
  return throughTunnel(walk, at, link, entry.dst, nextHop, packet);
}

/** A frame goes through a VXLAN tunnel to a machine. */
export function throughTunnel(walk: Walk, at: At, link: Link, machine: Ip, nextHop: Ip, packet: Packet): Fate {
  const vxlan = link.vxlan!;
  const because = `${nextHop} is behind ${machine} (UDP ${vxlan.port}, VNI ${vxlan.id})`;
  walk.note(at, `vxlan ${link.name}`, 'encapsulate', because, packet.flow);
  const carried = carriedTo(walk, at, link, machine, () => outerPacket(link, machine));
  return comeOut(walk, at, carried, packet, (far) => tunnelEnd(far, link), `no VXLAN device with VNI ${vxlan.id}`, nextHop);
}

/** A packet leaves by an IP-in-IP device. */
export function tunnel(walk: Walk, at: At, link: Link, nextHop: Ip, packet: Packet): Fate {
  walk.note(at, link.name, 'encapsulate', `IP in IP to ${nextHop}`, packet.flow);
  const carried = carriedTo(walk, at, link, nextHop, () => {
    const route = lookup(at.namespace, nextHop);
    const source = route === undefined ? undefined : sourceFor(at.namespace, route, nextHop);
    return packetOf({ protocol: 'ICMP', srcIp: source ?? nextHop, srcPort: 0, dstIp: nextHop, dstPort: 0 });
  });
  const end = ({ namespace }: At) => namespace.links.find((one) => one.kind === 'ipip' && one.up);
  return comeOut(walk, at, carried, packet, end, 'no IP-in-IP device');
}

/** Sends an outer packet between hosts, or remembers what became of the first. */
function carriedTo(walk: Walk, at: At, link: Link, machine: Ip, outer: () => Packet): Carried {
  const machines = entry(
    entry(walk.world.ground.carried, at.host, () => new Map()),
    link,
    () => new Map<Ip, Carried>(),
  );
  return entry(machines, machine, () => {
    const sent = outer();
    const carrier = new Walk(walk.world);
    const fate = carrier.send(at, sent);
    return { outer: sent, fate, story: carrier.story, frames: framesOf(carrier.frames), wires: carrier.wires };
  });
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

/** Where the outer packet arrives the inner one comes out of a device. */
function comeOut(
  walk: Walk,
  at: At,
  { outer, fate, story, frames, wires }: Carried,
  inner: Packet,
  device: (far: At) => Link | undefined,
  missing: string,
  nextHop?: Ip,
): Fate {
  walk.wires += wires;
  walk.frames.push({ carried: frames, answer: walk.conntrack.reply, inner: inner.flow });
  // What matters of the outer packet's walk is where it failed.
  if (fate.kind !== 'delivered') {
    walk.story.push(...story);
    return { kind: 'lost', at, why: fate.why };
  }
  const link = device(fate.at);
  if (link === undefined) return walk.lose(fate.at, inner, placeOf(fate.at), missing);
  walk.note(fate.at, `${link.kind} ${link.name}`, 'decapsulate', `arrived from ${outer.flow.srcIp}`, inner.flow);
  if (link.master !== undefined && nextHop !== undefined) return intoBridge(walk, fate.at, link, nextHop, unmarked(inner));
  return walk.arrive(fate.at, link, unmarked(inner));
}
