/** head(1) and tail(1) of GNU coreutils 9.4 (src/head.c, src/tail.c). */
import { failure, output, type Command, type Io, type Output } from '../../command.ts';
import { gnuOptions, type GivenOptions } from '../../gnu-options.ts';
import { localeQuoted } from '../../locale-quotes.ts';
import { readInput } from '../../program-input.ts';

/** How much of a text: so many units from one end, or all but so many. */
interface Amount {
  readonly unit: 'lines' | 'bytes';
  readonly count: number;
  /** head: all but the last ones (`-n -3`). tail: from that one on (`-n +3`). */
  readonly rest: boolean;
}

const multiples: Readonly<Record<string, number>> = {
  '': 1,
  b: 512,
  kB: 1000,
  K: 1024,
  k: 1024,
  KiB: 1024,
  MB: 1e6,
  M: 1024 ** 2,
  m: 1024 ** 2,
  MiB: 1024 ** 2,
  GB: 1e9,
  G: 1024 ** 3,
  GiB: 1024 ** 3,
};

const words = { bytes: 'c:', lines: 'n:', quiet: 'q', silent: 'q', verbose: 'v', 'zero-terminated': 'z', version: 'version' };
const following = { follow: 'f::', retry: 'retry', pid: 'pid:', 'sleep-interval': 's:' };

function programOf(name: 'head' | 'tail'): Command {
  return {
    name,
    run(args, io) {
      const obsolete = withoutObsolete(name, args);
      if ('exitCode' in obsolete) return obsolete;
      const letters = name === 'tail' ? 'c:n:fFqvzs:' : 'c:n:qvz';
      const given = gnuOptions({ name, letters, words: name === 'tail' ? { ...words, ...following } : words }, obsolete.args);
      if ('exitCode' in given) return given;
      if (given.has('version')) return output(`${name} (GNU coreutils) 9.4\n`);
      const amount = amountOf(name, given, io);
      if ('exitCode' in amount) return amount;
      return printed(name, given, amount, io);
    },
  };
}

/** `-5`, `-5q`; tail's `+3`: what POSIX has given up, where GNU still takes it. */
function withoutObsolete(name: 'head' | 'tail', args: readonly string[]): { readonly args: readonly string[] } | Output {
  const [first = '', ...rest] = args;
  if (name === 'head') {
    const found = /^-(\d+)([bkm]?)([lcqvz]*)$/.exec(first);
    if (found === null) return { args };
    const [, count, multiple, flags] = found;
    const bytes = multiple !== '' || flags!.includes('c');
    return {
      args: [bytes ? '-c' : '-n', `${count!}${multiple!}`, ...(/[qvz]/.test(flags!) ? [`-${flags!.replace(/[lc]/g, '')}`] : []), ...rest],
    };
  }
  const found = /^([-+])(\d*)([lbc]?)(f?)$/.exec(first);
  if (found === null || (found[2] === '' && found[1] === '-')) return { args };
  const [, sign, digits, unit, follow] = found;
  // Only with one file at most does it mean that.
  if (rest.length > 1) return sign === '+' ? { args } : failure(`tail: option used in invalid context -- ${digits!}\n`);
  const count = digits === '' ? '10' : digits!;
  return {
    args: [
      unit === '' || unit === 'l' ? '-n' : '-c',
      `${sign === '+' ? '+' : ''}${count}${unit === 'b' ? 'b' : ''}`,
      ...(follow === '' ? [] : ['-f']),
      ...rest,
    ],
  };
}

function amountOf(name: 'head' | 'tail', { options }: GivenOptions, { env }: Io): Amount | Output {
  const last = options.findLast(({ id }) => id === 'n' || id === 'c');
  if (last === undefined) return { unit: 'lines', count: 10, rest: false };
  const unit = last.id === 'n' ? 'lines' : 'bytes';
  const sign = last.value![0];
  const found = /^(\d+)([a-zA-Z]*)$/.exec(/[-+]/.test(sign ?? '') ? last.value!.slice(1) : last.value!);
  const multiple = found === null ? undefined : multiples[found[2]!];
  const wrong = name === 'head' && sign === '-' ? last.value!.slice(1) : last.value!;
  if (multiple === undefined) return failure(`${name}: invalid number of ${unit}: ${localeQuoted(env, wrong)}\n`);
  return { unit, count: Number(found![1]) * multiple, rest: sign === (name === 'head' ? '-' : '+') };
}

function printed(name: 'head' | 'tail', given: GivenOptions, amount: Amount, io: Io): Output {
  const names = given.operands.length === 0 ? ['-'] : given.operands;
  const lastWord = given.options.findLast(({ id }) => id === 'q' || id === 'v')?.id;
  const headed = lastWord === 'v' || (lastWord !== 'q' && names.length > 1);
  const end = given.has('z') ? '\0' : '\n';
  let stdout = '';
  let stderr = '';
  for (const file of names) {
    const read = readInput(io, file);
    const directory = 'problem' in read && read.problem === 'Is a directory';
    if ('text' in read || directory) {
      if (headed) stdout += `${stdout === '' ? '' : '\n'}==> ${file === '-' ? 'standard input' : file} <==\n`;
      if ('text' in read) stdout += part(name, read.text, amount, end);
    }
    if ('problem' in read)
      stderr += directory
        ? `${name}: error reading '${file}': Is a directory\n`
        : `${name}: cannot open '${file}' for reading: ${read.problem}\n`;
  }
  return { stdout, stderr, exitCode: stderr === '' ? 0 : 1 };
}

function part(name: 'head' | 'tail', text: string, { unit, count, rest }: Amount, end: string): string {
  const pieces =
    unit === 'bytes' ? [...new TextEncoder().encode(text)] : text === '' ? [] : text.split(end === '\n' ? /(?<=\n)/ : /(?<=\0)/);
  const kept =
    name === 'head'
      ? pieces.slice(0, rest ? Math.max(0, pieces.length - count) : count)
      : rest
        ? pieces.slice(Math.max(0, count - 1))
        : count === 0
          ? []
          : pieces.slice(-count);
  return unit === 'bytes' ? new TextDecoder().decode(Uint8Array.from(kept as number[])) : (kept as string[]).join('');
}

export const head = programOf('head');
export const tail = programOf('tail');
