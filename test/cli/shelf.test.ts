import { expect, it } from '@jest/globals';
import { listScenarios } from '#cli/library.ts';
import { itemsOf } from '#cli/quiz/selection.ts';
import { Shelf } from '#cli/quiz/shelf.ts';
import { readScenario } from '#cli/read-scenario.ts';

it('a shelf has the order of the curriculum without reading the scenarios', async () => {
  const scenarios = await Promise.all(listScenarios().map(({ path }) => readScenario(path)));
  const order = [...new Set(itemsOf(scenarios).map((item) => item.scenario.name))];
  expect(new Shelf().inOrder().filter((name) => order.includes(name))).toEqual(order);
});

it('a scenario that is gone is not there', async () => expect(await new Shelf().take('no-such-scenario')).toBeUndefined());
