/** Files that can be made again at any time: nothing is lost with them, and nothing fails for want of them. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from './directories.ts';

/** So many files are kept, the last used. */
const mostFiles = 100;

/** The bytes of a cached file; undefined where there is none that can be read. */
export function readCached(name: string): Buffer | undefined {
  try {
    return readFileSync(join(cacheDirectory(), name));
  } catch {
    return undefined;
  }
}

/** Writes a file for later; a full or read-only disk only means that there will be none. */
export function writeCached(name: string, bytes: Uint8Array): void {
  const directory = cacheDirectory();
  const path = join(directory, name);
  const fresh = `${path}.${process.pid}`;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    sweep(directory);
    writeFileSync(fresh, bytes, { mode: 0o600 });
    renameSync(fresh, path);
  } catch {
    discard(fresh);
  }
}

function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It was never there.
  }
}

function sweep(directory: string): void {
  const files = readdirSync(directory).map((name) => ({ name, used: statSync(join(directory, name)).atimeMs }));
  for (const { name } of files.sort((a, b) => b.used - a.used).slice(mostFiles - 1)) rmSync(join(directory, name), { force: true });
}
