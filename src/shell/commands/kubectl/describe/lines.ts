/** The text of a description before its columns are aligned (kubectl: pkg/describe/describe.go, PrefixWriter and tabbedString). */
import { alignTabs } from '../../../columns.ts';

/** Lines with a tab behind every cell but the last. A line that holds a value with line breaks becomes several. */
export type Lines = readonly string[];

export function field(name: string, value: string | number | boolean): string {
  return `${name}:\t${value}`;
}

/** The lines, two blanks a level to the right. */
export function indented(level: number, lines: Lines): Lines {
  const margin = '  '.repeat(level);
  return lines.map((line) => margin + line);
}

/**
 * `Name:` with one value a line, the values below one another; `<none>` for no value. Inside a block that kubectl writes through a nested
 * writer (NewNestedPrefixWriter) every piece of a line gets the margin of the block, the values too.
 */
export function multiline(name: string, values: readonly string[], margin = ''): Lines {
  if (values.length === 0) return [field(name, `${margin}<none>`)];
  return values.map((value, i) => (i === 0 ? field(name, margin + value) : `${margin}\t${margin}${value}`));
}

/** A heading for columns: their names, underlined. */
export function heading(...names: readonly string[]): Lines {
  return [names.join('\t'), names.map((name) => '-'.repeat(name.length)).join('\t')];
}

/** What goes to the terminal: columns aligned, and nothing left that a terminal would obey (cli-runtime: printers.WriteEscaped). */
export function aligned(lines: Lines): string {
  const text = lines.map((line) => `${line}\n`).join('');
  return alignTabs(text.replaceAll('\x1b', '^[').replaceAll('\r', '\\r'), { minWidth: 0, padding: 2 });
}

export function orNone(text: string): string {
  return text === '' ? '<none>' : text;
}
