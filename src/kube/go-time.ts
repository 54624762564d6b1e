/** Reading RFC 3339 as Go's `time.Parse` does, errors included. */
import { quote } from './json.ts';
import { fail, ok, type Result } from './status.ts';

const layout = '2006-01-02T15:04:05Z07:00';

/** The parts of the layout, what each looks like, and the largest value it may have. */
const parts: readonly (readonly [element: string, pattern: RegExp, name?: string, least?: number, most?: number])[] = [
  ['2006', /^\d{4}/],
  ['-', /^-/],
  ['01', /^\d{2}/, 'month', 1, 12],
  ['-', /^-/],
  ['02', /^\d{2}/, 'day', 1, 31],
  ['T', /^T/],
  ['15', /^\d{2}/, 'hour', 0, 23],
  [':', /^:/],
  ['04', /^\d{2}/, 'minute', 0, 59],
  [':', /^:/],
  ['05', /^\d{2}(?:[.,]\d+)?/, 'second', 0, 59],
  ['Z07:00', /^(?:Z|[-+]\d{2}:\d{2})/],
];

/** Unix milliseconds and the digits below them, or the error. */
export function parseRfc3339(text: string): Result<{ readonly milliseconds: number; readonly micros: number }, string> {
  let rest = text;
  const values: string[] = [];
  for (const [element, pattern, name, least, most] of parts) {
    const found = pattern.exec(rest);
    if (found === null) return fail(`parsing time ${quote(text)} as ${quote(layout)}: cannot parse ${quote(rest)} as ${quote(element)}`);
    const number = parseInt(found[0], 10);
    if (name !== undefined && (number < least! || number > most!)) return fail(`parsing time ${quote(text)}: ${name} out of range`);
    values.push(found[0]);
    rest = rest.slice(found[0].length);
  }
  if (rest !== '') return fail(`parsing time ${quote(text)}: extra text: ${quote(rest)}`);
  const [year, , month, , day] = values.map(Number);
  if (day! > new Date(Date.UTC(year!, month!, 0)).getUTCDate()) return fail(`parsing time ${quote(text)}: day out of range`);
  const [seconds = '', fraction = ''] = values[10]!.split(/[.,]/);
  const milliseconds = Date.parse(`${values.slice(0, 10).join('')}${seconds}${values[11]!}`);
  return ok({ milliseconds, micros: Number(fraction.slice(0, 6).padEnd(6, '0')) });
}
