/** What the rules of a base chain ask of a packet that is the first of its kind, and what they do with it. */
import type { Packet, PacketContext } from './packet.ts';
import type { Question, TraceTree } from './trace-tree.ts';
import type { Decision, Outcome, Translation } from './traversal.ts';
import type { Verdict, Walk } from './walk.ts';

/** What rules do with all packets that give them the same answers. */
export interface Course {
  readonly decisions: readonly Decision[];
  /** The mark that they have put on it; undefined where they have put none. */
  readonly mark: number | undefined;
  /** As the rule asks for it. */
  readonly translation: Translation | undefined;
  readonly rejectWith: string | undefined;
  /** How it ends; or how it goes on from where rules look at more than the packet: at what chance or memory say. */
  readonly end: Verdict | ((walk: Walk) => Verdict);
}

export class Recording {
  readonly #tree: TraceTree<Course>;
  readonly #packet: Packet;
  readonly #context: PacketContext;
  readonly #decided: number;
  readonly #questions: Question[] = [];
  readonly #answers: unknown[] = [];
  /** The translation that a rule has asked for. */
  translation: Translation | undefined;

  constructor(tree: TraceTree<Course>, { packet, context, decisions }: Walk) {
    this.#tree = tree;
    this.#packet = packet;
    this.#context = context;
    this.#decided = decisions.length;
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
    const decided = decisions.slice(this.#decided);
    const passed = end === 'continue' && decided.every(({ outcome }) => leading.has(outcome));
    this.#tree.keep(this.#questions, this.#answers, {
      decisions: passed ? [] : decided,
      mark: packet.mark === this.#packet.mark ? undefined : packet.mark,
      translation: this.translation,
      rejectWith,
      end,
    });
  }
}

/** Reports whether rules let all packets of a course pass as they came, and nothing is to be told of it. */
export function isIdle({ decisions, mark, translation, end }: Course): boolean {
  return end === 'continue' && mark === undefined && translation === undefined && decisions.length === 0;
}

/** Outcomes that lead to other rules, and are only told of where something comes of it. */
const leading: ReadonlySet<Outcome> = new Set(['jump', 'goto', 'return']);

/** Walks a base chain: as an earlier packet that answered alike did, else by its rules. */
export function walkKnown(walk: Walk, tree: TraceTree<Course>, byRules: (walk: Walk) => Verdict): Verdict {
  const course = tree.find(walk.packet, walk.context);
  if (course === undefined) return walkRecorded(walk, tree, byRules);
  const { decisions, mark, translation, rejectWith, end } = course;
  if (decisions.length > 0) walk.decideAlike(decisions);
  if (mark !== undefined) walk.setMark(mark);
  if (translation !== undefined) walk.translate(translation);
  if (rejectWith !== undefined) walk.rejectWith = rejectWith;
  return typeof end === 'string' ? end : end(walk);
}

function walkRecorded(walk: Walk, tree: TraceTree<Course>, byRules: (walk: Walk) => Verdict): Verdict {
  const recording = new Recording(tree, walk);
  walk.recording = recording;
  const end = byRules(walk);
  walk.recording?.end(walk, end);
  walk.recording = undefined;
  return end;
}
