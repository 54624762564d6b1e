/** The texts of a scenario that people read, and where each stands. */
import type { Question } from '#learn/question.ts';
import type { Scenario } from '../scenario.ts';
import type { Path } from '../source.ts';

export interface Prose {
  readonly text: string;
  readonly path: Path;
}

/** All of them: story, prompts, hints, explanations. */
export function proseOf({ story, questions }: Pick<Scenario, 'story' | 'questions'>): readonly Prose[] {
  return [{ text: story, path: ['spec', 'story'] }, ...questions.flatMap((question, index) => proseOfQuestion(question, index))];
}

function proseOfQuestion({ prompt, hints, explain }: Question, index: number): readonly Prose[] {
  const path = ['spec', 'questions', index];
  return [
    { text: prompt, path: [...path, 'prompt'] },
    ...hints.map((text, at) => ({ text, path: [...path, 'hints', at] })),
    ...(explain === undefined ? [] : [{ text: explain, path: [...path, 'explain'] }]),
  ];
}

/** The text without what stands in code marks and code blocks; everything else keeps its place. */
export function withoutCode(markdown: string): string {
  const blank = (code: string) => code.replace(/[^\n]/g, ' ');
  return markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, blank).replace(/`[^`\n]*`/g, blank);
}
