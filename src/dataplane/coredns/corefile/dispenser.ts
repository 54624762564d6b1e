/** A cursor over the words of one directive, and the errors that are told about them. (coredns/caddy: caddyfile/dispenser.go) */
import type { Token } from './lexer.ts';

/** What is wrong with a Corefile, in CoreDNS's words. Thrown while it is read, caught where the server is made. */
export class CorefileError extends Error {}

export class Dispenser {
  readonly fileName: string;
  protected tokens: Token[];
  protected cursor = -1;
  #nesting = 0;

  constructor(fileName: string, tokens: readonly Token[]) {
    this.fileName = fileName;
    this.tokens = [...tokens];
  }

  /** The current word; empty before the first and after the last. */
  word(): string {
    return this.tokens[this.cursor]?.text ?? '';
  }

  get line(): number {
    return this.tokens[this.cursor]?.line ?? 0;
  }

  get file(): string {
    const file = this.tokens[this.cursor]?.file;
    return file === undefined || file === '' ? this.fileName : file;
  }

  /** Steps to the next word, whatever line it stands on. */
  next(): boolean {
    if (this.cursor >= this.tokens.length - 1) return false;
    this.cursor++;
    return true;
  }

  /** Steps to the next word if it stands on the same line. */
  nextArg(): boolean {
    if (this.cursor < 0) return this.next();
    if (this.cursor >= this.tokens.length - 1 || this.#linesToNext(this.cursor) !== 0) return false;
    this.cursor++;
    return true;
  }

  /** Steps to the next line of the block that opens on this line; false when there is none, or when it closes. */
  nextBlock(): boolean {
    if (this.#nesting > 0) {
      this.next();
      if (this.word() !== '}') return true;
      this.#nesting--;
      return false;
    }
    if (!this.nextArg()) return false;
    if (this.word() !== '{') {
      this.cursor--;
      return false;
    }
    this.next();
    if (this.word() === '}') return false;
    this.#nesting++;
    return true;
  }

  /** The words up to the end of the line or an opening brace; the cursor is left on the last of them. */
  remainingArgs(): string[] {
    const args: string[] = [];
    while (this.nextArg()) {
      if (this.word() === '{') {
        this.cursor--;
        break;
      }
      args.push(this.word());
    }
    return args;
  }

  /** Reports whether the current word begins a line. */
  isNewLine(): boolean {
    if (this.cursor < 1) return true;
    return this.cursor < this.tokens.length && this.#linesToNext(this.cursor - 1) > 0;
  }

  error(message: string): CorefileError {
    return new CorefileError(`${this.file}:${this.line} - Error during parsing: ${message}`);
  }

  argumentError(): CorefileError {
    if (this.word() === '{') return this.error("Unexpected token '{', expecting argument");
    return this.error(`Wrong argument count or unexpected line ending after '${this.word()}'`);
  }

  syntaxError(expected: string): CorefileError {
    return new CorefileError(`${this.file}:${this.line} - Syntax error: Unexpected token '${this.word()}', expecting '${expected}'`);
  }

  endOfFile(): CorefileError {
    return this.error('Unexpected EOF');
  }

  /** How many lines below the end of a word the one after it begins. Quoted words hold line breaks, and a snippet's may stand above its import. */
  #linesToNext(index: number): number {
    const here = this.tokens[index]!;
    const there = this.tokens[index + 1]!;
    return here.file === there.file ? there.line - here.line - (here.text.split('\n').length - 1) : Infinity;
  }
}
