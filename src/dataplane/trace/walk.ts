/**
 * The walk of one packet through the machines' kernels, and of its answer back.
 *
 *                     ┌─ local? ──▶ INPUT ──▶ listener
 *   link ▶ PREROUTING ┤
 *                     └─ forward ─▶ FORWARD ─▶ POSTROUTING ▶ link
 *   process ▶ route ▶ OUTPUT ─────────────────▶ POSTROUTING ▶ link
 *
 * Links join namespaces: a veth pair, a bridge, a VXLAN device (whose packets are packets of the host again), the machines' cards on one
 * wire. NAT is remembered where it was done, and undone there for the answer; an answer that comes back another way is not recognised.
 * Each router takes one from the packet's time to live. Who cannot pass a packet on says so to its sender, as ICMP does, or is silent.
 */
import { familyOf, type Ip } from '#net/ip.ts';
import { flowText, type Flow } from '#net/flow.ts';
import type { NodeName } from '#kube/names.ts';
import type { Host } from '#node/host.ts';
import type { Link, NetworkNamespace, Route } from '#node/kernel.ts';
import type { Hook } from '#node/netfilter.ts';
import { listenerFor, type Listening } from '../links/listeners.ts';
import { addressOn, linkOf, localLink, lookup, routeText, sourceFor } from '../links/routing.ts';
import type { Frame } from './frame.ts';
import type { RunHook, TrackedState } from './hooks.ts';
import { packetOf, type At, type Hop, type Packet } from './packet.ts';
import type { CheckPolicy, PolicyPoint } from './policy.ts';
import { refusalOf, type Errno, type Refusal } from './refusal.ts';
import {
  filtersBridged,
  isAtBridge,
  peerOf,
  placeOf,
  portTowards,
  proxiesArp,
  reversePathFilter,
  rootOf,
  routesLocalnet,
  tunnelEnd,
  tunnelsOf,
} from './topology.ts';

export type Fate =
  | { readonly kind: 'delivered'; readonly at: At; readonly listening: Listening | undefined; readonly packet: Packet }
  /** A machine says no: by a reset, or an ICMP message that `speaker` sends. */
  | {
      readonly kind: 'refused';
      readonly at: At;
      readonly packet: Packet;
      readonly refusal: Refusal;
      readonly speaker: Ip;
      readonly why: string;
      /** Milliseconds that it tried before. */
      readonly after: number;
      readonly mtu?: number;
      /** The hook whose rules have refused it. */
      readonly hook?: Hook;
    }
  /** The sender's own kernel knows at once that it cannot send. */
  | { readonly kind: 'failed'; readonly errno: Errno; readonly why: string; readonly mtu?: number }
  | { readonly kind: 'lost'; readonly why: string; readonly at: At; readonly hook?: Hook }
  /** It has left the cluster, by this machine. */
  | { readonly kind: 'left'; readonly at: At; readonly packet: Packet; readonly why: string };

export interface World {
  readonly hosts: ReadonlyMap<NodeName, Host>;
  readonly runHook: RunHook;
  readonly checkPolicy: CheckPolicy;
  /** What has become of tunnels' packets: between two hosts each goes the way of the first. */
  readonly carried: Map<string, Carried>;
}

interface Carried {
  readonly fate: Fate;
  readonly hops: readonly Hop[];
  readonly frames: readonly Frame[];
  readonly wires: number;
}

/** What a process asks of the kernel for its packets. */
export interface SendOptions {
  /** The interface it has bound itself to (SO_BINDTODEVICE). */
  readonly device?: string;
}

/** A connection as a namespace's connection tracking has it. */
export interface Tracked {
  readonly at: At;
  /** The first packet as it came, and as it went on. */
  readonly original: Flow;
  readonly translated: Flow;
  /** It went on: what was dropped or rejected on its way is forgotten at once. */
  readonly confirmed: boolean;
}

interface Nat {
  /** The connection as it was before NAT here, and after. */
  readonly before: Flow;
  readonly after: Flow;
}

interface Devices {
  readonly inDev?: string;
  readonly outDev?: string;
  readonly masqueradeAs?: Ip;
}

/** Where a bridge sends frames for an address: out of a port; through a tunnel, to which machine. */
interface Way {
  readonly port: Link;
  readonly machine?: Ip;
}

const noNats: readonly Nat[] = [];

const mostSteps = 400;
/** After so many routers a walk is no longer told step by step: the packet goes in circles. */
const toldRouters = 12;
/** A neighbour is asked for three times, a second apart (mcast_solicit, retrans_time_ms). */
const arpWait = 3000;

export class Walk {
  readonly world: World;
  readonly hops: Hop[] = [];
  /** What passed the interfaces on the way. */
  readonly frames: Frame[] = [];
  candidates: readonly string[] = [];
  /** How likely the chosen one of {@link candidates} was. */
  probability: number | undefined;
  /** What rules have noted for later connections, and where. */
  readonly remembered: { readonly at: At; readonly list: string; readonly ip: Ip }[] = [];
  /** Wires between machines, and links within them, that packets have crossed. */
  wires = 0;
  links = 0;
  /** The destination that NAT has given back to an answer's source. */
  restored: Ip | undefined;
  /** NAT done in each namespace. */
  readonly #nats = new Map<NetworkNamespace, readonly Nat[]>();
  /** The namespaces whose connection tracking has seen the first packet. */
  readonly #seen = new Map<NetworkNamespace, Tracked>();
  /** The namespaces whose connection tracking does not see the packet. */
  readonly #untracked = new Set<NetworkNamespace>();
  #reply = false;
  #steps = 0;
  #routers = 0;
  /** Who has sent the first packet, and as what; nobody of the cluster where it came from outside. */
  #sender: At | undefined;
  #sent: Flow | undefined;

  constructor(world: World) {
    this.world = world;
  }

  /** What connection tracking has kept of the first packet, in the order in which it came by. */
  get tracked(): readonly Tracked[] {
    return [...this.#seen.values()].filter((one) => one.confirmed);
  }

  /** From now on packets are answers: they belong to a known connection. */
  turn(): void {
    this.#reply = true;
    this.#untracked.clear();
    this.#steps = 0;
    this.#routers = 0;
  }

  #note(at: At, hop: Omit<Hop, 'node'>): void {
    if (this.#routers <= toldRouters || hop.action === 'fail') this.hops.push({ node: at.host.name, ...hop });
  }

  #pass(at: At, link: Link, direction: Frame['direction'], { flow }: Packet): void {
    this.frames.push({ node: at.host.name, namespace: at.namespace.name, device: link.name, direction, flow, answer: this.#reply });
  }

  #lose(at: At, packet: Packet, where: string, why: string): Fate {
    this.#note(at, { at: where, action: 'fail', because: why, packet: packet.flow });
    return { kind: 'lost', at, why };
  }

  /** Tells the sender of a packet that it goes no further; from which address, the way back to the sender decides. */
  #refuse(
    at: At,
    packet: Packet,
    where: string,
    refusal: Refusal,
    why: string,
    more: { readonly after?: number; readonly mtu?: number } = {},
  ): Fate {
    this.#note(at, { at: where, action: 'fail', because: why, packet: packet.flow });
    const speaker = speakerAt(at, packet.flow);
    if (speaker === undefined) return { kind: 'lost', at, why };
    return { kind: 'refused', at, packet, refusal, speaker, why, after: 0, ...more };
  }

  /** Runs a hook, undoing known NAT first; the verdict's packet, or the fate it met. */
  #hook(at: At, hook: Hook, packet: Packet, devices: Devices): Packet | Fate {
    if (this.#reply && (hook === 'prerouting' || hook === 'output')) {
      const known = this.#natsAt(at).find((nat) => sameFlow(reverse(nat.after), packet.flow));
      if (known !== undefined) {
        const flow = reverse(known.before);
        if (known.before.dstIp !== known.after.dstIp) this.restored = known.before.dstIp;
        this.#note(at, { at: 'conntrack', action: 'unnat', because: 'the answer of a connection that was translated here', packet: flow });
        return this.#filter(at, hook, { ...packet, flow }, devices);
      }
    }
    return this.#filter(at, hook, packet, devices);
  }

  #natsAt(at: At): readonly Nat[] {
    return this.#nats.get(at.namespace) ?? noNats;
  }

  #filter(at: At, hook: Hook, packet: Packet, devices: Devices): Packet | Fate {
    const { namespace } = at;
    const nats = this.#natsAt(at);
    const dnatted = nats.some((nat) => nat.before.dstIp !== nat.after.dstIp || nat.before.dstPort !== nat.after.dstPort);
    const result = this.world.runHook({ at, hook, packet, ...devices, state: this.#stateAt(namespace, packet), dnatted });
    if (this.#routers <= toldRouters) for (const hop of result.hops) this.hops.push(hop);
    if (result.candidates !== undefined && result.candidates.length > 0) {
      this.candidates = result.candidates;
      this.probability = result.probability;
    }
    for (const { list, ip } of result.remembered ?? []) this.remembered.push({ at, list, ip });
    if (result.verdict === 'drop') return { kind: 'lost', at, hook, why: result.hops.at(-1)?.because ?? 'dropped' };
    if (result.verdict === 'reject') {
      const why = result.hops.at(-1)?.because ?? 'rejected';
      const refusal = refusalOf(result.rejectWith);
      const speaker = refusal === 'tcp-reset' ? packet.flow.dstIp : speakerAt(at, packet.flow);
      return speaker === undefined
        ? { kind: 'lost', at, hook, why }
        : { kind: 'refused', at, packet, refusal, speaker, why, after: 0, hook };
    }
    if (result.untracked === true) this.#untracked.add(namespace);
    else if (!this.#reply) {
      const confirmed = hook === 'postrouting' || hook === 'input';
      this.#seen.set(namespace, {
        at,
        original: this.#seen.get(namespace)?.original ?? packet.flow,
        translated: result.packet.flow,
        confirmed,
      });
    }
    if (!this.#reply && !sameFlow(result.packet.flow, packet.flow)) {
      const before = nats.find((nat) => sameFlow(nat.after, packet.flow));
      const rest = nats.filter((nat) => nat !== before);
      this.#nats.set(namespace, [...rest, { before: before?.before ?? packet.flow, after: result.packet.flow }]);
    }
    return result.packet;
  }

  /** What connection tracking makes of a packet: an answer without a question is none it knows, but of UDP any packet may be the first. */
  #stateAt(namespace: NetworkNamespace, { flow }: Packet): TrackedState {
    if (this.#untracked.has(namespace)) return 'untracked';
    if (!this.#reply) return 'new';
    if (this.#seen.has(namespace)) return 'established';
    return flow.protocol === 'UDP' ? 'new' : 'invalid';
  }

  /** A process in a namespace sends a packet. Its source address may be left to the kernel (`0.0.0.0` or `::`). */
  send(at: At, packet: Packet, { device }: SendOptions = {}): Fate {
    const { dstIp } = packet.flow;
    const local = localLink(at.namespace, dstIp);
    const route = local === undefined ? lookup(at.namespace, dstIp, device) : undefined;
    if (local === undefined && (route === undefined || route.type !== 'unicast')) {
      const why = route === undefined ? `no route to ${dstIp}` : routeText(route);
      this.#note(at, { at: 'route', action: 'fail', because: why, packet: packet.flow });
      return { kind: 'failed', errno: routeErrno(route), why };
    }
    let { flow } = packet;
    if (flow.srcIp === '0.0.0.0' || flow.srcIp === '::') {
      const source = local !== undefined ? dstIp : sourceFor(at.namespace, route!, dstIp);
      if (source === undefined) {
        const why = `no source address for ${dstIp}`;
        this.#note(at, { at: 'route', action: 'fail', because: why, packet: flow });
        return { kind: 'failed', errno: 'EADDRNOTAVAIL', why };
      }
      flow = { ...flow, srcIp: source };
    }
    const sent: Packet = { ...packet, flow };
    if (!this.#reply) [this.#sender, this.#sent] = [at, flow];
    const because = `to ${dstIp}${flow.dstPort === 0 ? '' : `:${flow.dstPort}`}`;
    this.#note(at, { at: placeOf(at), action: 'send', because, packet: flow });
    const outDev = local !== undefined ? 'lo' : route!.dev;
    const filtered = this.#hook(at, 'output', sent, { ...(outDev !== undefined && { outDev }) });
    if ('kind' in filtered) return filtered;
    if (localLink(at.namespace, filtered.flow.dstIp) !== undefined) return this.#loop(at, filtered);
    // Destination NAT in OUTPUT makes the kernel choose the route again.
    return this.#out(at, filtered, undefined, { ...(device !== undefined && { device }) });
  }

  #loop(at: At, packet: Packet): Fate {
    // A packet to this machine itself leaves by lo, whose own addresses are no source for others.
    const masqueradeAs = addressOn(at.namespace, 'lo', packet.flow.dstIp);
    const posted = this.#hook(at, 'postrouting', packet, { outDev: 'lo', ...(masqueradeAs !== undefined && { masqueradeAs }) });
    if ('kind' in posted) return posted;
    const lo = linkOf(at.namespace, 'lo');
    if (lo !== undefined) this.#pass(at, lo, 'In', posted);
    const arrived = this.#hook(at, 'prerouting', posted, { inDev: 'lo' });
    if ('kind' in arrived) return arrived;
    return this.#input(at, arrived, 'lo');
  }

  /** Routes a packet out of a namespace: FORWARD when it came from a link (of a bridge, by a port), then POSTROUTING and the link. */
  #out(
    at: At,
    packet: Packet,
    inDev: string | undefined,
    { device, port }: { readonly device?: string; readonly port?: string } = {},
  ): Fate {
    const { flow } = packet;
    const route = lookup(at.namespace, flow.dstIp, device);
    const link = route?.dev === undefined ? undefined : linkOf(at.namespace, route.dev);
    if (route?.type !== 'unicast' || link === undefined) {
      const why = route === undefined ? `no route to ${flow.dstIp}` : routeText(route);
      const refusal = routeRefusal(route);
      return refusal === undefined ? this.#lose(at, packet, 'route', why) : this.#refuse(at, packet, 'route', refusal, why);
    }
    this.#note(at, { at: 'route', action: 'route', because: routeText(route), packet: flow });
    const tooBig = packet.size > link.mtu && (packet.whole || (inDev !== undefined && familyOf(flow.dstIp) === 'IPv6'));
    const tooBigWhy = `${packet.size} bytes do not pass ${link.name}, whose MTU is ${link.mtu}`;
    let current = packet;
    if (inDev !== undefined) {
      this.#routers++;
      if (packet.ttl <= 1) return this.#refuse(at, packet, 'route', 'time-exceeded', 'the packet has passed too many routers');
      if (tooBig) return this.#refuse(at, packet, link.name, 'fragmentation-needed', tooBigWhy, { mtu: link.mtu });
      const forwarded = this.#forward(at, { ...packet, ttl: packet.ttl - 1 }, { inDev, outDev: link.name });
      if ('kind' in forwarded) return forwarded;
      current = forwarded;
    } else if (tooBig) {
      this.#note(at, { at: link.name, action: 'fail', because: tooBigWhy, packet: flow });
      return { kind: 'failed', errno: 'EMSGSIZE', why: tooBigWhy, mtu: link.mtu };
    } else if (flow.srcIp.startsWith('127.') && link.kind !== 'loopback' && !routesLocalnet(at.namespace, link.name)) {
      return this.#lose(
        at,
        packet,
        link.name,
        `net.ipv4.conf.${link.name}.route_localnet is 0: a packet from ${flow.srcIp} does not leave`,
      );
    }
    const masqueradeAs = addressOn(at.namespace, link.name, route.via ?? current.flow.dstIp);
    const posted = this.#hook(at, 'postrouting', current, { outDev: link.name, ...(masqueradeAs !== undefined && { masqueradeAs }) });
    if ('kind' in posted) return posted;
    return this.#transmit(at, link, route.via ?? posted.flow.dstIp, posted, port ?? inDev);
  }

  /** Puts a packet on a link towards its next hop. */
  #transmit(at: At, link: Link, nextHop: Ip, packet: Packet, cameFrom: string | undefined): Fate {
    if (++this.#steps > mostSteps) return this.#lose(at, packet, 'route', 'the packet goes in circles');
    this.#pass(at, link, 'Out', packet);
    switch (link.kind) {
      case 'loopback':
        if (localLink(at.namespace, packet.flow.dstIp) !== undefined) return this.#input(at, packet, 'lo');
        return this.#lose(at, packet, link.name, `${link.name} leads nowhere`);
      case 'veth':
        return this.#throughVeth(at, link, nextHop, packet);
      case 'bridge':
      case 'openvswitch':
        return this.#fromBridge(at, link, nextHop, packet, cameFrom);
      case 'vxlan':
        return this.#encapsulate(at, link, nextHop, packet);
      case 'ipip':
        return this.#tunnel(at, link, nextHop, packet);
      case 'ether':
        return this.#onWire(at, link, nextHop, packet);
      case 'dummy':
        return this.#lose(at, packet, link.name, `${link.name} leads nowhere`);
    }
  }

  #neighbourMissing(at: At, link: Link, nextHop: Ip, packet: Packet, because?: string): Fate {
    const why = `nobody on ${link.name} answers for ${nextHop}${because === undefined ? '' : `: ${because}`}`;
    return this.#refuse(at, packet, link.name, 'host-unreachable', why, { after: arpWait });
  }

  /**
   * The way of frames from a bridge to an address, as a question by ARP, which goes to every port, would find it: on this machine, or through
   * tunnels to bridges of others. A text says why a tunnel did not carry the question.
   */
  #wayFrom(at: At, bridge: Link, address: Ip): Way | string | undefined {
    const near = portTowards(at, bridge, address);
    if (near !== undefined) return { port: near };
    let silent: string | undefined;
    for (const { port, tunnel } of tunnelsOf(at, bridge)) {
      const machines = new Set(at.namespace.forwarding.filter((entry) => entry.dev === tunnel.name).map((entry) => entry.dst));
      for (const machine of machines) {
        const carrier = machine === undefined ? undefined : new Walk(this.world).send(at, outerPacket(tunnel, machine));
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

  #throughVeth(at: At, link: Link, nextHop: Ip, packet: Packet): Fate {
    const far = peerOf(at, link);
    if (far === undefined || !far.link.up) return this.#lose(at, packet, link.name, `the other end of ${link.name} is down`);
    if (far.link.master !== undefined) {
      this.#pass(far.at, far.link, 'In', packet);
      return this.#intoBridge(far.at, far.link, nextHop, packet);
    }
    const answers = localLink(far.at.namespace, nextHop) !== undefined || proxiesArp(far.at.namespace, far.link);
    if (!answers) return this.#neighbourMissing(at, link, nextHop, packet);
    return this.#arrive(far.at, far.link, { ...packet, mark: 0 });
  }

  /** A frame enters a bridge by one of its ports. */
  #intoBridge(at: At, port: Link, nextHop: Ip, packet: Packet): Fate {
    const bridge = linkOf(at.namespace, port.master!);
    if (bridge === undefined || !bridge.up) return this.#lose(at, packet, port.master!, `bridge ${port.master} is down`);
    const where = `bridge ${bridge.name}`;
    if (bridge.addresses.some((address) => address.ip === nextHop)) {
      this.#note(at, { at: where, action: 'forward', because: `${nextHop} is the bridge itself`, packet: packet.flow });
      return this.#arrive(at, bridge, packet, port);
    }
    const way = this.#wayFrom(at, bridge, nextHop);
    const sender = peerOf(at, port) ?? { at, link: port };
    if (typeof way !== 'object' || way.port === port) {
      const because = typeof way === 'string' ? way : undefined;
      return this.#neighbourMissing(sender.at, sender.link, nextHop, packet, because);
    }
    this.#note(at, { at: where, action: 'forward', because: `${nextHop} is behind ${way.port.name}`, packet: packet.flow });
    if (bridge.kind !== 'bridge' || !filtersBridged(at, nextHop)) return this.#outOfPort(at, way, nextHop, packet);
    let current = packet;
    for (const hook of ['prerouting', 'forward', 'postrouting'] as const) {
      const devices = hook === 'prerouting' ? { inDev: bridge.name } : { inDev: bridge.name, outDev: bridge.name };
      const next = hook === 'forward' ? this.#forward(at, current, devices) : this.#hook(at, hook, current, devices);
      if ('kind' in next) return next;
      current = next;
    }
    return this.#outOfPort(at, way, nextHop, current);
  }

  /** A packet of the host leaves by a bridge. */
  #fromBridge(at: At, bridge: Link, nextHop: Ip, packet: Packet, cameFrom: string | undefined): Fate {
    const way = this.#wayFrom(at, bridge, nextHop);
    if (typeof way !== 'object') return this.#neighbourMissing(at, bridge, nextHop, packet, way);
    const { port: target } = way;
    // With bridge-nf the frame of a translated packet goes back through the bridge itself, and a port only takes its own frames in hairpin mode.
    if (cameFrom === target.name && filtersBridged(at, nextHop) && target.hairpin !== true) {
      const why = `port ${target.name} has no hairpin mode: a pod's packet to itself does not come back`;
      return this.#lose(at, packet, `bridge ${bridge.name}`, why);
    }
    return this.#outOfPort(at, way, nextHop, packet);
  }

  #outOfPort(at: At, { port, machine }: Way, nextHop: Ip, packet: Packet): Fate {
    this.#pass(at, port, 'Out', packet);
    if (port.kind === 'vxlan' && machine !== undefined) return this.#throughTunnel(at, port, machine, nextHop, packet);
    const far = peerOf(at, port);
    if (far === undefined || !far.link.up) return this.#lose(at, packet, port.name, `the other end of ${port.name} is down`);
    if (far.link.master !== undefined) return this.#intoBridge(far.at, far.link, nextHop, packet);
    return this.#arrive(far.at, far.link, { ...packet, mark: 0 });
  }

  #encapsulate(at: At, link: Link, nextHop: Ip, packet: Packet): Fate {
    const vxlan = link.vxlan;
    const neighbour = at.namespace.neighbours.find((one) => one.dev === link.name && one.ip === nextHop && one.mac !== undefined);
    if (vxlan === undefined || neighbour === undefined) return this.#neighbourMissing(at, link, nextHop, packet);
    const entry = at.namespace.forwarding.find((one) => one.dev === link.name && one.mac === neighbour.mac);
    if (entry?.dst === undefined)
      return this.#lose(at, packet, link.name, `${link.name} does not know behind which machine ${neighbour.mac} is`);
    return this.#throughTunnel(at, link, entry.dst, nextHop, packet);
  }

  #throughTunnel(at: At, link: Link, machine: Ip, nextHop: Ip, packet: Packet): Fate {
    const vxlan = link.vxlan!;
    const because = `${nextHop} is behind ${machine} (UDP ${vxlan.port}, VNI ${vxlan.id})`;
    this.#note(at, { at: `vxlan ${link.name}`, action: 'encapsulate', because, packet: packet.flow });
    const device = (far: At) => tunnelEnd(far, link);
    return this.#carry(at, outerPacket(link, machine), packet, device, `no VXLAN device with VNI ${vxlan.id}`, nextHop);
  }

  #tunnel(at: At, link: Link, nextHop: Ip, packet: Packet): Fate {
    this.#note(at, { at: link.name, action: 'encapsulate', because: `IP in IP to ${nextHop}`, packet: packet.flow });
    const route = lookup(at.namespace, nextHop);
    const source = route === undefined ? undefined : sourceFor(at.namespace, route, nextHop);
    const outer = packetOf({ protocol: 'ICMP', srcIp: source ?? nextHop, srcPort: 0, dstIp: nextHop, dstPort: 0 });
    return this.#carry(at, outer, packet, (far) => far.namespace.links.find((one) => one.kind === 'ipip' && one.up), 'no IP-in-IP device');
  }

  /** Sends an outer packet between hosts; where it arrives the inner one comes out of a device. */
  #carry(at: At, outer: Packet, inner: Packet, device: (far: At) => Link | undefined, missing: string, nextHop?: Ip): Fate {
    const { fate, hops, frames, wires } = this.#carried(at, outer);
    this.wires += wires;
    this.frames.push(...frames.map((frame) => ({ ...frame, answer: this.#reply, inner: inner.flow })));
    // What matters of the outer packet's walk is where it failed.
    if (fate.kind !== 'delivered') {
      this.hops.push(...hops);
      return { kind: 'lost', at, why: fate.why };
    }
    const link = device(fate.at);
    if (link === undefined) return this.#lose(fate.at, inner, placeOf(fate.at), missing);
    const because = `arrived from ${outer.flow.srcIp}`;
    this.#note(fate.at, { at: `${link.kind} ${link.name}`, action: 'decapsulate', because, packet: inner.flow });
    if (link.master !== undefined && nextHop !== undefined) return this.#intoBridge(fate.at, link, nextHop, { ...inner, mark: 0 });
    return this.#arrive(fate.at, link, { ...inner, mark: 0 });
  }

  #carried(at: At, outer: Packet): Carried {
    const key = `${keyOf(at)} ${flowText(outer.flow)}`;
    let carried = this.world.carried.get(key);
    if (carried === undefined) {
      const carrier = new Walk(this.world);
      const fate = carrier.send(at, outer);
      this.world.carried.set(key, (carried = { fate, hops: carrier.hops, frames: carrier.frames, wires: carrier.wires }));
    }
    return carried;
  }

  #onWire(at: At, link: Link, nextHop: Ip, packet: Packet): Fate {
    for (const host of this.world.hosts.values()) {
      const namespace = host.kernel.namespaces.get('')!;
      const card = namespace.links.find((one) => one.kind === 'ether' && one.up && one.addresses.some((address) => address.ip === nextHop));
      if (card === undefined) continue;
      this.wires++;
      return this.#arrive({ host, namespace }, card, { ...packet, mark: 0 });
    }
    if (isPrivateNeighbour(at, nextHop)) return this.#neighbourMissing(at, link, nextHop, packet);
    return { kind: 'left', at, packet, why: `${packet.flow.dstIp} lies outside the cluster` };
  }

  /** A packet comes in by a link: PREROUTING, then up to a process or on to another link. */
  #arrive(at: At, link: Link, packet: Packet, port?: Link): Fate {
    if (++this.#steps > mostSteps) return this.#lose(at, packet, 'route', 'the packet goes in circles');
    this.links++;
    this.#pass(at, link, 'In', packet);
    const inDev = link.name;
    const refused = at.namespace.name === '' ? undefined : this.#policies('delivery', at, packet, { inDev });
    if (refused !== undefined) return refused;
    const arrived = this.#hook(at, 'prerouting', packet, { inDev });
    if ('kind' in arrived) return arrived;
    // An answer gets back the source that its connection was made to only when it leaves (POSTROUTING).
    const martian = martianWhy(at, inDev, { ...arrived.flow, srcIp: packet.flow.srcIp });
    if (martian !== undefined) return this.#lose(at, arrived, placeOf(at), martian);
    if (localLink(at.namespace, arrived.flow.dstIp) !== undefined) return this.#input(at, arrived, inDev);
    const key = familyOf(arrived.flow.dstIp) === 'IPv4' ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding';
    const forwarding = at.namespace.sysctls.get(key) ?? '0';
    // A frame whose packet is translated to an address behind the same bridge stays a frame (br_nf_pre_routing_finish, bridged_dnat).
    const bridged =
      port !== undefined && arrived.flow.dstIp !== packet.flow.dstIp && lookup(at.namespace, arrived.flow.dstIp)?.dev === inDev;
    if (forwarding !== '1' && !(bridged && filtersBridged(at, arrived.flow.dstIp)))
      return this.#lose(at, arrived, placeOf(at), `${key} is ${forwarding}: ${at.host.name} forwards nothing`);
    return this.#out(at, arrived, inDev, { ...(port !== undefined && { port: port.name }) });
  }

  #input(at: At, packet: Packet, inDev: string): Fate {
    // Of what goes to a virtual server of IPVS, policies judge what becomes of it.
    const virtual = localLink(at.namespace, packet.flow.dstIp)?.kind === 'dummy';
    const early = virtual ? undefined : this.#policies('input', at, packet, { inDev });
    if (early !== undefined) return early;
    const passed = this.#hook(at, 'input', packet, { inDev });
    if ('kind' in passed) return passed;
    const { flow } = passed;
    const here = placeOf(at);
    if (localLink(at.namespace, flow.dstIp) === undefined) {
      const outDev = lookup(at.namespace, flow.dstIp)?.dev;
      const devices = { inDev, ...(outDev !== undefined && { outDev }) };
      const refused = this.#policies('forward', at, passed, devices) ?? this.#policies('forwarded', at, passed, devices);
      return refused ?? this.#out(at, passed, undefined);
    }
    const late = virtual ? this.#policies('input', at, passed, { inDev }) : undefined;
    if (late !== undefined) return late;
    if (flow.protocol === 'ICMP' || this.#reply) {
      this.#note(at, { at: here, action: 'deliver', because: `${flow.dstIp} is here`, packet: flow });
      return { kind: 'delivered', at, listening: undefined, packet: passed };
    }
    if (isEncapsulation(at, flow)) return { kind: 'delivered', at, listening: undefined, packet: passed };
    const listening = listenerFor(at.host, at.namespace.name, flow.protocol, flow.dstIp, flow.dstPort);
    if (listening === undefined) {
      const why = `nothing in ${here} listens on ${flow.protocol} ${flow.dstIp}:${flow.dstPort}`;
      this.#note(at, { at: here, action: 'reject', because: why, packet: flow });
      const refusal = flow.protocol === 'TCP' ? 'tcp-reset' : 'port-unreachable';
      return { kind: 'refused', at, packet: passed, refusal, speaker: flow.dstIp, why, after: 0 };
    }
    const because = `${listening.listener.process} listens on ${flow.protocol} ${flow.dstPort}`;
    this.#note(at, { at: here, action: 'deliver', because, packet: flow });
    return { kind: 'delivered', at, listening, packet: passed };
  }

  /** The hook of forwarded packets, between what is enforced before it and after it. */
  #forward(at: At, packet: Packet, devices: Devices): Packet | Fate {
    const early = this.#policies('forward', at, packet, devices);
    if (early !== undefined) return early;
    const forwarded = this.#hook(at, 'forward', packet, devices);
    return 'kind' in forwarded ? forwarded : (this.#policies('forwarded', at, forwarded, devices) ?? forwarded);
  }

  /** What policies say of the first packet of a connection here; those that follow belong to a connection that is known. */
  #policies(point: PolicyPoint, at: At, packet: Packet, devices: Devices): Fate | undefined {
    if (this.#reply) return undefined;
    for (const { direction, verdict, because } of this.world.checkPolicy({
      point,
      at,
      packet,
      ...devices,
      sender: this.#sender,
      sent: this.#sent ?? packet.flow,
    })) {
      const action = verdict.allowed ? 'accept' : 'drop';
      this.#note(at, { at: `NetworkPolicy ${direction}`, action, because, packet: packet.flow, verdict });
      if (!verdict.allowed) return { kind: 'lost', at, why: because };
    }
    return undefined;
  }

  /** A packet from beyond the machines' network arrives at a machine's card. */
  enter(host: Host, packet: Packet): Fate {
    const at = rootOf(host);
    const card = at.namespace.links.find((link) => link.kind === 'ether');
    this.#sent = packet.flow;
    this.hops.push({ node: 'outside', at: 'outside', action: 'send', because: `to ${packet.flow.dstIp}`, packet: packet.flow });
    if (card === undefined || !card.up) return this.#lose(at, packet, 'eth0', 'the network card is down');
    return this.#arrive(at, card, packet);
  }

  /** An answer from outside comes in by the machine's card. */
  comeBack(host: Host, packet: Packet): Fate {
    const at = rootOf(host);
    const card = at.namespace.links.find((link) => link.kind === 'ether');
    this.turn();
    return card === undefined || !card.up ? { kind: 'lost', at, why: 'the network card is down' } : this.#arrive(at, card, packet);
  }
}

/** The UDP packet that carries a frame through a VXLAN tunnel to a machine. */
function outerPacket({ vxlan }: Link, machine: Ip): Packet {
  return packetOf({ protocol: 'UDP', srcIp: vxlan!.local, srcPort: 49152, dstIp: machine, dstPort: vxlan!.port });
}

export function reverse(flow: Flow): Flow {
  return { protocol: flow.protocol, srcIp: flow.dstIp, srcPort: flow.dstPort, dstIp: flow.srcIp, dstPort: flow.srcPort };
}

export function sameFlow(a: Flow, b: Flow): boolean {
  return a.srcIp === b.srcIp && a.dstIp === b.dstIp && a.srcPort === b.srcPort && a.dstPort === b.dstPort && a.protocol === b.protocol;
}

function keyOf(at: At): string {
  return `${at.host.name}/${at.namespace.name}`;
}

/**
 * The source address of an ICMP error: the packet's own destination where that is here, else what the way back to its sender gives (Linux
 * net/ipv4/icmp.c, __icmp_send).
 */
function speakerAt(at: At, flow: Flow): Ip | undefined {
  if (localLink(at.namespace, flow.dstIp) !== undefined) return flow.dstIp;
  if (localLink(at.namespace, flow.srcIp) !== undefined) return flow.srcIp;
  const route = lookup(at.namespace, flow.srcIp);
  return route?.type === 'unicast' ? sourceFor(at.namespace, route, flow.srcIp) : undefined;
}

/** What a process gets that sends by a route (Linux net/ipv4/fib_semantics.c, fib_props). */
function routeErrno(route: Route | undefined): Errno {
  switch (route?.type) {
    case 'blackhole':
      return 'EINVAL';
    case 'unreachable':
      return 'EHOSTUNREACH';
    case 'prohibit':
      return 'EACCES';
    default:
      return 'ENETUNREACH';
  }
}

/** What a router says of a packet that has no way on; undefined: nothing. */
function routeRefusal(route: Route | undefined): Refusal | undefined {
  switch (route?.type) {
    case 'blackhole':
      return undefined;
    case 'unreachable':
      return 'host-unreachable';
    case 'prohibit':
      return 'admin-prohibited';
    default:
      return 'net-unreachable';
  }
}

/** Why a kernel does not believe that a packet comes from where it says (Linux net/ipv4/fib_frontend.c, fib_validate_source). */
function martianWhy(at: At, inDev: string, { srcIp, dstIp }: Flow): string | undefined {
  if (inDev === 'lo') return undefined;
  const { namespace } = at;
  if (srcIp.startsWith('127.') || dstIp.startsWith('127.')) {
    if (!routesLocalnet(namespace, inDev)) return `net.ipv4.conf.${inDev}.route_localnet is 0: 127.0.0.0/8 does not come in by ${inDev}`;
    return undefined;
  }
  if (localLink(namespace, srcIp) !== undefined) return `martian source: ${srcIp} is an address of ${placeOf(at)} itself`;
  const filter = familyOf(srcIp) === 'IPv4' ? reversePathFilter(namespace, inDev) : 0;
  if (filter === 0) return undefined;
  const back = lookup(namespace, srcIp);
  if (back === undefined || (filter === 1 && back.dev !== inDev))
    return `rp_filter of ${inDev}: the way back to ${srcIp} is not by ${inDev}`;
  return undefined;
}

/** Reports whether the next hop should have been a neighbour on the card's own network: then nobody answers, instead of a router. */
function isPrivateNeighbour(at: At, nextHop: Ip): boolean {
  const route = lookup(at.namespace, nextHop);
  const gateway = lookup(at.namespace, (familyOf(nextHop) === 'IPv4' ? '192.0.2.1' : '2001:db8::1') as Ip)?.via;
  return route?.via === undefined && route?.proto === 'kernel' && nextHop !== gateway;
}

function isEncapsulation(at: At, flow: Flow): boolean {
  return (
    flow.protocol === 'UDP' && at.namespace.links.some((link) => link.kind === 'vxlan' && link.up && link.vxlan?.port === flow.dstPort)
  );
}
