/** sort(1) of GNU coreutils 9.4 (src/sort.c), in the order of the bytes, as in the locale C.UTF-8. */
import { failure, output, type Command, type Io, type Output } from '../../command.ts';
import { gnuOptions } from '../../gnu-options.ts';
import { localeQuoted } from '../../locale-quotes.ts';
import { linesOf, readInput } from '../../program-input.ts';
import { compareVersions } from './version-order.ts';

/** How keys are compared: `b` blanks ignored, `d` dictionary, `f` case folded, `g`/`n` numbers, `h` sizes, `M` months, `V` versions, `r` reversed. */
type Manner = ReadonlySet<string>;

interface Position {
  readonly field: number;
  /** 0: at the end of the field. */
  readonly char: number;
  readonly skipBlanks: boolean;
}

interface Key {
  readonly start: Position;
  readonly end: Position | undefined;
  readonly manner: Manner;
}

const words = {
  'ignore-leading-blanks': 'b',
  'dictionary-order': 'd',
  'ignore-case': 'f',
  'general-numeric-sort': 'g',
  'human-numeric-sort': 'h',
  'ignore-nonprinting': 'i',
  'month-sort': 'M',
  'numeric-sort': 'n',
  'random-sort': 'R',
  reverse: 'r',
  'version-sort': 'V',
  check: 'c::',
  key: 'k:',
  merge: 'm',
  output: 'o:',
  stable: 's',
  'buffer-size': 'S:',
  'field-separator': 't:',
  'temporary-directory': 'T:',
  parallel: 'parallel:',
  unique: 'u',
  'zero-terminated': 'z',
  version: 'version',
};

export const sort: Command = {
  name: 'sort',
  run(args, io) {
    const given = gnuOptions({ name: 'sort', letters: 'bcCdfghik:mMno:rRsS:t:T:uVz', words, status: 2 }, args);
    if ('exitCode' in given) return given;
    if (given.has('version')) return output('sort (GNU coreutils) 9.4\n');
    if (given.has('R')) return failure('cka-net: sort: a random order is not simulated\n', 2);
    const separator = separatorOf(given.value('t'), io);
    if (typeof separator === 'object') return separator;
    const general = new Set(given.options.map(({ id }) => id).filter((id) => 'bdfghiMnrV'.includes(id)));
    const keys: Key[] = [];
    for (const { id, value } of given.options) {
      if (id !== 'k') continue;
      const key = keyOf(value!, general, io);
      if ('exitCode' in key) return key;
      keys.push(key);
    }
    const clashing = [general, ...keys.map(({ manner }) => manner)].map(clashOf).find((text) => text !== undefined);
    if (clashing !== undefined) return failure(`sort: options '-${clashing}' are incompatible\n`, 2);
    const end = given.has('z') ? '\0' : '\n';
    const files: (readonly string[])[] = [];
    for (const name of given.operands.length === 0 ? ['-'] : given.operands) {
      const read = readInput(io, name);
      if ('problem' in read)
        return failure(`sort: ${read.problem === 'Is a directory' ? 'read failed' : 'cannot read'}: ${name}: ${read.problem}\n`, 2);
      files.push(linesOf(read.text, end));
    }
    const byKeys = (a: string, b: string) => compareByKeys(a, b, keys, general, separator);
    const whole = (a: string, b: string) => (given.has('s') || given.has('u') ? 0 : byBytes(a, b) * (general.has('r') ? -1 : 1));
    const compare = (a: string, b: string) => byKeys(a, b) || whole(a, b);
    if (given.has('c') || given.has('C'))
      return checked(files.flat(), given.has('u'), compare, given.has('c') ? (given.operands[0] ?? '-') : undefined);
    let sorted = given.has('m') ? merged(files, compare) : files.flat().sort(compare);
    if (given.has('u')) sorted = sorted.filter((line, i) => i === 0 || byKeys(sorted[i - 1]!, line) !== 0);
    const text = sorted.map((line) => line + end).join('');
    const file = given.value('o');
    if (file === undefined) return output(text);
    io.files.write(file.startsWith('/') ? file : `${io.cwd}/${file}`, text);
    return output('');
  },
};

/** Texts that are sorted already, into one. */
function merged(files: readonly (readonly string[])[], compare: (a: string, b: string) => number): string[] {
  const rests = files.map((lines) => [...lines]);
  const all: string[] = [];
  for (;;) {
    const next = rests
      .filter((rest) => rest.length > 0)
      .reduce<string[] | undefined>((best, rest) => (best === undefined || compare(rest[0]!, best[0]!) < 0 ? rest : best), undefined);
    if (next === undefined) return all;
    all.push(next.shift()!);
  }
}

function separatorOf(given: string | undefined, io: Io): string | undefined | Output {
  if (given === '') return failure('sort: empty tab\n', 2);
  if (given === '\\0') return '\0';
  return given !== undefined && [...given].length > 1 ? failure(`sort: multi-character tab ${localeQuoted(io.env, given)}\n`, 2) : given;
}

/** `2,3n`, `1.2b,1.5`. */
function keyOf(text: string, general: Manner, { env }: Io): Key | Output {
  const found = /^(\d*)(?:\.(\d*))?([bdfghiMnrV]*)(?:(,)(\d*)(?:\.(\d*))?([bdfghiMnrV]*))?(.*)$/s.exec(text)!;
  const [, field, char, flags = '', comma, endField, endChar, endFlags = '', rest] = found;
  const wrong = (what: string, count: string) => failure(`sort: ${what}: invalid count at start of ${localeQuoted(env, count)}\n`, 2);
  if (field === '') return wrong('invalid number at field start', text);
  if (char === '') return wrong('invalid number after '.concat(localeQuoted(env, '.')), '');
  if (comma !== undefined && endField === '') return wrong('invalid number after '.concat(localeQuoted(env, ',')), rest ?? '');
  if (Number(field) === 0) return failure(`sort: field number is zero: invalid field specification ${localeQuoted(env, text)}\n`, 2);
  if (rest !== '') return failure(`sort: stray character in field spec: invalid field specification ${localeQuoted(env, text)}\n`, 2);
  const own = new Set(flags + endFlags);
  const manner = own.size === 0 ? general : own;
  return {
    start: { field: Number(field) - 1, char: Number(char ?? '1') - 1, skipBlanks: own.size === 0 ? general.has('b') : flags.includes('b') },
    end:
      comma === undefined
        ? undefined
        : { field: Number(endField), char: Number(endChar ?? '0'), skipBlanks: own.size === 0 ? general.has('b') : endFlags.includes('b') },
    manner,
  };
}

/** Two of the ways to compare that exclude each other. */
function clashOf(manner: Manner): string | undefined {
  const kinds = ['g', 'h', 'M', 'n', 'V', 'd'].filter((one) => manner.has(one));
  return kinds.length > 1 ? [...kinds].sort().join('') : undefined;
}

/** The pieces of a line: without a separator, blanks before a word belong to it. */
function fieldStarts(line: string, separator: string | undefined): readonly number[] {
  const starts = [0];
  if (separator !== undefined) {
    for (let at = line.indexOf(separator); at >= 0; at = line.indexOf(separator, at + 1)) starts.push(at + 1);
    return starts;
  }
  for (const { index } of line.matchAll(/(?<=[^ \t])(?=[ \t])/g)) starts.push(index);
  return starts;
}

const skipBlanks = (line: string, at: number): number => {
  while (line[at] === ' ' || line[at] === '\t') at++;
  return at;
};

function keyText(line: string, { start, end }: Key, separator: string | undefined): string {
  const starts = fieldStarts(line, separator);
  let from = starts[start.field] ?? line.length;
  if (start.skipBlanks) from = skipBlanks(line, from);
  from = Math.min(line.length, from + start.char);
  let to = line.length;
  if (end !== undefined && end.char === 0)
    to = (starts[end.field] ?? line.length + (separator === undefined ? 0 : 1)) - (separator === undefined ? 0 : 1);
  else if (end !== undefined) {
    to = starts[end.field - 1] ?? line.length;
    if (end.skipBlanks) to = skipBlanks(line, to);
    to = Math.min(line.length, to + end.char);
  }
  return line.slice(from, Math.max(from, to));
}

function compareByKeys(a: string, b: string, keys: readonly Key[], general: Manner, separator: string | undefined): number {
  if (keys.length === 0) return compareIn(general, a, b);
  for (const key of keys) {
    const order = compareIn(key.manner, keyText(a, key, separator), keyText(b, key, separator));
    if (order !== 0) return order;
  }
  return 0;
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const units = ' KMGTPEZYRQ';

function compareIn(manner: Manner, a: string, b: string): number {
  const sign = manner.has('r') ? -1 : 1;
  if (manner.has('n')) return sign * (leadingNumber(a) - leadingNumber(b));
  if (manner.has('g')) return sign * compareGeneral(a, b);
  if (manner.has('h')) return sign * compareSizes(a, b);
  if (manner.has('M')) return sign * (monthOf(a) - monthOf(b));
  if (manner.has('V')) return sign * compareVersions(a, b);
  return sign * byBytes(plain(a, manner), plain(b, manner));
}

function plain(text: string, manner: Manner): string {
  let plain = manner.has('b') ? text.slice(skipBlanks(text, 0)) : text;
  if (manner.has('d')) plain = plain.replace(/[^A-Za-z0-9 \t]/g, '');
  if (manner.has('i')) plain = plain.replace(/[^ -~]/g, '');
  return manner.has('f') ? plain.replace(/[a-z]/g, (char) => char.toUpperCase()) : plain;
}

const leadingNumber = (text: string): number => Number(/^[ \t]*(-?\d*\.?\d*)/.exec(text)![1]!.replace(/^-?$|^-?\.$/, '0'));

/** What is no number at all comes first. */
function compareGeneral(a: string, b: string): number {
  const [x, y] = [a, b].map((text) => Number.parseFloat(text));
  return Number.isNaN(x) || Number.isNaN(y) ? Number(!Number.isNaN(x)) - Number(!Number.isNaN(y)) : x! - y!;
}

/** First by sign and unit, then by number: 2M is more than 1000K. */
function compareSizes(a: string, b: string): number {
  const [x, y] = [a, b].map((text) => {
    const value = leadingNumber(text);
    const unit = /^[ \t]*-?\d*\.?\d*([KkMGTPEZYRQ]?)/.exec(text)![1]!.toUpperCase();
    return { value, order: (value === 0 ? 0 : units.indexOf(unit === '' ? ' ' : unit)) * Math.sign(value) };
  });
  return x!.order - y!.order || x!.value - y!.value;
}

function monthOf(text: string): number {
  return months.indexOf(text.trimStart().slice(0, 3).toUpperCase());
}

/** As UTF-8 has them: by code points. */
function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function checked(lines: readonly string[], unique: boolean, compare: (a: string, b: string) => number, name: string | undefined): Output {
  const wrong = lines.findIndex((line, i) => i > 0 && compare(lines[i - 1]!, line) >= (unique ? 0 : 1));
  if (wrong < 0) return output('');
  return failure(name === undefined ? '' : `sort: ${name}:${wrong + 1}: disorder: ${lines[wrong]!}\n`);
}
