/** The words of Go's template language (text/template/parse/lex.go). */
import { KubectlError } from '../../errors.ts';

export type TokenKind =
  | 'text'
  | 'open'
  | 'close'
  | 'bool'
  | 'nil'
  | 'number'
  | 'char'
  | 'string'
  | 'field'
  | 'variable'
  | 'identifier'
  | 'keyword'
  | 'dot'
  | 'space'
  | 'punctuation'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Where it begins in the template. */
  readonly at: number;
}

export const keywords = ['break', 'continue', 'define', 'else', 'end', 'if', 'range', 'template', 'with', 'block'] as const;

/** The template cannot be understood; the message has Go's words, without the template's name and line. */
export class TemplateSyntaxError extends KubectlError {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

const word = /[\p{L}\p{Nd}_]+/uy;
const number = /[+-]?(0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(\d[\d_]*\.?\d*|\.\d+)([eE][+-]?\d+)?)/y;

/** The tokens of a template; white space next to `{{-` and `-}}` is cut off. */
export function lex(input: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trimNext = false;
  while (at < input.length) {
    const open = input.indexOf('{{', at);
    const trims = open >= 0 && /^\{\{-[ \t\r\n]/.test(input.slice(open));
    let text = input.slice(at, open < 0 ? undefined : open);
    if (trimNext) text = text.trimStart();
    if (trims) text = text.trimEnd();
    if (text !== '') tokens.push({ kind: 'text', text, at });
    if (open < 0) break;
    at = open + 2 + (trims ? 2 : 0);
    const comment = /^\/\*/.test(input.slice(at));
    if (comment) {
      const end = input.indexOf('*/', at);
      if (end < 0) throw new TemplateSyntaxError('unclosed comment', at);
      const close = /^( -)?\}\}/.exec(input.slice(end + 2));
      if (close === null) throw new TemplateSyntaxError('comment ends before closing delimiter', at);
      trimNext = close[1] !== undefined;
      at = end + 2 + close[0].length;
      continue;
    }
    tokens.push({ kind: 'open', text: '{{', at: open });
    const inside = lexAction(input, at, tokens);
    trimNext = inside.trim;
    at = inside.end;
  }
  tokens.push({ kind: 'end', text: '', at: input.length });
  return tokens;
}

function lexAction(input: string, start: number, tokens: Token[]): { readonly end: number; readonly trim: boolean } {
  let at = start;
  let depth = 0;
  for (;;) {
    const rest = input.slice(at);
    const close = /^([ \t\r\n]-)?\}\}/.exec(rest);
    if (close) {
      if (depth > 0) throw new TemplateSyntaxError('unclosed left paren', at);
      tokens.push({ kind: 'close', text: '}}', at });
      return { end: at + close[0].length, trim: close[1] !== undefined };
    }
    if (rest === '') throw new TemplateSyntaxError('unclosed action', at);
    const token = nextToken(input, at, rest);
    if (token.text === '(') depth++;
    if (token.text === ')' && token.kind === 'punctuation' && --depth < 0) throw new TemplateSyntaxError('unexpected right paren', at);
    tokens.push(token);
    at += token.text.length;
  }
}

function nextToken(input: string, at: number, rest: string): Token {
  const take = (kind: TokenKind, text: string): Token => ({ kind, text, at });
  const space = /^[ \t\r\n]+(?=-\}\}|)/.exec(rest)?.[0];
  if (space !== undefined)
    return take('space', /^[ \t\r\n]-\}\}/.test(rest.slice(space.length - 1)) && space.length > 1 ? space.slice(0, -1) : space);
  if (rest.startsWith(':=')) return take('punctuation', ':=');
  if (rest[0] === ':') throw new TemplateSyntaxError('expected :=', at);
  if ('=|,()'.includes(rest[0]!)) return take('punctuation', rest[0]!);
  if (rest[0] === '"') return take('string', quoted(rest, '"', 'unterminated quoted string', at));
  if (rest[0] === '`') {
    const end = rest.indexOf('`', 1);
    if (end < 0) throw new TemplateSyntaxError('unterminated raw quoted string', at);
    return take('string', rest.slice(0, end + 1));
  }
  if (rest[0] === "'") return take('char', quoted(rest, "'", 'unterminated character constant', at));
  if (rest[0] === '$' || (rest[0] === '.' && !/^\.\d/.test(rest))) {
    word.lastIndex = at + 1;
    const name = word.exec(input)?.[0] ?? '';
    if (rest[0] === '.' && name === '') return take('dot', '.');
    checkTerminator(input, at + 1 + name.length);
    return take(rest[0] === '$' ? 'variable' : 'field', rest[0] + name);
  }
  number.lastIndex = at;
  const digits = /^[+\-.\d]/.test(rest) ? number.exec(input)?.[0] : undefined;
  if (digits !== undefined) {
    if (/^[\p{L}\p{Nd}_]/u.test(rest.slice(digits.length)))
      throw new TemplateSyntaxError(`bad number syntax: ${JSON.stringify(rest.slice(0, digits.length + 1))}`, at);
    return take('number', digits);
  }
  word.lastIndex = at;
  const name = word.exec(input)?.[0];
  if (name === undefined) throw new TemplateSyntaxError(`unrecognized character in action: ${codePoint(rest)}`, at);
  checkTerminator(input, at + name.length);
  if ((keywords as readonly string[]).includes(name)) return take('keyword', name);
  return take(name === 'true' || name === 'false' ? 'bool' : name === 'nil' ? 'nil' : 'identifier', name);
}

function quoted(rest: string, mark: string, complaint: string, at: number): string {
  const found = new RegExp(`^${mark}(\\\\[^\\n]|[^\\\\\\n${mark}])*${mark}`).exec(rest);
  if (found === null) throw new TemplateSyntaxError(complaint, at);
  return found[0];
}

/** What may follow a name without a blank in between. */
function checkTerminator(input: string, at: number): void {
  const rest = input.slice(at);
  if (rest === '' || /^[\s.,|:()]/.test(rest) || rest.startsWith('}}')) return;
  throw new TemplateSyntaxError(`bad character ${codePoint(rest)}`, at);
}

function codePoint(text: string): string {
  const code = text.codePointAt(0)!;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')} '${String.fromCodePoint(code)}'`;
}
