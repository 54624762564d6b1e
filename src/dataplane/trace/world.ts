/** The network of a snapshot, ready to be walked: its hosts' kernels with whatever filters packets there. */
import { stream } from '#kube/chance.ts';
import type { NodeName } from '#kube/names.ts';
import { familyOf, type Family, type Ip } from '#net/ip.ts';
import type { Flow } from '#net/flow.ts';
import type { Host } from '#node/host.ts';
import type { NetworkNamespace } from '#node/kernel.ts';
import { ipsetsOf, type Hook } from '#node/netfilter.ts';
import { linkOf, localLink } from '../links/routing.ts';
import { enforcement } from '../policy/enforcement.ts';
import { isIdle, traverseAll } from '../netfilter/evaluate.ts';
import { seededChooser, type Packet as FilterPacket, type PacketProtocol } from '../netfilter/packet.ts';
import { decisionPlace, decisionText, type Decision, type Outcome } from '../netfilter/traversal.ts';
import type { HookInput, HookOutput, Memory, RunHook } from './hooks.ts';
import type { Hop } from './packet.ts';
import { sameFlow, type World } from './walk.ts';

/** Outcomes of rules that a walk tells of; marks, returns and the like are only means. */
const told: Partial<Record<Outcome, Hop['action']>> = {
  jump: 'jump',
  goto: 'jump',
  accept: 'accept',
  drop: 'drop',
  reject: 'reject',
  dnat: 'dnat',
  redirect: 'dnat',
  snat: 'snat',
  masquerade: 'masquerade',
};

const connectionStates = { new: 'NEW', established: 'ESTABLISHED', invalid: 'INVALID', untracked: 'UNTRACKED' } as const;

function filterPacket({ packet, inDev, outDev, state, dnatted }: HookInput): FilterPacket {
  const { flow, mark } = packet;
  const family = familyOf(flow.dstIp);
  const protocol = (flow.protocol === 'ICMP' ? (family === 'IPv4' ? 'icmp' : 'icmpv6') : flow.protocol.toLowerCase()) as PacketProtocol;
  return {
    family,
    protocol,
    src: flow.srcIp,
    dst: flow.dstIp,
    sport: flow.srcPort,
    dport: flow.dstPort,
    mark,
    connection: { state: connectionStates[state], dnat: dnatted, snat: false },
    ...(inDev !== undefined && { in: inDev }),
    ...(outDev !== undefined && { out: outDev }),
    ...(flow.protocol === 'ICMP' && { icmpType: family === 'IPv4' ? 8 : 128 }),
  };
}

const reasons = new WeakMap<object, string>();

/** The comment of a rule says what it is for; without one, the rule speaks for itself. */
function because(decision: Decision): string {
  const rule = decision.kind === 'ipvs' || (decision.kind === 'nft' && decision.element !== undefined) ? undefined : decision.rule;
  if (rule === undefined) return reasonOf(decision);
  let known = reasons.get(rule);
  if (known === undefined) reasons.set(rule, (known = reasonOf(decision)));
  return known;
}

function reasonOf(decision: Decision): string {
  const text = decisionText(decision);
  const comment = /--comment "((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? /comment "([^"]*)"/.exec(text)?.[1];
  const target = /-[jg] (\S+)/.exec(text)?.[1];
  return comment === undefined ? text : target === undefined || decision.outcome !== 'jump' ? comment : `${comment} → ${target}`;
}

const translating: ReadonlySet<Outcome> = new Set(['dnat', 'snat', 'masquerade', 'redirect']);

/** The decisions that tell a packet's fate, with the jumps that led to them. Jumps into chains where nothing came of it are no part of it. */
function storyOf(decisions: readonly Decision[]): readonly Decision[] {
  const story: Decision[] = [];
  const jumps: Decision[] = [];
  for (const decision of decisions) {
    while (jumps.length > 0 && jumps.at(-1)!.depth >= decision.depth) jumps.pop();
    const { outcome } = decision;
    if (outcome === 'jump' || outcome === 'goto') {
      jumps.push(decision);
      continue;
    }
    if (told[outcome] === undefined && outcome !== 'mark') continue;
    for (const jump of jumps.splice(0)) story.push(jump);
    if (told[outcome] !== undefined) story.push(decision);
  }
  return story;
}

/** What became of a packet at a hook where nothing was left to chance. */
type Settled = Omit<HookOutput, 'packet'> & { readonly flow: Flow; readonly mark: number };

/** What is known of the hooks of a namespace, which is a value: whether nobody looks at packets there, and what became of some. */
interface KnownHook {
  readonly idle: boolean;
  /** Rules without chance say the same every time. */
  readonly settled: Map<string, Settled>;
}

const knownHooks = new WeakMap<NetworkNamespace, Map<string, KnownHook>>();
const mostSettled = 20_000;

function hookOf(namespace: NetworkNamespace, hook: Hook, six: boolean): KnownHook {
  let hooks = knownHooks.get(namespace);
  if (hooks === undefined) knownHooks.set(namespace, (hooks = new Map()));
  const key = six ? `${hook} of IPv6` : hook;
  let known = hooks.get(key);
  if (known === undefined) {
    known = { idle: isIdle(namespace.netfilter, six ? 'IPv6' : 'IPv4', hook), settled: new Map() };
    hooks.set(key, known);
  }
  return known;
}

function keyOf({ packet: { flow, mark }, inDev, outDev, state, dnatted, masqueradeAs }: HookInput): string {
  const { protocol, srcIp, srcPort, dstIp, dstPort } = flow;
  return `${protocol} ${srcIp} ${srcPort} ${dstIp} ${dstPort} ${mark} ${inDev} ${outDev} ${state} ${dnatted} ${masqueradeAs}`;
}

const nothing: readonly never[] = [];

function withOutcome(
  { packet }: HookInput,
  { verdict, flow, mark, hops, candidates, probability, rejectWith, remembered, untracked }: Settled,
): HookOutput {
  const { ttl, size, whole } = packet;
  const next = mark === packet.mark && sameFlow(flow, packet.flow) ? packet : { flow, mark, ttl, size, whole };
  if (candidates === undefined && rejectWith === undefined && remembered === undefined && untracked === undefined)
    return { verdict, packet: next, hops };
  return {
    verdict,
    packet: next,
    hops,
    ...(candidates !== undefined && { candidates }),
    ...(probability !== undefined && { probability }),
    ...(rejectWith !== undefined && { rejectWith }),
    ...(remembered !== undefined && { remembered }),
    ...(untracked !== undefined && { untracked }),
  };
}

function hookRunner(seed: string, memory: Memory): RunHook {
  let draws: (() => number) | undefined;
  const draw = () => (draws ??= stream(seed))();
  return (input: HookInput): HookOutput => {
    const { at, hook } = input;
    const { netfilter } = at.namespace;
    const { idle, settled } = hookOf(at.namespace, hook, familyOf(input.packet.flow.dstIp) === 'IPv6');
    if (idle) return { verdict: 'accept', packet: input.packet, hops: nothing };
    const key = keyOf(input);
    const before = settled.get(key);
    if (before !== undefined) return withOutcome(input, before);
    const packet = filterPacket(input);
    let recalled = false;
    const context = {
      isLocal: (address: Ip) => localLink(at.namespace, address) !== undefined,
      remembers: (list: string, ip: Ip, seconds?: number) => ((recalled = true), memory(at, list, ip, seconds)),
      ipsets: ipsetsOf(netfilter),
      masqueradeAs: () => input.masqueradeAs,
      redirectTo: (device: string) => firstAddress(at.namespace, device, packet.family),
    };
    const {
      traversal: result,
      chance,
      probability,
      candidates,
    } = traverseAll(netfilter, hook, packet, { ...context, chooser: seededChooser(draw) });
    const flow = {
      ...input.packet.flow,
      srcIp: result.packet.src,
      dstIp: result.packet.dst,
      srcPort: result.packet.sport,
      dstPort: result.packet.dport,
    };
    const translatedAt = result.decisions.findIndex(({ outcome }) => translating.has(outcome));
    const hops = storyOf(result.decisions).map((decision): Hop => ({
      node: at.host.name,
      at: decisionPlace(decision),
      action: told[decision.outcome]!,
      because: because(decision),
      packet: translatedAt >= 0 && result.decisions.indexOf(decision) >= translatedAt ? flow : input.packet.flow,
    }));
    const outcome: Settled = {
      verdict: result.verdict,
      flow,
      mark: result.packet.mark,
      hops,
      ...(candidates.length > 0 && { candidates, probability }),
      ...(result.rejectWith !== undefined && { rejectWith: result.rejectWith }),
      ...(result.remembered.length > 0 && { remembered: result.remembered }),
      ...(result.packet.connection.state === 'UNTRACKED' && { untracked: true as const }),
    };
    if (!chance && !recalled && result.remembered.length === 0) {
      if (settled.size >= mostSettled) settled.clear();
      settled.set(key, outcome);
    }
    return withOutcome(input, outcome);
  };
}

/** The first address of an interface, which REDIRECT takes (Linux net/netfilter/nf_nat_redirect.c). */
function firstAddress(namespace: NetworkNamespace, device: string, family: Family): Ip | undefined {
  return linkOf(namespace, device)?.addresses.find(({ ip }) => familyOf(ip) === family)?.ip;
}

/** A map of hosts may be one in which they still change: what is known holds for the hosts that were in it. */
const carriedBetween = new WeakMap<World['hosts'], { readonly of: readonly Host[]; readonly carried: World['carried'] }>();

function carriedBy(hosts: World['hosts']): World['carried'] {
  const known = carriedBetween.get(hosts);
  if (known?.of.length === hosts.size) {
    let at = 0;
    let same = true;
    for (const host of hosts.values()) same &&= known.of[at++] === host;
    if (same) return known.carried;
  }
  const carried: World['carried'] = new Map();
  carriedBetween.set(hosts, { of: [...hosts.values()], carried });
  return carried;
}

/**
 * The world in which the connection `purpose` is made: what it is decides where load balancing sends it, unless rules have noted earlier ones
 * (ClientIP affinity).
 */
export function worldOf(hosts: ReadonlyMap<NodeName, Host>, seed: string, purpose: string, memory: Memory = () => false): World {
  return { hosts, runHook: hookRunner(`${seed}/balance/${purpose}`, memory), checkPolicy: enforcement(hosts), carried: carriedBy(hosts) };
}
