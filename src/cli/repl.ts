/** The simulated terminal, sat at by a person: a line, what it prints, the next line. */
import type { Lesson } from '#lesson/lesson.ts';
import { complete } from '#shell/completion/complete.ts';
import { prepareCompletion } from '#shell/completion/kubectl.ts';
import { promptOf } from '#shell/prompt.ts';
import { inOrder, textOf } from '#shell/written.ts';
import { harmless } from '#ui/text.ts';
import { editIn, editorOf } from './edit.ts';
import { expandHistory, History } from './repl/history.ts';
import { editByLine } from './repl/line-editor.ts';
import { LineReader } from './repl/line-reader.ts';
import { readCommand } from './repl/read-command.ts';
import { lendScreen } from './repl/screen.ts';
import type { ClockBar } from './repl/clock-bar.ts';
import { noteOnMissing, Tutor } from './repl/tutor.ts';
import type { Terminal } from './terminal.ts';

export interface ReplOptions {
  readonly terminal: Terminal;
  /** In the middle of a quiz, where hints and solutions are its own affair: how one gets back to it. */
  readonly leaveHint?: string;
  /** Ends the visit from outside: the time of an exam is over. */
  readonly signal?: AbortSignal | undefined;
  /** Stays in the last row all the time. */
  readonly bar?: ClockBar | undefined;
  /** In an exam: words that are not the cluster's, and what each does; the tutor is silent. */
  readonly words?: Readonly<Record<string, () => void>> | undefined;
  /** Lines that were typed before there was a prompt. */
  readonly ahead?: readonly string[] | undefined;
  /** What is said when the visit ends. */
  readonly farewell?: readonly string[] | undefined;
  /** Told after each line that was run. */
  afterLine?(): void;
  /** Whose kubectl is meant by `kubectl`: the simulated one, or that of this computer. */
  readonly kubectl?: 'simulated' | 'host' | undefined;
}

/** Sits somebody at the lesson's terminal until they leave it; returns the status of the last line. */
export async function repl(lesson: Lesson, options: ReplOptions): Promise<number> {
  const { terminal, leaveHint, kubectl, signal, bar, words, farewell, afterLine } = options;
  const { theme, interactive } = terminal;
  const { lab } = lesson;
  const host = kubectl === 'host' ? await (await import('./host-kubectl.ts')).hostKubectl(lesson, (act) => reader.lend(act)) : undefined;
  const history = new History();
  const tutor = new Tutor(lesson, terminal, words !== undefined ? 'silent' : leaveHint === undefined ? 'helps' : 'undoes');
  const reader: LineReader = new LineReader({
    input: process.stdin,
    output: process.stdout,
    terminal: interactive,
    history: history.latestFirst,
    ...(options.ahead !== undefined && { ahead: options.ahead }),
    complete: (line) => complete(shell, lab, line, [...tutor.words, ...Object.keys(words ?? {})]),
  });
  const shell = lesson.open({
    programs: host === undefined ? [] : [host.command],
    tty: interactive,
    history: () => history.entries,
    ...(interactive && {
      breathe: breather(),
      edit: (text: string, fileName: string) => edit(reader, text, fileName, options),
      screen: (act) => lendScreen(reader, process.stdout, act, { bar, signal }),
    }),
  });
  if (leaveHint === undefined && interactive) tutor.tellStory();
  terminal.note([
    theme.dim(leaveHint ?? 'exit, or Ctrl-D, leaves; check, hint, solution, undo and reset are the tutor’s; tutor-help lists them'),
  ]);
  if (interactive) void prepareCompletion();
  reader.whileBusy = () => shell.interrupt();
  let status = 0;
  const end = () => {
    shell.interrupt();
    reader.close();
  };
  signal?.addEventListener('abort', end);
  if (bar !== undefined) {
    reader.afterDraw = () => bar.draw();
    reader.beforeStop = () => {
      bar.close();
      return () => bar.open();
    };
    bar.open();
  }
  try {
    for (const line of host?.aliases ?? []) await shell.run(line);
    for (;;) {
      const typed = await readCommand(reader, promptOf(shell, lab), interactive);
      if (signal?.aborted === true) {
        process.stdout.write('\n');
        return status;
      }
      if (typed === undefined) {
        if (shell.depth === 0) {
          if (interactive) process.stdout.write(farewell === undefined ? 'exit\n' : '\n');
          return left();
        }
        if (interactive) process.stdout.write('\n');
        // Ctrl-D ends the innermost shell.
        await show('exit');
        continue;
      }
      if (typed.trim() === '') continue;
      const line = recall(typed, history);
      if (line === undefined) continue;
      history.add(line);
      reader.remember(history.latestFirst);
      const leaves = /^\s*(?:exit|logout)(?:\s+(\d+))?\s*$/.exec(line);
      if (leaves !== null && shell.depth === 0) {
        status = leaves[1] === undefined ? status : Number(leaves[1]) & 255;
        return left();
      }
      const word = words?.[line.trim()];
      if (word !== undefined) {
        word();
        continue;
      }
      if (await tutor.hears(line)) continue;
      if (line.trim() === 'clear' && interactive) process.stdout.write('\x1b[H\x1b[2J\x1b[3J');
      else if (await show(line)) return left();
    }
  } finally {
    signal?.removeEventListener('abort', end);
    bar?.close();
    reader.close();
    host?.close();
  }

  function left(): number {
    if (farewell !== undefined) process.stdout.write(farewell.map((line) => `${line}\n`).join(''));
    return status;
  }

  /** Runs a line, and shows what it prints; reports whether the session is over with it. */
  async function show(line: string): Promise<boolean> {
    const before = lab.snapshot;
    const output = await shell.run(line);
    for (const { to, text } of inOrder(output)) process[to].write(harmless(text));
    reader.wrote(harmless(textOf(output)));
    status = output.exitCode;
    const note = output.exitCode === 127 ? noteOnMissing(output.stderr) : undefined;
    if (note !== undefined) terminal.note([theme.dim(`(${note})`)]);
    tutor.keep(before);
    if (lab.snapshot !== before) afterLine?.();
    return output.over === true;
  }
}

/** Every so often keys are listened to, so that a line that goes on for long can be ended. */
function breather(): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < 50) return undefined;
    return new Promise((resolve) =>
      setImmediate(() => {
        last = performance.now();
        resolve();
      }),
    );
  };
}

/** The line with references to earlier ones resolved, which is shown then as bash shows it; undefined when one leads nowhere. */
function recall(typed: string, history: History): string | undefined {
  const expanded = expandHistory(typed, history.entries);
  if (expanded === undefined) return typed;
  if ('missing' in expanded) {
    process.stderr.write(`bash: ${harmless(expanded.missing)}: event not found\n`);
    return undefined;
  }
  process.stdout.write(`${harmless(expanded.text)}\n`);
  return expanded.text;
}

/** The learner's editor on a text, or ours where they have none. */
async function edit(reader: LineReader, text: string, fileName: string, { bar, signal }: ReplOptions): Promise<string> {
  const editor = editorOf();
  if (editor !== undefined) {
    bar?.close();
    return await reader.lend(() => editIn(editor, text, fileName, signal)).finally(() => signal?.aborted !== true && bar?.open());
  }
  const ask = async (prompt: string, given = '') => {
    const line = await reader.edit(prompt, given);
    return line === undefined || line === 'interrupted' ? undefined : line.text;
  };
  return (await editByLine(text, fileName, ask, (said) => void process.stdout.write(harmless(said)))) ?? text;
}
