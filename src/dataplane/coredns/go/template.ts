/** Go's text templates, as far as one-line DNS records use them. (Go: text/template, text/template/parse) */
import { fail, ok, type Result } from '#kube/status.ts';
import { quote } from './quote.ts';

export type TemplateFunction = (...args: readonly unknown[]) => unknown;

export interface Template {
  /** The text the template makes of a value; the error is that of Go's Execute. */
  execute(data: unknown): Result<string, string>;
}

type Operand =
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'path'; readonly root: 'dot' | string; readonly fields: readonly string[] }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'pipeline'; readonly pipeline: Pipeline; readonly fields: readonly string[] };

interface Pipeline {
  readonly declares?: readonly string[];
  readonly assigns?: boolean;
  readonly commands: readonly (readonly Operand[])[];
}

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipeline: Pipeline }
  | {
      readonly kind: 'if' | 'with' | 'range';
      readonly pipeline: Pipeline;
      readonly then: readonly Node[];
      readonly otherwise: readonly Node[];
    };

class TemplateError extends Error {}

/** Compiles a template; the error is that of Go's Parse, without what the caller puts around it. */
export function compileTemplate(
  name: string,
  text: string,
  functions: { readonly [name: string]: TemplateFunction } = {},
): Result<Template, string> {
  const known = { ...builtins, ...functions };
  try {
    const nodes = new TemplateParser(name, text, known).parse();
    return ok({
      execute(data) {
        try {
          return ok(new Execution(known, data).run(nodes, data));
        } catch (error) {
          if (error instanceof TemplateError) return fail(`template: ${name}:1: executing ${quote(name)}: ${error.message}`);
          throw error;
        }
      },
    });
  } catch (error) {
    if (error instanceof TemplateError) return fail(error.message);
    throw error;
  }
}

interface Piece {
  readonly action: boolean;
  readonly text: string;
  readonly line: number;
}

class TemplateParser {
  readonly #name: string;
  readonly #functions: { readonly [name: string]: TemplateFunction };
  readonly #pieces: readonly Piece[];
  #at = 0;

  constructor(name: string, text: string, functions: { readonly [name: string]: TemplateFunction }) {
    this.#name = name;
    this.#functions = functions;
    this.#pieces = this.#split(text);
  }

  parse(): readonly Node[] {
    const nodes = this.#list(['']);
    const stray = this.#pieces[this.#at];
    if (stray) throw this.#error(stray.line, `unexpected {{${stray.text.trim().split(/\s/)[0]}}}`);
    return nodes;
  }

  #error(line: number, message: string): TemplateError {
    return new TemplateError(`template: ${this.#name}:${line}: ${message}`);
  }

  #split(text: string): Piece[] {
    const pieces: Piece[] = [];
    let line = 1;
    let trim = false;
    for (let at = 0; at < text.length;) {
      const open = text.indexOf('{{', at);
      let plain = text.slice(at, open < 0 ? undefined : open);
      const begin = line;
      line += plain.split('\n').length - 1;
      if (trim) plain = plain.trimStart();
      const trimsLeft = open >= 0 && /^\{\{-\s/.test(text.slice(open));
      if (trimsLeft) plain = plain.trimEnd();
      if (plain !== '') pieces.push({ action: false, text: plain, line: begin });
      if (open < 0) break;
      const body = /^(?:"(?:\\.|[^"\\])*"|`[^`]*`|\/\*[^]*?\*\/|[^}"`]|\}(?!\}))*/.exec(text.slice(open + 2))![0];
      if (!text.startsWith('}}', open + 2 + body.length)) throw this.#error(line, 'unclosed action');
      trim = /\s-$/.test(body);
      const inner = body.replace(/^-\s/, '').replace(/\s-$/, '');
      if (!/^\s*\/\*[^]*\*\/\s*$/.test(inner)) pieces.push({ action: true, text: inner, line });
      line += body.split('\n').length - 1;
      at = open + 2 + body.length + 2;
    }
    return pieces;
  }

  /** Nodes up to one of these keywords, which is left unread. */
  #list(ends: readonly string[]): Node[] {
    const nodes: Node[] = [];
    for (; this.#at < this.#pieces.length; this.#at++) {
      const piece = this.#pieces[this.#at]!;
      if (!piece.action) {
        nodes.push({ kind: 'text', text: piece.text });
        continue;
      }
      const keyword = /^\s*(\w+)?/.exec(piece.text)![1] ?? '';
      if (keyword === 'end' || keyword === 'else') {
        if (ends.includes(keyword)) return nodes;
        throw this.#error(piece.line, `unexpected {{${keyword}}}`);
      }
      if (keyword === 'if' || keyword === 'with' || keyword === 'range')
        nodes.push(this.#control(keyword, piece.text.replace(/^\s*\w+/, ''), piece.line));
      else nodes.push({ kind: 'action', pipeline: this.#pipeline(piece.text, piece.line, 'command') });
    }
    if (!ends.includes('')) throw this.#error(this.#pieces.at(-1)?.line ?? 1, 'unexpected EOF');
    return nodes;
  }

  #control(kind: 'if' | 'with' | 'range', text: string, line: number): Node {
    const pipeline = this.#pipeline(text, line, kind);
    this.#at++;
    const then = this.#list(['else', 'end']);
    let otherwise: readonly Node[] = [];
    const stop = this.#pieces[this.#at]!;
    const chained = /^\s*else\s+(if|with)\b/.exec(stop.text);
    if (chained) otherwise = [this.#control(chained[1] as 'if', stop.text.slice(chained[0].length), stop.line)];
    else if (/^\s*else/.test(stop.text)) {
      this.#at++;
      otherwise = this.#list(['end']);
    }
    return { kind, pipeline, then, otherwise };
  }

  #pipeline(text: string, line: number, context: string): Pipeline {
    const words: readonly string[] =
      text.match(/"(?:\\.|[^"\\])*"|`[^`]*`|'(?:\\.|[^'\\])+'|:=|[()|,=]|\$?[.\w]*(?:\.[\w]+)*[\w.$-]|\$|\S/g) ?? [];
    let at = 0;
    const declared = /^\s*(\$\w+)(?:\s*,\s*(\$\w+))?\s*(:?=)/.exec(text);
    if (declared) at = words.indexOf(declared[3]!) + 1;
    const read = (closing: string | undefined): Pipeline => {
      const commands: Operand[][] = [[]];
      for (; at < words.length && words[at] !== closing;) {
        const word = words[at++]!;
        if (word === '|') {
          if (commands.at(-1)!.length === 0) throw this.#error(line, `missing value for ${context}`);
          commands.push([]);
        } else if (word === '(') {
          const pipeline = read(')');
          if (words[at++] !== ')') throw this.#error(line, 'unclosed left paren');
          const fields = /^\.[\w.]+$/.test(words[at] ?? '') && text.includes(`)${words[at]}`) ? words[at++]!.slice(1).split('.') : [];
          commands.at(-1)!.push({ kind: 'pipeline', pipeline, fields });
        } else commands.at(-1)!.push(this.#operand(word, line));
      }
      if (commands.at(-1)!.length === 0) throw this.#error(line, `missing value for ${context}`);
      return { commands };
    };
    const pipeline = read(undefined);
    if (!declared) return pipeline;
    return { ...pipeline, declares: declared.slice(1, 3).filter((one): one is string => one !== undefined), assigns: declared[3] === '=' };
  }

  #operand(word: string, line: number): Operand {
    if (word.startsWith('"')) return { kind: 'literal', value: JSON.parse(word) as string };
    if (word.startsWith('`')) return { kind: 'literal', value: word.slice(1, -1) };
    if (word.startsWith("'")) return { kind: 'literal', value: word.codePointAt(1) };
    if (/^[-+]?\d+$/.test(word)) return { kind: 'literal', value: Number(word) };
    if (/^[-+]?(\d+\.\d*|\.\d+)$/.test(word)) return { kind: 'literal', value: Number(word) };
    if (word === 'true' || word === 'false') return { kind: 'literal', value: word === 'true' };
    if (word === 'nil') return { kind: 'literal', value: undefined };
    if (word === '.') return { kind: 'path', root: 'dot', fields: [] };
    if (/^\.[\w.]+$/.test(word)) return { kind: 'path', root: 'dot', fields: word.slice(1).split('.') };
    if (/^\$\w*(\.\w+)*$/.test(word)) {
      const [root, ...fields] = word.split('.');
      return { kind: 'path', root: root!, fields };
    }
    if (/^\w+$/.test(word)) {
      if (this.#functions[word] === undefined) throw this.#error(line, `function ${quote(word)} not defined`);
      return { kind: 'function', name: word };
    }
    throw this.#error(line, `unexpected ${quote(word)} in command`);
  }
}

class Execution {
  readonly #functions: { readonly [name: string]: TemplateFunction };
  readonly #variables: Map<string, unknown>;

  constructor(functions: { readonly [name: string]: TemplateFunction }, data: unknown) {
    this.#functions = functions;
    this.#variables = new Map([['$', data]]);
  }

  run(nodes: readonly Node[], dot: unknown): string {
    let out = '';
    for (const node of nodes) {
      if (node.kind === 'text') out += node.text;
      else if (node.kind === 'action') {
        const value = this.#evaluate(node.pipeline, dot);
        if (node.pipeline.declares === undefined) out += show(value);
      } else out += this.#control(node, dot);
    }
    return out;
  }

  #control(node: Node & { readonly kind: 'if' | 'with' | 'range' }, dot: unknown): string {
    const value = this.#evaluate(node.pipeline, dot);
    if (!isTrue(value)) return this.run(node.otherwise, dot);
    if (node.kind === 'if') return this.run(node.then, dot);
    if (node.kind === 'with') return this.run(node.then, value);
    const entries: [unknown, unknown][] = Array.isArray(value)
      ? value.map((one, index) => [index, one])
      : Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1));
    let out = '';
    for (const [key, item] of entries) {
      const names = node.pipeline.declares ?? [];
      if (names.length > 0) this.#variables.set(names.at(-1)!, item);
      if (names.length > 1) this.#variables.set(names[0]!, key);
      out += this.run(node.then, item);
    }
    return out;
  }

  #evaluate(pipeline: Pipeline, dot: unknown): unknown {
    let value: unknown;
    pipeline.commands.forEach((command, index) => {
      value = this.#command(command, dot, index === 0 ? [] : [value]);
    });
    if (pipeline.declares?.length === 1) this.#variables.set(pipeline.declares[0]!, value);
    return value;
  }

  #command(command: readonly Operand[], dot: unknown, piped: readonly unknown[]): unknown {
    const [head, ...rest] = command;
    const args = () => [...rest.map((operand) => this.#value(operand, dot)), ...piped];
    if (head!.kind === 'function') {
      if (head!.name === 'and')
        return firstThat([...rest.map((one) => () => this.#value(one, dot)), ...piped.map((one) => () => one)], (one) => !isTrue(one));
      if (head!.name === 'or')
        return firstThat([...rest.map((one) => () => this.#value(one, dot)), ...piped.map((one) => () => one)], isTrue);
      return this.#functions[head!.name]!(...args());
    }
    const value = this.#value(head!, dot);
    if (typeof value === 'function') return (value as TemplateFunction)(...args());
    if (rest.length + piped.length > 0) throw new TemplateError(`can't give argument to non-function ${describe(head!)}`);
    return value;
  }

  #value(operand: Operand, dot: unknown): unknown {
    switch (operand.kind) {
      case 'literal':
        return operand.value;
      case 'function':
        return this.#functions[operand.name]!();
      case 'pipeline':
        return fieldsOf(this.#evaluate(operand.pipeline, dot), operand.fields);
      case 'path':
        if (operand.root !== 'dot' && !this.#variables.has(operand.root))
          throw new TemplateError(`undefined variable ${quote(operand.root)}`);
        return fieldsOf(operand.root === 'dot' ? dot : this.#variables.get(operand.root), operand.fields);
    }
  }
}

function firstThat(values: readonly (() => unknown)[], test: (value: unknown) => boolean): unknown {
  let value: unknown;
  for (const make of values) if (test((value = make()))) return value;
  return value;
}

/** A map's missing key is empty; a struct's missing field is an error. Objects stand for structs, `Map`s for maps. */
function fieldsOf(value: unknown, fields: readonly string[]): unknown {
  let current = value;
  for (const field of fields) {
    if (current instanceof Map) current = current.get(field);
    else if (typeof current === 'object' && current !== null && field in current) current = (current as Record<string, unknown>)[field];
    else throw new TemplateError(`can't evaluate field ${field}`);
  }
  return current;
}

function describe(operand: Operand): string {
  if (operand.kind === 'path') return `${operand.root === 'dot' ? '' : operand.root}.${operand.fields.join('.')}`;
  return operand.kind === 'literal' ? show(operand.value) : operand.kind;
}

function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  return Boolean(value);
}

function show(value: unknown): string {
  if (value === undefined || value === null) return '<no value>';
  if (Array.isArray(value)) return `[${value.map(show).join(' ')}]`;
  if (value instanceof Map) return `map[${[...value].map(([key, one]) => `${show(key)}:${show(one)}`).join(' ')}]`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
}

const compared =
  (test: (a: never, b: never) => boolean): TemplateFunction =>
  (a, b) =>
    test(a as never, b as never);

const builtins: { readonly [name: string]: TemplateFunction } = {
  and: () => undefined,
  or: () => undefined,
  not: (value) => !isTrue(value),
  len: (value) =>
    typeof value === 'string' ? new TextEncoder().encode(value).length : value instanceof Map ? value.size : (value as unknown[]).length,
  index(value, ...keys) {
    let current = value;
    for (const key of keys) {
      if (current instanceof Map) current = current.get(String(key)) ?? '';
      else {
        const list = current as ArrayLike<unknown>;
        if (typeof key !== 'number' || key < 0 || key >= list.length)
          throw new TemplateError(`error calling index: index out of range: ${show(key)}`);
        current = list[key];
      }
    }
    return current;
  },
  slice: (value, from = 0, to = undefined) => (value as string).slice(from as number, to as number | undefined),
  print: (...values) => values.map(show).join(' '),
  println: (...values) => `${values.map(show).join(' ')}\n`,
  printf: (format, ...values) => {
    let at = 0;
    return (format as string).replace(/%(0?\d*)([dsvqxX%])/g, (_, width: string, verb: string) => {
      if (verb === '%') return '%';
      const value = values[at++];
      const text =
        verb === 'q'
          ? quote(show(value))
          : verb === 'x'
            ? (value as number).toString(16)
            : verb === 'X'
              ? (value as number).toString(16).toUpperCase()
              : show(value);
      return text.padStart(Number(width), width.startsWith('0') ? '0' : ' ');
    });
  },
  eq: (first, ...others) => others.some((one) => one === first),
  ne: compared((a, b) => a !== b),
  lt: compared((a, b) => a < b),
  le: compared((a, b) => a <= b),
  gt: compared((a, b) => a > b),
  ge: compared((a, b) => a >= b),
};
