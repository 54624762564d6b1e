/** Tunnels between machines: a packet inside of another, which is a packet of the host again and walks its own way. */
import type { Ip } from '#net/ip.ts';
import type { Fate } from './fate.ts';
import type { Frame } from './frame.ts';
import { packetOf, unmarked, type Packet } from './packet.ts';
import type { Device, Stack } from './stack.ts';
import { Telling, type Story } from './story.ts';
import { tunnelEnd } from './topology.ts';
import { intoBridge, neighbourMissing } from './transmit.ts';
import { Walk } from './walk.ts';

/** What has become of an outer packet. */
interface Carried {
  readonly outer: Packet;
  readonly fate: Fate;
  /** The device out of which the inner packet comes where the outer one has arrived. */
  readonly end: Device | undefined;
  readonly story: Story;
  readonly frames: readonly Frame[];
  readonly wires: number;
}

/** What has become of tunnels' packets: from a device to another machine each goes the way of the first. */
export type CarriedBetween = Map<Device, Map<Ip, Carried>>;

/** The UDP packet that carries a frame through a VXLAN tunnel to a machine. */
export function outerPacket({ link: { vxlan } }: Device, machine: Ip): Packet {
  return packetOf({ protocol: 'UDP', srcIp: vxlan!.local, srcPort: 49152, dstIp: machine, dstPort: vxlan!.port });
}

/** A packet leaves by a VXLAN device: its next hop's neighbour entry says which machine. */
export function encapsulate(walk: Walk, out: Device, nextHop: Ip, packet: Packet): Fate {
  const { at, link } = out;
  const { neighbours, forwarding } = at.namespace;
  const neighbour = neighbours.find((one) => one.dev === link.name && one.ip === nextHop && one.mac !== undefined);
  if (link.vxlan === undefined || neighbour === undefined) return neighbourMissing(walk, out, nextHop, packet);
  const entry = forwarding.find((one) => one.dev === link.name && one.mac === neighbour.mac);
  if (entry?.dst === undefined)
    return walk.lose(at, packet, link.name, `${link.name} does not know behind which machine ${neighbour.mac} is`);
  return throughTunnel(walk, out, entry.dst, nextHop, packet);
}

/** A frame goes through a VXLAN tunnel to a machine. */
export function throughTunnel(walk: Walk, out: Device, machine: Ip, nextHop: Ip, packet: Packet): Fate {
  const { at, link } = out;
  const vxlan = link.vxlan!;
  walk.tell(
    at,
    out.named,
    'encapsulate',
    () => `${nextHop} is behind ${machine} (UDP ${vxlan.port}, VNI ${vxlan.id})`,
    undefined,
    packet.flow,
  );
  const carried = carriedTo(walk, out, machine, outerPacket, tunnelEnd);
  return comeOut(walk, at, carried, packet, `no VXLAN device with VNI ${vxlan.id}`, nextHop);
}

/** A packet leaves by an IP-in-IP device. */
export function tunnel(walk: Walk, out: Device, nextHop: Ip, packet: Packet): Fate {
  const { at, link } = out;
  walk.tell(at, link.name, 'encapsulate', ipipWords, nextHop, packet.flow);
  const carried = carriedTo(walk, out, nextHop, ipipPacket, endOfIpip);
  return comeOut(walk, at, carried, packet, 'no IP-in-IP device');
}

/** The packet that carries another one to a machine. */
function ipipPacket({ at }: Device, machine: Ip): Packet {
  const there = at.routing.towards(machine);
  const source = there.route === undefined ? undefined : at.routing.sourceTowards(there, machine);
  return packetOf({ protocol: 'ICMP', srcIp: source ?? machine, srcPort: 0, dstIp: machine, dstPort: 0 });
}

function ipipWords(machine: Ip): string {
  return `IP in IP to ${machine}`;
}

function arrivedWords(machine: Ip): string {
  return `arrived from ${machine}`;
}

function endOfIpip(at: Stack): Device | undefined {
  return at.deviceOf('ipip');
}

/** Sends an outer packet between hosts, or remembers what became of the first; `endAt` finds where a tunnel ends at a machine. */
function carriedTo(
  walk: Walk,
  out: Device,
  machine: Ip,
  outerOf: (out: Device, machine: Ip) => Packet,
  endAt: (far: Stack, out: Device) => Device | undefined,
): Carried {
  const { carried } = walk.world.ground;
  let machines = carried.get(out);
  if (machines === undefined) carried.set(out, (machines = new Map()));
  let known = machines.get(machine);
  if (known === undefined) {
    const outer = outerOf(out, machine);
    const telling = new Telling();
    const carrier = new Walk(walk.world, telling);
    const fate = carrier.send(out.at, outer);
    const end = fate.kind === 'delivered' ? endAt(fate.at, out) : undefined;
    known = { outer, fate, end, ...telling, wires: carrier.wires };
    machines.set(machine, known);
  }
  return known;
}

/** Where the outer packet arrives the inner one comes out of a device. */
function comeOut(
  walk: Walk,
  at: Stack,
  { outer, fate, end, story, frames, wires }: Carried,
  inner: Packet,
  missing: string,
  nextHop?: Ip,
): Fate {
  walk.wires += wires;
  walk.carry(frames, inner);
  // What matters of the outer packet's walk is where it failed.
  if (fate.kind !== 'delivered') {
    walk.telling?.story.push(...story);
    return { kind: 'lost', at, why: fate.why };
  }
  if (end === undefined) return walk.lose(fate.at, inner, fate.at.place, missing);
  walk.tell(fate.at, end.named, 'decapsulate', arrivedWords, outer.flow.srcIp, inner.flow);
  if (end.master !== undefined && nextHop !== undefined) return intoBridge(walk, end, nextHop, unmarked(inner));
  return walk.arrive(end, unmarked(inner));
}
