import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './package-root.ts';

/** Names what was built; undefined for a program that runs from its sources. */
export function buildId(): string | undefined {
  try {
    return readFileSync(join(packageRoot(), 'dist', 'build-id'), 'utf8');
  } catch {
    return undefined;
  }
}
