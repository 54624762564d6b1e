import { describe, expect, it } from '@jest/globals';
import type { ExamEnded } from '#learn/progress.ts';
import { Question } from '#learn/question.ts';
import { clockText, examIntroView, leftExamView, examReportView, pastExamsView, taskListView, taskView } from '#ui/exam-view.ts';
import { textColumns, width } from '#ui/text.ts';
import { themeOf } from '#ui/theme.ts';
import { expectScreen } from './golden.ts';

const question = Question.parse({
  type: 'input',
  id: 'i',
  prompt: 'Which address has the Service `web`?',
  as: 'ip',
  answer: { run: 'x' },
});
const story = 'The shop team renamed a Deployment **last night**. Since then the till says *connection refused*.';
const result = (competency: string, score: number, title: string, rest: object = {}): ExamEnded['results'][number] => ({
  scenario: 's',
  question: 'q',
  title,
  competency,
  of: 3,
  score,
  seconds: 431,
  flagged: false,
  because: score === 1 ? 'Everything is so.' : '1 of 2 checks is not met.',
  expected: "kubectl -n shop patch svc web -p '{}'",
  findings: [
    { wanted: '`http://web/` answers from pod shop/client', met: true, observed: 'connected' },
    { wanted: 'the Service keeps its address', met: score === 1, observed: 'it is `10.96.0.77`' },
  ],
  ...rest,
});
const ended = (percent: number, rest: Partial<ExamEnded> = {}): ExamEnded => ({
  kind: 'exam-end',
  at: '2026-11-26T18:00:00Z',
  exam: 'e',
  by: 'learner',
  seconds: 6120,
  pauses: 0,
  pausedSeconds: 0,
  percent,
  passed: percent >= 66,
  results: [
    result('networking', 1, 'Mend the Service `web`.'),
    result('dns', 0.5, 'Let names end with corp.example resolve, too.', { flagged: true }),
    result('policies', 0, 'Let only the till reach the database.'),
  ],
  ...rest,
});

it.each([
  [0, '0:00'],
  [59.2, '1:00'],
  [3599, '59:59'],
  [7200, '2:00:00'],
  [-4, '0:00'],
])('%d seconds are %s', (seconds, want) => expect(clockText(seconds)).toBe(want));

describe.each([
  [40, 'plain', themeOf({ colors: 0, plain: true })],
  [80, 'signs', themeOf({ colors: 0, plain: false })],
  [80, 'colours', themeOf({ colors: 1, plain: false })],
  [200, 'signs', themeOf({ colors: 0, plain: false })],
] as const)('an exam at %d columns, %s', (window, looks, theme) => {
  const screen = { columns: textColumns(window), theme };
  it('is a screen', () => {
    const lines = [
      ...examIntroView({ tasks: 3, wanted: 16, minutes: 120, seed: '7' }, screen),
      '',
      ...leftExamView({ away: 754, begun: 8, tasks: 16, left: '1:02:33' }, screen),
      '',
      ...taskListView(
        [
          { title: 'Mend the Service `web`, so that the till can sell again.', weight: 43, visited: true, flagged: true },
          { title: question.prompt, weight: 14, visited: false, flagged: false },
        ],
        '1:42:07',
        screen,
      ),
      '',
      ...taskView({ title: 'T', story }, question, {
        ...screen,
        index: 1,
        of: 3,
        weight: 14,
        clock: '1:42:07',
        flagged: true,
        host: 'cka2560',
        node: 'controlplane',
        file: '/root/answer.txt',
      }),
      '',
      ...examReportView(
        ended(50, { by: 'time', pauses: 2, pausedSeconds: 840 }),
        () => ({ explain: 'A selector finds pods by their *labels*.', docs: 'https://kubernetes.io/docs/' }),
        screen,
      ),
      ...pastExamsView(
        [ended(40), ended(50, { pauses: 1 }), ended(92, { at: '2026-12-01T10:00:00Z', results: [result('gateway', 1, 'x')] })],
        { columns: window, theme },
      ),
    ];
    expectScreen(`exam-${window}-${looks}`, lines);
    for (const line of lines.filter((one) => !one.includes('kubectl'))) expect([line, width(line) <= window]).toEqual([line, true]);
  });
});
