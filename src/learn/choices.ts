/** Ready-made answers: which of them are right is found by the engine. */
import * as z from 'zod';
import { answerKindOf, compare, tidy } from './answer.ts';
import { Condition, describeCheck, evaluate, nodesOfCheck } from './check.ts';
import type { NodeMention } from './checks/kind.ts';
import { compute, Computed, ComputeError } from './computed.ts';
import { linesOf, type Evidence } from './evidence.ts';
import type { Sitting } from './questions/kind.ts';
import { shuffled } from './shuffle.ts';

const Choice = z.union([
  z.string().min(1),
  z
    .strictObject({
      text: z.string().min(1).describe('What the learner reads.'),
      if: Condition.optional().describe('The choice is right when the engine finds this to be so.'),
      because: z.string().optional().describe('What someone mistakes who takes it, or why it is right.'),
    })
    .describe('A choice with its reason.'),
]);
type Choice = z.infer<typeof Choice>;

export const choiceFields = {
  choices: z.array(Choice).min(2).max(12).describe('What to choose from; shown in an order that follows from the seed.'),
  answer: Computed.optional().describe('The right choice, by its text, computed; several are one a line. Instead of `if` at every choice.'),
};

export interface Choices {
  readonly choices: readonly Choice[];
  readonly answer?: Computed | undefined;
}

/** Reports whether the choices say how the right one is found: by an answer, or by a condition at each. */
export function areDecidable({ choices, answer }: Choices): boolean {
  const conditions = choices.filter((choice) => typeof choice !== 'string' && choice.if !== undefined).length;
  return answer === undefined ? conditions === choices.length : conditions === 0;
}

/** Why it is not found how the right choice is found. */
export function undecidable({ choices, answer }: Choices): string {
  const what = 'a right choice is found by the engine, never typed';
  if (answer !== undefined) return `have an \`if\`, and there is an \`answer\`: leave one of the two out; ${what}`;
  const bare = choices.filter((choice) => typeof choice === 'string' || choice.if === undefined).length;
  return `must have either \`answer\`, computed, or \`if\` at every choice, and ${bare} ${bare === 1 ? 'has' : 'have'} none: ${what}`;
}

/** The first two choices that read the same, by their numbers from 0. */
function twins({ choices }: Choices): readonly [number, number] | undefined {
  const texts = choices.map(textOf);
  const again = texts.findIndex((text, index) => texts.slice(0, index).some((other) => sameText(other, text)));
  return again < 0 ? undefined : [texts.findIndex((text) => sameText(text, texts[again]!)), again];
}

/** Refuses choices that nobody can tell apart. */
export function refuseTwins(spec: Choices, context: z.RefinementCtx): void {
  const found = twins(spec);
  if (found === undefined) return;
  const [first, again] = found;
  context.addIssue({ code: 'custom', path: ['choices', again], message: `reads as number ${first + 1} does: leave one of the two out` });
}

export interface JudgedChoice {
  readonly text: string;
  readonly right: boolean;
  readonly because?: string;
  readonly observed: string;
  readonly evidence?: Evidence;
}

/** The texts in the order in which they are shown. */
export function shownChoices({ choices }: Choices, id: string, { seed }: Sitting): readonly string[] {
  return shuffled(choices.map(textOf), `${seed}/choices/${id}`);
}

/** Which choices are right, in the order in which they are shown, and why. */
export async function judgeChoices(spec: Choices, id: string, sitting: Sitting): Promise<readonly JudgedChoice[]> {
  const judged = spec.answer === undefined ? await byConditions(spec.choices, sitting) : await byAnswer(spec, spec.answer, sitting);
  const shown = shownChoices(spec, id, sitting);
  return shown.map((text) => judged.find((one) => one.text === text)!);
}

/** The choice that a text means: its own text, its letter, or its number; undefined when it means none. */
export function chosen(answer: string, shown: readonly string[]): number | undefined {
  const typed = tidy(answer);
  const byText = shown.findIndex((text) => sameText(tidy(text), typed));
  if (byText >= 0) return byText;
  const mark = /^\(?([a-z]|\d{1,2})[.)]?$/i.exec(typed)?.[1];
  if (mark === undefined) return undefined;
  const index = /\d/.test(mark) ? Number(mark) - 1 : mark.toLowerCase().charCodeAt(0) - 97;
  return index >= 0 && index < shown.length ? index : undefined;
}

/** `a`, `b`, …: how choices are marked. */
export function letter(index: number): string {
  return String.fromCharCode(97 + index);
}

export function sameText(a: string, b: string): boolean {
  const plain = (text: string) => text.trim().replace(/\s+/g, ' ').toLowerCase();
  return plain(a) === plain(b);
}

export function nodesOfChoices(choices: readonly Choice[]): readonly NodeMention[] {
  return choices.flatMap((choice, index) =>
    typeof choice === 'string' || choice.if === undefined
      ? []
      : nodesOfCheck(choice.if).map(({ path, node }) => ({ path: ['choices', index, 'if', ...path], node })),
  );
}

function textOf(choice: Choice): string {
  return typeof choice === 'string' ? choice : choice.text;
}

function because(choice: Choice): { readonly because?: string } {
  return typeof choice === 'string' || choice.because === undefined ? {} : { because: choice.because };
}

async function byConditions(choices: readonly Choice[], { cluster }: Sitting): Promise<readonly JudgedChoice[]> {
  const judged: JudgedChoice[] = [];
  for (const choice of choices) {
    if (typeof choice === 'string' || choice.if === undefined) throw new Error('unreachable: a choice without a condition');
    const condition = choice.if;
    const { met, observed, evidence } = await cluster.aside(() => evaluate(condition, cluster));
    judged.push({
      text: choice.text,
      right: met,
      observed: met ? observed : `not so: ${describeCheck(condition)}; ${observed}`,
      evidence,
      ...because(choice),
    });
  }
  return judged;
}

async function byAnswer({ choices }: Choices, answer: Computed, { cluster }: Sitting): Promise<readonly JudgedChoice[]> {
  const { text, evidence } = await compute(answer, cluster);
  const values = linesOf(text);
  const right = (choice: string) => values.some((value) => compare(answerKindOf(undefined, value), choice, value).equal);
  const judged = choices.map((choice) => ({
    text: textOf(choice),
    right: right(textOf(choice)),
    observed: `it is ${values.join(', ')}`,
    evidence,
    ...because(choice),
  }));
  if (!judged.some((one) => one.right)) throw new ComputeError(`none of the choices is ${values.join(', ')}`);
  return judged;
}
