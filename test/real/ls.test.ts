/** ls of the simulation beside the real one, on the same tree. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lesson } from '#lesson/lesson.ts';
import { lessonOf } from '../support/session.ts';

const reason =
  process.getuid?.() !== 0
    ? 'not root'
    : !/GNU coreutils/.test(spawnSync('ls', ['--version'], { encoding: 'utf8' }).stdout ?? '')
      ? 'no GNU ls'
      : undefined;
if (reason !== undefined) process.stderr.write(`test/real/ls: skipped, ${reason}\n`);

/** The same lines make both trees; `touch` gives both the times. */
const tree = `mkdir -p net.d/deep/er empty; printf '%s' '{"cniVersion": "0.3.1"}' > net.d/10-flannel.conflist
seq 1 2000 > net.d/big; echo hello > README; echo x > .hidden; echo '#!/bin/sh' > run.sh; chmod 755 run.sh; chmod 600 README
ln -s README link; ln -s /nowhere broken; ln -s net.d dir-link; echo b > 'with blank'; echo z > Zebra; echo e > empty.txt; : > nothing
touch -d '2026-11-20T10:00:00Z' README run.sh Zebra; touch -d '2024-02-03T04:05:06Z' net.d/big; touch -d '2026-11-22T01:02:03Z' empty.txt nothing 'with blank'
chmod 700 empty`;

let lesson: Lesson;
let parent: string;
let directory: string;
beforeAll(async () => {
  if (reason !== undefined) return;
  lesson = await lessonOf('scenarios/services/service-selector-mismatch.yaml');
  parent = mkdtempSync(join(tmpdir(), 'cka-net-'));
  directory = join(parent, 't');
  spawnSync('bash', ['--norc', '-c', `umask 022; chmod 755 .; mkdir t; cd t; ${tree}`], { cwd: parent });
  await lesson.run(`mkdir -p /tmp/p/t; cd /tmp/p/t; ${tree}`);
}, 60_000);
afterAll(() => {
  if (reason === undefined) rmSync(parent, { recursive: true });
});

/** Times of what was not touched are those of two different days. */
function plain(text: string): string {
  return text.replace(
    /(\b(?:root|0) +\d+[.\dK]* )[A-Z][a-z]{2} +\d+ +[\d:]+ (?=(?:\.{1,2}|empty|net\.d|deep|er|link|broken|dir-link|10-flannel\.conflist|\.hidden)\/?(?: ->.*)?$)/gm,
    '$1DATE ',
  );
}

(reason === undefined ? describe : describe.skip)(`ls${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  it.each([
    'ls',
    'ls -1',
    'ls -a',
    'ls -A',
    'ls -l',
    'ls -la',
    'ls -lA net.d',
    'ls -lh net.d',
    'ls -lhS net.d',
    'ls -n',
    'ls -lo',
    'ls -lg',
    'ls -lF',
    'ls -F',
    'ls -p',
    'ls -d net.d',
    'ls -ld net.d empty README',
    'ls -R',
    'ls -lR net.d',
    'ls -r',
    'ls -t README net.d/big empty.txt',
    'ls -ltr README net.d/big nothing Zebra',
    'ls -S README nothing net.d/big',
    'ls -s net.d',
    'ls -ls net.d',
    'ls -m',
    'ls -Q',
    'ls -C',
    'ls -x --group-directories-first',
    'ls --group-directories-first',
    'ls net.d empty',
    'ls README net.d run.sh',
    'ls -l link broken dir-link',
    'ls dir-link',
    'ls -l dir-link/',
    'ls -L link',
    'ls nope',
    'ls -l nope README',
    'ls "it\'s"',
    'ls empty',
    'ls -l empty',
    'ls -y',
    'ls --frobnicate',
    'ls *.sh net*',
    'ls --color=auto -- README',
  ])('%s', async (line) => {
    const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', line], {
      cwd: directory,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TZ: 'UTC' },
    });
    const ours = await lesson.run(`cd /tmp/p/t && ${line}`);
    expect({ stdout: plain(ours.stdout), stderr: ours.stderr, exitCode: ours.exitCode }).toEqual({
      stdout: plain(stdout),
      stderr,
      exitCode: status,
    });
  });
});
