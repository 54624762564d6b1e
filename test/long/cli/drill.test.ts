/** Exercises of every kind, of many seeds: they are sound, and others each time. That the engine answers them: test/real/drills. */
import { expect, it } from '@jest/globals';
import { drillKinds, drillText } from '#learn/drills/drill.ts';
import { loadScenario } from '#scenario/load.ts';

const seeds = Array.from({ length: 30 }, (_, seed) => String(seed));

it.each(drillKinds.map((one) => [one.kind, one] as const))('drill %s makes sound scenarios', (_, kind) => {
  const texts = seeds.map((seed) => drillText(kind, seed));
  for (const [seed, text] of texts.entries()) {
    const loaded = loadScenario([{ name: 'drill.yaml', text }]);
    expect([seed, loaded.ok ? [] : loaded.problems]).toEqual([seed, []]);
  }
  expect(new Set(texts).size).toBeGreaterThan(20);
});
