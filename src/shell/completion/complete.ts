/** Tab: what may stand at the cursor. Programs, their words and flags, paths, and what the cluster has. */
import { normalize } from '#node/files.ts';
import type { Lab } from '#lab/lab.ts';
import type { Shell } from '../shell.ts';
import { completeKubectl } from './kubectl.ts';
import { completeTool } from './tools.ts';

export interface Completion {
  /** Whole words that could replace the word at the cursor. */
  readonly words: readonly string[];
  /** The word they would replace. */
  readonly of: string;
}

/** Programs that run what follows them: the words after them are a command of their own. */
const carriers = new Set(['sudo', 'time', 'watch', 'xargs', 'nohup', 'exec', 'env']);

/** Completes the last word of the text left of the cursor; `others` are words that may stand first beside programs. */
export async function complete(shell: Shell, lab: Lab, text: string, others: readonly string[] = []): Promise<Completion> {
  const words = lastCommand(text);
  const of = words.at(-1)!;
  const before = withoutCarriers(words.slice(0, -1));
  const fitting = (all: readonly string[]) => ({ words: [...new Set(all)].filter((word) => word.startsWith(of)).sort(), of });
  if (/^\$\w*$/.test(of))
    return fitting(
      Object.keys(shell.env)
        .filter((name) => !name.startsWith('BASH_'))
        .map((name) => `$${name}`),
    );
  const isFirst = words.length === 1;
  const aliases = Object.keys(shell.env).flatMap((name) => (name.startsWith('BASH_ALIAS_') ? [name.slice(11)] : []));
  if (before.length === 0)
    return of.includes('/') ? fitting(pathsLike(shell, of)) : fitting([...shell.programs(), ...aliases, ...(isFirst ? others : [])]);
  if (/^\d*[<>]+$/.test(before.at(-1)!)) return fitting(pathsLike(shell, of));
  const command = [...aliasOf(shell, before[0]!), ...before.slice(1)];
  const found = command[0] === 'kubectl' ? await completeKubectl(shell, lab, command.slice(1), of) : completeTool(shell, lab, command, of);
  return fitting(found ?? pathsLike(shell, of, command[0] === 'cd' || command[0] === 'rmdir'));
}

/** The words of the command that the text ends in; the last one may be empty. */
function lastCommand(text: string): readonly string[] {
  let words = [''];
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const sign = text[i]!;
    if (quote !== '') {
      if (sign === quote) quote = '';
      else words[words.length - 1] += sign;
    } else if (sign === "'" || sign === '"') quote = sign;
    else if (sign === '|' || sign === ';' || sign === '&' || sign === '(' || sign === '\n' || sign === '`') words = [''];
    else if (/\s/.test(sign)) {
      if (words.at(-1) !== '') words.push('');
    } else words[words.length - 1] += sign;
  }
  return words;
}

function withoutCarriers(words: readonly string[]): readonly string[] {
  let at = 0;
  while (at < words.length && (/^\w+=/.test(words[at]!) || carriers.has(words[at]!))) {
    const carrier = words[at++]!;
    while (carriers.has(carrier) && at < words.length && words[at]!.startsWith('-')) at += words[at] === '-n' ? 2 : 1;
  }
  return words.slice(at);
}

/** The words that an alias stands for; a word that is none stands for itself. */
function aliasOf(shell: Shell, word: string): readonly string[] {
  const alias = shell.env[`BASH_ALIAS_${word}`];
  return alias === undefined ? [word] : alias.trim().split(/\s+/);
}

/** Paths that begin so; a directory ends in a slash. */
export function pathsLike(shell: Pick<Shell, 'cwd' | 'files'>, word: string, directories = false): readonly string[] {
  const slash = word.lastIndexOf('/');
  const typed = slash < 0 ? '' : word.slice(0, slash + 1);
  const directory = normalize(typed === '' ? '.' : typed.replace(/^~/, '/root'), shell.cwd);
  return (shell.files.list(directory) ?? [])
    .filter((name) => !name.startsWith('.') || word.slice(slash + 1).startsWith('.'))
    .flatMap((name) => {
      const isDirectory = shell.files.stat(`${directory === '/' ? '' : directory}/${name}`)?.kind === 'directory';
      return directories && !isDirectory ? [] : [`${typed}${name}${isDirectory ? '/' : ''}`];
    });
}
