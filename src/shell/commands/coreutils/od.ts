/** od(1) of GNU coreutils 9.4 (src/od.c), for one type of output at a time, of up to four bytes. */
import { cEscapes } from '#kube/c-escapes.ts';
import { failure, output, type Command } from '../../command.ts';
import { gnuOptions } from '../../gnu-options.ts';
import { localeQuoted } from '../../locale-quotes.ts';
import { readInput } from '../../program-input.ts';

const words = {
  'address-radix': 'A:',
  'skip-bytes': 'j:',
  'read-bytes': 'N:',
  format: 't:',
  'output-duplicates': 'v',
  width: 'w::',
  version: 'version',
};

/** How a word of so many bytes is written, in which field. */
interface Type {
  readonly bytes: number;
  readonly field: number;
  write(value: number): string;
  /** `z`: the printable characters at the end of each line. */
  readonly text: boolean;
}

const traditional: Readonly<Record<string, string>> = { a: 'a', b: 'o1', c: 'c', d: 'u2', i: 'dI', o: 'o2', s: 'd2', x: 'x2' };

const sizes: Readonly<Record<string, number>> = { '1': 1, C: 1, '2': 2, S: 2, '4': 4, I: 4 };

/** Digits of the largest word, by size, as od pads them. */
const digits: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  x: { 1: 2, 2: 4, 4: 8 },
  o: { 1: 3, 2: 6, 4: 11 },
  u: { 1: 3, 2: 5, 4: 10 },
  d: { 1: 4, 2: 6, 4: 11 },
};

const names = 'nul soh stx etx eot enq ack bel bs ht nl vt ff cr so si dle dc1 dc2 dc3 dc4 nak syn etb can em sub esc fs gs rs us sp'.split(
  ' ',
);

const escapes: Readonly<Record<string, string>> = { ...cEscapes, '\0': '\\0' };

const isPrintable = (byte: number) => byte >= 32 && byte < 127;

function character(byte: number): string {
  const char = String.fromCharCode(byte);
  return escapes[char] ?? (isPrintable(byte) ? char : octal(byte, 3));
}

function named(byte: number): string {
  const seven = byte & 127;
  return names[seven] ?? (seven === 127 ? 'del' : String.fromCharCode(seven));
}

function octal(value: number, width: number): string {
  return value.toString(8).padStart(width, '0');
}

function typeOf(spec: string): Type | undefined {
  const [, kind, size = 'I', z] = /^([acdoux])([124CSI]?)(z?)$/.exec(spec)?.map((part) => (part === '' ? undefined : part)) ?? [];
  if (kind === undefined) return undefined;
  const text = z !== undefined;
  if (kind === 'a' || kind === 'c') return { bytes: 1, field: 3, write: kind === 'a' ? named : character, text };
  const bytes = sizes[size]!;
  const field = digits[kind]![bytes]!;
  if (kind === 'x') return { bytes, field, text, write: (value) => value.toString(16).padStart(field, '0') };
  if (kind === 'o') return { bytes, field, text, write: (value) => octal(value, field) };
  const top = 2 ** (bytes * 8);
  return { bytes, field, text, write: (value) => String(kind === 'd' && value >= top / 2 ? value - top : value) };
}

function complaint(spec: string, quoted: string): string {
  const stranger = /^[acdoux](.*)$/.exec(spec) === null ? spec.charAt(0) : undefined;
  if (stranger !== undefined) return `invalid character '${stranger}' in type string ${quoted}`;
  const [, size] = /^[doux](\d+)/.exec(spec) ?? [];
  return `invalid type string ${quoted}${size === undefined ? '' : `;\nthis system doesn't provide a ${size}-byte integral type`}`;
}

const radixes: Readonly<Record<string, (at: number) => string>> = {
  o: (at) => octal(at, 7),
  d: (at) => String(at).padStart(7, '0'),
  x: (at) => at.toString(16).padStart(6, '0'),
  n: () => '',
};

export const od: Command = {
  name: 'od',
  run(args, io) {
    const given = gnuOptions({ name: 'od', letters: 'A:j:N:t:vw::abcdiosx', words }, args);
    if ('exitCode' in given) return given;
    if (given.has('version')) return output('od (GNU coreutils) 9.4\n');
    const specs = given.options.flatMap(({ id, value }) => (id === 't' ? [value!] : (traditional[id] ?? [])));
    if (specs.length > 1 || specs.some((spec) => /^[doux][8L]|^f/.test(spec)))
      return failure('od: several types at once, and those of eight bytes or of fractions, are not simulated\n');
    const type = typeOf(specs[0] ?? 'o2');
    if (type === undefined) return failure(`od: ${complaint(specs[0]!, localeQuoted(io.env, specs[0]!))}\n`);
    const radix = radixes[given.value('A') ?? 'o'];
    if (radix === undefined)
      return failure(`od: invalid output address radix '${given.value('A')}'; it must be one character from [doxn]\n`);
    const numbers = { j: given.value('j') ?? '0', N: given.value('N') ?? '', w: given.value('w') ?? (given.has('w') ? '32' : '16') };
    for (const [letter, text] of Object.entries(numbers))
      if (!/^\d*$/.test(text)) return failure(`od: invalid -${letter} argument ${localeQuoted(io.env, text)}\n`);
    const asked = Number(numbers.w);
    const fits = asked > 0 && asked % type.bytes === 0;
    const width = fits ? asked : type.bytes;

    let stderr = fits ? '' : `od: warning: invalid width ${asked}; using ${width} instead\n`;
    const files = given.operands.length === 0 ? ['-'] : given.operands;
    let failed = 0;
    const bytes: number[] = [];
    for (const name of files) {
      const read = readInput(io, name);
      if ('problem' in read) {
        stderr += `od: ${name}: ${read.problem === 'Is a directory' ? 'read error: Is a directory' : read.problem}\n`;
        failed++;
      } else bytes.push(...new TextEncoder().encode(read.text));
    }
    if (failed === files.length) return { stdout: '', stderr, exitCode: 1 };
    const skip = Number(numbers.j);
    if (skip > bytes.length && failed === 0) return failure(`od: cannot skip past end of combined input\n`);
    const end = numbers.N === '' ? bytes.length : Math.min(bytes.length, skip + Number(numbers.N));
    const lines: string[] = [];
    let before = '';
    for (let at = skip; at < end; at += width) {
      const row = bytes.slice(at, Math.min(end, at + width));
      const key = row.join();
      if (key !== before || given.has('v') || row.length < width) lines.push(radix(at) + line(row, type, width));
      else if (lines.at(-1) !== '*') lines.push('*');
      before = key;
    }
    if (given.value('A') !== 'n') lines.push(radix(end));
    return { stdout: lines.map((one) => `${one}\n`).join(''), stderr, exitCode: failed > 0 ? 1 : 0 };
  },
};

/** The words of a line, the least byte first; what is missing of the last one is nought. */
function line(row: readonly number[], { bytes, field, write, text }: Type, width: number): string {
  let said = '';
  for (let at = 0; at < row.length; at += bytes) {
    let value = 0;
    for (let i = bytes - 1; i >= 0; i--) value = value * 256 + (row[at + i] ?? 0);
    said += ` ${write(value).padStart(field)}`;
  }
  if (!text) return said;
  const printed = row.map((byte) => (isPrintable(byte) ? String.fromCharCode(byte) : '.')).join('');
  return `${said.padEnd((width / bytes) * (field + 1))}  >${printed}<`;
}
