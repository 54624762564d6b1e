/** What a learner types in an exam, a line at a time, below a clock that runs. */
import { createInterface, type Interface } from 'node:readline';

/** A line, `interrupted` by Ctrl-C, or undefined when there is nobody any more or the time is over. */
export type ExamLine = { readonly text: string } | 'interrupted' | undefined;

export interface ExamLines {
  next(prompt: () => string): Promise<ExamLine>;
  /** Takes the lines that were typed ahead, for whoever reads the keys next. */
  takeAhead(): readonly string[];
  close(): void;
}

/** A person: the prompt is drawn anew every second, what has been typed stays. */
export class TypedLines implements ExamLines {
  readonly #signal: AbortSignal;
  readonly #ticks: boolean;
  /** Lines that came at once with the one before. */
  #ahead: string[] = [];
  /** The beginning of a line that came with them. */
  #begun = '';

  /** `ticks`: whether the clock runs in the prompt; a screen reader would read it out every second. */
  constructor(signal: AbortSignal, ticks: boolean) {
    this.#signal = signal;
    this.#ticks = ticks;
  }

  async next(prompt: () => string): Promise<ExamLine> {
    if (this.#signal.aborted) return undefined;
    const ahead = this.#ahead.shift();
    if (ahead !== undefined) {
      process.stdout.write(`${prompt()}${ahead}\n`);
      return { text: ahead };
    }
    const io = createInterface({ input: process.stdin, output: process.stdout, terminal: true, historySize: 0 });
    const draw = () => {
      io.setPrompt(prompt());
      io.prompt(true);
    };
    let shown = '';
    const timer = this.#ticks
      ? setInterval(() => {
          if (prompt() !== shown) draw();
          shown = prompt();
        }, 250)
      : undefined;
    const abort = () => io.close();
    this.#signal.addEventListener('abort', abort);
    try {
      return await new Promise((resolve) => {
        io.once('line', (text) => {
          resolve({ text });
          io.on('line', (more) => this.#ahead.push(more));
        });
        io.once('close', () => resolve(undefined));
        io.once('SIGINT', () => {
          process.stdout.write('\n');
          resolve('interrupted');
        });
        // After Ctrl-Z and fg, readline leaves its input paused.
        io.on('SIGCONT', draw);
        draw();
        io.write(this.#begun);
        shown = prompt();
      });
    } finally {
      this.#begun = this.#signal.aborted ? '' : io.line;
      clearInterval(timer);
      this.#signal.removeEventListener('abort', abort);
      io.close();
    }
  }

  takeAhead(): readonly string[] {
    return this.#ahead.splice(0);
  }

  close(): void {
    // Each line has put the terminal back.
  }
}

/** A script: its lines, each shown as it is taken. */
export class ScriptLines implements ExamLines {
  readonly #io: Interface;
  readonly #lines: AsyncIterator<string>;
  readonly #echo: (line: string) => void;
  readonly #signal: AbortSignal;

  constructor(input: NodeJS.ReadableStream, signal: AbortSignal, echo: (line: string) => void) {
    this.#io = createInterface({ input, crlfDelay: Infinity, terminal: false });
    this.#lines = this.#io[Symbol.asyncIterator]();
    this.#signal = signal;
    this.#echo = echo;
    signal.addEventListener('abort', () => this.#io.close());
  }

  async next(): Promise<ExamLine> {
    if (this.#signal.aborted) return undefined;
    const { value } = (await this.#lines.next()) as { readonly value: string | undefined };
    if (value === undefined) return undefined;
    this.#echo(value);
    return { text: value };
  }

  takeAhead(): readonly string[] {
    return [];
  }

  close(): void {
    this.#io.close();
  }
}
