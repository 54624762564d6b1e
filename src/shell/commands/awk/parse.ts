/** AWK programs as trees (POSIX awk, "Grammar"). */
import { ProgramError, tokensOf, type Token } from './lex.ts';

export type Expression =
  | { readonly is: 'number'; readonly value: number }
  | { readonly is: 'string'; readonly value: string }
  | { readonly is: 'pattern'; readonly source: string }
  | Place
  | { readonly is: 'assign'; readonly operator: string; readonly place: Place; readonly value: Expression }
  | { readonly is: 'choice'; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly is: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly is: 'unary'; readonly operator: string; readonly of: Expression }
  | { readonly is: 'step'; readonly place: Place; readonly by: 1 | -1; readonly before: boolean }
  | { readonly is: 'in'; readonly subscript: readonly Expression[]; readonly array: string }
  | { readonly is: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly is: 'builtin'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly is: 'getline'; readonly place: Place | undefined; readonly from: 'input' | 'file' | 'command'; readonly source?: Expression }
  | { readonly is: 'list'; readonly items: readonly Expression[] };

/** What can be assigned to. */
export type Place =
  | { readonly is: 'variable'; readonly name: string }
  | { readonly is: 'element'; readonly array: string; readonly subscript: readonly Expression[] }
  | { readonly is: 'field'; readonly number: Expression };

export interface Redirection {
  readonly kind: '>' | '>>' | '|';
  readonly to: Expression;
}

export type Statement =
  | { readonly does: 'block'; readonly body: readonly Statement[] }
  | { readonly does: 'expression'; readonly of: Expression }
  | { readonly does: 'print' | 'printf'; readonly args: readonly Expression[]; readonly redirection?: Redirection }
  | { readonly does: 'if'; readonly test: Expression; readonly yes: Statement; readonly no?: Statement }
  | { readonly does: 'while'; readonly test: Expression; readonly body: Statement; readonly first: boolean }
  | { readonly does: 'for'; readonly before?: Statement; readonly test?: Expression; readonly after?: Statement; readonly body: Statement }
  | { readonly does: 'for in'; readonly name: string; readonly array: string; readonly body: Statement }
  | { readonly does: 'break' | 'continue' | 'next' | 'nextfile' }
  | { readonly does: 'exit' | 'return'; readonly value?: Expression }
  | { readonly does: 'delete'; readonly array: string; readonly subscript?: readonly Expression[] };

export interface Rule {
  readonly when: 'BEGIN' | 'END' | { readonly from?: Expression; readonly to?: Expression };
  /** Without one the line is printed. */
  readonly body?: Statement;
}

export interface AwkFunction {
  readonly parameters: readonly string[];
  readonly body: Statement;
}

export interface Program {
  /** The patterns as they are written, with their lines. */
  readonly patterns: readonly { readonly source: string; readonly line: number }[];
  readonly rules: readonly Rule[];
  readonly functions: ReadonlyMap<string, AwkFunction>;
}

/** Throws {@link ProgramError}. */
export function parseProgram(text: string): Program {
  return new Parser(tokensOf(text)).program();
}

const comparisons = new Set(['<', '<=', '==', '!=', '>', '>=']);
const assignments = new Set(['=', '+=', '-=', '*=', '/=', '%=', '^=', '**=']);

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  /** In the arguments of print `>` is no comparison. */
  #noGreater = false;
  #noIn = false;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get #token(): Token {
    return this.#tokens[this.#at]!;
  }

  #is(...texts: readonly string[]): boolean {
    const { kind, text } = this.#token;
    return (kind === 'sign' || kind === 'word' || kind === 'newline') && texts.includes(text);
  }

  #take(...texts: readonly string[]): string | undefined {
    return this.#is(...texts) ? this.#tokens[this.#at++]!.text : undefined;
  }

  #fail(): never {
    const { kind, text, line } = this.#token;
    if (kind === 'end')
      throw new ProgramError(`line ${line}: ${this.#depth > 0 ? 'missing } near end of file' : 'syntax error at or near end of line'}`);
    throw new ProgramError(`line ${line}: syntax error at or near ${kind === 'newline' ? 'end of line' : text}`);
  }
  #depth = 0;

  #expect(text: string): void {
    if (this.#take(text) === undefined) this.#fail();
  }

  #newlines(): void {
    while (this.#take('\n') !== undefined);
  }

  #terminators(): void {
    while (this.#take('\n', ';') !== undefined);
  }

  program(): Program {
    const rules: Rule[] = [];
    const functions = new Map<string, AwkFunction>();
    const called: string[] = this.#called;
    for (this.#terminators(); this.#token.kind !== 'end'; this.#terminators()) {
      if (this.#take('function', 'func') !== undefined) {
        const name = this.#name();
        this.#expect('(');
        const parameters: string[] = [];
        while (!this.#is(')')) {
          parameters.push(this.#name());
          if (this.#take(',') === undefined) break;
          this.#newlines();
        }
        this.#expect(')');
        this.#newlines();
        functions.set(name, { parameters, body: this.#block() });
      } else rules.push(this.#rule());
    }
    const missing = called.find((name) => !functions.has(name));
    if (missing !== undefined) throw new ProgramError(`line ${this.#token.line}: function ${missing} never defined`);
    return {
      rules,
      functions,
      patterns: this.#tokens.filter(({ kind }) => kind === 'pattern').map(({ text, line }) => ({ source: text, line })),
    };
  }
  readonly #called: string[] = [];

  #name(): string {
    if (!['name', 'call'].includes(this.#token.kind)) this.#fail();
    return this.#tokens[this.#at++]!.text;
  }

  #rule(): Rule {
    const special = this.#take('BEGIN', 'END');
    if (special !== undefined) return { when: special as 'BEGIN', body: this.#block() };
    if (this.#is('{')) return { when: {}, body: this.#block() };
    const from = this.#expression();
    let to: Expression | undefined;
    if (this.#take(',') !== undefined) {
      this.#newlines();
      to = this.#expression();
    }
    const when = { from, ...(to !== undefined && { to }) };
    if (this.#is('{')) return { when, body: this.#block() };
    if (!this.#is('\n', ';') && this.#token.kind !== 'end') this.#fail();
    return { when };
  }

  #block(): Statement {
    this.#expect('{');
    this.#depth++;
    const body: Statement[] = [];
    for (this.#terminators(); !this.#is('}'); this.#terminators()) body.push(this.#statement());
    this.#at++;
    this.#depth--;
    return { does: 'block', body };
  }

  /** A statement under if, while or for; it may stand on the next line, or be empty. */
  #inner(): Statement {
    this.#newlines();
    if (this.#take(';') !== undefined) return { does: 'block', body: [] };
    return this.#statement();
  }

  #statement(): Statement {
    if (this.#is('{')) return this.#block();
    const word = this.#token.kind === 'word' ? this.#token.text : undefined;
    switch (word) {
      case 'if': {
        this.#at++;
        const test = this.#parenthesized();
        const yes = this.#inner();
        const before = this.#at;
        this.#terminators();
        if (this.#take('else') !== undefined) return { does: 'if', test, yes, no: this.#inner() };
        this.#at = before;
        return { does: 'if', test, yes };
      }
      case 'while': {
        this.#at++;
        const test = this.#parenthesized();
        return { does: 'while', test, body: this.#inner(), first: true };
      }
      case 'do': {
        this.#at++;
        const body = this.#inner();
        this.#terminators();
        this.#expect('while');
        const test = this.#parenthesized();
        this.#ends();
        return { does: 'while', test, body, first: false };
      }
      case 'for':
        return this.#for();
      default: {
        const simple = this.#simple();
        this.#ends();
        return simple;
      }
    }
  }

  #ends(): void {
    if (this.#take(';', '\n') === undefined && !this.#is('}')) this.#fail();
  }

  #parenthesized(): Expression {
    this.#expect('(');
    const inner = this.#free(() => this.#expression());
    this.#expect(')');
    return inner;
  }

  /** Within parentheses every operator is one again. */
  #free<T>(parse: () => T): T {
    const before = [this.#noGreater, this.#noIn] as const;
    [this.#noGreater, this.#noIn] = [false, false];
    const result = parse();
    [this.#noGreater, this.#noIn] = before;
    return result;
  }

  #for(): Statement {
    this.#at++;
    this.#expect('(');
    const [name, word, array, close] = this.#tokens.slice(this.#at, this.#at + 4);
    if (name!.kind === 'name' && word!.text === 'in' && word!.kind === 'word' && array!.kind === 'name' && close!.text === ')') {
      this.#at += 4;
      return { does: 'for in', name: name!.text, array: array!.text, body: this.#inner() };
    }
    const before = this.#is(';') ? undefined : this.#simple();
    this.#expect(';');
    this.#newlines();
    const test = this.#is(';') ? undefined : this.#expression();
    this.#expect(';');
    this.#newlines();
    const after = this.#is(')') ? undefined : this.#simple();
    this.#expect(')');
    const body = this.#inner();
    return { does: 'for', body, ...(before && { before }), ...(test && { test }), ...(after && { after }) };
  }

  #simple(): Statement {
    const word = this.#token.kind === 'word' ? this.#token.text : undefined;
    switch (word) {
      case 'print':
      case 'printf':
        return this.#print(word);
      case 'break':
      case 'continue':
      case 'next':
      case 'nextfile':
        this.#at++;
        return { does: word };
      case 'exit':
      case 'return': {
        this.#at++;
        const value = this.#is(';', '\n', '}') || this.#token.kind === 'end' ? undefined : this.#expression();
        return { does: word, ...(value !== undefined && { value }) };
      }
      case 'delete': {
        this.#at++;
        const array = this.#name();
        return this.#is('[') ? { does: 'delete', array, subscript: this.#subscript() } : { does: 'delete', array };
      }
      default:
        return { does: 'expression', of: this.#expression() };
    }
  }

  #print(does: 'print' | 'printf'): Statement {
    this.#at++;
    const before = this.#noGreater;
    this.#noGreater = true;
    let args = this.#is('>', '>>', '|', ';', '\n', '}') ? [] : this.#expressions();
    this.#noGreater = before;
    const [first] = args;
    if (args.length === 1 && first!.is === 'list') args = [...first!.items];
    const kind = this.#take('>', '>>', '|') as Redirection['kind'] | undefined;
    return { does, args, ...(kind !== undefined && { redirection: { kind, to: kind === '|' ? this.#concatenation() : this.#choice() } }) };
  }

  #expressions(): Expression[] {
    const items = [this.#expression()];
    while (this.#take(',') !== undefined) {
      this.#newlines();
      items.push(this.#expression());
    }
    return items;
  }

  #subscript(): readonly Expression[] {
    this.#expect('[');
    const items = this.#free(() => this.#expressions());
    this.#expect(']');
    return items;
  }

  #expression(): Expression {
    const left = this.#choice();
    if (!isPlace(left) || !this.#is(...assignments)) return left;
    const operator = this.#tokens[this.#at++]!.text;
    this.#newlines();
    return { is: 'assign', operator: operator === '**=' ? '^' : operator.slice(0, -1), place: left, value: this.#expression() };
  }

  #choice(): Expression {
    const test = this.#or();
    if (this.#take('?') === undefined) return test;
    this.#newlines();
    const yes = this.#expression();
    this.#newlines();
    this.#expect(':');
    this.#newlines();
    return { is: 'choice', test, yes, no: this.#expression() };
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#take('||') !== undefined) {
      this.#newlines();
      left = { is: 'binary', operator: '||', left, right: this.#and() };
    }
    return left;
  }

  #and(): Expression {
    let left = this.#in();
    while (this.#take('&&') !== undefined) {
      this.#newlines();
      left = { is: 'binary', operator: '&&', left, right: this.#in() };
    }
    return left;
  }

  #in(): Expression {
    let left = this.#match();
    while (!this.#noIn && this.#take('in') !== undefined)
      left = { is: 'in', subscript: left.is === 'list' ? left.items : [left], array: this.#name() };
    return left;
  }

  #match(): Expression {
    let left = this.#comparison();
    while (this.#is('~', '!~')) {
      const operator = this.#tokens[this.#at++]!.text;
      left = { is: 'binary', operator, left, right: this.#comparison() };
    }
    return left;
  }

  #comparison(): Expression {
    const left = this.#piped();
    if (this.#token.kind !== 'sign' || !comparisons.has(this.#token.text) || (this.#noGreater && this.#token.text === '>')) return left;
    const operator = this.#tokens[this.#at++]!.text;
    return { is: 'binary', operator, left, right: this.#piped() };
  }

  /** `command | getline`. */
  #piped(): Expression {
    let left = this.#concatenation();
    while (this.#is('|') && this.#tokens[this.#at + 1]!.text === 'getline') {
      this.#at += 2;
      left = { is: 'getline', place: this.#optionalPlace(), from: 'command', source: left };
    }
    return left;
  }

  #concatenation(): Expression {
    let left = this.#additive();
    while (this.#beginsOperand()) left = { is: 'binary', operator: ' ', left, right: this.#additive() };
    return left;
  }

  #beginsOperand(): boolean {
    const { kind, text } = this.#token;
    if (['number', 'string', 'name', 'call', 'builtin', 'pattern'].includes(kind)) return true;
    return kind === 'sign' && ['$', '!', '(', '-', '+', '++', '--'].includes(text);
  }

  #additive(): Expression {
    let left = this.#product();
    while (this.#is('+', '-')) {
      const operator = this.#tokens[this.#at++]!.text;
      left = { is: 'binary', operator, left, right: this.#product() };
    }
    return left;
  }

  #product(): Expression {
    let left = this.#unary();
    while (this.#is('*', '/', '%')) {
      const operator = this.#tokens[this.#at++]!.text;
      left = { is: 'binary', operator, left, right: this.#unary() };
    }
    return left;
  }

  #unary(): Expression {
    const operator = this.#take('!', '-', '+');
    return operator === undefined ? this.#power() : { is: 'unary', operator, of: this.#unary() };
  }

  #power(): Expression {
    const left = this.#postfix();
    if (this.#take('^') === undefined) return left;
    // To the right, and a sign may stand before the exponent.
    const sign = this.#take('-', '+', '!');
    const right = sign === undefined ? this.#power() : ({ is: 'unary', operator: sign, of: this.#power() } as const);
    return { is: 'binary', operator: '^', left, right };
  }

  #postfix(): Expression {
    const of = this.#primary();
    if (!isPlace(of)) return of;
    const step = this.#take('++', '--');
    return step === undefined ? of : { is: 'step', place: of, by: step === '++' ? 1 : -1, before: false };
  }

  #optionalPlace(): Place | undefined {
    const { kind, text } = this.#token;
    if (kind !== 'name' && !(kind === 'sign' && text === '$')) return undefined;
    const place = this.#primary();
    if (!isPlace(place)) this.#fail();
    return place;
  }

  #primary(): Expression {
    const { kind, text } = this.#token;
    switch (kind) {
      case 'number':
        this.#at++;
        return { is: 'number', value: Number(text) };
      case 'string':
        this.#at++;
        return { is: 'string', value: text };
      case 'pattern':
        this.#at++;
        return { is: 'pattern', source: text };
      case 'name':
        this.#at++;
        return this.#is('[') ? { is: 'element', array: text, subscript: this.#subscript() } : { is: 'variable', name: text };
      case 'call': {
        this.#at++;
        this.#called.push(text);
        return { is: 'call', name: text, args: this.#arguments() };
      }
      case 'builtin': {
        this.#at++;
        if (text === 'length' && !this.#is('(')) return { is: 'builtin', name: text, args: [] };
        const { line } = this.#token;
        const args = this.#arguments();
        const [least, most] = counts[text] ?? [0, Infinity];
        if (args.length < least || args.length > most) throw new ProgramError(`line ${line}: wrong number of arguments in call to ${text}`);
        return { is: 'builtin', name: text, args };
      }
      default:
        return this.#signed();
    }
  }

  #arguments(): readonly Expression[] {
    this.#expect('(');
    this.#newlines();
    const args = this.#is(')') ? [] : this.#free(() => this.#expressions());
    this.#newlines();
    this.#expect(')');
    return args;
  }

  #signed(): Expression {
    if (this.#take('$') !== undefined) {
      const step = this.#take('++', '--');
      if (step !== undefined)
        return { is: 'field', number: { is: 'step', place: this.#mustBePlace(), by: step === '++' ? 1 : -1, before: true } };
      const sign = this.#take('-', '+');
      const of = this.#primary();
      return { is: 'field', number: sign === undefined ? of : { is: 'unary', operator: sign, of } };
    }
    const step = this.#take('++', '--');
    if (step !== undefined) return { is: 'step', place: this.#mustBePlace(), by: step === '++' ? 1 : -1, before: true };
    if (this.#take('(') !== undefined) {
      const items = this.#free(() => this.#expressions());
      this.#newlines();
      this.#expect(')');
      if (items.length === 1) return items[0]!;
      return { is: 'list', items };
    }
    if (this.#take('getline') !== undefined) {
      const place = this.#optionalPlace();
      if (this.#take('<') === undefined) return { is: 'getline', place, from: 'input' };
      return { is: 'getline', place, from: 'file', source: this.#postfix() };
    }
    if (this.#is('-', '+', '!')) return this.#unary();
    return this.#fail();
  }

  #mustBePlace(): Place {
    const place = this.#primary();
    return isPlace(place) ? place : this.#fail();
  }
}

/** How many arguments the functions of the language have. */
const counts: Readonly<Record<string, readonly [least: number, most: number]>> = {
  length: [0, 1],
  substr: [2, 3],
  index: [2, 2],
  split: [2, 3],
  sub: [2, 3],
  gsub: [2, 3],
  match: [2, 2],
  sprintf: [1, Infinity],
  sin: [1, 1],
  cos: [1, 1],
  atan2: [2, 2],
  exp: [1, 1],
  log: [1, 1],
  sqrt: [1, 1],
  int: [1, 1],
  rand: [0, 0],
  srand: [0, 1],
  tolower: [1, 1],
  toupper: [1, 1],
  system: [1, 1],
  close: [1, 1],
  fflush: [0, 1],
  strftime: [0, 3],
  systime: [0, 0],
};

function isPlace(one: Expression): one is Place {
  return one.is === 'variable' || one.is === 'element' || one.is === 'field';
}
