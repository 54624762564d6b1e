/** Templates as trees (text/template/parse/parse.go). */
import { quote } from '#kube/json.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import { functions } from './functions.ts';
import { lex, TemplateSyntaxError, type Token } from './lex.ts';

/** An operand; `at` and `text` are what an error points at. */
export type Operand = { readonly at: number; readonly text: string } & (
  | { readonly kind: 'dot' }
  | { readonly kind: 'nil' }
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  | { readonly kind: 'field'; readonly path: readonly string[] }
  | { readonly kind: 'variable'; readonly name: string; readonly path: readonly string[] }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'pipe'; readonly pipe: Pipe }
  | { readonly kind: 'chain'; readonly of: Operand; readonly path: readonly string[] }
);

export interface Command {
  readonly operands: readonly Operand[];
  readonly at: number;
  readonly text: string;
}

export interface Pipe {
  readonly declares: readonly string[];
  readonly assigns: boolean;
  readonly commands: readonly Command[];
  readonly at: number;
  readonly text: string;
}

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipe: Pipe }
  | { readonly kind: 'if' | 'range' | 'with'; readonly pipe: Pipe; readonly body: readonly Node[]; readonly otherwise: readonly Node[] }
  | { readonly kind: 'break' | 'continue' }
  | { readonly kind: 'template'; readonly name: string; readonly pipe: Pipe | undefined; readonly at: number; readonly text: string };

export interface Template {
  readonly name: string;
  readonly source: string;
  readonly body: readonly Node[];
  readonly defined: ReadonlyMap<string, readonly Node[]>;
}

/** Parses a template; the error is Go's: `template: output:1: unclosed action`. */
export function parseTemplate(name: string, source: string): Result<Template, string> {
  try {
    const parser = new Parser(lex(source), source);
    return ok({ name, source, body: parser.whole(), defined: parser.defined });
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError)) throw error;
    const line = source.slice(0, error.at).split('\n').length;
    return fail(`template: ${name}:${line}: ${error.message}`);
  }
}

interface List {
  readonly nodes: readonly Node[];
  readonly ended: 'end' | 'else' | 'eof';
}

class Parser {
  readonly defined = new Map<string, readonly Node[]>();
  readonly #tokens: readonly Token[];
  readonly #source: string;
  #next = 0;
  #variables = ['$'];
  #ranges = 0;

  constructor(tokens: readonly Token[], source: string) {
    this.#tokens = tokens;
    this.#source = source;
  }

  whole(): readonly Node[] {
    const { nodes, ended } = this.#list(true);
    if (ended !== 'eof') throw this.#error(`unexpected {{${ended}}}`);
    return nodes;
  }

  #peek(): Token {
    return this.#tokens[this.#next]!;
  }

  #take(): Token {
    return this.#tokens[this.#next++]!;
  }

  #skipSpace(): Token {
    if (this.#peek().kind === 'space') this.#next++;
    return this.#peek();
  }

  #error(message: string): TemplateSyntaxError {
    return new TemplateSyntaxError(message, this.#tokens[Math.max(0, this.#next - 1)]!.at);
  }

  #unexpected(token: Token, context: string): TemplateSyntaxError {
    return this.#error(`unexpected ${shown(token)} in ${context}`);
  }

  #list(top = false): List {
    const nodes: Node[] = [];
    for (;;) {
      const token = this.#take();
      if (token.kind === 'end') {
        if (!top) throw this.#error('unexpected EOF');
        return { nodes, ended: 'eof' };
      }
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', text: token.text });
        continue;
      }
      const first = this.#skipSpace();
      if (first.kind !== 'keyword') {
        const pipe = this.#pipe('command', 'close');
        nodes.push({ kind: 'action', pipe });
        continue;
      }
      this.#next++;
      switch (first.text) {
        case 'end':
          this.#close('end');
          return { nodes, ended: 'end' };
        case 'else':
          return { nodes, ended: 'else' };
        case 'if':
        case 'range':
        case 'with':
          nodes.push(this.#control(first.text));
          break;
        case 'break':
        case 'continue':
          this.#close(first.text);
          if (this.#ranges === 0) throw this.#error(`{{${first.text}}} outside {{range}}`);
          nodes.push({ kind: first.text });
          break;
        case 'define':
          this.#define();
          break;
        default:
          nodes.push(this.#invoke(first));
      }
    }
  }

  #close(context: string): void {
    const token = this.#skipSpace();
    this.#next++;
    if (token.kind !== 'close') throw this.#unexpected(token, context);
  }

  #control(kind: 'if' | 'range' | 'with'): Node {
    const variables = this.#variables;
    const pipe = this.#pipe(kind, 'close');
    if (kind === 'range') this.#ranges++;
    const { nodes, ended } = this.#list();
    if (kind === 'range') this.#ranges--;
    let otherwise: readonly Node[] = [];
    if (ended === 'else') {
      const next = this.#skipSpace();
      if (kind !== 'range' && next.kind === 'keyword' && next.text === kind) {
        this.#next++;
        otherwise = [this.#control(kind)];
        this.#variables = variables;
        return { kind, pipe, body: nodes, otherwise };
      }
      this.#close('else');
      const rest = this.#list();
      if (rest.ended !== 'end') throw this.#error('expected end; found {{else}}');
      otherwise = rest.nodes;
    }
    this.#variables = variables;
    return { kind, pipe, body: nodes, otherwise };
  }

  #name(context: string): string {
    const token = this.#skipSpace();
    this.#next++;
    if (token.kind !== 'string') throw this.#unexpected(token, context);
    return stringValue(token.text, token.at);
  }

  #define(): void {
    const name = this.#name('define clause');
    this.#close('define clause');
    const variables = this.#variables;
    this.#variables = ['$'];
    this.defined.set(name, this.#list().nodes);
    this.#variables = variables;
  }

  #invoke(keyword: Token): Node {
    const context = `${keyword.text} clause`;
    const name = this.#name(context);
    const empty = this.#skipSpace().kind === 'close';
    if (empty) this.#next++;
    const pipe = empty ? undefined : this.#pipe(context, 'close');
    if (keyword.text === 'block') {
      const variables = this.#variables;
      this.#variables = ['$'];
      this.defined.set(name, this.#list().nodes);
      this.#variables = variables;
    }
    const text = `{{template ${quote(name)}${pipe === undefined ? '' : ` ${pipe.text}`}}}`;
    return { kind: 'template', name, pipe, at: keyword.at + keyword.text.length + 1, text };
  }

  #pipe(context: string, end: 'close' | 'paren'): Pipe {
    const start = this.#skipSpace().at;
    const { declares, assigns } = this.#declarations(context);
    const commands: Command[] = [];
    for (;;) {
      const token = this.#skipSpace();
      const ends = end === 'close' ? token.kind === 'close' : token.text === ')' && token.kind === 'punctuation';
      if (ends) {
        if (commands.length === 0) throw this.#missing(context);
        const text = this.#source.slice(start, token.at).trimEnd();
        this.#next++;
        commands.slice(1).forEach(({ operands }, i) => {
          if (['literal', 'dot', 'nil'].includes(operands[0]!.kind)) throw this.#error(`non executable command in pipeline stage ${i + 2}`);
        });
        this.#variables = [...this.#variables, ...(assigns ? [] : declares)];
        return { declares, assigns, commands, at: start, text };
      }
      const canStart =
        ['bool', 'char', 'dot', 'field', 'identifier', 'number', 'nil', 'string', 'variable'].includes(token.kind) ||
        (token.kind === 'punctuation' && token.text === '(');
      if (!canStart) {
        this.#next++;
        throw this.#unexpected(token, context);
      }
      commands.push(this.#command());
    }
  }

  #missing(context: string): TemplateSyntaxError {
    return this.#error(`missing value for ${context}`);
  }

  /** `$x :=`, `$x =` and, in ranges, `$i, $x :=`. */
  #declarations(context: string): { readonly declares: readonly string[]; readonly assigns: boolean } {
    const saved = this.#next;
    const names: string[] = [];
    while (this.#skipSpace().kind === 'variable') {
      names.push(this.#take().text);
      const token = this.#skipSpace();
      if (token.text === ':=' || token.text === '=') {
        this.#next++;
        for (const name of token.text === '=' ? names : []) this.#known(name);
        return { declares: names, assigns: token.text === '=' };
      }
      if (token.text !== ',' || context !== 'range' || names.length > 1) break;
      this.#next++;
    }
    this.#next = saved;
    return { declares: [], assigns: false };
  }

  #known(name: string): void {
    if (!this.#variables.includes(name)) throw this.#error(`undefined variable ${quote(name)}`);
  }

  #command(): Command {
    const start = this.#peek().at;
    const operands: Operand[] = [];
    for (;;) {
      this.#skipSpace();
      const operand = this.#operand();
      if (operand !== undefined) operands.push(operand);
      const token = this.#peek();
      if (token.kind === 'space') {
        this.#next++;
        const after = this.#peek();
        if (after.kind !== 'close' && after.text !== ')' && after.text !== '|') continue;
      }
      const stop = this.#peek();
      const text = this.#source.slice(start, stop.at).trimEnd();
      if (stop.text === '|') {
        this.#next++;
        const next = this.#skipSpace();
        if (next.kind === 'close' || next.text === ')') throw this.#missing('command');
      } else if (stop.kind !== 'close' && stop.text !== ')') {
        this.#next++;
        throw this.#unexpected(stop, 'operand');
      }
      if (operands.length === 0) throw this.#error('empty command');
      return { operands, at: start, text };
    }
  }

  #operand(): Operand | undefined {
    const node = this.#term();
    if (node === undefined) return undefined;
    const chainAt = this.#peek().at;
    const path: string[] = [];
    while (this.#peek().kind === 'field') path.push(this.#take().text.slice(1));
    if (path.length === 0) return node;
    const text = `${node.text}.${path.join('.')}`;
    if (node.kind === 'field' || node.kind === 'variable') return { ...node, path: [...node.path, ...path], at: chainAt, text };
    if (node.kind === 'literal' || node.kind === 'nil' || node.kind === 'dot')
      throw this.#error(`unexpected . after term ${quote(node.text)}`);
    return { kind: 'chain', of: node, path, at: chainAt, text };
  }

  #term(): Operand | undefined {
    const token = this.#peek();
    const { at, text } = token;
    this.#next++;
    switch (token.kind) {
      case 'identifier':
        if (!(text in functions)) throw this.#error(`function ${quote(text)} not defined`);
        return { kind: 'function', name: text, at, text };
      case 'dot':
        return { kind: 'dot', at, text };
      case 'nil':
        return { kind: 'nil', at, text };
      case 'variable':
        this.#known(text);
        return { kind: 'variable', name: text, path: [], at, text };
      case 'field':
        return { kind: 'field', path: [text.slice(1)], at, text };
      case 'bool':
        return { kind: 'literal', value: text === 'true', at, text };
      case 'number':
        return { kind: 'literal', value: Number(text.replaceAll('_', '')), at, text };
      case 'char':
        return { kind: 'literal', value: stringValue(`"${text.slice(1, -1)}"`, at).codePointAt(0) ?? 0, at, text };
      case 'string':
        return { kind: 'literal', value: stringValue(text, at), at, text };
      case 'punctuation':
        if (text === '(')
          return {
            kind: 'pipe',
            pipe: this.#pipe('parenthesized pipeline', 'paren'),
            at,
            text: this.#source.slice(at, this.#tokens[this.#next - 1]!.at + 1),
          };
        break;
      default:
    }
    this.#next--;
    return undefined;
  }
}

function shown({ kind, text }: Token): string {
  if (kind === 'end') return 'EOF';
  if (kind === 'keyword') return `<${text}>`;
  return text.length > 10 ? `${quote(text.slice(0, 10))}...` : quote(text);
}

function stringValue(text: string, at: number): string {
  if (text.startsWith('`')) return text.slice(1, -1);
  const plain = text.slice(1, -1).replace(/\\(x[\da-fA-F]{2}|[0-7]{3}|[av'])/g, (_, code: string) => {
    if (code === 'a') return '\\u0007';
    if (code === 'v') return '\\u000b';
    if (code === "'") return "'";
    return `\\u${(/^\d/.test(code) ? parseInt(code, 8) : parseInt(code.slice(1), 16)).toString(16).padStart(4, '0')}`;
  });
  try {
    return JSON.parse(`"${plain.replaceAll('\t', '\\t')}"`) as string;
  } catch {
    throw new TemplateSyntaxError('invalid syntax', at);
  }
}
