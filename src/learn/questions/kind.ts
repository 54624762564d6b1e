import * as z from 'zod';
import type { CheckKind } from '../checks/kind.ts';
import { Computed } from '../computed.ts';
import type { Evidence } from '../evidence.ts';
import type { Grade } from '../grade.ts';
import type { LiveCluster } from '../live-cluster.ts';

/** What asking and grading take place in. */
export interface Sitting {
  readonly cluster: LiveCluster;
  /** Decides the order in which choices are shown; the same seed asks the same. */
  readonly seed: string;
}

/** A question as it is put to the learner, without its text. */
export interface Asked {
  /** `one`, `many`, `order`: of the choices. `line`: typed. `text`: written in an editor. `terminal`: done on the cluster. */
  readonly mode: 'one' | 'many' | 'order' | 'line' | 'text' | 'terminal';
  /** What to choose from or to put in order, as shown. */
  readonly choices: readonly string[];
  /** What an answer is, in words: `an IP address`. */
  readonly form: string;
  /** What an editor opens with. */
  readonly template?: string;
  /** What is shown with the question: something printed by the cluster. */
  readonly exhibit?: Evidence;
}

/** A kind of question. Answers are texts in every kind; `form` says which. */
export interface QuestionKind<Spec = unknown> {
  readonly kind: string;
  readonly schema: z.ZodType<Spec>;
  ask(spec: Spec, sitting: Sitting): Promise<Asked>;
  /** Judges an answer. Afterwards the cluster is as it was. */
  grade(spec: Spec, answer: string, sitting: Sitting): Promise<Grade>;
  /** Whether {@link grade} would find the answer right, where that is known before all of the grade is; absent: it is not. */
  isRight?(spec: Spec, answer: string, sitting: Sitting): Promise<boolean>;
  /** A right answer, as one would give it. */
  solve(spec: Spec, sitting: Sitting): Promise<string>;
  /** The nodes it names. */
  nodes(spec: Spec): ReturnType<CheckKind['nodes']>;
}

const Wrong = z.union([
  z.string(),
  z.strictObject({
    answer: z.string().describe('The wrong answer.'),
    because: z.string().describe('What it mistakes; told to a learner who gives it.'),
  }),
]);
type Wrong = z.infer<typeof Wrong>;

/** The fields that all kinds share. */
export const commonFields = {
  id: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, { error: 'must be lower-case letters, digits and dashes' })
    .describe('Names the question for ever: progress is kept by scenario and id.'),
  prompt: z.string().min(1).describe('The question; Markdown.'),
  exhibit: Computed.optional().describe('What is shown with the question, computed: the output of a command, say.'),
  hints: z.array(z.string().min(1)).max(3).default([]).describe('Up to three hints, from a nudge to nearly the answer. Each costs points.'),
  explain: z.string().optional().describe('What is to be understood, after the answer; Markdown.'),
  docs: z
    .url({ protocol: /^https$/ })
    .optional()
    .describe('The page of the official documentation.'),
  points: z.number().positive().default(1).describe('What a right answer is worth.'),
  wrong: z.array(Wrong).default([]).describe('Answers that must be graded wrong; `cka-net test` proves that they are.'),
};

/** The texts of the listed wrong answers. */
export function wrongAnswers(wrong: readonly Wrong[]): readonly string[] {
  return wrong.map((one) => (typeof one === 'string' ? one : one.answer));
}

/** What the author says about this wrong answer. */
export function remarkOn(answer: string, wrong: readonly Wrong[], same: (a: string, b: string) => boolean): string | undefined {
  const found = wrong.find((one) => typeof one !== 'string' && same(one.answer, answer));
  return typeof found === 'object' ? found.because : undefined;
}

/** Reports whether two command lines are the same but for blanks. */
export function sameWords(a: string, b: string): boolean {
  return a.trim().replace(/\s+/g, ' ') === b.trim().replace(/\s+/g, ' ');
}
