/** A rule about how scenarios are written. */
import type { Question } from '#learn/question.ts';
import type { Scenario } from '../scenario.ts';
import type { Path } from '../source.ts';
import type { Finding } from './finding.ts';

export type Found = Omit<Finding, 'rule' | 'severity'>;

export interface Rule {
  readonly name: string;
  readonly severity: Finding['severity'];
  /** What it wants, for the reference. */
  readonly wants: string;
  find(scenario: Scenario): readonly Found[];
}

export function rule(name: string, severity: Rule['severity'], wants: string, find: Rule['find']): Rule {
  return { name, severity, wants, find };
}

/** What is found in every question, each with its path. */
export function each(scenario: Scenario, find: (question: Question, path: Path) => readonly Found[]): readonly Found[] {
  return scenario.questions.flatMap((question, index) => find(question, ['spec', 'questions', index]));
}
