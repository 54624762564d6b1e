/** date(1): the simulated time, in the formats people use. */
import { failure, output, type Command } from '../../command.ts';

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const longDays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (n: number) => String(n).padStart(2, '0');

/** The text of a format; unknown conversions stay as they are. */
export function formatDate(format: string, at: number): string {
  const d = new Date(at);
  const hour12 = d.getUTCHours() % 12 === 0 ? 12 : d.getUTCHours() % 12;
  const table: Readonly<Record<string, () => string>> = {
    Y: () => String(d.getUTCFullYear()),
    y: () => two(d.getUTCFullYear() % 100),
    m: () => two(d.getUTCMonth() + 1),
    d: () => two(d.getUTCDate()),
    e: () => String(d.getUTCDate()).padStart(2, ' '),
    H: () => two(d.getUTCHours()),
    I: () => two(hour12),
    M: () => two(d.getUTCMinutes()),
    S: () => two(d.getUTCSeconds()),
    N: () => String(d.getUTCMilliseconds() * 1_000_000).padStart(9, '0'),
    s: () => String(Math.floor(at / 1000)),
    Z: () => 'UTC',
    z: () => '+0000',
    p: () => (d.getUTCHours() < 12 ? 'AM' : 'PM'),
    a: () => days[d.getUTCDay()]!,
    A: () => longDays[d.getUTCDay()]!,
    b: () => months[d.getUTCMonth()]!,
    h: () => months[d.getUTCMonth()]!,
    u: () => String(d.getUTCDay() || 7),
    w: () => String(d.getUTCDay()),
    F: () => formatDate('%Y-%m-%d', at),
    T: () => formatDate('%H:%M:%S', at),
    R: () => formatDate('%H:%M', at),
    D: () => formatDate('%m/%d/%y', at),
    c: () => formatDate('%a %b %e %H:%M:%S %Y', at),
    n: () => '\n',
    t: () => '\t',
    '%': () => '%',
    j: () => String(Math.floor((at - Date.UTC(d.getUTCFullYear(), 0, 1)) / 86_400_000) + 1).padStart(3, '0'),
  };
  return format.replace(/%([A-Za-z%])/g, (whole, letter: string) => table[letter]?.() ?? whole);
}

export const date: Command = {
  name: 'date',
  run(args, _io, { lab }) {
    let at = lab.now;
    let format = '%a %b %e %H:%M:%S %Z %Y';
    for (let i = 0; i < args.length; i++) {
      const arg = args[i]!;
      if (arg.startsWith('+')) format = arg.slice(1);
      else if (arg === '-u' || arg === '--utc' || arg === '--universal') continue;
      else if (arg === '-R' || arg === '--rfc-email') format = '%a, %d %b %Y %H:%M:%S %z';
      else if (arg === '-Is' || arg === '-Iseconds' || arg === '--iso-8601=seconds') format = '%Y-%m-%dT%H:%M:%S+00:00';
      else if (arg === '-I' || arg === '--iso-8601') format = '%Y-%m-%d';
      else if (arg === '-d' || arg === '--date' || arg.startsWith('--date=')) {
        const text = arg.startsWith('--date=') ? arg.slice(7) : (args[++i] ?? '');
        const parsed =
          text === 'now'
            ? lab.now
            : /^@\d+$/.test(text)
              ? Number(text.slice(1)) * 1000
              : Date.parse(/[Zz]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
        if (Number.isNaN(parsed)) return failure(`date: invalid date '${text}'\n`);
        at = parsed;
      } else if (arg.startsWith('-'))
        return failure(`date: invalid option -- '${arg.replace(/^-+/, '')[0]}'\nTry 'date --help' for more information.\n`);
      else return failure(`date: cannot set date: Operation not permitted\n`);
    }
    return output(`${formatDate(format, at)}\n`);
  },
};
