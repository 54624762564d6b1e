/** grep(1), GNU grep 3.11 (src/grep.c), and egrep and fgrep. */
import { normalize } from '#node/files.ts';
import { failure, type Command, type Io, type Output } from '../../command.ts';
import { PatternError, patternOf, posixPattern, type Pattern } from '../../posix-patterns.ts';
import { readInput } from '../../program-input.ts';
import { grepOptions, type GrepOptions, type Matcher } from './options.ts';
import { perlPattern } from './perl-pattern.ts';

function programOf(name: string, matcher: Matcher): Command {
  return {
    name,
    run(args, io) {
      const options = grepOptions(args, io, matcher);
      if ('exitCode' in options) return options;
      const pattern = compiled(options);
      if ('exitCode' in pattern) return pattern;
      return new Search(options, pattern, io).run();
    },
  };
}

/** Something that lines are compared with. */
type Patterns = readonly Pattern[];

function compiled({ matcher, patterns, ignoreCase, whole }: GrepOptions): Patterns | Output {
  const found: Pattern[] = [];
  let warnings = '';
  for (const text of patterns) {
    try {
      if (matcher === 'perl') {
        const pattern = perlPattern(text, ignoreCase, whole);
        if (pattern === undefined) return failure(`cka-net: grep: this expression is not simulated: ${text}\n`, 2);
        found.push(pattern);
      } else if (matcher === 'fixed') {
        const literal = text.replace(/[$()*+.?[\\\]^{|}/]/g, '\\$&');
        const source = whole === 'line' ? `^${literal}$` : whole === 'word' ? `(?<!\\w)${literal}(?!\\w)` : literal;
        found.push(patternOf(source, ignoreCase ? 'i' : '', 0, false));
      } else {
        if (matcher === 'extended' && /^[*+?]/.test(text)) warnings += `grep: warning: ${text[0]!} at start of expression\n`;
        found.push(
          posixPattern(text, {
            extended: matcher === 'extended',
            loneParenthesis: true,
            ignoreCase,
            ...(whole !== undefined && { whole }),
          }),
        );
      }
    } catch (error) {
      if (error instanceof PatternError) return failure(`grep: ${error.message}\n`, 2);
      throw error;
    }
  }
  return warnings === '' ? found : Object.assign(found, { warnings });
}

/** As they stand in GREP_COLORS when it is not set: matches, names, numbers, separators. */
const colors = { match: '01;31', name: '35', number: '32', separator: '36' } as const;

class Search {
  readonly #options: GrepOptions;
  readonly #patterns: Patterns;
  readonly #io: Io;
  readonly #end: string;
  #stdout = '';
  #stderr = '';
  #selected = false;
  #failed = false;
  #named = false;
  #printedContext = false;

  constructor(options: GrepOptions, patterns: Patterns, io: Io) {
    this.#options = options;
    this.#patterns = patterns;
    this.#io = io;
    this.#end = options.zeroLines ? '\0' : '\n';
    this.#stderr = (patterns as { readonly warnings?: string }).warnings ?? '';
  }

  run(): Output {
    const { files, recursive, names, instead } = this.#options;
    const given = files.length > 0 ? files : [recursive ? '.' : '-'];
    this.#named = names ?? (recursive ? given.length > 1 || this.#isDirectory(given[0]!) : given.length > 1);
    for (const file of given) {
      if (file !== '-' && this.#isDirectory(file)) this.#directory(file, files.length === 0);
      else this.#file(file, true);
      if (instead === 'nothing' && this.#selected) break;
    }
    const exitCode = this.#failed && !(instead === 'nothing' && this.#selected) ? 2 : this.#selected ? 0 : 1;
    return { stdout: this.#stdout, stderr: this.#stderr, exitCode };
  }

  #isDirectory(name: string): boolean {
    return this.#io.files.stat(normalize(name, this.#io.cwd))?.kind === 'directory';
  }

  #complain(name: string, problem: string): void {
    if (!this.#options.silent) this.#stderr += `grep: ${name}: ${problem}\n`;
    this.#failed = true;
  }

  /** `implicit`: nobody named it, and nobody is told its name. */
  #directory(name: string, implicit: boolean): void {
    const { recursive, skipDirectories, excludeDirectories } = this.#options;
    if (skipDirectories) return;
    if (!recursive) {
      this.#complain(name, 'Is a directory');
      return;
    }
    for (const entry of this.#io.files.list(normalize(name, this.#io.cwd)) ?? []) {
      const path = implicit ? entry : `${name.replace(/\/$/, '')}/${entry}`;
      const kind = this.#io.files.lstat(normalize(path, this.#io.cwd))?.kind;
      if (kind === 'directory') {
        if (!excludeDirectories.some((glob) => matchesGlob(entry, glob))) this.#directory(path, false);
      } else if (kind === 'file') this.#file(path, false);
    }
  }

  #file(name: string, named: boolean): void {
    const { include, exclude, label, instead, text, withoutBinary } = this.#options;
    const base = name.split('/').at(-1)!;
    const skipped =
      (include.length > 0 && !include.some((glob) => matchesGlob(base, glob))) || exclude.some((glob) => matchesGlob(base, glob));
    if (skipped && (name !== '-' || !named)) return;
    const read = readInput(this.#io, name);
    if ('problem' in read) {
      this.#complain(name, read.problem);
      return;
    }
    const shown = name === '-' ? label : name;
    const binary = !text && !this.#options.zeroLines && read.text.includes('\0');
    if (binary && withoutBinary) return;
    const lines = read.text.split(this.#end);
    if (lines.at(-1) === '') lines.pop();
    const count = this.#lines(shown, lines, binary);
    if (instead === 'count') this.#stdout += `${this.#name(shown, ':')}${count}\n`;
    const listed = instead === 'matching files' ? count > 0 : instead === 'other files' && count === 0;
    if (listed) this.#stdout += this.#colored(colors.name, shown) + (this.#options.zeroNames ? '\0' : '\n');
    if (instead === 'other files' ? listed : count > 0) this.#selected = true;
    if (binary && count > 0 && instead === undefined) this.#stdout += `grep: ${shown}: binary file matches\n`;
  }

  /** Prints what is to be printed of a file; the number of its lines that were chosen. */
  #lines(name: string, lines: readonly string[], binary: boolean): number {
    const { invert, most, before, after, separator, instead } = this.#options;
    const printing = !binary && (instead === undefined || instead === 'matches');
    const starts = this.#options.offsets ? startsOf(lines) : [];
    let count = 0;
    let printedTo = 0;
    let trailing = 0;
    for (let i = 0; i < lines.length; i++) {
      const chosen = count < most && this.#matches(lines[i]!) !== invert;
      if (!chosen) {
        if (trailing > 0 && printing) {
          trailing--;
          this.#line(name, lines[i]!, i, '-', starts[i]);
          printedTo = i + 1;
        } else if (count >= most) break;
        continue;
      }
      count++;
      if (printing) {
        const first = Math.max(printedTo, i - before);
        if (before + after > 0 && separator !== undefined && this.#printedContext && (first > printedTo || printedTo === 0))
          this.#stdout += `${this.#colored(colors.separator, separator)}\n`;
        for (let j = first; j < i; j++) this.#line(name, lines[j]!, j, '-', starts[j]);
        this.#line(name, lines[i]!, i, ':', starts[i]);
        this.#printedContext = true;
        printedTo = i + 1;
        trailing = after;
      } else if (instead !== 'count' && !binary) break;
    }
    return count;
  }

  #matches(line: string): boolean {
    return this.#patterns.some((pattern) => pattern.test(line));
  }

  /** The first match from there on; of several the longest. */
  #matchFrom(line: string, from: number): { readonly index: number; readonly text: string } | undefined {
    let best: { readonly index: number; readonly text: string } | undefined;
    for (const pattern of this.#patterns) {
      const found = pattern.exec(line, from);
      if (
        found !== undefined &&
        (best === undefined || found.index < best.index || (found.index === best.index && found.text.length > best.text.length))
      )
        best = found;
    }
    return best;
  }

  #line(name: string, line: string, at: number, mark: ':' | '-', start: number | undefined): void {
    const { instead, invert, color } = this.#options;
    const head = (offset: number) => this.#head(name, at, mark, start === undefined ? undefined : start + offset);
    if (instead === 'matches') {
      if (mark === '-' || invert) return;
      for (let from = 0, found = this.#matchFrom(line, 0); found !== undefined; found = this.#matchFrom(line, from)) {
        const offset = new TextEncoder().encode(line.slice(0, found.index)).length;
        if (found.text !== '') this.#stdout += head(offset) + this.#colored(colors.match, found.text) + this.#end;
        from = found.index + (found.text.length || 1);
        if (from > line.length) break;
      }
      return;
    }
    this.#stdout += head(0) + (color && (mark === ':') !== invert ? this.#highlighted(line) : line) + this.#end;
  }

  #head(name: string, at: number, mark: ':' | '-', offset: number | undefined): string {
    const { numbers, offsets, tab } = this.#options;
    let head = this.#name(name, mark);
    const part = (number: number) =>
      this.#colored(colors.number, String(number).padStart(tab ? 4 : 0)) + this.#colored(colors.separator, mark);
    if (numbers) head += part(at + 1);
    if (offsets) head += part(offset!);
    return tab && head !== '' ? `${head}\t` : head;
  }

  #name(name: string, mark: ':' | '-'): string {
    if (!this.#named) return '';
    return this.#colored(colors.name, name) + (this.#options.zeroNames ? '\0' : this.#colored(colors.separator, mark));
  }

  #highlighted(line: string): string {
    let text = '';
    let from = 0;
    for (let found = this.#matchFrom(line, 0); found !== undefined && from <= line.length; found = this.#matchFrom(line, from)) {
      const next = found.index + (found.text.length || 1);
      text += line.slice(from, found.index) + (found.text === '' ? line.slice(found.index, next) : this.#colored(colors.match, found.text));
      from = next;
    }
    return text + line.slice(from);
  }

  #colored(color: string, text: string): string {
    return this.#options.color && text !== '' ? `\x1b[${color}m\x1b[K${text}\x1b[m\x1b[K` : text;
  }
}

/** Where each line begins, in bytes. */
function startsOf(lines: readonly string[]): readonly number[] {
  const starts: number[] = [];
  let at = 0;
  for (const line of lines) {
    starts.push(at);
    at += new TextEncoder().encode(line).length + 1;
  }
  return starts;
}

function matchesGlob(name: string, glob: string): boolean {
  const source = glob
    .replace(/[$()+.\\^{|}]/g, '\\$&')
    .replace(/\*/g, '[^]*')
    .replace(/\?/g, '[^]')
    .replace(/\[!/g, '[^');
  return new RegExp(`^${source}$`).test(name);
}

export const grep = programOf('grep', 'basic');
export const egrep = programOf('egrep', 'extended');
export const fgrep = programOf('fgrep', 'fixed');
