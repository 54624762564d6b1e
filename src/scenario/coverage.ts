/** What the scenarios cover, as a page of Markdown: topics, question kinds, subjects, faults, the exam's competencies; and the holes. */
import { difficulties, subjects, topics } from '#learn/curriculum.ts';
import { competencies, competencyOf } from '#learn/exam.ts';
import { faults } from '#learn/faults/index.ts';
import { questionKindNames } from '#learn/question.ts';
import type { Scenario } from './scenario.ts';

/** Rows of the catalogue of faults. */
const rows = 60;

export interface Coverage {
  readonly markdown: string;
  /** What nothing covers yet, in words. */
  readonly holes: readonly string[];
}

export function coverageOf(scenarios: readonly Scenario[]): Coverage {
  const sorted = [...scenarios].sort((a, b) => (a.name < b.name ? -1 : 1));
  const questions = sorted.flatMap((scenario) => scenario.questions.map((question) => ({ scenario, question })));
  const holes: string[] = [];

  const byTopic = topics.map(({ key, title }) => {
    const those = sorted.filter((scenario) => scenario.topic === key);
    const asked = those.flatMap((scenario) => scenario.questions);
    if (those.length < 2) holes.push(`${title}: ${those.length === 0 ? 'no scenario' : 'one scenario only'}`);
    const levels = difficulties.map((level) => those.filter((scenario) => scenario.difficulty === level).length);
    const kinds = questionKindNames.map((kind) => asked.filter(({ type }) => type === kind).length);
    return [title, those.length, ...levels, asked.length, ...kinds];
  });
  const sums = byTopic.reduce<number[]>((total, [, ...counts]) => counts.map((count, i) => (total[i] ?? 0) + (count as number)), []);

  const bySubject = subjects.map(({ key, title }) => {
    const those = sorted.filter((scenario) => scenario.subjects.includes(key));
    if (those.length < 2) holes.push(`${key}: ${those.length === 0 ? 'in no scenario' : 'in one scenario only'}`);
    return [`\`${key}\``, title, those.length, those.map((scenario) => scenario.name).join(', ')];
  });

  const byCompetency = competencies.map(({ key, title }) => {
    const count = questions.filter(({ scenario, question }) => competencyOf(scenario.topic, question) === key).length;
    if (count === 0) holes.push(`${title}: no question`);
    return [title, count];
  });

  const byFault = faults.map(({ name, row, title }) => {
    const those = sorted.filter((scenario) => scenario.faults.includes(name));
    return [row, `\`${name}\``, title, those.map((scenario) => scenario.name).join(', ')];
  });
  for (let row = 1; row <= rows; row++) {
    const known = faults.filter((fault) => fault.row === row);
    if (known.length === 0) holes.push(`fault ${row}: not in the catalogue`);
    else if (!known.some((fault) => sorted.some((scenario) => scenario.faults.includes(fault.name))))
      holes.push(`fault ${row} (${known.map((fault) => fault.name).join(', ')}): in no scenario`);
  }

  const markdown = [
    '# What the scenarios cover',
    '',
    `Generated from ${sorted.length} scenarios with ${questions.length} questions; \`UPDATE=1 npm run unit -- test/coverage\` writes it anew.`,
    '',
    '## Topics and kinds of questions',
    '',
    ...table(['topic', 'scenarios', ...difficulties, 'questions', ...questionKindNames], [...byTopic, ['all', ...sums]]),
    '',
    '## Subjects',
    '',
    'What a learner must have seen, tried, broken and mended; a scenario names them in `metadata.subjects`.',
    '',
    ...table(['subject', 'what it is', 'scenarios', ''], bySubject),
    '',
    "## The exam's competencies",
    '',
    ...table(['competency', 'questions'], byCompetency),
    '',
    '## Faults',
    '',
    'Each can be named in `break`, and `cka-net new --from NAME` writes a scenario of it.',
    '',
    ...table(['row', 'fault', 'what is wrong', 'scenarios'], byFault),
    '',
    '## Holes',
    '',
    ...(holes.length === 0 ? ['None.'] : holes.map((hole) => `- ${hole}`)),
    '',
  ].join('\n');
  return { markdown, holes };
}

function table(head: readonly string[], body: readonly (readonly (string | number)[])[]): readonly string[] {
  const line = (cells: readonly (string | number)[]) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)];
}
