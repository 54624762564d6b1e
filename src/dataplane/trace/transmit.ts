/**
 * What becomes of a packet on a link: links join namespaces, by a veth pair, a bridge, a tunnel ({@link encapsulate}), the machines' cards on
 * one wire.
 */
import { familyOf, type Family, type Ip } from '#net/ip.ts';
import type { Destination } from '../links/routing.ts';
import type { Fate } from './fate.ts';
import { unmarked, type Packet } from './packet.ts';
import type { Device, Stack } from './stack.ts';
import { filtersBridged, isAtBridge, portTowards, tunnelEnd, tunnelsOf } from './topology.ts';
import { encapsulate, outerPacket, throughTunnel, tunnel } from './tunnel.ts';
import { Walk } from './walk.ts';

/** Where a bridge sends frames for an address: out of a port; through a tunnel, to which machine. */
interface Way {
  readonly port: Device;
  readonly machine?: Ip;
}

/** A neighbour is asked for three times, a second apart (mcast_solicit, retrans_time_ms). */
const arpWait = 3000;

/** Puts a packet on a link towards its next hop. It came by the link or port `cameFrom`. */
export function transmit(walk: Walk, out: Device, nextHop: Ip, packet: Packet, cameFrom: string | undefined): Fate {
  const { at, name } = out;
  if (walk.isCircling()) return walk.lose(at, packet, 'route', 'the packet goes in circles');
  walk.pass(out, 'Out', packet);
  switch (out.kind) {
    case 'loopback':
      if (at.routing.to(packet.flow.dstIp, packet.dstOrdinal).local !== undefined) return walk.input(out, packet);
      return walk.lose(at, packet, name, `${name} leads nowhere`);
    case 'veth':
      return throughVeth(walk, out, nextHop, packet);
    case 'bridge':
    case 'openvswitch':
      return fromBridge(walk, out, nextHop, packet, cameFrom);
    case 'vxlan':
      return encapsulate(walk, out, nextHop, packet);
    case 'ipip':
      return tunnel(walk, out, nextHop, packet);
    case 'ether':
      return onWire(walk, out, nextHop, packet);
    case 'dummy':
      return walk.lose(at, packet, name, `${name} leads nowhere`);
  }
}

/** Nobody answers when a packet's next hop is asked for on a link. */
export function neighbourMissing(walk: Walk, { at, name }: Device, nextHop: Ip, packet: Packet, because?: string): Fate {
  const why = `nobody on ${name} answers for ${nextHop}${because === undefined ? '' : `: ${because}`}`;
  return walk.refuse(at, packet, name, 'host-unreachable', why, { after: arpWait });
}

/**
 * The way of frames from a bridge to an address, as a question by ARP, which goes to every port, would find it: on this machine, or through
 * tunnels to bridges of others. A text says why a tunnel did not carry the question.
 */
function wayFrom(walk: Walk, bridge: Device, address: Ip): Way | string | undefined {
  const near = portTowards(bridge, address);
  if (near !== undefined) return { port: near };
  const { at } = bridge;
  let silent: string | undefined;
  for (const { port, tunnel } of tunnelsOf(bridge)) {
    const machines = new Set(at.namespace.forwarding.filter((entry) => entry.dev === tunnel.name).map((entry) => entry.dst));
    for (const machine of machines) {
      const carrier = machine === undefined ? undefined : new Walk(walk.world).send(at, outerPacket(tunnel, machine));
      if (carrier?.kind !== 'delivered') {
        silent ??= carrier?.kind === 'left' ? undefined : carrier?.why;
        continue;
      }
      const end = tunnelEnd(carrier.at, tunnel);
      const far = end?.master === undefined ? undefined : end.at.deviceNamed(end.master);
      if (far?.isUp === true && isAtBridge(far, address)) return { port, machine: machine! };
    }
  }
  return silent;
}

function throughVeth(walk: Walk, out: Device, nextHop: Ip, packet: Packet): Fate {
  const far = out.peer;
  if (far === undefined || !far.isUp) return walk.lose(out.at, packet, out.name, `the other end of ${out.name} is down`);
  if (far.master !== undefined) {
    walk.pass(far, 'In', packet);
    return intoBridge(walk, far, nextHop, packet);
  }
  const answers = far.proxiesArp || wayTo(nextHop, far.at, packet).local !== undefined;
  if (!answers) return neighbourMissing(walk, out, nextHop, packet);
  return walk.arrive(far, unmarked(packet));
}

/** What becomes at a stack of what goes to a next hop: a gateway's address, or the packet's own destination. */
function wayTo(nextHop: Ip, { routing }: Stack, { flow: { dstIp }, dstOrdinal }: Packet): Destination {
  return nextHop === dstIp ? routing.to(nextHop, dstOrdinal) : routing.towards(nextHop);
}

/** A frame enters a bridge by one of its ports. */
export function intoBridge(walk: Walk, port: Device, nextHop: Ip, packet: Packet): Fate {
  const { at } = port;
  const bridge = at.deviceNamed(port.master!);
  if (bridge === undefined || !bridge.isUp) return walk.lose(at, packet, port.master!, `bridge ${port.master} is down`);
  const where = `bridge ${bridge.name}`;
  if (bridge.link.addresses.some((address) => address.ip === nextHop)) {
    walk.note(at, where, 'forward', `${nextHop} is the bridge itself`, packet.flow);
    return walk.arrive(bridge, packet, port);
  }
  const way = wayFrom(walk, bridge, nextHop);
  if (typeof way !== 'object' || way.port === port)
    return neighbourMissing(walk, port.peer ?? port, nextHop, packet, typeof way === 'string' ? way : undefined);
  walk.note(at, where, 'forward', `${nextHop} is behind ${way.port.name}`, packet.flow);
  if (bridge.kind !== 'bridge' || !filtersBridged(at, nextHop)) return outOfPort(walk, way, nextHop, packet);
  let current = packet;
  const { name } = bridge.link;
  for (const hook of ['prerouting', 'forward', 'postrouting'] as const) {
    const outDev = hook === 'prerouting' ? undefined : name;
    const next = hook === 'forward' ? walk.forward(at, current, name, name) : walk.hook(at, hook, current, name, outDev);
    if ('kind' in next) return next;
    current = next;
  }
  return outOfPort(walk, way, nextHop, current);
}

/** A packet of the host leaves by a bridge. */
function fromBridge(walk: Walk, bridge: Device, nextHop: Ip, packet: Packet, cameFrom: string | undefined): Fate {
  const way = wayFrom(walk, bridge, nextHop);
  if (typeof way !== 'object') return neighbourMissing(walk, bridge, nextHop, packet, way);
  const { link: target } = way.port;
  // With bridge-nf the frame of a translated packet goes back through the bridge itself, and a port only takes its own frames in hairpin mode.
  if (cameFrom === target.name && filtersBridged(bridge.at, nextHop) && target.hairpin !== true) {
    const why = `port ${target.name} has no hairpin mode: a pod's packet to itself does not come back`;
    return walk.lose(bridge.at, packet, `bridge ${bridge.name}`, why);
  }
  return outOfPort(walk, way, nextHop, packet);
}

function outOfPort(walk: Walk, { port, machine }: Way, nextHop: Ip, packet: Packet): Fate {
  walk.pass(port, 'Out', packet);
  const { at, name } = port;
  if (port.kind === 'vxlan' && machine !== undefined) return throughTunnel(walk, port, machine, nextHop, packet);
  const far = port.peer;
  if (far === undefined || !far.isUp) return walk.lose(at, packet, name, `the other end of ${name} is down`);
  if (far.master !== undefined) return intoBridge(walk, far, nextHop, packet);
  return walk.arrive(far, unmarked(packet));
}

function onWire(walk: Walk, out: Device, nextHop: Ip, packet: Packet): Fate {
  const card = walk.world.ground.cardAt(nextHop);
  if (card !== undefined) {
    walk.wires++;
    return walk.arrive(card, unmarked(packet));
  }
  if (isPrivateNeighbour(out.at, nextHop)) return neighbourMissing(walk, out, nextHop, packet);
  return { kind: 'left', at: out.at, packet, why: `${packet.flow.dstIp} lies outside the cluster` };
}

/** Addresses for documentation, which lie outside of every cluster. */
const outside: Readonly<Record<Family, Ip>> = { IPv4: '192.0.2.1' as Ip, IPv6: '2001:db8::1' as Ip };

/** Reports whether the next hop should have been a neighbour on the card's own network: then nobody answers, instead of a router. */
function isPrivateNeighbour({ routing }: Stack, nextHop: Ip): boolean {
  const route = routing.lookup(nextHop);
  const gateway = routing.lookup(outside[familyOf(nextHop)])?.via;
  return route?.via === undefined && route?.proto === 'kernel' && nextHop !== gateway;
}
