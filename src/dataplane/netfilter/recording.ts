/** What the rules of a base chain ask of a packet that is the first of its kind, and what they do with it. */
import type { Packet, PacketContext } from './packet.ts';
import type { Question, TraceTree } from './trace-tree.ts';
import type { Decision, Outcome, Translation } from './traversal.ts';
import type { Verdict, Walk } from './walk.ts';

/** What rules do with all packets that give them the same answers. */
export interface Course {
  /** All packets pass as they came, and nothing is to be told of it. */
  readonly isIdle: boolean;
  /** All packets pass as they came. */
  readonly isHarmless: boolean;
  readonly decisions: readonly Decision[];
  /** The mark that they have put on it; undefined where they have put none. */
  readonly mark: number | undefined;
  /** As the rule asks for it. */
  readonly translation: Translation | undefined;
  readonly rejectWith: string | undefined;
  /** It holds for packets that go by different rules, which it cannot tell: where somebody wants to know, they are to be walked. */
  readonly isForMany: boolean;
  /** How it ends; or how it goes on from where rules look at more than the packet: at what chance or memory say. */
  readonly end: Verdict | Onward;
}

/** From where in the rules a walk goes on. */
export interface Onward {
  /** It goes on for packets that go by different rules. */
  readonly isForMany?: boolean;
  goOn(walk: Walk): Verdict;
}

export class Recording {
  readonly #tree: TraceTree<Course>;
  readonly #packet: Packet;
  readonly #context: PacketContext;
  readonly #decided: number;
  readonly #questions: Question[] = [];
  readonly #answers: unknown[] = [];
  /** What the packet has been compared with, and how it was. */
  readonly #compared: object[] = [];
  readonly #fitted: boolean[] = [];
  /** The translation that a rule has asked for. */
  translation: Translation | undefined;
  /** Packets go the same way that other rules lead to other ends. */
  isForMany = false;

  constructor(tree: TraceTree<Course>, { packet, context, decisions }: Walk) {
    this.#tree = tree;
    this.#packet = packet;
    this.#context = context;
    this.#decided = decisions.length;
  }

  /** Whether the packet is known to be as something in the rules wants it. */
  known(wanted: object): boolean | undefined {
    const place = this.#compared.indexOf(wanted);
    return place < 0 ? undefined : this.#fitted[place];
  }

  know(wanted: object, answer: boolean): void {
    this.#compared.push(wanted);
    this.#fitted.push(answer);
  }

  note(question: Question, answer: unknown): void {
    this.#questions.push(question);
    this.#answers.push(answer);
  }

  /** Notes something as it was when the packet came. */
  look(question: Question): void {
    if (!this.#questions.includes(question)) this.note(question, question(this.#packet, this.#context));
  }

  /** Keeps what has become of the packet. */
  end({ packet, decisions, rejectWith }: Walk, end: Course['end']): void {
    const { isForMany } = this;
    if (isForMany && (typeof end === 'string' || end.isForMany !== true)) return;
    const decided = decisions.slice(this.#decided);
    const passed = end === 'continue' && decided.every(({ outcome }) => leading.has(outcome));
    const mark = packet.mark === this.#packet.mark ? undefined : packet.mark;
    const { translation } = this;
    const untouched = mark === undefined && translation === undefined;
    this.#tree.keep(this.#questions, this.#answers, {
      isIdle: passed && untouched,
      isHarmless: untouched && (end === 'continue' || end === 'accept'),
      decisions: passed || isForMany ? [] : decided,
      mark,
      translation,
      rejectWith,
      isForMany,
      end,
    });
  }
}

/** Outcomes that lead to other rules, and are only told of where something comes of it. */
const leading: ReadonlySet<Outcome> = new Set(['jump', 'goto', 'return']);

/** Walks a base chain as an earlier packet did that answered alike. */
export function walkAlike(walk: Walk, { decisions, mark, translation, rejectWith, end }: Course): Verdict {
  walk.decideAlike(decisions);
  if (mark !== undefined) walk.setMark(mark);
  if (translation !== undefined) walk.translate(translation);
  if (rejectWith !== undefined) walk.rejectWith = rejectWith;
  return typeof end === 'string' ? end : end.goOn(walk);
}

/** Walks a base chain by its rules, so that others can walk it alike. */
export function walkRecorded(walk: Walk, tree: TraceTree<Course>, byRules: (walk: Walk) => Verdict): Verdict {
  const recording = new Recording(tree, walk);
  walk.recording = recording;
  const end = byRules(walk);
  walk.recording?.end(walk, end);
  walk.recording = undefined;
  return end;
}
