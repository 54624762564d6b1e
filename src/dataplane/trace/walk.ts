/**
 * The walk of one packet through the machines' kernels, and of its answer back.
 *
 *                     ┌─ local? ──▶ INPUT ──▶ listener
 *   link ▶ PREROUTING ┤
 *                     └─ forward ─▶ FORWARD ─▶ POSTROUTING ▶ link
 *   process ▶ route ▶ OUTPUT ─────────────────▶ POSTROUTING ▶ link
 *
 * What links do with a packet is in transmit.ts, what tunnels do in tunnel.ts; what kernels remember of the connection in conntrack.ts. Each
 * router takes one from the packet's time to live. Who cannot pass a packet on says so to its sender, as ICMP does, or is silent.
 */
import type { Ip } from '#net/ip.ts';
import { reverse, type Flow } from '#net/flow.ts';
import type { Host } from '#node/host.ts';
import type { Route } from '#node/kernel.ts';
import type { Hook } from '#node/netfilter.ts';
import type { Account } from '../netfilter/packet.ts';
import type { Choice } from '../netfilter/traversal.ts';
import type { Listening } from '../links/listeners.ts';
import { isLoopback, routeText, type Destination } from '../links/routing.ts';
import { Conntrack } from './conntrack.ts';
import { HeldUp, Rejected, routeErrno, routeRefusal, type Fate } from './fate.ts';
import type { Frame } from './frame.ts';
import { connectionAs, Inquiry, isUntracked, packetAfter, runHook, type Circumstances, type Interface, type Memory } from './hooks.ts';
import { familyOfPacket, withFlow, withSource, type At, type Hop, type Packet } from './packet.ts';
import type { PolicyPoint } from './policy.ts';
import { refusalOf, type Refusal } from './refusal.ts';
import { martianWhy } from './source-validation.ts';
import { forwardingKeys, rootOf, type Device, type Stack } from './stack.ts';
import { Decided, Judged, type Telling } from './story.ts';
import { filtersBridged } from './topology.ts';
import { transmit } from './transmit.ts';
import type { World } from './world.ts';

/** What a process asks of the kernel for its packets. */
export interface SendOptions {
  /** The interface it has bound itself to (SO_BINDTODEVICE). */
  readonly device?: string | undefined;
}

const mostSteps = 400;
const nothingRemembered: readonly { readonly at: At; readonly list: string; readonly ip: Ip }[] = [];

/** After so many routers a walk is no longer told step by step: the packet goes in circles. */
const toldRouters = 12;

export class Walk implements Circumstances {
  readonly world: World;
  /** Undefined: nobody asks how it ends up where it does. */
  readonly telling: Telling | undefined;
  readonly conntrack = new Conntrack();
  /** The last choice that destination NAT has made on the way. */
  choice: Choice | undefined;
  /** What rules have noted for later connections, and where. */
  remembered = nothingRemembered;
  /** Wires between machines, and links within them, that packets have crossed. */
  wires = 0;
  links = 0;
  /** The destination that NAT has given back to an answer's source. */
  restored: Ip | undefined;
  /** The first packet as it was sent. */
  sent: Flow | undefined;
  #steps = 0;
  #routers = 0;
  #chooser: Account | undefined;
  #inquiry: Inquiry | undefined;
  /** Who has sent it; nobody of the cluster where it came from outside. */
  #sender: Stack | undefined;

  constructor(world: World, telling?: Telling) {
    this.world = world;
    this.telling = telling;
  }

  /** Made when chance is first asked: it is of few packets. */
  get chooser(): Account {
    return (this.#chooser ??= this.world.chooser());
  }

  inquiryAt(at: Stack): Inquiry {
    return (this.#inquiry ??= new Inquiry(this, at));
  }

  get isSilent(): boolean {
    return this.telling === undefined;
  }

  get memory(): Memory {
    return this.world.memory;
  }

  /** From now on packets are answers: they belong to a known connection. */
  turn(): void {
    this.conntrack.turn();
    this.#steps = 0;
    this.#routers = 0;
  }

  /** Takes a step; reports whether there have been so many that the packet must be going in circles. */
  isCircling(): boolean {
    return ++this.#steps > mostSteps;
  }

  note(at: Stack, where: string, action: Hop['action'], because: string, packet: Flow): void {
    if (this.telling !== undefined && (this.#routers <= toldRouters || action === 'fail'))
      this.telling.story.push({ node: at.host.name, at: where, action, because, packet });
  }

  /** The same of what happens to most packets: the words for it are found only where somebody wants them. */
  tell<T>(at: Stack, where: string, action: Hop['action'], words: (subject: T, flow: Flow) => string, subject: T, flow: Flow): void {
    if (this.telling !== undefined) this.note(at, where, action, words(subject, flow), flow);
  }

  pass(device: Device, direction: Frame['direction'], { flow }: Packet): void {
    if (this.telling === undefined) return;
    const { at, name } = device;
    const [node, namespace] = [at.host.name, at.namespace.name];
    this.telling.frames.push({ node, namespace, device: name, direction, flow, answer: this.conntrack.reply });
  }

  /** What passed the interfaces on the way of the packet that a tunnel has sent for one inside of it. */
  carry(frames: readonly Frame[], { flow }: Packet): void {
    const answer = this.conntrack.reply;
    this.telling?.frames.push(...frames.map((frame) => ({ ...frame, answer, inner: flow })));
  }

  /** How much has been told. */
  get told(): number {
    return this.telling?.story.length ?? 0;
  }

  /** Takes back what has been told since. */
  untell(told: number): void {
    if (this.telling !== undefined) this.telling.story.length = told;
  }

  lose(at: Stack, packet: Packet, where: string, why: string): Fate {
    this.note(at, where, 'fail', why, packet.flow);
    return { kind: 'lost', at, why };
  }

  /** Tells the sender of a packet that it goes no further; from which address, the way back to the sender decides. */
  refuse(
    at: Stack,
    packet: Packet,
    where: string,
    refusal: Refusal,
    why: string,
    more: { readonly after?: number; readonly mtu?: number } = {},
  ): Fate {
    this.note(at, where, 'fail', why, packet.flow);
    const speaker = speakerAt(at, packet.flow);
    if (speaker === undefined) return { kind: 'lost', at, why };
    return { kind: 'refused', at, packet, refusal, speaker, why, after: 0, ...more };
  }

  /** Runs a hook, undoing known NAT first; the verdict's packet, or the fate it met. `towards` is where it goes next. */
  hook(at: Stack, hook: Hook, packet: Packet, inDev: Interface, outDev?: Interface, towards?: Ip): Packet | Fate {
    if (at.isBare) return packet;
    if (!this.conntrack.reply || (hook !== 'prerouting' && hook !== 'output'))
      return this.#filter(at, hook, packet, inDev, outDev, towards);
    const nat = this.conntrack.at(at).translatedBy(packet.flow);
    if (nat === undefined) return this.#filter(at, hook, packet, inDev, outDev, towards);
    const flow = reverse(nat.before);
    if (nat.before.dstIp !== nat.after.dstIp) this.restored = nat.before.dstIp;
    this.note(at, 'conntrack', 'unnat', 'the answer of a connection that was translated here', flow);
    return this.#filter(at, hook, withFlow(packet, flow), inDev, outDev, towards);
  }

  #filter(at: Stack, hook: Hook, packet: Packet, inDev: Interface, outDev: Interface, towards: Ip | undefined): Packet | Fate {
    const { conntrack } = this;
    const first = !conntrack.reply;
    const confirmed = hook === 'postrouting' || hook === 'input';
    const known = conntrack.at(at);
    const state = conntrack.stateAt(known, packet.flow);
    const connection = connectionAs(state, known.isDnatted);
    const result = runHook(this, at, hook, packet, inDev, outDev, towards, connection);
    if (result === undefined) {
      if (first && state !== 'untracked') known.see(packet.flow, packet.flow, confirmed);
      return packet;
    }
    const { verdict, choice, remembered } = result;
    const passed = packetAfter(packet, result);
    if (choice !== undefined) this.choice = choice;
    for (const { list, ip } of remembered) this.remembered = [...this.remembered, { at, list, ip }];
    const told = this.telling !== undefined && this.#routers <= toldRouters;
    if (told || verdict !== 'accept') {
      const decided = new Decided(at.host.name, result, packet.flow, passed.flow);
      if (told) this.telling.story.push(decided);
      if (verdict === 'drop') return new HeldUp(decided, at, hook);
      if (verdict === 'reject') {
        const refusal = refusalOf(result.rejectWith);
        const speaker = refusal === 'tcp-reset' ? packet.flow.dstIp : speakerAt(at, packet.flow);
        return speaker === undefined ? new HeldUp(decided, at, hook) : new Rejected(decided, at, hook, packet, refusal, speaker);
      }
    }
    if (isUntracked(result)) known.isUntracked = true;
    else if (first) known.see(packet.flow, passed.flow, confirmed);
    return passed;
  }

  /** A process in a namespace sends a packet. Its source address may be left to the kernel (`0.0.0.0` or `::`). */
  send(at: Stack, packet: Packet, { device }: SendOptions = {}): Fate {
    const { dstIp } = packet.flow;
    const { routing } = at;
    const there = routing.to(dstIp, packet.dstOrdinal);
    const { local } = there;
    const way = local !== undefined || device === undefined ? there : routing.through(device, dstIp);
    if (local === undefined && !way.leadsOn) {
      const { route } = way;
      const why = noRouteWhy(route, dstIp);
      this.note(at, 'route', 'fail', why, packet.flow);
      return { kind: 'failed', errno: routeErrno(route), why };
    }
    let sent = packet;
    const { srcIp } = packet.flow;
    if (srcIp === '0.0.0.0' || srcIp === '::') {
      const source = local !== undefined ? dstIp : routing.sourceTowards(way, dstIp);
      if (source === undefined) {
        const why = `no source address for ${dstIp}`;
        this.note(at, 'route', 'fail', why, packet.flow);
        return { kind: 'failed', errno: 'EADDRNOTAVAIL', why };
      }
      sent = withSource(packet, source);
    }
    if (!this.conntrack.reply) {
      this.#sender = at;
      this.sent = sent.flow;
    }
    this.tell(at, at.place, 'send', sendWords, undefined, sent.flow);
    const filtered = this.hook(at, 'output', sent, undefined, local !== undefined ? 'lo' : way.out?.name);
    if ('kind' in filtered) return filtered;
    // Destination NAT in OUTPUT makes the kernel choose the route again.
    const then = filtered.flow.dstIp === dstIp ? there : routing.to(filtered.flow.dstIp, filtered.dstOrdinal);
    if (then.local !== undefined) return this.#loop(at, filtered);
    return this.#out(at, filtered, device === undefined ? then : routing.through(device, filtered.flow.dstIp), undefined);
  }

  #loop(at: Stack, packet: Packet): Fate {
    // A packet to this machine itself leaves by lo, whose own addresses are no source for others.
    const posted = this.hook(at, 'postrouting', packet, undefined, 'lo', packet.flow.dstIp);
    if ('kind' in posted) return posted;
    const lo = at.deviceNamed('lo');
    if (lo !== undefined) this.pass(lo, 'In', posted);
    const arrived = this.hook(at, 'prerouting', posted, 'lo');
    if ('kind' in arrived) return arrived;
    return this.#up(at, arrived, 'lo');
  }

  /** Routes a packet out of a namespace: FORWARD when it came from a link (of a bridge, by a port), then POSTROUTING and the link. */
  #out(at: Stack, packet: Packet, { route, leadsOn, out: link, index, via }: Destination, inDev: string | undefined, port?: string): Fate {
    const { flow } = packet;
    if (!leadsOn || link === undefined) {
      const why = noRouteWhy(route, flow.dstIp);
      const refusal = routeRefusal(route);
      return refusal === undefined ? this.lose(at, packet, 'route', why) : this.refuse(at, packet, 'route', refusal, why);
    }
    const out = at.device(link, index);
    this.tell(at, 'route', 'route', routeText, route!, flow);
    const tooBig = packet.size > out.mtu && (packet.whole || (inDev !== undefined && packet.dstOrdinal === undefined));
    let current = packet;
    if (inDev !== undefined) {
      this.#routers++;
      if (packet.ttl <= 1) return this.refuse(at, packet, 'route', 'time-exceeded', 'the packet has passed too many routers');
      if (tooBig) return this.refuse(at, packet, out.name, 'fragmentation-needed', tooBigWhy(packet, out), { mtu: out.mtu });
      const { srcOrdinal, dstOrdinal, mark, ttl, size, whole } = packet;
      const passedOn: Packet = { flow, srcOrdinal, dstOrdinal, mark, ttl: ttl - 1, size, whole };
      const forwarded = this.forward(at, passedOn, inDev, out.name);
      if ('kind' in forwarded) return forwarded;
      current = forwarded;
    } else if (tooBig) {
      const why = tooBigWhy(packet, out);
      this.note(at, out.name, 'fail', why, flow);
      return { kind: 'failed', errno: 'EMSGSIZE', why, mtu: out.mtu };
    } else if (isLoopback(packet.srcOrdinal) && out.kind !== 'loopback' && !out.routesLocalnet) {
      const why = `net.ipv4.conf.${out.name}.route_localnet is 0: a packet from ${flow.srcIp} does not leave`;
      return this.lose(at, packet, out.name, why);
    }
    const towards = via ?? current.flow.dstIp;
    const posted = this.hook(at, 'postrouting', current, undefined, out.name, towards);
    if ('kind' in posted) return posted;
    return transmit(this, out, via ?? posted.flow.dstIp, posted, port ?? inDev);
  }

  /** A packet comes in by a device (of a bridge, by a port): PREROUTING, then up to a process or on to another link. */
  arrive(by: Device, packet: Packet, port?: Device): Fate {
    const { at } = by;
    if (this.isCircling()) return this.lose(at, packet, 'route', 'the packet goes in circles');
    this.links++;
    this.pass(by, 'In', packet);
    const refused = at.isRoot ? undefined : this.#policies('delivery', at, packet, by.name);
    if (refused !== undefined) return refused;
    const arrived = this.hook(at, 'prerouting', packet, by.name);
    if ('kind' in arrived) return arrived;
    const { dstIp } = arrived.flow;
    // An answer gets back the source that its connection was made to only when it leaves (POSTROUTING).
    const martian = martianWhy(by, packet, arrived);
    if (martian !== undefined) return this.lose(at, arrived, at.place, martian);
    const there = at.routing.to(dstIp, arrived.dstOrdinal);
    if (there.local !== undefined) return this.#up(at, arrived, by.name, there);
    const family = familyOfPacket(arrived);
    if (!at.forwards[family]) {
      // A frame whose packet is translated to an address behind the same bridge stays a frame (br_nf_pre_routing_finish, bridged_dnat).
      const bridged = port !== undefined && dstIp !== packet.flow.dstIp && there.out === by.link;
      if (!bridged || !filtersBridged(at, dstIp)) {
        const key = forwardingKeys[family];
        return this.lose(at, arrived, at.place, `${key} is ${at.sysctl(key)}: ${at.host.name} forwards nothing`);
      }
    }
    return this.#out(at, arrived, there, by.name, port?.name);
  }

  /** A packet that has come by a device is for the machine. */
  input({ at, name }: Device, packet: Packet): Fate {
    return this.#up(at, packet, name);
  }

  /** A packet is for the machine: INPUT, then a process. */
  #up(at: Stack, packet: Packet, inDev: Interface, here = at.routing.to(packet.flow.dstIp, packet.dstOrdinal)): Fate {
    // Of what goes to a virtual server of IPVS, policies judge what becomes of it.
    const virtual = here.local?.kind === 'dummy';
    const early = virtual ? undefined : this.#policies('input', at, packet, inDev);
    if (early !== undefined) return early;
    const passed = this.hook(at, 'input', packet, inDev);
    if ('kind' in passed) return passed;
    const { flow } = passed;
    const then = flow === packet.flow ? here : at.routing.to(flow.dstIp, passed.dstOrdinal);
    if (then.local === undefined) {
      const outDev = then.out?.name;
      const refused = this.#policies('forward', at, passed, inDev, outDev) ?? this.#policies('forwarded', at, passed, inDev, outDev);
      return refused ?? this.#out(at, passed, then, undefined);
    }
    const late = virtual ? this.#policies('input', at, passed, inDev) : undefined;
    return late ?? this.#deliver(at, passed);
  }

  #deliver(at: Stack, packet: Packet): Fate {
    const { flow } = packet;
    const here = at.place;
    if (flow.protocol === 'ICMP' || this.conntrack.reply) {
      this.tell(at, here, 'deliver', hereWords, undefined, flow);
      return { kind: 'delivered', at, listening: undefined, packet };
    }
    if (isEncapsulation(at, flow)) return { kind: 'delivered', at, listening: undefined, packet };
    const listening = at.listenerFor(packet);
    if (listening === undefined) {
      const why = `nothing in ${here} listens on ${flow.protocol} ${flow.dstIp}:${flow.dstPort}`;
      this.note(at, here, 'reject', why, flow);
      const refusal = flow.protocol === 'TCP' ? 'tcp-reset' : 'port-unreachable';
      return { kind: 'refused', at, packet, refusal, speaker: flow.dstIp, why, after: 0 };
    }
    this.tell(at, here, 'deliver', listenWords, listening, flow);
    return { kind: 'delivered', at, listening, packet };
  }

  /** The hook of forwarded packets, between what is enforced before it and after it. */
  forward(at: Stack, packet: Packet, inDev: Interface, outDev: Interface): Packet | Fate {
    const early = this.#policies('forward', at, packet, inDev, outDev);
    if (early !== undefined) return early;
    const forwarded = this.hook(at, 'forward', packet, inDev, outDev);
    return 'kind' in forwarded ? forwarded : (this.#policies('forwarded', at, forwarded, inDev, outDev) ?? forwarded);
  }

  /** What policies say of the first packet of a connection here; those that follow belong to a connection that is known. */
  #policies(point: PolicyPoint, at: Stack, packet: Packet, inDev: Interface, outDev?: Interface): Fate | undefined {
    const { enforcement } = this.world.ground;
    if (this.conntrack.reply || !enforcement.judgesAt(at.host, point)) return undefined;
    const { flow } = packet;
    for (const answer of enforcement.judge({ point, at, packet, inDev, outDev, sender: this.#sender, sent: this.sent ?? flow })) {
      if (this.#routers <= toldRouters) this.telling?.story.push(new Judged(at.host.name, answer, flow));
      if (!answer.verdict.allowed) return new HeldUp(answer, at);
    }
    return undefined;
  }

  /** A packet from beyond the machines' network arrives at a machine's card. */
  enter(host: Host, packet: Packet): Fate {
    const at = rootOf(host);
    const card = cardOf(at);
    const { flow } = packet;
    this.sent = flow;
    this.telling?.story.push({ node: 'outside', at: 'outside', action: 'send', because: `to ${flow.dstIp}`, packet: flow });
    if (card === undefined) return this.lose(at, packet, 'eth0', 'the network card is down');
    return this.arrive(card, packet);
  }

  /** An answer from outside comes in by the machine's card. */
  comeBack(host: Host, packet: Packet): Fate {
    const at = rootOf(host);
    const card = cardOf(at);
    this.turn();
    return card === undefined ? { kind: 'lost', at, why: 'the network card is down' } : this.arrive(card, packet);
  }
}

/**
 * The source address of an ICMP error: the packet's own destination where that is here, else what the way back to its sender gives (Linux
 * net/ipv4/icmp.c, __icmp_send).
 */
function speakerAt({ routing }: Stack, { srcIp, dstIp }: Flow): Ip | undefined {
  if (routing.local(dstIp) !== undefined) return dstIp;
  if (routing.local(srcIp) !== undefined) return srcIp;
  const back = routing.towards(srcIp);
  return back.leadsOn ? routing.sourceTowards(back, srcIp) : undefined;
}

/** A machine's card on the wire, where it is up. */
function cardOf(at: Stack): Device | undefined {
  const card = at.namespace.links.find((link) => link.kind === 'ether');
  return card?.up === true ? at.device(card) : undefined;
}

function sendWords(_: undefined, { dstIp, dstPort }: Flow): string {
  return dstPort === 0 ? `to ${dstIp}` : `to ${dstIp}:${dstPort}`;
}

function hereWords(_: undefined, { dstIp }: Flow): string {
  return `${dstIp} is here`;
}

function listenWords({ listener }: Listening, { protocol, dstPort }: Flow): string {
  return `${listener.process} listens on ${protocol} ${dstPort}`;
}

function noRouteWhy(route: Route | undefined, destination: Ip): string {
  return route === undefined ? `no route to ${destination}` : routeText(route);
}

function tooBigWhy({ size }: Packet, { name, mtu }: Device): string {
  return `${size} bytes do not pass ${name}, whose MTU is ${mtu}`;
}

/** What a VXLAN device of the machine takes off the wire itself. */
function isEncapsulation({ namespace }: Stack, { protocol, dstPort }: Flow): boolean {
  return protocol === 'UDP' && namespace.links.some((link) => link.kind === 'vxlan' && link.up && link.vxlan?.port === dstPort);
}
