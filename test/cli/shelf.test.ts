import { expect, it } from '@jest/globals';
import { itemsOf } from '#cli/quiz/selection.ts';
import { Shelf } from '#cli/quiz/shelf.ts';
import { wholeLibrary } from '../support/library.ts';

it('a shelf has the order of the curriculum without reading the scenarios', async () => {
  const order = [...new Set(itemsOf(await wholeLibrary()).map((item) => item.scenario.name))];
  expect(new Shelf().inOrder().filter((name) => order.includes(name))).toEqual(order);
});

it('a scenario that is gone is not there', async () => expect(await new Shelf().take('no-such-scenario')).toBeUndefined());
