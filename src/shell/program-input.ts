/** What a program reads: the files that it was given, or standard input. */
import { normalize } from '#node/files.ts';
import type { Io } from './command.ts';

/** The text of a file, or why there is none in the words of strerror(3). `-` is standard input. */
export function readInput(io: Io, name: string): { readonly text: string } | { readonly problem: string } {
  if (name === '-') return { text: io.stdin };
  const path = normalize(name, io.cwd);
  const kind = io.files.stat(path)?.kind;
  const text = kind === 'directory' ? undefined : io.files.read(path);
  if (text !== undefined) return { text };
  return { problem: kind === 'directory' ? 'Is a directory' : name === '' ? 'No such file or directory' : missing(io, name, path) };
}

/** A file on the way to it is no directory, or there is none. */
function missing(io: Io, name: string, path: string): string {
  const parts = path.split('/').slice(1);
  const under = parts.slice(0, name.endsWith('/') ? undefined : -1);
  for (let length = 1; length <= under.length; length++)
    if (io.files.stat(`/${under.slice(0, length).join('/')}`)?.kind === 'file') return 'Not a directory';
  return 'No such file or directory';
}

/** The lines of a text, each without its line break. */
export function linesOf(text: string, end = '\n'): readonly string[] {
  if (text === '') return [];
  const lines = text.split(end);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
