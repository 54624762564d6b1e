/** The code that V8 has made is kept: of every command that was carried out, once. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';

const home = mkdtempSync(join(tmpdir(), 'kept-code-'));
afterAll(() => rmSync(home, { recursive: true }));

/** Carries out a command; the size of the program's code that is kept then, and for whom. */
function kept(...args: readonly string[]): { readonly size: number; readonly users: string } {
  const { status } = spawnSync(process.execPath, ['bin/cka-net', ...args], {
    env: { ...process.env, CKA_NET_HOME: home },
    stdio: 'ignore',
  });
  expect(status).toBe(0);
  const files = readdirSync(home, { recursive: true }).map((name) => join(home, String(name)));
  const code = files.find((name) => /code-program-[^/]*$/.test(name) && !name.endsWith('-users'));
  return code === undefined ? { size: 0, users: '' } : { size: statSync(code).size, users: readFileSync(`${code}-users`, 'utf8') };
}

it('each command adds its own to what is kept', () => {
  const inspect = ['inspect', 'service-selector-mismatch', '--', 'kubectl', 'get', 'nodes'];
  const first = kept('list');
  expect(first.users).toBe('list');
  // A cluster that comes up from nothing runs code that is seldom needed again.
  expect(kept(...inspect)).toEqual(first);
  const second = kept(...inspect);
  expect(second).toEqual({ size: expect.any(Number), users: 'list inspect' });
  expect(second.size).toBeGreaterThan(1.2 * first.size);
  expect(kept('list')).toEqual(second);
});
