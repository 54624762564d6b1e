/** Files for one run of the program, that nobody else may read, and that are gone when it ends, however it ends. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PrivateDirectory {
  readonly path: string;
  /** Writes a file in it; its path. */
  write(name: string, text: string): string;
  remove(): void;
}

/** Makes a directory that only its owner can enter. A kill that no program can notice leaves it behind. */
export function privateDirectory(): PrivateDirectory {
  const path = mkdtempSync(join(tmpdir(), 'cka-net-'));
  // Who has nothing else to do when asked to end goes in an orderly way.
  const asked = (['SIGTERM', 'SIGHUP'] as const).filter((signal) => process.listenerCount(signal) === 0);
  const leave = (signal: NodeJS.Signals) => process.exit(128 + constants.signals[signal]);
  for (const signal of asked) process.on(signal, leave);
  const remove = () => {
    process.off('exit', remove);
    for (const signal of asked) process.off(signal, leave);
    rmSync(path, { recursive: true, force: true });
  };
  process.on('exit', remove);
  return {
    path,
    write(name, text) {
      const file = join(path, name);
      writeFileSync(file, text, { mode: 0o600 });
      return file;
    },
    remove,
  };
}
