/** Which variation of a scenario a visit plays: the first one as it is written, each later one another than the last. */
import type { Progress } from '#learn/progress.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { BadScenario } from '../failure.ts';

/** So many seeds are tried for other words than the last time; two words that vary have as good as surely changed by then. */
const tries = 50;

/** The scenario with the words of a seed; throws a {@link BadScenario} when they do not fit. */
export function withSeed(scenario: Scenario, seed: string): Scenario {
  if (scenario.seed === seed) return scenario;
  const varied = scenario.varied(seed);
  if (!varied.ok) throw new BadScenario(varied.problems);
  return varied.scenario;
}

/** The scenario as the next visit finds it. One that does not vary is always the same. */
export function nextVisit(scenario: Scenario, { seeds }: Progress): Scenario {
  const last = seeds.get(scenario.name);
  if (last === undefined || !scenario.varies) return scenario;
  const before = wordsOf(withSeed(scenario, last));
  const start = /^\d{1,9}$/.test(last) ? Number(last) : 0;
  for (let seed = start + 1; seed < start + tries; seed++) {
    const next = withSeed(scenario, String(seed));
    if (wordsOf(next) !== before) return next;
  }
  return scenario;
}

function wordsOf({ replacements }: Scenario): string {
  return JSON.stringify([...replacements]);
}
