/** The simulated terminal, sat at by a person: a line, what it prints, the next line. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Lesson } from '#lesson/lesson.ts';
import type { Snapshot } from '#node/snapshot.ts';
import { complete, promptOf } from '#shell/complete.ts';
import { isComplete } from '#shell/shell.ts';
import { harmless } from '#ui/text.ts';
import { editText } from './edit.ts';
import { stateDirectory } from './directories.ts';
import type { Terminal } from './terminal.ts';

export interface ReplOptions {
  readonly terminal: Terminal;
  /** How one gets back, told at the start. */
  readonly leaveHint?: string;
  /** Ends the visit from outside. */
  readonly signal?: AbortSignal;
}

const historyPath = () => join(stateDirectory(), 'shell_history');
const historySize = 1000;

/** Words that the tutor understands here, beside what the cluster's machines do. */
const tutorWords: Readonly<Record<string, string>> = {
  undo: 'takes the last line that changed something back',
  reset: 'puts everything back as you first met it',
  'tutor-help': 'this list',
};

export async function repl(lesson: Lesson, { terminal, leaveHint, signal }: ReplOptions): Promise<void> {
  const { theme } = terminal;
  const shell = lesson.open({ tty: true, edit: editText });
  const undo: Snapshot[] = [];
  terminal.note([theme.dim(leaveHint ?? 'exit, or Ctrl-D, leaves; undo and reset take changes back; tutor-help lists what else there is')]);
  const open = () =>
    createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: terminal.interactive,
      historySize,
      removeHistoryDuplicates: true,
      history: readHistory(),
      completer: (line: string): [string[], string] => {
        const { words, of } = complete(shell, lesson.lab, line);
        return [words.map((word) => (words.length === 1 && !word.endsWith('/') && !word.endsWith('=') ? `${word} ` : word)), of];
      },
    });
  let io = open();
  let lines = new Lines(io);
  const end = () => io.close();
  const isOver = () => signal?.aborted === true;
  signal?.addEventListener('abort', end);
  try {
    while (!isOver()) {
      const line = await readCommand(lines, promptOf(shell, lesson.lab), terminal.interactive);
      if (isOver()) break;
      if (line === undefined) {
        if (terminal.interactive) process.stdout.write('\n');
        if (shell.depth === 0) break;
        // Ctrl-D ends the innermost shell; readline has closed with it.
        await shell.run('exit');
        io = open();
        lines = new Lines(io);
        continue;
      }
      const text = line.trim();
      if (text === '') continue;
      remember(text);
      if ((text === 'exit' || text === 'logout') && shell.depth === 0) break;
      if (text === 'undo') {
        const before = undo.pop();
        if (before === undefined) terminal.note([theme.dim('nothing has been changed yet')]);
        else lesson.lab.restore(before);
      } else if (text === 'reset') {
        undo.push(lesson.lab.snapshot);
        lesson.reset();
        terminal.note([theme.dim('everything is as you first met it (undo takes that back too)')]);
      } else if (text === 'tutor-help') {
        terminal.note(Object.entries(tutorWords).map(([word, what]) => `${word.padEnd(12)} ${theme.dim(what)}`));
      } else if (text === 'history') {
        process.stdout.write(
          readHistory()
            .reverse()
            .map((one, i) => `${String(i + 1).padStart(5)}  ${one}\n`)
            .join(''),
        );
      } else if (text === 'clear') {
        process.stdout.write('\x1b[H\x1b[2J\x1b[3J');
      } else {
        const before = lesson.lab.snapshot;
        const output = await shell.run(line);
        process.stdout.write(harmless(output.stdout));
        process.stderr.write(harmless(output.stderr));
        if (lesson.lab.snapshot !== before) undo.push(before);
      }
    }
  } finally {
    signal?.removeEventListener('abort', end);
    io.close();
  }
}

/** Reads a command that may go over several lines; undefined at Ctrl-D on an empty one. Ctrl-C drops what was typed. */
async function readCommand(lines: Lines, prompt: string, interactive: boolean): Promise<string | undefined> {
  let text = '';
  for (;;) {
    const line = await lines.next(!interactive ? '' : text === '' ? prompt : '> ');
    if (line === 'interrupted') {
      text = '';
      continue;
    }
    if (line === undefined) return text === '' ? undefined : text;
    text = text === '' ? line.text : `${text}\n${line.text}`;
    if (await isComplete(text)) return text;
  }
}

type Line = { readonly text: string } | 'interrupted' | undefined;

/** The lines somebody types, one at a time; what comes while a command runs (a paste, a pipe) waits its turn. */
class Lines {
  readonly #io: Interface;
  readonly #waiting: Line[] = [];
  #closed = false;
  #take: ((line: Line) => void) | undefined;

  constructor(io: Interface) {
    this.#io = io;
    io.on('line', (text) => this.#give({ text }));
    io.on('close', () => {
      this.#closed = true;
      this.#give(undefined);
    });
    io.on('SIGINT', () => {
      process.stdout.write('^C\n');
      Object.assign(io, { line: '', cursor: 0 });
      this.#give('interrupted');
    });
  }

  next(prompt: string): Promise<Line> {
    if (this.#waiting.length > 0) return Promise.resolve(this.#waiting.shift());
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#take = resolve;
      this.#io.setPrompt(prompt);
      this.#io.prompt();
    });
  }

  #give(line: Line): void {
    const take = this.#take;
    this.#take = undefined;
    if (take !== undefined) take(line);
    else if (line !== 'interrupted') this.#waiting.push(line);
  }
}

/** The latest line first, as readline wants it. */
function readHistory(): string[] {
  const path = historyPath();
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .slice(-historySize)
    .reverse();
}

function remember(line: string): void {
  const path = historyPath();
  try {
    mkdirSync(dirname(path), { recursive: true });
    appendFileSync(path, `${line.replaceAll('\n', ' ')}\n`, { mode: 0o600 });
  } catch {
    // A history that cannot be kept is no reason to stop a lesson.
  }
}
