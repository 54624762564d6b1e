/** A packet in the chains of iptables. (kernel: net/ipv4/netfilter/ip_tables.c) */
import type { Family } from '#net/ip.ts';
import type { Chain, Match, Rule, TableName, Target } from '#node/netfilter.ts';
import type { IptablesDecision, Outcome } from '../traversal.ts';
import type { Onward } from '../recording.ts';
import { natTarget, type Verdict, type Walk } from '../walk.ts';
import { ChainBalance } from './balance.ts';
import { Balancing } from './balancing.ts';
import { dispatchOf, Entrance } from './dispatch.ts';
import { destinationMatch, merged, type Places } from './lookup.ts';
import type { Met } from './met.ts';
import { packetTest } from './packet-test.ts';

/** A rule of a chain that is to be tried next. */
interface Place {
  readonly chain: Chain;
  /** Where packets have come from that are alike up to here, but for where chance sends them. */
  readonly entrance: Entrance | undefined;
  /** The rules that are gone through: those before chance takes over; undefined: all. */
  readonly rules: readonly Rule[] | undefined;
  /** Of them those alone that an index gives for the packet. */
  readonly searched: boolean;
  /** Which of those is next. */
  readonly next: number;
  /** How many jumps deep. */
  readonly depth: number;
  /** Where it goes on when the chain has ended. */
  readonly caller: Place | undefined;
}

/** The kernel's own limit. */
const maxDepth = 512;

/** Walks a built-in chain. */
export function walkBuiltin(walk: Walk, met: Met, chain: Chain): Verdict {
  return follow(walk, met, beginningOf(chain, 0, undefined));
}

/** The policy of a built-in chain has the packet dropped in the end. */
export function dropByPolicy(walk: Walk, { family, table }: Met, { name }: Chain): 'drop' {
  walk.decide({ kind: 'iptables', family, table: table.name, chain: name, number: 0, outcome: 'drop', depth: 0 });
  return 'drop';
}

function beginningOf(chain: Chain, depth: number, caller: Place | undefined, entrance: Entrance | undefined = undefined): Place {
  const { choice } = chain;
  return { chain, entrance, rules: choice?.before, searched: choice === undefined, next: 0, depth, caller };
}

/** The rules of a chain that the packet may match; undefined: all. */
function placesFor({ recording, packet, context }: Walk, met: Met, chain: Chain, rules: readonly Rule[]): Places | undefined {
  const dispatch = dispatchOf(met, chain, rules);
  if (dispatch === undefined) return undefined;
  const { index, likeness } = dispatch;
  const { forPort } = index;
  if (index.addresses > 1) recording?.look(likeness);
  const found = index.towards(index.numberOf(packet));
  if (forPort === undefined) return found;
  recording?.look(forPort);
  return merged(found, forPort(packet, context));
}

/** Goes on from a place until a rule ends it, or the chain does in which it began. */
function follow(walk: Walk, met: Met, from: Place): Verdict {
  let at: Place | undefined = from;
  while (at !== undefined) {
    const { chain, entrance, searched, depth, caller }: Place = at;
    const { choice } = chain;
    const rules: readonly Rule[] = at.rules ?? chain.rules;
    const found = searched ? placesFor(walk, met, chain, rules) : undefined;
    const { length } = found ?? rules;
    let next: Place | undefined = caller;
    let i = at.next;
    for (; i < length; i++) {
      const index = found === undefined ? i : found[i]!;
      const rule = rules[index]!;
      if (walk.recording !== undefined && looksFurther(rule)) {
        const looking: Place = { chain, entrance, rules: at.rules, searched, next: i, depth, caller };
        walk.stopRecording({ goOn: (later) => follow(later, met, looking) });
      }
      if (walk.recording === undefined && leavesToChance(rule)) walk.leave(new ChainBalance(met.table, chain, index));
      const { target } = rule;
      if (!fits(rule, walk, found !== undefined) || target === undefined) continue;
      walk.decide(new RuleDecision(met, chain, index, depth, outcomes[target.kind] ?? 'other'));
      if (target.kind === 'jump' || target.kind === 'goto') {
        const to = depth < maxDepth ? met.table.chains.get(target.chain) : undefined;
        const after: Place | undefined =
          target.kind === 'goto' ? caller : { chain, entrance, rules: at.rules, searched, next: i + 1, depth, caller };
        next = to === undefined ? after : beginningOf(to, depth + 1, after, found && enter(walk, met, chain, rules, index));
        break;
      }
      if (target.kind === 'RETURN') break;
      const end = act(walk, target);
      if (end !== 'continue') return end;
    }
    if (i >= length && choice !== undefined && rules === choice.before) {
      const chance = new Chance(met, entrance ?? new Balancing(met, chain, choice), depth, caller);
      if (walk.recording !== undefined) walk.stopRecording(chance);
      next = chance.choose(walk);
      if (next === undefined) return 'accept';
    }
    at = next;
  }
  return 'continue';
}

/** A packet that is being recorded goes from a rule into another chain; undefined where no others are like it. */
function enter({ recording, packet }: Walk, met: Met, from: Chain, rules: readonly Rule[], index: number): Entrance | undefined {
  if (recording === undefined || recording.isForMany) return undefined;
  const entrance = dispatchOf(met, from, rules)?.entranceBy(packet, index);
  recording.isForMany = entrance !== undefined;
  return entrance;
}

function isChance({ kind }: Match): boolean {
  return kind === 'statistic' || kind === 'statistic-nth';
}

/** Reports whether chance decides whether a packet fits a rule. */
function leavesToChance({ matches }: Rule): boolean {
  for (const match of matches) if (isChance(match)) return true;
  return false;
}

/** Reports whether a rule looks at more than the packet, or keeps the packet from being looked at any longer. */
function looksFurther({ matches, target }: Rule): boolean {
  return (target !== undefined && isUntracking(target)) || matches.some((match) => match.kind === 'recent' || isChance(match));
}

function isUntracking(target: Target): boolean {
  return target.kind === 'opaque' && (target.text === 'NOTRACK' || target.text === 'CT --notrack');
}

/**
 * Reports whether a packet fits all of a rule; `found`: the rule is one of those that an index gives for the packet's destination. What a rule
 * remembers it remembers once the whole rule matches.
 */
function fits(rule: Rule, walk: Walk, found: boolean): boolean {
  const { matches } = rule;
  const destination = found ? destinationMatch(rule) : undefined;
  if (destination !== undefined) walk.recording?.know(destination, true);
  for (const match of matches) if (match !== destination && !fitsMatch(match, walk)) return false;
  for (const match of matches) if (match.kind === 'recent' && isNoting(match)) walk.remember(match.name, walk.packet.src);
  return true;
}

function isNoting({ action }: Match & { readonly kind: 'recent' }): boolean {
  return action === 'set' || action === 'update';
}

function fitsMatch(match: Match, walk: Walk): boolean {
  if (match.kind === 'statistic') return walk.context.chooser.happens(match.probability) !== (match.not === true);
  if (match.kind !== 'mark' && match.kind !== 'ctstate') return walk.askOnce(match, packetTest);
  const test = packetTest(match)!;
  walk.look(match.kind === 'mark' ? 'mark' : 'connection');
  return test(walk.packet, walk.context);
}

const outcomes: Readonly<Partial<Record<Target['kind'], Outcome>>> = {
  jump: 'jump',
  goto: 'goto',
  ACCEPT: 'accept',
  DROP: 'drop',
  RETURN: 'return',
  REJECT: 'reject',
  MARK: 'mark',
  LOG: 'log',
  DNAT: 'dnat',
  SNAT: 'snat',
  MASQUERADE: 'masquerade',
  REDIRECT: 'redirect',
};

/** A rule that a packet fitted. It is looked up when somebody asks for it: most are asked for what they did alone. */
class RuleDecision implements IptablesDecision {
  readonly kind = 'iptables';
  readonly family: Family;
  readonly table: TableName;
  readonly number: number;
  readonly outcome: Outcome;
  readonly depth: number;
  readonly #chain: Chain;

  constructor({ family, table }: Met, chain: Chain, index: number, depth: number, outcome: Outcome) {
    this.family = family;
    this.table = table.name;
    this.number = index + 1;
    this.outcome = outcome;
    this.depth = depth;
    this.#chain = chain;
  }

  get chain(): string {
    return this.#chain.name;
  }

  get rule(): Rule {
    return this.#chain.rules[this.number - 1]!;
  }
}

/** A chain that leaves to chance to which others it leads: how packets go on from there. */
class Chance implements Onward {
  readonly isForMany: boolean;
  readonly #met: Met;
  /** That chain; or where packets have come from that are for different ones. */
  readonly #of: Balancing | Entrance;
  readonly #depth: number;
  readonly #caller: Place | undefined;

  constructor(met: Met, of: Balancing | Entrance, depth: number, caller: Place | undefined) {
    this.#met = met;
    this.#of = of;
    this.isForMany = of instanceof Entrance;
    this.#depth = depth;
    this.#caller = caller;
  }

  goOn(walk: Walk): Verdict {
    const next = this.choose(walk);
    return next === undefined ? 'accept' : follow(walk, this.#met, next);
  }

  /** Where the chosen one begins; undefined where it has sent the packet to its end already. */
  choose(walk: Walk): Place | undefined {
    const of = this.#of;
    const balancing = of instanceof Balancing ? of : of.balancingFor(walk.packet);
    const { chain, from, balance } = balancing;
    const met = this.#met;
    const depth = this.#depth;
    walk.leave(balance);
    const chosen = balancing.chooseFor(walk);
    const isPlain = balancing.isPlainFor(walk.packet, chosen);
    if (!isPlain || walk.context.isSilent !== true) walk.decide(new RuleDecision(met, chain, from + chosen, depth, 'jump'));
    if (!isPlain) {
      const after = {
        chain,
        entrance: undefined,
        rules: undefined,
        searched: false,
        next: from + chosen + 1,
        depth,
        caller: this.#caller,
      };
      return beginningOf(met.table.chains.get(balancing.endAt(chosen).name)!, depth + 1, after);
    }
    if (walk.context.isSilent !== true) walk.decide(new RuleDecision(met, balancing.endAt(chosen), 1, depth + 1, 'dnat'));
    walk.translate({ kind: 'dnat', ip: balancing.addressAt(chosen), port: balancing.portAt(chosen) });
    return undefined;
  }
}

/** What a rule does that fits, where it leads to no other chain. */
function act(walk: Walk, target: Exclude<Target, { readonly kind: 'jump' | 'goto' }>): Verdict {
  switch (target.kind) {
    case 'ACCEPT':
      return 'accept';
    case 'DROP':
      return 'drop';
    case 'REJECT':
      walk.rejectWith = target.with;
      return 'reject';
    case 'MARK':
      walk.look('mark');
      walk.setMark((walk.packet.mark & ~target.mask) ^ target.value);
      return 'continue';
    case 'RETURN':
    case 'LOG':
      return 'continue';
    case 'DNAT':
      walk.translate({ kind: 'dnat', ...natTarget(target.to) });
      return 'accept';
    case 'REDIRECT':
      walk.translate({
        kind: 'redirect',
        ip: undefined,
        port: target.toPorts === undefined ? undefined : Number(target.toPorts.split('-')[0]),
      });
      return 'accept';
    case 'SNAT':
      walk.translate({ kind: 'snat', ip: natTarget(target.to).ip, port: undefined });
      return 'accept';
    case 'MASQUERADE':
      walk.translate({ kind: 'masquerade', ip: undefined, port: undefined });
      return 'accept';
    case 'opaque':
      if (isUntracking(target)) walk.untrack();
      return target.terminal === true ? 'accept' : 'continue';
  }
}
