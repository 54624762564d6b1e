import type { Evidence } from './evidence.ts';

/** One part of a verdict: a check, a choice, a hop. */
export interface Finding {
  /** What was wanted, as a sentence without its full stop. */
  readonly wanted: string;
  readonly met: boolean;
  /** What was seen. */
  readonly observed: string;
  /** The part's share of the score. A guard has none: it was so before, and only has to stay so. */
  readonly weight: number;
  readonly evidence?: Evidence;
}

/** The verdict on an answer, with its reason. */
export interface Grade {
  readonly correct: boolean;
  /** From 0 to 1: partial credit. 1 exactly when correct. */
  readonly score: number;
  /** The answer as it was understood. */
  readonly given: string;
  /** What is right, as one would answer it. */
  readonly expected: string;
  /** One or two sentences: why it is right or wrong. */
  readonly because: string;
  /** A kind word about a wrong answer that comes close. */
  readonly near?: string;
  readonly findings: readonly Finding[];
  readonly evidence: readonly Evidence[];
}

/** A grade of an answer that is right or wrong as a whole. */
export function wholeGrade(correct: boolean, rest: Omit<Grade, 'correct' | 'score' | 'findings'>): Grade {
  return { correct, score: correct ? 1 : 0, findings: [], ...rest };
}

/**
 * The score of weighted findings. Guards (weight 0) give nothing; each that is broken takes away an equal share of what was gained,
 * so that a repair which breaks something else is worth less, and one that breaks everything else nothing.
 */
export function scoreOf(findings: readonly Finding[]): number {
  const goals = findings.filter((one) => one.weight > 0);
  const guards = findings.filter((one) => one.weight === 0);
  const total = goals.reduce((sum, one) => sum + one.weight, 0);
  const gained = goals.reduce((sum, one) => sum + (one.met ? one.weight : 0), 0);
  const kept = guards.length === 0 ? 1 : guards.filter((one) => one.met).length / guards.length;
  return total === 0 ? 0 : rounded((gained / total) * kept);
}

/** Reports whether everything was met, guards included. */
export function allMet(findings: readonly Finding[]): boolean {
  return findings.length > 0 && findings.every((one) => one.met);
}

function rounded(score: number): number {
  return Math.round(score * 1000) / 1000;
}
