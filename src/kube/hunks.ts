/** The hunks of a unified diff, whoever found the changes: GNU diff for people, difflib's way in the API server's refusals. */

/** Lines `a[i1..i2)` replaced by `b[j1..j2)`. */
export interface Change {
  readonly i1: number;
  readonly i2: number;
  readonly j1: number;
  readonly j2: number;
}

/**
 * Changes with no more than two contexts between them share a hunk, whose first and last changes are empty and stand where it begins and
 * ends. `length` counts the lines of the text that is changed.
 */
export function hunksOf(changes: readonly Change[], length: number, context: number): readonly (readonly Change[])[] {
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

/** A hunk as `diff -u` prints it. Lines bring their ends along; one without is said to have none. */
export function hunkText(hunk: readonly Change[], a: readonly string[], b: readonly string[]): string {
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

/** A line with its mark, and what is said of one without an end. */
export function lineText(mark: string, line: string): string {
  return line.endsWith('\n') ? mark + line : `${mark}${line}\n\\ No newline at end of file\n`;
}

function rangeText(start: number, stop: number): string {
  const length = stop - start;
  if (length === 1) return String(start + 1);
  return length === 0 ? `${start},0` : `${start + 1},${length}`;
}
