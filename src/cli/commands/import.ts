import { existsSync, readFileSync } from 'node:fs';
import { Failure } from '../failure.ts';
import { importProgress, looksLikeJournal } from './import-progress.ts';

/** `cka-net import <file>`: takes in what `cka-net export` has written; `-` is standard input. */
export async function importFile(name: string): Promise<number> {
  if (name !== '-' && !existsSync(name)) throw new Failure(`${name}: there is no such file`);
  const text = readFileSync(name === '-' ? 0 : name, 'utf8');
  if (!looksLikeJournal(text)) throw new Failure(`${name}: this is no journal; \`cka-net export\` writes one`);
  return importProgress(name === '-' ? '<stdin>' : name, text);
}
