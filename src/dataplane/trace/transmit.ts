/**
 * What becomes of a packet on a link: links join namespaces, by a veth pair, a bridge, a tunnel ({@link encapsulate}), the machines' cards on
 * one wire.
 */
import { familyOf, type Ip } from '#net/ip.ts';
import type { Link } from '#node/kernel.ts';
import { linkOf, localLink, lookup } from '../links/routing.ts';
import type { Fate } from './fate.ts';
import { unmarked, type At, type Packet } from './packet.ts';
import { filtersBridged, isAtBridge, peerOf, portTowards, proxiesArp, tunnelEnd, tunnelsOf } from './topology.ts';
import { encapsulate, outerPacket, throughTunnel, tunnel } from './tunnel.ts';
import { Walk } from './walk.ts';

/** Where a bridge sends frames for an address: out of a port; through a tunnel, to which machine. */
interface Way {
  readonly port: Link;
  readonly machine?: Ip;
}

/** A neighbour is asked for three times, a second apart (mcast_solicit, retrans_time_ms). */
const arpWait = 3000;

/** Puts a packet on a link towards its next hop. It came by the link or port `cameFrom`. */
export function transmit(walk: Walk, at: At, link: Link, nextHop: Ip, packet: Packet, cameFrom: string | undefined): Fate {
  if (walk.isCircling()) return walk.lose(at, packet, 'route', 'the packet goes in circles');
  walk.pass(at, link, 'Out', packet);
  switch (link.kind) {
    case 'loopback':
      if (localLink(at.namespace, packet.flow.dstIp) !== undefined) return walk.input(at, packet, 'lo');
      return walk.lose(at, packet, link.name, `${link.name} leads nowhere`);
    case 'veth':
      return throughVeth(walk, at, link, nextHop, packet);
    case 'bridge':
    case 'openvswitch':
      return fromBridge(walk, at, link, nextHop, packet, cameFrom);
    case 'vxlan':
      return encapsulate(walk, at, link, nextHop, packet);
    case 'ipip':
      return tunnel(walk, at, link, nextHop, packet);
    case 'ether':
      return onWire(walk, at, link, nextHop, packet);
    case 'dummy':
      return walk.lose(at, packet, link.name, `${link.name} leads nowhere`);
  }
}

/** Nobody answers when a packet's next hop is asked for on a link. */
export function neighbourMissing(walk: Walk, at: At, link: Link, nextHop: Ip, packet: Packet, because?: string): Fate {
  const why = `nobody on ${link.name} answers for ${nextHop}${because === undefined ? '' : `: ${because}`}`;
  return walk.refuse(at, packet, link.name, 'host-unreachable', why, { after: arpWait });
}

/**
 * The way of frames from a bridge to an address, as a question by ARP, which goes to every port, would find it: on this machine, or through
 * tunnels to bridges of others. A text says why a tunnel did not carry the question.
 */
function wayFrom(walk: Walk, at: At, bridge: Link, address: Ip): Way | string | undefined {
  const near = portTowards(at, bridge, address);
  if (near !== undefined) return { port: near };
  let silent: string | undefined;
  for (const { port, tunnel } of tunnelsOf(at, bridge)) {
    const machines = new Set(at.namespace.forwarding.filter((entry) => entry.dev === tunnel.name).map((entry) => entry.dst));
    for (const machine of machines) {
      const carrier = machine === undefined ? undefined : new Walk(walk.world).send(at, outerPacket(tunnel, machine));
      if (carrier?.kind !== 'delivered') {
        silent ??= carrier?.kind === 'left' ? undefined : carrier?.why;
        continue;
      }
      const end = tunnelEnd(carrier.at, tunnel);
      const far = end?.master === undefined ? undefined : linkOf(carrier.at.namespace, end.master);
      if (far?.up === true && isAtBridge(carrier.at, far, address)) return { port, machine: machine! };
    }
  }
  return silent;
}

function throughVeth(walk: Walk, at: At, link: Link, nextHop: Ip, packet: Packet): Fate {
  const far = peerOf(at, link);
  if (far === undefined || !far.link.up) return walk.lose(at, packet, link.name, `the other end of ${link.name} is down`);
  if (far.link.master !== undefined) {
    walk.pass(far.at, far.link, 'In', packet);
    return intoBridge(walk, far.at, far.link, nextHop, packet);
  }
  const answers = localLink(far.at.namespace, nextHop) !== undefined || proxiesArp(far.at.namespace, far.link);
  if (!answers) return neighbourMissing(walk, at, link, nextHop, packet);
  return walk.arrive(far.at, far.link, unmarked(packet));
}

/** A frame enters a bridge by one of its ports. */
export function intoBridge(walk: Walk, at: At, port: Link, nextHop: Ip, packet: Packet): Fate {
  const bridge = linkOf(at.namespace, port.master!);
  if (bridge === undefined || !bridge.up) return walk.lose(at, packet, port.master!, `bridge ${port.master} is down`);
  const where = `bridge ${bridge.name}`;
  if (bridge.addresses.some((address) => address.ip === nextHop)) {
    walk.note(at, where, 'forward', `${nextHop} is the bridge itself`, packet.flow);
    return walk.arrive(at, bridge, packet, port);
  }
  const way = wayFrom(walk, at, bridge, nextHop);
  if (typeof way !== 'object' || way.port === port) {
    const sender = peerOf(at, port) ?? { at, link: port };
    return neighbourMissing(walk, sender.at, sender.link, nextHop, packet, typeof way === 'string' ? way : undefined);
  }
  walk.note(at, where, 'forward', `${nextHop} is behind ${way.port.name}`, packet.flow);
  if (bridge.kind !== 'bridge' || !filtersBridged(at, nextHop)) return outOfPort(walk, at, way, nextHop, packet);
  let current = packet;
  for (const hook of ['prerouting', 'forward', 'postrouting'] as const) {
    const devices = hook === 'prerouting' ? { inDev: bridge.name } : { inDev: bridge.name, outDev: bridge.name };
    const next = hook === 'forward' ? walk.forward(at, current, devices) : walk.hook(at, hook, current, devices);
    if ('kind' in next) return next;
    current = next;
  }
  return outOfPort(walk, at, way, nextHop, current);
}

/** A packet of the host leaves by a bridge. */
function fromBridge(walk: Walk, at: At, bridge: Link, nextHop: Ip, packet: Packet, cameFrom: string | undefined): Fate {
  const way = wayFrom(walk, at, bridge, nextHop);
  if (typeof way !== 'object') return neighbourMissing(walk, at, bridge, nextHop, packet, way);
  const { port: target } = way;
  // With bridge-nf the frame of a translated packet goes back through the bridge itself, and a port only takes its own frames in hairpin mode.
  if (cameFrom === target.name && filtersBridged(at, nextHop) && target.hairpin !== true) {
    const why = `port ${target.name} has no hairpin mode: a pod's packet to itself does not come back`;
    return walk.lose(at, packet, `bridge ${bridge.name}`, why);
  }
  return outOfPort(walk, at, way, nextHop, packet);
}

function outOfPort(walk: Walk, at: At, { port, machine }: Way, nextHop: Ip, packet: Packet): Fate {
  walk.pass(at, port, 'Out', packet);
  if (port.kind === 'vxlan' && machine !== undefined) return throughTunnel(walk, at, port, machine, nextHop, packet);
  const far = peerOf(at, port);
  if (far === undefined || !far.link.up) return walk.lose(at, packet, port.name, `the other end of ${port.name} is down`);
  if (far.link.master !== undefined) return intoBridge(walk, far.at, far.link, nextHop, packet);
  return walk.arrive(far.at, far.link, unmarked(packet));
}

function onWire(walk: Walk, at: At, link: Link, nextHop: Ip, packet: Packet): Fate {
  const card = walk.world.ground.cardAt(nextHop);
  if (card !== undefined) {
    walk.wires++;
    return walk.arrive(card.at, card.link, unmarked(packet));
  }
  if (isPrivateNeighbour(at, nextHop)) return neighbourMissing(walk, at, link, nextHop, packet);
  return { kind: 'left', at, packet, why: `${packet.flow.dstIp} lies outside the cluster` };
}

/** Reports whether the next hop should have been a neighbour on the card's own network: then nobody answers, instead of a router. */
function isPrivateNeighbour(at: At, nextHop: Ip): boolean {
  const route = lookup(at.namespace, nextHop);
  const gateway = lookup(at.namespace, (familyOf(nextHop) === 'IPv4' ? '192.0.2.1' : '2001:db8::1') as Ip)?.via;
  return route?.via === undefined && route?.proto === 'kernel' && nextHop !== gateway;
}
