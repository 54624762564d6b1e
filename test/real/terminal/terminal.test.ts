/**
 * What people type at a node, in the simulated terminal and in a real bash with Debian's programs, on the same files: the lines stand in the
 * `.txt` files beside, one each (`␤` is a line break). Where the two differ for a reason, `differences.ts` says so.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Lesson } from '#lesson/lesson.ts';
import { lessonOf } from '../../support/session.ts';
import { differences } from './differences.ts';
import { files, printed } from './files.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
/** The packages that the programs come in. */
const needed: Readonly<Record<string, string>> = {
  jq: 'jq',
  mawk: 'mawk',
  sed: 'sed',
  column: 'bsdextrautils',
  pgrep: 'procps',
  envsubst: 'gettext-base',
};

const isThere = (program: string): boolean => spawnSync('which', [program]).status === 0;
const missing = Object.keys(needed).filter((program) => !isThere(program));
if (missing.length > 0 && process.getuid?.() === 0)
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...missing.map((program) => needed[program]!)]);
const lacking = missing.filter((program) => !isThere(program));
const gnu = /GNU coreutils/.test(spawnSync('ls', ['--version'], { encoding: 'utf8' }).stdout ?? '');
const reason =
  process.getuid?.() !== 0 ? 'not root' : !gnu ? 'no GNU coreutils' : lacking.length > 0 ? `no ${lacking.join(', ')}` : undefined;
if (reason !== undefined) process.stderr.write(`test/real/terminal: skipped, ${reason}\n`);

let lesson: Lesson;
let start: Lesson['start'];
let parent: string;
const contents = new Map(Object.entries(files));

beforeAll(async () => {
  if (reason !== undefined) return;
  lesson = await lessonOf('scenarios/services/service-selector-mismatch.yaml');
  for (const [name, line] of Object.entries(printed)) contents.set(name, (await lesson.run(line)).stdout);
  await lesson.run('mkdir -p /tmp/t');
  for (const [name, stdin] of contents) await lesson.run(`cat > '/tmp/t/${name}'`, { stdin });
  start = lesson.lab.snapshot;
  parent = mkdtempSync(join(tmpdir(), 'cka-net-'));
}, 60_000);
afterAll(() => {
  if (reason === undefined) rmSync(parent, { recursive: true });
});

/** bash names the line of a script where a terminal has none; directories are named alike. */
function comparable(text: string): string {
  return text.replaceAll(parent, '/tmp').replace(/^bash: (?:-c: )?line \d+: /gm, 'bash: ');
}

function inBash(line: string): object {
  const directory = join(parent, 't');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  for (const [name, text] of contents) writeFileSync(join(directory, name), text);
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', line], {
    cwd: directory,
    encoding: 'utf8',
    input: '',
    timeout: 20_000,
    env: { PATH: process.env['PATH'], HOME: '/root', LANG: 'C.UTF-8', TZ: 'UTC' },
  });
  return { stdout: comparable(stdout), stderr: comparable(stderr), exitCode: status };
}

async function inOurs(line: string): Promise<object> {
  lesson.lab.restore(start);
  const { stdout, stderr, exitCode } = await lesson.open({}).run(`cd /tmp/t\n${line}`);
  return { stdout: comparable(stdout), stderr: comparable(stderr), exitCode };
}

const groups = readdirSync(here).filter((name) => name.endsWith('.txt'));
(reason === undefined ? describe : describe.skip).each(groups.map((name) => basename(name, '.txt')))('%s', (group) => {
  const lines = readFileSync(join(here, `${group}.txt`), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  it.each(lines.filter((line) => differences[line] === undefined))('%s', async (line) => {
    const typed = line.replaceAll('␤', '\n');
    expect(await inOurs(typed)).toEqual(inBash(typed));
  });
  const different = lines.filter((line) => differences[line] !== undefined);
  if (different.length > 0)
    it.each(different)('%s differs, for a reason', async (line) => {
      const typed = line.replaceAll('␤', '\n');
      expect(await inOurs(typed)).not.toEqual(inBash(typed));
    });
});
