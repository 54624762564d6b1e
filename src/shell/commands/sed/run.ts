/** sed at work: cycles over the lines of its input (GNU sed 4.9, sed/execute.c). */
import { cEscapes } from '#kube/c-escapes.ts';
import { normalize } from '#node/files.ts';
import type { Io, Output } from '../../command.ts';
import type { Match, Pattern } from '../../posix-patterns.ts';
import { linesOf, readInput } from '../../program-input.ts';
import type { Address, Part, SedCommand, Substitution } from './script.ts';

export interface SedOptions {
  readonly quiet: boolean;
  readonly separate: boolean;
  /** Files are written anew; the old text is kept under the name with this ending, if there is one. */
  readonly inPlace: string | undefined;
  readonly zero: boolean;
  readonly lineLength: number;
  readonly sandbox: boolean;
}

/** One line may go round so often. */
const mostSteps = 200_000;

interface Line {
  readonly text: string;
  /** Of the last line of a file: it may have none. */
  readonly ended: boolean;
  readonly file: string;
  readonly lastOfFile: boolean;
}

/** Text that is written, and whether its last line still lacks its end. */
class Sink {
  text = '';
  #lacking = false;
  readonly #end: string;
  constructor(end: string) {
    this.#end = end;
  }
  write(text: string): void {
    if (this.#lacking) this.text += this.#end;
    this.#lacking = false;
    this.text += text;
  }
  line(text: string, ended: boolean): void {
    this.write(text);
    if (ended) this.text += this.#end;
    else this.#lacking = true;
  }
}

type Next = 'end of cycle' | 'next cycle' | 'restart' | 'quit';

export class Sed {
  readonly #commands: readonly SedCommand[];
  readonly #options: SedOptions;
  readonly #io: Io;
  readonly #end: string;
  readonly #stdout: Sink;
  #stderr = '';
  #exitCode = 0;
  #lines: Line[] = [];
  #at = 0;
  #number = 0;
  #line: Line | undefined;
  #pattern = '';
  #hold = '';
  #replaced = false;
  #lastPattern: Pattern | undefined;
  #out: Sink;
  readonly #written = new Map<string, Sink>();
  readonly #read = new Map<string, string[]>();
  #queue: (() => void)[] = [];
  /** Of each command with a range: the line on which it ends, or that it is not open. */
  readonly #ranges = new Map<SedCommand, number | 'pattern'>();
  #steps = 0;

  constructor(commands: readonly SedCommand[], options: SedOptions, io: Io) {
    this.#commands = commands;
    this.#options = options;
    this.#io = io;
    this.#end = options.zero ? '\0' : '\n';
    this.#stdout = new Sink(this.#end);
    this.#out = this.#stdout;
  }

  async run(files: readonly string[]): Promise<Output> {
    // What is written to is empty from the beginning.
    for (const { name, text, substitution } of this.#commands) {
      const file = 'wW'.includes(name) ? text : substitution?.file;
      if (file !== undefined && !file.startsWith('/dev/')) this.#written.set(file, new Sink(this.#end));
    }
    const each = this.#options.separate || this.#options.inPlace !== undefined;
    const groups = each ? files.map((file) => [file]) : [files];
    for (const group of groups) {
      this.#lines = group.flatMap((file) => this.#linesOf(file));
      if (each && this.#lines.length === 0) continue;
      this.#at = 0;
      if (each) this.#number = 0;
      this.#out = this.#options.inPlace === undefined ? this.#stdout : new Sink(this.#end);
      const quit = await this.#cycles();
      if (this.#options.inPlace !== undefined) this.#writeBack(group[0]!, this.#options.inPlace, quit);
      if (quit) break;
    }
    for (const [file, sink] of this.#written) this.#io.files.write(normalize(file, this.#io.cwd), sink.text);
    return { stdout: this.#stdout.text, stderr: this.#stderr, exitCode: this.#exitCode };
  }

  #linesOf(file: string): readonly Line[] {
    const read = readInput(this.#io, file);
    if ('problem' in read) {
      const directory = read.problem === 'Is a directory';
      const edited = this.#options.inPlace !== undefined;
      this.#stderr += !directory
        ? `sed: can't read ${file}: ${read.problem}\n`
        : edited
          ? `sed: couldn't edit ${file}: not a regular file\n`
          : `sed: read error on ${file}: ${read.problem}\n`;
      this.#exitCode = directory && edited ? 4 : 2;
      return [];
    }
    const texts = linesOf(read.text, this.#end);
    const last = texts.length - 1;
    return texts.map((text, i) => ({ text, file, ended: i < last || read.text.endsWith(this.#end), lastOfFile: i === last }));
  }

  /** Quitting leaves what has not been read as it is. */
  #writeBack(file: string, suffix: string, quit: boolean): void {
    const path = normalize(file, this.#io.cwd);
    if (suffix !== '') {
      const name = path.split('/').at(-1)!;
      const backup = suffix.includes('*') ? suffix.replaceAll('*', name) : name + suffix;
      this.#io.files.write(normalize(backup, path.slice(0, -name.length) || '/'), this.#io.files.read(path));
    }
    if (quit) for (const line of this.#lines.slice(this.#at)) this.#out.line(line.text, line.ended);
    this.#io.files.write(path, this.#out.text);
  }

  #next(): boolean {
    const line = this.#lines[this.#at];
    if (line === undefined) return false;
    this.#at++;
    this.#number++;
    this.#line = line;
    return true;
  }

  get #isLast(): boolean {
    return this.#at >= this.#lines.length;
  }

  #print(): void {
    this.#out.line(this.#pattern, this.#line!.ended);
  }

  /** What a and r have put aside. */
  #flush(): void {
    for (const act of this.#queue) act();
    this.#queue = [];
  }

  /** True when the script has ended it all. */
  async #cycles(): Promise<boolean> {
    while (this.#next()) {
      this.#pattern = this.#line!.text;
      for (;;) {
        this.#replaced = false;
        const next = await this.#cycle();
        if (next !== 'next cycle' && next !== 'restart' && !this.#options.quiet) this.#print();
        this.#flush();
        if (next === 'quit') return true;
        if (next === 'silent') return true;
        if (next !== 'restart') break;
      }
    }
    return false;
  }

  async #cycle(): Promise<Next | 'silent'> {
    for (let i = 0; i < this.#commands.length; i++) {
      if (++this.#steps > mostSteps) throw new Error('sed: the script does not come to an end');
      const command = this.#commands[i]!;
      const applies = command.name === '}' || command.name === ':' || this.#applies(command) !== command.negated;
      if (!applies) {
        if (command.name === '{') i = command.jump;
        continue;
      }
      switch (command.name) {
        case '{':
        case '}':
        case ':':
          break;
        case 's':
          await this.#substitute(command.substitution!);
          break;
        case 'y':
          this.#pattern = [...this.#pattern].map((char) => command.letters!.get(char) ?? char).join('');
          break;
        case 'p':
          this.#print();
          break;
        case 'P':
          this.#out.line(this.#pattern.split(this.#end)[0]!, true);
          break;
        case 'd':
          return 'next cycle';
        case 'D':
          if (!this.#pattern.includes(this.#end)) return 'next cycle';
          this.#pattern = this.#pattern.slice(this.#pattern.indexOf(this.#end) + 1);
          return 'restart';
        case 'n':
          if (this.#isLast) return this.#options.quiet ? 'silent' : 'quit';
          if (!this.#options.quiet) this.#print();
          this.#flush();
          this.#next();
          this.#pattern = this.#line!.text;
          break;
        case 'N':
          if (this.#isLast) return this.#options.quiet ? 'silent' : 'quit';
          this.#flush();
          this.#next();
          this.#pattern += this.#end + this.#line!.text;
          break;
        case 'g':
          this.#pattern = this.#hold;
          break;
        case 'G':
          this.#pattern += this.#end + this.#hold;
          break;
        case 'h':
          this.#hold = this.#pattern;
          break;
        case 'H':
          this.#hold += this.#end + this.#pattern;
          break;
        case 'x':
          [this.#pattern, this.#hold] = [this.#hold, this.#pattern];
          break;
        case 'z':
          this.#pattern = '';
          break;
        case 'F':
          this.#out.line(this.#line!.file, true);
          break;
        case '=':
          this.#out.write(`${this.#number}\n`);
          break;
        case 'l':
          this.#out.write(visible(this.#pattern, command.text === '' ? this.#options.lineLength : Number(command.text)));
          break;
        case 'i':
          this.#out.write(command.text);
          break;
        case 'a':
          this.#queue.push(() => this.#out.write(command.text));
          break;
        case 'c':
          if (command.to === undefined || command.negated || !this.#ranges.has(command)) this.#out.write(command.text);
          return 'next cycle';
        case 'r':
          this.#queue.push(() => {
            const text = command.text === '/dev/stdin' ? this.#io.stdin : this.#io.files.read(normalize(command.text, this.#io.cwd));
            if (text !== undefined && text !== '') this.#out.line(text.replace(/\n$/, ''), text.endsWith('\n'));
          });
          break;
        case 'R': {
          const line = this.#lineOf(command.text);
          if (line !== undefined) this.#queue.push(() => this.#out.line(line, true));
          break;
        }
        case 'w':
          this.#sinkOf(command.text).line(this.#pattern, this.#line!.ended);
          break;
        case 'W':
          this.#sinkOf(command.text).line(this.#pattern.split(this.#end)[0]!, true);
          break;
        case 'e':
          await this.#execute(command.text);
          break;
        case 'b':
          if (command.text === '') return 'end of cycle';
          i = command.jump;
          break;
        case 't':
        case 'T': {
          const jumps = this.#replaced === (command.name === 't');
          if (command.name === 't' || !jumps) this.#replaced = false;
          if (!jumps) break;
          if (command.text === '') return 'end of cycle';
          i = command.jump;
          break;
        }
        default:
          // q and Q.
          this.#exitCode = Number(command.text);
          return command.name === 'q' ? 'quit' : 'silent';
      }
    }
    return 'end of cycle';
  }

  #lineOf(file: string): string | undefined {
    let rest = this.#read.get(file);
    if (rest === undefined) this.#read.set(file, (rest = [...linesOf(this.#io.files.read(normalize(file, this.#io.cwd)) ?? '')]));
    return rest.shift();
  }

  #sinkOf(file: string): Sink {
    return file === '/dev/stdout' ? this.#out : (this.#written.get(file) ?? new Sink(this.#end));
  }

  async #execute(line: string): Promise<void> {
    const ran = await this.#io.shell(line === '' ? this.#pattern : line);
    this.#stderr += ran.stderr;
    if (line === '') this.#pattern = ran.stdout.replace(/\n$/, '');
    else this.#out.write(ran.stdout);
  }

  #applies(command: SedCommand): boolean {
    const { from, to } = command;
    if (from === undefined) return true;
    if (to === undefined) return this.#matches(from);
    const open = this.#ranges.get(command);
    if (open === undefined) {
      if (from.kind === 'line' && from.line === 0) {
        // It is open before the first line.
        if (this.#number > 1) return false;
        this.#ranges.set(command, 'pattern');
        return this.#goesOn(command, 'pattern');
      }
      if (!this.#matches(from)) return false;
      const end =
        to.kind === 'line'
          ? to.line
          : to.kind === 'more'
            ? this.#number + to.count
            : to.kind === 'multiple'
              ? to.of === 0
                ? this.#number
                : this.#number + to.of - (this.#number % to.of)
              : 'pattern';
      if (end === 'pattern' ? !(to.kind === 'last' && this.#isLast) : end > this.#number) this.#ranges.set(command, end);
      return true;
    }
    return this.#goesOn(command, open);
  }

  #goesOn(command: SedCommand, open: number | 'pattern'): boolean {
    const to = command.to!;
    if (open === 'pattern') {
      if (this.#matches(to as Address)) this.#ranges.delete(command);
      return true;
    }
    if (this.#number >= open) this.#ranges.delete(command);
    return this.#number <= open;
  }

  #matches(address: Address): boolean {
    switch (address.kind) {
      case 'line':
        return this.#number === address.line;
      case 'last':
        return this.#isLast;
      case 'step':
        return this.#number >= address.first && (this.#number - address.first) % address.step === 0;
      case 'pattern':
        return this.#usedPattern(address.pattern).test(this.#pattern);
    }
  }

  #usedPattern(pattern: Pattern | undefined): Pattern {
    const used = pattern ?? this.#lastPattern;
    if (used === undefined) throw new NoPattern();
    this.#lastPattern = used;
    return used;
  }

  async #substitute({ pattern, parts, global, nth, print, evaluate, file }: Substitution): Promise<void> {
    const used = this.#usedPattern(pattern);
    const text = this.#pattern;
    let result = '';
    let at = 0;
    let count = 0;
    let last = -1;
    for (let found = used.exec(text); found !== undefined; found = used.exec(text, at)) {
      const end = found.index + found.text.length;
      // Nothing is not found again where something has just ended.
      if (found.text === '' && found.index === last) {
        if (found.index >= text.length) break;
        result += text[found.index]!;
        at = found.index + 1;
        last = -1;
        continue;
      }
      count++;
      const chosen = global ? count >= nth : count === nth;
      result += text.slice(at, found.index) + (chosen ? replacementOf(parts, found) : found.text);
      at = end;
      last = end;
      if (chosen) this.#replaced = true;
      if (chosen && !global) break;
      if (at > text.length || (found.text === '' && at >= text.length)) break;
    }
    if (count === 0 || (global ? count < nth : count !== nth)) return;
    this.#pattern = result + text.slice(at);
    if (evaluate) await this.#execute('');
    if (print) this.#print();
    if (file !== undefined) this.#sinkOf(file).line(this.#pattern, this.#line!.ended);
  }
}

export class NoPattern extends Error {}

/** Letters after `\U` are large, after `\L` small, until `\E`; `\u` and `\l` are for the next one alone. */
function replacementOf(parts: readonly Part[], { text, groups }: Match): string {
  let result = '';
  let all: 'U' | 'L' | undefined;
  let one: 'u' | 'l' | undefined;
  for (const part of parts) {
    if (typeof part === 'object' && 'letters' in part) {
      if (part.letters === 'E') all = one = undefined;
      else if (part.letters === 'U' || part.letters === 'L') all = part.letters;
      else one = part.letters;
      continue;
    }
    const plain = typeof part === 'string' ? part : part.group === 0 ? text : (groups[part.group - 1] ?? '');
    if (plain === '') continue;
    const cased = all === 'U' ? plain.toUpperCase() : all === 'L' ? plain.toLowerCase() : plain;
    const first = one === 'u' ? cased[0]!.toUpperCase() : one === 'l' ? cased[0]!.toLowerCase() : cased[0]!;
    result += first + cased.slice(1);
    one = undefined;
  }
  return result;
}

const named: Readonly<Record<string, string>> = { ...cEscapes, '\\': '\\\\' };

/** As `l` shows a text: without doubt, in lines that are not too long. */
function visible(text: string, length: number): string {
  const signs = [...text].flatMap((char) => {
    if (named[char] !== undefined) return [named[char]];
    if (char >= ' ' && char <= '~') return [char];
    return Array.from(new TextEncoder().encode(char), (byte) => `\\${byte.toString(8).padStart(3, '0')}`);
  });
  let result = '';
  let width = 0;
  for (const sign of signs) {
    if (length > 1 && width + sign.length > length - 1) {
      result += '\\\n';
      width = 0;
    }
    result += sign;
    width += sign.length;
  }
  return `${result}$\n`;
}
