/**
 * Runs a program that emscripten has compiled: what it asks of its system is answered from the simulation. The calls are those of
 * emscripten's `src/lib/libsyscall.js` and `libwasi.js`, under the one-letter names that its optimizer gave them in jq-wasm 1.1.0-jq-1.7.1;
 * another version of the package has others. Errors are numbered as in WASI.
 */
import type { Output } from '../../command.ts';
import { readTime, type BrokenDownTime } from './time-format.ts';
import { webAssembly, type Compiled, type Memory } from './web-assembly.ts';

export interface Process {
  /** The first one is the program's own name. */
  readonly argv: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  readonly cwd: string;
  readonly stdin: string;
  /** Unix milliseconds. */
  readonly now: number;
  /** The text of a file; `directory` for one; undefined when there is none. */
  read(path: string): string | 'directory' | undefined;
  /** Whether standard output is to be written line by line, as on a terminal. */
  readonly lineByLine: boolean;
}

interface OpenFile {
  readonly bytes: Uint8Array;
  at: number;
}

const errors = { badDescriptor: 8, isDirectory: 31, invalid: 28, noEntry: 44, notATerminal: 59 } as const;
const fileMode = 0o100644;
const directoryMode = 0o040755;

class Ended {
  readonly status: number;
  constructor(status: number) {
    this.status = status;
  }
}

/** What a program prints, and its status. */
export function runProcess(program: Compiled, given: Process): Output {
  const written: { readonly [descriptor: number]: number[] } = { 1: [], 2: [] };
  const encoder = new TextEncoder();
  const files = new Map<number, OpenFile>([[0, { bytes: encoder.encode(given.stdin), at: 0 }]]);
  const environment = [...given.env].map(([name, value]) => encoder.encode(`${name}=${value}\0`));
  let nextDescriptor = 3;

  const view = () => new DataView(memory.buffer);
  const bytes = () => new Uint8Array(memory.buffer);
  const word = (at: number) => view().getUint32(at, true);
  const put = (at: number, value: number) => view().setInt32(at, value, true);
  const textAt = (at: number): string => {
    const all = bytes();
    return new TextDecoder().decode(all.slice(at, all.indexOf(0, at)));
  };
  const pathAt = (at: number): string => {
    const path = textAt(at);
    return path.startsWith('/') ? path : `${given.cwd}/${path}`;
  };
  const stat = (at: number, mode: number, size: number): number => {
    bytes().fill(0, at, at + 96);
    put(at + 4, mode);
    put(at + 8, 1);
    view().setBigInt64(at + 24, BigInt(size), true);
    return 0;
  };
  const statPath = (path: string, at: number): number => {
    const found = given.read(path);
    if (found === undefined) return -errors.noEntry;
    return found === 'directory' ? stat(at, directoryMode, 4096) : stat(at, fileMode, encoder.encode(found).length);
  };
  /** The parts of a vector of buffers. */
  const vector = (at: number, count: number): readonly (readonly [start: number, length: number])[] =>
    Array.from({ length: count }, (_, i) => [word(at + 8 * i), word(at + 8 * i + 4)] as const);

  const calls = {
    assertFail: (text: number): never => {
      throw new Error(`jq: assertion failed: ${textAt(text)}`);
    },
    signal: (): void => undefined,
    fcntl: (): number => 0,
    fstat: (descriptor: number, at: number): number => {
      const file = files.get(descriptor);
      return file === undefined ? -errors.badDescriptor : stat(at, fileMode, file.bytes.length);
    },
    stat: (path: number, at: number): number => statPath(pathAt(path), at),
    fstatat: (_directory: number, path: number, at: number): number => statPath(pathAt(path), at),
    getcwd: (at: number): number => {
      const text = encoder.encode(`${given.cwd}\0`);
      bytes().set(text, at);
      return text.length;
    },
    ioctl: (descriptor: number): number => (descriptor === 1 && given.lineByLine ? 0 : -errors.notATerminal),
    openat: (_directory: number, path: number): number => {
      const found = given.read(pathAt(path));
      if (found === undefined) return -errors.noEntry;
      files.set(nextDescriptor, { bytes: found === 'directory' ? new Uint8Array() : encoder.encode(found), at: 0 });
      if (found === 'directory') directories.add(nextDescriptor);
      return nextDescriptor++;
    },
    readlinkat: (): number => -errors.invalid,
    abort: (): never => {
      throw new Ended(134);
    },
    nothing: (): void => undefined,
    brokenDown: (time: bigint, at: number): void => putTime(at, brokenDownOf(Number(time) * 1000)),
    timegm: (at: number): bigint => {
      const [second, minute, hour, day, month, year] = Array.from({ length: 6 }, (_, i) => view().getInt32(at + 4 * i, true));
      const time = Date.UTC(year! + 1900, month, day, hour, minute, second);
      const { weekDay, yearDay } = brokenDownOf(time);
      put(at + 24, weekDay);
      put(at + 28, yearDay);
      return BigInt(time / 1000);
    },
    tzset: (offset: number, daylight: number, standardName: number, daylightName: number): void => {
      put(offset, 0);
      put(daylight, 0);
      for (const at of [standardName, daylightName]) bytes().set(encoder.encode('UTC\0'), at);
    },
    now: (): number => given.now,
    growMemory: (size: number): boolean => {
      memory.grow(Math.ceil((size - memory.buffer.byteLength) / 65_536));
      return true;
    },
    environ: (pointers: number, at: number): number => {
      environment.forEach((text, i) => {
        put(pointers + 4 * i, at);
        bytes().set(text, at);
        at += text.length;
      });
      return 0;
    },
    environSizes: (count: number, size: number): number => {
      put(count, environment.length);
      put(
        size,
        environment.reduce((sum, text) => sum + text.length, 0),
      );
      return 0;
    },
    exit: (status: number): never => {
      throw new Ended(status);
    },
    close: (descriptor: number): number => (files.delete(descriptor) || descriptor in written ? 0 : errors.badDescriptor),
    fdstat: (_descriptor: number, at: number): number => {
      bytes().fill(0, at, at + 24);
      // A plain file: a terminal would be shown colours.
      bytes()[at] = 4;
      return 0;
    },
    read: (descriptor: number, at: number, count: number, total: number): number => {
      const file = files.get(descriptor);
      if (file === undefined) return errors.badDescriptor;
      if (directories.has(descriptor)) return errors.isDirectory;
      let sum = 0;
      for (const [start, length] of vector(at, count)) {
        const part = file.bytes.subarray(file.at, file.at + length);
        bytes().set(part, start);
        file.at += part.length;
        sum += part.length;
        if (part.length < length) break;
      }
      put(total, sum);
      return 0;
    },
    seek: (descriptor: number, offset: bigint, whence: number, at: number): number => {
      const file = files.get(descriptor);
      if (file === undefined) return errors.badDescriptor;
      file.at = Number(offset) + (whence === 0 ? 0 : whence === 1 ? file.at : file.bytes.length);
      view().setBigInt64(at, BigInt(file.at), true);
      return 0;
    },
    write: (descriptor: number, at: number, count: number, total: number): number => {
      const out = written[descriptor];
      if (out === undefined) return errors.badDescriptor;
      let sum = 0;
      for (const [start, length] of vector(at, count)) {
        for (const byte of bytes().subarray(start, start + length)) out.push(byte);
        sum += length;
      }
      put(total, sum);
      return 0;
    },
    strptime: (text: number, format: number, at: number): number => {
      const input = textAt(text);
      const found = readTime(input, textAt(format));
      if (found === undefined) return 0;
      putTime(at, found.time);
      return text + encoder.encode(input.slice(0, found.length)).length;
    },
  };
  const directories = new Set<number>();
  const putTime = (at: number, time: BrokenDownTime): void => {
    const { second, minute, hour, day, month, year, weekDay, yearDay } = time;
    [second, minute, hour, day, month, year - 1900, weekDay, yearDay, 0].forEach((value, i) => put(at + 4 * i, value));
    put(at + 36, 0);
  };

  const { exports } = new webAssembly.Instance(program, { a: named(calls) });
  const memory = exports['D'] as Memory;
  const [initialize, main, allocate] = ['E', 'F', 'I'].map((name) => exports[name] as (...args: readonly number[]) => number);
  initialize!();
  const pointers = given.argv.map((argument) => {
    const text = encoder.encode(`${argument}\0`);
    const at = allocate!(text.length);
    bytes().set(text, at);
    return at;
  });
  const argv = allocate!(4 * (pointers.length + 1));
  [...pointers, 0].forEach((pointer, i) => put(argv + 4 * i, pointer));
  const exitCode = endOf(() => main!(pointers.length, argv));
  const text = (descriptor: number) => new TextDecoder().decode(Uint8Array.from(written[descriptor]!));
  return { stdout: text(1), stderr: text(2), exitCode };
}

function endOf(run: () => number): number {
  try {
    return run();
  } catch (error) {
    if (error instanceof Ended) return error.status;
    throw error;
  }
}

/** The calls by the names under which this build of the program knows them. */
function named(calls: Record<CallName, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(letters).map(([letter, name]) => [letter, calls[name]]));
}

const letters = {
  a: 'assertFail',
  b: 'exit',
  c: 'close',
  d: 'write',
  e: 'fcntl',
  f: 'openat',
  g: 'read',
  h: 'ioctl',
  i: 'environ',
  j: 'environSizes',
  k: 'growMemory',
  l: 'readlinkat',
  m: 'getcwd',
  n: 'signal',
  o: 'exit',
  p: 'nothing',
  q: 'brokenDown',
  r: 'brokenDown',
  s: 'timegm',
  t: 'strptime',
  u: 'tzset',
  v: 'seek',
  w: 'fdstat',
  x: 'stat',
  y: 'fstatat',
  z: 'stat',
  A: 'fstat',
  B: 'now',
  C: 'abort',
} as const;

type CallName = (typeof letters)[keyof typeof letters];

function brokenDownOf(milliseconds: number): BrokenDownTime {
  const date = new Date(milliseconds);
  return {
    second: date.getUTCSeconds(),
    minute: date.getUTCMinutes(),
    hour: date.getUTCHours(),
    day: date.getUTCDate(),
    month: date.getUTCMonth(),
    year: date.getUTCFullYear(),
    weekDay: date.getUTCDay(),
    yearDay: Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000),
  };
}
