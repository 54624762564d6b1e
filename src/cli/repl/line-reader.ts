/**
 * Lines that somebody types at a prompt, with editing, history and search backwards in it (Ctrl-R) as bash has them; what comes while a
 * command runs (a paste, a pipe) waits its turn.
 */
import { createInterface, type Interface, type Key } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { width } from '#ui/text.ts';
import { beginSearch, searchKey, type Search } from './search.ts';

/** `interrupted` is Ctrl-C; undefined the end of the input, or Ctrl-D on an empty line. */
export type Line = { readonly text: string } | 'interrupted' | undefined;

export interface Completion {
  readonly words: readonly string[];
  readonly of: string;
}

export interface LineReaderOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** Somebody sits there: keys are edited into lines, and prompts shown. */
  readonly terminal: boolean;
  /** The latest line first. */
  readonly history?: readonly string[];
  /** Lines that are waiting already. */
  readonly ahead?: readonly string[];
  /** Whole words that could replace the last one left of the cursor, and that one. */
  complete?(line: string): Promise<Completion>;
}

/** What readline keeps but its types do not tell (lib/readline.js: both are kept for programs that override them). */
interface Editor extends Interface {
  line: string;
  cursor: number;
  history: string[];
  /** The row of the cursor, from where the prompt begins. */
  prevRows: number;
  _ttyWrite(text: string | undefined, key: Key): void;
  _refreshLine(): void;
}

const historySize = 1000;

export class LineReader {
  readonly #editor: Editor;
  readonly #output: Writable;
  readonly #terminal: boolean;
  readonly #waiting: Line[] = [];
  #closed = false;
  #take: ((line: Line) => void) | undefined;
  #prompt = '';
  /** The row that was begun, and not ended, before the prompt. */
  #begun = '';
  /** What Ctrl-C does while nobody waits for a line. */
  whileBusy: (() => void) | undefined;
  /** Told after the line was drawn, which clears what is below it. */
  afterDraw: (() => void) | undefined;
  /** Told before Ctrl-Z stops the program; what comes back is done when it goes on. */
  beforeStop: (() => () => void) | undefined;
  #search: Search | undefined;
  /** What is being pasted, up to its end. */
  #pasted: string | undefined;
  /** Lines of a paste that are above the one that is edited: they go with it when Enter is pressed. */
  #held: string[] = [];
  #grabbed: ((text: string | undefined, key: Key) => void) | undefined;

  constructor({ input, output, terminal, history = [], ahead = [], complete }: LineReaderOptions) {
    this.#output = output;
    this.#terminal = terminal;
    this.#waiting.push(...ahead.map((text) => ({ text })));
    this.#editor = createInterface({
      input,
      output,
      terminal,
      historySize,
      history: [...history],
      ...(complete !== undefined && {
        completer: (line: string, done: (error: Error | null, result: [string[], string]) => void) =>
          void complete(line).then(
            ({ words, of }) => done(null, [spaced(words), of]),
            () => done(null, [[], line]),
          ),
      }),
    }) as Editor;
    this.#editor.on('line', (text) => this.#give({ text: [...this.#held.splice(0), text].join('\n') }));
    this.#editor.on('close', () => {
      this.#closed = true;
      this.#give(undefined);
    });
    if (!terminal) return;
    // Pasted text is told apart from typed: its tabs are text, and its lines wait for Enter, as in bash.
    output.write('\x1b[?2004h');
    const edit = this.#editor._ttyWrite.bind(this.#editor);
    // A text that the program writes itself comes without a key.
    this.#editor._ttyWrite = (text, key?: Key) => (key === undefined ? edit(text, {}) : this.#key(text, key, edit));
    this.#editor.on('SIGINT', () => this.#interrupt());
    // After Ctrl-Z and fg, readline leaves its input paused.
    this.#editor.on('SIGCONT', () => this.#editor.resume());
  }

  /** Hears what others have written: a prompt goes on in a row that they did not end, as in bash, and does not take its place. */
  wrote(text: string): void {
    if (this.#terminal && text !== '') this.#begun = lastRow(text, (this.#output as { readonly columns?: number }).columns ?? 80);
  }

  /** The next line; shows the prompt unless a line is waiting. */
  next(prompt: string): Promise<Line> {
    const begun = this.#begun;
    this.#begun = '';
    if (this.#waiting.length > 0) return Promise.resolve(this.#waiting.shift());
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#take = resolve;
      this.#prompt = begun + prompt;
      this.#editor.setPrompt(this.#prompt);
      this.#editor.prompt(true);
      this.afterDraw?.();
    });
  }

  /** The next line, with a text in it that can be edited. */
  edit(prompt: string, text: string): Promise<Line> {
    const line = this.next(prompt);
    if (this.#terminal && this.#take !== undefined) this.#editor.write(text);
    return line;
  }

  /** Takes these lines, the latest first, for what was typed so far. */
  remember(lines: readonly string[]): void {
    if (this.#terminal) this.#editor.history = lines.slice(0, historySize);
  }

  /** Hands all keys to `take`, until the result is called. */
  grab(take: (text: string | undefined, key: Key) => void): () => void {
    this.#grabbed = take;
    return () => (this.#grabbed = undefined);
  }

  /** Lets another program have the terminal while `act` runs. */
  lend<T>(act: () => T): T {
    this.#editor.pause();
    if (this.#terminal) this.#output.write('\x1b[?2004l');
    const input = process.stdin;
    const wasRaw = this.#terminal && input.isTTY && input.isRaw;
    if (wasRaw) input.setRawMode(false);
    const back = () => {
      if (this.#closed) return;
      if (wasRaw) input.setRawMode(true);
      if (this.#terminal) this.#output.write('\x1b[?2004h');
      this.#editor.resume();
    };
    let result: T;
    try {
      result = act();
    } catch (error) {
      back();
      throw error;
    }
    if (result instanceof Promise) return result.finally(back) as T;
    back();
    return result;
  }

  close(): void {
    if (this.#terminal) this.#output.write('\x1b[?2004l');
    this.#editor.close();
  }

  #give(line: Line): void {
    const take = this.#take;
    this.#take = undefined;
    if (take !== undefined) take(line);
    else if (line !== 'interrupted') this.#waiting.push(line);
  }

  #interrupt(): void {
    this.#output.write('^C\n');
    this.#held = [];
    this.#editor.line = '';
    this.#editor.cursor = 0;
    if (this.#take === undefined) this.whileBusy?.();
    this.#give('interrupted');
  }

  #key(text: string | undefined, key: Key, edit: (text: string | undefined, key: Key) => void): void {
    if (this.#grabbed !== undefined) return this.#grabbed(text, key);
    if (key.name === 'paste-start') {
      this.#pasted = '';
      return;
    }
    if (key.name === 'paste-end') return this.#paste(edit);
    if (this.#pasted !== undefined) {
      if (key.name === 'return' || key.name === 'enter') this.#pasted += key.name === 'return' ? '\r' : '\n';
      else if (text !== undefined && (text === '\t' || !/[\u0000-\u001f\u007f]/.test(text))) this.#pasted += text;
      return;
    }
    if (this.#search === undefined && key.ctrl === true && key.name === 'r') {
      this.#search = beginSearch(this.#editor.line);
      return this.#showSearch();
    }
    if (this.#search !== undefined) {
      const next = searchKey(this.#search, this.#editor.history, text, key);
      if (next.kind === 'search') {
        this.#search = next.search;
        return this.#showSearch();
      }
      this.#search = undefined;
      this.#editor.setPrompt(this.#prompt);
      this.#editor.line = next.line;
      this.#editor.cursor = next.cursor;
      this.#editor._refreshLine();
      if (next.kind === 'cancelled') return;
    }
    if (key.ctrl === true && key.name === 'd' && this.#editor.line === '') return this.#give(undefined);
    if (key.ctrl === true && key.name === 'z' && this.beforeStop !== undefined) process.once('SIGCONT', this.beforeStop());
    if (!this.#insert(text, key)) edit(text, key);
    this.afterDraw?.();
  }

  /**
   * Puts a sign into the middle of the line. Node's own insertion (20.20) hangs all but the last of several that come at once, typed fast or
   * over a slow line, on the end.
   */
  #insert(text: string | undefined, { ctrl, meta }: Key): boolean {
    const { line, cursor } = this.#editor;
    if (text === undefined || ctrl === true || meta === true || cursor === line.length || /[\u0000-\u001f\u007f]/.test(text)) return false;
    this.#editor.line = line.slice(0, cursor) + text + line.slice(cursor);
    this.#editor.cursor = cursor + text.length;
    this.#editor._refreshLine();
    return true;
  }

  /** Puts what was pasted where the cursor is, at once: key by key, a long text would be drawn anew with each. */
  #paste(edit: (text: string | undefined, key: Key) => void): void {
    const lines = (this.#pasted ?? '').split(/\r\n?|\n/);
    this.#pasted = undefined;
    const last = lines.pop()!;
    if (lines.length > 0) {
      const { line, cursor } = this.#editor;
      const [first = '', ...between] = lines;
      const above = [line.slice(0, cursor) + first, ...between];
      this.#editor.line = above[0]!;
      this.#editor.cursor = above[0]!.length;
      this.#editor._refreshLine();
      this.#output.write(above.map((one, i) => (i === 0 ? '\r\n' : `${one}\r\n`)).join(''));
      this.#held.push(...above);
      this.#editor.setPrompt('');
      this.#editor.line = line.slice(cursor);
      this.#editor.cursor = 0;
      // The line that is edited begins where the cursor is now.
      this.#editor.prevRows = 0;
      this.#editor._refreshLine();
    }
    if (last !== '') edit(last, { sequence: last });
    this.afterDraw?.();
  }

  #showSearch(): void {
    const { query, found, at, failed } = this.#search!;
    this.#editor.setPrompt(`(${failed ? 'failed ' : ''}reverse-i-search)\`${query}': `);
    this.#editor.line = found;
    this.#editor.cursor = at;
    this.#editor._refreshLine();
  }
}

/** What stands in the last row of a terminal when a text has been written from its left edge on. */
function lastRow(text: string, columns: number): string {
  let row = '';
  for (const sign of text.slice(text.lastIndexOf('\n') + 1)) {
    const next = sign === '\t' ? ' '.repeat(8 - (width(row) % 8)) : sign;
    row = width(row + next) > columns ? next : row + next;
  }
  return row;
}

/** A word that is the only one is followed by a blank, unless it goes on. */
function spaced(words: readonly string[]): string[] {
  const [only, second] = words;
  return only !== undefined && second === undefined && !/[/=:,]$/.test(only) ? [`${only} `] : [...words];
}
