/** Amounts of resources: `100m`, `2Gi`, `1e3`. (staging:apimachinery/pkg/api/resource/quantity.go) */
import { fail, ok, type Result } from './status.ts';

/** Which family of suffixes an amount was written with, and is printed with. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

export interface Quantity {
  /** The amount in billionths: the smallest that there is. */
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

const billion = 1_000_000_000n;

/** Powers of ten: n is 10^-9. */
const decimalSuffixes: readonly (readonly [suffix: string, exponent: number])[] = [
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
];
const binarySuffixes: readonly string[] = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

const form = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const noSuffix = "unable to parse quantity's suffix";

/** The amount that a text says, or what is wrong with the text. */
export function readQuantity(text: string): Result<Quantity, string> {
  const found = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*)([-+]?\d*)$/.exec(text);
  if (found === null || text === '') return fail(form);
  const [, sign, whole = '', fraction = '', letters = '', digits = ''] = found;
  const scale = scaleOf(letters + digits);
  if (scale === undefined) return fail(noSuffix);
  // A suffix without digits is read as zero, whatever the message says of the form.
  const mantissa = BigInt(`0${whole}${fraction}`);
  const size = scale.binary
    ? ceil(mantissa * billion * 1024n ** BigInt(scale.power), 10n ** BigInt(fraction.length))
    : tens(mantissa, 9 + scale.power - fraction.length);
  return ok({ nanos: sign === '-' ? -size : size, format: scale.format });
}

interface Scale {
  readonly format: QuantityFormat;
  readonly binary: boolean;
  readonly power: number;
}

function scaleOf(suffix: string): Scale | undefined {
  const decimal = decimalSuffixes.find(([known]) => known === suffix);
  if (decimal !== undefined) return { format: 'DecimalSI', binary: false, power: decimal[1] };
  const binary = binarySuffixes.indexOf(suffix);
  if (binary > 0) return { format: 'BinarySI', binary: true, power: binary };
  const exponent = /^[eE]([-+]?\d+)$/.exec(suffix);
  return exponent === null ? undefined : { format: 'DecimalExponent', binary: false, power: Number(exponent[1]) };
}

/** `value` times ten to the `exponent`, rounded up. */
function tens(value: bigint, exponent: number): bigint {
  return exponent >= 0 ? value * 10n ** BigInt(exponent) : ceil(value, 10n ** BigInt(-exponent));
}

function ceil(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

/** The amount that a text says; undefined when it says none. */
export function parseQuantity(text: string): Quantity | undefined {
  const read = readQuantity(text);
  return read.ok ? read.value : undefined;
}

/** The one way of writing an amount: the largest suffix that leaves a whole number. `1024Mi` is `1Gi`, `0.5` is `500m`. */
export function quantityText({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  const isWhole = nanos % billion === 0n;
  if (format === 'BinarySI' && isWhole && abs(nanos) >= 1024n * billion) return binaryText(nanos / billion);
  let [value, exponent] = [nanos, -9];
  while (value % 1000n === 0n && exponent < 18) [value, exponent] = [value / 1000n, exponent + 3];
  if (format === 'DecimalExponent') return exponent === 0 ? String(value) : `${value}e${exponent}`;
  return `${value}${decimalSuffixes.find(([, power]) => power === exponent)![0]}`;
}

function binaryText(whole: bigint): string {
  let [value, power] = [whole, 0];
  while (value % 1024n === 0n && power < binarySuffixes.length - 1) [value, power] = [value / 1024n, power + 1];
  return `${value}${binarySuffixes[power]!}`;
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** The sum, in the format of the first unless that is zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos + b.nanos, format: formatOf(a, b) };
}

export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos - b.nanos, format: formatOf(a, b) };
}

function formatOf(a: Quantity, b: Quantity): QuantityFormat {
  return a.nanos === 0n ? b.format : a.format;
}

/** Negative when `a` is less than `b`, zero when they are equal. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
}

/** The amount in whole units, rounded up (Quantity.Value). */
export function wholeUnits({ nanos }: Quantity): number {
  return Number(nanos > 0n ? ceil(nanos, billion) : nanos / billion);
}

/** The amount in thousandths, rounded up (Quantity.MilliValue). */
export function milliUnits({ nanos }: Quantity): number {
  return Number(nanos > 0n ? ceil(nanos, 1_000_000n) : nanos / 1_000_000n);
}
