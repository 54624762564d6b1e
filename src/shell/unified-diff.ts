/**
 * The differences of two texts as GNU diff prints them. Changed runs stand where it puts them: as far down as they can slide, unless further
 * up they meet a change of the other text.
 */

import { hunksOf, hunkText, lineText, type Change } from '#kube/hunks.ts';

/** The hunks that turn `before` into `after`; empty when nothing differs. `same` gives what lines that count as the same have in common. */
export type Hunks = (before: string, after: string, same?: (line: string) => string) => string;

/** `diff -u`. */
export function unifiedHunks(before: string, after: string, context = 3, same?: (line: string) => string): string {
  const [a, b] = [linesOf(before), linesOf(after)];
  return hunksOf(changesBetween(a, b, same), a.length, context)
    .map((hunk) => hunkText(hunk, a, b))
    .join('');
}

/** `diff -c`: each hunk twice, as it was and as it is. */
export function contextHunks(before: string, after: string, context = 3, same?: (line: string) => string): string {
  const [a, b] = [linesOf(before), linesOf(after)];
  return hunksOf(changesBetween(a, b, same), a.length, context)
    .map((hunk) => contextText(hunk, a, b))
    .join('');
}

/** `diff` without more: the changes alone. */
export function normalHunks(before: string, after: string, same?: (line: string) => string): string {
  const [a, b] = [linesOf(before), linesOf(after)];
  return changesBetween(a, b, same)
    .map(({ i1, i2, j1, j2 }) => {
      const letter = i1 === i2 ? 'a' : j1 === j2 ? 'd' : 'c';
      const removed = a.slice(i1, i2).map((line) => lineText('< ', line));
      const added = b.slice(j1, j2).map((line) => lineText('> ', line));
      const between = letter === 'c' ? ['---\n'] : [];
      return [`${plainRange(i1, i2)}${letter}${plainRange(j1, j2)}\n`, ...removed, ...between, ...added].join('');
    })
    .join('');
}

function changesBetween(a: readonly string[], b: readonly string[], same: ((line: string) => string) | undefined): readonly Change[] {
  const [x, y] = same === undefined ? [a, b] : [a.map(same), b.map(same)];
  const [removed, added] = changedLines(x, y);
  slide(x, removed, added);
  slide(y, added, removed);
  return changesOf(removed, added);
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

function contextText(hunk: readonly Change[], a: readonly string[], b: readonly string[]): string {
  const [first, last] = [hunk[0]!, hunk.at(-1)!];
  const side = (lines: readonly string[], from: 'i1' | 'j1', to: 'i2' | 'j2', mark: string): string => {
    const changed = hunk.filter((change) => change[to] > change[from]);
    if (changed.length === 0) return '';
    let text = '';
    for (let at = first[from]; at < last[to]; at++) {
      const change = changed.find((one) => at >= one[from] && at < one[to]);
      const both = change !== undefined && change.i2 > change.i1 && change.j2 > change.j1;
      text += lineText(change === undefined ? '  ' : both ? '! ' : mark, lines[at]!);
    }
    return text;
  };
  const [was, is] = [side(a, 'i1', 'i2', '- '), side(b, 'j1', 'j2', '+ ')];
  return `***************\n*** ${plainRange(first.i1, last.i2)} ****\n${was}--- ${plainRange(first.j1, last.j2)} ----\n${is}`;
}

/** `3`, `1,4`: the lines, or the one before. */
function plainRange(start: number, stop: number): string {
  return stop - start <= 1 ? String(stop) : `${start + 1},${stop}`;
}
