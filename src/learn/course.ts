/** The course: in which order scenarios are learnt, what each builds on, and how far one is. */
import { difficulties, topicKeys, type Difficulty, type Topic } from './curriculum.ts';

/** What decides a scenario's place in the course. */
export interface Placed {
  /** PACK/NAME in a pack. */
  readonly name: string;
  readonly topic?: Topic;
  readonly difficulty?: Difficulty;
  /** The scenarios that its author wants to be known before. */
  readonly after: readonly string[];
  readonly pack?: { readonly name: string; readonly place: number };
}

/** Which topics a topic builds on. */
const foundations: Readonly<Record<Topic, readonly Topic[]>> = {
  'pod-networking': [],
  cni: ['pod-networking'],
  ipam: ['cni'],
  services: ['pod-networking'],
  'kube-proxy': ['services'],
  dns: ['services'],
  ingress: ['services'],
  'gateway-api': ['ingress'],
  'network-policy': ['services'],
  'node-networking': ['pod-networking'],
  troubleshooting: ['services', 'dns'],
};

/**
 * In the order in which topics build on each other, easy before hard, by name; but that what should be known before a scenario comes
 * before it. Packs follow, each in its own order.
 */
export function coursed<T extends Placed>(scenarios: readonly T[]): readonly T[] {
  const sorted = [...scenarios].sort((a, b) => byPack(a, b) || rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  const byName = new Map(sorted.map((scenario) => [scenario.name, scenario]));
  const placed = new Set<T>();
  const place = (scenario: T, waiting: readonly T[]): void => {
    if (placed.has(scenario) || waiting.includes(scenario)) return;
    for (const name of scenario.after) {
      const before = byName.get(name);
      if (before !== undefined) place(before, [...waiting, scenario]);
    }
    placed.add(scenario);
  };
  for (const scenario of sorted) place(scenario, []);
  return [...placed];
}

function byPack({ pack: a }: Placed, { pack: b }: Placed): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return a.name === b.name ? a.place - b.place : a.name < b.name ? -1 : 1;
}

/** The place of a scenario in the curriculum. */
function rank({ topic, difficulty }: Placed): number {
  const topicRank = topic === undefined ? topicKeys.length : topicKeys.indexOf(topic);
  return topicRank * 10 + (difficulty === undefined ? 9 : difficulties.indexOf(difficulty));
}

/**
 * What each scenario of a course builds on, by name. That is what its author says; where nothing is said, the first scenario of its topic
 * that is one degree easier; for the easiest ones, the first scenario of each topic that theirs builds on; in a pack, the scenario before.
 */
export function prerequisites(course: readonly Placed[]): ReadonlyMap<string, readonly string[]> {
  const names = new Set(course.map((one) => one.name));
  const first = (topic: Topic | undefined, difficulty?: Difficulty) =>
    course.find((one) => one.pack === undefined && one.topic === topic && (difficulty === undefined || one.difficulty === difficulty));
  const of = (scenario: Placed): readonly string[] => {
    const said = scenario.after.filter((name) => names.has(name));
    if (said.length > 0) return said;
    const { topic, difficulty, pack } = scenario;
    if (pack !== undefined)
      return course.filter((one) => one.pack?.name === pack.name && one.pack.place === pack.place - 1).map((one) => one.name);
    if (topic === undefined || difficulty === undefined) return [];
    const easier = difficulties.slice(0, difficulties.indexOf(difficulty)).reverse();
    const within = easier.map((one) => first(topic, one)).find((one) => one !== undefined);
    const below = within === undefined ? foundations[topic].map((one) => first(one)) : [within];
    const start = course.indexOf(scenario);
    // What comes later is no foundation: an author may have moved it behind.
    return below.flatMap((one) => (one !== undefined && course.indexOf(one) < start ? one.name : []));
  };
  return new Map(course.map((scenario) => [scenario.name, of(scenario)]));
}

/** How a scenario's questions stand. */
export interface Tally {
  readonly questions: number;
  /** That were ever answered. */
  readonly asked: number;
  readonly known: number;
  readonly due: number;
}

/**
 * `done`: all is known for now. `due`: something comes back. `begun`: some of it is still to be asked, or was wrong. `placed`: easy, in a
 * topic that is known from the placement. `next`: what the course goes on with. `open`: all it builds on was done. `locked`: not yet.
 */
export type Station = 'done' | 'due' | 'begun' | 'placed' | 'next' | 'open' | 'locked';

/** How far one is with each scenario of a course; `known` are the topics whose easy scenarios the placement has passed. */
export function stations(
  course: readonly Placed[],
  tallies: ReadonlyMap<string, Tally>,
  known: ReadonlySet<Topic>,
): ReadonlyMap<string, Station> {
  const builtOn = prerequisites(course);
  const tally = (name: string) => tallies.get(name) ?? { questions: 0, asked: 0, known: 0, due: 0 };
  const isPlaced = ({ topic, difficulty, pack }: Placed) =>
    pack === undefined && difficulty === 'easy' && topic !== undefined && known.has(topic);
  const isMet = (scenario: Placed) => isPlaced(scenario) || tally(scenario.name).asked >= tally(scenario.name).questions;
  const byName = new Map(course.map((one) => [one.name, one]));
  const found = new Map<string, Station>();
  for (const scenario of course) {
    const { questions, asked, known: right, due } = tally(scenario.name);
    const station = (): Station => {
      if (due > 0) return 'due';
      if (questions > 0 && right === questions) return 'done';
      if (asked > 0) return 'begun';
      if (isPlaced(scenario)) return 'placed';
      return builtOn.get(scenario.name)!.every((name) => isMet(byName.get(name)!)) ? 'open' : 'locked';
    };
    found.set(scenario.name, station());
  }
  const next = course.find(({ name }) => found.get(name) === 'open' && tally(name).questions > 0);
  const unfinished = course.some(({ name }) => found.get(name) === 'begun' && tally(name).asked < tally(name).questions);
  if (next !== undefined && !unfinished) found.set(next.name, 'next');
  return found;
}

/** The order in which scenarios are met for the first time: the course, what the placement has passed at its end. */
export function inCourse<T extends Placed>(scenarios: readonly T[], known: ReadonlySet<Topic>): readonly T[] {
  const course = coursed(scenarios);
  const isPlaced = ({ topic, difficulty, pack }: T) =>
    pack === undefined && difficulty === 'easy' && topic !== undefined && known.has(topic);
  return [...course.filter((one) => !isPlaced(one)), ...course.filter(isPlaced)];
}
