/** strptime(3) in the C locale: a text that a format describes, taken apart. (glibc: time/strptime_l.c) */

/** `struct tm`; months and days of the year are counted from 0, the year is the whole one. */
export interface BrokenDownTime {
  readonly second: number;
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  readonly year: number;
  readonly weekDay: number;
  readonly yearDay: number;
}

type Fields = { -readonly [Field in keyof BrokenDownTime]: number } & { afternoon?: boolean; epoch?: number };

const months = 'january february march april may june july august september october november december'.split(' ');
const weekDays = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');

const composite: Readonly<Record<string, string>> = {
  T: '%H:%M:%S',
  R: '%H:%M',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  r: '%I:%M:%S %p',
  c: '%a %b %e %H:%M:%S %Y',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
};

const number = (digits: number) => new RegExp(`^\\s*([+-]?\\d{1,${digits}})`);
const name = (names: readonly string[]) => new RegExp(`^\\s*(${names.flatMap((one) => [one, one.slice(0, 3)]).join('|')})`, 'i');
const indexIn = (names: readonly string[], text: string) => names.findIndex((one) => one.startsWith(text.toLowerCase().slice(0, 3)));

/** What each conversion takes of the text, and where it puts it. */
const conversions: Readonly<Record<string, readonly [RegExp, (fields: Fields, text: string) => void]>> = {
  Y: [number(4), (fields, text) => (fields.year = Number(text))],
  y: [number(2), (fields, text) => (fields.year = Number(text) + (Number(text) < 69 ? 2000 : 1900))],
  m: [number(2), (fields, text) => (fields.month = Number(text) - 1)],
  d: [number(2), (fields, text) => (fields.day = Number(text))],
  e: [number(2), (fields, text) => (fields.day = Number(text))],
  H: [number(2), (fields, text) => (fields.hour = Number(text))],
  I: [number(2), (fields, text) => (fields.hour = Number(text) % 12)],
  M: [number(2), (fields, text) => (fields.minute = Number(text))],
  S: [number(2), (fields, text) => (fields.second = Number(text))],
  j: [number(3), (fields, text) => (fields.yearDay = Number(text) - 1)],
  p: [/^(am|pm)/i, (fields, text) => (fields.afternoon = /pm/i.test(text))],
  b: [name(months), (fields, text) => (fields.month = indexIn(months, text))],
  a: [name(weekDays), (fields, text) => (fields.weekDay = indexIn(weekDays, text))],
  s: [/^\s*(-?\d+)/, (fields, text) => (fields.epoch = Number(text))],
  Z: [/^([A-Za-z]*)/, () => undefined],
  z: [/^\s*(Z|[+-]\d\d:?(?:\d\d)?)/, () => undefined],
  n: [/^(\s*)/, () => undefined],
  t: [/^(\s*)/, () => undefined],
  '%': [/^(%)/, () => undefined],
};
const synonyms: Readonly<Record<string, string>> = { B: 'b', h: 'b', A: 'a', k: 'H', l: 'I' };

/** The time, and how much of the text it took; undefined where the text is not as the format says. */
export function readTime(text: string, format: string): { readonly time: BrokenDownTime; readonly length: number } | undefined {
  const fields: Fields = { second: 0, minute: 0, hour: 0, day: 0, month: 0, year: 1900, weekDay: 0, yearDay: 0 };
  const length = read(text, 0, format, fields);
  if (length === undefined) return undefined;
  const { afternoon, epoch, ...time } = fields;
  if (epoch !== undefined) {
    const date = new Date(epoch * 1000);
    time.year = date.getUTCFullYear();
    time.month = date.getUTCMonth();
    time.day = date.getUTCDate();
    time.hour = date.getUTCHours();
    time.minute = date.getUTCMinutes();
    time.second = date.getUTCSeconds();
  }
  if (afternoon === true) time.hour += 12;
  return { time, length };
}

function read(text: string, start: number, format: string, fields: Fields): number | undefined {
  let at = start;
  for (let i = 0; i < format.length; i++) {
    const char = format[i]!;
    if (/\s/.test(char)) at += /^\s*/.exec(text.slice(at))![0].length;
    else if (char !== '%') {
      if (text[at] !== char) return undefined;
      at++;
    } else {
      if (/[EO]/.test(format[i + 1] ?? '')) i++;
      const letter = synonyms[format[++i] ?? ''] ?? format[i] ?? '';
      if (Object.hasOwn(composite, letter)) {
        const end = read(text, at, composite[letter]!, fields);
        if (end === undefined) return undefined;
        at = end;
        continue;
      }
      const [pattern, keep] = (Object.hasOwn(conversions, letter) ? conversions[letter] : undefined) ?? [];
      const found = pattern?.exec(text.slice(at));
      if (found === undefined || found === null) return undefined;
      keep!(fields, found[1]!);
      at += found[0].length;
    }
  }
  return at;
}
