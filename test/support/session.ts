/**
 * Sessions: a terminal as text. A line that begins with a prompt is typed; `> ` continues it; what follows is what it prints, standard error
 * after standard output; `[n]` is a status other than 0. Lines before the first prompt that begin with `#` are the reader's.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Grounds } from '#lab/bring-up/grounds.ts';
import { startLesson, type Lesson } from '#lesson/lesson.ts';
import { loadScenario } from '#scenario/load.ts';
import { promptOf } from '#shell/prompt.ts';

interface Exchange {
  readonly prompt: string;
  readonly command: string;
}

export interface Session {
  readonly head: readonly string[];
  /** The scenario's file, relative to the repository. */
  readonly scenario: string;
  readonly exchanges: readonly Exchange[];
}

const prompt = /^([\w.-]+:[^\s$#]*[$#] |\/[^\s]* # |root@[\w.-]+:[^\s]*# )(.*)$/;

export function parseSession(text: string): Session {
  const lines = text.split('\n');
  const head = lines.slice(
    0,
    lines.findIndex((line) => prompt.test(line)),
  );
  const scenario = head.map((line) => /^# scenario: (\S+)$/.exec(line)?.[1]).find((one) => one !== undefined);
  if (scenario === undefined) throw new Error('a session names its scenario: "# scenario: scenarios/….yaml"');
  const exchanges: { prompt: string; command: string }[] = [];
  let continuing = false;
  for (const line of lines.slice(head.length)) {
    const found = prompt.exec(line);
    if (found !== null) exchanges.push({ prompt: found[1]!, command: found[2]! });
    else if (continuing && line.startsWith('> ')) exchanges.at(-1)!.command += `\n${line.slice(2)}`;
    continuing = found !== null || (continuing && line.startsWith('> '));
  }
  return { head, scenario, exchanges };
}

/** What the lessons of all suites in this process stand on, as those of a proof do. */
export const sharedGrounds = new Grounds();

export async function lessonOf(path: string, grounds?: Grounds): Promise<Lesson> {
  return lessonFrom(readFileSync(path, 'utf8'), basename(path), grounds);
}

/** The lesson of a scenario's text. */
export async function lessonFrom(text: string, name = 'scenario.yaml', grounds = sharedGrounds): Promise<Lesson> {
  const loaded = loadScenario([{ name, text }]);
  if (!loaded.ok) throw new Error(`${name} does not load: ${JSON.stringify(loaded, undefined, 1)}`);
  const started = await startLesson(loaded.scenario, { seed: '0', grounds });
  if (!started.ok) throw new Error(`${name} does not start: ${JSON.stringify(started.error, undefined, 1)}`);
  return started.value;
}

/** Types the session's lines again, and gives the terminal's text as it is now. */
export async function replay(session: Session): Promise<string> {
  const lesson = await lessonOf(session.scenario);
  const shell = lesson.open({ tty: true });
  let text = session.head.map((line) => `${line}\n`).join('');
  for (const { command } of session.exchanges) {
    text += `${promptOf(shell, lesson.lab)}${command.replaceAll('\n', '\n> ')}\n`;
    const { stdout, stderr, exitCode } = await shell.run(command);
    const output = stdout + stderr;
    text += output === '' || output.endsWith('\n') ? output : `${output}\n`;
    if (exitCode !== 0) text += `[${exitCode}]\n`;
  }
  return text;
}

/** Compares, or with UPDATE=1 writes anew. */
export async function checkSession(path: string): Promise<{ readonly expected: string; readonly actual: string }> {
  const expected = readFileSync(path, 'utf8');
  const actual = await replay(parseSession(expected));
  if (process.env['UPDATE'] === '1') {
    writeFileSync(path, actual);
    return { expected: actual, actual };
  }
  return { expected, actual };
}
