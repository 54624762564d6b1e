/** What becomes of a connection: the first packet's walk, and its answer's. */
import type { Flow } from '#net/flow.ts';
import { familyOf, hostPort, ip, type Ip, type Protocol } from '#net/ip.ts';
import type { Host } from '#node/host.ts';
import type { Listening } from '../links/listeners.ts';
import type { At, Hop } from './packet.ts';
import { reverse, Walk, type World } from './walk.ts';

/** Where a connection begins: a namespace of a host, or an address outside the cluster. */
export type Origin = { readonly kind: 'inside'; readonly at: At; readonly source?: Ip } | { readonly kind: 'outside'; readonly address: Ip };

export interface Target {
  readonly protocol: Protocol | 'ICMP';
  readonly address: Ip;
  /** 0 for ICMP. */
  readonly port: number;
}

export interface Trace {
  readonly flow: Flow;
  readonly outcome: 'connected' | 'refused' | 'timeout' | 'unreachable';
  /** One sentence: what decided. */
  readonly why: string;
  readonly hops: readonly Hop[];
  /** Every backend that the load balancing might have chosen, `address:port`, sorted; empty when nothing balanced. */
  readonly candidates: readonly string[];
  /** Where the packet arrived, whether or not the answer came back. */
  readonly destination?: { readonly at: At; readonly address: Ip; readonly port: number; readonly listening?: Listening };
  readonly sourceSeen?: Ip;
}

/** Where a flow from outside enters: the machine whose address it is sent to. Others have no route from outside. */
function entryOf(world: World, address: Ip, announced: ReadonlyMap<string, Host>): Host | undefined {
  for (const host of world.hosts.values()) if (host.addresses.includes(address)) return host;
  return announced.get(address);
}

const clientPort = 40_000;

/** Traces one connection attempt. `announced` says which host takes packets to load-balancer addresses. */
export function trace(world: World, origin: Origin, target: Target, announced: ReadonlyMap<string, Host> = new Map()): Trace {
  const walk = new Walk(world);
  const anyAddress = ip(familyOf(target.address) === 'IPv4' ? '0.0.0.0' : '::');
  const icmp = target.protocol === 'ICMP';
  const first: Flow = {
    protocol: target.protocol,
    srcIp: origin.kind === 'outside' ? origin.address : (origin.source ?? anyAddress),
    srcPort: icmp ? 0 : clientPort,
    dstIp: target.address,
    dstPort: target.port,
  };
  const begin = (): ReturnType<Walk['send']> => {
    if (origin.kind === 'inside') return walk.send(origin.at, { flow: first, mark: 0 });
    const entry = entryOf(world, target.address, announced);
    if (entry === undefined) {
      const why = `${target.address} has no route from outside the cluster`;
      walk.hops.push({ node: 'outside', at: 'outside', action: 'fail', because: why, packet: first });
      return { kind: 'unreachable', why };
    }
    return walk.enter(entry, { flow: first, mark: 0 });
  };
  const fate = begin();
  const sent = walk.hops[0]?.packet ?? first;
  const result = (outcome: Trace['outcome'], why: string, more: Pick<Trace, 'destination' | 'sourceSeen'> = {}): Trace => ({
    flow: sent,
    outcome,
    why,
    hops: walk.hops,
    candidates: [...new Set(walk.candidates)].sort(),
    ...more,
  });
  switch (fate.kind) {
    case 'lost':
      return result('timeout', fate.why);
    case 'unreachable':
      return result('unreachable', fate.why);
    case 'left':
      return result('timeout', `${fate.why}, where the simulation has no machine that answers`);
    case 'refused': {
      const back = answer(walk, fate.at, origin, sent);
      return back === undefined ? result('refused', fate.why) : result('timeout', `${fate.why}; but the refusal does not get back: ${back}`);
    }
    case 'delivered': {
      const { flow } = fate.packet;
      const destination = { at: fate.at, address: flow.dstIp, port: flow.dstPort, ...(fate.listening !== undefined && { listening: fate.listening }) };
      const more = { destination, sourceSeen: flow.srcIp };
      const back = answer(walk, fate.at, origin, sent, flow);
      const where = icmp ? flow.dstIp : hostPort(flow.dstIp, flow.dstPort);
      return back === undefined ? result('connected', `${where} answers`, more) : result('timeout', `${where} is reached, but its answer does not come back: ${back}`, more);
    }
  }
}

/** Walks the answer back; why it does not arrive, or undefined when it does. A refusal by a rule on the sender's own host needs no walk. */
function answer(walk: Walk, at: At, origin: Origin, sent: Flow, arrived?: Flow): string | undefined {
  if (arrived === undefined && (origin.kind === 'outside' || at.host === origin.at.host)) return undefined;
  const forward = arrived ?? lastFlow(walk);
  const length = walk.hops.length;
  walk.turn();
  const fate = walk.send(at, { flow: reverse(forward), mark: 0 });
  const hops = walk.hops.splice(length);
  if (fate.kind === 'left') return origin.kind === 'outside' && fate.packet.flow.dstIp === origin.address ? checkSource(fate.packet.flow, sent) : fate.why;
  if (fate.kind !== 'delivered') {
    walk.hops.push(...hops);
    return fate.why;
  }
  if (origin.kind === 'outside') return undefined;
  if (fate.at.host !== origin.at.host || fate.at.namespace !== origin.at.namespace) {
    walk.hops.push(...hops);
    return `it goes to ${fate.at.host.name} instead`;
  }
  return checkSource(fate.packet.flow, sent);
}

function lastFlow(walk: Walk): Flow {
  return walk.hops.at(-1)!.packet;
}

/** The sender knows only answers from the address it has asked. */
function checkSource(answerFlow: Flow, sent: Flow): string | undefined {
  if (answerFlow.srcIp === sent.dstIp && answerFlow.srcPort === sent.dstPort) return undefined;
  return `it comes from ${hostPort(answerFlow.srcIp, answerFlow.srcPort)}, which the sender has not asked`;
}

