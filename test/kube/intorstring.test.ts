import { expect, it } from '@jest/globals';
import { scaledValue } from '#kube/intorstring.ts';

it.each([
  [3, 10, true, 3],
  ['25%', 10, true, 3],
  ['25%', 10, false, 2],
  ['0%', 10, true, 0],
  ['100%', 7, false, 7],
  ['25', 10, true, undefined],
  ['http', 10, true, undefined],
])('%s of %i, rounded up: %s → %s', (value, total, roundUp, want) => {
  expect(scaledValue(value, total, roundUp)).toBe(want);
});
