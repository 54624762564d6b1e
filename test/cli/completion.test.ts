import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMain } from '../support/run-main.ts';

let home: string;
const before = process.env['CKA_NET_SCENARIOS'];
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'cka-net-'));
  const lesson = 'apiVersion: cka-net/v1\nkind: Scenario\nmetadata: {name: quay}\n';
  mkdirSync(join(home, 'port'));
  writeFileSync(
    join(home, 'port/index.yaml'),
    'apiVersion: cka-net/v1\nkind: Pack\nmetadata: {name: port, title: Port, licence: MIT}\nspec: {scenarios: [quay.yaml]}\n',
  );
  writeFileSync(join(home, 'port/quay.yaml'), lesson);
  for (const name of ['$(touch owned)', '`touch owned`', 'a b', '-x', 'fine-1']) writeFileSync(join(home, `${name}.yaml`), lesson);
  process.env['CKA_NET_SCENARIOS'] = home;
});
afterAll(() => {
  if (before === undefined) delete process.env['CKA_NET_SCENARIOS'];
  else process.env['CKA_NET_SCENARIOS'] = before;
  rmSync(home, { recursive: true });
});

const words = async (...after: string[]) => (await runMain('completion', 'words', ...after)).stdout.trim().split('\n');

it('knows the commands', async () => {
  expect(await words()).toEqual(expect.arrayContaining(['quiz', 'inspect', 'completion']));
  expect(await words('in')).toEqual(await words());
});
it('knows scenarios, packs and options, and nothing that a shell would run', async () => {
  const after = await words('inspect');
  expect(after).toEqual(expect.arrayContaining(['service-selector-mismatch', 'port', 'port/quay', 'fine-1', '--reveal', '--seed']));
  expect(after.filter((word) => /[^\w./-]/.test(word))).toEqual([]);
  expect(after).not.toContain('-x');
});
it.each([
  ['list', 'port', true],
  ['list', 'port/quay', false],
  ['drill', 'subnet', true],
  ['drill', 'port/quay', false],
  ['stats', '--output', true],
])('after %s: %s, %s', async (command, word, is) => expect((await words(command)).includes(word)).toBe(is));
it('refuses a shell that it does not know', async () => {
  expect(await runMain('completion', 'tcsh')).toEqual({
    status: 2,
    stdout: '',
    stderr: 'cka-net: there is no completion for "tcsh" (bash, zsh, fish)\n',
  });
});

it('completes in bash', async () => {
  // Stands for the program: it answers with the words that it would print.
  const program = join(home, 'cka-net');
  writeFileSync(program, `#!/bin/sh\ncat <<'EOF'\n${(await words('quiz')).join('\n')}\nEOF\n`);
  chmodSync(program, 0o755);
  const script = `${(await runMain('completion', 'bash')).stdout}
COMP_WORDS=(cka-net quiz "$1"); COMP_CWORD=2; _cka_net; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const complete = (word: string) =>
    execFileSync('bash', ['-c', script, 'bash', word], {
      encoding: 'utf8',
      cwd: home,
      env: { ...process.env, PATH: `${home}:${process.env['PATH']}` },
    }).trim();
  expect(complete('port/')).toBe('port/quay');
  expect(complete('service-sel')).toBe('service-selector-mismatch');
  expect(complete('--diff')).toBe('--difficulty');
});
