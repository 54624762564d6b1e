/** A line that stays in the last row of the terminal while everything else scrolls above it. */
import type { WriteStream } from 'node:tty';
import { clip, width } from '#ui/text.ts';

/** Fewer rows than this are needed for the work itself. */
const fewestRows = 8;

const save = '\x1b7';
const restore = '\x1b8';

export class ClockBar {
  readonly #output: WriteStream;
  readonly #text: () => readonly [left: string, right: string];
  readonly #close = () => this.close();
  readonly #resized = () => this.takeBack();
  #timer: NodeJS.Timeout | undefined;
  #shown = '';

  /** `text`: what stands at the left, and what at the right as far as there is room. */
  constructor(output: WriteStream, text: () => readonly [left: string, right: string]) {
    this.#output = output;
    this.#text = text;
  }

  /** How many rows it takes. */
  get rows(): number {
    return this.#timer !== undefined && (this.#output.rows ?? 0) >= fewestRows ? 1 : 0;
  }

  /** Takes the last row, and changes what stands there as often as it has to. */
  open(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => {
      if (this.#line() !== this.#shown) this.draw();
    }, 200);
    this.#timer.unref();
    this.#output.on('resize', this.#resized);
    process.on('exit', this.#close);
    this.takeBack();
  }

  /** Takes the last row again, after another program had the whole terminal. */
  takeBack(): void {
    if (this.#timer === undefined) return;
    // The margins send the cursor home: it is put back, a row above where it was when that was the last one.
    const margins = this.rows === 0 ? '\x1b[r' : `\x1b[1;${this.#output.rows - 1}r`;
    this.#output.write(`${save}\x1b[r${restore}\x1bD${save}${margins}${restore}\x1b[1A`);
    this.draw();
  }

  draw(): void {
    if (this.rows === 0) return;
    this.#shown = this.#line();
    this.#output.write(`${save}\x1b[${this.#output.rows};1H\x1b[0;7m${this.#shown}\x1b[0m${restore}`);
  }

  /** Gives the row back. */
  close(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#output.off('resize', this.#resized);
    process.off('exit', this.#close);
    this.#output.write(`${save}\x1b[r\x1b[${this.#output.rows};1H\x1b[2K${restore}`);
  }

  #line(): string {
    const columns = this.#output.columns ?? 80;
    const [left, right] = this.#text();
    const gap = columns - width(left) - width(right) - 2;
    return clip(gap < 1 ? ` ${left}`.padEnd(columns) : ` ${left}${' '.repeat(gap)}${right} `, columns);
  }
}
