/** column(1) of util-linux 2.39 (text-utils/column.c): a table with `-t`, otherwise columns filled one after the other. */
import { failure, output, type Command, type Output } from '../../command.ts';
import { gnuOptions, tryHelp, type GivenOptions } from '../../gnu-options.ts';
import { readInput } from '../../program-input.ts';

const words = {
  table: 't',
  separator: 's:',
  'output-separator': 'o:',
  'output-width': 'c:',
  fillrows: 'x',
  'table-columns': 'N:',
  'table-right': 'R:',
  'keep-empty-lines': 'L',
  version: 'V',
};

export const column: Command = {
  name: 'column',
  run(args, io) {
    const given = gnuOptions({ name: 'column', letters: 'tc:s:o:xN:R:LV', words }, args);
    if ('exitCode' in given) return given;
    if (given.has('V')) return output('column from util-linux 2.39.3\n');
    const width = given.value('c') ?? io.env.get('COLUMNS') ?? '80';
    if (!/^\d+$/.test(width)) return failure(`column: invalid columns argument: '${width}'\n`);
    let text = '';
    let stderr = '';
    for (const name of given.operands.length === 0 ? ['-'] : given.operands) {
      const read = readInput(io, name);
      if ('problem' in read) stderr += `column: ${name}: ${read.problem}\n`;
      else text += read.text;
    }
    const lines = text.split('\n').filter((line) => /\S/.test(line));
    const stdout = given.has('t') ? table(lines, given) : filled(lines, Number(width), given.has('x'));
    return typeof stdout === 'string' ? { stdout, stderr, exitCode: stderr === '' ? 0 : 1 } : stdout;
  },
};

const widthOf = (text: string): number => [...text].length;

/** Columns as wide as their widest cell; cells that a row lacks are empty. */
function table(lines: readonly string[], given: GivenOptions): string | Output {
  const separators = given.value('s');
  const cellsOf = (line: string): readonly string[] =>
    separators === undefined ? line.trim().split(/[ \t]+/) : line.split(new RegExp(`[${separators.replace(/[\\\]^-]/g, '\\$&')}]`));
  const names = given.value('N')?.split(',');
  const rows = [...(names === undefined ? [] : [names]), ...lines.map(cellsOf)];
  const right = new Set<number>();
  for (const one of given.value('R')?.split(',') ?? []) {
    const at = /^\d+$/.test(one) ? Number(one) - 1 : (names?.indexOf(one) ?? -1);
    if (at < 0) return failure(`column: undefined column name '${one}'\n${tryHelp('column')}`);
    right.add(at);
  }
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, i) => Math.max(...rows.map((row) => widthOf(row[i] ?? ''))));
  const between = given.value('o') ?? '  ';
  const cell = (text: string, i: number): string => {
    const padding = ' '.repeat(widths[i]! - widthOf(text));
    if (right.has(i)) return padding + text;
    return i === count - 1 ? text : text + padding;
  };
  return rows.map((row) => `${widths.map((_, i) => cell(row[i] ?? '', i)).join(between)}\n`).join('');
}

/** All cells are as wide as the widest, to the next stop of the tabulator. */
function filled(lines: readonly string[], width: number, byRows: boolean): string {
  if (lines.length === 0) return '';
  const cell = (Math.floor(Math.max(...lines.map(widthOf)) / 8) + 1) * 8;
  const columns = Math.max(1, Math.floor(width / cell));
  const rows = Math.ceil(lines.length / columns);
  let text = '';
  for (let row = 0; row < rows; row++) {
    const cells = lines.filter((_, i) => (byRows ? Math.floor(i / columns) : i % rows) === row);
    cells.forEach((one, i) => {
      text += i === cells.length - 1 ? one : one + '\t'.repeat(Math.ceil((cell - widthOf(one)) / 8));
    });
    text += '\n';
  }
  return text;
}
