/** From tokens to nodes: mappings, sequences and scalars as they are written. The words of refusals are those of Go's YAML library. */
import { Scanner, YamlError, type Mark, type ScalarStyle, type Token, type TokenType } from './yaml-scanner.ts';

export type YamlNode = { readonly mark: Mark } & (
  | { readonly kind: 'scalar'; readonly value: string; readonly style: ScalarStyle; readonly tag: string }
  | { readonly kind: 'sequence'; readonly items: readonly YamlNode[] }
  | { readonly kind: 'mapping'; readonly entries: readonly (readonly [key: YamlNode, value: YamlNode])[] }
);

/** The first document of a text; undefined when there is none. Throws a {@link YamlError}. */
export function parseDocument(text: string): YamlNode | undefined {
  return new Parser(text).document();
}

class Parser {
  readonly #scanner: Scanner;
  readonly #anchors = new Map<string, YamlNode>();

  constructor(text: string) {
    this.#scanner = new Scanner(text);
  }

  document(): YamlNode | undefined {
    while (this.#is('document-end')) this.#scanner.next();
    let explicit = false;
    while (this.#is('directive')) {
      explicit = true;
      this.#scanner.next();
    }
    if (this.#is('document-start')) this.#scanner.next();
    else if (explicit) this.#refuse('did not find expected <document start>');
    if (this.#is('stream-end')) return undefined;
    const root = this.#is('document-start') || this.#is('document-end') ? this.#empty() : this.#node('block');
    if (!this.#is('document-start') && !this.#is('document-end') && !this.#is('stream-end')) {
      this.#refuse('did not find expected <document start>');
    }
    return root;
  }

  #is(type: TokenType): boolean {
    return this.#scanner.peek().type === type;
  }

  /** Takes a token of this type, if there is one. */
  #take(type: TokenType): boolean {
    const found = this.#is(type);
    if (found) this.#scanner.next();
    return found;
  }

  #refuse(problem: string, start?: Mark): never {
    const { mark } = this.#scanner.peek();
    throw new YamlError(problem, mark.line === 0 ? start : mark, 'parser');
  }

  #empty(tag = ''): YamlNode {
    return { kind: 'scalar', value: '', style: 'plain', tag, mark: this.#scanner.peek().mark };
  }

  #node(context: 'block' | 'flow' | 'indentless'): YamlNode {
    const { tag, anchor, mark } = this.#properties();
    const token = this.#scanner.peek();
    if (token.type === 'alias' && tag === '' && anchor === undefined) {
      this.#scanner.next();
      const target = this.#anchors.get(token.value);
      if (target === undefined) throw new YamlError(`unknown anchor '${token.value}' referenced`);
      return target;
    }
    const node = this.#content(context, token, tag) ?? (tag !== '' || anchor !== undefined ? this.#empty(tag) : undefined);
    if (node === undefined) this.#refuse('did not find expected node content', mark);
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    return node;
  }

  /** Anchor and tag, in either order. */
  #properties(): { readonly tag: string; readonly anchor: string | undefined; readonly mark: Mark } {
    const { mark } = this.#scanner.peek();
    let tag = '';
    let anchor: string | undefined;
    for (let token = this.#scanner.peek(); ; token = this.#scanner.peek()) {
      if (token.type === 'tag' && tag === '') tag = token.value;
      else if (token.type === 'anchor' && anchor === undefined) anchor = token.value;
      else return { tag, anchor, mark };
      this.#scanner.next();
    }
  }

  #content(context: 'block' | 'flow' | 'indentless', token: Token, tag: string): YamlNode | undefined {
    const { mark } = token;
    if (token.type === 'scalar') {
      this.#scanner.next();
      return { kind: 'scalar', value: token.value, style: token.style, tag, mark };
    }
    if (token.type === '[') return this.#flowSequence(mark);
    if (token.type === '{') return this.#flowMapping(mark);
    if (context === 'indentless' && token.type === 'block-entry') return this.#indentlessSequence(mark);
    if (context === 'flow') return undefined;
    if (token.type === 'block-sequence-start') return this.#blockSequence(mark);
    return token.type === 'block-mapping-start' ? this.#blockMapping(mark) : undefined;
  }

  #blockSequence(mark: Mark): YamlNode {
    this.#scanner.next();
    const items: YamlNode[] = [];
    while (this.#take('block-entry')) {
      items.push(this.#is('block-entry') || this.#is('block-end') ? this.#empty() : this.#node('block'));
    }
    if (!this.#take('block-end')) this.#refuse("did not find expected '-' indicator", mark);
    return { kind: 'sequence', items, mark };
  }

  /** A sequence as deep as the key before it. */
  #indentlessSequence(mark: Mark): YamlNode {
    const items: YamlNode[] = [];
    while (this.#take('block-entry')) {
      const none = (['block-entry', 'key', 'value', 'block-end'] as const).some((type) => this.#is(type));
      items.push(none ? this.#empty() : this.#node('block'));
    }
    return { kind: 'sequence', items, mark };
  }

  #blockMapping(mark: Mark): YamlNode {
    this.#scanner.next();
    const entries: [YamlNode, YamlNode][] = [];
    const none = () => this.#is('key') || this.#is('value') || this.#is('block-end');
    while (this.#is('key') || this.#is('value')) {
      const key = this.#take('key') && !none() ? this.#node('indentless') : this.#empty();
      const value = this.#take('value') && !none() ? this.#node('indentless') : this.#empty();
      entries.push([key, value]);
    }
    if (!this.#take('block-end')) this.#refuse('did not find expected key', mark);
    return { kind: 'mapping', entries, mark };
  }

  #flowSequence(mark: Mark): YamlNode {
    this.#scanner.next();
    const items: YamlNode[] = [];
    for (let first = true; !this.#is(']'); first = false) {
      if (!first && !this.#take(',')) this.#refuse("did not find expected ',' or ']'", mark);
      if (this.#is(']')) break;
      items.push(this.#is('key') ? this.#pair() : this.#node('flow'));
    }
    this.#scanner.next();
    return { kind: 'sequence', items, mark };
  }

  /** `[a: b]` is a sequence of a mapping of one entry. */
  #pair(): YamlNode {
    const { mark } = this.#scanner.next();
    const over = () => this.#is('value') || this.#is(',') || this.#is(']');
    const key = over() ? this.#empty() : this.#node('flow');
    const value = this.#take('value') && !over() ? this.#node('flow') : this.#empty();
    return { kind: 'mapping', entries: [[key, value]], mark };
  }

  #flowMapping(mark: Mark): YamlNode {
    this.#scanner.next();
    const entries: [YamlNode, YamlNode][] = [];
    const over = () => this.#is('value') || this.#is(',') || this.#is('}');
    for (let first = true; !this.#is('}'); first = false) {
      if (!first && !this.#take(',')) this.#refuse("did not find expected ',' or '}'", mark);
      if (this.#is('}')) break;
      const named = this.#take('key');
      const key = named && over() ? this.#empty() : this.#node('flow');
      const value = this.#take('value') && !over() ? this.#node('flow') : this.#empty();
      entries.push([key, value]);
    }
    this.#scanner.next();
    return { kind: 'mapping', entries, mark };
  }
}
