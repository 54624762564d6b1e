/** The learner's own editor on a private copy of a text; where there is none, one of ours that edits line by line. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
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

/**
 * Opens the text in that editor, waits, and returns what was saved. The copy is nobody else's to read, and is gone afterwards. `signal`
 * ends the editor from outside; what was not saved by then is not kept.
 */
export async function editIn(editor: string, text: string, fileName: string, signal?: AbortSignal): Promise<string> {
  const directory = privateDirectory();
  try {
    const path = directory.write(basename(fileName).replace(/[^\w.-]/g, '_') || 'file', text);
    // A plain command takes the shell's place, so that it is the editor that gets a signal.
    const exec = /^[\w./-]+(\s[^;&|]*)?$/.test(editor) ? 'exec ' : '';
    const status = await ended(spawn('sh', ['-c', `${exec}${editor} "$1"`, 'sh', path], { stdio: 'inherit' }), signal);
    return status === 0 ? readFileSync(path, 'utf8') : text;
  } finally {
    directory.remove();
  }
}

async function ended(child: ChildProcess, signal: AbortSignal | undefined): Promise<number | null> {
  const stop = () => void child.kill('SIGHUP');
  // Ctrl-C is for the editor.
  const stay = () => undefined;
  process.on('SIGINT', stay);
  signal?.addEventListener('abort', stop);
  try {
    return await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  } finally {
    process.off('SIGINT', stay);
    signal?.removeEventListener('abort', stop);
  }
}
