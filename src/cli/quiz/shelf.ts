/** The library, a scenario read only when it is taken: a quiz begins at once, however many there are. */
import { readFileSync } from 'node:fs';
import { difficulties, topicKeys } from '#learn/curriculum.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { listScenarios } from '../library.ts';
import { readScenario } from '../read-scenario.ts';
import { coursed, type Placed } from './selection.ts';

export class Shelf {
  readonly #paths = new Map(listScenarios().map(({ name, path }) => [name, path]));
  readonly #taken = new Map<string, Promise<Scenario>>();
  readonly #read: (path: string) => Promise<Scenario>;

  constructor(read: (path: string) => Promise<Scenario> = readScenario) {
    this.#read = read;
  }

  /** The scenario of this name; undefined when there is none any more. */
  async take(name: string): Promise<Scenario | undefined> {
    const path = this.#paths.get(name);
    if (path === undefined) return undefined;
    const scenario = this.#taken.get(name) ?? this.#read(path);
    this.#taken.set(name, scenario);
    return await scenario;
  }

  /** All names, in the order in which scenarios build on each other. */
  inOrder(): readonly string[] {
    return coursed([...this.#paths].map(([name, path]) => placeOf(name, path))).map(({ name }) => name);
  }
}

/** What the file says of its place in the course, as far as it can be seen without reading it properly; only the order depends on it. */
function placeOf(name: string, path: string): Placed {
  const text = readFileSync(path, 'utf8');
  const said = (field: string) => new RegExp(`^ {2}${field}: *(.+?) *$`, 'm').exec(text)?.[1];
  const topic = topicKeys.find((key) => key === said('topic'));
  const difficulty = difficulties.find((one) => one === said('difficulty'));
  const after = (said('after') ?? '').match(/[a-z0-9-]+/g) ?? [];
  return { name, after, ...(topic !== undefined && { topic }), ...(difficulty !== undefined && { difficulty }) };
}
