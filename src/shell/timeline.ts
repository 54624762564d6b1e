/** Output as it comes: what a program wrote, and when, counted from its start in simulated time. */
import type { Output } from './command.ts';

export interface Moment {
  /** Milliseconds since the start. */
  readonly at: number;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** What a program that takes time leaves behind: `timeout` cuts it short by the moments. */
export interface TimedOutput extends Output {
  readonly moments: readonly Moment[];
  /** Milliseconds it ran. */
  readonly elapsed: number;
}

export class Timeline {
  readonly #moments: Moment[] = [];
  readonly #buffered: boolean;
  #waiting = '';
  #now = 0;

  /** `buffered`: stdout is no terminal, so that the C library keeps what is written there until the end. */
  constructor({ buffered = false }: { readonly buffered?: boolean } = {}) {
    this.#buffered = buffered;
  }

  /** Milliseconds since the start. */
  get now(): number {
    return this.#now;
  }

  wait(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Waits until a time that may have passed. */
  waitUntil(at: number): void {
    this.#now = Math.max(this.#now, at);
  }

  out(text: string): void {
    if (this.#buffered) this.#waiting += text;
    else this.#write('stdout', text);
  }

  err(text: string): void {
    this.#write('stderr', text);
  }

  #write(stream: Moment['stream'], text: string): void {
    if (text !== '') this.#moments.push({ at: this.#now, stream, text });
  }

  end(exitCode: number): TimedOutput {
    this.#write('stdout', this.#waiting);
    this.#waiting = '';
    return { ...joined(this.#moments), exitCode, moments: this.#moments, elapsed: this.#now };
  }
}

function joined(moments: readonly Moment[]): { readonly stdout: string; readonly stderr: string } {
  const of = (stream: Moment['stream']) =>
    moments
      .filter((one) => one.stream === stream)
      .map(({ text }) => text)
      .join('');
  return { stdout: of('stdout'), stderr: of('stderr') };
}

function isTimed(output: Output): output is TimedOutput {
  return 'moments' in output;
}

/** Milliseconds that a program took. */
export function elapsedOf(output: Output): number {
  return isTimed(output) ? output.elapsed : 0;
}

/** What there is of an output after so many milliseconds; undefined when the program had ended by then. */
export function cutAt(output: Output, milliseconds: number): TimedOutput | undefined {
  if (!isTimed(output) || output.elapsed <= milliseconds) return undefined;
  const moments = output.moments.filter(({ at }) => at <= milliseconds);
  return { ...joined(moments), exitCode: output.exitCode, moments, elapsed: milliseconds };
}
