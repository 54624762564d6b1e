/** What breaks the cluster, as shell lines: those that are written, and those that faults of the catalogue stand for. */
import { faultOf } from '#learn/faults/index.ts';
import type { BreakStep } from './schema.ts';

type Break = string | readonly BreakStep[];

/** The shell lines, in their order. */
export function breakLines(steps: Break): string {
  if (typeof steps === 'string') return steps;
  return steps.map((step) => (typeof step === 'string' ? step.trimEnd() : faultOf(step.fault)!.breakLines(step.with))).join('\n');
}

/** The faults that are named, each once. */
export function namedFaults(steps: Break, more: readonly string[]): readonly string[] {
  const named = typeof steps === 'string' ? [] : steps.flatMap((step) => (typeof step === 'string' ? [] : step.fault));
  return [...new Set([...named, ...more])];
}
