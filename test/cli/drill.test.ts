import { describe, expect, it } from '@jest/globals';
import { drillKinds, drillText } from '#learn/drills/drill.ts';
import { loadScenario } from '#scenario/load.ts';
import { faultsOf } from '../support/drills.ts';

describe.each(drillKinds.map((one) => [one.kind, one] as const))('drill %s', (_, kind) => {
  it('makes sound scenarios, the same for the same seed', () => {
    const texts = new Set<string>();
    for (let seed = 0; seed < 30; seed++) {
      const text = drillText(kind, String(seed));
      expect(drillText(kind, String(seed))).toBe(text);
      const loaded = loadScenario([{ name: 'drill.yaml', text }]);
      expect([seed, loaded.ok ? [] : loaded.problems]).toEqual([seed, []]);
      texts.add(text);
    }
    expect(texts.size).toBeGreaterThan(20);
  });
});

// All kinds with many seeds: test/real/drills.test.ts.
it.each(drillKinds.filter(({ kind }) => ['subnet', 'rules', 'outcome'].includes(kind)).map((one) => [one.kind, one] as const))(
  'the engine answers %s',
  async (_, kind) => expect(await faultsOf(kind, '1')).toEqual([]),
  20_000,
);
