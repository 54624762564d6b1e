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
export type Question<T = unknown> = (packet: Packet, context: PacketContext) => T;

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

class Fork<End> {
  readonly question: Question;
  /** Most questions have only ever been answered in one or two ways. */
  readonly #answer: unknown;
  #next: Branch<End> | undefined;
  #other: unknown;
  #otherNext: Branch<End> | undefined;
  #more: Map<unknown, Branch<End>> | undefined;

  constructor(question: Question, answer: unknown) {
    this.question = question;
    this.#answer = answer;
  }

  next(answer: unknown): Branch<End> | undefined {
    if (answer === this.#answer) return this.#next;
    if (this.#otherNext !== undefined && answer === this.#other) return this.#otherNext;
    return this.#more?.get(answer);
  }

  lead(answer: unknown, to: Branch<End>): void {
    if (answer === this.#answer) this.#next = to;
    else if (this.#otherNext === undefined || answer === this.#other) [this.#other, this.#otherNext] = [answer, to];
    else (this.#more ??= new Map()).set(answer, to);
  }
}

class Leaf<End> {
  readonly question: undefined;
  readonly end: End;

  constructor(end: End) {
    this.end = end;
  }
}

type Branch<End> = Fork<End> | Leaf<End>;

export class TraceTree<End> {
  #root: Branch<End> | undefined;

  /** Where packets end that answer as this one does; undefined where none has come by yet. */
  find(packet: Packet, context: PacketContext): End | undefined {
    let at = this.#root;
    while (at !== undefined) {
      if (at.question === undefined) return at.end;
      at = at.next(at.question(packet, context));
    }
    return undefined;
  }

  /** Keeps where a packet has ended that was asked these questions and gave these answers. */
  keep(questions: readonly Question[], answers: readonly unknown[], end: End): void {
    let next: Branch<End> = new Leaf(end);
    const known: Fork<End>[] = [];
    let at = this.#root;
    while (at?.question !== undefined && known.length < questions.length) {
      known.push(at);
      at = at.next(answers[known.length - 1]);
    }
    for (let i = questions.length - 1; i >= known.length; i--) {
      const fork: Fork<End> = new Fork(questions[i]!, answers[i]);
      fork.lead(answers[i], next);
      next = fork;
    }
    if (known.length === 0) this.#root = next;
    else known.at(-1)!.lead(answers[known.length - 1], next);
  }
}
