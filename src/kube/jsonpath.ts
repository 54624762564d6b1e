/**
 * Kubernetes' dialect of JSONPath, a template language: `{.spec.ports[?(@.name=="http")].port}`, `{range .items[*]}…{end}`.
 * (staging:client-go/util/jsonpath)
 */
import { marshal, typeText, valueText } from './json.ts';
import { fail, ok, type Result } from './status.ts';

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'literal'; readonly value: number | boolean }
  | { readonly kind: 'identifier'; readonly name: string }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'recursive' }
  | {
      readonly kind: 'slice';
      readonly from: number | undefined;
      readonly to: number | undefined;
      readonly step: number | undefined;
      readonly single: boolean;
    }
  | { readonly kind: 'union'; readonly members: readonly (readonly Node[])[] }
  | { readonly kind: 'filter'; readonly left: readonly Node[]; readonly operator: string; readonly right: readonly Node[] }
  /** What stands between one pair of braces: each node works on what the one before it found. */
  | { readonly kind: 'action'; readonly nodes: readonly Node[] };

class SyntaxFailure extends Error {}
class EvaluationFailure extends Error {}

export interface JsonPathOptions {
  /** A field that is not there gives nothing instead of an error. */
  readonly allowMissingKeys?: boolean;
}

export class JsonPath {
  readonly #nodes: readonly Node[];
  readonly #allowMissingKeys: boolean;

  constructor(nodes: readonly Node[], { allowMissingKeys = false }: JsonPathOptions) {
    this.#nodes = nodes;
    this.#allowMissingKeys = allowMissingKeys;
  }

  /** What every part of the template finds, in order; literal text counts as a part. */
  find(data: unknown): Result<readonly (readonly unknown[])[], string> {
    try {
      return ok(new Evaluation(this.#nodes, this.#allowMissingKeys).run(data));
    } catch (error) {
      if (error instanceof EvaluationFailure) return fail(error.message);
      throw error;
    }
  }

  /** The template filled in: values of one part stand apart by blanks, objects and lists are JSON. */
  print(data: unknown): Result<string, string> {
    const found = this.find(data);
    return found.ok ? ok(found.value.map((values) => values.map(textOf).join(' ')).join('')) : found;
  }
}

/** Parses a template; the error is Go's text. */
export function parseJsonPath(template: string, options: JsonPathOptions = {}): Result<JsonPath, string> {
  try {
    return ok(new JsonPath(new Parser(template).template(), options));
  } catch (error) {
    if (error instanceof SyntaxFailure) return fail(error.message);
    throw error;
  }
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return typeof value === 'object' ? marshal(value) : valueText(value);
}

const dictionaryKey = /^'([^']*)'$/;
const sliceOperator = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/;
const comparison = /^([^!<>=]+)([!<>=]+)(.+?)$/;
const wordCharacter = /^[\p{L}\p{Nd}_]$/u;

class Parser {
  readonly #input: string;
  #position = 0;

  constructor(input: string) {
    this.#input = input;
  }

  template(): readonly Node[] {
    const nodes: Node[] = [];
    while (this.#position < this.#input.length) {
      const brace = this.#input.indexOf('{', this.#position);
      const text = this.#input.slice(this.#position, brace < 0 ? undefined : brace);
      if (text !== '') nodes.push({ kind: 'text', text });
      if (brace < 0) break;
      this.#position = brace + 1;
      nodes.push({ kind: 'action', nodes: this.#action() });
    }
    return nodes;
  }

  #action(): readonly Node[] {
    const nodes: Node[] = [];
    for (;;) {
      if (this.#takes('}')) return nodes;
      if (this.#takes('[?(')) nodes.push(this.#filter());
      else if (this.#takes('..')) {
        if (nodes.at(-1)?.kind === 'recursive') throw new SyntaxFailure('invalid multiple recursive descent');
        nodes.push({ kind: 'recursive' });
        if (wordCharacter.test(this.#peek())) nodes.push(this.#field());
      } else {
        const char = this.#peek();
        if (char === '' || char === '\n' || char === '\r') throw new SyntaxFailure('unclosed action');
        if (' @$'.includes(char)) this.#position++;
        else if (char === '[') nodes.push(...this.#array());
        else if (char === '"' || char === "'") nodes.push(this.#quoted(char));
        else if (char === '.') {
          this.#position++;
          nodes.push(this.#field());
        } else if (/[+\-\d]/.test(char)) nodes.push(this.#number());
        else if (wordCharacter.test(char)) nodes.push(this.#word());
        else
          throw new SyntaxFailure(
            `unrecognized character in action: U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')} '${char}'`,
          );
      }
    }
  }

  #takes(text: string): boolean {
    if (!this.#input.startsWith(text, this.#position)) return false;
    this.#position += text.length;
    return true;
  }

  #peek(): string {
    const code = this.#input.codePointAt(this.#position);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  #field(): Node {
    const start = this.#position;
    while (!isTerminator(this.#peek())) this.#position += this.#peek() === '\\' ? 2 : this.#peek().length;
    const name = this.#input.slice(start, this.#position);
    return name === '*' ? { kind: 'wildcard' } : { kind: 'field', name: name.replaceAll('\\', '') };
  }

  #word(): Node {
    const start = this.#position;
    while (!isTerminator(this.#peek())) this.#position += this.#peek().length;
    const name = this.#input.slice(start, this.#position);
    return name === 'true' || name === 'false' ? { kind: 'literal', value: name === 'true' } : { kind: 'identifier', name };
  }

  #number(): Node {
    const [text] = /^[+-]?[\d.]*/.exec(this.#input.slice(this.#position))!;
    this.#position += text.length;
    if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text)) throw new SyntaxFailure(`cannot parse number ${text}`);
    return { kind: 'literal', value: Number(text) };
  }

  #quoted(mark: string): Node {
    const start = this.#position++;
    for (;;) {
      const char = this.#peek();
      if (char === '' || char === '\n') throw new SyntaxFailure('unterminated quoted string');
      this.#position += char.length;
      if (char === mark && this.#input[this.#position - 2] !== '\\') break;
    }
    const quoted = this.#input.slice(start, this.#position);
    const text = unquote(quoted.slice(1, -1));
    if (text === undefined) throw new SyntaxFailure(`unquote string ${quoted} error invalid syntax`);
    return { kind: 'text', text };
  }

  #array(): readonly Node[] {
    const end = /[\]\n]/g;
    end.lastIndex = this.#position;
    const close = end.exec(this.#input);
    if (close?.[0] !== ']') throw new SyntaxFailure('unterminated array');
    const inside = this.#input.slice(this.#position + 1, close.index);
    this.#position = close.index + 1;
    return arrayNodes(inside === '*' ? ':' : inside);
  }

  #filter(): Node {
    const start = this.#position;
    let opened: string | undefined;
    let closed = false;
    for (;;) {
      const char = this.#peek();
      if (char === '' || char === '\n') throw new SyntaxFailure('unterminated filter');
      this.#position += char.length;
      if (char === '"' || char === "'") {
        if (opened === undefined) opened = char;
        else if (char === opened && this.#input[this.#position - 2] !== '\\') closed = true;
      } else if (char === ')' && (opened !== undefined) === closed) break;
    }
    const inside = this.#input.slice(start, this.#position - 1);
    if (!this.#takes(']')) throw new SyntaxFailure('unclosed array expect ]');
    const compared = comparison.exec(inside);
    if (compared === null) return { kind: 'filter', left: actionNodes(inside), operator: 'exists', right: [] };
    return { kind: 'filter', left: actionNodes(compared[1]!), operator: compared[2]!, right: actionNodes(compared[3]!) };
  }
}

function actionNodes(text: string): readonly Node[] {
  const [first] = new Parser(`{${text}}`).template();
  return first?.kind === 'action' ? first.nodes : [];
}

function arrayNodes(inside: string): readonly Node[] {
  const members = inside.split(',');
  if (members.length > 1) return [{ kind: 'union', members: members.map((one) => actionNodes(`[${one.trim()}]`)) }];
  const key = dictionaryKey.exec(inside);
  if (key) return actionNodes(`.${key[1]!}`);
  const slice = sliceOperator.exec(inside);
  if (slice === null) throw new SyntaxFailure(`invalid array index ${inside}`);
  const [from, to, step] = [slice[1]!, slice[2]?.slice(1) ?? '', slice[3]?.slice(1) ?? ''].map(arrayIndex);
  const single = slice[2] === undefined;
  return [{ kind: 'slice', from, to: single ? (from ?? 0) + 1 : to, step, single }];
}

function arrayIndex(text: string): number | undefined {
  if (text === '') return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new SyntaxFailure(`array index ${text} is not a number`);
  return value;
}

function isTerminator(char: string): boolean {
  return char === '' || ' \t\r\n.,[]$@{}'.includes(char);
}

const escaped: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/** strconv.UnquoteChar over a whole text. */
function unquote(text: string): string | undefined {
  let valid = true;
  const out = text.replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|[^]|$)/g, (_, code: string) => {
    if (code.length === 1 && code in escaped) return escaped[code]!;
    if (code.length > 1) return String.fromCodePoint(/^\d/.test(code) ? parseInt(code, 8) : parseInt(code.slice(1), 16));
    valid = false;
    return '';
  });
  return valid ? out : undefined;
}

/** One run of a template over some data. */
class Evaluation {
  readonly #nodes: readonly Node[];
  readonly #allowMissingKeys: boolean;
  #depth = 0;
  /** Set by `{range}` and `{end}` while their node is walked. */
  #signal: 'range' | 'end' | undefined;
  #lastEnd = -1;

  constructor(nodes: readonly Node[], allowMissingKeys: boolean) {
    this.#nodes = nodes;
    this.#allowMissingKeys = allowMissingKeys;
  }

  run(data: unknown): readonly (readonly unknown[])[] {
    return this.#block(0, data);
  }

  /** The nodes from `start` to the end of the block they stand in. */
  #block(start: number, data: unknown): readonly (readonly unknown[])[] {
    const found: (readonly unknown[])[] = [];
    for (let i = start; i < this.#nodes.length; i++) {
      this.#signal = undefined;
      const results = this.#walk([data], this.#nodes[i]!);
      const signal = this.#signal as 'range' | 'end' | undefined;
      if (signal === 'end') {
        this.#lastEnd = i;
        return found;
      }
      if (signal === undefined) {
        found.push(results);
        continue;
      }
      this.#depth++;
      for (const value of results) found.push(...this.#block(i + 1, value));
      if (results.length === 0) this.#block(i + 1, undefined);
      this.#depth--;
      if (this.#lastEnd > i) i = this.#lastEnd;
    }
    return found;
  }

  #walkAll(input: readonly unknown[], nodes: readonly Node[]): readonly unknown[] {
    return nodes.reduce((values, node) => this.#walk(values, node), input);
  }

  #walk(input: readonly unknown[], node: Node): readonly unknown[] {
    switch (node.kind) {
      case 'action':
        return this.#walkAll(input, node.nodes);
      case 'text':
        return [node.text];
      case 'literal':
        return input.map(() => node.value);
      case 'identifier':
        return this.#identifier(input, node.name);
      case 'field':
        return this.#field(input, node.name);
      case 'wildcard':
        return input.flatMap(childrenOf);
      case 'recursive':
        return input.flatMap(descendantsOf);
      case 'slice':
        return input.flatMap((value) => sliceOf(value, node));
      case 'union':
        return node.members.flatMap((member) => this.#walkAll(input, member));
      case 'filter':
        return input.flatMap((value) => this.#filtered(value, node));
    }
  }

  #identifier(input: readonly unknown[], name: string): readonly unknown[] {
    if (name === 'range') {
      this.#signal = 'range';
      return input;
    }
    if (name !== 'end') throw new EvaluationFailure(`unrecognized identifier ${name}`);
    if (this.#depth === 0) throw new EvaluationFailure('not in range, nothing to end');
    this.#signal = 'end';
    return [];
  }

  #field(input: readonly unknown[], name: string): readonly unknown[] {
    if (input.length === 0) return [];
    const found = input
      .filter((value) => isObject(value) && value[name] !== undefined)
      .map((value) => (value as Record<string, unknown>)[name]);
    if (found.length === 0 && !this.#allowMissingKeys) throw new EvaluationFailure(`${name} is not found`);
    return found;
  }

  #filtered(value: unknown, { left, operator, right }: Extract<Node, { kind: 'filter' }>): readonly unknown[] {
    if (!Array.isArray(value)) throw new EvaluationFailure(`${valueText(value)} is not array or slice and cannot be filtered`);
    return value.filter((item: unknown) => {
      if (operator === 'exists') return this.#exists(item, left);
      const lefts = this.#walkAll([item], left);
      if (lefts.length === 0) return false;
      if (lefts.length > 1) throw new EvaluationFailure('can only compare one element at a time');
      const rights = this.#walkAll([item], right);
      if (rights.length === 0) return false;
      if (rights.length > 1) throw new EvaluationFailure('can only compare one element at a time');
      return compare(lefts[0], operator, rights[0]);
    });
  }

  #exists(item: unknown, path: readonly Node[]): boolean {
    try {
      return this.#walkAll([item], path).length > 0;
    } catch (error) {
      if (error instanceof EvaluationFailure) return false;
      throw error;
    }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Fields in the order of their names: Go's maps have none. */
function childrenOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (!isObject(value)) return [];
  return Object.keys(value)
    .sort()
    .map((key) => value[key]);
}

function descendantsOf(value: unknown): readonly unknown[] {
  const children = childrenOf(value);
  return children.length === 0 ? [] : [value, ...children.flatMap(descendantsOf)];
}

function sliceOf(value: unknown, { from, to, step, single }: Extract<Node, { kind: 'slice' }>): readonly unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw new EvaluationFailure(`${typeText(value)} is not array or slice`);
  const { length } = value;
  let first = from ?? 0;
  if (first < 0) first += length;
  let last = to ?? length;
  if (last < 0 || (last === 0 && single)) last += length;
  if (first !== last) {
    if (first >= length || first < 0) throw new EvaluationFailure(`array index out of bounds: index ${first}, length ${length}`);
    if (last > length || last < 0) throw new EvaluationFailure(`array index out of bounds: index ${last - 1}, length ${length}`);
    if (first > last) throw new EvaluationFailure(`starting index ${first} is greater than ending index ${last}`);
  } else return [];
  if (step !== undefined && step <= 0) throw new EvaluationFailure('step must be > 0');
  const stride = step ?? 1;
  return value.slice(first, last).filter((_, i) => i % stride === 0);
}

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '>': (order) => order > 0,
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<=': (order) => order <= 0,
  '>=': (order) => order >= 0,
};

/** (staging:client-go/third_party/forked/golang/template/funcs.go) */
function compare(left: unknown, operator: string, right: unknown): boolean {
  const test = comparisons[operator];
  if (test === undefined) throw new EvaluationFailure(`unrecognized filter operator ${operator}`);
  const type = basicType(left);
  if (type === undefined || basicType(right) === undefined) throw new EvaluationFailure('invalid type for comparison');
  if (type !== basicType(right)) throw new EvaluationFailure('incompatible types for comparison');
  if (type === 'bool' && operator !== '==' && operator !== '!=') throw new EvaluationFailure('invalid type for comparison');
  const [a, b] = [left as string, right as string];
  return test(a === b ? 0 : a < b ? -1 : 1);
}

function basicType(value: unknown): string | undefined {
  return typeof value === 'object' || value === undefined ? undefined : typeText(value);
}
