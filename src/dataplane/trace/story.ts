/**
 * What is told of a walk. Most walks are asked only how they end: they tell nothing, and are walked again for who wants to know more. What rules
 * have decided takes longer to say than to decide: it is kept as it was decided, and put into words when somebody reads it.
 */
import type { Flow } from '#net/flow.ts';
import { decisionPlace, decisionText, type Decision, type Outcome, type Traversal } from '../netfilter/traversal.ts';
import type { Frame } from './frame.ts';
import type { Hop } from './packet.ts';
import type { PolicyAnswer } from './policy.ts';

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

const translating: ReadonlySet<Outcome> = new Set(['dnat', 'snat', 'masquerade', 'redirect']);

/** What rules have decided about a packet at one hook. */
export class Decided {
  readonly #node: string;
  readonly #traversal: Traversal;
  /** The packet before it was translated, and after. */
  readonly #before: Flow;
  readonly #after: Flow;
  #hops: readonly Hop[] | undefined;

  constructor(node: string, traversal: Traversal, before: Flow, after: Flow) {
    this.#node = node;
    this.#traversal = traversal;
    this.#before = before;
    this.#after = after;
  }

  get hops(): readonly Hop[] {
    return (this.#hops ??= this.#tell());
  }

  /** What has decided in the end. */
  get because(): string {
    return this.hops.at(-1)?.because ?? (this.#traversal.verdict === 'drop' ? 'dropped' : 'rejected');
  }

  #tell(): readonly Hop[] {
    const { decisions } = this.#traversal;
    const translatedAt = decisions.findIndex(({ outcome }) => translating.has(outcome));
    return storyOf(decisions).map((place): Hop => {
      const decision = decisions[place]!;
      return {
        node: this.#node,
        at: decisionPlace(decision),
        action: told[decision.outcome]!,
        because: because(decision),
        packet: translatedAt >= 0 && place >= translatedAt ? this.#after : this.#before,
      };
    });
  }
}

/**
 * The places of the decisions that tell a packet's fate, with those of the jumps that led to them. Jumps into chains where nothing came of it
 * are no part of it.
 */
function storyOf(decisions: readonly Decision[]): readonly number[] {
  const story: number[] = [];
  const jumps: number[] = [];
  for (const [place, { outcome, depth }] of decisions.entries()) {
    while (jumps.length > 0 && decisions[jumps.at(-1)!]!.depth >= depth) jumps.pop();
    if (outcome === 'jump' || outcome === 'goto') {
      jumps.push(place);
      continue;
    }
    if (told[outcome] === undefined && outcome !== 'mark') continue;
    story.push(...jumps.splice(0));
    if (told[outcome] !== undefined) story.push(place);
  }
  return story;
}

const reasons = new WeakMap<object, string>();

/** The comment of a rule says what it is for; without one, the rule speaks for itself. */
function because(decision: Decision): string {
  const rule = decision.kind === 'ipvs' ? undefined : decision.rule;
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

/** What a NetworkPolicy has decided about a packet. */
export class Judged {
  readonly #node: string;
  readonly #answer: PolicyAnswer;
  readonly #flow: Flow;

  constructor(node: string, answer: PolicyAnswer, flow: Flow) {
    this.#node = node;
    this.#answer = answer;
    this.#flow = flow;
  }

  get hops(): readonly Hop[] {
    const { direction, verdict, because } = this.#answer;
    const action = verdict.allowed ? 'accept' : 'drop';
    return [{ node: this.#node, at: `NetworkPolicy ${direction}`, action, because, packet: this.#flow, verdict }];
  }
}

/** A part of what is told of a walk, as it is kept. */
export type Part = Hop | { readonly hops: readonly Hop[] };

export type Story = readonly Part[];

/** The hops of a story, in order. */
export function hopsOf(story: Story): readonly Hop[] {
  return story.flatMap((part) => ('hops' in part ? part.hops : part));
}

/** What a walk tells of itself. */
export class Telling {
  /** In the order in which it happened. */
  readonly story: Part[] = [];
  /** What passed the interfaces on the way. */
  readonly frames: Frame[] = [];
}
