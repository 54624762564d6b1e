/** JSON and Go-syntax text as Go's standard library writes them. */
import { cEscapes } from './c-escapes.ts';

export interface MarshalOptions {
  /** One level's indentation; without it everything stands on one line. */
  readonly indent?: string;
  /** Keep the order of keys (structs) instead of sorting them (maps). */
  readonly ordered?: boolean;
  /** Leave `<`, `>` and `&` as they are (json.Encoder.SetEscapeHTML(false)). */
  readonly plain?: boolean;
}

const unsafe = /[<>&\u2028\u2029]/g;

/** `json.Marshal` and `json.MarshalIndent` of maps: keys sorted bytewise, HTML characters escaped. Undefined values are left out. */
export function marshal(value: unknown, options: MarshalOptions = {}): string {
  return write(value, options, '');
}

function write(value: unknown, options: MarshalOptions, margin: string): string {
  if (typeof value === 'string') return quoteJson(value, options);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const { indent } = options;
  const inner = indent === undefined ? '' : margin + indent;
  const list = Array.isArray(value);
  const items = list
    ? value.map((item) => write(item, options, inner))
    : keysOf(value as Record<string, unknown>, options).map(
        (key) =>
          `${quoteJson(key, options)}:${indent === undefined ? '' : ' '}${write((value as Record<string, unknown>)[key], options, inner)}`,
      );
  const [open, close] = list ? ['[', ']'] : ['{', '}'];
  if (items.length === 0) return open + close;
  return indent === undefined ? open + items.join(',') + close : `${open}\n${inner}${items.join(`,\n${inner}`)}\n${margin}${close}`;
}

function keysOf(fields: Record<string, unknown>, { ordered }: MarshalOptions): readonly string[] {
  const keys = Object.keys(fields).filter((key) => fields[key] !== undefined);
  return ordered === true ? keys : keys.sort();
}

function quoteJson(text: string, { plain }: MarshalOptions): string {
  const quoted = JSON.stringify(text);
  return plain === true ? quoted : quoted.replace(unsafe, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** `strconv.Quote`, the `%q` of Go's fmt. */
export function quote(text: string): string {
  let out = '"';
  for (const char of text) out += escapes[char] ?? (isPrintable(char) ? char : escapeOf(char));
  return `${out}"`;
}

const escapes: Readonly<Record<string, string>> = {
  ...cEscapes,
  '"': '\\"',
  '\\': '\\\\',
};

function isPrintable(char: string): boolean {
  return char === ' ' || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(char);
}

function escapeOf(char: string): string {
  const code = char.codePointAt(0)!;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** The `%v` of a float64 or an int64. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  const exponential = size >= 1e21 || (size > 0 && size < 1e-4);
  return exponential ? value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2') : String(value);
}

/** The `%v` of decoded JSON: `map[a:1 b:[x y]]`. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'number') return numberText(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(' ')}]`;
  if (typeof value === 'object') {
    const fields = value as Record<string, unknown>;
    return `map[${keysOf(fields, {})
      .map((key) => `${key}:${valueText(fields[key])}`)
      .join(' ')}]`;
  }
  return String(value);
}

/** The `%#v` of decoded JSON: `map[string]interface {}{"a":1}`. */
export function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return numberText(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (typeof value === 'object') {
    const fields = value as Record<string, unknown>;
    return `map[string]interface {}{${keysOf(fields, {})
      .map((key) => `${quote(key)}:${goSyntax(fields[key])}`)
      .join(', ')}}`;
  }
  return String(value);
}

/** The Go type of decoded JSON: `map[string]interface {}`. */
export function typeText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : 'string';
}
