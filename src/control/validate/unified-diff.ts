/**
 * The unified diff that stands in refusals of changes: three lines of context, matches found as Python's difflib finds them.
 * (staging:apimachinery/pkg/util/diff)
 */

interface Block {
  readonly a: number;
  readonly b: number;
  readonly size: number;
}

/** The hunks that turn `before` into `after`, without file names, each line ended. */
export function unifiedDiff(before: string, after: string, context = 3): string {
  const a = before.split('\n');
  const b = after.split('\n');
  const changes = changesBetween(a, b, matchingBlocks(a, b));
  return hunksOf(changes, context, a.length)
    .map((hunk) => hunkText(hunk, a, b))
    .join('');
}

/** Lines `a[i1..i2)` replaced by `b[j1..j2)`. */
interface Change {
  readonly i1: number;
  readonly i2: number;
  readonly j1: number;
  readonly j2: number;
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

/** Changes whose contexts touch share a hunk. */
function hunksOf(changes: readonly Change[], context: number, length: number): Change[][] {
  const hunks: Change[][] = [];
  for (const change of changes) {
    const last = hunks.at(-1);
    if (last !== undefined && change.i1 - last.at(-1)!.i2 <= 2 * context) last.push(change);
    else hunks.push([change]);
  }
  return hunks.map((hunk) => {
    const [first, last] = [hunk[0]!, hunk.at(-1)!];
    const lead = Math.min(context, first.i1);
    const trail = Math.min(context, length - last.i2);
    return [
      { i1: first.i1 - lead, i2: first.i1 - lead, j1: first.j1 - lead, j2: first.j1 - lead },
      ...hunk,
      { i1: last.i2 + trail, i2: last.i2 + trail, j1: last.j2 + trail, j2: last.j2 + trail },
    ];
  });
}

function hunkText(hunk: readonly Change[], a: readonly string[], b: readonly string[]): string {
  const [first, last] = [hunk[0]!, hunk.at(-1)!];
  const lines = [`@@ -${rangeText(first.i1, last.i2)} +${rangeText(first.j1, last.j2)} @@`];
  let i = first.i1;
  for (const change of hunk) {
    for (; i < change.i1; i++) lines.push(` ${a[i]}`);
    for (; i < change.i2; i++) lines.push(`-${a[i]}`);
    for (let j = change.j1; j < change.j2; j++) lines.push(`+${b[j]}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

function rangeText(start: number, stop: number): string {
  const length = stop - start;
  if (length === 1) return String(start + 1);
  return length === 0 ? `${start},0` : `${start + 1},${length}`;
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
