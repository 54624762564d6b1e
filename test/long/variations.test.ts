/** Every scenario that varies, proven in full with other words: seed 1 changes all, 2 draws. */
import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { listScenarios } from '#cli/library.ts';
import { prove } from '#cli/prove.ts';
import { loadScenario } from '#scenario/load.ts';

const varying = listScenarios({}).flatMap(({ path }) => {
  const loaded = loadScenario([{ name: path, text: readFileSync(path, 'utf8') }]);
  if (!loaded.ok) throw new Error(loaded.problems.map((one) => one.message).join('\n'));
  return loaded.scenario.varies ? [loaded.scenario] : [];
});

it('some vary', () => expect(varying.length).toBeGreaterThan(4));

it.each(varying.flatMap(({ name, varied }) => ['1', '2'].map((seed) => ({ name, seed, varied }))))(
  '$name with seed $seed',
  async ({ seed, varied }) => {
    const loaded = varied(seed);
    if (!loaded.ok) throw new Error(loaded.problems.map((one) => one.message).join('\n'));
    const { claims } = await prove(loaded.scenario, seed);
    expect(claims.filter((one) => !one.holds)).toEqual([]);
  },
  60_000,
);
