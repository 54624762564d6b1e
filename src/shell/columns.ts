/** Text in columns, as Go's text/tabwriter aligns it: what kubectl, crictl and many others print their tables with. */

export interface TabOptions {
  readonly minWidth: number;
  readonly padding: number;
  /** A column is never narrower than one further up in its place (RememberWidths, of kubectl's own tabwriter). */
  readonly remembersWidths?: boolean;
}

/** The settings of kubectl's tables (cli-runtime: printers.GetNewTabWriter). */
export const tableTabs: TabOptions = { minWidth: 6, padding: 3, remembersWidths: true };

/**
 * Aligns lines whose cells are ended by tabs. A column is a run of neighbouring lines that have a cell there; the text after the last
 * tab of a line belongs to no column.
 */
export function alignTabs(text: string, { minWidth, padding, remembersWidths = false }: TabOptions = tableTabs): string {
  const least: number[] = [];
  const ended = text.endsWith('\n');
  const lines = (ended ? text.slice(0, -1) : text).split('\n').map((line) => line.split('\t'));
  const widths = lines.map(() => [] as number[]);
  for (let column = 0; lines.some((cells) => cells.length - 1 > column); column++) {
    for (let from = 0; from < lines.length; from++) {
      if (lines[from]!.length - 1 <= column) continue;
      let to = from;
      while (to < lines.length && lines[to]!.length - 1 > column) to++;
      const longest = Math.max(...lines.slice(from, to).map((cells) => lengthOf(cells[column]!)));
      const width = Math.max(minWidth, longest + padding, remembersWidths ? (least[column] ?? 0) : 0);
      least[column] = width;
      for (let i = from; i < to; i++) widths[i]![column] = width;
      from = to;
    }
  }
  const aligned = lines.map((cells, i) =>
    cells.map((cell, j) => (j === cells.length - 1 ? cell : cell + ' '.repeat(widths[i]![j]! - lengthOf(cell)))).join(''),
  );
  return aligned.join('\n') + (ended ? '\n' : '');
}

function lengthOf(text: string): number {
  return [...text].length;
}
