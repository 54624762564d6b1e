/** Printing YAML as `kubectl -o yaml` does. (sigs.k8s.io/yaml Marshal over its fork of go-yaml v2: encode.go, emitterc.go, sorter.go) */
import { numberText } from './json.ts';
import { isBase60, resolve } from './yaml-scalar.ts';

/** The text of a JSON value: keys in natural order, sequences as deep as their key, blanks beyond column 80 turned into line breaks. Undefined fields are left out. */
export function yamlText(value: unknown): string {
  return `${block(value, { indent: 0, column: 0 }, 'root').replace(/^ /, '')}\n`;
}

/** What stands before a value: a key (`key:`), a dash (`-`), or nothing. */
type Place = 'root' | 'key' | 'dash';

interface Position {
  /** That of the further lines. */
  readonly indent: number;
  /** Where the first line begins. */
  readonly column: number;
}

/** The text after `key:` or `-`, with the blank or line break that parts them. */
function block(value: unknown, position: Position, place: Place): string {
  if (Array.isArray(value)) return value.length === 0 ? ' []' : sequence(value, position.indent, place);
  if (typeof value === 'object' && value !== null) return mapping(value as Readonly<Record<string, unknown>>, position.indent, place);
  return ` ${typeof value === 'string' ? stringText(value, position) : scalarText(value)}`;
}

function sequence(items: readonly unknown[], indent: number, place: Place): string {
  const lines = items.map((item) => `-${block(item, { indent: indent + 2, column: indent + 2 }, 'dash')}`);
  return join(lines, indent, place);
}

function mapping(fields: Readonly<Record<string, unknown>>, indent: number, place: Place): string {
  const keys = Object.keys(fields)
    .filter((key) => fields[key] !== undefined)
    .sort(naturalOrder);
  if (keys.length === 0) return ' {}';
  // A mapping below a key is deeper than it; a sequence is not.
  const lines = keys.map((key) => entry(key, fields[key], indent));
  return join(lines, indent, place);
}

function entry(key: string, value: unknown, indent: number): string {
  const inner = Array.isArray(value) ? indent : indent + 2;
  const name = keyText(key);
  const isSimple = key.length <= 128 && !key.includes('\n');
  if (isSimple) return `${name}:${block(value, { indent: inner, column: indent + [...name].length + 2 }, 'key')}`;
  return `? ${name}\n${' '.repeat(indent)}:${block(value, { indent: indent + 2, column: indent + 2 }, 'dash')}`;
}

/** The first line follows a dash at once, and a key on a line of its own. */
function join(lines: readonly string[], indent: number, place: Place): string {
  const margin = `\n${' '.repeat(indent)}`;
  return (place === 'key' ? margin : ' ') + lines.join(margin);
}

function scalarText(value: unknown): string {
  if (typeof value !== 'number') return String(value ?? null);
  // strconv.FormatFloat(f, 'g', -1, 64): an exponent from a million on, but whole numbers are written as integers.
  const exponential = !Number.isInteger(value) && Math.abs(value) >= 1e6;
  return exponential ? value.toExponential().replace(/\+(\d)$/, '+0$1') : numberText(value);
}

/** Keys stand on one line: none of them is a block. */
function keyText(key: string): string {
  return needsDoubleQuotes(key) || key.includes('\n') ? doubleQuoted(key) : plainOrSingle(key);
}

function stringText(text: string, position: Position): string {
  if (text.includes('\n')) return canBeLiteral(text) ? literal(text, position.indent) : doubleQuoted(text, position);
  return needsDoubleQuotes(text) ? doubleQuoted(text, position) : plainOrSingle(text, position);
}

const bestWidth = 80;

/**
 * Joins the pieces a text is written in, one for each of its characters; without a position on one line. A blank beyond the best width
 * becomes a line break, unless a blank stands before it; `mayBreak` says where else it must stay.
 */
function folded(pieces: readonly string[], position: Position | undefined, mayBreak: (at: number) => boolean, beforeBlank = ''): string {
  if (position === undefined) return pieces.join('');
  const margin = `\n${' '.repeat(position.indent)}`;
  let { column } = position;
  let out = '';
  pieces.forEach((piece, at) => {
    if (piece === ' ' && pieces[at - 1] !== ' ' && column > bestWidth && mayBreak(at)) {
      const lead = pieces[at + 1] === ' ' ? beforeBlank : '';
      out += margin + lead;
      column = position.indent + lead.length;
      return;
    }
    out += piece;
    column += [...piece].length;
  });
  return out;
}

/** Text that would be read as something else, or that has characters which only escapes can show. */
function needsDoubleQuotes(text: string): boolean {
  return resolve(text).type !== 'str' || isBase60(text) || hasSpecial(text);
}

/** Everything but printable characters; a tab counts, too. */
function hasSpecial(text: string): boolean {
  return /[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u.test(text) || /[\u0085\u2028\u2029]/.test(text);
}

function plainOrSingle(text: string, position?: Position): string {
  const pieces = [...text];
  if (canBePlain(text)) return folded(pieces, position, (at) => pieces[at + 1] !== ' ');
  const inside = (at: number) => at > 0 && at < pieces.length - 1 && pieces[at + 1] !== ' ';
  return `'${folded(
    pieces.map((char) => (char === "'" ? "''" : char)),
    afterQuote(position),
    inside,
  )}'`;
}

function afterQuote(position: Position | undefined): Position | undefined {
  return position && { ...position, column: position.column + 1 };
}

/** Reports whether the text is a plain scalar outside of `[…]` and `{…}` (yaml_emitter_analyze_scalar). */
function canBePlain(text: string): boolean {
  if (/^(---|\.\.\.)/.test(text) || /^[#,[\]{}&*!|>'"%@`]/.test(text) || /^[?:-](\s|$)/.test(text)) return false;
  return !/:(\s|$)|\s#|^ | $/.test(text);
}

/** A blank before a line break cannot be seen in a block, nor can one at the end. */
function canBeLiteral(text: string): boolean {
  return !hasSpecial(text) && !/ \n| $/.test(text);
}

function literal(text: string, indent: number): string {
  const hint = /^[ \n]/.test(text) ? '2' : '';
  const chomping = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : '';
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
  return `|${hint}${chomping}\n${lines.map((line) => (line === '' ? '' : ' '.repeat(indent) + line)).join('\n')}`;
}

const shortEscapes: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\u0085': '\\N',
  '\u2028': '\\L',
  '\u2029': '\\P',
};

function doubleQuoted(text: string, position?: Position): string {
  const pieces = Array.from(text, (char) => shortEscapes[char] ?? (hasSpecial(char) ? hexEscape(char.codePointAt(0)!) : char));
  const inside = (at: number) => at > 0 && at < pieces.length - 1;
  return `"${folded(pieces, afterQuote(position), inside, '\\')}"`;
}

function hexEscape(code: number): string {
  const [letter, length] = code <= 0xff ? ['x', 2] : code <= 0xffff ? ['u', 4] : ['U', 8];
  return `\\${letter}${code
    .toString(16)
    .toUpperCase()
    .padStart(length as number, '0')}`;
}

const isLetter = (char: string) => /^\p{L}$/u.test(char);
const isDigit = (char: string) => /^\p{Nd}$/u.test(char);

/** Numbers in keys compare by size, and other characters come before letters: `a.b`, `a2`, `a10`, `ab`. */
function naturalOrder(left: string, right: string): number {
  const a = [...left];
  const b = [...right];
  let afterDigit = false;
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] === b[i]) {
      afterDigit = isDigit(a[i]!);
      continue;
    }
    const [letterA, letterB] = [isLetter(a[i]!), isLetter(b[i]!)];
    if (letterA !== letterB) return letterA === afterDigit ? -1 : 1;
    if (letterA) return a[i]! < b[i]! ? -1 : 1;
    return compareNumbers(a, b, i) || (a[i]! < b[i]! ? -1 : 1);
  }
  return a.length - b.length;
}

/** By the numbers that begin at `i`; a leading zero counts when digits stand before it. */
function compareNumbers(a: readonly string[], b: readonly string[], i: number): number {
  let start = 0;
  if (a[i] === '0' || b[i] === '0') {
    for (let j = i - 1; j >= 0 && isDigit(a[j]!); j--) if (a[j] !== '0') start = 1;
  }
  const [numberA, lengthA] = numberAt(a, i, start);
  const [numberB, lengthB] = numberAt(b, i, start);
  return numberA - numberB || lengthA - lengthB;
}

function numberAt(text: readonly string[], from: number, start: number): [number: number, length: number] {
  let number = start;
  let at = from;
  for (; at < text.length && isDigit(text[at]!); at++) number = number * 10 + Number(text[at]);
  return [number, at - from];
}
