/** Printing YAML as `kubectl -o yaml` does. (sigs.k8s.io/yaml Marshal over its fork of go-yaml v2: encode.go, emitterc.go, sorter.go) */
import { numberText } from './json.ts';
import { isBase60, resolve } from './yaml-scalar.ts';

/** The text of a JSON value: keys in natural order, sequences as deep as their key, lines of any length. Undefined fields are left out. */
export function yamlText(value: unknown): string {
  return `${block(value, 0, 'root').replace(/^ /, '')}\n`;
}

/** What stands before a value: a key (`key:`), a dash (`-`), or nothing. */
type Place = 'root' | 'key' | 'dash';

/** The text after `key:` or `-`, with the blank or line break that parts them. */
function block(value: unknown, indent: number, place: Place): string {
  if (Array.isArray(value)) return value.length === 0 ? ' []' : sequence(value, indent, place);
  if (typeof value === 'object' && value !== null) return mapping(value as Readonly<Record<string, unknown>>, indent, place);
  return ` ${typeof value === 'string' ? stringText(value, indent) : scalarText(value)}`;
}

function sequence(items: readonly unknown[], indent: number, place: Place): string {
  const lines = items.map((item) => `-${block(item, indent + 2, 'dash')}`);
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
  return isSimple ? `${name}:${block(value, inner, 'key')}` : `? ${name}\n${' '.repeat(indent)}:${block(value, indent + 2, 'dash')}`;
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

/** `indent` is that of the lines of a literal block. */
function stringText(text: string, indent: number): string {
  if (text.includes('\n')) return canBeLiteral(text) ? literal(text, indent) : doubleQuoted(text);
  return needsDoubleQuotes(text) ? doubleQuoted(text) : plainOrSingle(text);
}

/** Text that would be read as something else, or that has characters which only escapes can show. */
function needsDoubleQuotes(text: string): boolean {
  return resolve(text).type !== 'str' || isBase60(text) || hasSpecial(text);
}

/** Everything but printable characters; a tab counts, too. */
function hasSpecial(text: string): boolean {
  return /[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u.test(text) || /[\u0085\u2028\u2029]/.test(text);
}

function plainOrSingle(text: string): string {
  return canBePlain(text) ? text : `'${text.replaceAll("'", "''")}'`;
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

function doubleQuoted(text: string): string {
  let out = '"';
  for (const char of text) out += shortEscapes[char] ?? (hasSpecial(char) ? hexEscape(char.codePointAt(0)!) : char);
  return `${out}"`;
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
