/**
 * `diff -u` (GNU diffutils): the hunks between two texts, three lines of context around each. Changed runs stand where GNU diff puts them:
 * as far down as they can slide, unless further up they meet a change of the other text.
 */

const context = 3;

/** The hunks that turn `before` into `after`; empty when nothing differs. */
export function unifiedHunks(before: string, after: string): string {
  const [a, b] = [linesOf(before), linesOf(after)];
  const [removed, added] = changedLines(a, b);
  slide(a, removed, added);
  slide(b, added, removed);
  return hunksOf(changesOf(removed, added), a.length)
    .map((hunk) => hunkText(hunk, a, b))
    .join('');
}

/** Every line keeps its line break: a last line without one differs from one that has it. */
function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

/** Which lines have no counterpart in a longest common subsequence. */
function changedLines(a: readonly string[], b: readonly string[]): readonly [removed: boolean[], added: boolean[]] {
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i * width + j] =
        a[i] === b[j] ? common[(i + 1) * width + j + 1]! + 1 : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
    }
  }
  const removed = a.map(() => true);
  const added = b.map(() => true);
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) {
      removed[i++] = false;
      added[j++] = false;
    } else if (common[(i + 1) * width + j]! >= common[i * width + j + 1]!) i++;
    else j++;
  }
  return [removed, added];
}

/** Slides runs of changed lines along equal ones (analyze.c: shift_boundaries). `j` follows in the other text. */
function slide(lines: readonly string[], changed: boolean[], other: readonly boolean[]): void {
  const end = lines.length;
  let [i, j] = [0, 0];
  for (;;) {
    while (i < end && !changed[i]) {
      while (other[j++] === true);
      i++;
    }
    if (i === end) return;
    let start = i;
    while (changed[++i] === true);
    while (other[j] === true) j++;

    let length;
    let corresponding;
    do {
      length = i - start;
      while (start > 0 && lines[start - 1] === lines[i - 1]) {
        changed[--start] = true;
        changed[--i] = false;
        while (changed[start - 1] === true) start--;
        while (other[--j] === true);
      }
      corresponding = other[j - 1] === true ? i : end;
      while (i !== end && lines[start] === lines[i]) {
        changed[start++] = false;
        changed[i++] = true;
        while (changed[i] === true) i++;
        while (other[++j] === true) corresponding = i;
      }
    } while (length !== i - start);
    while (corresponding < i) {
      changed[--start] = true;
      changed[--i] = false;
      while (other[--j] === true);
    }
  }
}

/** Lines `a[i1..i2)` replaced by `b[j1..j2)`. */
interface Change {
  readonly i1: number;
  readonly i2: number;
  readonly j1: number;
  readonly j2: number;
}

function changesOf(removed: readonly boolean[], added: readonly boolean[]): readonly Change[] {
  const changes: Change[] = [];
  for (let i = 0, j = 0; i < removed.length || j < added.length;) {
    const [i1, j1] = [i, j];
    while (removed[i] === true) i++;
    while (added[j] === true) j++;
    if (i > i1 || j > j1) changes.push({ i1, i2: i, j1, j2: j });
    else [i, j] = [i + 1, j + 1];
  }
  return changes;
}

/** Changes with no more than two contexts between them share a hunk. */
function hunksOf(changes: readonly Change[], length: number): readonly (readonly Change[])[] {
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
    const edge = (i: number, j: number) => ({ i1: i, i2: i, j1: j, j2: j });
    return [edge(first.i1 - lead, first.j1 - lead), ...hunk, edge(last.i2 + trail, last.j2 + trail)];
  });
}

function hunkText(hunk: readonly Change[], a: readonly string[], b: readonly string[]): string {
  const [first, last] = [hunk[0]!, hunk.at(-1)!];
  let text = `@@ -${rangeText(first.i1, last.i2)} +${rangeText(first.j1, last.j2)} @@\n`;
  let i = first.i1;
  for (const change of hunk) {
    for (; i < change.i1; i++) text += lineText(' ', a[i]!);
    for (; i < change.i2; i++) text += lineText('-', a[i]!);
    for (let j = change.j1; j < change.j2; j++) text += lineText('+', b[j]!);
  }
  return text;
}

function lineText(mark: string, line: string): string {
  return line.endsWith('\n') ? mark + line : `${mark}${line}\n\\ No newline at end of file\n`;
}

function rangeText(start: number, stop: number): string {
  const length = stop - start;
  if (length === 1) return String(start + 1);
  return length === 0 ? `${start},0` : `${start + 1},${length}`;
}
