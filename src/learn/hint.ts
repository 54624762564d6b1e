/** Hints cost something, so that one thinks before one asks; after all of them something is still left to win. */

/** What the first, second, third hint take off the points. */
const prices = [0.1, 0.2, 0.3] as const;

/** The price of the hint with this index, as a share of the points. */
export function priceOf(hint: number): number {
  return prices[hint] ?? 0;
}

/** The share of the points that is left after this many hints. */
export function shareAfter(hints: number): number {
  let share = 1;
  for (let i = 0; i < hints; i++) share -= priceOf(i);
  return Math.round(share * 100) / 100;
}

/** The points for an answer: a score from 0 to 1, after this many hints, of a question worth so many. */
export function pointsFor(score: number, hints: number, points: number): number {
  return Math.round(score * shareAfter(hints) * points * 100) / 100;
}
