/** The columns of ss, as wide as their content (iproute2 misc/ss.c, render_calc_width, where no terminal gives a width). */

export interface Column {
  readonly head: string;
  /** What stands before it, unless it is the first. */
  readonly before: string;
  readonly right: boolean;
}

export function render(columns: readonly Column[], rows: readonly (readonly string[])[], header: boolean): string {
  const lines = header ? [columns.map((column) => column.head), ...rows] : rows;
  const last = columns.length - 1;
  // The last field of the last line is not measured yet when ss fixes its widths.
  const widths = columns.map((_, i) =>
    Math.max(0, ...(i === last && rows.length > 0 ? lines.slice(0, -1) : lines).map((line) => line[i]!.length)),
  );
  return lines
    .map(
      (line) =>
        `${columns
          .map((column, i) => {
            const text = column.right ? line[i]!.padStart(widths[i]!) : line[i]!.padEnd(widths[i]!);
            return `${i === 0 ? '' : column.before}${text}`;
          })
          .join('')}\n`,
    )
    .join('');
}
