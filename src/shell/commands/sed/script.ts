/** The script of sed, GNU sed 4.9 (sed/compile.c). */
import { PatternError, posixPattern, type Pattern } from '../../posix-patterns.ts';

export type Address =
  | { readonly kind: 'line'; readonly line: number }
  | { readonly kind: 'last' }
  | { readonly kind: 'step'; readonly first: number; readonly step: number }
  /** `undefined`: the expression that was used last. */
  | { readonly kind: 'pattern'; readonly pattern: Pattern | undefined };

export type End = Address | { readonly kind: 'more'; readonly count: number } | { readonly kind: 'multiple'; readonly of: number };

/** A part of what stands for a match: text, a group (0: all), or a change of case. */
export type Part = string | { readonly group: number } | { readonly letters: 'U' | 'L' | 'u' | 'l' | 'E' };

export interface Substitution {
  readonly pattern: Pattern | undefined;
  readonly parts: readonly Part[];
  readonly global: boolean;
  readonly nth: number;
  readonly print: boolean;
  readonly evaluate: boolean;
  readonly file: string | undefined;
}

export interface SedCommand {
  readonly name: string;
  readonly from?: Address;
  readonly to?: End;
  readonly negated: boolean;
  /** Text, label, file name, or number. */
  readonly text: string;
  readonly substitution?: Substitution;
  readonly letters?: ReadonlyMap<string, string>;
  /** Of `{`: where its `}` stands. Of `b`, `t`, `T`: where the label stands. */
  jump: number;
}

export class ScriptError extends Error {
  readonly status: number;
  constructor(message: string, status = 1) {
    super(message);
    this.status = status;
  }
}

/** A piece of the script: `-e expression #1`, or the name of a file. */
export interface Piece {
  readonly text: string;
  readonly file?: string;
}

/** The commands of all pieces together. Throws {@link ScriptError}. */
export function compileScript(pieces: readonly Piece[], extended: boolean): readonly SedCommand[] {
  const commands: SedCommand[] = [];
  const open: { readonly at: number; readonly where: string }[] = [];
  const joined = joinedPieces(pieces);
  joined.forEach(({ text, file }, i) => new Compiler(text, file ?? i + 1, extended, commands, open).compile());
  const unclosed = open.at(-1);
  if (unclosed !== undefined) throw new ScriptError(`${unclosed.where}: unmatched \`{'`);
  for (const command of commands) {
    if (!'btT'.includes(command.name) || command.text === '') continue;
    command.jump = commands.findIndex((one) => one.name === ':' && one.text === command.text);
    if (command.jump < 0) throw new ScriptError(`can't find label for jump to \`${command.text}'`, 4);
  }
  return commands;
}

/** A piece that ends with a backslash goes on in the next: `-e 'a\' -e text`. */
function joinedPieces(pieces: readonly Piece[]): readonly Piece[] {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const before = joined.at(-1);
    if (before !== undefined && before.file === undefined && piece.file === undefined && /(^|[^\\])(\\\\)*\\$/.test(before.text))
      joined[joined.length - 1] = { text: `${before.text}\n${piece.text}` };
    else joined.push(piece);
  }
  return joined;
}

const oneAddress = '=aiqQrR';
const withFile = 'rRwW';

class Compiler {
  readonly #text: string;
  readonly #source: number | string;
  readonly #extended: boolean;
  readonly #commands: SedCommand[];
  readonly #open: { readonly at: number; readonly where: string }[];
  #at = 0;

  constructor(
    text: string,
    source: number | string,
    extended: boolean,
    commands: SedCommand[],
    open: { readonly at: number; readonly where: string }[],
  ) {
    this.#text = text;
    this.#source = source;
    this.#extended = extended;
    this.#commands = commands;
    this.#open = open;
  }

  #where(at: number): string {
    if (typeof this.#source === 'number') return `-e expression #${this.#source}, char ${at}`;
    return `file ${this.#source} line ${this.#text.slice(0, at).split('\n').length}`;
  }

  #fail(message: string, at = this.#at): never {
    throw new ScriptError(`${this.#where(at)}: ${message}`);
  }

  get #char(): string | undefined {
    return this.#text[this.#at];
  }

  #skip(signs: RegExp): void {
    while (this.#char !== undefined && signs.test(this.#char)) this.#at++;
  }

  compile(): void {
    for (;;) {
      this.#skip(/[\s;]/);
      if (this.#char === undefined) return;
      this.#command();
    }
  }

  #command(): void {
    const from = this.#address();
    let to: End | undefined;
    this.#skip(/[ \t]/);
    if (from !== undefined && this.#char === ',') {
      this.#at++;
      this.#skip(/[ \t]/);
      to = this.#end();
      if (to === undefined) this.#fail("unexpected `,'", this.#at + 1);
    }
    if (from?.kind === 'line' && from.line === 0 && to?.kind !== 'pattern')
      this.#fail('invalid usage of line address 0', Math.min(this.#at + 1, this.#text.length));
    this.#skip(/[ \t]/);
    let negated = false;
    while (this.#char === '!') {
      this.#at++;
      if (negated) this.#fail("multiple `!'s");
      negated = true;
      this.#skip(/[ \t]/);
    }
    const name = this.#char;
    if (name === undefined) this.#fail('missing command');
    this.#at++;
    if (to !== undefined && oneAddress.includes(name) && !'=ai'.includes(name) && !'rR'.includes(name))
      this.#fail('command only uses one address');
    const base = { name, negated, jump: -1, ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
    if (name === '#') {
      if (from !== undefined) this.#fail("comments don't accept any addresses");
      this.#skip(/[^\n]/);
    } else if (name === '{') {
      this.#open.push({ at: this.#commands.length, where: this.#where(0) });
      this.#commands.push({ ...base, text: '' });
    } else if (name === '}') {
      const start = this.#open.pop();
      if (start === undefined) this.#fail("unexpected `}'");
      if (from !== undefined) this.#fail("} doesn't want any addresses");
      this.#commands[start.at]!.jump = this.#commands.length;
      this.#commands.push({ ...base, text: '' });
      this.#ends();
    } else if (name === ':') {
      if (from !== undefined) this.#fail(": doesn't want any addresses");
      this.#commands.push({ ...base, text: this.#label(/[^\n;]/) || this.#fail('":" lacks a label') });
    } else if ('btT'.includes(name)) this.#commands.push({ ...base, text: this.#label(/[^\s;}]/) });
    else if ('aic'.includes(name)) this.#commands.push({ ...base, text: this.#insertion() });
    else if (withFile.includes(name)) this.#commands.push({ ...base, text: this.#fileName() });
    else if ('qQlL'.includes(name)) {
      this.#skip(/[ \t]/);
      const digits = /^\d*/.exec(this.#text.slice(this.#at))![0];
      this.#at += digits.length;
      this.#commands.push({ ...base, text: digits });
      this.#ends();
    } else if (name === 'e' || name === 'v') {
      this.#skip(/[ \t]/);
      const start = this.#at;
      this.#skip(/[^\n]/);
      if (name === 'e') this.#commands.push({ ...base, text: this.#text.slice(start, this.#at) });
    } else if (name === 's') {
      const substitution = this.#substitution();
      this.#commands.push({ ...base, text: '', substitution });
      this.#ends();
    } else if (name === 'y') {
      const letters = this.#translation();
      this.#commands.push({ ...base, text: '', letters });
      this.#ends();
    } else if ('dDgGhHnNpPxzF='.includes(name)) {
      this.#commands.push({ ...base, text: '' });
      this.#ends();
    } else this.#fail(`unknown command: \`${name}'`);
  }

  /** After a command: the end of the line, `;`, `}` or a comment. */
  #ends(): void {
    this.#skip(/[ \t]/);
    if (this.#char === undefined || this.#char === '}' || this.#char === '#') return;
    this.#at++;
    if (this.#text[this.#at - 1] !== ';' && this.#text[this.#at - 1] !== '\n') this.#fail('extra characters after command');
  }

  #number(): number {
    const digits = /^\d+/.exec(this.#text.slice(this.#at))![0];
    this.#at += digits.length;
    return Number(digits);
  }

  #address(): Address | undefined {
    const char = this.#char;
    if (char === '$') {
      this.#at++;
      return { kind: 'last' };
    }
    if (char === '/' || char === '\\') {
      this.#at++;
      const mark = char === '/' ? '/' : (this.#char ?? '');
      if (char === '\\') this.#at++;
      const source = this.#until(mark, true) ?? this.#fail('unterminated address regex', this.#text.length);
      let flags = '';
      while (this.#char !== undefined && 'IM'.includes(this.#char)) flags += this.#text[this.#at++]!;
      return { kind: 'pattern', pattern: this.#pattern(source, flags.includes('I'), flags.includes('M')) };
    }
    if (char === undefined || !/\d/.test(char)) return undefined;
    const line = this.#number();
    if (this.#char !== '~') return { kind: 'line', line };
    this.#at++;
    const step = /\d/.test(this.#char ?? '') ? this.#number() : 0;
    return step === 0 ? { kind: 'line', line } : { kind: 'step', first: line, step };
  }

  #end(): End | undefined {
    const sign = this.#char;
    if ((sign === '+' || sign === '~') && /\d/.test(this.#text[this.#at + 1] ?? '')) {
      this.#at++;
      const count = this.#number();
      return sign === '+' ? { kind: 'more', count } : { kind: 'multiple', of: count };
    }
    return this.#address();
  }

  /** The text up to the delimiter; undefined when there is none. A delimiter after a backslash stands for itself. */
  #until(mark: string, isPattern: boolean): string | undefined {
    let text = '';
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at]!;
      if (char === mark) {
        this.#at++;
        return text;
      }
      if (char === '\n' && isPattern) return undefined;
      if (char === '[' && isPattern) {
        // In brackets the delimiter is a sign like any other.
        const bracket = /^\[\^?\]?(?:\[([:.=]).*?\1\]|[^\]\n])*\]/.exec(this.#text.slice(this.#at))?.[0];
        if (bracket === undefined) return undefined;
        text += bracket;
        this.#at += bracket.length - 1;
        continue;
      }
      if (char === '\\') {
        const next = this.#text[++this.#at];
        if (next === undefined) return undefined;
        if (next === mark) text += isPattern && /[$()*+.?[\\\]^{|}]/.test(mark) ? `\\${mark}` : mark;
        else if (next === '\n' && isPattern) text += '\n';
        else text += `\\${next}`;
      } else text += char;
    }
    return undefined;
  }

  /** Undefined for the empty one, which is the last that was used. */
  #pattern(source: string, ignoreCase: boolean, multiline: boolean): Pattern | undefined {
    if (source === '') return undefined;
    try {
      return posixPattern(withControls(source), { extended: this.#extended, ignoreCase, multiline });
    } catch (error) {
      if (error instanceof PatternError) this.#fail(error.message);
      throw error;
    }
  }

  #substitution(): Substitution {
    const unterminated = () => this.#fail("unterminated `s' command", this.#text.length);
    const mark = this.#text[this.#at++] ?? unterminated();
    const source = this.#until(mark, true) ?? unterminated();
    const replacement = this.#until(mark, false) ?? unterminated();
    let [flags, nth, file] = ['', 0, undefined as string | undefined];
    for (;;) {
      const flag = this.#char;
      if (flag === undefined || /[\s;}#]/.test(flag)) {
        // Blanks may stand before more of them.
        if (flag !== ' ' && flag !== '\t') break;
        this.#at++;
        continue;
      }
      if (/\d/.test(flag)) {
        const number = this.#number();
        if (nth > 0) this.#fail("multiple number options to `s' command");
        if (number === 0) this.#fail("number option to `s' command may not be zero");
        nth = number;
        continue;
      }
      this.#at++;
      if (!'gpiImMew'.includes(flag)) this.#fail("unknown option to `s'");
      if ('gp'.includes(flag) && flags.includes(flag)) this.#fail(`multiple \`${flag}' options to \`s' command`);
      if (flag === 'w') {
        file = this.#fileName();
        break;
      }
      flags += flag;
    }
    const pattern = this.#pattern(source, /i/i.test(flags), /m/i.test(flags));
    const parts = partsOf(replacement);
    const most = Math.max(0, ...parts.map((part) => (typeof part === 'object' && 'group' in part ? part.group : 0)));
    if (pattern !== undefined && most > pattern.groups) this.#fail(`invalid reference \\${most} on \`s' command's RHS`);
    return { pattern, parts, global: flags.includes('g'), nth: nth || 1, print: flags.includes('p'), evaluate: flags.includes('e'), file };
  }

  #translation(): ReadonlyMap<string, string> {
    const unterminated = () => this.#fail("unterminated `y' command", this.#text.length);
    const mark = this.#text[this.#at++] ?? unterminated();
    const [from, to] = [this.#until(mark, false) ?? unterminated(), this.#until(mark, false) ?? unterminated()].map((text) => [
      ...withControls(text).replace(/\\([n\\])/g, (_, sign: string) => (sign === 'n' ? '\n' : '\\')),
    ]);
    if (from!.length !== to!.length) this.#fail("strings for `y' command are different lengths");
    return new Map(from!.map((char, i) => [char, to![i]!]));
  }

  #label(signs: RegExp): string {
    this.#skip(/[ \t]/);
    const start = this.#at;
    this.#skip(signs);
    return this.#text.slice(start, this.#at).trimEnd();
  }

  #fileName(): string {
    this.#skip(/[ \t]/);
    const start = this.#at;
    this.#skip(/[^\n]/);
    return this.#text.slice(start, this.#at) || this.#fail('missing filename in r/R/w/W commands');
  }

  /** The text of a, i and c: on the next line after a backslash, or at once; lines go on after a backslash (read_text). */
  #insertion(): string {
    this.#skip(/[ \t]/);
    if (this.#char === undefined) this.#fail("expected \\ after `a', `c' or `i'");
    if (this.#char === '\\') {
      this.#at++;
      const blanks = /^[ \t]*/.exec(this.#text.slice(this.#at))![0].length;
      if (this.#text[this.#at + blanks] === '\n') this.#at += blanks + 1;
      else if (this.#char === undefined) return '';
    }
    let text = '';
    for (; this.#char !== undefined && this.#char !== '\n'; this.#at++) {
      if (this.#char !== '\\') text += this.#char;
      else {
        const next = this.#text[++this.#at];
        if (next !== undefined) text += controls[next] ?? (next === 'n' ? '\n' : next);
      }
    }
    return `${text}\n`;
  }
}

const controls: Readonly<Record<string, string>> = { t: '\t', f: '\f', v: '\v', a: '\x07', r: '\r' };

/** `\t` and the like as the signs they mean; `\n` in brackets, too. */
function withControls(source: string): string {
  return source.replace(
    /\[\^?\]?(?:\[:\w+:\]|[^\]])*\]|\\x([0-9a-fA-F]{2})|\\([^])/g,
    (all, hex: string | undefined, sign: string | undefined) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16)).replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
      if (sign !== undefined) return controls[sign] ?? all;
      return all.replace(/\\([ntfvar])/g, (_, inner: string) => (inner === 'n' ? '\n' : controls[inner]!));
    },
  );
}

/** `&`, `\1`, `\U` and the like in what is put in place. */
function partsOf(text: string): readonly Part[] {
  const parts: Part[] = [];
  let plain = '';
  const flush = () => {
    if (plain !== '') parts.push(plain);
    plain = '';
  };
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '&') {
      flush();
      parts.push({ group: 0 });
    } else if (char === '\\') {
      const next = text[++i]!;
      if (/\d/.test(next) || 'ULulE'.includes(next)) {
        flush();
        parts.push(/\d/.test(next) ? { group: Number(next) } : { letters: next as 'U' });
      } else plain += controls[next] ?? (next === 'n' ? '\n' : next);
    } else plain += char;
  }
  flush();
  return parts;
}
