import { expect, it } from '@jest/globals';
import { ageOf, humanDuration } from '#apiserver/tables/duration.ts';

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];

it.each([
  [-2 * second, '<invalid>'],
  [-1 * second, '0s'],
  [0, '0s'],
  [95 * second, '95s'],
  [119_999, '119s'],
  [2 * minute, '2m'],
  [3 * minute + 20 * second, '3m20s'],
  [9 * minute + 59 * second, '9m59s'],
  [10 * minute + 59 * second, '10m'],
  [179 * minute, '179m'],
  [3 * hour, '3h'],
  [5 * hour + 12 * minute, '5h12m'],
  [8 * hour + 59 * minute, '8h'],
  [47 * hour, '47h'],
  [2 * day, '2d'],
  [3 * day + 4 * hour, '3d4h'],
  [8 * day + 4 * hour, '8d'],
  [400 * day, '400d'],
  [2 * 365 * day, '2y'],
  [2 * 365 * day + 35 * day, '2y35d'],
  [9 * 365 * day, '9y'],
])('%d ms is %s', (milliseconds, want) => {
  expect(humanDuration(milliseconds)).toBe(want);
});

it('an age without a beginning is unknown', () => {
  expect(ageOf(undefined, 0)).toBe('<unknown>');
});
