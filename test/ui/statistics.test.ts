import { describe, expect, it } from '@jest/globals';
import type { Entry } from '#learn/progress.ts';
import { statisticsOf } from '#learn/statistics.ts';
import { statisticsView } from '#ui/statistics-view.ts';
import { textColumns, width } from '#ui/text.ts';
import { themeOf } from '#ui/theme.ts';
import { expectScreen } from './golden.ts';

const now = Date.parse('2026-11-26T18:00:00Z');
const day = 86_400_000;
const topics = ['services', 'dns', 'cni', 'network-policy'] as const;
const catalogue = Array.from({ length: 24 }, (_, n) => ({ key: `s/q${n}`, topic: topics[n % 4]! }));
/** Half a year of somebody who learns most days, forgets some, and drills on Mondays. */
const entries = Array.from({ length: 300 }, (_, n): Entry => {
  const at = new Date(now - Math.floor((300 - n + ((n * n) % 7)) / 2) * day + (n % 5) * 60_000).toISOString();
  if (n % 7 === 4)
    return {
      kind: 'drill',
      at,
      drill: n % 2 === 0 ? 'subnet' : 'rules',
      seed: '1',
      answer: 'x',
      correct: n % 3 > 0,
      score: 1,
      hints: 0,
      seconds: n % 40,
    };
  return {
    kind: 'answer',
    at,
    round: 'r',
    scenario: 's',
    question: `q${(n * 7) % 22}`,
    type: 'input',
    answer: 'x',
    correct: (n * n) % 5 !== 4,
    score: (n * n) % 5 !== 4 ? 1 : 0,
    points: 1,
    of: 1,
    hints: 0,
    seconds: 30,
    seed: '0',
  };
}).filter((_, n) => n % 11 > 2);

describe.each([
  [40, 'signs', themeOf({ colors: 0, plain: false })],
  [40, 'plain', themeOf({ colors: 0, plain: true })],
  [80, 'signs', themeOf({ colors: 0, plain: false })],
  [80, 'colours', themeOf({ colors: 1, plain: false })],
  [200, 'signs', themeOf({ colors: 0, plain: false })],
] as const)('statistics at %d columns, %s', (window, looks, theme) => {
  it('are a screen', () => {
    const lines = statisticsView(
      statisticsOf(entries, catalogue, now, (time) => Math.floor(time / day)),
      { columns: textColumns(window), theme },
    );
    expectScreen(`statistics-${window}-${looks}`, lines);
    for (const line of lines) expect([line, width(line) <= window]).toEqual([line, true]);
  });

  it('say how to begin', () => {
    const lines = statisticsView(
      statisticsOf([], catalogue, now, (time) => Math.floor(time / day)),
      { columns: textColumns(window), theme },
    );
    expect(lines.join(' ')).toContain('`cka-net quiz` begins');
  });
});
