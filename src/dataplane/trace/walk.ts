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
 */
import { familyOf, type Ip } from '#net/ip.ts';
import type { Flow } from '#net/flow.ts';
import type { NodeName } from '#kube/names.ts';
import type { Host } from '#node/host.ts';
import type { Link, NetworkNamespace } from '#node/kernel.ts';
import { listenerFor, type Listening } from '../links/listeners.ts';
import { linkOf, localLink, lookup, routeText, sourceFor } from '../links/routing.ts';
import type { RunHook } from './hooks.ts';
import type { At, Hop, Packet } from './packet.ts';

export type Fate =
  | { readonly kind: 'delivered'; readonly at: At; readonly listening: Listening | undefined; readonly packet: Packet }
  | { readonly kind: 'refused'; readonly at: At; readonly why: string }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'unreachable'; readonly why: string }
  | { readonly kind: 'left'; readonly packet: Packet; readonly why: string };

/** Policy at the edge of a pod, before its packets leave and before packets reach it. */
export type PolicyCheck = (direction: 'egress' | 'ingress', packet: Packet, pod: At) => { readonly allowed: boolean; readonly because: string };

export interface World {
  readonly hosts: ReadonlyMap<NodeName, Host>;
  readonly runHook: RunHook;
  readonly policy?: PolicyCheck;
}

interface Nat {
  /** The connection as it was before NAT here, and after. */
  readonly before: Flow;
  readonly after: Flow;
}

const mostHops = 64;

export class Walk {
  readonly world: World;
  readonly hops: Hop[] = [];
  candidates: readonly string[] = [];
  /** NAT done in each namespace, by `host/namespace`. */
  readonly #nats = new Map<string, Nat[]>();
  #reply = false;
  #steps = 0;

  constructor(world: World) {
    this.world = world;
  }

  /** From now on packets are answers: they belong to a known connection. */
  turn(): void {
    this.#reply = true;
    this.#steps = 0;
  }

  #note(at: At, hop: Omit<Hop, 'node'>): void {
    this.hops.push({ node: at.host.name, ...hop });
  }

  #fail(at: At, packet: Packet, where: string, kind: 'lost' | 'unreachable', why: string): Fate {
    this.#note(at, { at: where, action: 'fail', because: why, packet: packet.flow });
    return { kind, why };
  }

  /** Runs a hook, undoing known NAT first; the verdict's packet, or the fate it met. */
  #hook(at: At, hook: Parameters<RunHook>[0]['hook'], packet: Packet, devices: { inDev?: string; outDev?: string; masqueradeAs?: Ip }): Packet | Fate {
    const key = `${at.host.name}/${at.namespace.name}`;
    const nats = this.#nats.get(key) ?? [];
    if (this.#reply && (hook === 'prerouting' || hook === 'output')) {
      const known = nats.find((nat) => sameFlow(reverse(nat.after), packet.flow));
      if (known !== undefined) {
        const flow = reverse(known.before);
        this.#note(at, { at: 'conntrack', action: 'unnat', because: 'the answer of a connection that was translated here', packet: flow });
        return this.#filter(at, hook, { ...packet, flow }, devices);
      }
    }
    return this.#filter(at, hook, packet, devices);
  }

  #filter(at: At, hook: Parameters<RunHook>[0]['hook'], packet: Packet, devices: { inDev?: string; outDev?: string; masqueradeAs?: Ip }): Packet | Fate {
    const key = `${at.host.name}/${at.namespace.name}`;
    const nats = this.#nats.get(key) ?? [];
    const dnatted = nats.some((nat) => nat.before.dstIp !== nat.after.dstIp || nat.before.dstPort !== nat.after.dstPort);
    const result = this.world.runHook({ at, hook, packet, ...devices, state: this.#reply ? 'established' : 'new', dnatted });
    for (const hop of result.hops) this.#note(at, hop);
    if (result.candidates !== undefined && result.candidates.length > 0) this.candidates = result.candidates;
    if (result.verdict === 'drop') return { kind: 'lost', why: result.hops.at(-1)?.because ?? 'dropped' };
    if (result.verdict === 'reject') {
      const why = result.hops.at(-1)?.because ?? 'rejected';
      return /port-unreach|tcp-reset/.test(result.rejectWith ?? '') ? { kind: 'refused', at, why } : { kind: 'unreachable', why };
    }
    if (!this.#reply && !sameFlow(result.packet.flow, packet.flow)) {
      const before = nats.find((nat) => sameFlow(nat.after, packet.flow));
      const rest = nats.filter((nat) => nat !== before);
      this.#nats.set(key, [...rest, { before: before?.before ?? packet.flow, after: result.packet.flow }]);
    }
    return result.packet;
  }

  /** A process in a namespace sends a packet. Its source address may be left to the kernel (`0.0.0.0` or `::`). */
  send(at: At, packet: Packet): Fate {
    const local = localLink(at.namespace, packet.flow.dstIp);
    const route = local === undefined ? lookup(at.namespace, packet.flow.dstIp) : undefined;
    let { flow } = packet;
    if (local === undefined && (route === undefined || route.type !== 'unicast')) return this.#fail(at, packet, 'route', 'unreachable', route === undefined ? `no route to ${flow.dstIp}` : `${routeText(route)}`);
    if (flow.srcIp === '0.0.0.0' || flow.srcIp === '::') {
      const source = local !== undefined ? flow.dstIp : sourceFor(at.namespace, route!, flow.dstIp);
      if (source === undefined) return this.#fail(at, packet, 'route', 'unreachable', `no source address for ${flow.dstIp}`);
      flow = { ...flow, srcIp: source };
    }
    const sent: Packet = { ...packet, flow };
    this.#note(at, { at: placeOf(at), action: 'send', because: `to ${flow.dstIp}${flow.dstPort === 0 ? '' : `:${flow.dstPort}`}`, packet: flow });
    const outDev = local !== undefined ? 'lo' : route!.dev;
    const filtered = this.#hook(at, 'output', sent, { ...(outDev !== undefined && { outDev }) });
    if ('kind' in filtered) return filtered;
    if (localLink(at.namespace, filtered.flow.dstIp) !== undefined) return this.#loop(at, filtered);
    // Destination NAT in OUTPUT makes the kernel choose the route again.
    return this.#out(at, filtered, undefined);
  }

  #loop(at: At, packet: Packet): Fate {
    const posted = this.#hook(at, 'postrouting', packet, { outDev: 'lo' });
    if ('kind' in posted) return posted;
    const arrived = this.#hook(at, 'prerouting', posted, { inDev: 'lo' });
    if ('kind' in arrived) return arrived;
    return this.#input(at, arrived, 'lo');
  }

  /** Routes a packet out of a namespace: FORWARD when it came from a link, then POSTROUTING and the link. */
  #out(at: At, packet: Packet, inDev: string | undefined): Fate {
    const route = lookup(at.namespace, packet.flow.dstIp);
    if (route === undefined) return this.#fail(at, packet, 'route', 'unreachable', `no route to ${packet.flow.dstIp}`);
    if (route.type !== 'unicast' || route.dev === undefined) return this.#fail(at, packet, 'route', route.type === 'blackhole' ? 'lost' : 'unreachable', routeText(route));
    this.#note(at, { at: 'route', action: 'route', because: routeText(route), packet: packet.flow });
    let current = packet;
    if (inDev !== undefined) {
      const forwarded = this.#hook(at, 'forward', current, { inDev, outDev: route.dev });
      if ('kind' in forwarded) return forwarded;
      current = forwarded;
    }
    const masqueradeAs = sourceFor(at.namespace, route, current.flow.dstIp);
    const posted = this.#hook(at, 'postrouting', current, { outDev: route.dev, ...(masqueradeAs !== undefined && { masqueradeAs }) });
    if ('kind' in posted) return posted;
    return this.#transmit(at, linkOf(at.namespace, route.dev)!, route.via ?? posted.flow.dstIp, posted, inDev);
  }

  /** Puts a packet on a link towards its next hop. */
  #transmit(at: At, link: Link, nextHop: Ip, packet: Packet, cameFrom: string | undefined): Fate {
    if (++this.#steps > mostHops) return this.#fail(at, packet, 'route', 'lost', 'the packet goes in circles');
    switch (link.kind) {
      case 'loopback':
        return this.#input(at, packet, 'lo');
      case 'veth':
        return this.#throughVeth(at, link, nextHop, packet);
      case 'bridge':
        return this.#fromBridge(at, link, nextHop, packet, cameFrom);
      case 'vxlan':
        return this.#encapsulate(at, link, nextHop, packet);
      case 'ipip':
        return this.#tunnel(at, link, nextHop, packet);
      case 'ether':
        return this.#onWire(at, nextHop, packet);
      case 'dummy':
        return this.#fail(at, packet, link.name, 'lost', `${link.name} leads nowhere`);
    }
  }

  #neighbourMissing(at: At, link: Link, nextHop: Ip, packet: Packet): Fate {
    return this.#fail(at, packet, link.name, 'unreachable', `nobody on ${link.name} answers for ${nextHop}`);
  }

  #throughVeth(at: At, link: Link, nextHop: Ip, packet: Packet): Fate {
    const far = peerOf(at, link);
    if (far === undefined || !far.link.up) return this.#fail(at, packet, link.name, 'lost', `the other end of ${link.name} is down`);
    if (at.namespace.name !== '') {
      const refused = this.#policy('egress', packet, at, far.at);
      if (refused !== undefined) return refused;
    }
    if (far.link.master !== undefined) return this.#intoBridge(far.at, far.link, nextHop, packet);
    const answers = localLink(far.at.namespace, nextHop) !== undefined || proxiesArp(far.at.namespace, far.link);
    if (!answers) return this.#neighbourMissing(at, link, nextHop, packet);
    return this.#arrive(far.at, far.link, { ...packet, mark: 0 });
  }

  /** A frame enters a bridge by one of its ports. */
  #intoBridge(at: At, port: Link, nextHop: Ip, packet: Packet): Fate {
    const bridge = linkOf(at.namespace, port.master!);
    if (bridge === undefined || !bridge.up) return this.#fail(at, packet, port.master!, 'lost', `bridge ${port.master} is down`);
    const filters = filtersBridged(at);
    if (bridge.addresses.some((address) => address.ip === nextHop)) {
      this.#note(at, { at: `bridge ${bridge.name}`, action: 'forward', because: `${nextHop} is the bridge itself`, packet: packet.flow });
      return this.#arrive(at, bridge, packet, port);
    }
    const target = portTowards(at, bridge, nextHop);
    if (target === undefined || target === port) return this.#neighbourMissing(at, bridge, nextHop, packet);
    this.#note(at, { at: `bridge ${bridge.name}`, action: 'forward', because: `${nextHop} is behind ${target.name}`, packet: packet.flow });
    if (!filters) return this.#outOfPort(at, target, packet);
    let current = packet;
    for (const hook of ['prerouting', 'forward', 'postrouting'] as const) {
      const next = this.#hook(at, hook, current, hook === 'prerouting' ? { inDev: bridge.name } : { inDev: bridge.name, outDev: bridge.name });
      if ('kind' in next) return next;
      current = next;
    }
    return this.#outOfPort(at, target, current);
  }

  /** A packet of the host leaves by a bridge. */
  #fromBridge(at: At, bridge: Link, nextHop: Ip, packet: Packet, cameFrom: string | undefined): Fate {
    const target = portTowards(at, bridge, nextHop);
    if (target === undefined) return this.#neighbourMissing(at, bridge, nextHop, packet);
    // With bridge-nf the frame of a translated packet goes back through the bridge itself, and a port only takes its own frames in hairpin mode.
    if (cameFrom === target.name && filtersBridged(at) && target.hairpin !== true) return this.#fail(at, packet, `bridge ${bridge.name}`, 'lost', `port ${target.name} has no hairpin mode: a pod's packet to itself does not come back`);
    return this.#outOfPort(at, target, packet);
  }

  #outOfPort(at: At, port: Link, packet: Packet): Fate {
    const far = peerOf(at, port);
    if (far === undefined || !far.link.up) return this.#fail(at, packet, port.name, 'lost', `the other end of ${port.name} is down`);
    return this.#arrive(far.at, far.link, { ...packet, mark: 0 });
  }

  #encapsulate(at: At, link: Link, nextHop: Ip, packet: Packet): Fate {
    const vxlan = link.vxlan;
    const neighbour = at.namespace.neighbours.find((one) => one.dev === link.name && one.ip === nextHop);
    const entry = neighbour === undefined ? undefined : at.namespace.forwarding.find((one) => one.dev === link.name && one.mac === neighbour.mac);
    if (vxlan === undefined || entry?.dst === undefined) return this.#neighbourMissing(at, link, nextHop, packet);
    this.#note(at, { at: `vxlan ${link.name}`, action: 'encapsulate', because: `${nextHop} is behind ${entry.dst} (UDP ${vxlan.port}, VNI ${vxlan.id})`, packet: packet.flow });
    const outer: Packet = { mark: 0, flow: { protocol: 'UDP', srcIp: vxlan.local, srcPort: 49152, dstIp: entry.dst, dstPort: vxlan.port } };
    return this.#carry(at, outer, packet, (far) => far.namespace.links.find((one) => one.kind === 'vxlan' && one.up && one.vxlan?.id === vxlan.id && one.vxlan.port === vxlan.port), `no VXLAN device with VNI ${vxlan.id}`);
  }

  #tunnel(at: At, link: Link, nextHop: Ip, packet: Packet): Fate {
    this.#note(at, { at: link.name, action: 'encapsulate', because: `IP in IP to ${nextHop}`, packet: packet.flow });
    const route = lookup(at.namespace, nextHop);
    const source = route === undefined ? undefined : sourceFor(at.namespace, route, nextHop);
    const outer: Packet = { mark: 0, flow: { protocol: 'ICMP', srcIp: source ?? nextHop, srcPort: 0, dstIp: nextHop, dstPort: 0 } };
    return this.#carry(at, outer, packet, (far) => far.namespace.links.find((one) => one.kind === 'ipip' && one.up), 'no IP-in-IP device');
  }

  /** Sends an outer packet between hosts; where it arrives the inner one comes out of a device. */
  #carry(at: At, outer: Packet, inner: Packet, device: (far: At) => Link | undefined, missing: string): Fate {
    const carrier = new Walk(this.world);
    const fate = carrier.send(at, outer);
    // What matters of the outer packet's walk is where it failed.
    if (fate.kind !== 'delivered') {
      this.hops.push(...carrier.hops);
      return { kind: 'lost', why: fate.kind === 'left' ? fate.why : fate.why };
    }
    const link = device(fate.at);
    if (link === undefined) return this.#fail(fate.at, inner, placeOf(fate.at), 'lost', missing);
    this.#note(fate.at, { at: `${link.kind} ${link.name}`, action: 'decapsulate', because: `arrived from ${outer.flow.srcIp}`, packet: inner.flow });
    return this.#arrive(fate.at, link, inner);
  }

  #onWire(at: At, nextHop: Ip, packet: Packet): Fate {
    for (const host of this.world.hosts.values()) {
      const namespace = host.kernel.namespaces.get('')!;
      const card = namespace.links.find((link) => link.kind === 'ether' && link.up && link.addresses.some((address) => address.ip === nextHop));
      if (card === undefined) continue;
      return this.#arrive({ host, namespace }, card, { ...packet, mark: 0 });
    }
    if (isPrivateNeighbour(at, nextHop)) return this.#fail(at, packet, 'eth0', 'unreachable', `no machine answers for ${nextHop}`);
    return { kind: 'left', packet, why: `${packet.flow.dstIp} lies outside the cluster` };
  }

  /** A packet comes in by a link: PREROUTING, then up to a process or on to another link. */
  #arrive(at: At, link: Link, packet: Packet, port?: Link): Fate {
    if (++this.#steps > mostHops) return this.#fail(at, packet, 'route', 'lost', 'the packet goes in circles');
    const inDev = link.name;
    if (at.namespace.name !== '') {
      const refused = this.#policy('ingress', packet, at, at);
      if (refused !== undefined) return refused;
    }
    const arrived = this.#hook(at, 'prerouting', packet, { inDev });
    if ('kind' in arrived) return arrived;
    if (localLink(at.namespace, arrived.flow.dstIp) !== undefined) return this.#input(at, arrived, inDev);
    const key = familyOf(arrived.flow.dstIp) === 'IPv4' ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding';
    if (at.namespace.sysctls.get(key) !== '1') return this.#fail(at, arrived, placeOf(at), 'lost', `${key} is ${at.namespace.sysctls.get(key) ?? '0'}: ${at.host.name} forwards nothing`);
    return this.#out(at, arrived, port?.name ?? inDev);
  }

  #input(at: At, packet: Packet, inDev: string): Fate {
    const passed = this.#hook(at, 'input', packet, { inDev });
    if ('kind' in passed) return passed;
    const { flow } = passed;
    // A virtual server of IPVS has given the packet another destination on its way up.
    if (localLink(at.namespace, flow.dstIp) === undefined) return this.#out(at, passed, undefined);
    if (flow.protocol === 'ICMP' || this.#reply) {
      this.#note(at, { at: placeOf(at), action: 'deliver', because: `${flow.dstIp} is here`, packet: flow });
      return { kind: 'delivered', at, listening: undefined, packet: passed };
    }
    if (isEncapsulation(at, flow)) return { kind: 'delivered', at, listening: undefined, packet: passed };
    const listening = listenerFor(at.host, at.namespace.name, flow.protocol, flow.dstIp, flow.dstPort);
    if (listening === undefined) {
      const why = `nothing in ${placeOf(at)} listens on ${flow.protocol} ${flow.dstIp}:${flow.dstPort}`;
      this.#note(at, { at: placeOf(at), action: 'reject', because: why, packet: flow });
      return { kind: 'refused', at, why };
    }
    this.#note(at, { at: placeOf(at), action: 'deliver', because: `${listening.listener.process} listens on ${flow.protocol} ${flow.dstPort}`, packet: flow });
    return { kind: 'delivered', at, listening, packet: passed };
  }

  #policy(direction: 'egress' | 'ingress', packet: Packet, pod: At, on: At): Fate | undefined {
    if (this.#reply || this.world.policy === undefined) return undefined;
    const verdict = this.world.policy(direction, packet, pod);
    if (verdict.allowed) return undefined;
    this.#note(on, { at: `NetworkPolicy ${direction}`, action: 'drop', because: verdict.because, packet: packet.flow });
    return { kind: 'lost', why: verdict.because };
  }

  /** A packet from beyond the machines' network arrives at a machine's card. */
  enter(host: Host, packet: Packet): Fate {
    const at = rootOf(host);
    const card = at.namespace.links.find((link) => link.kind === 'ether');
    this.hops.push({ node: 'outside', at: 'outside', action: 'send', because: `to ${packet.flow.dstIp}`, packet: packet.flow });
    if (card === undefined || !card.up) return this.#fail(at, packet, 'eth0', 'lost', 'the network card is down');
    return this.#arrive(at, card, packet);
  }
}

export function reverse(flow: Flow): Flow {
  return { protocol: flow.protocol, srcIp: flow.dstIp, srcPort: flow.dstPort, dstIp: flow.srcIp, dstPort: flow.srcPort };
}

export function sameFlow(a: Flow, b: Flow): boolean {
  return a.srcIp === b.srcIp && a.dstIp === b.dstIp && a.srcPort === b.srcPort && a.dstPort === b.dstPort && a.protocol === b.protocol;
}

export function rootOf(host: Host): At {
  return { host, namespace: host.kernel.namespaces.get('')! };
}

/** `pod shop/web-1`, `node01`. */
export function placeOf(at: At): string {
  if (at.namespace.name === '') return at.host.name;
  for (const sandbox of at.host.sandboxes.values()) if (sandbox.network.namespace === at.namespace.name) return `pod ${sandbox.podNamespace}/${sandbox.podName}`;
  return `namespace ${at.namespace.name}`;
}

function peerOf(at: At, link: Link): { readonly at: At; readonly link: Link } | undefined {
  const namespace = link.peer === undefined ? undefined : at.host.kernel.namespaces.get(link.peer.namespace);
  const found = namespace?.links.find((one) => one.index === link.peer!.index);
  return namespace === undefined || found === undefined ? undefined : { at: { host: at.host, namespace }, link: found };
}

const portsOf = new WeakMap<ReadonlyMap<string, NetworkNamespace>, Map<string, ReadonlyMap<string, Link>>>();

/** The port of a bridge behind which an address is, as ARP would find it. */
function portTowards(at: At, bridge: Link, address: Ip): Link | undefined {
  const { namespaces } = at.host.kernel;
  let bridges = portsOf.get(namespaces);
  if (bridges === undefined) portsOf.set(namespaces, (bridges = new Map()));
  const key = `${at.namespace.name}/${bridge.name}`;
  let ports = bridges.get(key);
  if (ports === undefined) {
    const found = new Map<string, Link>();
    for (const port of at.namespace.links) {
      if (port.master !== bridge.name || !port.up) continue;
      const far = peerOf(at, port);
      for (const own of far?.link.up === true ? far.link.addresses : []) found.set(own.ip, port);
    }
    bridges.set(key, (ports = found));
  }
  return ports.get(address);
}

function filtersBridged(at: At): boolean {
  return at.host.kernel.modules.has('br_netfilter') && at.namespace.sysctls.get('net.bridge.bridge-nf-call-iptables') === '1';
}

function proxiesArp(namespace: NetworkNamespace, link: Link): boolean {
  return namespace.sysctls.get(`net.ipv4.conf.${link.name}.proxy_arp`) === '1';
}

/** Reports whether the next hop should have been a neighbour on the card's own network: then nobody answers, instead of a router. */
function isPrivateNeighbour(at: At, nextHop: Ip): boolean {
  const route = lookup(at.namespace, nextHop);
  const gateway = lookup(at.namespace, (familyOf(nextHop) === 'IPv4' ? '192.0.2.1' : '2001:db8::1') as Ip)?.via;
  return route?.via === undefined && route?.proto === 'kernel' && nextHop !== gateway;
}

function isEncapsulation(at: At, flow: Flow): boolean {
  return flow.protocol === 'UDP' && at.namespace.links.some((link) => link.kind === 'vxlan' && link.up && link.vxlan?.port === flow.dstPort);
}
