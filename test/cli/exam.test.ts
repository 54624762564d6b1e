import { describe, expect, it } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { ExamClock } from '#cli/exam/clock.ts';
import { playExam } from '#cli/exam/exam.ts';
import { ScriptLines, type ExamLine, type ExamLines } from '#cli/exam/lines.ts';
import type { OpenLesson } from '#cli/quiz/quiz.ts';
import { itemsOf } from '#cli/quiz/selection.ts';
import type { Terminal } from '#cli/terminal.ts';
import type { Entry } from '#learn/progress.ts';
import { loadScenario } from '#scenario/load.ts';
import { noTheme } from '#ui/theme.ts';
import { report, ToyCluster } from '../learn/toy-cluster.ts';

const questions = [
  {
    id: 'mend',
    type: 'fix',
    prompt: 'Mend it.',
    points: 3,
    checks: [{ connect: { from: 'pod:shop/client', to: 'http://web/' } }],
    solution: 'set selector web',
  },
  {
    id: 'write',
    type: 'manifest',
    prompt: 'Write it.',
    points: 2,
    checks: [{ run: { line: 'get policy', stdout: { equals: 'deny' } } }],
    solution: 'policy: deny',
  },
  { id: 'ip', type: 'input', prompt: 'Which address?', as: 'ip', points: 1, answer: { run: 'get ip' } },
];
const loaded = loadScenario([
  {
    name: 'shop.yaml',
    text: `apiVersion: cka-net/v1\nkind: Scenario\nmetadata: {name: shop, title: The shop, topic: services}\nspec:\n  story: It is broken.\n  questions: ${JSON.stringify(questions)}\n`,
  },
]);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
const items = itemsOf([loaded.scenario]);

function openToy(): OpenLesson {
  const cluster = new ToyCluster({ ip: '10.96.12.7', selector: 'wbe', policy: 'none' }, (_, facts) =>
    report(facts.get('selector') === 'web' ? 'connected' : 'refused'),
  );
  // The toy has no files: `cat` reads facts.
  return { sitting: { cluster, seed: '0' }, prepare: () => undefined, look: (line) => cluster.run(line), enter: async () => undefined };
}

interface Played {
  /** Milliseconds of the clock that pass before each line. */
  readonly step?: number;
  readonly minutes?: number;
  readonly lines?: ExamLines;
}

async function play(script: string, { step = 0, minutes = 10, lines }: Played = {}) {
  const printed: string[] = [];
  const entries: Entry[] = [];
  let time = 0;
  const over = new AbortController();
  const terminal: Terminal = {
    columns: 80,
    tableColumns: 80,
    theme: noTheme,
    interactive: false,
    print: (out) => void printed.push(...out),
    note: () => undefined,
  };
  const stream = new PassThrough();
  stream.end(script);
  const clock = new ExamClock(minutes, () => time);
  const script_ = new ScriptLines(stream, over.signal, (line) => printed.push(`> ${line}`));
  const timed: ExamLines = {
    async next() {
      time += step;
      if (clock.isOver) over.abort();
      return await script_.next();
    },
    close: () => script_.close(),
  };
  const ended = await playExam({
    items,
    terminal,
    lines: lines ?? timed,
    clock,
    signal: over.signal,
    open: openToy,
    record: (entry) => void entries.push(entry),
    now: () => Date.parse('2026-11-26T18:00:00Z'),
    exam: 'e',
    seed: '0',
    version: '0',
  });
  return { ended, entries, screen: printed.join('\n') };
}

describe('an exam', () => {
  it('is gone through in any order, and graded by what was left', async () => {
    const { ended, entries, screen } = await play('3\n$ set /root/answer.txt 10.96.12.7\n1\n$ set selector web\n2\nl\nsubmit\n', {
      step: 1000,
    });
    expect(ended).toMatchObject({ by: 'learner', passed: true, percent: 66, pauses: 0, seconds: 7 });
    expect(ended!.results.map(({ question, score, seconds }) => [question, score, seconds])).toEqual([
      ['mend', 1, 2],
      ['write', 0, 1],
      ['ip', 1, 2],
    ]);
    expect(entries.map((one) => one.kind)).toEqual(['answer', 'answer', 'answer', 'exam-end']);
    expect(screen).toContain('Write the answer into the file /root/answer.txt on controlplane.');
    expect(screen).toContain('Task 3 of 3 · 17 %');
  });

  it('takes a manifest that was applied in the terminal', async () => {
    const { ended } = await play('2\n$ set policy deny\nsubmit\n');
    expect(ended!.results[1]).toMatchObject({ question: 'write', score: 1, expected: 'policy: deny' });
  });

  it('each task has a cluster of its own', async () => {
    const { ended } = await play('2\n$ set selector web\n1\nsubmit\n');
    expect(ended!.results[0]).toMatchObject({ question: 'mend', score: 0 });
  });

  it('gives nothing for what was not begun, and plans nothing for it', async () => {
    const { ended, entries } = await play('submit\n');
    expect(ended).toMatchObject({ percent: 0, passed: false });
    expect(ended!.results.every((one) => one.because === 'It was not begun.' && one.expected !== '')).toBe(true);
    expect(entries.map((one) => one.kind)).toEqual(['exam-end']);
  });

  it('hands itself in when the time is over', async () => {
    const { ended } = await play('1\n$ set selector web\n2\n3\nl\nl\nl\n', { step: 25_000, minutes: 1 });
    expect(ended).toMatchObject({ by: 'time', seconds: 60 });
    expect(ended!.results[0]).toMatchObject({ score: 1 });
  });

  it('does not count a pause, and tells it', async () => {
    const { ended, screen } = await play('1\npause\n\nsubmit\n', { step: 10_000, minutes: 1 });
    expect(ended).toMatchObject({ by: 'learner', pauses: 1, pausedSeconds: 10, seconds: 30 });
    expect(screen).toContain('Paused with 0:40 left');
  });

  it('keeps flags', async () => {
    const { ended, screen } = await play('1\nf\n2\nf\nf\nl\nsubmit\n');
    expect(ended!.results.map((one) => one.flagged)).toEqual([true, false, false]);
    expect(screen).toContain('No longer flagged.');
  });

  it('is handed in when the script ends', async () =>
    expect((await play('1\n$ set selector web\n')).ended).toMatchObject({ by: 'learner', percent: 50 }));

  it('asks once more before Ctrl-C leaves it', async () => {
    const typed = (...script: ExamLine[]): ExamLines => ({ next: async () => script.shift(), close: () => undefined });
    expect((await play('', { lines: typed('interrupted', 'interrupted') })).ended).toBeUndefined();
    const { ended, screen } = await play('', { lines: typed('interrupted', { text: 'l' }, 'interrupted', { text: 'submit' }) });
    expect(ended).toMatchObject({ by: 'learner' });
    expect(screen).toContain('Ctrl-C once more leaves');
  });

  it.each([
    ['99', 'There are 3 tasks.'],
    ['t', 'Go to a task first'],
    ['nonsense', 'There is no `nonsense` here.'],
    ['1\nkubectl get pods', 'Commands of the cluster begin with `$`'],
    ['1\nt', 'By pipe, a command begins with `$ `.'],
    ['3\nn', 'There are 3 tasks.'],
  ])('says what it does not understand: %j', async (script, want) => expect((await play(`${script}\nsubmit\n`)).screen).toContain(want));
});
