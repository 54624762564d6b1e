/** What breaks the cluster, as shell lines: those that are written, and those that faults of the catalogue stand for. */
import { faultOf } from '#learn/faults/index.ts';
import type { BreakStep } from './schema.ts';

type Break = string | readonly BreakStep[];

/** The shell lines, in their order. */
export function breakLines(steps: Break): string {
  return typeof steps === 'string' ? steps : steps.map(linesOfStep).join('\n');
}

function linesOfStep(step: BreakStep): string {
  return typeof step === 'string' ? step.trimEnd() : faultOf(step.fault)!.breakLines(step.with);
}

/** Where a line of the shell lines is written, by its number from 1. */
export interface LinePlace {
  /** Below `spec.break`: the step's index, where there are steps. */
  readonly path: readonly number[];
  /** The line as it stands there; what a fault stands for is not written down. */
  readonly text?: string;
  /** How often the same text stands there before it. */
  readonly before: number;
}

export function placeOfLine(steps: Break, line: number): LinePlace {
  if (typeof steps === 'string') return placeIn([], steps, line);
  let left = line;
  for (const [index, step] of steps.entries()) {
    const lines = linesOfStep(step);
    const count = lines.split('\n').length;
    if (left <= count) return typeof step === 'string' ? placeIn([index], lines, left) : { path: [index], before: 0 };
    left -= count;
  }
  return { path: [], before: 0 };
}

function placeIn(path: readonly number[], text: string, line: number): LinePlace {
  const lines = text.split('\n').map((one) => one.trim());
  const wanted = lines[line - 1] ?? '';
  if (wanted === '') return { path, before: 0 };
  return { path, text: wanted, before: lines.slice(0, line - 1).filter((one) => one.includes(wanted)).length };
}

/** The faults that are named, each once. */
export function namedFaults(steps: Break, more: readonly string[]): readonly string[] {
  const named = typeof steps === 'string' ? [] : steps.flatMap((step) => (typeof step === 'string' ? [] : step.fault));
  return [...new Set([...named, ...more])];
}
