/** Flags as kubectl reads them: github.com/spf13/pflag's syntax, and its words when something is wrong with it. */
import { KubectlError } from './errors.ts';

/** One kind of flag value. */
export interface Flag<T = unknown> {
  readonly shorthand?: string;
  readonly default: T;
  /** The value of the flag when it stands alone (pflag's NoOptDefVal): `--watch`, `--dry-run`. */
  readonly bare?: string;
  /** Takes one more text in; throws {@link FlagSyntaxError} with Go's words. `given` is what earlier uses made of it. */
  read(text: string, given: T | undefined): T;
  /** The default as help shows it. */
  readonly shown: string;
  readonly usage: string;
  readonly required?: boolean;
  /** What to use instead: using it prints `Flag --x has been deprecated, …`. */
  readonly deprecated?: string;
}

export type Flags = Readonly<Record<string, Flag>>;
export type Values<F extends Flags> = { readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

export class FlagSyntaxError extends KubectlError {}

interface Options {
  readonly shorthand?: string;
  readonly bare?: string;
  readonly required?: boolean;
  readonly deprecated?: string;
}

function flag<T>(value: T, read: Flag<T>['read'], shown: string, usage: string, options: Options): Flag<T> {
  return { default: value, read, shown, usage, ...options };
}

export function string(usage: string, value = '', options: Options = {}): Flag<string> {
  return flag(value, (text) => text, `'${value}'`, usage, options);
}

export function bool(usage: string, value = false, options: Options = {}): Flag<boolean> {
  return flag(value, parseBool, String(value), usage, { bare: 'true', ...options });
}

export function int(usage: string, value = 0, options: Options = {}): Flag<number> {
  return flag(value, (text) => parseInteger(text, Number.MAX_SAFE_INTEGER), String(value), usage, options);
}

export function int32(usage: string, value = 0, options: Options = {}): Flag<number> {
  return flag(value, (text) => parseInteger(text, 2 ** 31 - 1), String(value), usage, options);
}

/** Milliseconds. `shown` is the default in Go's words. */
export function duration(usage: string, value = 0, shown = '0s', options: Options = {}): Flag<number> {
  return flag(value, readDuration, shown, usage, options);
}

/** Every use adds one item, commas and all. */
export function stringArray(usage: string, options: Options = {}, value: readonly string[] = []): Flag<readonly string[]> {
  return flag(value, (text, given) => [...(given ?? []), text], `[${value.join(',')}]`, usage, options);
}

/** Every use adds the items between its commas. */
export function stringSlice(usage: string, options: Options = {}, value: readonly string[] = []): Flag<readonly string[]> {
  return flag(value, (text, given) => [...(given ?? []), ...splitCommas(text)], `[${value.join(',')}]`, usage, options);
}

/** (encoding/csv) Items may be quoted. */
function splitCommas(text: string): readonly string[] {
  if (text === '') return [];
  const items = text.match(/"(?:[^"]|"")*"|[^,]+|(?<=^|,)(?=,|$)/g) ?? [];
  return items.map((item) => (item.startsWith('"') ? item.slice(1, -1).replaceAll('""', '"') : item));
}

const bools: Readonly<Record<string, boolean>> = {
  1: true,
  t: true,
  T: true,
  true: true,
  TRUE: true,
  True: true,
  0: false,
  f: false,
  F: false,
  false: false,
  FALSE: false,
  False: false,
};

function parseBool(text: string): boolean {
  const value = bools[text];
  if (value === undefined) throw new FlagSyntaxError(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
  return value;
}

function parseInteger(text: string, limit: number): number {
  if (!/^[+-]?(0[xX][\da-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|\d+)$/.test(text))
    throw new FlagSyntaxError(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  const digits = text.replace(/^[+-]/, '').replace(/^0(?=\d)/, '0o');
  const value = (text.startsWith('-') ? -1 : 1) * Number(digits);
  if (value > limit || value < -limit - 1)
    throw new FlagSyntaxError(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  return value;
}

function readDuration(text: string): number {
  const value = parseDuration(text);
  if (typeof value === 'string') throw new FlagSyntaxError(value);
  return value;
}

const units: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of `1m30s`, or Go's complaint (time.ParseDuration). */
export function parseDuration(text: string): number | string {
  const quoted = JSON.stringify(text);
  const sign = text.startsWith('-') ? -1 : 1;
  let rest = text.replace(/^[+-]/, '');
  if (rest === '0') return 0;
  if (rest === '') return `time: invalid duration ${quoted}`;
  let total = 0;
  while (rest !== '') {
    const number = /^(\d+\.?\d*|\.\d+)/.exec(rest)?.[0];
    if (number === undefined) return `time: invalid duration ${quoted}`;
    rest = rest.slice(number.length);
    const unit = /^[^\d.]*/.exec(rest)![0];
    if (unit === '') return `time: missing unit in duration ${quoted}`;
    if (!(unit in units)) return `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`;
    total += Number(number) * units[unit]!;
    rest = rest.slice(unit.length);
  }
  return sign * total;
}

/** What a command line says to one command. */
export interface CommandLine {
  readonly values: Readonly<Record<string, unknown>>;
  /** The flags that were given. */
  readonly changed: ReadonlySet<string>;
  readonly args: readonly string[];
  /** How many arguments stand before `--`; undefined without it. */
  readonly dash: number | undefined;
  readonly help: boolean;
}

/** Reads a command line; throws {@link FlagSyntaxError}. (pflag: FlagSet.Parse, flags and arguments in any order) */
export function parseFlags(line: readonly string[], flags: Flags): CommandLine {
  const given = new Map<string, unknown>();
  const args: string[] = [];
  let dash: number | undefined;
  let help = false;

  const set = (name: string, text: string) => {
    const one = flags[name]!;
    try {
      given.set(name, one.read(text, given.get(name)));
    } catch (error) {
      if (!(error instanceof FlagSyntaxError)) throw error;
      const shown = one.shorthand === undefined ? `--${name}` : `-${one.shorthand}, --${name}`;
      throw new FlagSyntaxError(`invalid argument ${JSON.stringify(text)} for "${shown}" flag: ${error.message}`);
    }
  };

  for (let i = 0; i < line.length; i++) {
    const word = line[i]!;
    if (word === '--') {
      dash = args.length;
      args.push(...line.slice(i + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      args.push(word);
      continue;
    }
    if (word.startsWith('--')) {
      const equals = word.indexOf('=');
      const name = normalizeName(word.slice(2, equals < 0 ? undefined : equals));
      if (name === '' || name.startsWith('-')) throw new FlagSyntaxError(`bad flag syntax: ${word}`);
      if (name === 'help') {
        const value = equals < 0 ? 'true' : word.slice(equals + 1);
        if (!/^(1|t|T|true|TRUE|True|0|f|F|false|FALSE|False)$/.test(value))
          throw new FlagSyntaxError(
            `invalid argument ${JSON.stringify(value)} for "-h, --help" flag: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`,
          );
        help = /^[1tT]/.test(value);
        continue;
      }
      const one = flags[name];
      if (one === undefined) throw new FlagSyntaxError(`unknown flag: ${word.slice(0, equals < 0 ? undefined : equals)}`);
      if (equals >= 0) set(name, word.slice(equals + 1));
      else if (one.bare !== undefined) set(name, one.bare);
      else if (i + 1 < line.length) set(name, line[++i]!);
      else throw new FlagSyntaxError(`flag needs an argument: --${name}`);
      continue;
    }
    for (let rest = word.slice(1); rest !== '';) {
      const letter = rest[0]!;
      const name = Object.keys(flags).find((one) => flags[one]!.shorthand === letter);
      if (name === undefined) {
        if (letter === 'h') {
          help = true;
          rest = rest.slice(1);
          continue;
        }
        throw new FlagSyntaxError(`unknown shorthand flag: '${letter}' in -${rest}`);
      }
      const after = rest.slice(1);
      if (after.length > 1 && after.startsWith('=')) {
        set(name, after.slice(1));
        break;
      }
      if (flags[name]!.bare !== undefined) {
        set(name, flags[name]!.bare);
        rest = after;
        continue;
      }
      if (after !== '') set(name, after);
      else if (i + 1 < line.length) set(name, line[++i]!);
      else throw new FlagSyntaxError(`flag needs an argument: '${letter}' in -${rest}`);
      break;
    }
  }

  const values = Object.fromEntries(Object.entries(flags).map(([name, one]) => [name, given.has(name) ? given.get(name) : one.default]));
  return { values, changed: new Set(given.keys()), args, dash, help };
}

/** kubectl takes `_` for `-` in flag names (cliflag.WordSepNormalizeFunc). */
function normalizeName(name: string): string {
  return name.replaceAll('_', '-');
}

/** The words that may name a subcommand: neither flags nor their values (cobra: stripFlags). */
export function wordsOf(line: readonly string[], flags: Flags): readonly string[] {
  const words: string[] = [];
  for (let i = 0; i < line.length; i++) {
    const word = line[i]!;
    if (word === '--') break;
    const long = word.startsWith('--') && !word.includes('=') && flags[word.slice(2)]?.bare === undefined && word !== '--help';
    const short =
      /^-[^-=]$/.test(word) && word !== '-h' && Object.values(flags).find(({ shorthand }) => shorthand === word[1])?.bare === undefined;
    if (long || short) {
      if (i + 1 >= line.length - 1) break;
      i++;
    } else if (word !== '' && !word.startsWith('-')) words.push(word);
  }
  return words;
}
