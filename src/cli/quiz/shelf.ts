/** The library, a scenario read only when it is taken: a quiz begins at once, however many there are. */
import { readFileSync } from 'node:fs';
import { inCourse, type Placed } from '#learn/course.ts';
import { difficulties, topicKeys, type Topic } from '#learn/curriculum.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { BadScenario } from '../failure.ts';
import { listScenarios, type Listed } from '../library.ts';
import { readScenario } from '../read-scenario.ts';

export class Shelf {
  readonly #listed = new Map(listScenarios().map((one) => [one.name, one]));
  readonly #taken = new Map<string, Promise<Scenario>>();
  readonly #read: (path: string) => Promise<Scenario>;

  constructor(read: (path: string) => Promise<Scenario> = readScenario) {
    this.#read = read;
  }

  /** The scenario of this name; undefined when there is none any more, or it is not sound. */
  async take(name: string): Promise<Scenario | undefined> {
    const listed = this.#listed.get(name);
    if (listed === undefined) return undefined;
    const scenario = this.#taken.get(name) ?? this.#read(listed.path);
    this.#taken.set(name, scenario);
    try {
      return await scenario;
    } catch (error) {
      // Whoever wants to be asked has not written it; `cka-net list` says what is wrong with it.
      if (error instanceof BadScenario) return undefined;
      throw error;
    }
  }

  /** All names, in the order in which scenarios build on each other; easy ones of topics that are known come last. */
  inOrder(known: ReadonlySet<Topic> = new Set()): readonly string[] {
    return inCourse(this.places(), known).map(({ name }) => name);
  }

  /** What decides the place of each in the course. */
  places(): readonly Placed[] {
    return [...this.#listed.values()].map(placeOf);
  }
}

/** What the file says of its place in the course, as far as it can be seen without reading it properly; only the order depends on it. */
export function placeOf({ name, path, pack }: Listed): Placed {
  const text = readFileSync(path, 'utf8');
  const said = (field: string) => new RegExp(`^ {2}${field}: *(.+?) *$`, 'm').exec(text)?.[1];
  const topic = topicKeys.find((key) => key === said('topic'));
  const difficulty = difficulties.find((one) => one === said('difficulty'));
  const inPack = (short: string) => (pack?.scenarios.some((one) => one.name === short) === true ? `${pack.name}/${short}` : short);
  const after = ((said('after') ?? '').match(/[a-z0-9-]+/g) ?? []).map(inPack);
  const place = pack?.scenarios.findIndex((one) => `${pack.name}/${one.name}` === name) ?? 0;
  return {
    name,
    after,
    ...(pack !== undefined && { pack: { name: pack.name, place } }),
    ...(topic !== undefined && { topic }),
    ...(difficulty !== undefined && { difficulty }),
  };
}
