/**
 * Go's regular expressions on JavaScript's engine: RE2 syntax is checked with Go's own errors, then written in JavaScript's. (Go: regexp/syntax,
 * parse.go; https://github.com/google/re2/wiki/Syntax)
 */
import { fail, ok, type Result } from '#kube/status.ts';

export interface GoRegexp {
  readonly source: string;
  /** How many capturing groups it has. */
  readonly groups: number;
  /** The names of groups 0… ; empty where a group has none. */
  readonly groupNames: readonly string[];
  /** The leftmost match and its groups (empty text where a group took no part), or undefined. */
  find(text: string): readonly string[] | undefined;
}

/** Compiles a pattern. The error reads as Go prints it: ``error parsing regexp: missing closing ]: `[` ``. */
export function compileRegexp(pattern: string): Result<GoRegexp, string> {
  try {
    const { source, names } = new Translation(pattern).run();
    const expression = new RegExp(source, 'su');
    return ok({
      source: pattern,
      groups: names.length - 1,
      groupNames: names,
      find: (text) => expression.exec(text)?.map((group) => group ?? ''),
    });
  } catch (error) {
    if (error instanceof RegexpError) return fail(`error parsing regexp: ${error.message}`);
    throw error;
  }
}

class RegexpError extends Error {}

const perlClasses: { readonly [name: string]: string } = { d: '0-9', w: '0-9A-Za-z_', s: '\\t\\n\\f\\r\\x20' };
// prettier-ignore
const posixClasses: { readonly [name: string]: string } = {
  alnum: '0-9A-Za-z', alpha: 'A-Za-z', ascii: '\\x00-\\x7F', blank: '\\t\\x20', cntrl: '\\x00-\\x1F\\x7F', digit: '0-9', graph: '!-~', lower: 'a-z',
  print: '\\x20-~', punct: '!-\\/:-@\\[-`\\{-~', space: '\\t\\n\\v\\f\\r\\x20', upper: 'A-Z', word: '0-9A-Za-z_', xdigit: '0-9A-Fa-f',
};

/** All characters that are not in a class of ASCII characters, as members of a class. */
function othersThan(members: string): string {
  const inside = new RegExp(`[${members}]`);
  let others = '';
  for (let code = 0; code < 0x80; code++) if (!inside.test(String.fromCharCode(code))) others += `\\x${code.toString(16).padStart(2, '0')}`;
  return `${others}\\u{80}-\\u{10ffff}`;
}

class Translation {
  readonly #pattern: string;
  #at = 0;
  readonly #names = [''];
  #flags = { i: false, m: false, s: false, U: false };

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  run(): { readonly source: string; readonly names: readonly string[] } {
    const source = this.#alternatives(0);
    if (this.#at < this.#pattern.length) throw new RegexpError(`unexpected ): \`${this.#pattern}\``);
    return { source, names: this.#names };
  }

  #alternatives(depth: number): string {
    let out = '';
    const flags = { ...this.#flags };
    for (;;) {
      out += this.#concatenation(depth);
      if (this.#pattern[this.#at] !== '|') break;
      this.#at++;
      out += '|';
    }
    this.#flags = flags;
    return out;
  }

  #concatenation(depth: number): string {
    let out = '';
    while (this.#at < this.#pattern.length) {
      const character = this.#pattern[this.#at]!;
      if (character === '|' || character === ')') break;
      const begin = this.#at;
      const atom = this.#atom(depth);
      out += this.#repeated(atom, begin);
    }
    return out;
  }

  /** The repetition operators after an atom; only one is allowed, with an optional `?`. */
  #repeated(atom: string, begin: number): string {
    let out = atom;
    let last: number | undefined;
    for (;;) {
      const operator = /^(?:[*+?]|\{\d+(?:,\d*)?\})/.exec(this.#pattern.slice(this.#at))?.[0];
      if (operator === undefined) return out;
      if (last !== undefined)
        throw new RegexpError(`invalid nested repetition operator: \`${this.#pattern.slice(last, this.#at + operator.length)}\``);
      if (atom === '' || begin === this.#at) throw new RegexpError(`missing argument to repetition operator: \`${operator}\``);
      const counts = /^\{(\d+)(,(\d*))?\}$/.exec(operator);
      if (
        counts &&
        (Number(counts[1]) > 1000 ||
          Number(counts[3] ?? 0) > 1000 ||
          (counts[3] !== undefined && counts[3] !== '' && Number(counts[3]) < Number(counts[1])))
      ) {
        throw new RegexpError(`invalid repeat count: \`${operator}\``);
      }
      last = this.#at;
      this.#at += operator.length;
      let lazy = this.#flags.U;
      if (this.#pattern[this.#at] === '?') {
        this.#at++;
        lazy = !lazy;
      }
      out += operator + (lazy ? '?' : '');
    }
  }

  #atom(depth: number): string {
    const character = this.#pattern[this.#at]!;
    switch (character) {
      case '(':
        return this.#group(depth);
      case '[':
        return this.#class();
      case '\\':
        return this.#escape();
      case '.':
        this.#at++;
        return this.#flags.s ? '[^]' : '[^\\n]';
      case '^':
        this.#at++;
        return this.#flags.m ? '(?:^|(?<=\\n))' : '^';
      case '$':
        this.#at++;
        return this.#flags.m ? '(?:$|(?=\\n))' : '$';
      case '*':
      case '+':
      case '?':
        throw new RegexpError(
          `missing argument to repetition operator: \`${/^[*+?]\??/.exec(this.#pattern.slice(this.#at))![0].slice(0, 1)}\``,
        );
      default: {
        const code = String.fromCodePoint(this.#pattern.codePointAt(this.#at)!);
        this.#at += code.length;
        return this.#literal(code);
      }
    }
  }

  #literal(character: string): string {
    if (this.#flags.i && character.toLowerCase() !== character.toUpperCase())
      return `[${character.toLowerCase()}${character.toUpperCase()}]`;
    return /[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
  }

  #group(depth: number): string {
    const begin = this.#at;
    const rest = this.#pattern.slice(begin);
    if (!rest.startsWith('(?')) {
      this.#at++;
      this.#names.push('');
      return `(${this.#inside(begin, depth)})`;
    }
    const named = /^\(\?P?<([^>]*)>/.exec(rest);
    if (named && !/^\(\?<[=!]/.test(rest)) {
      if (!/^\w+$/.test(named[1]!)) throw new RegexpError(`invalid named capture: \`${named[0]}\``);
      if (this.#names.includes(named[1]!)) throw new RegexpError(`duplicate capture group name: \`${named[1]}\``);
      this.#at += named[0].length;
      this.#names.push(named[1]!);
      return `(${this.#inside(begin, depth)})`;
    }
    const flags = /^\(\?([imsU]*)(?:-([imsU]+))?([:)])/.exec(rest);
    if (!flags) {
      if (/^\(\?(?:P?<|P=|P>)/.test(rest) && !/^\(\?<[=!]/.test(rest)) throw new RegexpError(`invalid named capture: \`${rest}\``);
      const shown = /^\(\?[imsU-]*./s.exec(rest)?.[0] ?? rest;
      throw new RegexpError(
        rest.length <= 2
          ? `missing argument to repetition operator: \`?\``
          : `invalid or unsupported Perl syntax: \`${/^\(\?<[=!]/.test(rest) ? rest.slice(0, 4).slice(0, 3) : shown}\``,
      );
    }
    this.#at += flags[0].length;
    const before = { ...this.#flags };
    for (const flag of flags[1]!) this.#flags[flag as keyof typeof before] = true;
    for (const flag of flags[2] ?? '') this.#flags[flag as keyof typeof before] = false;
    if (flags[3] === ')') return '(?:)';
    const inside = this.#inside(begin, depth);
    this.#flags = before;
    return `(?:${inside})`;
  }

  #inside(_begin: number, depth: number): string {
    if (depth >= 1000) throw new RegexpError('expression nests too deeply');
    const inside = this.#alternatives(depth + 1);
    if (this.#pattern[this.#at] !== ')') throw new RegexpError(`missing closing ): \`${this.#pattern}\``);
    this.#at++;
    return inside;
  }

  #escape(): string {
    const next = this.#pattern[this.#at + 1];
    if (next === undefined) throw new RegexpError('trailing backslash at end of expression: ``');
    if (/[dDwWsS]/.test(next)) {
      this.#at += 2;
      return `[${next < 'a' ? '^' : ''}${perlClasses[next.toLowerCase()]}]`;
    }
    if (next === 'b' || next === 'B') {
      this.#at += 2;
      return `\\${next}`;
    }
    if (next === 'A' || next === 'z') {
      this.#at += 2;
      return next === 'A' ? '(?<![^])' : '(?![^])';
    }
    if (next === 'Q') {
      const end = this.#pattern.indexOf('\\E', this.#at);
      const text = this.#pattern.slice(this.#at + 2, end < 0 ? undefined : end);
      this.#at = end < 0 ? this.#pattern.length : end + 2;
      return `(?:${[...text].map((one) => this.#literal(one)).join('')})`;
    }
    if (next === 'p' || next === 'P') return `[${this.#unicodeClass()}]`;
    return this.#literal(this.#escapedCharacter());
  }

  #unicodeClass(): string {
    const found = /^\\([pP])(?:\{(\^?)(\w+)\}|(\w))/.exec(this.#pattern.slice(this.#at));
    if (!found) throw new RegexpError(`invalid character class range: \`${this.#pattern.slice(this.#at)}\``);
    const name = found[3] ?? found[4]!;
    const property = [name, `Script=${name}`].find((one) => isUnicodeProperty(one));
    if (property === undefined) throw new RegexpError(`invalid character class range: \`${found[0]}\``);
    this.#at += found[0].length;
    return `\\${(found[1] === 'P') !== (found[2] === '^') ? 'P' : 'p'}{${property}}`;
  }

  /** A backslash and what follows, where it stands for one character. */
  #escapedCharacter(): string {
    const found = /^\\(?:x\{([0-9a-fA-F]+)\}|x([0-9a-fA-F]{2})|([1-7][0-7]{1,2}|0[0-7]{0,2})|([afnrtv])|([^\w]))/u.exec(
      this.#pattern.slice(this.#at),
    );
    if (!found)
      throw new RegexpError(`invalid escape sequence: \`${/^\\x(?:\{[^}]*\}?|.{0,2})|^\\./su.exec(this.#pattern.slice(this.#at))![0]}\``);
    this.#at += found[0].length;
    const hex = found[1] ?? found[2];
    if (hex !== undefined) return String.fromCodePoint(parseInt(hex, 16));
    if (found[3] !== undefined) return String.fromCodePoint(parseInt(found[3], 8));
    if (found[4] !== undefined) return { a: '\x07', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }[found[4]]!;
    return found[5]!;
  }

  #class(): string {
    const begin = this.#at;
    this.#at++;
    let out = '[';
    if (this.#pattern[this.#at] === '^') {
      this.#at++;
      out += '^';
    }
    for (let first = true; first || this.#pattern[this.#at] !== ']'; first = false) {
      if (this.#at >= this.#pattern.length) throw new RegexpError(`missing closing ]: \`${this.#pattern.slice(begin)}\``);
      const posix = /^\[:(\^?)(\w+):\]/.exec(this.#pattern.slice(this.#at));
      if (posix) {
        const members = posixClasses[posix[2]!];
        if (members === undefined) throw new RegexpError(`invalid character class range: \`${posix[0]}\``);
        this.#at += posix[0].length;
        out += posix[1] === '^' ? othersThan(members) : members;
        continue;
      }
      const perl = /^\\([dDwWsS])/.exec(this.#pattern.slice(this.#at));
      if (perl) {
        this.#at += 2;
        out += perl[1]! < 'a' ? othersThan(perlClasses[perl[1]!.toLowerCase()]!) : perlClasses[perl[1]!];
        continue;
      }
      if (/^\\[pP]/.test(this.#pattern.slice(this.#at))) {
        out += this.#unicodeClass();
        continue;
      }
      const from = this.#at;
      const low = this.#classCharacter(begin);
      let high = low;
      if (this.#pattern[this.#at] === '-' && this.#at + 1 < this.#pattern.length && this.#pattern[this.#at + 1] !== ']') {
        this.#at++;
        high = this.#classCharacter(begin);
        if (high.codePointAt(0)! < low.codePointAt(0)!)
          throw new RegexpError(`invalid character class range: \`${this.#pattern.slice(from, this.#at)}\``);
      }
      out += this.#range(low, high);
    }
    this.#at++;
    return `${out}]`;
  }

  #classCharacter(begin: number): string {
    if (this.#at >= this.#pattern.length) throw new RegexpError(`missing closing ]: \`${this.#pattern.slice(begin)}\``);
    if (this.#pattern[this.#at] === '\\') return this.#escapedCharacter();
    const character = String.fromCodePoint(this.#pattern.codePointAt(this.#at)!);
    this.#at += character.length;
    return character;
  }

  #range(low: string, high: string): string {
    const text = low === high ? code(low) : `${code(low)}-${code(high)}`;
    if (!this.#flags.i) return text;
    const other = (one: string) => (one.toLowerCase() === one ? one.toUpperCase() : one.toLowerCase());
    return /[a-z]/i.test(low) && /[a-z]/i.test(high)
      ? `${text}${low === high ? code(other(low)) : `${code(other(low))}-${code(other(high))}`}`
      : text;
  }
}

function code(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}

function isUnicodeProperty(name: string): boolean {
  try {
    new RegExp(`\\p{${name}}`, 'u');
    return true;
  } catch {
    return false;
  }
}
