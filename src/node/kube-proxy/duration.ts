/** Go's durations, as configuration files write them. (time.ParseDuration, Duration.String) */

const units: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of `1h30m`, `5s`, `250ms`; or Go's error. */
export function parseDuration(text: string): number | { readonly error: string } {
  const quoted = JSON.stringify(text);
  const invalid = { error: `time: invalid duration ${quoted}` };
  let rest = text.replace(/^[-+]/, '');
  if (rest === '0') return 0;
  if (rest === '') return invalid;
  let total = 0;
  while (rest !== '') {
    const number = /^(\d+(\.\d*)?|\.\d+)/.exec(rest)?.[0];
    if (number === undefined) return invalid;
    rest = rest.slice(number.length);
    const unit = /^[^.\d]*/.exec(rest)![0];
    if (unit === '') return { error: `time: missing unit in duration ${quoted}` };
    const factor = units[unit];
    if (factor === undefined) return { error: `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}` };
    total += Number(number) * factor;
    rest = rest.slice(unit.length);
  }
  return text.startsWith('-') ? -total : total;
}

/** `1h0m0s`, `30s`, `1.5s`, `100ms`. */
export function durationText(milliseconds: number): string {
  if (milliseconds === 0) return '0s';
  const sign = milliseconds < 0 ? '-' : '';
  const absolute = Math.abs(milliseconds);
  if (absolute < 1) return absolute < 1e-3 ? `${sign}${trimmed(absolute * 1e6)}ns` : `${sign}${trimmed(absolute * 1e3)}µs`;
  if (absolute < 1000) return `${sign}${trimmed(absolute)}ms`;
  const hours = Math.floor(absolute / 3_600_000);
  const minutes = Math.floor((absolute % 3_600_000) / 60_000);
  const seconds = `${trimmed((absolute % 60_000) / 1000)}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : sign + seconds;
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(9)));
}
