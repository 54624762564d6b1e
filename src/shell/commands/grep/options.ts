/** The options of grep(1), GNU grep 3.11 (src/grep.c). */
import { failure, output, type Io, type Output } from '../../command.ts';
import { gnuOptions } from '../../gnu-options.ts';
import { readInput } from '../../program-input.ts';

export type Matcher = 'basic' | 'extended' | 'fixed' | 'perl';

export interface GrepOptions {
  readonly matcher: Matcher;
  readonly patterns: readonly string[];
  readonly files: readonly string[];
  readonly ignoreCase: boolean;
  readonly invert: boolean;
  readonly whole?: 'word' | 'line';
  /** What is printed instead of lines. */
  readonly instead?: 'count' | 'matching files' | 'other files' | 'matches' | 'nothing';
  readonly color: boolean;
  readonly most: number;
  readonly silent: boolean;
  readonly offsets: boolean;
  readonly numbers: boolean;
  readonly names?: boolean;
  readonly label: string;
  readonly tab: boolean;
  /** Names end in a zero byte; lines do. */
  readonly zeroNames: boolean;
  readonly zeroLines: boolean;
  readonly before: number;
  readonly after: number;
  readonly separator: string | undefined;
  readonly text: boolean;
  readonly withoutBinary: boolean;
  readonly recursive: boolean;
  readonly skipDirectories: boolean;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly excludeDirectories: readonly string[];
}

const usage = "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n";

const words = {
  'extended-regexp': 'E',
  'fixed-strings': 'F',
  'basic-regexp': 'G',
  'perl-regexp': 'P',
  regexp: 'e:',
  file: 'f:',
  'ignore-case': 'i',
  'no-ignore-case': 'no-ignore-case',
  'invert-match': 'v',
  'word-regexp': 'w',
  'line-regexp': 'x',
  count: 'c',
  color: 'color::',
  colour: 'color::',
  'files-without-match': 'L',
  'files-with-matches': 'l',
  'max-count': 'm:',
  'only-matching': 'o',
  quiet: 'q',
  silent: 'q',
  'no-messages': 's',
  'byte-offset': 'b',
  'with-filename': 'H',
  'no-filename': 'h',
  label: 'label:',
  'line-number': 'n',
  'initial-tab': 'T',
  null: 'Z',
  'after-context': 'A:',
  'before-context': 'B:',
  context: 'C:',
  'group-separator': 'group-separator:',
  'no-group-separator': 'no-group-separator',
  text: 'a',
  'binary-files': 'binary-files:',
  devices: 'D:',
  directories: 'd:',
  exclude: 'exclude:',
  'exclude-from': 'exclude-from:',
  'exclude-dir': 'exclude-dir:',
  include: 'include:',
  recursive: 'r',
  'dereference-recursive': 'R',
  'line-buffered': 'line-buffered',
  binary: 'U',
  'null-data': 'z',
  version: 'V',
  help: 'help',
};

const matchers: Readonly<Record<string, Matcher>> = { E: 'extended', F: 'fixed', G: 'basic', P: 'perl' };
const instead: Readonly<Record<string, GrepOptions['instead']>> = {
  q: 'nothing',
  L: 'other files',
  l: 'matching files',
  c: 'count',
  o: 'matches',
};

/** `-5` is a context of five lines. */
function withoutNumbers(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  return args.map((arg, i) =>
    (end < 0 || i < end) && /^-\d+$/.test(arg) && !/^-[efmABCdD]$/.test(args[i - 1] ?? '') ? `-C${arg.slice(1)}` : arg,
  );
}

export function grepOptions(args: readonly string[], io: Io, program: Matcher): GrepOptions | Output {
  const letters = 'A:B:C:EFGPTUVXabcd:D:e:f:hHiLlm:noqRrsuvwxyZz';
  const given = gnuOptions({ name: 'grep', letters, words, hint: usage, status: 2 }, withoutNumbers(args));
  if ('exitCode' in given) return given;
  const { has, value, options } = given;
  if (has('V')) return output('grep (GNU grep) 3.11\n');
  if (has('help')) return failure('cka-net: grep: the long usage text is not simulated; see man 1 grep\n', 2);
  const patterns: string[] = [];
  for (const { id, value } of options) {
    if (id === 'e') patterns.push(...value!.split('\n'));
    if (id !== 'f') continue;
    const read = readInput(io, value!);
    if ('problem' in read) return failure(`grep: ${value!}: ${read.problem}\n`, 2);
    patterns.push(...(read.text === '' ? [] : read.text.replace(/\n$/, '').split('\n')));
  }
  let files = given.operands;
  if (!has('e') && !has('f')) {
    if (files.length === 0) return failure(usage, 2);
    patterns.push(...files[0]!.split('\n'));
    files = files.slice(1);
  }
  const context = (id: string) => {
    const own = value(id) ?? value('C') ?? '0';
    return /^\d+$/.test(own) ? Number(own) : failure(`grep: ${own}: invalid context length argument\n`, 2);
  };
  const [before, after] = [context('B'), context('A')];
  if (typeof before !== 'number') return before;
  if (typeof after !== 'number') return after;
  const most = value('m');
  if (most !== undefined && !/^-?\d+$/.test(most)) return failure('grep: invalid max count\n', 2);
  const color = options.findLast(({ id }) => id === 'color');
  if (color?.value !== undefined && !['always', 'never', 'auto', 'yes', 'no', 'force', 'none', 'tty', 'if-tty'].includes(color.value))
    return failure(usage, 2);
  const lastOf = (ids: string) => options.findLast(({ id }) => id.length === 1 && ids.includes(id))?.id;
  const shown = ['q', 'L', 'l', 'c', 'o'].find((id) => has(id) && (!'Ll'.includes(id) || lastOf('Ll') === id));
  const names = lastOf('hH');
  return {
    matcher: matchers[lastOf('EFGP') ?? ''] ?? program,
    patterns,
    files,
    ignoreCase: ['i', 'y'].includes(options.findLast(({ id }) => ['i', 'y', 'no-ignore-case'].includes(id))?.id ?? ''),
    invert: has('v'),
    ...(has('x') ? { whole: 'line' } : has('w') && { whole: 'word' }),
    ...(shown !== undefined && { instead: instead[shown]! }),
    color: ['always', 'yes', 'force'].includes(color?.value ?? ''),
    most: most === undefined || Number(most) < 0 ? Infinity : Number(most),
    silent: has('s'),
    offsets: has('b'),
    numbers: has('n'),
    ...(names !== undefined && { names: names === 'H' }),
    label: value('label') ?? '(standard input)',
    tab: has('T'),
    zeroNames: has('Z'),
    zeroLines: has('z'),
    before,
    after,
    separator: has('no-group-separator') ? undefined : (value('group-separator') ?? '--'),
    text: has('a') || value('binary-files') === 'text',
    withoutBinary: value('binary-files') === 'without-match',
    recursive: has('r') || has('R') || value('d') === 'recurse',
    skipDirectories: value('d') === 'skip',
    include: options.filter(({ id }) => id === 'include').map(({ value }) => value!),
    exclude: options.filter(({ id }) => id === 'exclude').map(({ value }) => value!),
    excludeDirectories: options.filter(({ id }) => id === 'exclude-dir').map(({ value }) => value!),
  };
}
