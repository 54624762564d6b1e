/** diff(1) and cmp(1) of GNU diffutils 3.10 (src/diff.c, src/normal.c, src/context.c, src/cmp.c). */
import { normalize } from '#node/files.ts';
import { failure, output, type Command, type Io, type Output } from '../../command.ts';
import { gnuOptions, tryHelp, type GivenOptions } from '../../gnu-options.ts';
import { readInput } from '../../program-input.ts';
import { contextHunks, normalHunks, unifiedHunks, type Hunks } from '../../unified-diff.ts';

const words = {
  text: 'a',
  'ignore-space-change': 'b',
  'ignore-blank-lines': 'B',
  brief: 'q',
  context: 'C::',
  unified: 'U::',
  'ignore-case': 'i',
  'ignore-all-space': 'w',
  'ignore-trailing-space': 'Z',
  label: 'L:',
  'new-file': 'N',
  normal: 'normal',
  recursive: 'r',
  'report-identical-files': 's',
  'side-by-side': 'y',
  width: 'W:',
  color: 'color::',
  version: 'v',
};

const hint = (program: string) => `${program}: ${tryHelp(program)}`;
const wrong = (text: string) => failure(`diff: ${text}\n${hint('diff')}`, 2);

export const diff: Command = {
  name: 'diff',
  run(args, io) {
    const given = gnuOptions({ name: 'diff', letters: 'abBcC:diL:NqrsuU:vwW:yZ', words, hint: hint('diff'), status: 2 }, args);
    if ('exitCode' in given) return given;
    if (given.has('v')) return output('diff (GNU diffutils) 3.10\n');
    const [first, second, third] = given.operands;
    if (first === undefined) return wrong(`missing operand after '${args.at(-1) ?? 'diff'}'`);
    if (second === undefined) return wrong(`missing operand after '${args.at(-1)!}'`);
    if (third !== undefined) return wrong(`extra operand '${third}'`);
    for (const id of ['y', 'B']) if (given.has(id)) return failure(`cka-net: diff: the option -${id} is not simulated\n`, 2);
    if (['always', 'yes', 'force'].includes(given.value('color') ?? '')) return failure('cka-net: diff: colours are not simulated\n', 2);
    const unified = given.options.findLast(({ id }) => ['u', 'U', 'c', 'C', 'normal'].includes(id));
    const lines = Number(unified?.value ?? 3);
    const hunks: Hunks =
      unified?.id.toLowerCase() === 'u'
        ? (a, b, same) => unifiedHunks(a, b, lines, same)
        : unified?.id.toLowerCase() === 'c'
          ? (a, b, same) => contextHunks(a, b, lines, same)
          : normalHunks;
    return new Comparison(given, args, unified?.id.toLowerCase(), hunks, io).between(first, second);
  },
};

class Comparison {
  readonly #given: GivenOptions;
  readonly #args: readonly string[];
  /** `u` and `c` name the files first. */
  readonly #style: string | undefined;
  readonly #hunks: Hunks;
  readonly #io: Io;

  constructor(given: GivenOptions, args: readonly string[], style: string | undefined, hunks: Hunks, io: Io) {
    this.#given = given;
    this.#args = args;
    this.#style = style;
    this.#hunks = hunks;
    this.#io = io;
  }

  #kind(name: string): 'directory' | 'file' | undefined {
    if (name === '-') return 'file';
    const kind = this.#io.files.stat(normalize(name, this.#io.cwd))?.kind;
    return kind === 'directory' ? 'directory' : kind === undefined && 'problem' in readInput(this.#io, name) ? undefined : 'file';
  }

  between(first: string, second: string): Output {
    const [one, other] = [this.#kind(first), this.#kind(second)];
    const missing = [first, second].filter((_, i) => [one, other][i] === undefined);
    if (missing.length > 0 && !(this.#given.has('N') && missing.length === 1))
      return failure(missing.map((name) => `diff: ${name}: No such file or directory\n`).join(''), 2);
    if (one === 'directory' && other === 'directory') return this.#directories(first, second);
    if (one === 'directory') return this.#files(`${first.replace(/\/$/, '')}/${second.split('/').at(-1)!}`, second, false);
    if (other === 'directory') return this.#files(first, `${second.replace(/\/$/, '')}/${first.split('/').at(-1)!}`, false);
    return this.#files(first, second, false);
  }

  #directories(first: string, second: string): Output {
    const list = (name: string) => this.#io.files.list(normalize(name, this.#io.cwd)) ?? [];
    const [a, b] = [list(first), list(second)];
    let [stdout, stderr, exitCode] = ['', '', 0];
    for (const name of [...new Set([...a, ...b])].sort()) {
      const paths = [first, second].map((directory) => `${directory.replace(/\/$/, '')}/${name}`) as [string, string];
      const lone = !a.includes(name) ? second : !b.includes(name) ? first : undefined;
      const kinds = paths.map((path) => this.#kind(path));
      if (lone !== undefined && !this.#given.has('N')) {
        stdout += `Only in ${lone}: ${name}\n`;
        exitCode = Math.max(exitCode, 1);
        continue;
      }
      if (kinds[0] === 'directory' && kinds[1] === 'directory' && !this.#given.has('r')) {
        stdout += `Common subdirectories: ${paths[0]} and ${paths[1]}\n`;
        continue;
      }
      const bothDirectories = kinds.every((kind) => kind !== 'file') && kinds.includes('directory');
      const found = bothDirectories ? this.#directories(...paths) : this.#files(...paths, true);
      stdout += found.stdout;
      stderr += found.stderr;
      exitCode = Math.max(exitCode, found.exitCode);
    }
    return { stdout, stderr, exitCode };
  }

  #files(first: string, second: string, named: boolean): Output {
    const { has, options } = this.#given;
    const read = [first, second].map((name) => {
      const found = readInput(this.#io, name);
      return 'problem' in found && has('N') ? { text: '' } : found;
    });
    const problems = read.map((one, i) => ('problem' in one ? `diff: ${[first, second][i]!}: ${one.problem}\n` : '')).join('');
    if (problems !== '') return failure(problems, 2);
    const [a, b] = read.map((one) => (one as { readonly text: string }).text) as [string, string];
    const same = this.#sameness();
    const hunks = this.#hunks(a, b, same);
    if (hunks === '') return output(has('s') ? `Files ${first} and ${second} are identical\n` : '');
    if (has('q')) return { stdout: `Files ${first} and ${second} differ\n`, stderr: '', exitCode: 1 };
    const labels = options.filter(({ id }) => id === 'L').map(({ value }) => value!);
    const head = (mark: string, name: string, label: string | undefined) => `${mark} ${label ?? `${name}\t${this.#modified(name)}`}\n`;
    const marks = this.#style === 'u' ? ['---', '+++'] : this.#style === 'c' ? ['***', '---'] : undefined;
    const heads = marks === undefined ? '' : head(marks[0]!, first, labels[0]) + head(marks[1]!, second, labels[1]);
    const command = named
      ? `diff ${this.#args.filter((arg) => arg.startsWith('-') && arg !== '-').join(' ')} ${first} ${second}\n`.replace(/ {2}/, ' ')
      : '';
    return { stdout: command + heads + hunks, stderr: '', exitCode: 1 };
  }

  /** What two lines have in common when they count as the same. */
  #sameness(): ((line: string) => string) | undefined {
    const { has } = this.#given;
    const steps: ((line: string) => string)[] = [];
    if (has('w')) steps.push((line) => line.replace(/[ \t\v\f\r]+/g, ''));
    else if (has('b')) steps.push((line) => line.replace(/[ \t\v\f\r]+(?=\n|$)/g, '').replace(/[ \t\v\f\r]+/g, ' '));
    else if (has('Z')) steps.push((line) => line.replace(/[ \t\v\f\r]+(?=\n|$)/g, ''));
    if (has('i')) steps.push((line) => line.toLowerCase());
    return steps.length === 0 ? undefined : (line) => steps.reduce((text, step) => step(text), line);
  }

  /** `2026-11-23 10:00:00.000000000 +0000`. */
  #modified(name: string): string {
    const found = this.#io.files.stat(normalize(name, this.#io.cwd));
    const date = new Date(found?.modified ?? 0).toISOString();
    return `${date.slice(0, 10)} ${date.slice(11, 19)}.${date.slice(20, 23)}000000 +0000`;
  }
}

export const cmp: Command = {
  name: 'cmp',
  run(args, io) {
    const given = gnuOptions(
      { name: 'cmp', letters: 'bi:ln:sv', words: { silent: 's', quiet: 's', version: 'v' }, hint: hint('cmp'), status: 2 },
      args,
    );
    if ('exitCode' in given) return given;
    if (given.has('v')) return output('cmp (GNU diffutils) 3.10\n');
    const [first, second = '-'] = given.operands;
    if (first === undefined) return failure(`cmp: missing operand after '${args.at(-1) ?? 'cmp'}'\n${hint('cmp')}`, 2);
    const silent = given.has('s');
    const encoder = new TextEncoder();
    const bytes: Uint8Array[] = [];
    for (const name of [first, second]) {
      const read = readInput(io, name);
      if ('problem' in read) return failure(silent ? '' : `cmp: ${name}: ${read.problem}\n`, 2);
      bytes.push(encoder.encode(read.text));
    }
    const [a, b] = bytes as [Uint8Array, Uint8Array];
    const at = a.findIndex((byte, i) => i < b.length && byte !== b[i]);
    if (at < 0 && a.length === b.length) return output('');
    if (silent) return failure('');
    if (at >= 0) {
      const line = a.slice(0, at).filter((byte) => byte === 10).length + 1;
      return { stdout: `${first} ${second} differ: byte ${at + 1}, line ${line}\n`, stderr: '', exitCode: 1 };
    }
    const [shorter, name] = a.length < b.length ? [a, first] : [b, second];
    const lines = shorter.filter((byte) => byte === 10).length;
    const where =
      shorter.length === 0
        ? 'which is empty'
        : `after byte ${shorter.length}, ${shorter.at(-1) === 10 ? `line ${lines}` : `in line ${lines + 1}`}`;
    return failure(`cmp: EOF on ${name} ${where}\n`);
  },
};
