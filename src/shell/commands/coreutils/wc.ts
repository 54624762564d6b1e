/** wc(1) of GNU coreutils 9.4 (src/wc.c): columns as wide as the largest size asks for. */
import { output, type Command, type Io } from '../../command.ts';
import { gnuOptions } from '../../gnu-options.ts';
import { readInput } from '../../program-input.ts';

type Counts = Readonly<Record<'l' | 'w' | 'm' | 'c' | 'L', number>>;

/** In the order in which they are printed. */
const columns = ['l', 'w', 'm', 'c', 'L'] as const;

export const wc: Command = {
  name: 'wc',
  run(args, io) {
    const words = { bytes: 'c', chars: 'm', lines: 'l', words: 'w', 'max-line-length': 'L', version: 'version' };
    const given = gnuOptions({ name: 'wc', letters: 'clLmw', words }, args);
    if ('exitCode' in given) return given;
    if (given.has('version')) return output('wc (GNU coreutils) 9.4\n');
    const asked = columns.filter((one) => given.has(one));
    const shown = asked.length === 0 ? (['l', 'w', 'c'] as const) : asked;
    const names = given.operands.length === 0 ? ['-'] : given.operands;
    const counted = names.map((name) => ({ name, counts: countsIn(io, name) }));
    const width = widthFor(io, names, shown.length);
    const line = (counts: Counts, name: string) =>
      `${shown.map((one) => String(counts[one]).padStart(width)).join(' ')}${name === '' ? '' : ` ${name}`}\n`;
    let stdout = '';
    let stderr = '';
    const total = { l: 0, w: 0, m: 0, c: 0, L: 0 };
    for (const { name, counts } of counted) {
      if ('problem' in counts) {
        stderr += `wc: ${name}: ${counts.problem}\n`;
        if (counts.problem === 'Is a directory') stdout += line(nothing, name);
        continue;
      }
      for (const one of columns) total[one] = one === 'L' ? Math.max(total.L, counts.L) : total[one] + counts[one];
      stdout += line(counts, given.operands.length === 0 ? '' : name);
    }
    if (names.length > 1) stdout += line(total, 'total');
    return { stdout, stderr, exitCode: stderr === '' ? 0 : 1 };
  },
};

const nothing: Counts = { l: 0, w: 0, m: 0, c: 0, L: 0 };

function countsIn(io: Io, name: string): Counts | { readonly problem: string } {
  const read = readInput(io, name);
  if ('problem' in read) return read;
  const { text } = read;
  return {
    l: text.split('\n').length - 1,
    w: text.match(/\S+/g)?.length ?? 0,
    m: [...text].length,
    c: new TextEncoder().encode(text).length,
    L: Math.max(0, ...text.split('\n').map((line) => [...line].length)),
  };
}

/** The digits of all sizes together; 7 where a size is not known beforehand; 1 for one number of one file (compute_number_width). */
function widthFor(io: Io, names: readonly string[], numbers: number): number {
  if (names.length === 1 && numbers === 1) return 1;
  let total = 0;
  let least = 1;
  for (const name of names) {
    const read = name === '-' ? undefined : readInput(io, name);
    if (read === undefined) least = 7;
    else if ('text' in read) total += new TextEncoder().encode(read.text).length;
    else if (read.problem === 'Is a directory') least = 7;
  }
  return Math.max(least, String(total).length);
}
