import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { ExamClock, interrupted, type ClockState } from '#cli/exam/clock.ts';
import { playExam, type ExamState } from '#cli/exam/exam.ts';
import { hostNames, sshLine } from '#cli/exam/hosts.ts';
import { isRunning, SavedExams, taskKey, tasksOf } from '#cli/exam/saved-exams.ts';
import { ScriptLines, type ExamLine, type ExamLines } from '#cli/exam/lines.ts';
import type { OpenLesson } from '#cli/quiz/quiz.ts';
import { itemsOf } from '#cli/quiz/selection.ts';
import type { Terminal } from '#cli/terminal.ts';
import type { Entry } from '#learn/progress.ts';
import type { SavedExam } from '#learn/saved-exam.ts';
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

/** `kept`: what was set on its cluster before. */
function openToy(kept: readonly string[] = []): OpenLesson {
  const cluster = new ToyCluster({ ip: '10.96.12.7', selector: 'wbe', policy: 'none' }, (_, facts) =>
    report(facts.get('selector') === 'web' ? 'connected' : 'refused'),
  );
  // The toy has no files: `cat` reads facts.
  for (const line of kept) void cluster.run(line);
  return { sitting: { cluster, seed: '0' }, prepare: () => undefined, look: (line) => cluster.run(line), enter: async () => undefined };
}

interface Played {
  /** Milliseconds of the clock that pass before each line. */
  readonly step?: number;
  readonly minutes?: number;
  readonly lines?: ExamLines;
  readonly interactive?: boolean;
  /** An exam that was left, and what was done in it on each task's cluster. */
  readonly before?: ExamState & { readonly clock: ClockState };
  readonly done?: readonly (readonly string[])[];
  readonly isGraded?: boolean;
}

async function play(script: string, { step = 0, minutes = 10, lines, interactive = false, before, done, isGraded }: Played = {}) {
  const printed: string[] = [];
  const entries: Entry[] = [];
  let time = 0;
  const over = new AbortController();
  const terminal: Terminal = {
    columns: 80,
    tableColumns: 80,
    theme: noTheme,
    interactive,
    print: (out) => void printed.push(...out),
    note: () => undefined,
  };
  const stream = new PassThrough();
  stream.end(script);
  const clock = new ExamClock(minutes, () => time, before?.clock);
  const states: ExamState[] = [];
  const script_ = new ScriptLines(stream, over.signal, (line) => printed.push(`> ${line}`));
  const timed: ExamLines = {
    async next() {
      time += step;
      if (clock.isOver) over.abort();
      return await script_.next();
    },
    takeAhead: () => [],
    close: () => script_.close(),
  };
  const ended = await playExam({
    items,
    terminal,
    lines: lines ?? timed,
    clock,
    signal: over.signal,
    hosts: ['cka1001', 'cka1002', 'cka1003'],
    open: (index) => openToy(done?.[index]),
    keep: (state) => void states.push(state),
    before,
    ...(isGraded !== undefined && { isGraded }),
    record: (entry) => void entries.push(entry),
    now: () => Date.parse('2026-11-26T18:00:00Z'),
    exam: 'e',
    seed: '0',
    version: '0',
  });
  return { ended, entries, states, clock, screen: printed.join('\n') };
}

const typed = (...script: ExamLine[]): ExamLines => ({ next: async () => script.shift(), takeAhead: () => [], close: () => undefined });

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
    const left = await play('', { lines: typed('interrupted', 'interrupted') });
    for (const line of left.screen.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(left.screen.replaceAll('\n', ' ')).toContain('The time until then will be marked as a pause.');
    expect(left.ended).toBeUndefined();
    expect(left.screen).toContain('`cka-net exam` goes on with it');
    const { ended, screen } = await play('', { lines: typed('interrupted', { text: 'l' }, 'interrupted', { text: 'submit' }) });
    expect(ended).toMatchObject({ by: 'learner' });
    expect(screen).toContain('Ctrl-C once more leaves');
  });

  it('is not handed in by Ctrl-D, where somebody sits', async () => {
    const { ended, screen } = await play('', { lines: typed(undefined, { text: '1' }, undefined, undefined), interactive: true });
    expect(ended).toBeUndefined();
    expect(screen).toContain('Ctrl-D once more leaves');
  });

  it('goes on where it was left, and tells the interruption', async () => {
    const left = await play('', {
      lines: typed({ text: '1' }, { text: '$ set selector web' }, { text: 'f' }, { text: '2' }, 'interrupted', 'interrupted'),
    });
    const state = left.states.at(-1)!;
    expect(state).toMatchObject({ at: 1, tasks: [{ begun: true, flagged: true }, { begun: true, flagged: false }, { begun: false }] });
    const before = { ...state, clock: interrupted({ used: 20_000, pauses: 0, pausedFor: 0 }, 3_600_000) };
    const { ended, screen } = await play('$ set policy deny\nsubmit\n', { step: 1000, before, done: [['set selector web']] });
    expect(screen).toContain('Task 2 of 3');
    expect(ended).toMatchObject({ seconds: 22, pauses: 1, pausedSeconds: 3600, percent: 83 });
    expect(ended!.results).toMatchObject([{ score: 1, flagged: true }, { score: 1 }, { score: 0, because: 'It was not begun.' }]);
  });

  it('is graded as it was left, without being sat again', async () => {
    const tasks = [true, false, false].map((begun) => ({ begun, flagged: false, spent: 9000 }));
    const before = { tasks, clock: { used: 30_000, pauses: 1, pausedFor: 1000 } };
    const { ended, screen } = await play('', { before, done: [['set selector web']], isGraded: true });
    expect(ended).toMatchObject({ by: 'learner', seconds: 30, pauses: 1, percent: 50 });
    expect(screen).not.toContain('Task 1 of 3');
  });

  it.each([
    ['99', 'There are 3 tasks.'],
    ['t', 'Go to a task first'],
    ['nonsense', 'bash: nonsense: command not found'],
    ['kubectl get pods', 'go to a task by its number'],
    ['1\nkubectl get pods', 'they are on the task’s host, ssh cka1001'],
    ['1\nssh cka1009', 'ssh: Could not resolve hostname cka1009: Name or service not known'],
    ['1\nssh cka1002 get policy', 'cka1002 is the host of task 2, not of this one.'],
    ['1\nssh -v cka1001', 'there is `ssh HOST` and `ssh HOST COMMAND` here'],
    ['exit', 'nothing leads out of'],
    ['1\nt', 'By pipe, a command begins with `$ `.'],
    ['3\nn', 'There are 3 tasks.'],
  ])('says what it does not understand: %j', async (script, want) => expect((await play(`${script}\nsubmit\n`)).screen).toContain(want));
});

describe('the hosts of an exam', () => {
  it('have names of their own, the same for the same seed', () => {
    expect(hostNames('7', 16)).toEqual(hostNames('7', 16));
    expect(hostNames('7', 3)).not.toEqual(hostNames('8', 3));
    expect(new Set(hostNames('7', 200)).size).toBe(200);
    for (const name of hostNames('7', 200)) expect(name).toMatch(/^cka[1-9]\d{3}$/);
  });

  it.each([
    ['ssh cka2560', { host: 'cka2560' }],
    ['ssh candidate@cka2560', { host: 'cka2560' }],
    ['ssh cka2560 kubectl get pods', { host: 'cka2560', line: 'kubectl get pods' }],
    [`ssh cka2560 'kubectl get pods | wc -l'`, { host: 'cka2560', line: 'kubectl get pods | wc -l' }],
    [`ssh cka2560 echo 'a b' 'c'`, { host: 'cka2560', line: `echo 'a b' 'c'` }],
    ['ssh', undefined],
    ['ssh -v cka2560', undefined],
  ])('%s', (line, want) => expect(sshLine(line)).toEqual(want));
});

describe('an exam on disk', () => {
  let directory: string;
  beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'cka-net-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  const exam = (id: string, savedAt: string, rest: Partial<SavedExam> = {}): SavedExam => ({
    exam: `00000000-0000-4000-8000-00000000000${id}`,
    seed: '5',
    build: 'b',
    minutes: 60,
    from: [],
    pid: process.pid,
    savedAt,
    clock: { used: 1000, pauses: 0, pausedFor: 0 },
    tasks: items.map((item) => ({
      ...{ scenario: item.scenario.name, question: item.question.id, key: taskKey(item) },
      ...{ begun: false, flagged: false, spent: 0 },
    })),
    ...rest,
  });

  it('is found again, the latest first; what cannot be read is none', () => {
    const store = new SavedExams(directory);
    expect(store.all()).toEqual([]);
    const [first, second] = [exam('1', '2026-11-26T18:00:00.000Z'), exam('2', '2026-11-26T19:00:00.000Z', { at: 2 })];
    store.save(first);
    store.save(second);
    mkdirSync(join(directory, 'torn'));
    writeFileSync(join(directory, 'torn', 'exam.json'), '{"exam": "');
    expect(store.all()).toEqual([second, first]);
    expect(store.task(first.exam, 0)).toBeUndefined();
    writeFileSync(join(directory, first.exam, 'task-1'), 'torn');
    expect(store.task(first.exam, 0)).toBeUndefined();
    store.drop(second.exam);
    expect(store.all()).toEqual([first]);
  });

  it('finds its tasks again unless one has changed', () => {
    const saved = exam('1', '2026-11-26T18:00:00.000Z');
    expect(tasksOf(saved, [...items].reverse())).toEqual(items);
    expect(tasksOf(saved, items.slice(1))).toBeUndefined();
    const other = items.map((item) => ({ ...item, question: { ...item.question, prompt: 'Something else' } }));
    expect(tasksOf(saved, other)).toBeUndefined();
  });

  it('is not taken from a process that sits at it', () => {
    const now = Date.now();
    const at = (milliseconds: number) => new Date(milliseconds).toISOString();
    expect(isRunning(exam('1', at(now), { pid: process.ppid }), now)).toBe(true);
    expect(isRunning(exam('1', at(now)), now)).toBe(false);
    expect(isRunning(exam('1', at(now), { pid: 2 ** 22 + 1 }), now)).toBe(false);
    // A number that was another process's, before this computer was started.
    expect(isRunning(exam('1', '2020-01-01T00:00:00.000Z', { pid: process.ppid }), now)).toBe(false);
  });
});
