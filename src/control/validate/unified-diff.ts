/**
 * The unified diff that stands in refusals of changes: three lines of context, matches found as Python's difflib finds them.
 * (staging:apimachinery/pkg/util/diff)
 */

import { hunksOf, hunkText, type Change } from '#kube/hunks.ts';

interface Block {
  readonly a: number;
  readonly b: number;
  readonly size: number;
}

/** The hunks that turn `before` into `after`, without file names, each line ended. */
export function unifiedDiff(before: string, after: string, context = 3): string {
  const [a, b] = [before, after].map((text) => text.split('\n').map((line) => `${line}\n`)) as [string[], string[]];
  return hunksOf(changesBetween(a, b, matchingBlocks(a, b)), a.length, context)
    .map((hunk) => hunkText(hunk, a, b))
    .join('');
}

function changesBetween(a: readonly string[], b: readonly string[], blocks: readonly Block[]): Change[] {
  const changes: Change[] = [];
  let [i, j] = [0, 0];
  for (const block of [...blocks, { a: a.length, b: b.length, size: 0 }]) {
    if (i < block.a || j < block.b) changes.push({ i1: i, i2: block.a, j1: j, j2: block.b });
    [i, j] = [block.a + block.size, block.b + block.size];
  }
  return changes;
}

/** The longest common run, then the same to its left and to its right. */
function matchingBlocks(a: readonly string[], b: readonly string[]): Block[] {
  const places = placesOf(b);
  const blocks: Block[] = [];
  const search = (aLow: number, aHigh: number, bLow: number, bHigh: number): void => {
    const match = longestMatch(a, b, places, aLow, aHigh, bLow, bHigh);
    if (match.size === 0) return;
    search(aLow, match.a, bLow, match.b);
    blocks.push(match);
    search(match.a + match.size, aHigh, match.b + match.size, bHigh);
  };
  search(0, a.length, 0, b.length);
  return blocks;
}

/** Where each line stands in `b`. In long texts lines that are everywhere do not begin a match. */
function placesOf(b: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  b.forEach((line, j) => {
    const known = places.get(line);
    if (known === undefined) places.set(line, [j]);
    else known.push(j);
  });
  if (b.length >= 200) {
    const most = Math.floor(b.length / 100) + 1;
    for (const [line, at] of places) if (at.length > most) places.delete(line);
  }
  return places;
}

function longestMatch(
  a: readonly string[],
  b: readonly string[],
  places: ReadonlyMap<string, readonly number[]>,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
): Block {
  let best = { a: aLow, b: bLow, size: 0 };
  let lengths = new Map<number, number>();
  for (let i = aLow; i < aHigh; i++) {
    const next = new Map<number, number>();
    for (const j of places.get(a[i]!) ?? []) {
      if (j < bLow) continue;
      if (j >= bHigh) break;
      const size = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, size);
      if (size > best.size) best = { a: i - size + 1, b: j - size + 1, size };
    }
    lengths = next;
  }
  let { a: i, b: j, size } = best;
  while (i > aLow && j > bLow && a[i - 1] === b[j - 1]) [i, j, size] = [i - 1, j - 1, size + 1];
  while (i + size < aHigh && j + size < bHigh && a[i + size] === b[j + size]) size++;
  return { a: i, b: j, size };
}
