/** AWK's values: numbers, texts, and texts from outside that may be numbers (POSIX awk, "Expressions in awk"). */

/** A text that was read: it counts as a number where it looks like one. */
export class Read {
  readonly text: string;
  readonly number: number | undefined;
  constructor(text: string) {
    this.text = text;
    const trimmed = text.trim();
    this.number = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$|^[-+]?0[xX][0-9a-fA-F]+$/.test(trimmed) ? numberIn(trimmed) : undefined;
  }
}

/** `undefined`: never assigned. */
export type Value = number | string | Read | undefined;

export function toNumber(value: Value): number {
  if (typeof value === 'number') return value;
  if (value === undefined) return 0;
  return typeof value === 'string' ? numberIn(value) : (value.number ?? numberIn(value.text));
}

/** The number that a text begins with. */
function numberIn(text: string): number {
  const [, sign, hex] = /^\s*([-+]?)0[xX]([0-9a-fA-F]+)/.exec(text) ?? [];
  if (hex !== undefined) return Number.parseInt(hex, 16) * (sign === '-' ? -1 : 1);
  const found = /^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)/.exec(text);
  return found === null ? 0 : Number(found[1]);
}

export function toText(value: Value, format: string): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return '';
  return typeof value === 'number' ? numberText(value, format) : value.text;
}

/** Whole numbers of 32 bits stand as they are, as mawk has them; others as the format says. */
export function numberText(value: number, format: string): string {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 31) return String(Object.is(value, -0) ? 0 : value);
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  return formatted(format, [value]).text;
}

export function isTrue(value: Value): boolean {
  if (typeof value === 'number') return value !== 0;
  if (value === undefined) return false;
  return typeof value === 'string' ? value !== '' : value.number === undefined ? value.text !== '' : value.number !== 0;
}

export function compare(a: Value, b: Value, format: string): number {
  const isNumber = (one: Value) => typeof one === 'number' || one === undefined || (typeof one === 'object' && one.number !== undefined);
  if (isNumber(a) && isNumber(b)) return toNumber(a) - toNumber(b);
  const [x, y] = [toText(a, format), toText(b, format)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** printf(3) for one list of values; `missing` when there were not enough. */
export function formatted(format: string, values: readonly Value[]): { readonly text: string; readonly missing: boolean } {
  let next = 0;
  let missing = false;
  const take = (): Value => {
    if (next >= values.length) missing = true;
    return values[next++];
  };
  const text = format.replace(
    /%(%|([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?([hlLqjzt]*)([a-zA-Z]))/g,
    (all, whole: string, flags = '', wide, exact, _, letter: string, at: number) => {
      if (whole === '%') return '%';
      if (missing) return '';
      let width = wide === '*' ? toNumber(take()) : Number(wide ?? 0);
      const left = (flags as string).includes('-') || width < 0;
      width = Math.abs(width);
      const dotted = /\.(\*|\d*)/.exec(all);
      const precision = dotted === null ? undefined : exact === '*' ? toNumber(take()) : Number(exact ?? 0);
      const value = take();
      if (missing) return at >= 0 ? '\0' : '';
      const body = converted(letter, value, precision, flags as string);
      if (body === undefined) return all;
      const zero =
        (flags as string).includes('0') && !left && !'sc'.includes(letter) && !('dixXou'.includes(letter) && precision !== undefined);
      if (zero) return body.replace(/^([-+ ]|0[xX])?/, (sign) => sign + '0'.repeat(Math.max(0, width - body.length)));
      return left ? body.padEnd(width) : body.padStart(width);
    },
  );
  const cut = text.indexOf('\0');
  return { text: missing && cut >= 0 ? text.slice(0, cut) : text, missing };
}

function converted(letter: string, value: Value, precision: number | undefined, flags: string): string | undefined {
  const number = toNumber(value);
  const signed = (text: string) =>
    number < 0 || Object.is(number, -0) ? text : flags.includes('+') ? `+${text}` : flags.includes(' ') ? ` ${text}` : text;
  const digits = (text: string) => text.padStart(precision ?? 1, '0');
  switch (letter) {
    case 's':
      return toText(value, '%.6g').slice(0, precision ?? Infinity);
    case 'c':
      return typeof value === 'number' ? String.fromCharCode(value & 255) : toText(value, '%.6g').slice(0, 1);
    case 'd':
    case 'i': {
      const whole = Math.trunc(number);
      return signed(`${whole < 0 ? '-' : ''}${digits(BigInt(Math.abs(whole)).toString())}`);
    }
    case 'u':
    case 'o':
    case 'x':
    case 'X': {
      const whole = BigInt.asUintN(64, BigInt(Math.trunc(number)));
      const text = digits(whole.toString(letter === 'u' ? 10 : letter === 'o' ? 8 : 16));
      const marked = !flags.includes('#') || whole === 0n ? text : letter === 'o' ? `0${text}` : letter === 'u' ? text : `0x${text}`;
      return letter === 'X' ? marked.toUpperCase() : marked;
    }
    case 'f':
    case 'F':
      return signed(number.toFixed(Math.min(100, precision ?? 6)));
    case 'e':
    case 'E':
      return signed(exponential(number, precision ?? 6, letter));
    case 'g':
    case 'G':
      return signed(general(number, precision ?? 6, letter, flags.includes('#')));
    default:
      return undefined;
  }
}

/** An exponent has two digits at least. */
function exponential(number: number, precision: number, letter: string): string {
  const text = number.toExponential(Math.min(100, precision)).replace(/e([-+])(\d)$/, 'e$10$2');
  return letter === 'E' ? text.toUpperCase() : text;
}

function general(number: number, precision: number, letter: string, keepZeros: boolean): string {
  if (!Number.isFinite(number)) return Number.isNaN(number) ? 'nan' : number < 0 ? '-inf' : 'inf';
  if (number === 0) return '0';
  const significant = precision === 0 ? 1 : precision;
  const exponent = Number(number.toExponential(significant - 1).split('e')[1]);
  const plain = exponent < -4 || exponent >= significant;
  const text = plain ? exponential(number, significant - 1, letter === 'G' ? 'E' : 'e') : number.toFixed(significant - 1 - exponent);
  return keepZeros ? text : text.replace(/(\.\d*?)0+(?=$|e)/i, '$1').replace(/\.(?=$|e)/i, '');
}
