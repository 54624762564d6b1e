/** Groups a Corefile's words into server blocks: addresses, and the words of each directive. (coredns/caddy: caddyfile/parse.go) */
import { Dispenser } from './dispenser.ts';
import { tokenize, type Token } from './lexer.ts';

export interface ServerBlock {
  /** As written: `.:53`, `example.org`, `tls://.`. */
  readonly keys: readonly string[];
  /** The words of every directive of a name, one after the other, each beginning with the name. In order of first appearance. */
  readonly directives: ReadonlyMap<string, readonly Token[]>;
}

/** What the parser may look at beside the text. */
export interface CorefileSources {
  /** The text of a file, or undefined; `isDirectory` tells a directory from nothing. */
  read(path: string): string | undefined;
  isDirectory(path: string): boolean;
  /** The paths a pattern with one `*` or `?` matches, sorted. */
  glob(pattern: string): readonly string[];
  readonly env: ReadonlyMap<string, string>;
  /** Is told warnings, one line each without the line break. */
  log(line: string): void;
}

/** The most imports of snippets and of files that one Corefile may make. */
const mostImports = 1000;

/**
 * The server blocks of a text. `known` are the directives that exist; undefined allows all (as the reload plugin parses). Throws
 * `CorefileError`.
 */
export function parseCorefile(fileName: string, text: string, sources: CorefileSources, known?: ReadonlySet<string>): ServerBlock[] {
  return new Parser(fileName, text, sources, known).blocks();
}

class Parser extends Dispenser {
  readonly #sources: CorefileSources;
  readonly #known: ReadonlySet<string> | undefined;
  readonly #snippets = new Map<string, readonly Token[]>();
  readonly #imports = { snippet: 0, file: 0 };

  constructor(fileName: string, text: string, sources: CorefileSources, known: ReadonlySet<string> | undefined) {
    super(fileName, tokenize(text));
    this.#sources = sources;
    this.#known = known;
  }

  blocks(): ServerBlock[] {
    const blocks: ServerBlock[] = [];
    while (this.next()) {
      const { keys, ended } = this.#addresses();
      if (ended) {
        if (keys.length > 0) blocks.push({ keys, directives: new Map() });
        continue;
      }
      const snippet = keys.length === 1 ? /^\((.*)\)$/s.exec(keys[0]!) : null;
      if (snippet) this.#declare(snippet[1]!);
      else {
        const directives = this.#contents();
        // A block without an address is read, and forgotten.
        if (keys.length > 0) blocks.push({ keys, directives });
      }
    }
    return blocks;
  }

  /** The addresses in front of a block, over several lines while commas ask for more. */
  #addresses(): { readonly keys: string[]; readonly ended: boolean } {
    const keys: string[] = [];
    let more = false;
    for (;;) {
      let key = this.#expand(this.word());
      if (key === 'import' && this.isNewLine()) {
        this.#import();
        continue;
      }
      if (key === '{') {
        if (more) throw this.error(`Expected another address but had '${key}' - check for extra comma`);
        return { keys, ended: false };
      }
      if (key !== '') {
        more = key.endsWith(',');
        if (more) key = key.slice(0, -1);
        keys.push(key);
      }
      if (!this.next()) {
        if (more) throw this.endOfFile();
        return { keys, ended: true };
      }
      if (!more && this.isNewLine()) return { keys, ended: false };
    }
  }

  #declare(name: string): void {
    if (this.#snippets.has(name)) throw this.error(`redeclaration of previously declared snippet ${name}`);
    if (this.word() !== '{') throw this.syntaxError('{');
    const tokens: Token[] = [];
    for (let depth = 1; ;) {
      if (!this.next()) throw this.syntaxError('}');
      if (this.word() === '}' && --depth === 0) break;
      if (this.word() === '{') depth++;
      tokens.push(this.tokens[this.cursor]!);
    }
    this.#snippets.set(name, tokens);
  }

  /** The directives of a block; its braces may be left out when the file has only one. */
  #contents(): Map<string, Token[]> {
    const braces = this.word() === '{';
    if (!braces) this.cursor--;
    const directives = new Map<string, Token[]>();
    while (this.next()) {
      if (this.word() === '}') break;
      if (this.word() === 'import') {
        this.#import();
        this.cursor--;
      } else this.#directive(directives);
    }
    if (braces && this.word() !== '}') throw this.syntaxError('}');
    return directives;
  }

  #directive(directives: Map<string, Token[]>): void {
    const name = this.word();
    if (this.#known?.has(name) === false) throw this.error(`Unknown directive '${name}'`);
    let tokens = directives.get(name);
    if (tokens === undefined) directives.set(name, (tokens = []));
    tokens.push(this.tokens[this.cursor]!);
    let nesting = 0;
    while (this.next()) {
      if (this.word() === '{') nesting++;
      else if (this.isNewLine() && nesting === 0) {
        this.cursor--;
        break;
      } else if (this.word() === '}' && nesting > 0) nesting--;
      else if (this.word() === '}') throw this.error("Unexpected '}' because no matching opening brace");
      else if (this.word() === 'import' && this.isNewLine()) {
        this.#import();
        this.cursor--;
        continue;
      }
      const token = this.tokens[this.cursor]!;
      const expanded = { ...token, text: this.#expand(token.text) };
      this.tokens[this.cursor] = expanded;
      tokens.push(expanded);
    }
    if (nesting > 0) throw this.endOfFile();
  }

  /** Puts what an import names in its place. Leaves the cursor on the word that now stands where `import` stood. */
  #import(): void {
    if (!this.nextArg()) throw this.argumentError();
    const pattern = this.#expand(this.word());
    if (pattern === '') throw this.error('Import requires a non-empty filepath');
    if (this.nextArg()) throw this.error('Import takes only one argument (glob pattern or file)');
    const imported = this.#imported(pattern);
    this.tokens.splice(this.cursor - 1, 2, ...imported);
    this.cursor--;
  }

  #imported(pattern: string): readonly Token[] {
    const snippet = this.#snippets.get(pattern);
    if (snippet !== undefined) {
      if (this.#imports.snippet++ >= mostImports) throw this.error(`maximum snippet import depth (${mostImports}) exceeded`);
      return snippet;
    }
    if (this.#imports.file++ >= mostImports) throw this.error(`maximum file import depth (${mostImports}) exceeded`);
    const path = pattern.startsWith('/') ? pattern : `${this.file.replace(/\/[^/]*$/, '')}/${pattern}`;
    if (path.split('*').length > 2 || path.split('?').length > 2 || /\[.*\]/s.test(path)) {
      throw this.error(`Glob pattern may only contain one wildcard (*), but has others: ${path}`);
    }
    const globbing = /[*?[\]]/.test(path);
    const matches = globbing
      ? this.#sources.glob(path)
      : [path].filter((one) => this.#sources.isDirectory(one) || this.#sources.read(one) !== undefined);
    if (matches.length === 0) {
      if (!globbing) throw this.error(`File to import not found: ${pattern}`);
      this.#sources.log(`[WARNING] No files matching import glob pattern: ${pattern}`);
    }
    return matches.flatMap((file) => {
      const text = this.#sources.read(file);
      if (text === undefined) throw this.error(`Could not import ${file}: is a directory`);
      return tokenize(text, file);
    });
  }

  /** `{%NAME%}` and `{$NAME}` stand for environment variables, in this order. */
  #expand(text: string): string {
    let expanded = text;
    for (const reference of [/\{%([^}]+?)%\}/g, /\{\$([^}]+)\}/g]) {
      if (expanded.includes('{')) expanded = expanded.replace(reference, (_, name: string) => this.#sources.env.get(name) ?? '');
    }
    return expanded;
  }
}
