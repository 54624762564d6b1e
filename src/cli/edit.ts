/** The learner's own editor on a private copy of a text. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** The editor this person uses; undefined when the environment names none and none of the usual ones is there. */
export function editorOf(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env['VISUAL'] || env['EDITOR'];
  if (named) return named;
  return ['vi', 'vim', 'nano'].find((name) => spawnSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' }).status === 0);
}

/** Opens the text, waits, and returns what was saved. The copy is nobody else's to read, and is gone afterwards. */
export async function editText(text: string, fileName: string): Promise<string> {
  const editor = editorOf();
  if (editor === undefined) return text;
  const directory = mkdtempSync(join(tmpdir(), 'cka-net-'));
  const path = join(directory, basename(fileName).replace(/[^\w.-]/g, '_') || 'file');
  try {
    writeFileSync(path, text, { mode: 0o600 });
    const result = spawnSync('sh', ['-c', `${editor} "$1"`, 'sh', path], { stdio: 'inherit' });
    if (result.status !== 0) return text;
    return readFileSync(path, 'utf8');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
