/** The learner's own editor on a private copy of a text; where there is none, one of ours that edits line by line. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { privateDirectory } from './private-file.ts';

/** The editor this person uses, or the one that was asked for; undefined when neither the environment names one nor any of the usual ones is there. */
export function editorOf(env: NodeJS.ProcessEnv = process.env, asked?: string): string | undefined {
  const named = env['VISUAL'] || env['EDITOR'];
  if (named) return named;
  const path = env['PATH'] ?? '';
  return [...(asked === undefined ? [] : [asked]), 'vi', 'vim', 'nano'].find(
    (name) => spawnSync('/bin/sh', ['-c', `command -v ${name}`], { stdio: 'ignore', env: { PATH: path } }).status === 0,
  );
}

/** Opens the text in that editor, waits, and returns what was saved. The copy is nobody else's to read, and is gone afterwards. */
export function editIn(editor: string, text: string, fileName: string): string {
  const directory = privateDirectory();
  try {
    const path = directory.write(basename(fileName).replace(/[^\w.-]/g, '_') || 'file', text);
    const result = spawnSync('sh', ['-c', `${editor} "$1"`, 'sh', path], { stdio: 'inherit' });
    if (result.status !== 0) return text;
    return readFileSync(path, 'utf8');
  } finally {
    directory.remove();
  }
}
