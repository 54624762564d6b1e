/** The library proves itself: every lesson comes up, is broken, can be mended, and grades honestly. `cka-net test` is the same proof. */
import { describe, expect, it } from '@jest/globals';
import { listScenarios } from '../src/cli/library.ts';
import { prove } from '../src/cli/prove.ts';
import { readScenario } from '../src/cli/read-scenario.ts';

const scenarios = listScenarios({}).map(({ path }) => path);

it('there are lessons', () => {
  expect(scenarios.length).toBeGreaterThan(2);
});

describe.each(scenarios)('%s', (path) => {
  it('keeps what it promises', async () => {
    const claims = await prove(await readScenario(path), '0');
    expect(claims.filter((claim) => !claim.holds)).toEqual([]);
  });

  it('asks at least four questions, one of them a repair', async () => {
    const { questions } = await readScenario(path);
    expect(questions.length).toBeGreaterThanOrEqual(4);
    expect(questions.some((question) => question.type === 'fix' || question.type === 'manifest')).toBe(true);
  });
});
