/** The functions of AWK (POSIX awk, "Functions"), and mawk's strftime and systime. */
import { stream } from '#kube/chance.ts';
import type { Expression, Place } from './parse.ts';
import type { Awk } from './run.ts';
import { Read, toNumber, type Value } from './values.ts';

type Builtin = (awk: Awk, args: readonly Expression[]) => Promise<Value>;

const wholeRecord: Place = { is: 'field', number: { is: 'number', value: 0 } };

/** One of numbers alone. */
function ofNumbers(compute: (...numbers: readonly number[]) => number): Builtin {
  return async (awk, args) => {
    const numbers: number[] = [];
    for (const one of args) numbers.push(toNumber(await awk.value(one)));
    return compute(...numbers);
  };
}

async function texts(awk: Awk, args: readonly Expression[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const one of args) found.push(awk.text(await awk.value(one)));
  return found;
}

/** `&` stands for the match, `\&` for itself. */
function replacement(text: string, match: string): string {
  return text.replace(/\\\\&|\\&|&|\\\\/g, (sign) =>
    sign === '&' ? match : sign === '\\&' ? '&' : sign === '\\\\&' ? `\\${match}` : sign,
  );
}

function substitute(global: boolean): Builtin {
  return async (awk, [what, by, where = wholeRecord]) => {
    const pattern = await awk.pattern(what!);
    const text = awk.text(await awk.value(by!));
    const target = awk.text(await awk.value(where));
    let result = '';
    let count = 0;
    let at = 0;
    let last = -1;
    for (let found = pattern.exec(target); found !== undefined; found = pattern.exec(target, at)) {
      if (found.text === '' && found.index === last) {
        if (found.index >= target.length) break;
        result += target[found.index]!;
        at = found.index + 1;
        last = -1;
        continue;
      }
      count++;
      result += target.slice(at, found.index) + replacement(text, found.text);
      at = last = found.index + found.text.length;
      if (!global || (found.text === '' && at >= target.length)) break;
    }
    if (count > 0 && (where.is === 'variable' || where.is === 'element' || where.is === 'field'))
      await awk.set(where, result + target.slice(at));
    return count;
  };
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = 'January February March April May June July August September October November December'.split(' ');

function strftime(format: string, milliseconds: number): string {
  const date = new Date(milliseconds);
  const two = (number: number) => String(number).padStart(2, '0');
  const parts: Readonly<Record<string, string>> = {
    Y: String(date.getUTCFullYear()),
    y: two(date.getUTCFullYear() % 100),
    m: two(date.getUTCMonth() + 1),
    d: two(date.getUTCDate()),
    e: String(date.getUTCDate()).padStart(2),
    H: two(date.getUTCHours()),
    M: two(date.getUTCMinutes()),
    S: two(date.getUTCSeconds()),
    A: days[date.getUTCDay()]!,
    a: days[date.getUTCDay()]!.slice(0, 3),
    B: months[date.getUTCMonth()]!,
    b: months[date.getUTCMonth()]!.slice(0, 3),
    s: String(Math.floor(milliseconds / 1000)),
    Z: 'UTC',
    z: '+0000',
    n: '\n',
    t: '\t',
    '%': '%',
  };
  const long = format
    .replace(/%F/g, '%Y-%m-%d')
    .replace(/%T/g, '%H:%M:%S')
    .replace(/%R/g, '%H:%M')
    .replace(/%D/g, '%m/%d/%y')
    .replace(/%c/g, '%a %b %e %H:%M:%S %Y');
  return long.replace(/%([a-zA-Z%])/g, (all, letter: string) => parts[letter] ?? all);
}

/** The seeds of rand() and the numbers that they have given. */
const drawn = new WeakMap<Awk, { seed: number; count: number }>();
const luckOf = (awk: Awk) => drawn.get(awk) ?? drawn.set(awk, { seed: Math.floor(awk.now / 1000), count: 0 }).get(awk)!;

const functions: Readonly<Record<string, Builtin>> = {
  length: async (awk, [of = wholeRecord]) =>
    of.is === 'variable' && awk.isArray(of.name) ? awk.array(of.name).size : [...awk.text(await awk.value(of))].length,
  substr: async (awk, [of, from, length]) => {
    const text = awk.text(await awk.value(of!));
    const start = toNumber(await awk.value(from!));
    const end = length === undefined ? Infinity : start + toNumber(await awk.value(length));
    return text.slice(Math.max(0, roundHalf(start) - 1), Math.max(0, roundHalf(end) - 1));
  },
  index: async (awk, args) => {
    const [text, part] = await texts(awk, args);
    return text!.indexOf(part!) + 1;
  },
  split: async (awk, [of, into, by]) => {
    const text = awk.text(await awk.value(of!));
    const parts =
      by?.is === 'pattern'
        ? awk.partsAt(text, await awk.pattern(by))
        : awk.parts(text, by === undefined ? awk.variable('FS') : awk.text(await awk.value(by)));
    const array = awk.array((into as { readonly name: string }).name);
    array.clear();
    parts.forEach((part, i) => array.set(String(i + 1), new Read(part)));
    return parts.length;
  },
  sub: substitute(false),
  gsub: substitute(true),
  match: async (awk, [of, what]) => {
    const found = (await awk.pattern(what!)).exec(awk.text(await awk.value(of!)));
    awk.setGlobal('RSTART', found === undefined ? 0 : found.index + 1);
    awk.setGlobal('RLENGTH', found === undefined ? -1 : found.text.length);
    return found === undefined ? 0 : found.index + 1;
  },
  sprintf: async (awk, args) => {
    const values: Value[] = [];
    for (const one of args) values.push(await awk.value(one));
    return awk.format(values);
  },
  sin: ofNumbers(Math.sin),
  cos: ofNumbers(Math.cos),
  atan2: ofNumbers((y, x) => Math.atan2(y!, x!)),
  exp: ofNumbers((x) => Math.exp(x!)),
  log: ofNumbers((x) => Math.log(x!)),
  sqrt: ofNumbers((x) => Math.sqrt(x!)),
  int: ofNumbers((x) => Math.trunc(x!)),
  rand: async (awk) => {
    const luck = luckOf(awk);
    return Promise.resolve(stream(`awk ${luck.seed} ${luck.count++}`)() / 0x1_0000_0000);
  },
  srand: async (awk, [seed]) => {
    const luck = luckOf(awk);
    const before = luck.seed;
    luck.seed = seed === undefined ? Math.floor(awk.now / 1000) : toNumber(await awk.value(seed));
    luck.count = 0;
    return before;
  },
  tolower: async (awk, args) => (await texts(awk, args))[0]!.toLowerCase(),
  toupper: async (awk, args) => (await texts(awk, args))[0]!.toUpperCase(),
  system: async (awk, args) => await awk.system((await texts(awk, args))[0]!),
  close: async (awk, args) => await awk.close((await texts(awk, args))[0]!),
  fflush: async (awk) => {
    awk.flush();
    return 0;
  },
  strftime: async (awk, [format, at]) =>
    strftime(
      format === undefined ? '%c' : awk.text(await awk.value(format)),
      at === undefined ? awk.now : toNumber(await awk.value(at)) * 1000,
    ),
  systime: async (awk) => Promise.resolve(Math.floor(awk.now / 1000)),
};

/** To the nearest, halves to the even one. */
function roundHalf(number: number): number {
  if (!Number.isFinite(number)) return number;
  const floor = Math.floor(number);
  const rest = number - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

export function callBuiltin(awk: Awk, name: string, args: readonly Expression[]): Promise<Value> {
  return functions[name]!(awk, args);
}
