/** The lines that were typed at the terminal's prompt, kept from one session to the next where nobody else can read them. */
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stateDirectory } from '../directories.ts';

const most = 1000;

export class History {
  readonly #path: string;
  /** The first one first. */
  readonly #entries: string[];

  constructor(path: string = join(stateDirectory(), 'shell_history')) {
    this.#path = path;
    this.#entries = read(path);
  }

  get entries(): readonly string[] {
    return this.#entries;
  }

  /** The latest first, each once, as an editor of lines wants them. */
  get latestFirst(): readonly string[] {
    return [...new Set([...this.#entries].reverse())];
  }

  /** Keeps a command; one that begins with a blank is not for keeping (HISTCONTROL=ignoreboth). */
  add(command: string): void {
    if (/^\s/.test(command)) return;
    for (const entry of entriesOf(command)) {
      if (entry === this.#entries.at(-1)) continue;
      this.#entries.push(entry);
      append(this.#path, entry);
    }
  }
}

function read(path: string): string[] {
  if (!existsSync(path)) return [];
  // One that an older release, or somebody else, has left open for others to read.
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .slice(-most);
}

function append(path: string, entry: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    appendFileSync(path, `${entry}\n`, { mode: 0o600 });
  } catch {
    // A history that cannot be kept is no reason to stop a lesson.
  }
}

/** A command as it is kept: on one line where that means the same (bash's cmdhist), else line by line. */
export function entriesOf(command: string): readonly string[] {
  const lines = command.split('\n').filter((line) => line.trim() !== '');
  const quotes = (text: string) => [...text].filter((one) => one === "'" || one === '"').length;
  if (lines.length < 2 || command.includes('<<') || lines.some((line) => quotes(line) % 2 === 1)) return lines;
  let joined = '';
  for (const line of lines) {
    if (joined === '') joined = line;
    else if (joined.endsWith('\\')) joined = joined.slice(0, -1) + line.trimStart();
    else joined += (/(^|[\s;&|({])(do|then|else|in)$|[;&|({]$/.test(joined) ? ' ' : '; ') + line.trim();
  }
  return [joined];
}

/**
 * Bash's references to earlier lines: `!!`, `!12`, `!-2`, `!kube`, and `!$` for the last word of the line before. Undefined when the line has
 * none; an event that is not there is named.
 */
export function expandHistory(
  line: string,
  entries: readonly string[],
): { readonly text: string } | { readonly missing: string } | undefined {
  if (!line.includes('!')) return undefined;
  let missing: string | undefined;
  let found = false;
  const text = line.replace(/'[^']*'|\\!|!(!|\$|-?\d+|[A-Za-z][\w./-]*)/g, (whole, event: string | undefined) => {
    if (event === undefined) return whole;
    const last = entries.at(-1);
    const before =
      event === '!'
        ? last
        : event === '$'
          ? last?.split(/\s+/).at(-1)
          : /^-?\d+$/.test(event)
            ? entries.at(Number(event) > 0 ? Number(event) - 1 : Number(event))
            : entries.findLast((one) => one.startsWith(event));
    if (before === undefined) missing ??= whole;
    found = true;
    return before ?? whole;
  });
  if (missing !== undefined) return { missing };
  return found ? { text } : undefined;
}
