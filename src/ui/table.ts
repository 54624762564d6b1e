import Table from 'cli-table3';
import { clip, harmless, width } from './text.ts';
import type { Theme } from './theme.ts';

const none = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
  ].map((part) => [part, '']),
);

/**
 * A table without lines, its head dimmed. The widest columns are clipped when all together are wider than the window, but never the
 * first, by which things are named; `rows` hold plain texts, `paint` colours the cells of a column once they are clipped.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number,
  theme: Theme,
  paint: Readonly<Record<number, (text: string) => string>> = {},
): readonly string[] {
  const cells = rows.map((row) => row.map((cell) => harmless(cell)));
  const widths = fitted(
    head.map((title, index) => Math.max(width(title), ...cells.map((row) => width(row[index] ?? '')))),
    columns - 2 * head.length,
  );
  const out = new Table({ chars: { ...none, middle: '  ' }, style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] } });
  out.push(head.map((title, index) => theme.dim(clip(title, widths[index]!))));
  for (const row of cells) out.push(row.map((cell, index) => (paint[index] ?? same)(clip(cell, widths[index]!))));
  return out
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

function same(text: string): string {
  return text;
}

/** The widths, the widest of them made smaller until all fit; none gets narrower than six columns. */
function fitted(wanted: readonly number[], available: number): readonly number[] {
  const widths = [...wanted];
  for (let over = widths.reduce((sum, one) => sum + one, 0) - available; over > 0; over--) {
    const widest = widths.indexOf(Math.max(...widths.slice(1)), 1);
    if (widest < 0 || widths[widest]! <= 6) break;
    widths[widest]!--;
  }
  return widths;
}
