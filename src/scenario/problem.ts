/** What is wrong with a scenario, and where: for its author. */

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
}

export interface Problem {
  readonly file: string;
  /** Absent when the file as a whole is meant. */
  readonly at?: Position & {
    /** The line's text. */
    readonly text: string;
  };
  readonly message: string;
  /** What to do about it, or what is there to choose from. */
  readonly note?: string;
}

/** `scenarios/web.yaml:14:11`. */
export function problemPlace({ file, at }: Problem): string {
  return at === undefined ? file : `${file}:${at.line}:${at.column}`;
}

/** The line of the source and, under it, a caret at the column. */
export function problemExcerpt({ at }: Problem, width = 120): readonly string[] {
  if (at === undefined || at.text.trim() === '') return [];
  const characters = [...at.text];
  const start = at.column <= width - 20 ? 0 : at.column - Math.floor(width / 2);
  const shown = characters.slice(start, start + width);
  const before = shown.slice(0, at.column - 1 - start).map((one) => (one === '\t' ? '\t' : ' '));
  return [shown.join('').trimEnd(), `${before.join('')}^`];
}

/** In the order of files and of places in them; the same said twice is said once. */
export function sortedProblems(problems: readonly Problem[], files: readonly string[]): readonly Problem[] {
  const seen = new Set<string>();
  return [...problems]
    .sort(
      (a, b) =>
        files.indexOf(a.file) - files.indexOf(b.file) || (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0),
    )
    .filter((problem) => {
      const key = `${problemPlace(problem)} ${problem.message}`;
      return !seen.has(key) && seen.add(key);
    });
}
