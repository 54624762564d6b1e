import { expect, it } from '@jest/globals';
import { itemsOf } from '#cli/quiz/selection.ts';
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
