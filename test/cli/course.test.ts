import { describe, expect, it } from '@jest/globals';
import { itemsOf } from '#cli/quiz/selection.ts';
import { Shelf } from '#cli/quiz/shelf.ts';
import { coursed, inCourse, prerequisites, stations, type Tally } from '#learn/course.ts';
import { topicKeys, type Topic } from '#learn/curriculum.ts';
import { loadScenario } from '#scenario/load.ts';

function scenario(name: string, topic: string, difficulty: string, after: string[] = []) {
  const text = `apiVersion: cka-net/v1
kind: Scenario
metadata: {name: ${name}, topic: ${topic}, difficulty: ${difficulty}, after: [${after.join(', ')}]}
spec: {questions: [{id: a, type: input, prompt: x, answer: {run: x}}]}
`;
  const loaded = loadScenario([{ name: `${name}.yaml`, text }]);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.scenario;
}

// prettier-ignore
const courses: [what: string, scenarios: ReturnType<typeof scenario>[], order: string[]][] = [
  ['topics, then difficulty, then name', [scenario('d', 'dns', 'easy'), scenario('c', 'cni', 'hard'), scenario('b', 'cni', 'easy'), scenario('a', 'cni', 'hard')], ['b', 'a', 'c', 'd']],
  ['what should be known before comes before', [scenario('a', 'cni', 'easy', ['z']), scenario('b', 'cni', 'easy'), scenario('z', 'dns', 'easy')], ['z', 'a', 'b']],
  ['through several', [scenario('a', 'cni', 'easy', ['b']), scenario('b', 'dns', 'easy', ['c']), scenario('c', 'ingress', 'easy')], ['c', 'b', 'a']],
  ['a ring is walked once', [scenario('a', 'cni', 'easy', ['b']), scenario('b', 'cni', 'easy', ['a'])], ['b', 'a']],
  ['one that is not there does not matter', [scenario('a', 'cni', 'easy', ['nope'])], ['a']],
];
it.each(courses)('%s', (_, scenarios, order) => expect(itemsOf(scenarios).map((item) => item.scenario.name)).toEqual(order));

// prettier-ignore
const built: [what: string, scenarios: ReturnType<typeof scenario>[], want: Record<string, string[]>][] = [
  ['what its author says', [scenario('a', 'cni', 'easy'), scenario('b', 'cni', 'easy', ['a', 'nope'])], { a: [], b: ['a'] }],
  ['the first that is a degree easier', [scenario('a', 'cni', 'easy'), scenario('b', 'cni', 'easy'), scenario('c', 'cni', 'medium'), scenario('d', 'cni', 'hard')], { a: [], b: [], c: ['a'], d: ['c'] }],
  ['two degrees, where none is between', [scenario('a', 'cni', 'easy'), scenario('d', 'cni', 'hard')], { a: [], d: ['a'] }],
  ['the topics below', [scenario('p', 'pod-networking', 'easy'), scenario('s', 'services', 'medium'), scenario('d', 'dns', 'easy'), scenario('t', 'troubleshooting', 'hard')], { p: [], s: ['p'], d: ['s'], t: ['s', 'd'] }],
  ['nothing that comes later', [scenario('p', 'pod-networking', 'easy', ['c']), scenario('c', 'cni', 'easy')], { c: [], p: ['c'] }],
];
it.each(built)('a scenario builds on %s', (_, scenarios, want) =>
  expect(Object.fromEntries(prerequisites(coursed(scenarios)))).toEqual(want),
);

describe('how far one is', () => {
  const course = coursed([
    scenario('a', 'pod-networking', 'easy'),
    scenario('b', 'pod-networking', 'easy'),
    scenario('c', 'pod-networking', 'medium'),
    scenario('s', 'services', 'easy'),
  ]);
  const of = (tallies: Record<string, Partial<Tally>>, ...known: Topic[]) => {
    const all = new Map(course.map(({ name }) => [name, { questions: 2, asked: 0, known: 0, due: 0, ...tallies[name] }]));
    return [...stations(course, all, new Set(known)).values()].join(' ');
  };
  // prettier-ignore
  it.each<[what: string, tallies: Record<string, Partial<Tally>>, known: Topic[], want: string]>([
    ['the first is next', {}, [], 'next open locked locked'],
    ['one that was begun goes on first', { a: { asked: 1, known: 1 } }, [], 'begun open locked locked'],
    ['what was asked opens what builds on it', { a: { asked: 2, known: 1 } }, [], 'begun next open open'],
    ['all known', { a: { asked: 2, known: 2 }, b: { asked: 2, known: 2 } }, [], 'done done next open'],
    ['what comes back', { a: { asked: 2, known: 1, due: 1 } }, [], 'due next open open'],
    ['what the placement has found', {}, ['pod-networking'], 'placed placed next open'],
    ['what is done, although it was placed', { a: { asked: 2, known: 2 } }, ['pod-networking'], 'done placed next open'],
    ['nothing is left', Object.fromEntries(['a', 'b', 'c', 's'].map((name) => [name, { asked: 2, known: 2 }])), [], 'done done done done'],
  ])('%s', (_, tallies, known, want) => expect(of(tallies, ...known)).toBe(want));

  it('what is known comes last', () =>
    expect(inCourse(course, new Set<Topic>(['pod-networking'])).map((one) => one.name)).toEqual(['c', 's', 'a', 'b']));
});

describe('the library is a course', () => {
  const course = coursed(new Shelf().places());
  const builtOn = prerequisites(course);
  const place = new Map(course.map(({ name }, index) => [name, index]));
  it('over all topics', () => expect(new Set(course.map((one) => one.topic))).toEqual(new Set(topicKeys)));
  it('whose scenarios name none that is not there', () =>
    expect(course.flatMap((one) => one.after.filter((name) => !place.has(name)))).toEqual([]));
  it('in which what a scenario builds on comes before it: there is no ring', () => {
    for (const { name } of course)
      for (const before of [...builtOn.get(name)!])
        expect([name, before, place.get(before)! < place.get(name)!]).toEqual([name, before, true]);
    for (const { name, after } of course)
      for (const before of after) expect([name, before, place.get(before)! < place.get(name)!]).toEqual([name, before, true]);
  });
  it('that can be walked from its easy beginnings to everything', () => {
    const starts = course.filter(({ name }) => builtOn.get(name)!.length === 0);
    expect(starts.every((one) => one.topic === 'pod-networking' && one.difficulty === 'easy')).toBe(true);
    const met = new Set(starts.map((one) => one.name));
    for (const { name } of course) if (builtOn.get(name)!.every((before) => met.has(before))) met.add(name);
    expect(course.filter(({ name }) => !met.has(name))).toEqual([]);
  });
});
