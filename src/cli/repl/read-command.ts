import { isComplete } from '#shell/shell.ts';
import type { LineReader } from './line-reader.ts';

/** Reads a command that may go over several lines; undefined at Ctrl-D on an empty one. Ctrl-C drops what was typed. */
export async function readCommand(lines: LineReader, prompt: string, interactive: boolean): Promise<string | undefined> {
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
