/**
 * The tutorial of docs/writing-scenarios.md, followed word for word with the program as it is built: its files are saved under the names
 * that it gives them, its lines are typed, and what it shows is what they print. UPDATE=1 writes that into the page anew.
 */
import { afterAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const page = 'docs/writing-scenarios.md';
const before = readFileSync(page, 'utf8');
const [tutorial = ''] = before.split(/^## Principles$/m);

const home = mkdtempSync(join(tmpdir(), 'cka-net-tutorial-'));
const here = join(home, 'here');
const bin = join(home, 'bin');
mkdirSync(here);
mkdirSync(bin);
writeFileSync(join(bin, 'cka-net'), `#!/bin/sh\nexec '${process.execPath}' '${resolve('bin/cka-net')}' "$@"\n`, { mode: 0o755 });
afterAll(() => rmSync(home, { recursive: true }));

interface Typed {
  readonly line: string;
  readonly printed: string;
  readonly status: number;
}

function type(line: string): Typed {
  const { stdout, stderr, status } = spawnSync('sh', ['-c', line], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: here,
    encoding: 'utf8',
    env: { PATH: `${bin}:${process.env['PATH']}`, CKA_NET_HOME: join(home, 'data'), LC_ALL: 'C.UTF-8' },
  });
  return { line, printed: stdout + stderr, status: status ?? -1 };
}

/** What a block of the page becomes when it is followed: files are saved, lines typed. */
function followed(all: string, language: string, body: string, textBefore: string): string {
  if (language === 'yaml') {
    const name = [...textBefore.matchAll(/[Ss]ave this as `([\w.-]+)`/g)].at(-1)?.[1];
    if (name !== undefined) writeFileSync(join(here, name), body);
    return all;
  }
  const lines = body.split('\n').filter((line) => line.startsWith('$ '));
  const shown = lines.map((line) => {
    const one = type(line.slice(2));
    typed.push(one);
    return `${line}\n${one.printed}`;
  });
  return `\`\`\`console\n${shown.join('')}\`\`\``;
}

const typed: Typed[] = [];
const text = tutorial.replaceAll(/^```(yaml|console)\n([\s\S]*?)^```$/gm, (all, language: string, body: string, offset: number) =>
  followed(all, language, body, tutorial.slice(0, offset).split('```').at(-1)!),
);
if ((process.env['UPDATE'] ?? '') !== '')
  writeFileSync(
    page,
    before.replace(tutorial, () => text),
  );

describe('the tutorial', () => {
  it('shows what is printed', () =>
    expect(text.split('\n')).toEqual(
      readFileSync(page, 'utf8')
        .split(/^## Principles$/m)[0]!
        .split('\n'),
    ));

  it('ends with a scenario that is well written and keeps what it promises', () => {
    expect(typed.slice(-2).map(({ line, status }) => `${line.split(' ').slice(0, 2).join(' ')} ${status}`)).toEqual([
      'cka-net lint 0',
      'cka-net test 0',
    ]);
  });

  it('needs few lines', () => {
    expect(typed.length).toBeGreaterThan(5);
    expect(typed.length).toBeLessThan(12);
  });
});
