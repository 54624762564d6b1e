/** Netfilter as a walk through the network asks for it (trace/hooks.ts). */
import { stream } from '#kube/chance.ts';
import type { Flow } from '#net/flow.ts';
import { familyOf } from '#net/ip.ts';
import type { NetworkNamespace } from '#node/kernel.ts';
import { ipsetsOf } from '#node/netfilter.ts';
import type { HookInput, HookOutput } from '../trace/hooks.ts';
import { candidatesOf, everyTraversal, traverse } from './evaluate.ts';
import { seededChooser, type Packet, type PacketContext, type PacketProtocol } from './packet.ts';
import { decisionPlace, decisionText, type Decision, type Traversal } from './traversal.ts';

/** The actions that a walk shows; marks and log lines are left out. */
const actions = {
  jump: 'jump',
  goto: 'jump',
  accept: 'accept',
  drop: 'drop',
  reject: 'reject',
  dnat: 'dnat',
  redirect: 'dnat',
  snat: 'snat',
  masquerade: 'masquerade',
} as const;

export function runHook({ at, hook, packet, inDev, outDev, state, dnatted, masqueradeAs, chance }: HookInput): HookOutput {
  const { netfilter } = at.namespace;
  const { flow } = packet;
  const filtered: Packet = {
    family: familyOf(flow.dstIp),
    protocol: protocolOf(flow),
    src: flow.srcIp,
    dst: flow.dstIp,
    sport: flow.srcPort,
    dport: flow.dstPort,
    mark: packet.mark,
    connection: { state: state === 'new' ? 'NEW' : 'ESTABLISHED', dnat: dnatted, snat: false },
    ...(inDev !== undefined && { in: inDev }),
    ...(outDev !== undefined && { out: outDev }),
    ...(flow.protocol === 'ICMP' && { icmpType: familyOf(flow.dstIp) === 'IPv4' ? 8 : 128 }),
  };
  const locals = localAddresses(at.namespace);
  const context: Omit<PacketContext, 'chooser'> = {
    isLocal: (ip) => locals.has(ip) || ip.startsWith('127.'),
    remembers: () => false,
    ipsets: ipsetsOf(netfilter),
    ...(masqueradeAs !== undefined && { masqueradeAs: () => masqueradeAs }),
  };
  const taken = traverse(netfilter, hook, filtered, { ...context, chooser: seededChooser(stream(String(chance))) });
  const candidates = taken.translations.some(({ kind }) => kind !== 'snat' && kind !== 'masquerade')
    ? candidatesOf(everyTraversal(netfilter, hook, filtered, context))
    : [];
  return {
    verdict: taken.verdict,
    packet: { flow: flowOf(taken.packet, flow), mark: taken.packet.mark },
    hops: hopsOf(taken, flow),
    ...(candidates.length > 0 && { candidates }),
    ...(taken.rejectWith !== undefined && { rejectWith: taken.rejectWith }),
  };
}

function protocolOf({ protocol, dstIp }: Flow): PacketProtocol {
  if (protocol === 'ICMP') return familyOf(dstIp) === 'IPv4' ? 'icmp' : 'icmpv6';
  return protocol === 'TCP' ? 'tcp' : protocol === 'UDP' ? 'udp' : 'sctp';
}

const locals = new WeakMap<NetworkNamespace, ReadonlySet<string>>();

function localAddresses(namespace: NetworkNamespace): ReadonlySet<string> {
  let known = locals.get(namespace);
  if (known === undefined) {
    known = new Set(namespace.links.flatMap((link) => link.addresses.map((address) => address.ip)));
    locals.set(namespace, known);
  }
  return known;
}

function flowOf({ src, dst, sport, dport }: Packet, { protocol }: Flow): Flow {
  return { protocol, srcIp: src, srcPort: sport, dstIp: dst, dstPort: dport };
}

/** The decisions in order; a translation shows the packet as it is from then on. */
function hopsOf({ decisions, packet }: Traversal, before: Flow): HookOutput['hops'] {
  let translated = false;
  return decisions.flatMap((decision) => {
    const action = (actions as Partial<Record<Decision['outcome'], (typeof actions)[keyof typeof actions]>>)[decision.outcome];
    if (action === undefined) return [];
    if (action === 'dnat' || action === 'snat' || action === 'masquerade') translated = true;
    return [{ at: decisionPlace(decision), action, because: reasonOf(decision), packet: translated ? flowOf(packet, before) : before }];
  });
}

/** What the rule says of itself, else the rule. */
function reasonOf(decision: Decision): string {
  if (decision.kind === 'iptables' && decision.rule !== undefined) {
    for (const match of decision.rule.matches) if (match.kind === 'comment') return match.text;
  }
  if (decision.kind === 'nft' && decision.rule?.comment !== undefined) return decision.rule.comment;
  if (decision.kind === 'nft' && decision.element !== undefined) return decision.element;
  return decisionText(decision);
}
