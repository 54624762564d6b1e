/**
 * Regular expressions as POSIX writes them, with GNU's additions (regex(7); gnulib: lib/dfa.c, lib/regcomp.c), as those of JavaScript. Of several
 * matches that begin at the same place the longest is taken, where alternatives could make a difference.
 */

export interface Pattern {
  test(text: string): boolean;
  /** The first match at `from` or after it; undefined when there is none. */
  exec(text: string, from?: number): Match | undefined;
  /** How many groups it has. */
  readonly groups: number;
}

export interface Match {
  readonly index: number;
  readonly text: string;
  /** The groups, from 1 on; `''` for one that took no part. */
  readonly groups: readonly string[];
}

export interface PatternOptions {
  readonly extended: boolean;
  readonly ignoreCase?: boolean;
  /** `^` and `$` also stand at the line breaks of a text. */
  readonly multiline?: boolean;
  /** A `)` that closes nothing is meant as it stands (grep -E). */
  readonly loneParenthesis?: boolean;
  /** Only whole words, or whole lines. */
  readonly whole?: 'word' | 'line';
}

/** What regcomp(3) says of an expression that is none. */
export class PatternError extends Error {}

/** Throws {@link PatternError}. */
export function posixPattern(source: string, { extended, ignoreCase, multiline, whole, loneParenthesis }: PatternOptions): Pattern {
  const translated = new Translator(source, extended, loneParenthesis === true).translate();
  const bounded =
    whole === 'line' ? `^(?:${translated.source})$` : whole === 'word' ? `(?<!\\w)(?:${translated.source})(?!\\w)` : translated.source;
  return patternOf(
    bounded,
    `${ignoreCase === true ? 'i' : ''}${multiline === true ? 'm' : ''}`,
    translated.groups,
    translated.alternatives,
  );
}

/** A pattern of JavaScript's own kind; `alternatives`: whether another way to match could be longer. */
export function patternOf(source: string, flags: string, groups: number, alternatives: boolean): Pattern {
  const expression = new RegExp(source, `${flags}sug`);
  const find = (text: string, from: number): RegExpExecArray | null => {
    expression.lastIndex = from;
    return expression.exec(text);
  };
  return {
    groups,
    test: (text) => find(text, 0) !== null,
    exec: (text, from = 0) => {
      const found = find(text, from);
      if (found === null) return undefined;
      const longest = alternatives ? longestAt(source, flags, text, found) : found;
      return { index: found.index, text: longest[0], groups: longest.slice(1).map((group) => (group as string | undefined) ?? '') };
    },
  };
}

/** The longest match that begins where the found one does: another one is looked for that ends later, until there is none. */
function longestAt(source: string, flags: string, text: string, found: RegExpExecArray): RegExpExecArray {
  for (let longest = found; ;) {
    const end = longest.index + longest[0].length;
    const longer = new RegExp(`(?:${source})(?<=(?<![^])[^]{${end + 1},})`, `${flags}suy`);
    longer.lastIndex = found.index;
    const next = end < text.length ? longer.exec(text) : null;
    if (next === null) return longest;
    longest = next;
  }
}

/** The classes of POSIX, in the locale C. */
export const posixClasses: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: ' \\t\\n\\r\\f\\v',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`\\{-~',
  print: ' -~',
  graph: '!-~',
  cntrl: '\\x00-\\x1f\\x7f',
  xdigit: '0-9A-Fa-f',
};

const escapes: Readonly<Record<string, string>> = {
  w: '[\\w]',
  W: '[^\\w]',
  s: '\\s',
  S: '\\S',
  b: '\\b',
  B: '\\B',
  '<': '\\b(?=\\w)',
  '>': '\\b(?<=\\w)',
  '`': '(?<![^])',
  "'": '(?![^])',
};

class Translator {
  readonly #text: string;
  readonly #extended: boolean;
  readonly #loneParenthesis: boolean;
  #at = 0;
  #groups = 0;
  readonly #closed = new Set<number>();
  #alternatives = false;

  constructor(text: string, extended: boolean, loneParenthesis: boolean) {
    this.#text = text;
    this.#extended = extended;
    this.#loneParenthesis = loneParenthesis;
  }

  translate(): { readonly source: string; readonly alternatives: boolean; readonly groups: number } {
    const source = this.#branches(0);
    return { source, alternatives: this.#alternatives, groups: this.#groups };
  }

  /** Reports whether an operator stands here: with a backslash in basic expressions, without in extended ones. */
  #operator(sign: string): boolean {
    const written = this.#extended ? sign : `\\${sign}`;
    return this.#text.startsWith(written, this.#at);
  }

  #skip(sign: string): void {
    this.#at += this.#extended ? sign.length : sign.length + 1;
  }

  /** Alternatives, until the end or the parenthesis that closes. */
  #branches(depth: number): string {
    let source = '';
    for (;;) {
      source += this.#branch(depth);
      if (this.#at >= this.#text.length) {
        if (depth > 0) throw new PatternError('Unmatched ( or \\(');
        return source;
      }
      if (this.#operator('|')) {
        this.#skip('|');
        this.#alternatives = true;
        source += '|';
      } else return source;
    }
  }

  #branch(depth: number): string {
    let source = '';
    let first = true;
    while (this.#at < this.#text.length && !this.#operator('|')) {
      if (this.#operator(')')) {
        if (depth > 0) return source;
        if (!this.#extended || !this.#loneParenthesis) throw new PatternError('Unmatched ) or \\)');
      }
      const start = this.#at;
      let atom = this.#atom(first, depth);
      const isAnchor = !this.#extended && this.#text.slice(start, this.#at) === '^' && atom === '^';
      if (!isAnchor) atom = this.#repeated(atom, atom === '^');
      source += atom;
      first = isAnchor;
    }
    return source;
  }

  /** One thing to be matched, without what says how often. */
  #atom(first: boolean, depth: number): string {
    const char = this.#text[this.#at]!;
    if (this.#operator('(')) {
      this.#skip('(');
      const number = ++this.#groups;
      const inner = this.#branches(depth + 1);
      this.#skip(')');
      this.#closed.add(number);
      return `(${inner})`;
    }
    this.#at++;
    if (char === '\\') return this.#escaped();
    if (char === '[') return this.#bracket();
    if (char === '.') return '.';
    if (char === '^') return this.#extended || first ? '^' : '\\^';
    if (char === '$') {
      const ends = this.#at >= this.#text.length || this.#operator('|') || (depth > 0 && this.#operator(')'));
      return this.#extended || ends ? '$' : '\\$';
    }
    // At the beginning there is nothing that could be repeated: basic expressions take the sign, extended ones nothing.
    if (first && char === '*') return this.#extended ? '' : '\\*';
    if (first && this.#extended && /[+?]/.test(char)) return '';
    if (first && this.#extended && char === '{') return '\\{';
    return literal(char);
  }

  #escaped(): string {
    const char = this.#text[this.#at];
    if (char === undefined) throw new PatternError('Trailing backslash');
    this.#at++;
    if (/[1-9]/.test(char)) {
      if (!this.#closed.has(Number(char))) throw new PatternError('Invalid back reference');
      return `(?:\\${char})`;
    }
    return escapes[char] ?? (char === 'n' ? '\\n' : literal(char));
  }

  #bracket(): string {
    if (this.#at >= this.#text.length) throw new PatternError('Invalid regular expression');
    const negated = this.#text[this.#at] === '^';
    if (negated) this.#at++;
    let inside = '';
    const begin = this.#at;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined) throw new PatternError('Unmatched [, [^, [:, [., or [=');
      if (char === ']' && this.#at > begin) break;
      const [, kind, name] = /^\[([:.=])(.*?)\1\]/.exec(this.#text.slice(this.#at)) ?? [];
      if (kind === ':') {
        const members = posixClasses[name!];
        if (members === undefined) throw new PatternError('Invalid character class name');
        inside += members;
        this.#at += name!.length + 4;
        continue;
      }
      const from = this.#member(kind, name);
      if (this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']' && this.#text[this.#at + 1] !== undefined) {
        this.#at++;
        const [, toKind, toName] = /^\[([.=])(.*?)\1\]/.exec(this.#text.slice(this.#at)) ?? [];
        const to = this.#member(toKind, toName);
        if (from > to) throw new PatternError('Invalid range end');
        inside += `${inClass(from)}-${inClass(to)}`;
      } else inside += inClass(from);
    }
    this.#at++;
    return `[${negated ? '^' : ''}${inside}]`;
  }

  #member(kind: string | undefined, name: string | undefined): string {
    if (kind !== undefined) {
      this.#at += name!.length + 4;
      return name!;
    }
    const char = String.fromCodePoint(this.#text.codePointAt(this.#at)!);
    this.#at += char.length;
    return char;
  }

  /** All that says how often: several of it apply one after the other. */
  #repeated(atom: string, anchor: boolean): string {
    let repeated = atom;
    for (;;) {
      const sign = this.#quantifier();
      if (sign === undefined) return repeated;
      if (anchor || atom === '') continue;
      repeated = repeated === atom ? `${atom}${sign}` : `(?:${repeated})${sign}`;
      if (atom.startsWith('(') || sign === '?') this.#alternatives = true;
    }
  }

  #quantifier(): string | undefined {
    if (this.#text[this.#at] === '*') {
      this.#at++;
      return '*';
    }
    for (const sign of ['+', '?']) {
      if (!this.#operator(sign)) continue;
      this.#skip(sign);
      return sign;
    }
    if (!this.#operator('{')) return undefined;
    const rest = this.#text.slice(this.#at + (this.#extended ? 1 : 2));
    const found = (this.#extended ? /^(\d*)(,?)(\d*)\}/ : /^(\d*)(,?)(\d*)\\\}/).exec(rest);
    if (found === null || (found[1] === '' && found[2] === '')) {
      if (this.#extended) return undefined;
      throw new PatternError(rest.includes('\\}') ? 'Invalid content of \\{\\}' : 'Unmatched \\{');
    }
    const [whole, least, comma, most] = found;
    if (comma !== '' && most !== '' && Number(least) > Number(most)) throw new PatternError('Invalid content of \\{\\}');
    if (Math.max(Number(least), Number(most)) > 32_767) throw new PatternError('Regular expression too big');
    this.#at += whole.length + (this.#extended ? 1 : 2);
    return `{${least === '' ? '0' : least!}${comma!}${most!}}`;
  }
}

function literal(char: string): string {
  return /[$()*+.?[\\\]^{|}/]/.test(char) ? `\\${char}` : char;
}

function inClass(char: string): string {
  return /[\\\]^[-]/.test(char) ? `\\${char}` : char;
}
