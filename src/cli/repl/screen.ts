/** This terminal as programs of the simulation may use it: pages of text, and keys. What they show is only shown. */
import type { Key } from 'node:readline';
import type { WriteStream } from 'node:tty';
import type { Screen } from '#shell/command.ts';
import { clip, harmless } from '#ui/text.ts';
import type { ClockBar } from './clock-bar.ts';
import type { LineReader } from './line-reader.ts';

const put = { aside: '\x1b[?1049h\x1b[?25l', back: '\x1b[?25h\x1b[?1049l' };

export interface LendOptions {
  /** What is shown in the last row all the time, which programs then do not have. */
  readonly bar?: Pick<ClockBar, 'rows' | 'draw' | 'takeBack'> | undefined;
  /** Ends whatever waits for keys from outside. */
  readonly signal?: AbortSignal | undefined;
}

/** Lends the terminal to `act`, and has it back as it was. */
export async function lendScreen<T>(
  reader: LineReader,
  output: WriteStream,
  act: (screen: Screen) => Promise<T>,
  { bar, signal }: LendOptions = {},
): Promise<T> {
  const waiting: string[] = [];
  let take: ((key: string) => void) | undefined;
  let aside = false;
  const restore = () => {
    if (aside) output.write(put.back);
    if (aside) bar?.takeBack();
    aside = false;
  };
  process.on('exit', restore);
  const interrupt = () => take?.('interrupt');
  signal?.addEventListener('abort', interrupt);
  const release = reader.grab((text, key) => {
    const name = nameOf(text, key);
    if (name === undefined) return;
    if (take === undefined) waiting.push(name);
    else take(name);
  });
  const screen: Screen = {
    get rows() {
      return (output.rows ?? 24) - (bar?.rows ?? 0);
    },
    get columns() {
      return output.columns ?? 80;
    },
    show(lines, status) {
      if (!aside) output.write(put.aside);
      aside = true;
      const rows = status === undefined ? this.rows : this.rows - 1;
      const body = lines.slice(0, rows).map((line) => `${clip(harmless(expandTabs(line)), this.columns)}\x1b[K`);
      const line = status === undefined ? '' : `\x1b[${this.rows};1H\x1b[7m${clip(harmless(status), this.columns)}\x1b[0m\x1b[K`;
      output.write(`\x1b[H${body.join('\r\n')}\x1b[J${line}`);
      bar?.draw();
    },
    key(milliseconds) {
      if (signal?.aborted === true) return Promise.resolve('interrupt');
      if (waiting.length > 0) return Promise.resolve(waiting.shift());
      return new Promise((resolve) => {
        const timer = milliseconds === undefined ? undefined : setTimeout(() => give(undefined), milliseconds);
        const give = (key: string | undefined) => {
          clearTimeout(timer);
          take = undefined;
          resolve(key);
        };
        take = give;
      });
    },
  };
  try {
    return await act(screen);
  } finally {
    signal?.removeEventListener('abort', interrupt);
    release();
    restore();
    process.off('exit', restore);
  }
}

const named = new Set(['up', 'down', 'left', 'right', 'pageup', 'pagedown', 'home', 'end', 'return', 'space', 'backspace', 'escape']);

function nameOf(text: string | undefined, key: Key): string | undefined {
  if (key.ctrl === true)
    return key.name === 'c' ? 'interrupt' : ({ f: 'pagedown', b: 'pageup', n: 'down', p: 'up' } as Record<string, string>)[key.name ?? ''];
  if (key.name === 'enter') return 'return';
  if (key.name !== undefined && named.has(key.name)) return key.name;
  return text !== undefined && /^[^\u0000-\u001f\u007f]+$/.test(text) ? text : undefined;
}

function expandTabs(line: string): string {
  let out = '';
  for (const part of line.split(/(\t)/)) out += part === '\t' ? ' '.repeat(8 - (out.length % 8)) : part;
  return out;
}
