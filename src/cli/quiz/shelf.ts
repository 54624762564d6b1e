/** The library, a scenario read only when it is taken: a quiz begins at once, however many there are. */
import { readFileSync } from 'node:fs';
import { difficulties, topicKeys } from '#learn/curriculum.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { listScenarios } from '../library.ts';
import { readScenario } from '../read-scenario.ts';
import { rank } from './selection.ts';

export class Shelf {
  readonly #paths = new Map(listScenarios().map(({ name, path }) => [name, path]));
  readonly #read = new Map<string, Promise<Scenario>>();

  /** The scenario of this name; undefined when there is none any more. */
  async take(name: string): Promise<Scenario | undefined> {
    const path = this.#paths.get(name);
    if (path === undefined) return undefined;
    const scenario = this.#read.get(name) ?? readScenario(path);
    this.#read.set(name, scenario);
    return await scenario;
  }

  /** All names, in the order in which scenarios build on each other. */
  inOrder(): readonly string[] {
    return [...this.#paths]
      .map(([name, path]) => ({ name, rank: rank(headOf(path)) }))
      .sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1))
      .map(({ name }) => name);
  }
}

/** What the file says of its place in the curriculum, as far as it can be seen without reading it properly; only the order depends on it. */
function headOf(path: string): Pick<Scenario, 'topic' | 'difficulty'> {
  const text = readFileSync(path, 'utf8');
  const said = (field: string) => new RegExp(`^ {2}${field}: *([a-z-]+) *$`, 'm').exec(text)?.[1];
  const topic = topicKeys.find((key) => key === said('topic'));
  const difficulty = difficulties.find((one) => one === said('difficulty'));
  return { ...(topic !== undefined && { topic }), ...(difficulty !== undefined && { difficulty }) };
}
