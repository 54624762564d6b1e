/** A packet in the chains of iptables. (kernel: net/ipv4/netfilter/ip_tables.c, net/netfilter/xt_*.c) */
import type { Ip } from '#net/ip.ts';
import type { Chain, Match, Rule, Table, Target } from '#node/netfilter.ts';
import { addressMatches, interfaceMatches, portMatches } from '../ip-match.ts';
import { inSet } from '../ipset-match.ts';
import type { Packet, PacketContext } from '../packet.ts';
import type { Outcome } from '../traversal.ts';
import { natTarget, type NatTarget, type Verdict, type Walk } from '../walk.ts';
import { candidateRules } from './lookup.ts';

/** Walks a built-in chain; its policy decides in the end. */
export function walkBuiltin(walk: Walk, table: Table, name: string): Exclude<Verdict, 'continue'> {
  const chain = table.chains.get(name);
  if (chain === undefined) return 'accept';
  const verdict = walkChain(walk, table, name, 0);
  if (verdict !== 'continue') return verdict;
  if (chain.policy === 'DROP') {
    walk.decisions.push({
      kind: 'iptables',
      family: walk.packet.family,
      table: table.name,
      chain: name,
      number: 0,
      outcome: 'drop',
      depth: 0,
    });
    return 'drop';
  }
  return 'accept';
}

/** The kernel's own limit. */
const maxDepth = 512;

function walkChain(walk: Walk, table: Table, name: string, depth: number): Verdict {
  const chain = table.chains.get(name);
  if (chain === undefined || depth > maxDepth) return 'continue';
  for (const number of candidateRules(chain, walk.packet)) {
    const rule = chain.rules[number]!;
    if (walk.ended !== undefined && isChance(rule)) {
      if (!othersMatch(rule, walk)) continue;
      const chosen = walk.chosen === undefined && chancesHappen(rule, walk);
      const end = chosen ? undefined : plainEnd(table, rule, walk.packet);
      if (end !== undefined) walk.passBy(end);
      else walk.tryWay(chosen, () => act(walk, table, name, number, rule, depth));
      continue;
    }
    if (!ruleMatches(rule, walk)) continue;
    const end = act(walk, table, name, number, rule, depth);
    if (end === 'return') return 'continue';
    if (end !== 'continue') return end;
  }
  return 'continue';
}

function ruleMatches(rule: Rule, walk: Walk): boolean {
  for (const match of rule.matches) if (!matchesPacket(match, walk.packet, walk.context)) return false;
  // What a rule remembers it remembers once the whole rule matches up to there.
  for (const match of rule.matches) if (match.kind === 'recent') noteRecent(match, walk);
  return true;
}

/** A chain that does nothing but mark packets, and then gives them all one destination: what kube-proxy makes for an endpoint. */
interface PlainEnd {
  readonly to: NatTarget;
  readonly protocol: string;
  /** The chain that marks. */
  readonly marks: Chain | undefined;
  readonly marksBy: string;
}

const plainEnds = new WeakMap<Chain, PlainEnd | 'none'>();
const harmless: ReadonlySet<Match['kind']> = new Set(['protocol', 'ports', 'comment']);

/** The destination that a rule leads to, where that can be said without going there. */
function plainEnd(table: Table, { target }: Rule, packet: Packet): NatTarget | undefined {
  const chain = target?.kind === 'jump' ? table.chains.get(target.chain) : undefined;
  if (chain === undefined) return undefined;
  let known = plainEnds.get(chain);
  if (known === undefined) plainEnds.set(chain, (known = findPlainEnd(table, chain) ?? 'none'));
  if (known === 'none' || known.protocol !== packet.protocol || known.to.ip === undefined) return undefined;
  return table.chains.get(known.marksBy) === known.marks ? known.to : undefined;
}

function findPlainEnd(table: Table, { rules }: Chain): PlainEnd | undefined {
  const [marking, last, more] = rules;
  if (marking?.target?.kind !== 'jump' || last?.target?.kind !== 'DNAT' || more !== undefined) return undefined;
  const marks = table.chains.get(marking.target.chain);
  const protocol = last.matches.find((match) => match.kind === 'protocol');
  const bare = last.matches.every((match) => harmless.has(match.kind) && (match.kind !== 'ports' || match.dport === undefined));
  if (protocol === undefined || !bare || marks?.rules.some((rule) => rule.target?.kind !== 'MARK') !== false) return undefined;
  return { to: natTarget(last.target.to), protocol: protocol.protocol, marks, marksBy: marking.target.chain };
}

/** Reports whether chance has a say in whether a rule matches. */
function isChance({ matches }: Rule): boolean {
  for (const match of matches) if (match.kind === 'statistic') return true;
  return false;
}

function chancesHappen({ matches }: Rule, { packet, context }: Walk): boolean {
  return matches.every((match) => match.kind !== 'statistic' || matchesPacket(match, packet, context));
}

function othersMatch(rule: Rule, walk: Walk): boolean {
  return rule.matches.every((match) => match.kind === 'statistic' || matchesPacket(match, walk.packet, walk.context));
}

function noteRecent(match: Match & { readonly kind: 'recent' }, walk: Walk): void {
  if (match.action === 'set' || match.action === 'update') walk.remember(match.name, walk.packet.src);
}

function act(walk: Walk, table: Table, chain: string, index: number, rule: Rule, depth: number): Verdict | 'return' {
  const { target } = rule;
  if (target === undefined) return 'continue';
  const note = (outcome: Outcome) =>
    walk.decisions.push({
      kind: 'iptables',
      family: walk.packet.family,
      table: table.name,
      chain,
      number: index + 1,
      rule,
      outcome,
      depth,
    });
  switch (target.kind) {
    case 'jump':
      note('jump');
      return walkChain(walk, table, target.chain, depth + 1);
    case 'goto': {
      note('goto');
      const verdict = walkChain(walk, table, target.chain, depth + 1);
      return verdict === 'continue' ? 'return' : verdict;
    }
    case 'ACCEPT':
      note('accept');
      return 'accept';
    case 'DROP':
      note('drop');
      return 'drop';
    case 'RETURN':
      note('return');
      return 'return';
    case 'REJECT':
      note('reject');
      walk.rejectWith = target.with;
      return 'reject';
    case 'MARK':
      note('mark');
      walk.setMark((walk.packet.mark & ~target.mask) ^ target.value);
      return 'continue';
    case 'LOG':
      note('log');
      return 'continue';
    case 'opaque':
      note('other');
      if (target.text === 'NOTRACK' || target.text === 'CT --notrack') walk.untrack();
      return target.terminal === true ? 'accept' : 'continue';
    default:
      translate(walk, target, note);
      return 'accept';
  }
}

function translate(walk: Walk, target: Target, note: (outcome: Outcome) => void): void {
  switch (target.kind) {
    case 'DNAT': {
      note('dnat');
      const { ip, port } = natTarget(target.to);
      walk.dnat('dnat', ip, port);
      break;
    }
    case 'REDIRECT':
      note('redirect');
      walk.redirect(target.toPorts === undefined ? undefined : Number(target.toPorts.split('-')[0]));
      break;
    case 'SNAT':
      note('snat');
      walk.snat('snat', natTarget(target.to).ip);
      break;
    case 'MASQUERADE':
      note('masquerade');
      walk.snat('masquerade', undefined);
  }
}

/** Reports whether one match of a rule fits the packet. */
export function matchesPacket(match: Match, packet: Packet, context: PacketContext): boolean {
  switch (match.kind) {
    case 'source':
      return addressMatches(packet.src, match.cidr) !== (match.not === true);
    case 'destination':
      return addressMatches(packet.dst, match.cidr) !== (match.not === true);
    case 'in':
      return interfaceMatches(packet.in, match.interface) !== (match.not === true);
    case 'out':
      return interfaceMatches(packet.out, match.interface) !== (match.not === true);
    case 'protocol':
      return (match.protocol.replace('ipv6-icmp', 'icmpv6') === packet.protocol) !== (match.not === true);
    case 'ports':
      return portsMatch(match, packet);
    case 'multiport':
      return multiportMatches(match, packet) !== (match.not === true);
    case 'icmp':
      return match.type === 'any' || Number(match.type.split('/')[0]) === packet.icmpType;
    case 'mark':
      return ((packet.mark & match.mask) >>> 0 === match.value) !== (match.not === true);
    case 'ctstate':
      return stateMatches(match.states, packet) !== (match.not === true);
    case 'addrtype':
      return (
        (match.src === undefined || addressTypeMatches(packet.src, match.src, context) !== (match.notSrc === true)) &&
        (match.dst === undefined || addressTypeMatches(packet.dst, match.dst, context) !== (match.notDst === true))
      );
    case 'statistic':
      return context.chooser.happens(match.probability) !== (match.not === true);
    case 'statistic-nth':
      return (context.chooser.pick(match.every) === 0) !== (match.not === true);
    case 'recent':
      return (match.action === 'set' || context.remembers(match.name, packet.src, match.seconds)) !== (match.not === true);
    case 'set': {
      const set = context.ipsets.get(match.set);
      return (set !== undefined && inSet(set, match.flags, packet)) !== (match.not === true);
    }
    case 'physdev':
      return physdevMatches(match.text, packet);
    case 'comment':
    case 'nfacct':
    case 'limit':
      return true;
    case 'opaque':
      return false;
  }
}

function portsMatch(match: Match & { readonly kind: 'ports' }, packet: Packet): boolean {
  if (match.protocol !== packet.protocol) return false;
  if (match.sport !== undefined && portMatches(packet.sport, match.sport) === (match.notSport === true)) return false;
  if (match.dport !== undefined && portMatches(packet.dport, match.dport) === (match.notDport === true)) return false;
  return match.syn === undefined || (packet.connection.state === 'NEW') === match.syn;
}

function multiportMatches({ which, ports }: Match & { readonly kind: 'multiport' }, packet: Packet): boolean {
  const own = which === 'sports' ? [packet.sport] : which === 'dports' ? [packet.dport] : [packet.sport, packet.dport];
  return ports.split(',').some((range) => own.some((port) => portMatches(port, range)));
}

function stateMatches(states: readonly string[], { connection }: Packet): boolean {
  return states.some(
    (state) => state === connection.state || (state === 'DNAT' && connection.dnat) || (state === 'SNAT' && connection.snat),
  );
}

function addressTypeMatches(ip: Ip, types: string, context: PacketContext): boolean {
  return types.split(',').includes(addressType(ip, context));
}

function addressType(ip: Ip, context: PacketContext): string {
  if (context.isLocal(ip)) return 'LOCAL';
  if (ip === '255.255.255.255') return 'BROADCAST';
  return /^(22[4-9]|23\d)\.|^ff/.test(ip) ? 'MULTICAST' : 'UNICAST';
}

function physdevMatches(options: string, { bridgePort }: Packet): boolean {
  for (const [, not, option, name] of options.matchAll(/(! )?--physdev-(\S+)(?: (?!--|! )(\S+))?/g)) {
    const fits = option === 'in' ? interfaceMatches(bridgePort, name ?? '') : option === 'is-in' && bridgePort !== undefined;
    if (fits === (not !== undefined)) return false;
  }
  return true;
}
