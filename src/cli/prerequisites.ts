/** What a scenario says should be known before it: whether it is there, and whether the way leads round in a ring. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Placed } from '#learn/course.ts';
import type { Finding } from '#scenario/lint/finding.ts';
import { didYouMean } from '#scenario/nearest.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { scenarioName } from './library.ts';
import { placeOf, Shelf } from './quiz/shelf.ts';

/** Looks among the library and the files beside this one. */
export function prerequisiteFindings(scenario: Scenario, file: string): readonly Finding[] {
  if (scenario.after.length === 0) return [];
  const others = new Map([...new Shelf().places(), ...beside(file)].map((one) => [one.name, one]));
  const known = new Map(others).set(scenario.name, scenario);
  return scenario.after.flatMap((name, index) => {
    const tell = (message: string, note: string): Finding => ({
      ...scenario.problem(['metadata', 'after', index], message, note),
      rule: 'prerequisites',
      severity: 'error',
    });
    if (name === scenario.name) return [tell('a scenario cannot be known before itself', 'leave it out')];
    if (!others.has(name))
      return [
        tell(
          `no scenario is called "${name}"${didYouMean(name, others.keys())}`,
          '`cka-net list` shows them; those beside this file count, too',
        ),
      ];
    const ring = wayTo(scenario.name, name, known, new Set());
    return ring === undefined
      ? []
      : [tell(`"${name}" itself wants this scenario to be known before (${ring.join(', ')})`, 'leave one of them out of the ring')];
  });
}

/** The scenarios from one to another by what should be known before; undefined when there is no way. */
function wayTo(target: string, from: string, known: ReadonlyMap<string, Placed>, seen: Set<string>): readonly string[] | undefined {
  if (from === target) return [target];
  if (seen.has(from)) return undefined;
  seen.add(from);
  for (const before of known.get(from)?.after ?? []) {
    const way = wayTo(target, before, known, seen);
    if (way !== undefined) return [from, ...way];
  }
  return undefined;
}

function beside(file: string): readonly Placed[] {
  const directory = dirname(file);
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((one) => one.isFile() && /\.ya?ml$/.test(one.name))
    .map((one) => placeOf({ name: scenarioName(one.name), path: join(directory, one.name) }));
}
