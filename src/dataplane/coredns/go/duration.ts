/** Durations as Go writes and reads them; values are nanoseconds. (Go: time.ParseDuration, time.Duration.String) */
import { fail, ok, type Result } from '#kube/status.ts';
import { quote } from './quote.ts';

export const millisecond = 1e6;
export const second = 1e9;
export const minute = 60 * second;
export const hour = 60 * minute;

const units: { readonly [unit: string]: number } = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: millisecond, s: second, m: minute, h: hour };

/** Reads `1h30m`, `-1.5s`, `0`; the error is Go's. */
export function parseDuration(text: string): Result<number, string> {
  const invalid = fail(`time: invalid duration ${quote(text)}`);
  let rest = text.replace(/^[-+]/, '');
  const sign = text.startsWith('-') ? -1 : 1;
  if (rest === '0') return ok(0);
  if (rest === '') return invalid;
  let total = 0;
  while (rest !== '') {
    const number = /^(\d*)(?:\.(\d*))?/.exec(rest)!;
    if (!/\d/.test(number[0])) return invalid;
    rest = rest.slice(number[0].length);
    const unit = /^[^\d.]*/.exec(rest)![0];
    if (unit === '') return fail(`time: missing unit in duration ${quote(text)}`);
    const size = units[unit];
    if (size === undefined) return fail(`time: unknown unit ${quote(unit)} in duration ${quote(text)}`);
    rest = rest.slice(unit.length);
    total += Math.trunc(Number(number[0]) * size);
  }
  if (total > Number.MAX_SAFE_INTEGER * 1024) return invalid;
  return ok(sign * total);
}

/** Writes `1h30m0s`, `1.5s`, `250ms`, `0s`. */
export function formatDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s';
  const sign = nanoseconds < 0 ? '-' : '';
  const value = Math.abs(nanoseconds);
  if (value < 1e3) return `${sign}${value}ns`;
  if (value < millisecond) return `${sign}${value / 1e3}µs`;
  if (value < second) return `${sign}${value / millisecond}ms`;
  const hours = Math.floor(value / hour);
  const minutes = Math.floor((value % hour) / minute);
  const seconds = `${(value % minute) / second}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}
