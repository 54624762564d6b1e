/** docs/coverage.md as it follows from the scenarios. UPDATE=1 writes it anew. */
import { beforeAll, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { coverageOf } from '../src/scenario/coverage.ts';
import type { Scenario } from '../src/scenario/scenario.ts';
import { wholeLibrary } from './support/library.ts';

const kept = 'docs/coverage.md';
let scenarios: readonly Scenario[];
let markdown: string;

beforeAll(async () => {
  scenarios = await wholeLibrary();
  ({ markdown } = coverageOf(scenarios));
  if ((process.env['UPDATE'] ?? '') !== '') writeFileSync(kept, markdown);
});

it('is what the scenarios cover; UPDATE=1 writes it anew', () => expect(readFileSync(kept, 'utf8')).toBe(markdown));

it('has no holes', () => {
  expect(coverageOf(scenarios).holes).toEqual([]);
  expect(scenarios.filter(({ subjects }) => subjects.length === 0).map(({ name }) => name)).toEqual([]);
});

it('finds holes', () => {
  const { holes } = coverageOf(scenarios.filter(({ topic }) => topic !== 'dns'));
  expect(holes).toEqual(
    expect.arrayContaining(['DNS: no scenario', 'resolv-conf: in no scenario', 'fault 17 (dns-forward-loop): in no scenario']),
  );
  expect(coverageOf([]).holes.length).toBeGreaterThan(60);
});

it('every scenario that others should come after is there', () => {
  const names = new Set(scenarios.map(({ name }) => name));
  expect(scenarios.flatMap(({ name, after }) => after.filter((one) => !names.has(one)).map((one) => `${name} after ${one}`))).toEqual([]);
});

it('every task is tried from several sides: by two right solutions at least, and three wrong ones', () => {
  const offenders = scenarios.flatMap(({ name, questions }) =>
    questions.flatMap((question) => {
      if (question.type !== 'fix' && question.type !== 'manifest') return [];
      const [right, wrong] = [1 + question.alternatives.length, question.wrong.length];
      return right >= 2 && wrong >= 3 ? [] : [`${name}/${question.id}: ${right} right, ${wrong} wrong`];
    }),
  );
  expect(offenders).toEqual([]);
});
