/** The library that comes with the program, for suites that look at all of it: each scenario is read once in a process. */
import { listScenarios } from '#cli/library.ts';
import { readScenario } from '#cli/read-scenario.ts';
import type { Scenario } from '#scenario/scenario.ts';

export const libraryPaths: readonly string[] = listScenarios({}).map(({ path }) => path);

const read = new Map<string, Promise<Scenario>>();

/** A scenario of the library, by its path. */
export function scenarioAt(path: string): Promise<Scenario> {
  const reading = read.get(path) ?? readScenario(path);
  read.set(path, reading);
  return reading;
}

export const wholeLibrary = (): Promise<readonly Scenario[]> => Promise.all(libraryPaths.map(scenarioAt));
