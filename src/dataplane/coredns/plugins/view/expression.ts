/** The language of `view`'s conditions, as far as conditions on a question need it. (github.com/expr-lang/expr; coredns: plugin/pkg/expression) */
import { contains, parseCidr, parseIp } from '#net/ip.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import { doBit } from '../../../dns/message.ts';
import { queryLength } from '../../../dns/wire.ts';
import { compileRegexp } from '../../go/regexp.ts';
import { bufferSize } from '../../scrub.ts';
import { nameOf, type Request } from '../../plugin.ts';

type Evaluate = (request: Request) => unknown;

interface Token {
  readonly kind: 'Number' | 'String' | 'Identifier' | 'Operator' | 'Bracket' | 'EOF';
  readonly text: string;
  /** From 0. */
  readonly column: number;
}

class ExpressionError extends Error {}

/** Compiles a condition; the error points at its place, as expr prints it. */
export function compileExpression(source: string): Result<Evaluate, string> {
  try {
    return ok(new Parser(source).expression());
  } catch (error) {
    if (error instanceof ExpressionError) return fail(error.message);
    throw error;
  }
}

const functions: { readonly [name: string]: (request: Request, ...args: readonly unknown[]) => unknown } = {
  bufsize: ({ query }) => bufferSize(query),
  class: ({ query }) => query.question.class,
  client_ip: ({ client }) => client.ip,
  do: ({ query }) => ((query.edns?.flags ?? 0) & doBit) !== 0,
  id: ({ query }) => query.id,
  name: (request) => nameOf(request),
  opcode: () => 0,
  port: ({ client }) => String(client.port),
  proto: ({ query }) => query.transport,
  server_ip: ({ local }) => local.ip,
  server_port: ({ local }) => String(local.port),
  size: ({ query }) => queryLength(query),
  type: ({ query }) => query.question.type,
  metadata: () => '',
  incidr(_, ip, cidr) {
    const address = parseIp(String(ip));
    const network = parseCidr(String(cidr));
    return address !== undefined && network !== undefined && contains(network, address);
  },
};

// prettier-ignore
const binary: { readonly [operator: string]: readonly [precedence: number, apply: (a: unknown, b: unknown) => unknown] } = {
  or: [10, (a, b) => a || b],
  '||': [10, (a, b) => a || b],
  and: [15, (a, b) => a && b],
  '&&': [15, (a, b) => a && b],
  '==': [20, (a, b) => a === b],
  '!=': [20, (a, b) => a !== b],
  '<': [20, (a, b) => (a as number) < (b as number)],
  '>': [20, (a, b) => (a as number) > (b as number)],
  '<=': [20, (a, b) => (a as number) <= (b as number)],
  '>=': [20, (a, b) => (a as number) >= (b as number)],
  in: [20, (a, b) => Array.isArray(b) && b.includes(a)],
  contains: [20, (a, b) => String(a).includes(String(b))],
  startsWith: [20, (a, b) => String(a).startsWith(String(b))],
  endsWith: [20, (a, b) => String(a).endsWith(String(b))],
  matches: [20, (a, b) => { const pattern = compileRegexp(String(b)); return pattern.ok && pattern.value.find(String(a)) !== undefined; }],
  '+': [30, (a, b) => (typeof a === 'string' ? a + String(b) : (a as number) + (b as number))],
  '-': [30, (a, b) => (a as number) - (b as number)],
  '*': [60, (a, b) => (a as number) * (b as number)],
  '/': [60, (a, b) => (a as number) / (b as number)],
  '%': [60, (a, b) => (a as number) % (b as number)],
};

class Parser {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = this.#split(source);
  }

  expression(): Evaluate {
    const value = this.#binary(0);
    if (this.#current.kind !== 'EOF') throw this.#unexpected();
    return value;
  }

  get #current(): Token {
    return this.#tokens[this.#at]!;
  }

  #split(source: string): Token[] {
    const tokens: Token[] = [];
    const pattern =
      /\s*(?:(\d+(?:\.\d+)?)|("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|([A-Za-z_]\w*)|([()[\]{}])|(\|\||&&|[=!<>]=|[-+*/%<>!?:,.])|(\S))/gy;
    for (let match = pattern.exec(source); match; match = pattern.exec(source)) {
      const [whole, number, string, word, bracket, operator, stray] = match;
      const text = number ?? string ?? word ?? bracket ?? operator ?? stray!;
      const column = match.index + whole.length - text.length;
      if (stray !== undefined)
        throw this.#error(
          `unrecognized character: U+${stray.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')} '${stray}'`,
          column,
        );
      const named = word !== undefined && (binary[word] !== undefined || word === 'not');
      tokens.push({
        kind: number ? 'Number' : string ? 'String' : bracket ? 'Bracket' : operator || named ? 'Operator' : 'Identifier',
        text,
        column,
      });
    }
    tokens.push({ kind: 'EOF', text: '', column: Math.max(0, source.trimEnd().length - 1) });
    return tokens;
  }

  /** The place is counted from 1 and drawn below the source. */
  #error(message: string, column: number): ExpressionError {
    return new ExpressionError(`${message} (1:${column + 1})\n | ${this.#source}\n | ${'.'.repeat(column)}^`);
  }

  #unexpected(): ExpressionError {
    const { kind, text, column } = this.#current;
    return this.#error(kind === 'EOF' ? 'unexpected token EOF' : `unexpected token ${kind}(${JSON.stringify(text)})`, column);
  }

  #binary(least: number): Evaluate {
    let left = this.#unary();
    for (;;) {
      const token = this.#current;
      const operator = token.kind === 'Operator' ? binary[token.text] : undefined;
      if (operator === undefined || operator[0] < least) break;
      this.#at++;
      const [precedence, apply] = operator;
      const [a, b] = [left, this.#binary(precedence + 1)];
      left = (request) => apply(a(request), b(request));
    }
    if (least > 0 || this.#current.text !== '?') return left;
    this.#at++;
    const [condition, then] = [left, this.#binary(0)];
    this.#expect(':');
    const otherwise = this.#binary(0);
    return (request) => (condition(request) ? then(request) : otherwise(request));
  }

  #expect(text: string): void {
    if (this.#current.text !== text) throw this.#unexpected();
    this.#at++;
  }

  #unary(): Evaluate {
    const { kind, text } = this.#current;
    if (kind === 'Operator' && (text === '!' || text === 'not')) {
      this.#at++;
      const value = this.#unary();
      return (request) => !value(request);
    }
    if (kind === 'Operator' && text === '-') {
      this.#at++;
      const value = this.#unary();
      return (request) => -(value(request) as number);
    }
    return this.#primary();
  }

  #primary(): Evaluate {
    const token = this.#current;
    this.#at++;
    switch (token.kind) {
      case 'Number':
        return () => Number(token.text);
      case 'String': {
        const text = token.text.slice(1, -1).replace(/\\(.)/g, '$1');
        return () => text;
      }
      case 'Bracket':
        if (token.text === '(') {
          const inside = this.#binary(0);
          this.#expect(')');
          return inside;
        }
        if (token.text === '[') {
          const items = this.#list(']');
          return (request) => items.map((item) => item(request));
        }
        break;
      case 'Identifier':
        return this.#identifier(token);
      default:
        break;
    }
    this.#at--;
    throw this.#unexpected();
  }

  #identifier(token: Token): Evaluate {
    if (token.text === 'true' || token.text === 'false') return () => token.text === 'true';
    if (this.#current.text !== '(') throw this.#error(`unknown name ${token.text}`, token.column);
    this.#at++;
    const args = this.#list(')');
    const call = functions[token.text];
    if (call === undefined) throw this.#error(`unknown name ${token.text}`, token.column);
    return (request) => call(request, ...args.map((arg) => arg(request)));
  }

  #list(closing: string): Evaluate[] {
    const items: Evaluate[] = [];
    while (this.#current.text !== closing) {
      if (items.length > 0) this.#expect(',');
      items.push(this.#binary(0));
    }
    this.#at++;
    return items;
  }
}
