/** The functions a template may call: Go's own (text/template/funcs.go) and kubectl's. */
import { marshal, numberText, quote, typeText, valueText } from '#kube/json.ts';
import { KubectlError } from '../../errors.ts';

/** A call failed; Go words it `error calling NAME: …`. */
export class CallError extends KubectlError {}

/** `texts` is how the arguments are written. */
export type TemplateFunction = (args: readonly unknown[], texts: readonly string[]) => unknown;

/** Reports whether `if`, `and` and `not` take a value for true (template.IsTrue). */
export function isTrue(value: unknown): boolean {
  if (value === null || value === undefined) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object') return Object.keys(value).length > 0;
  return Boolean(value);
}

/** A value in the middle of text: `map[a:b]`, `<no value>`. */
export function printed(value: unknown): string {
  return value === null || value === undefined ? '<no value>' : valueText(value);
}

export const functions: Readonly<Record<string, TemplateFunction>> = {
  and: (args) => args[args.findIndex((value) => !isTrue(value))] ?? (args.every(isTrue) ? args.at(-1) : undefined),
  or: (args) => args.find(isTrue) ?? args.at(-1),
  not: ([value]) => !isTrue(value),
  len: ([value]) => lengthOf(value),
  index: ([value, ...keys]) => keys.reduce(indexed, value),
  slice: ([value, ...bounds]) => sliced(value, bounds),
  print: (args) => print(args),
  printf: ([format, ...args]) => printf(String(format), args),
  println: (args) => `${args.map(valueText).join(' ')}\n`,
  html: (args) => print(args).replace(/[&<>"'\0]/g, (c) => htmlEscapes[c]!),
  js: (args) =>
    print(args).replace(/[\\'"<>&=\n\r\t]/g, (c) => jsEscapes[c] ?? `\\u${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`),
  urlquery: (args) =>
    encodeURIComponent(print(args))
      .replaceAll('%20', '+')
      .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`),
  eq: ([first, ...rest]) => {
    if (rest.length === 0) throw new CallError('missing argument for comparison');
    return rest.some((one) => equal(first, one));
  },
  ne: ([a, b]) => !equal(a, b),
  lt: ([a, b]) => order(a, b) < 0,
  le: ([a, b]) => order(a, b) <= 0,
  gt: ([a, b]) => order(a, b) > 0,
  ge: ([a, b]) => order(a, b) >= 0,
  call: ([value], [text = '']) => {
    throw new CallError(value === null || value === undefined ? 'call of nil' : `non-function ${text} of type ${typeText(value)}`);
  },
  exists: ([item, ...keys]) => exists(item, keys),
  base64decode: ([text]) => {
    const bad = String(text).search(/[^A-Za-z0-9+/=]/);
    if (bad >= 0) throw new CallError(`base64 decode failed: illegal base64 data at input byte ${bad}`);
    return new TextDecoder().decode(Uint8Array.from(atob(String(text)), (c) => c.charCodeAt(0)));
  },
};

const htmlEscapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
  '\0': '\uFFFD',
};
const jsEscapes: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '"': '\\"' };

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return new TextEncoder().encode(value).length;
  if (Array.isArray(value)) return value.length;
  if (value === null || value === undefined) throw new CallError('reflect: call of reflect.Value.Type on zero Value');
  if (typeof value === 'object') return Object.keys(value).length;
  throw new CallError(`len of type ${typeText(value)}`);
}

function indexed(value: unknown, key: unknown): unknown {
  if (value === null || value === undefined) throw new CallError('index of untyped nil');
  if (Array.isArray(value) || typeof value === 'string') {
    if (typeof key !== 'number')
      throw new CallError(
        key === null || key === undefined ? 'cannot index slice/array with nil' : `cannot index slice/array with type ${typeText(key)}`,
      );
    if (key < 0 || key >= value.length) throw new CallError(`index out of range: ${key}`);
    return typeof value === 'string' ? value.charCodeAt(key) : (value as readonly unknown[])[key];
  }
  if (typeof value !== 'object') throw new CallError(`can't index item of type ${typeText(value)}`);
  if (typeof key !== 'string') throw new CallError(`value has type ${goType(key)}; should be string`);
  return (value as Readonly<Record<string, unknown>>)[key];
}

function goType(value: unknown): string {
  return typeof value === 'number' && Number.isInteger(value) ? 'int' : typeText(value);
}

function sliced(value: unknown, bounds: readonly unknown[]): unknown {
  if (value === null || value === undefined) throw new CallError('slice of untyped nil');
  if (typeof value !== 'string' && !Array.isArray(value)) throw new CallError(`can't slice item of type ${typeText(value)}`);
  const [from = 0, to = value.length] = bounds as readonly number[];
  for (const bound of [from, to]) if (bound < 0 || bound > value.length) throw new CallError(`index out of range: ${bound}`);
  if (from > to) throw new CallError(`invalid slice index: ${from} > ${to}`);
  return value.slice(from, to);
}

function equal(a: unknown, b: unknown): boolean {
  if (a === null || a === undefined || b === null || b === undefined) return (a ?? undefined) === (b ?? undefined);
  if (typeof a === 'object' || typeof b === 'object')
    throw new CallError(`non-comparable type ${valueText(typeof a === 'object' ? a : b)}: ${typeText(typeof a === 'object' ? a : b)}`);
  if (typeof a !== typeof b) throw new CallError('incompatible types for comparison');
  return a === b;
}

function order(a: unknown, b: unknown): number {
  if (typeof a === 'object' || typeof b === 'object' || typeof a === 'boolean' || a === undefined || b === undefined)
    throw new CallError('invalid type for comparison');
  if (typeof a !== typeof b) throw new CallError('incompatible types for comparison');
  const [left, right] = [a as string, b as string];
  return left === right ? 0 : left < right ? -1 : 1;
}

/** (kubectl: pkg/util/templates exists) Follows keys and indexes as far as they lead. */
function exists(item: unknown, keys: readonly unknown[]): boolean {
  let value = item;
  for (const key of keys) {
    if (Array.isArray(value) && typeof key === 'number') value = (value as readonly unknown[])[key];
    else if (typeof value === 'object' && value !== null && typeof key === 'string') value = (value as Record<string, unknown>)[key];
    else return false;
    if (value === undefined) return false;
  }
  return true;
}

/** fmt.Sprint: blanks between operands when neither is a string. */
function print(args: readonly unknown[]): string {
  return args.map((arg, i) => (i > 0 && typeof arg !== 'string' && typeof args[i - 1] !== 'string' ? ' ' : '') + valueText(arg)).join('');
}

const verb = /%([-+# 0]*)(\d+|\*)?(?:\.(\d+|\*)?)?([a-zA-Z%])/g;

/** fmt.Sprintf over decoded JSON. */
export function printf(format: string, args: readonly unknown[]): string {
  let next = 0;
  const out = format.replace(verb, (whole, flags: string, width: string | undefined, precision: string | undefined, letter: string) => {
    if (letter === '%') return '%';
    const wide = width === '*' ? Number(args[next++]) : Number(width ?? 0);
    if (next >= args.length) return `%!${letter}(MISSING)`;
    const arg = args[next++];
    const dot = whole.includes('.');
    const text = formatted(letter, arg, flags, dot ? Number(precision ?? 0) : undefined);
    if (text === undefined) return `%!${letter}(${goType(arg)}=${valueText(arg)})`;
    if (flags.includes('-')) return text.padEnd(wide);
    return flags.includes('0') && typeof arg === 'number'
      ? text.replace(/^-?/, (sign) => sign.padEnd(sign.length + Math.max(0, wide - text.length), '0'))
      : text.padStart(wide);
  });
  const extra = args.slice(next);
  return extra.length === 0 ? out : `${out}%!(EXTRA ${extra.map((arg) => `${goType(arg)}=${valueText(arg)}`).join(', ')})`;
}

function formatted(letter: string, arg: unknown, flags: string, precision: number | undefined): string | undefined {
  const whole = typeof arg === 'number' && Number.isInteger(arg);
  switch (letter) {
    case 'v':
      return flags.includes('#') ? marshal(arg) : valueText(arg);
    case 's':
      if (typeof arg === 'string') return precision === undefined ? arg : arg.slice(0, precision);
      return typeof arg === 'object' && arg !== null ? valueText(arg) : undefined;
    case 'q':
      return typeof arg === 'string' ? quote(arg) : undefined;
    case 'd':
      return whole ? (flags.includes('+') && arg >= 0 ? `+${arg}` : String(arg)) : undefined;
    case 'x':
    case 'X': {
      if (typeof arg !== 'string' && !whole) return undefined;
      const digits =
        typeof arg === 'string'
          ? [...new TextEncoder().encode(arg)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
          : (arg as number).toString(16);
      return letter === 'X' ? digits.toUpperCase() : digits;
    }
    case 'o':
      return whole ? arg.toString(8) : undefined;
    case 'b':
      return whole ? arg.toString(2) : undefined;
    case 'c':
      return whole ? String.fromCodePoint(arg) : undefined;
    case 'f':
    case 'F':
      return typeof arg === 'number' ? arg.toFixed(precision ?? 6) : undefined;
    case 'e':
      return typeof arg === 'number' ? arg.toExponential(precision ?? 6).replace(/e([+-])(\d)$/, 'e$10$2') : undefined;
    case 'g':
      return typeof arg === 'number' ? numberText(arg) : undefined;
    case 't':
      return typeof arg === 'boolean' ? String(arg) : undefined;
    case 'T':
      return goType(arg);
    default:
      return undefined;
  }
}
