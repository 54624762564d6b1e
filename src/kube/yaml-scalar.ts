/** What a plain scalar is: null, a boolean, a number, or text; YAML 1.1 as Go's YAML library has it (resolve.go). */

export type ScalarType = 'null' | 'bool' | 'int' | 'float' | 'timestamp' | 'str';

export interface Scalar {
  readonly type: ScalarType;
  readonly value: string | number | boolean | null;
}

const words = new Map<string, Scalar>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word): [string, Scalar] => [word, { type: 'null', value: null }]),
  ...cased('y', 'yes', 'true', 'on').map((word): [string, Scalar] => [word, { type: 'bool', value: true }]),
  ...cased('n', 'no', 'false', 'off').map((word): [string, Scalar] => [word, { type: 'bool', value: false }]),
  ...['.nan', '.NaN', '.NAN'].map((word): [string, Scalar] => [word, { type: 'float', value: NaN }]),
  ...['.inf', '.Inf', '.INF'].flatMap((word): [string, Scalar][] => [
    [word, { type: 'float', value: Infinity }],
    [`+${word}`, { type: 'float', value: Infinity }],
    [`-${word}`, { type: 'float', value: -Infinity }],
  ]),
]);

/** `yes`, `Yes`, `YES`. */
function cased(...of: readonly string[]): readonly string[] {
  return of.flatMap((word) => [...new Set([word, word[0]!.toUpperCase() + word.slice(1), word.toUpperCase()])]);
}

/** The value of a plain scalar. */
export function resolve(text: string): Scalar {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (/^\.\d/.test(text)) return number(text, 'float') ?? { type: 'str', value: text };
  if (!/^[-+\d]/.test(text)) return { type: 'str', value: text };
  if (isTimestamp(text)) return { type: 'timestamp', value: text };
  const plain = text.replaceAll('_', '');
  const int = integer(plain);
  if (int !== undefined) return { type: 'int', value: int };
  return number(plain, 'float') ?? { type: 'str', value: text };
}

/** Go's base prefixes: 0x, 0b, 0o, and 0 alone for octal. */
function integer(text: string): number | undefined {
  const found = /^([-+]?)(?:0[xX]([\da-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9]\d*))$/.exec(text);
  if (found === null) return undefined;
  const [, sign, hex, binary, octal, decimal] = found;
  const size =
    hex !== undefined
      ? parseInt(hex, 16)
      : binary !== undefined
        ? parseInt(binary, 2)
        : octal !== undefined
          ? parseInt(octal, 8)
          : Number(decimal);
  return sign === '-' ? -size || 0 : size;
}

function number(text: string, type: ScalarType): Scalar | undefined {
  return /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(text) ? { type, value: Number(text) } : undefined;
}

/** `2026-11-23`, with or without a time of day. */
function isTimestamp(text: string): boolean {
  const found =
    /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d+)?(?:Z|[-+]\d\d:\d\d))|(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d+)?))?$/.exec(
      text,
    );
  if (found === null) return false;
  const [, year, month, day, hour = found[7] ?? 0, minute = found[8] ?? 0, second = found[9] ?? 0] = found;
  const [m, d] = [Number(month), Number(day)];
  const daysOfMonth = new Date(Date.UTC(Number(year), m, 0)).getUTCDate();
  return m >= 1 && m <= 12 && d >= 1 && d <= daysOfMonth && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
}

/** `10:30` was a number in base 60 once; it is written in quotes still. */
export function isBase60(text: string): boolean {
  return /^[-+]?\d[\d_]*(:[0-5]?\d)+(\.[\d_]*)?$/.test(text);
}
