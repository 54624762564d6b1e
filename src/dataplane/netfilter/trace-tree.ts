/**
 * What rules have made of earlier packets, found again by what they asked of those. Rules ask a packet one thing after the other, and what they
 * do with it follows from the answers: the questions, in their order, are a tree, and a packet that answers as an earlier one did ends where
 * that one ended. (trace trees: Voellmy, Wang, Yang, Ford, Hudak, "Maple: Simplifying SDN Programming Using Algorithmic Policies", SIGCOMM 2013)
 */
import type { Connection, Packet, PacketContext } from './packet.ts';

/**
 * Something that is asked of a packet as it comes to a base chain. Of the answers there are no more than rules tell apart; they are compared
 * by identity.
 */
export interface Question<T = unknown> {
  (packet: Packet, context: PacketContext): T;
  /** How many answers there are, where they are numbers from 0 on. */
  readonly answers?: number;
}

/** The two things that rules change on the way, so that they are asked for as they were. */
export const markOf: Question<number> = ({ mark }) => mark;
export const connectionOf: Question<number> = ({ connection: { state, dnat, snat } }) =>
  numberOf(state) * 4 + (dnat ? 2 : 0) + (snat ? 1 : 0);

function numberOf(state: Connection['state']): number {
  switch (state) {
    case 'NEW':
      return 0;
    case 'ESTABLISHED':
      return 1;
    case 'RELATED':
      return 2;
    case 'INVALID':
      return 3;
    case 'UNTRACKED':
      return 4;
  }
}

/** Where packets part that answer a question in different ways. */
class Fork<End> {
  readonly question: Question;
  /** Most questions have only ever been answered in one or two ways. */
  readonly #answer: unknown;
  #next: Branch<End> | undefined;
  #other: unknown;
  #otherNext: Branch<End> | undefined;
  /** By the answer: a list where answers are numbers from 0 on. */
  #more: (Branch<End> | undefined)[] | Map<unknown, Branch<End>> | undefined;

  constructor(question: Question, answer: unknown) {
    this.question = question;
    this.#answer = answer;
  }

  next(answer: unknown): Branch<End> | undefined {
    if (answer === this.#answer) return this.#next;
    if (this.#otherNext !== undefined && answer === this.#other) return this.#otherNext;
    const more = this.#more;
    return more === undefined ? undefined : more instanceof Map ? more.get(answer) : more[answer as number];
  }

  lead(answer: unknown, to: Branch<End>): void {
    if (answer === this.#answer) this.#next = to;
    else if (this.#otherNext === undefined || answer === this.#other) [this.#other, this.#otherNext] = [answer, to];
    else this.#leadMore(answer, to);
  }

  #leadMore(answer: unknown, to: Branch<End>): void {
    const { answers } = this.question;
    this.#more ??= answers === undefined ? new Map<unknown, Branch<End>>() : new Array<Branch<End> | undefined>(answers).fill(undefined);
    if (this.#more instanceof Map) this.#more.set(answer, to);
    else this.#more[answer as number] = to;
  }
}

/** Questions one after the other, each with the one answer that it has ever got. */
interface Steps {
  readonly questions: readonly Question[];
  readonly answers: readonly unknown[];
}

/** Where no packets have parted so far. */
class Path<End> {
  readonly question: undefined;
  readonly steps: Steps;
  next: Branch<End>;

  constructor(steps: Steps, next: Branch<End>) {
    this.steps = steps;
    this.next = next;
  }

  /** What is next for a packet; undefined where it is the first to part. */
  after(packet: Packet, context: PacketContext): Branch<End> | undefined {
    const { questions, answers } = this.steps;
    for (let i = 0; i < questions.length; i++) if (questions[i]!(packet, context) !== answers[i]) return undefined;
    return this.next;
  }
}

class Leaf<End> {
  readonly question: undefined;
  readonly steps: undefined;
  readonly end: End;

  constructor(end: End) {
    this.end = end;
  }
}

type Branch<End> = Fork<End> | Path<End> | Leaf<End>;

/** Of so many steps it is looked whether others are the same: many packets part at one question, and are asked the same from there on. */
const recentSteps = 8;

export class TraceTree<End> {
  #root: Branch<End> | undefined;
  readonly #recent: Steps[] = [];

  /** Where packets end that answer as this one does; undefined where none has come by yet. */
  find(packet: Packet, context: PacketContext): End | undefined {
    let at = this.#root;
    while (at !== undefined) {
      if (at.question !== undefined) at = at.next(at.question(packet, context));
      else if (at.steps !== undefined) at = at.after(packet, context);
      else return at.end;
    }
    return undefined;
  }

  /** Keeps where a packet has ended that was asked these questions and gave these answers. */
  keep(questions: readonly Question[], answers: readonly unknown[], end: End): void {
    this.#root = this.#grow(this.#root, { questions, answers }, 0, new Leaf(end));
  }

  /** The branch with a way to a leaf, along the steps from `start` on. */
  #grow(branch: Branch<End> | undefined, along: Steps, start: number, leaf: Leaf<End>): Branch<End> {
    const { answers } = along;
    const { length } = answers;
    if (branch === undefined) return this.#path(along, start, length, leaf);
    if (branch.question !== undefined) {
      const answer = answers[start];
      branch.lead(answer, this.#grow(branch.next(answer), along, start + 1, leaf));
      return branch;
    }
    const { steps } = branch;
    if (steps === undefined) return leaf;
    const shared = steps.answers.length;
    let parting = 0;
    while (parting < shared && steps.answers[parting] === answers[start + parting]) parting++;
    if (parting === shared) {
      branch.next = this.#grow(branch.next, along, start + shared, leaf);
      return branch;
    }
    const fork = new Fork<End>(steps.questions[parting]!, steps.answers[parting]);
    fork.lead(steps.answers[parting], this.#path(steps, parting + 1, shared, branch.next));
    fork.lead(answers[start + parting], this.#path(along, start + parting + 1, length, leaf));
    return this.#path(steps, 0, parting, fork);
  }

  /** The steps from one place to another, before what is next. */
  #path(steps: Steps, start: number, end: number, next: Branch<End>): Branch<End> {
    return start === end ? next : new Path(this.#part(steps, start, end), next);
  }

  /** A part of the steps, as it is known already where it is. */
  #part({ questions, answers }: Steps, start: number, end: number): Steps {
    const recent = this.#recent;
    for (const known of recent)
      if (isPart(known.questions, questions, start, end) && isPart(known.answers, answers, start, end)) return known;
    const part = { questions: questions.slice(start, end), answers: answers.slice(start, end) };
    if (recent.unshift(part) > recentSteps) recent.pop();
    return part;
  }
}

/** Reports whether a list is what another one has from one place to another. */
function isPart(part: readonly unknown[], whole: readonly unknown[], start: number, end: number): boolean {
  if (part.length !== end - start) return false;
  for (let i = start; i < end; i++) if (part[i - start] !== whole[i]) return false;
  return true;
}
