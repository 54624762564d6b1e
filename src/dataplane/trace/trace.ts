/** What becomes of a connection: the first packet's walk, and its answer's. */
import type { Flow } from '#net/flow.ts';
import { familyOf, hostPort, ip, type Ip, type Protocol } from '#net/ip.ts';
import type { NodeName } from '#kube/names.ts';
import type { Host } from '#node/host.ts';
import type { Listening } from '../links/listeners.ts';
import type { Frame } from './frame.ts';
import { answerTo, packetOf, type At, type Hop, type Packet } from './packet.ts';
import type { Errno, Refusal, Told } from './refusal.ts';
import type { Tracked } from './conntrack.ts';
import type { Fate } from './fate.ts';
import { stackAt, type Stack } from './stack.ts';
import { hopsOf, Telling } from './story.ts';
import { Walk } from './walk.ts';
import type { World } from './world.ts';

/** Where a connection begins: a namespace of a host, or an address outside the cluster. */
export type Origin =
  | { readonly kind: 'inside'; readonly at: At; readonly source?: Ip; readonly device?: string }
  | { readonly kind: 'outside'; readonly address: Ip };

export interface Target {
  readonly protocol: Protocol | 'ICMP';
  readonly address: Ip;
  /** 0 for ICMP. */
  readonly port: number;
  /** What the packet is like, where it is not an ordinary first one. */
  readonly packet?: Partial<Pick<Packet, 'ttl' | 'size' | 'whole'>>;
}

/** How a connection attempt ended. */
export interface Ending {
  readonly outcome: 'connected' | 'refused' | 'timeout' | 'unreachable';
  /** One sentence: what decided. */
  readonly why: string;
  /** Where the packet arrived, whether or not the answer came back. */
  readonly destination?:
    { readonly at: At; readonly address: Ip; readonly port: number; readonly listening?: Listening | undefined } | undefined;
  readonly sourceSeen?: Ip | undefined;
  /** What the sender is told by a machine, itself included; nothing where packets vanish, or where the telling does not get back. */
  readonly told?: Told | undefined;
  /** The machine by which the packet has left the cluster, and whether an answer would get back to the sender. */
  readonly left?: { readonly by: NodeName; readonly source: Ip; readonly returns: boolean } | undefined;
  /** The error of the system call where the sender's own kernel does not let the packet out. */
  readonly errno?: Errno | undefined;
  /** The largest packet that the sender's own link takes, where that was the error. */
  readonly mtu?: number | undefined;
  /** The time to live that is left of what came back. */
  readonly answerTtl?: number | undefined;
}

/** A connection attempt, from end to end. */
export interface Trace extends Ending {
  readonly flow: Flow;
  readonly hops: readonly Hop[];
  /** What passed which interfaces, in order. */
  readonly frames: readonly Frame[];
  /** Every backend that the load balancing might have chosen, `address:port`, sorted; empty when nothing balanced. */
  readonly candidates: readonly string[];
  /** How likely the one was that has been chosen; 1 where there was only one. */
  readonly probability?: number | undefined;
  /** What the kernels on the way remember of it. */
  readonly tracked: readonly Tracked[];
  /** What rules on the way have noted for later connections. */
  readonly remembered: Walk['remembered'];
  /** The process that has taken it for somebody else, and has handed it on, or tried to. */
  readonly tunnelled?: Ending['destination'];
  /** Wires between machines, and links within machines, crossed there and back: what time passes in. */
  readonly crossed: { readonly wires: number; readonly links: number };
}

/** A trace with all that is told of it, to be changed by spreading. */
export function spelledOut(trace: Trace): Trace {
  const { flow, outcome, why, destination, sourceSeen, told, left, errno, mtu, answerTtl } = trace;
  const { hops, frames, candidates, probability, tracked, remembered, crossed, tunnelled } = trace;
  const ending: Ending = { outcome, why, destination, sourceSeen, told, left, errno, mtu, answerTtl };
  return { flow, ...ending, hops, frames, candidates, probability, tracked, remembered, crossed, tunnelled };
}

const noCandidates: readonly string[] = [];

/** A walk that has ended. When somebody asks for its hops and frames, it is walked again, and tells them. */
class Walked implements Trace {
  readonly flow: Flow;
  readonly #ending: Ending;
  readonly #walk: Walk;
  readonly #attempt: Attempt;
  #telling: Telling | undefined;
  #hops: readonly Hop[] | undefined;

  constructor(walk: Walk, attempt: Attempt, ending: Ending) {
    this.flow = walk.sent ?? attempt.packet.flow;
    this.#ending = ending;
    this.#walk = walk;
    this.#attempt = attempt;
  }

  get outcome(): Ending['outcome'] {
    return this.#ending.outcome;
  }

  get why(): Ending['why'] {
    return this.#ending.why;
  }

  get destination(): Ending['destination'] {
    return this.#ending.destination;
  }

  get sourceSeen(): Ending['sourceSeen'] {
    return this.#ending.sourceSeen;
  }

  get told(): Ending['told'] {
    return this.#ending.told;
  }

  get left(): Ending['left'] {
    return this.#ending.left;
  }

  get errno(): Ending['errno'] {
    return this.#ending.errno;
  }

  get mtu(): Ending['mtu'] {
    return this.#ending.mtu;
  }

  get answerTtl(): Ending['answerTtl'] {
    return this.#ending.answerTtl;
  }

  get hops(): readonly Hop[] {
    return (this.#hops ??= hopsOf(this.#tell().story));
  }

  get frames(): readonly Frame[] {
    return this.#tell().frames;
  }

  #tell(): Telling {
    if (this.#telling === undefined) {
      this.#telling = new Telling();
      endingOf(new Walk(this.#walk.world, this.#telling), this.#attempt);
    }
    return this.#telling;
  }

  get candidates(): readonly string[] {
    return this.#walk.choice?.candidates ?? noCandidates;
  }

  get probability(): number | undefined {
    return this.#walk.choice?.probability;
  }

  get tracked(): readonly Tracked[] {
    return this.#walk.conntrack.tracked;
  }

  get remembered(): Walk['remembered'] {
    return this.#walk.remembered;
  }

  get crossed(): { readonly wires: number; readonly links: number } {
    const { wires, links } = this.#walk;
    return { wires, links };
  }
}

/** Where a flow from outside enters: the machine whose address it is sent to. Others have no route from outside. */
function entryOf(world: World, address: Ip, announced: ReadonlyMap<string, Host>): Host | undefined {
  return world.ground.machineAt(address) ?? announced.get(address);
}

const clientPort = 40_000;
const nothingAnnounced: ReadonlyMap<string, Host> = new Map();
const anyIPv4 = ip('0.0.0.0');
const anyIPv6 = ip('::');

/** Traces one connection attempt. `announced` says which host takes packets to load-balancer addresses. */
export function trace(world: World, origin: Origin, target: Target, announced = nothingAnnounced): Trace {
  const anyAddress = familyOf(target.address) === 'IPv4' ? anyIPv4 : anyIPv6;
  const icmp = target.protocol === 'ICMP';
  const first: Flow = {
    protocol: target.protocol,
    srcIp: origin.kind === 'outside' ? origin.address : (origin.source ?? anyAddress),
    srcPort: icmp ? 0 : clientPort,
    dstIp: target.address,
    dstPort: target.port,
  };
  const home = origin.kind === 'inside' ? stackAt(origin.at) : undefined;
  const attempt: Attempt = { origin, home, target, packet: packetOf(first, target.packet), announced };
  const walk = new Walk(world);
  return new Walked(walk, attempt, endingOf(walk, attempt));
}

interface Attempt {
  readonly origin: Origin;
  /** Undefined: the sender is outside. */
  readonly home: Stack | undefined;
  readonly target: Target;
  /** The first one. */
  readonly packet: Packet;
  readonly announced: ReadonlyMap<string, Host>;
}

/** How most connections end. */
class Answered implements Ending {
  readonly outcome = 'connected';
  readonly destination: Ending['destination'];
  readonly answerTtl: number | undefined;
  /** The packet as it has arrived. */
  readonly #arrived: Flow;

  constructor(arrived: Flow, destination: Ending['destination'], answerTtl: number | undefined) {
    this.#arrived = arrived;
    this.destination = destination;
    this.answerTtl = answerTtl;
  }

  get why(): string {
    return `${endText(this.#arrived)} answers`;
  }

  get sourceSeen(): Ip {
    return this.#arrived.srcIp;
  }
}

/** A connection whose first packet is lost. */
class Lost implements Ending {
  readonly outcome = 'timeout';
  readonly errno: Errno | undefined;
  readonly #fate: Extract<Fate, { kind: 'lost' }>;

  constructor(fate: Extract<Fate, { kind: 'lost' }>, errno: Errno | undefined) {
    this.errno = errno;
    this.#fate = fate;
  }

  get why(): string {
    return this.#fate.why;
  }
}

const outcomes: Partial<Record<Refusal, Trace['outcome']>> = { 'tcp-reset': 'refused', 'port-unreachable': 'refused' };

/** A connection that a machine has refused, and its sender has heard of it. */
class Refused implements Ending {
  readonly outcome: Ending['outcome'];
  readonly told: Ending['told'];
  readonly answerTtl: number | undefined;
  readonly errno: Errno | undefined;
  readonly #fate: Extract<Fate, { kind: 'refused' }>;

  constructor(fate: Extract<Fate, { kind: 'refused' }>, { told, answerTtl }: Pick<Ending, 'told' | 'answerTtl'>, errno: Errno | undefined) {
    this.outcome = outcomes[fate.refusal] ?? 'unreachable';
    this.told = told;
    this.answerTtl = answerTtl;
    this.errno = errno;
    this.#fate = fate;
  }

  get why(): string {
    return this.#fate.why;
  }
}

function endText({ protocol, dstIp, dstPort }: Flow): string {
  return protocol === 'ICMP' ? dstIp : hostPort(dstIp, dstPort);
}

/** Goes all the way. */
function endingOf(walk: Walk, attempt: Attempt): Ending {
  const fate = begin(walk, attempt);
  switch (fate.kind) {
    case 'failed': {
      const { errno, why, mtu } = fate;
      return { outcome: 'unreachable', why, errno, ...(mtu !== undefined && { mtu }) };
    }
    case 'lost':
      return new Lost(fate, filteredAtHome(fate, attempt).errno);
    case 'left': {
      const why = `${fate.why}, where the simulation has no machine that answers`;
      return { outcome: 'timeout', why, left: leave(walk, fate, attempt) };
    }
    case 'refused': {
      const back = complaint(walk, fate, attempt);
      if (typeof back === 'string') return { outcome: 'timeout', why: `${fate.why}; but the refusal does not get back: ${back}` };
      return new Refused(fate, back, filteredAtHome(fate, attempt).errno);
    }
    case 'delivered': {
      const { flow } = fate.packet;
      const { at, listening } = fate;
      const destination = { at, address: flow.dstIp, port: flow.dstPort, listening };
      const back = answer(walk, at, attempt, walk.sent, answerTo(fate.packet));
      if (typeof back !== 'string') return new Answered(flow, destination, back.answerTtl);
      const why = `${endText(flow)} is reached, but its answer does not come back: ${back}`;
      return { outcome: 'timeout', why, destination, sourceSeen: flow.srcIp };
    }
  }
}

/** Who is outside knows the machines' addresses, and no others of the cluster. */
function leave(walk: Walk, { at, packet }: Extract<Fate, { kind: 'left' }>, { home: sender }: Attempt): NonNullable<Trace['left']> {
  const { srcIp } = packet.flow;
  const home = walk.world.ground.machineAt(srcIp);
  const { told } = walk;
  const fate = home && walk.comeBack(home, answerTo(packet));
  walk.untell(told);
  const returns = fate?.kind === 'delivered' && fate.at === sender;
  return { by: at.host.name, source: srcIp, returns };
}

function begin(walk: Walk, { origin, home, packet, announced }: Attempt): Fate {
  if (origin.kind === 'inside') return walk.send(home!, packet, origin);
  const { flow } = packet;
  const entry = entryOf(walk.world, flow.dstIp, announced);
  if (entry !== undefined) return walk.enter(entry, packet);
  const why = `${flow.dstIp} has no route from outside the cluster`;
  walk.telling?.story.push({ node: 'outside', at: 'outside', action: 'fail', because: why, packet: flow });
  return { kind: 'failed', errno: 'ENETUNREACH', why };
}

/** Rules of the sender's own kernel make its sendto() fail; TCP's own packets are sent again instead. */
function filteredAtHome(fate: Fate, { home, target }: Attempt): Pick<Ending, 'errno'> {
  if (fate.kind !== 'lost' && fate.kind !== 'refused') return {};
  return fate.at === home && target.protocol !== 'TCP' && (fate.hook === 'output' || fate.hook === 'postrouting') ? { errno: 'EPERM' } : {};
}

/** Walks the refusal back. What the sender is told, or why it does not hear of it. */
function complaint(walk: Walk, fate: Extract<Fate, { kind: 'refused' }>, attempt: Attempt): Pick<Ending, 'told' | 'answerTtl'> | string {
  const { refusal, after, mtu, packet } = fate;
  const told = (from: Ip): Told => ({ refusal, from, after, ...(mtu !== undefined && { mtu }) });
  if (fate.at === attempt.home) return { told: told(fate.speaker) };
  const back = answer(walk, fate.at, attempt, undefined, answerTo(packet));
  return typeof back === 'string' ? back : { told: told(walk.restored ?? fate.speaker), ...back };
}

/** Walks an answer back: what is left of its time to live when it arrives, or why it does not. A reset or ICMP error needs no `sent`. */
function answer(
  walk: Walk,
  at: Stack,
  { origin, home }: Attempt,
  sent: Flow | undefined,
  packet: Packet,
): Pick<Ending, 'answerTtl'> | string {
  const { told } = walk;
  walk.turn();
  const fate = walk.send(at, packet);
  if (fate.kind === 'left') {
    if (origin.kind === 'inside' || fate.packet.flow.dstIp !== origin.address) {
      walk.untell(told);
      return fate.why;
    }
    return checkSource(walk, 'outside', told, fate.packet, sent);
  }
  if (fate.kind !== 'delivered') return fate.why;
  if (home === undefined) {
    walk.untell(told);
    return { answerTtl: fate.packet.ttl };
  }
  if (fate.at !== home) return `it goes to ${fate.at.host.name} instead`;
  return checkSource(walk, home.place, told, fate.packet, sent);
}

/** The sender knows only answers from the address it has asked. The way back, from `told` on, is told where the answer is not known. */
function checkSource(
  walk: Walk,
  place: string,
  told: number,
  { flow, ttl }: Packet,
  sent: Flow | undefined,
): Pick<Ending, 'answerTtl'> | string {
  if (sent === undefined || (flow.srcIp === sent.dstIp && flow.srcPort === sent.dstPort)) {
    walk.untell(told);
    return { answerTtl: ttl };
  }
  const because = `it comes from ${hostPort(flow.srcIp, flow.srcPort)}, which the sender has not asked`;
  if (walk.telling !== undefined) {
    const { story } = walk.telling;
    const { node } = hopsOf(story.slice(told)).at(-1)!;
    story.push({ node, at: place, action: 'fail', because, packet: flow });
  }
  return because;
}

/** Which of a trace's hops decided: where the packet or its answer ended, else what gave it its destination, else who took it. */
export function decisiveHop({ hops, outcome }: Pick<Trace, 'hops' | 'outcome'>): number | undefined {
  const wanted = outcome === 'connected' ? ([['dnat'], ['deliver']] as const) : ([['fail', 'drop', 'reject']] as const);
  for (const actions of wanted) {
    const found = hops.findLastIndex((hop) => (actions as readonly string[]).includes(hop.action));
    if (found >= 0) return found;
  }
  return hops.length === 0 ? undefined : hops.length - 1;
}
