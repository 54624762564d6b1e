/** Answers of one line: made comparable, compared, and met with a word when they come close. */
import { answerKinds } from './answers/index.ts';
import type { AnswerKind } from './answers/kind.ts';

export const answerKindNames = answerKinds.map((one) => one.kind) as [string, ...string[]];

export interface Comparison {
  readonly equal: boolean;
  /** The answer in its one spelling, or as typed when it is of another kind. */
  readonly given: string;
  readonly expected: string;
  /** A kind word, when the answer comes close and is not right. */
  readonly near?: string;
}

/** The kind that a question names, or else the one that its value is of. */
export function answerKindOf(named: string | undefined, value: string): AnswerKind {
  return answerKinds.find((kind) => (named === undefined ? kind.recognizes(value) : kind.kind === named))!;
}

/** What a learner typed, without the marks that come along when it is copied: blanks, quotes, backticks. */
export function tidy(answer: string): string {
  return answer
    .trim()
    .replace(/^(["'`])(.*)\1$/s, '$2')
    .trim();
}

/** Compares a typed answer with a computed value. The value is taken as it is when it is not of the kind. */
export function compare(kind: AnswerKind, answer: string, value: string): Comparison {
  const typed = tidy(answer);
  const expected = kind.normalize(tidy(value)) ?? tidy(value);
  const given = kind.normalize(typed);
  const equal = typed !== '' && (given ?? typed) === expected;
  const near = equal || typed === '' ? undefined : (kind.near?.(typed, expected) ?? otherKind(kind, given));
  return { equal, given: given ?? typed, expected, ...(near !== undefined && { near }) };
}

/** The values of an answer that lists several: one a line, or separated by commas or blanks. */
export function listed(answer: string): readonly string[] {
  return tidy(answer)
    .split(/[\s,;]+/)
    .filter((one) => one !== '');
}

function otherKind(kind: AnswerKind, given: string | undefined): string | undefined {
  return given === undefined ? `Asked is ${kind.form}.` : undefined;
}
