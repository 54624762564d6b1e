import { describe, expect, it } from '@jest/globals';
import { drillKinds, drillText } from '#learn/drills/drill.ts';
import { proveQuestion } from '#learn/proof.ts';
import { startLesson } from '#lesson/lesson.ts';
import { loadScenario } from '#scenario/load.ts';

const seeds = Number(process.env['DRILL_SEEDS'] ?? 1);

describe.each(drillKinds.map((one) => [one.kind, one] as const))('drill %s', (_, kind) => {
  it('makes sound scenarios, the same for the same seed', () => {
    const texts = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const text = drillText(kind, String(seed));
      expect(drillText(kind, String(seed))).toBe(text);
      const loaded = loadScenario([{ name: 'drill.yaml', text }]);
      expect([seed, loaded.ok ? [] : loaded.problems]).toEqual([seed, []]);
      texts.add(text);
    }
    expect(texts.size).toBeGreaterThan(25);
  });

  it('is answered by the engine', async () => {
    for (let seed = 0; seed < seeds; seed++) {
      const loaded = loadScenario([{ name: 'drill.yaml', text: drillText(kind, String(seed)) }]);
      if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
      const started = await startLesson(loaded.scenario, { seed: '0' });
      if (!started.ok) throw new Error(JSON.stringify(started.error));
      const claims = await proveQuestion(loaded.scenario.questions[0]!, { cluster: started.value.cluster, seed: '0' });
      expect([seed, loaded.scenario.questions[0]!.prompt, claims.filter((claim) => !claim.holds)]).toEqual([
        seed,
        loaded.scenario.questions[0]!.prompt,
        [],
      ]);
    }
  }, 120_000);
});
