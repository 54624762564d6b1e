import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { didYouMean, editDistance, nearest } from '#scenario/nearest.ts';

describe('did you mean', () => {
  it.each([
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1],
    ['', 'abc', 3],
    ['same', 'same', 0],
  ])('%s and %s are %d apart', (a, b, distance) => expect(editDistance(a, b)).toBe(distance));

  it('is a distance', () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });

  it.each([
    ['node1', ['controlplane', 'node01', 'node02'], 'node01'],
    ['Story', ['story'], 'story'],
    ['zzz', ['story', 'clock'], undefined],
    ['x', ['y'], undefined],
  ])('%s of %j', (word, candidates, want) => expect(nearest(word, candidates)).toBe(want));

  it('says nothing when nothing is near', () => expect(didYouMean('zzz', ['story'])).toBe(''));
});
