/** A packet in the chains of iptables. (kernel: net/ipv4/netfilter/ip_tables.c) */
import type { Family, Ip } from '#net/ip.ts';
import type { Chain, ChainChoice, ChainEnd, Match, Rule, Table, TableName, Target } from '#node/netfilter.ts';
import type { IptablesDecision, Outcome } from '../traversal.ts';
import type { Packet } from '../packet.ts';
import type { Onward } from '../recording.ts';
import { natTarget, type Verdict, type Walk } from '../walk.ts';
import { ChainBalance } from './balance.ts';
import { destinationMatch, indexOf, type Places } from './lookup.ts';
import { packetTest } from './packet-test.ts';

/** A table as packets of a family meet it. */
export interface Met {
  readonly table: Table;
  readonly family: Family;
  /** Who has made the table's chains, all of which are still as they were made. */
  readonly madeBy: object | undefined;
}

export function meet(table: Table, family: Family): Met {
  return { table, family, madeBy: table.made?.chains === table.chains ? table.made.by : undefined };
}

/** A rule of a chain that is to be tried next. */
interface Place {
  readonly chain: Chain;
  /** The rules that are gone through: those before chance takes over; undefined: all. */
  readonly rules: readonly Rule[] | undefined;
  /** Those of them that the packet may match; undefined: all. */
  readonly found: Places | undefined;
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
  return follow(walk, met, beginningOf(walk, chain, 0, undefined));
}

/** The policy of a built-in chain has the packet dropped in the end. */
export function dropByPolicy(walk: Walk, { family, table }: Met, { name }: Chain): 'drop' {
  walk.decide({ kind: 'iptables', family, table: table.name, chain: name, number: 0, outcome: 'drop', depth: 0 });
  return 'drop';
}

function beginningOf(walk: Walk, chain: Chain, depth: number, caller: Place | undefined): Place {
  const { choice } = chain;
  if (choice !== undefined) return { chain, rules: choice.before, found: undefined, next: 0, depth, caller };
  const { rules } = chain;
  return { chain, rules, found: indexOf(rules)?.((question) => walk.ask(question)), next: 0, depth, caller };
}

/** Goes on from a place until a rule ends it, or the chain does in which it began. */
function follow(walk: Walk, met: Met, from: Place): Verdict {
  let at: Place | undefined = from;
  while (at !== undefined) {
    const { chain, found, depth, caller }: Place = at;
    const { choice } = chain;
    const rules: readonly Rule[] = at.rules ?? chain.rules;
    const { length } = found ?? rules;
    let next: Place | undefined = caller;
    let i = at.next;
    for (; i < length; i++) {
      const index = found === undefined ? i : found[i]!;
      const rule = rules[index]!;
      if (walk.recording !== undefined && looksFurther(rule)) {
        const looking: Place = { chain, rules, found, next: i, depth, caller };
        walk.stopRecording({ goOn: (later) => follow(later, met, looking) });
      }
      if (walk.recording === undefined && leavesToChance(rule)) walk.leave(new ChainBalance(met.table, chain, index));
      const { target } = rule;
      if (!fits(rule, walk, found !== undefined) || target === undefined) continue;
      walk.decide(new RuleDecision(met, chain, index, depth, outcomes[target.kind] ?? 'other'));
      if (target.kind === 'jump' || target.kind === 'goto') {
        const to = depth < maxDepth ? met.table.chains.get(target.chain) : undefined;
        const after: Place | undefined = target.kind === 'goto' ? caller : { chain, rules, found, next: i + 1, depth, caller };
        next = to === undefined ? after : beginningOf(walk, to, depth + 1, after);
        break;
      }
      if (target.kind === 'RETURN') break;
      const end = act(walk, target);
      if (end !== 'continue') return end;
    }
    if (i >= length && choice !== undefined && rules === choice.before) {
      const chance = new Chance(met, chain, choice, depth, caller);
      if (walk.recording !== undefined) walk.stopRecording(chance);
      next = chance.choose(walk);
      if (next === undefined) return 'accept';
    }
    at = next;
  }
  return 'continue';
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

/** Where chance chooses among the chains to which one leads, as its rules would. */
class Chance implements Onward {
  readonly #met: Met;
  readonly #chain: Chain;
  readonly #from: number;
  readonly #ends: readonly ChainEnd[];
  /** Their addresses, and their port where they have one in common: ends of large clusters are many, and lie far apart. */
  readonly #addresses: readonly Ip[];
  readonly #port: number | undefined;
  readonly #chances: readonly number[];
  readonly #protocol: Packet['protocol'];
  /** All ends are as they were made. */
  readonly #isAsMade: boolean;
  readonly #depth: number;
  readonly #caller: Place | undefined;

  constructor(met: Met, chain: Chain, { before, to, madeBy, protocol, chances }: ChainChoice, depth: number, caller: Place | undefined) {
    this.#met = met;
    this.#chain = chain;
    this.#from = before.length;
    this.#ends = to;
    this.#addresses = to.map(({ ip }) => ip);
    this.#port = to.every(({ port }) => port === to[0]!.port) ? to[0]!.port : undefined;
    this.#chances = chances;
    this.#protocol = protocol;
    this.#isAsMade = met.madeBy === madeBy;
    this.#depth = depth;
    this.#caller = caller;
  }

  goOn(walk: Walk): Verdict {
    const next = this.choose(walk);
    return next === undefined ? 'accept' : follow(walk, this.#met, next);
  }

  /** Where the chosen one begins; undefined where it has sent the packet to its end already. */
  choose(walk: Walk): Place | undefined {
    const { chooser } = walk.context;
    const chances = this.#chances;
    const met = this.#met;
    const chain = this.#chain;
    const depth = this.#depth;
    const from = this.#from;
    walk.leave(new ChainBalance(met.table, chain, from));
    let chosen = 0;
    while (chosen < chances.length && !chooser.happens(chances[chosen]!)) chosen++;
    const ip = this.#addresses[chosen]!;
    const { packet } = walk;
    if (!this.#isAsMade || ip === packet.src || packet.protocol !== this.#protocol) {
      walk.decide(new RuleDecision(met, chain, from + chosen, depth, 'jump'));
      return this.#follow(walk, this.#ends[chosen]!, chosen);
    }
    if (walk.context.isSilent !== true) {
      const end = this.#ends[chosen]!;
      walk.decide(new RuleDecision(met, chain, from + chosen, depth, 'jump'), new RuleDecision(met, end, 1, depth + 1, 'dnat'));
    }
    walk.translate({ kind: 'dnat', ip, port: this.#port ?? this.#ends[chosen]!.port });
    return undefined;
  }

  /** The chain that is there now is followed by its rules. */
  #follow(walk: Walk, { name }: ChainEnd, chosen: number): Place {
    const after = {
      chain: this.#chain,
      rules: undefined,
      found: undefined,
      next: this.#from + chosen + 1,
      depth: this.#depth,
      caller: this.#caller,
    };
    return beginningOf(walk, this.#met.table.chains.get(name)!, this.#depth + 1, after);
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
