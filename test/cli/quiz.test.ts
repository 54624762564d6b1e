import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { writeReport, type Doubt } from '#cli/report.ts';
import { Left } from '#cli/failure.ts';
import type { AfterVerdict, Asker, Moment, Reply } from '#cli/quiz/asker.ts';
import { runBatch } from '#cli/quiz/batch.ts';
import { PipedAsker } from '#cli/quiz/piped.ts';
import { keyOf, playRound, type OpenLesson, type QuizSettings } from '#cli/quiz/quiz.ts';
import { itemsOf, comingBackText, today, wished } from '#cli/quiz/selection.ts';
import type { Terminal } from '#cli/terminal.ts';
import { journalLine, progressOf, readJournal, type Entry } from '#learn/progress.ts';
import { loadScenario } from '#scenario/load.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { quietTerminal } from '../support/quiet-terminal.ts';
import { noTheme } from '#ui/theme.ts';
import { report, ToyCluster } from '../learn/toy-cluster.ts';

function scenario(name: string, questions: readonly object[], metadata = ''): Scenario {
  const text = `apiVersion: cka-net/v1\nkind: Scenario\nmetadata: {name: ${name}, title: The story of ${name}${metadata}}\nspec:\n  story: It is broken.\n  questions: ${JSON.stringify(questions)}\n`;
  const result = loadScenario([{ name: `${name}.yaml`, text }]);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.scenario;
}

const input = {
  id: 'ip',
  type: 'input',
  prompt: 'Which address?',
  answer: { run: 'get ip' },
  hints: ['Look at the Service.', 'It begins with 10.'],
  explain: 'It lives in rules.',
  points: 2,
};
const choice = { id: 'why', type: 'choice', prompt: 'Why?', choices: ['wbe', 'web'], answer: { run: 'get selector' } };
const fix = {
  id: 'mend',
  type: 'fix',
  prompt: 'Mend it.',
  checks: [{ connect: { from: 'pod:shop/client', to: 'http://web/' } }],
  solution: 'set selector web',
  explain: 'Labels.',
};
const shop = scenario('shop', [input, choice, fix]);

function openToy(): OpenLesson {
  const cluster = new ToyCluster({ ip: '10.96.12.7', selector: 'wbe' }, (_, facts) =>
    report(facts.get('selector') === 'web' ? 'connected' : 'refused'),
  );
  return {
    sitting: { cluster, seed: '0' },
    prepare: () => undefined,
    look: (line) => cluster.run(line),
    enter: async () => void (await cluster.run('set selector web')),
  };
}

/** Plays a round with these replies; what follows a verdict is `next` unless `afters` say otherwise. */
async function play(
  replies: readonly (Reply | 'leave')[],
  { interactive = false, afters = [], ...rest }: { interactive?: boolean; afters?: AfterVerdict[] } & Partial<QuizSettings> = {},
) {
  const printed: string[] = [];
  const entries: Entry[] = [];
  const moments: Moment[] = [];
  const queue = [...replies];
  const terminal: Terminal = {
    columns: 80,
    tableColumns: 80,
    theme: noTheme,
    interactive,
    print: (lines) => void printed.push(...lines),
    note: () => undefined,
  };
  const asker: Asker = {
    async reply(moment) {
      moments.push(moment);
      const next = queue.shift();
      if (next === undefined || next === 'leave') throw new Left();
      return next;
    },
    after: async () => afters.shift() ?? 'next',
    end: async () => 'leave',
    confirm: async () => false,
    why: async () => 'two are right',
    close: () => undefined,
  };
  let clock = Date.parse('2026-11-23T10:00:00Z');
  const outcome = await playRound(itemsOf([shop]), {
    terminal,
    asker,
    record: (entry) => void entries.push(entry),
    open: () => openToy(),
    now: () => (clock += 5000),
    version: '0.1.0',
    round: 'r',
    ...rest,
  });
  return { outcome, entries, moments, screen: printed.join('\n') };
}

const answer = (text: string): Reply => ({ kind: 'answer', text });
const look = (line?: string): Reply => ({ kind: 'look', line });

describe('a round', () => {
  it('tells the story, asks, grades, explains, scores', async () => {
    const { screen, outcome, entries } = await play([answer('10.96.12.7'), answer('web'), look('set selector web'), answer('')]);
    expect(outcome.finished).toBe(true);
    const told = [
      'The story of shop',
      '3 questions',
      'It is broken.',
      '1 of 3',
      'Which address?',
      '✓ Right · 2 points',
      'It lives in rules.',
      '2 of 3',
      '✗ Not right · 0 of 1 point',
      'It is wbe.',
      'selector is set',
      '✓ Right · 1 point',
      'Score  75 %  3 of 4 points',
    ];
    let at = -1;
    for (const part of told) {
      const found = screen.indexOf(part, at + 1);
      expect({ part, found: found > at }).toEqual({ part, found: true });
      at = found;
    }
    expect(entries.map((one) => one.kind === 'answer' && [one.question, one.correct, one.points, one.seconds])).toEqual([
      ['ip', true, 2, 5],
      ['why', false, 0, 5],
      ['mend', true, 1, 5],
    ]);
  });

  it('records an answer before it shows the verdict', async () => {
    const order: string[] = [];
    const terminal: Terminal = {
      columns: 80,
      tableColumns: 80,
      theme: noTheme,
      interactive: false,
      print: (lines) => void (lines.some((line) => line.includes('Right')) && order.push('verdict')),
      note: () => undefined,
    };
    await play([answer('10.96.12.7')], { terminal, record: () => void order.push('recorded') });
    expect(order).toEqual(['recorded', 'verdict']);
  });

  it('gives hints for a price', async () => {
    const { entries, screen, moments } = await play([{ kind: 'hint' }, { kind: 'hint' }, { kind: 'hint' }, answer('10.96.12.7')]);
    expect(entries[0]).toMatchObject({ hints: 2, points: 1.4, correct: true });
    expect(screen).toContain('Hint 2 of 2 · costs 20 % of the points');
    expect(screen).toContain('Those were all the hints.');
    expect(screen).toContain('1.4 of 2 points, after 2 hints');
    expect(moments.map((one) => one.hintsShown)).toEqual([0, 1, 2, 3, 0]);
  });

  it('skips, goes back, flags', async () => {
    const { entries, outcome, moments } = await play([
      { kind: 'skip' },
      { kind: 'flag', note: 'ambiguous' },
      { kind: 'back' },
      answer('10.96.12.7'),
      { kind: 'skip' },
      { kind: 'skip' },
    ]);
    expect(moments.map((one) => one.question.id)).toEqual(['ip', 'why', 'why', 'ip', 'why', 'mend']);
    expect(entries).toMatchObject([
      { kind: 'flag', question: 'why', note: 'ambiguous', seed: '0', version: '0.1.0' },
      { kind: 'answer', question: 'ip' },
    ]);
    expect(outcome).toMatchObject({ finished: true });
    expect(outcome.answers.size).toBe(1);
  });

  it('asks why a question is bad, before the verdict or after it, and reports it with what was answered', async () => {
    const doubts: Doubt[] = [];
    const report = (doubt: Doubt) => (doubts.push(doubt), '/home/me/report.md');
    const { entries, screen } = await play([{ kind: 'flag', note: undefined }, answer('10.96.12.8')], { afters: ['flag', 'next'], report });
    expect(doubts).toMatchObject([
      { note: 'two are right', seed: '0', version: '0.1.0', item: { question: { id: 'ip' } } },
      { note: 'two are right', grade: { correct: false, given: '10.96.12.8', expected: '10.96.12.7' } },
    ]);
    expect(entries.map((one) => one.kind)).toEqual(['flag', 'answer', 'flag']);
    expect(screen).toContain('A report to send to its author is in /home/me/report.md');
    const home = mkdtempSync(join(tmpdir(), 'cka-net-'));
    try {
      const paths = doubts.map((doubt) => writeReport(doubt, join(home, 'reports')));
      expect(paths.map((path) => basename(path))).toEqual(['shop-ip.md', 'shop-ip-2.md']);
      const text = readFileSync(paths[1]!, 'utf8');
      for (const part of [
        'cka-net 0.1.0',
        'seed `0`',
        'two are right',
        '> Which address?',
        '> 10.96.12.8',
        'not right: It is 10.96.12.7.',
        '$ get ip',
      ])
        expect(text).toContain(part);
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  it('counts the first answer, whatever is tried after it', async () => {
    const { entries, screen } = await play([answer('10.96.12.8'), answer('10.96.12.7')], { afters: ['again'] });
    expect(entries).toMatchObject([{ question: 'ip', correct: false, points: 0 }]);
    expect(screen).toContain('✓ Right · 0 of 2 points');
  });

  it('keeps the solution of a task until it is asked for, or solved', async () => {
    const replies = [{ kind: 'skip' }, { kind: 'skip' }, answer('')] as const;
    const hidden = await play(replies, { interactive: true });
    expect(hidden.screen).not.toContain('set selector web');
    const shown = await play(replies, { interactive: true, afters: ['solution'] });
    expect(shown.screen).toContain('One way to do it\n  set selector web\n\nLabels.');
    const piped = await play(replies);
    expect(piped.screen).toContain('set selector web');
  });

  it('keeps what was answered when the learner leaves', async () => {
    const { outcome, entries, screen } = await play([answer('10.96.12.7'), 'leave']);
    expect(outcome.finished).toBe(false);
    expect(entries).toHaveLength(1);
    expect(screen).not.toContain('Score');
  });

  it('goes on after what was answered before', async () => {
    const before = new Map([['shop/ip', { correct: true, score: 1, points: 2 }]]);
    const { moments, screen } = await play([{ kind: 'skip' }, { kind: 'skip' }], { before });
    expect(moments.map((one) => one.question.id)).toEqual(['why', 'mend']);
    expect(screen).toContain('Score  50 %  2 of 4 points');
  });

  it.each([
    ['graded', { as: 'ip' }],
    ['put', {}],
  ])('does not count what cannot be %s', async (_, rest) => {
    const broken = scenario('broken', [{ ...input, answer: { run: 'nonsense' }, id: 'x', ...rest }]);
    const printed: string[] = [];
    const base = await settings();
    const terminal = { ...base.terminal, print: (lines: readonly string[]) => void printed.push(...lines) };
    const { answers, finished } = await playRound(itemsOf([broken]), { ...base, terminal });
    expect([finished, answers.size]).toEqual([true, 0]);
    expect(printed.join(' ')).toContain('`nonsense` exited 127');
  });
});

async function settings(): Promise<QuizSettings> {
  const terminal: Terminal = {
    columns: 80,
    tableColumns: 80,
    theme: noTheme,
    interactive: false,
    print: () => undefined,
    note: () => undefined,
  };
  return {
    terminal,
    asker: {
      reply: async () => answer('x'),
      after: async () => 'next',
      end: async () => 'leave',
      confirm: async () => false,
      why: async () => '',
      close: () => undefined,
    },
    record: () => undefined,
    open: () => openToy(),
    now: () => 0,
    version: '0',
    round: 'r',
  };
}

describe('by pipe', () => {
  async function pipe(text: string) {
    const printed: string[] = [];
    const entries: Entry[] = [];
    const terminal = quietTerminal(printed);
    const stream = new PassThrough();
    stream.end(text);
    const asker = new PipedAsker(stream, terminal);
    const outcome = await playRound(itemsOf([shop]), {
      ...(await settings()),
      terminal,
      asker,
      record: (entry) => void entries.push(entry),
    });
    return {
      outcome,
      screen: printed.join('\n'),
      answers: entries.map((one) => one.kind === 'answer' && [one.question, one.answer, one.correct]),
    };
  }

  it.each([
    [
      'answers',
      '10.96.12.7\nwbe\n$ set selector web\n\n',
      [
        ['ip', '10.96.12.7', true],
        ['why', 'wbe', true],
        ['mend', '', true],
      ],
    ],
    [
      'windows line ends',
      '10.96.12.7\r\nwbe\r\n',
      [
        ['ip', '10.96.12.7', true],
        ['why', 'wbe', true],
      ],
    ],
    ['a command of several lines', '$ set a b\n> set ip 10.1.1.1\n10.1.1.1\n', [['ip', '10.1.1.1', true]]],
    ['a repair that ends with the input', '-\n-\n$ set selector web', [['mend', '', true]]],
    ['a repair as an answer', '-\n-\nset selector web\n', [['mend', 'set selector web', true]]],
    ['hints and skips', '?\n?\n-\n-\n-\n', []],
    ['nothing', '', []],
    ['ten thousand characters', `${'x'.repeat(10_000)}\n`, [['ip', 'x'.repeat(10_000), false]]],
  ])('%s', async (_, text, want) => expect((await pipe(text)).answers).toEqual(want));

  it('shows what a command printed, and no control character of it', async () => {
    const { screen } = await pipe('$ echo a\u001b[2Jb\n-\n-\n-\n');
    expect(screen).toContain('a␛[2Jb');
  });
});

describe('as JSON lines', () => {
  async function batch(text: string) {
    const lines: string[] = [];
    const stream = new PassThrough();
    stream.end(text);
    const right = await runBatch({
      items: itemsOf([shop]),
      input: stream,
      open: () => openToy(),
      write: (line) => void lines.push(line),
    });
    return { right, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
  }

  it('describes the questions when there are no answers', async () => {
    const { lines, right } = await batch('');
    expect(right).toBe(true);
    expect(lines).toMatchObject([
      { question: 'ip', mode: 'line', form: 'an IP address' },
      { question: 'why', mode: 'one', choices: expect.arrayContaining(['wbe', 'web']) },
      { question: 'mend', mode: 'terminal' },
    ]);
  });

  it('grades in any order, each answer by itself', async () => {
    const { lines, right } = await batch(
      '{"question":"mend","answer":"set selector web"}\n\n{"question":"why","answer":"wbe"}\n{"question":"mend","answer":""}\n',
    );
    expect(lines).toMatchObject([
      { question: 'mend', correct: true, points: 1 },
      { question: 'why', correct: true },
      { question: 'mend', correct: false, findings: [{ met: false }] },
    ]);
    expect(right).toBe(false);
  });

  it.each([
    ['nonsense', /not a JSON object/],
    ['{"question":"ip"}', /not a JSON object/],
    ['{"question":"mnd","answer":"x"}', /no question is called "mnd"; did you mean mend\?/],
  ])('%s', async (line, error) => {
    const { lines, right } = await batch(line);
    expect(lines).toMatchObject([{ error: expect.stringMatching(error) }]);
    expect(right).toBe(false);
  });
});

describe('what to ask', () => {
  const day = 86_400_000;
  const now = Date.parse('2026-11-23T10:00:00Z');
  const dns = scenario('dns-hard', [{ ...input, id: 'q' }], ', topic: dns, difficulty: hard');
  const easy = scenario(
    'dns-easy',
    [
      { ...input, id: 'q' },
      { ...input, id: 'r' },
    ],
    ', topic: dns, difficulty: easy',
  );
  const services = scenario('services', [{ ...input, id: 'q' }], ', topic: services, difficulty: hard');
  const items = itemsOf([dns, shop, easy, services]);
  const names = (chosen: readonly { scenario: Scenario; question: { id: string } }[]) =>
    chosen.map((one) => `${one.scenario.name}/${one.question.id}`);
  const answered = (name: string, question: string, correct: boolean, at = now): Entry => ({
    kind: 'answer',
    at: new Date(at).toISOString(),
    round: 'r',
    scenario: name,
    question,
    type: 'input',
    answer: 'x',
    correct,
    score: correct ? 1 : 0,
    points: 0,
    of: 1,
    hints: 0,
    seconds: 30,
    seed: '0',
  });
  const progress = (...entries: Entry[]) => progressOf(readJournal(entries.map(journalLine).join('')).entries);

  it('is in the order of the curriculum', () => {
    expect(names(items)).toEqual(['services/q', 'dns-easy/q', 'dns-easy/r', 'dns-hard/q', 'shop/ip', 'shop/why', 'shop/mend']);
  });

  it('is the next scenario when nothing is due', () => {
    expect(names(today(items, {}, progress(), now))).toEqual(['services/q']);
    expect(names(today(items, {}, progress(answered('services', 'q', true)), now))).toEqual(['dns-easy/q', 'dns-easy/r']);
    expect(names(today(items, { topic: 'dns', difficulty: 'hard' }, progress(), now))).toEqual(['dns-hard/q']);
  });

  it('is what is due, longest first', () => {
    const known = progress(answered('services', 'q', true), answered('dns-easy', 'q', false), answered('dns-easy', 'r', true));
    expect(names(today(items, {}, known, now + 1.5 * day))).toEqual(['dns-easy/q']);
    expect(names(today(items, {}, known, now + 60 * day))).toEqual(['dns-easy/q', 'dns-easy/r', 'services/q']);
    expect(names(today(items, { count: 1 }, known, now + 60 * day))).toEqual(['dns-easy/q']);
    expect(comingBackText(items.map(keyOf), known, now)).toBe('One question comes back tomorrow.');
    expect(comingBackText(items.map(keyOf), progress(), now)).toBeUndefined();
  });

  it('is what one wishes for', () => {
    const known = progress(answered('services', 'q', true), answered('dns-easy', 'q', false));
    expect(names(wished(items, { standings: ['wrong'] }, known, now + 1))).toEqual(['dns-easy/q']);
    expect(names(wished(items, { standings: ['new'], topic: 'dns' }, known, now + 1))).toEqual(['dns-easy/r', 'dns-hard/q']);
    expect(names(wished(items, { count: 2 }, known, now))).toEqual(['services/q', 'dns-easy/q']);
  });
});
