import { describe, expect, it } from '@jest/globals';
import { BadScenario } from '#cli/failure.ts';
import { nextVisit, withSeed } from '#cli/quiz/visit.ts';
import { progressOf, type Entry } from '#learn/progress.ts';
import { loadScenario } from '#scenario/load.ts';
import type { Scenario } from '#scenario/scenario.ts';

function scenario(name: string, spec: string): Scenario {
  const text = `apiVersion: cka-net/v1\nkind: Scenario\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
  const loaded = loadScenario([{ name: `${name}.yaml`, text }]);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.scenario;
}

const shop = scenario('shop', '{story: the shop on node01, vary: [[shop, market], {swap: [node01, node02]}]}');
const plain = scenario('plain', '{story: the shop}');

/** What is known after visits with these seeds. */
function after(...seeds: string[]) {
  const answers = seeds.map((seed, index): Entry => ({
    kind: 'answer',
    at: new Date(index).toISOString(),
    round: String(index),
    scenario: 'shop',
    question: 'q',
    type: 'input',
    answer: '',
    correct: true,
    score: 1,
    points: 1,
    of: 1,
    hints: 0,
    seconds: 1,
    seed,
  }));
  return progressOf(answers);
}

describe('a visit', () => {
  it('is as written at first', () => expect(nextVisit(shop, after())).toBe(shop));
  it('differs from the last one, whatever that was', () => {
    let progress = after('0');
    for (let visit = 1, last = shop; visit < 40; visit++) {
      const next = nextVisit(shop, progress);
      expect(next.story).not.toBe(last.story);
      expect(next).toMatchObject({ name: 'shop' });
      last = next;
      progress = after(next.seed);
    }
    expect(nextVisit(shop, after('of my own')).story).not.toBe(withSeed(shop, 'of my own').story);
  });
  it('changes everything the second time', () => expect(nextVisit(shop, after('0')).story).toBe('the market on node02'));
  it('is always the same where nothing varies', () => {
    expect(nextVisit(plain, after('0', '5'))).toBe(plain);
    expect(nextVisit(plain, { ...after(), seeds: new Map([['plain', '5']]) })).toBe(plain);
  });
});

it('a seed whose words do not fit is a bad scenario', () => {
  const broken = scenario('broken', '{files: [{node: node01, path: /x, content: x}], vary: [[node01, node09]]}');
  expect(() => withSeed(broken, '1')).toThrow(BadScenario);
});
