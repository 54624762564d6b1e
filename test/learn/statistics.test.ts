import { describe, expect, it } from '@jest/globals';
import { statisticsOf, type Catalogued } from '#learn/statistics.ts';
import type { Answered, Entry } from '#learn/progress.ts';

const day = 86_400_000;
const now = Date.parse('2026-11-26T18:00:00Z'); // a Thursday
const utc = (time: number) => Math.floor(time / day);

const answered = (question: string, daysAgo: number, correct = true, topic: Answered['topic'] = 'services'): Entry => ({
  kind: 'answer',
  at: new Date(now - daysAgo * day).toISOString(),
  round: 'r',
  scenario: 's',
  question,
  type: 'input',
  ...(topic !== undefined && { topic }),
  answer: 'x',
  correct,
  score: correct ? 1 : 0,
  points: correct ? 1 : 0,
  of: 1,
  hints: 0,
  seconds: 30,
  seed: '0',
});
const drilled = (correct: boolean, seconds: number, daysAgo = 0): Entry => ({
  kind: 'drill',
  at: new Date(now - daysAgo * day).toISOString(),
  drill: 'subnet',
  seed: '1',
  answer: 'x',
  correct,
  score: correct ? 1 : 0,
  hints: 0,
  seconds,
});
const catalogue: readonly Catalogued[] = [
  { key: 's/a', topic: 'services' },
  { key: 's/b', topic: 'services' },
  { key: 's/c', topic: 'dns' },
  { key: 's/d', topic: 'cni' },
  { key: 's/e' },
];
const of = (...entries: Entry[]) => statisticsOf(entries, catalogue, now, utc);

describe('statistics', () => {
  it('of nothing', () => {
    expect(of()).toMatchObject({
      answers: 0,
      right: null,
      retention: null,
      standings: { new: 5, due: 0, wrong: 0, known: 0 },
      streak: { days: 0, longest: 0, active: 0 },
      drills: [],
      exams: [],
    });
  });

  it('count what is known, weakest topic first, what was never seen last', () => {
    const { topics, right, standings } = of(answered('a', 1), answered('b', 1), answered('c', 1), answered('c', 0, false));
    expect(right).toBe(0.75);
    expect(standings).toEqual({ new: 2, due: 0, wrong: 1, known: 2 });
    expect(topics.map(({ topic, seen, known, right: share }) => [topic, seen, known, share])).toEqual([
      ['dns', 1, 0, 0],
      ['services', 2, 2, 1],
      ['cni', 0, 0, null],
    ]);
    // What was wrong the last time is not known, however fresh its explanation is.
    expect(topics[0]!.retention).toBe(0);
    expect(topics[1]!.retention).toBeGreaterThan(0.85);
    expect(topics[1]!.retention).toBeLessThan(1);
  });

  it.each([
    ['today and the two days before', [0, 1, 2], { days: 3, longest: 3, active: 3 }],
    ['not yet today', [1, 2], { days: 2, longest: 2, active: 2 }],
    ['broken the day before yesterday', [2, 3, 4, 9], { days: 0, longest: 3, active: 4 }],
    ['twice on one day', [0, 0], { days: 1, longest: 1, active: 1 }],
    ['a clock that was ahead', [-400, 1], { days: 2, longest: 2, active: 2 }],
  ])('a streak: %s', (_, ago, want) => expect(of(...ago.map((days) => answered('a', days))).streak).toEqual(want));

  it('foresees what comes back, what is overdue today', () => {
    const { forecast } = of(answered('a', 60), answered('b', 0, false), answered('c', 0));
    expect(forecast).toHaveLength(14);
    expect(forecast[0]).toEqual({ day: '2026-11-26', due: 1 });
    expect(forecast[1]).toEqual({ day: '2026-11-27', due: 1 });
    expect(forecast.reduce((sum, one) => sum + one.due, 0)).toBe(3);
  });

  it('map whole weeks up to today', () => {
    const { days } = of(answered('a', 0), answered('b', 0), drilled(true, 5, 3));
    expect(days).toHaveLength(25 * 7 + 4);
    expect(new Date(days[0]!.day).getUTCDay()).toBe(1);
    expect(days.at(-1)).toEqual({ day: '2026-11-26', done: 2 });
    expect(days.at(-4)).toEqual({ day: '2026-11-23', done: 1 });
  });

  it('of drills: how often right, how fast as a rule', () => {
    expect(of(drilled(true, 4), drilled(false, 90), drilled(true, 8)).drills).toEqual([
      { drill: 'subnet', done: 3, right: 0.667, seconds: 8 },
    ]);
  });
});
