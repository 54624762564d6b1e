/** Exercises of every kind and many seeds: the engine answers them, and neither nothing nor the prompt does. */
import { expect, it } from '@jest/globals';
import { drillKinds } from '#learn/drills/drill.ts';
import { faultsOf } from '../support/drills.ts';

const seeds = Array.from({ length: Number(process.env['DRILL_SEEDS'] ?? 10) }, (_, seed) => String(seed));

it.each(drillKinds.map((one) => [one.kind, one] as const))(
  'drill %s',
  async (_, kind) => {
    for (const seed of seeds) expect([seed, await faultsOf(kind, seed)]).toEqual([seed, []]);
  },
  120_000,
);
