import { expect } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const directory = fileURLToPath(new URL('./screens', import.meta.url));

/** Compares lines with a file in `screens/`; `UPDATE=1` writes it instead, and the diff is the review. */
export function expectScreen(name: string, lines: readonly string[]): void {
  const path = join(directory, `${name}.txt`);
  const text = `${lines.join('\n')}\n`;
  if (process.env['UPDATE'] === '1') writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, 'utf8'));
}
