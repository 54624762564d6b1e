/** Answers from standard input, a line each: for scripts, classes, screen readers. */
import { createInterface, type Interface } from 'node:readline';
import { Left } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import type { Asker, Moment, Reply } from './asker.ts';

export const pipedHelp = [
  'Answers are read from standard input, a line each:',
  '  $ COMMAND   runs a command in the simulated terminal; lines that go on begin with "> "',
  '  ?           shows a hint',
  '  -           skips the question',
  '  A manifest ends with a line "...". An empty line says that a repair is done.',
];

export class PipedAsker implements Asker {
  readonly #input: NodeJS.ReadableStream;
  readonly #reader: Interface;
  readonly #lines: AsyncIterator<string>;
  readonly #terminal: Terminal;
  #next: string | undefined;

  constructor(input: NodeJS.ReadableStream, terminal: Terminal) {
    this.#input = input;
    this.#reader = createInterface({ input, crlfDelay: Infinity, terminal: false });
    this.#lines = this.#reader[Symbol.asyncIterator]();
    this.#terminal = terminal;
  }

  async reply({ asked, hasLooked }: Moment): Promise<Reply> {
    const line = await this.#line();
    if (line === undefined) {
      if (asked.mode === 'terminal' && hasLooked) return { kind: 'answer', text: '' };
      throw new Left();
    }
    const key = line.trim();
    this.#terminal.print([`> ${line}`]);
    if (key.startsWith('$ ')) return { kind: 'look', line: await this.#continued(key.slice(2)) };
    if (key === '?') return { kind: 'hint' };
    if (key === '-') return { kind: 'skip' };
    if (key === '<') return { kind: 'back' };
    if (key.startsWith('! ')) return { kind: 'flag', note: key.slice(2) };
    if (asked.mode === 'terminal' && /^(done)?$/i.test(key)) return { kind: 'answer', text: '' };
    return { kind: 'answer', text: asked.mode === 'text' ? await this.#document(line) : line };
  }

  /** Reads no further: what is left on the pipe keeps the program from ending no longer. */
  close(): void {
    this.#reader.close();
    (this.#input as { unref?: () => void }).unref?.();
  }

  async after(): Promise<'next'> {
    return 'next';
  }

  async end(): Promise<'leave'> {
    return 'leave';
  }

  async why(): Promise<string> {
    return '';
  }

  async confirm(): Promise<boolean> {
    return false;
  }

  async #line(): Promise<string | undefined> {
    const line = this.#next ?? ((await this.#lines.next()).value as string | undefined);
    this.#next = undefined;
    return line;
  }

  /** A command and the lines that go on with `> `. */
  async #continued(first: string): Promise<string> {
    const lines = [first];
    for (;;) {
      const line = await this.#line();
      if (line?.startsWith('> ') !== true) {
        this.#next = line;
        return lines.join('\n');
      }
      lines.push(line.slice(2));
    }
  }

  /** All lines up to `...`, which ends a document in YAML too. */
  async #document(first: string): Promise<string> {
    const lines: string[] = [];
    for (let line: string | undefined = first; line !== undefined && line.trimEnd() !== '...'; line = await this.#line()) lines.push(line);
    return `${lines.join('\n')}\n`;
  }
}
