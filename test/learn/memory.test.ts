import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pointsFor, shareAfter } from '#learn/hint.ts';
import { journalLine, mendJournal, progressOf, readJournal, standingOf, type Answered, type Entry } from '#learn/progress.ts';
import { isDue, ratingOf, remember, retrievability, type Review } from '#learn/schedule.ts';

const day = 86_400_000;
const start = Date.parse('2026-11-23T10:00:00Z');

const review = (rest: Partial<Review> = {}): Review => ({
  at: start,
  correct: true,
  score: 1,
  hints: 0,
  seconds: 30,
  kind: 'input',
  ...rest,
});

describe('schedule', () => {
  it.each([
    ['wrong', { correct: false, score: 0 }, 'Again'],
    ['half right', { correct: false, score: 0.5 }, 'Hard'],
    ['right after two hints', { hints: 2 }, 'Hard'],
    ['right after a hint', { hints: 1, seconds: 1 }, 'Good'],
    ['right', {}, 'Good'],
    ['right at once', { seconds: 5 }, 'Easy'],
    ['a repair in a minute', { kind: 'fix' as const, seconds: 60 }, 'Easy'],
  ])('%s', (_, rest, want) => {
    expect(['Manual', 'Again', 'Hard', 'Good', 'Easy'][ratingOf(review(rest))]).toBe(want);
  });

  it('asks again sooner what was wrong, later what was right', () => {
    const wrong = remember(undefined, review({ correct: false, score: 0 }));
    const right = remember(undefined, review());
    const easy = remember(undefined, review({ seconds: 1 }));
    expect(wrong.due).toBeGreaterThanOrEqual(start + day);
    expect(right.due).toBeGreaterThan(wrong.due);
    expect(easy.due).toBeGreaterThan(right.due);
    const again = remember(right, review({ at: right.due }));
    expect(again.due - again.last).toBeGreaterThan(right.due - right.last);
    expect(retrievability(right, right.due)).toBeCloseTo(0.9, 1);
    expect(isDue(right, right.due - 1)).toBe(false);
    expect(isDue(right, right.due)).toBe(true);
  });

  it('survives clocks that jump', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.integer({ min: 0, max: 4e12 }), correct: fc.boolean() }), { minLength: 1, maxLength: 20 }),
        (reviews) => {
          let memory = undefined as ReturnType<typeof remember> | undefined;
          for (const { at, correct } of reviews) memory = remember(memory, review({ at, correct, score: correct ? 1 : 0 }));
          const last = reviews.at(-1)!.at;
          expect(memory!.due).toBeGreaterThan(last);
          expect(memory!.due).toBeLessThanOrEqual(last + 366 * day);
          expect(retrievability(memory!, last)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('counts an answer from the future as due', () => {
    expect(isDue(remember(undefined, review({ at: start + 1000 * day })), start)).toBe(true);
  });
});

const answered = (rest: Partial<Answered> = {}): Answered => ({
  kind: 'answer',
  at: '2026-11-23T10:00:00.000Z',
  round: 'r1',
  scenario: 'selector',
  question: 'who',
  type: 'input',
  answer: '10.96.12.7',
  correct: true,
  score: 1,
  points: 1,
  of: 1,
  hints: 0,
  seconds: 30,
  seed: '0',
  ...rest,
});
const begun: Entry = {
  kind: 'round',
  at: '2026-11-23T09:59:00.000Z',
  round: 'r1',
  seed: '0',
  questions: [{ scenario: 'selector', question: 'who' }],
};

describe('the journal', () => {
  it('reads what it writes', () => {
    const entries: Entry[] = [
      begun,
      answered(),
      { kind: 'end', at: '2026-11-23T10:01:00Z', round: 'r1' },
      { kind: 'flag', at: '2026-11-23T10:01:00Z', scenario: 's', question: 'q', seed: '0', version: '0.1.0', note: 'a "quoted"\nnote' },
    ];
    expect(readJournal(entries.map(journalLine).join(''))).toEqual({ entries, damaged: [] });
  });

  it.each([
    ['a torn last line', `${journalLine(answered())}{"kind":"ans`, 1, [2]],
    ['rubbish in between', `${journalLine(begun)}\u0000\u0000rubbish\n${journalLine(answered())}`, 2, [2]],
    ['a field of the wrong type', journalLine({ ...answered(), score: 'x' } as never), 0, [1]],
    ['an empty file', '', 0, []],
    ['blank lines', `\n\n${journalLine(answered())}\n`, 1, []],
    ['a kind of a later version', `{"kind":"dream","at":"?"}\n${journalLine(answered())}`, 1, []],
    ['a field of a later version', `${JSON.stringify({ ...answered(), mood: 'good' })}\n`, 1, []],
  ])('%s', (_, text, entries, damaged) => {
    const read = readJournal(text);
    expect(read.entries).toHaveLength(entries);
    expect(read.damaged.map((one) => one.line)).toEqual(damaged);
    const mended = mendJournal(text);
    expect(readJournal(mended.sound)).toEqual({ entries: read.entries, damaged: [] });
    expect(mended.damaged === '').toBe(damaged.length === 0);
  });

  it('loads whatever it is cut off to', () => {
    const text = [begun, answered(), answered({ question: 'why' })].map(journalLine).join('');
    for (let length = 0; length <= text.length; length++) {
      const { entries, damaged } = readJournal(text.slice(0, length));
      expect(entries.length).toBe(text.slice(0, length).split('\n').length - 1 + (text[length] === '\n' ? 1 : 0));
      expect(damaged.length).toBeLessThanOrEqual(1);
    }
  });
});

describe('progress', () => {
  it('knows what is new, due, wrong, known', () => {
    const progress = progressOf([answered(), answered({ question: 'why', correct: false, score: 0 })]);
    expect(standingOf('selector/never', progress, start)).toBe('new');
    expect(standingOf('selector/who', progress, start + 1)).toBe('known');
    expect(standingOf('selector/why', progress, start + 1)).toBe('wrong');
    expect(standingOf('selector/who', progress, start + 60 * day)).toBe('due');
  });

  it('finds the round that was interrupted', () => {
    expect(progressOf([begun, answered()]).unfinished).toMatchObject({ begun: { round: 'r1' }, answers: [{ question: 'who' }] });
    expect(progressOf([begun, answered(), { kind: 'end', at: begun.at, round: 'r1' }]).unfinished).toBeUndefined();
    expect(progressOf([answered({ round: 'r0' })]).unfinished).toBeUndefined();
  });
});

describe('hints', () => {
  it.each([
    [0, 1],
    [1, 0.9],
    [2, 0.7],
    [3, 0.4],
    [9, 0.4],
  ])('%d hints leave %d of the points', (hints, share) => expect(shareAfter(hints)).toBe(share));

  it('leave a whole number of cents', () => expect(pointsFor(0.333, 2, 3)).toBe(0.7));
});
