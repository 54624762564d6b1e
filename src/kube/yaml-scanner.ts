/**
 * From the characters of a YAML text to its tokens, with the errors of Go's YAML library, which speaks libyaml's words.
 *
 * What makes YAML's grammar odd is that `key: value` is only known to be a key when the colon comes. So wherever a key may begin the
 * scanner remembers the place (a *simple key*), and puts the tokens of a mapping and its key in there when a colon follows on the line.
 */

/** A place in the text; lines and columns count from 0. */
export interface Mark {
  readonly index: number;
  readonly line: number;
  readonly column: number;
}

export type ScalarStyle = 'plain' | 'single-quoted' | 'double-quoted' | 'literal' | 'folded';

type BlockToken = 'block-sequence-start' | 'block-mapping-start' | 'block-end' | 'block-entry';
type FlowToken = '[' | ']' | '{' | '}' | ',';
type BareToken = BlockToken | FlowToken | 'key' | 'value' | 'document-start' | 'document-end' | 'directive' | 'stream-end';

export type Token = { readonly mark: Mark } & (
  | { readonly type: BareToken }
  | { readonly type: 'alias' | 'anchor' | 'tag'; readonly value: string }
  | { readonly type: 'scalar'; readonly value: string; readonly style: ScalarStyle }
);
export type TokenType = Token['type'];

/** What is wrong, and where: scanners are already at the line that they complain of, parsers are not. */
export class YamlError extends Error {
  constructor(problem: string, mark?: Mark, by: 'scanner' | 'parser' = 'scanner') {
    const line = mark === undefined || mark.line === 0 ? 0 : by === 'scanner' ? mark.line + 1 : mark.line;
    super(`yaml: ${line === 0 ? '' : `line ${line}: `}${problem}`);
  }
}

interface SimpleKey {
  readonly mark: Mark;
  /** How many tokens come before it. */
  readonly tokenNumber: number;
  /** A line of a block mapping must be a key. */
  readonly required: boolean;
}

const flowIndicators = ',[]{}';
const noPlainStart = '-?:,[]{}#&*!|>\'"%@`';
const escapes: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  "'": "'",
  '/': '/',
  '\\': '\\',
  N: '\u0085',
  _: '\u00a0',
  L: '\u2028',
  P: '\u2029',
};
const hexEscapes: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

export class Scanner {
  readonly #text: string;
  #at = 0;
  #line = 0;
  #column = 0;
  readonly #tokens: Token[] = [];
  #taken = 0;
  #ended = false;
  /** Columns of the open block collections. */
  #indent = -1;
  readonly #indents: number[] = [];
  #simpleKeyAllowed = true;
  /** The possible key of each flow collection that is open, the innermost last; the first is that of the block context. */
  readonly #simpleKeys: (SimpleKey | undefined)[] = [undefined];

  constructor(text: string) {
    this.#text = text.startsWith('\uFEFF') ? text.slice(1) : text;
    if (/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]/.test(this.#text)) throw new YamlError('control characters are not allowed');
  }

  peek(): Token {
    this.#fetchEnough();
    return this.#tokens[0]!;
  }

  next(): Token {
    const token = this.peek();
    this.#tokens.shift();
    this.#taken++;
    return token;
  }

  /** The first token is known only when it is certain that no key begins with it. */
  #fetchEnough(): void {
    while (this.#tokens.length === 0 || this.#mayBeKey()) {
      if (this.#ended) return;
      this.#fetch();
    }
  }

  #mayBeKey(): boolean {
    this.#forgetStaleKeys();
    return this.#simpleKeys.some((key) => key?.tokenNumber === this.#taken);
  }

  get #flow(): boolean {
    return this.#simpleKeys.length > 1;
  }

  #mark(): Mark {
    return { index: this.#at, line: this.#line, column: this.#column };
  }

  #char(ahead = 0): string {
    return this.#text[this.#at + ahead] ?? '';
  }

  #isBreak(ahead = 0): boolean {
    return /^[\n\r\u0085\u2028\u2029]/.test(this.#char(ahead));
  }

  #isBlankOrEnd(ahead = 0): boolean {
    const char = this.#char(ahead);
    return char === '' || char === ' ' || char === '\t' || this.#isBreak(ahead);
  }

  #skip(count = 1): void {
    this.#at += count;
    this.#column += count;
  }

  /** Reads one line break, as the newline that it stands for. */
  #readBreak(): string {
    const char = this.#char();
    this.#at += char === '\r' && this.#char(1) === '\n' ? 2 : 1;
    this.#line++;
    this.#column = 0;
    return char === '\u2028' || char === '\u2029' ? char : '\n';
  }

  #fetch(): void {
    this.#skipToToken();
    this.#forgetStaleKeys();
    this.#unroll(this.#column);
    const char = this.#char();
    if (char === '') return this.#fetchEnd();
    if (this.#column === 0) {
      if (char === '%') return this.#fetchDirective();
      if (this.#atDocumentMarker()) return this.#fetchDocumentMarker(char === '-' ? 'document-start' : 'document-end');
    }
    if (char === '[' || char === '{') return this.#fetchFlowStart(char);
    if (char === ']' || char === '}') return this.#fetchFlowEnd(char);
    if (char === ',') return this.#fetchFlowEntry();
    const closed = this.#isBlankOrEnd(1);
    if (char === '-' && closed) return this.#fetchBlockEntry();
    if (char === '?' && (this.#flow || closed)) return this.#fetchKey();
    if (char === ':' && (this.#flow || closed)) return this.#fetchValue();
    if (char === '*' || char === '&') return this.#fetchAnchor(char === '*' ? 'alias' : 'anchor');
    if (char === '!') return this.#fetchTag();
    if ((char === '|' || char === '>') && !this.#flow) return this.#fetchBlockScalar(char === '|' ? 'literal' : 'folded');
    if (char === "'" || char === '"') return this.#fetchQuoted(char);
    if (!noPlainStart.includes(char) || (char === '-' && !closed) || (!this.#flow && '?:'.includes(char) && !closed)) {
      if (char !== '\t') return this.#fetchPlain();
    }
    throw new YamlError('found character that cannot start any token', this.#mark());
  }

  /** Over blanks, comments and line breaks. A tab is no indentation: it stops here where a key could begin. */
  #skipToToken(): void {
    for (;;) {
      while (this.#char() === ' ' || (this.#char() === '\t' && (this.#flow || !this.#simpleKeyAllowed))) this.#skip();
      if (this.#char() === '#') while (this.#char() !== '' && !this.#isBreak()) this.#skip();
      if (!this.#isBreak()) return;
      this.#readBreak();
      if (!this.#flow) this.#simpleKeyAllowed = true;
    }
  }

  #atDocumentMarker(): boolean {
    const three = this.#text.slice(this.#at, this.#at + 3);
    return this.#column === 0 && (three === '---' || three === '...') && this.#isBlankOrEnd(3);
  }

  // Simple keys

  /** A simple key ends with its line, and is at most 1024 characters long. */
  #forgetStaleKeys(): void {
    this.#simpleKeys.forEach((key, level) => {
      if (key === undefined || (key.mark.line === this.#line && key.mark.index + 1024 >= this.#at)) return;
      if (key.required) throw new YamlError("could not find expected ':'", this.#mark());
      this.#simpleKeys[level] = undefined;
    });
  }

  #saveKey(): void {
    const required = !this.#flow && this.#indent === this.#column;
    if (!this.#simpleKeyAllowed) return;
    this.#removeKey();
    this.#simpleKeys[this.#simpleKeys.length - 1] = { mark: this.#mark(), tokenNumber: this.#taken + this.#tokens.length, required };
  }

  #removeKey(): void {
    if (this.#simpleKeys.at(-1)?.required === true) throw new YamlError("could not find expected ':'", this.#mark());
    this.#simpleKeys[this.#simpleKeys.length - 1] = undefined;
  }

  // Indentation

  /** Opens a block collection at a column that is further in. */
  #roll(column: number, type: 'block-sequence-start' | 'block-mapping-start', mark: Mark, before = this.#tokens.length): void {
    if (this.#flow || this.#indent >= column) return;
    this.#indents.push(this.#indent);
    this.#indent = column;
    this.#tokens.splice(before, 0, { type, mark });
  }

  /** Closes the block collections that are further in than a column. */
  #unroll(column: number): void {
    if (this.#flow) return;
    while (this.#indent > column) {
      this.#tokens.push({ type: 'block-end', mark: this.#mark() });
      this.#indent = this.#indents.pop()!;
    }
  }

  // Tokens

  #push(type: BareToken, length: number): void {
    this.#tokens.push({ type, mark: this.#mark() });
    this.#skip(length);
  }

  #fetchEnd(): void {
    if (this.#column !== 0) {
      this.#column = 0;
      this.#line++;
    }
    this.#unroll(-1);
    this.#removeKey();
    this.#simpleKeyAllowed = false;
    this.#tokens.push({ type: 'stream-end', mark: this.#mark() });
    this.#ended = true;
  }

  #fetchDirective(): void {
    this.#unroll(-1);
    this.#removeKey();
    this.#simpleKeyAllowed = false;
    const mark = this.#mark();
    const name = /^%(\w*)/.exec(this.#text.slice(this.#at))![1];
    if (name !== 'YAML' && name !== 'TAG') {
      throw new YamlError(name === '' ? 'could not find expected directive name' : 'found unknown directive name', this.#mark());
    }
    while (this.#char() !== '' && !this.#isBreak()) this.#skip();
    this.#tokens.push({ type: 'directive', mark });
  }

  #fetchDocumentMarker(type: 'document-start' | 'document-end'): void {
    this.#unroll(-1);
    this.#removeKey();
    this.#simpleKeyAllowed = false;
    this.#push(type, 3);
  }

  #fetchFlowStart(type: '[' | '{'): void {
    this.#saveKey();
    this.#simpleKeys.push(undefined);
    this.#simpleKeyAllowed = true;
    this.#push(type, 1);
  }

  #fetchFlowEnd(type: ']' | '}'): void {
    this.#removeKey();
    if (this.#flow) this.#simpleKeys.pop();
    this.#simpleKeyAllowed = false;
    this.#push(type, 1);
  }

  #fetchFlowEntry(): void {
    this.#removeKey();
    this.#simpleKeyAllowed = true;
    this.#push(',', 1);
  }

  #fetchBlockEntry(): void {
    if (!this.#flow) {
      if (!this.#simpleKeyAllowed) throw new YamlError('block sequence entries are not allowed in this context', this.#mark());
      this.#roll(this.#column, 'block-sequence-start', this.#mark());
    }
    this.#removeKey();
    this.#simpleKeyAllowed = true;
    this.#push('block-entry', 1);
  }

  #fetchKey(): void {
    if (!this.#flow) {
      if (!this.#simpleKeyAllowed) throw new YamlError('mapping keys are not allowed in this context', this.#mark());
      this.#roll(this.#column, 'block-mapping-start', this.#mark());
    }
    this.#removeKey();
    this.#simpleKeyAllowed = !this.#flow;
    this.#push('key', 1);
  }

  #fetchValue(): void {
    const key = this.#simpleKeys.at(-1);
    if (key !== undefined) {
      const place = key.tokenNumber - this.#taken;
      this.#tokens.splice(place, 0, { type: 'key', mark: key.mark });
      this.#roll(key.mark.column, 'block-mapping-start', key.mark, place);
      this.#simpleKeys[this.#simpleKeys.length - 1] = undefined;
      this.#simpleKeyAllowed = false;
    } else {
      if (!this.#flow) {
        if (!this.#simpleKeyAllowed) throw new YamlError('mapping values are not allowed in this context', this.#mark());
        this.#roll(this.#column, 'block-mapping-start', this.#mark());
      }
      this.#simpleKeyAllowed = !this.#flow;
    }
    this.#push('value', 1);
  }

  #fetchAnchor(type: 'alias' | 'anchor'): void {
    this.#saveKey();
    this.#simpleKeyAllowed = false;
    const mark = this.#mark();
    this.#skip();
    const value = /^[\w-]*/.exec(this.#text.slice(this.#at))![0];
    this.#skip(value.length);
    if (value === '' || !(this.#isBlankOrEnd() || '?:,]}%@`'.includes(this.#char()))) {
      throw new YamlError('did not find expected alphabetic or numeric character', this.#mark());
    }
    this.#tokens.push({ type, value, mark });
  }

  /** `!!str`, `!local`, `!<tag:yaml.org,2002:str>`. */
  #fetchTag(): void {
    this.#saveKey();
    this.#simpleKeyAllowed = false;
    const mark = this.#mark();
    const rest = this.#text.slice(this.#at);
    const found = /^!<([^>\s]*)>/.exec(rest) ?? /^(!\S*)/.exec(rest)!;
    this.#skip(found[0].length);
    const word = this.#flow ? found[1]!.replace(/[,[\]{}].*$/, '') : found[1]!;
    this.#at -= found[1]!.length - word.length;
    this.#column -= found[1]!.length - word.length;
    if (!this.#isBlankOrEnd() && !this.#flow) throw new YamlError('did not find expected whitespace or line break', this.#mark());
    this.#tokens.push({ type: 'tag', value: word.replace(/^!!/, 'tag:yaml.org,2002:'), mark });
  }

  #fetchBlockScalar(style: 'literal' | 'folded'): void {
    this.#removeKey();
    this.#simpleKeyAllowed = true;
    const mark = this.#mark();
    this.#skip();
    const { chomping, increment } = this.#blockHeader();
    let indent = increment === 0 ? 0 : Math.max(this.#indent, 0) + increment;
    let breaks = '';
    [indent, breaks] = this.#blockBreaks(indent);
    let value = '';
    let folded = '';
    let leadingBlank = false;
    while (this.#column === indent && this.#char() !== '') {
      const blank = this.#char() === ' ' || this.#char() === '\t';
      // A single break between two lines of text folds to a blank.
      if (style === 'folded' && folded === '\n' && !leadingBlank && !blank) value += breaks === '' ? ' ' : breaks;
      else value += folded + breaks;
      leadingBlank = blank;
      while (this.#char() !== '' && !this.#isBreak()) {
        value += this.#char();
        this.#skip();
      }
      folded = this.#char() === '' ? '' : this.#readBreak();
      [indent, breaks] = this.#blockBreaks(indent);
    }
    if (chomping !== '-') value += folded;
    if (chomping === '+') value += breaks;
    this.#tokens.push({ type: 'scalar', value, style, mark });
  }

  #blockHeader(): { readonly chomping: string; readonly increment: number } {
    const found = /^(?:([+-])(\d?)|(\d)([+-]?))?/.exec(this.#text.slice(this.#at))!;
    const [all = '', before = '', after = '', digit = after, last = before] = found;
    if (digit === '0') throw new YamlError('found an indentation indicator equal to 0', this.#mark());
    this.#skip(all.length);
    while (this.#char() === ' ' || this.#char() === '\t') this.#skip();
    if (this.#char() === '#') while (this.#char() !== '' && !this.#isBreak()) this.#skip();
    if (this.#char() !== '' && !this.#isBreak()) throw new YamlError('did not find expected comment or line break', this.#mark());
    if (this.#char() !== '') this.#readBreak();
    return { chomping: last, increment: Number(digit) };
  }

  /** Over the indentation and the empty lines of a block scalar; without an indentation yet, the first line of text sets it. */
  #blockBreaks(indent: number): [indent: number, breaks: string] {
    let breaks = '';
    let deepest = 0;
    for (;;) {
      while ((indent === 0 || this.#column < indent) && this.#char() === ' ') this.#skip();
      deepest = Math.max(deepest, this.#column);
      if ((indent === 0 || this.#column < indent) && this.#char() === '\t') {
        throw new YamlError('found a tab character where an indentation space is expected', this.#mark());
      }
      if (!this.#isBreak()) break;
      breaks += this.#readBreak();
    }
    return [indent === 0 ? Math.max(deepest, this.#indent + 1, 1) : indent, breaks];
  }

  #fetchQuoted(quote: "'" | '"'): void {
    this.#saveKey();
    this.#simpleKeyAllowed = false;
    const mark = this.#mark();
    this.#skip();
    let value = '';
    for (;;) {
      if (this.#atDocumentMarker()) throw new YamlError('found unexpected document indicator', this.#mark());
      if (this.#char() === '') throw new YamlError('found unexpected end of stream', this.#mark());
      const [text, joined] = this.#quotedWord(quote);
      value += text;
      if (this.#char() === quote) break;
      value += this.#foldBlanks(joined);
    }
    this.#skip();
    this.#tokens.push({ type: 'scalar', value, style: quote === "'" ? 'single-quoted' : 'double-quoted', mark });
  }

  /** Up to the next blank or the closing quote; `joined` when an escaped line break ended it. */
  #quotedWord(quote: "'" | '"'): [text: string, joined: boolean] {
    let text = '';
    while (!this.#isBlankOrEnd()) {
      const char = this.#char();
      if (quote === "'" && char === "'" && this.#char(1) === "'") {
        text += "'";
        this.#skip(2);
      } else if (char === quote) break;
      else if (quote === '"' && char === '\\' && this.#isBreak(1)) {
        this.#skip();
        this.#readBreak();
        return [text, true];
      } else if (quote === '"' && char === '\\') text += this.#escape();
      else {
        text += char;
        this.#skip();
      }
    }
    return [text, false];
  }

  #escape(): string {
    const char = this.#char(1);
    const known = escapes[char];
    if (known !== undefined) {
      this.#skip(2);
      return known;
    }
    const length = hexEscapes[char];
    if (length === undefined) throw new YamlError('found unknown escape character', this.#mark());
    const digits = this.#text.slice(this.#at + 2, this.#at + 2 + length);
    if (digits.length < length || !/^[\da-fA-F]+$/.test(digits))
      throw new YamlError('did not find expected hexdecimal number', this.#mark());
    const code = parseInt(digits, 16);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
      throw new YamlError('found invalid Unicode character escape code', this.#mark());
    this.#skip(2 + length);
    return String.fromCodePoint(code);
  }

  /**
   * Blanks inside a scalar of several lines: one line break is a blank, more are one less; after a `joined` line none is.
   * `indent` is how far in a later line of a plain scalar must begin without tabs.
   */
  #foldBlanks(joined: boolean, indent = 0): string {
    let blanks = '';
    let breaks = joined ? '' : undefined;
    let special = joined;
    while (this.#char() === ' ' || this.#char() === '\t' || this.#isBreak()) {
      if (this.#isBreak()) {
        if (breaks !== undefined) breaks += this.#readBreak();
        else {
          breaks = '';
          special = this.#readBreak() !== '\n';
        }
        continue;
      }
      if (breaks === undefined) blanks += this.#char();
      else if (this.#char() === '\t' && this.#column < indent) {
        throw new YamlError('found a tab character that violates indentation', this.#mark());
      }
      this.#skip();
    }
    if (breaks === undefined) return blanks;
    return special || breaks !== '' ? breaks : ' ';
  }

  #fetchPlain(): void {
    this.#saveKey();
    this.#simpleKeyAllowed = false;
    const mark = this.#mark();
    const indent = this.#indent + 1;
    let value = '';
    let between = '';
    let ownLine = false;
    for (;;) {
      if (this.#atDocumentMarker() || this.#char() === '#') break;
      const word = this.#plainWord();
      if (word === '') break;
      value += between + word;
      ownLine = false;
      if (!this.#isBlankOrEnd() || this.#char() === '') break;
      const line = this.#line;
      between = this.#foldBlanks(false, indent);
      ownLine = this.#line > line;
      if (!this.#flow && this.#column < indent) break;
    }
    if (ownLine) this.#simpleKeyAllowed = true;
    this.#tokens.push({ type: 'scalar', value, style: 'plain', mark });
  }

  #plainWord(): string {
    const start = this.#at;
    while (!this.#isBlankOrEnd()) {
      const char = this.#char();
      if (char === ':' && this.#isBlankOrEnd(1)) break;
      if (this.#flow && (flowIndicators.includes(char) || (char === '?' && this.#isBlankOrEnd(1)))) break;
      this.#skip();
    }
    return this.#text.slice(start, this.#at);
  }
}
