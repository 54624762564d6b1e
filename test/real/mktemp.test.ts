/** mktemp of the simulation beside the real one: what it says, and what it makes. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import type { Lesson } from '#lesson/lesson.ts';
import { lessonOf } from '../support/session.ts';

const reason = /GNU coreutils/.test(spawnSync('mktemp', ['--version'], { encoding: 'utf8' }).stdout ?? '') ? undefined : 'no GNU mktemp';
if (reason !== undefined) process.stderr.write(`test/real/mktemp: skipped, ${reason}\n`);

let lesson: Lesson;
beforeAll(async () => {
  lesson = await lessonOf('scenarios/services/service-selector-mismatch.yaml');
});

/** Letters that are drawn anew every time. */
const masked = (text: string) => text.replace(/\b(tmp|a|x)\.[A-Za-z0-9]{3,10}/g, '$1.*');

(reason === undefined ? describe : describe.skip)('mktemp', () => {
  it.each([
    'mktemp',
    'mktemp -u',
    'mktemp -d',
    'f=$(mktemp); echo hello > $f; stat -c "%a %s %F" $f',
    'f=$(mktemp -d); stat -c "%a %F" $f',
    'd=$(mktemp -d); mktemp -p $d x.XXX | sed s,$d,D,; ls $d | wc -l',
    'cd $(mktemp -d); mktemp a.XXXX; ls | wc -l',
    'TMPDIR=/var/tmp mktemp -t a.XXXX',
    'mktemp --suffix=.yaml a.XXXX -p /tmp | sed s/^.*yaml$/yaml/',
    'mktemp --tmpdir x.XXXXXX',
    'mktemp nox',
    'mktemp a b',
    'mktemp /no/XXXX',
    'mktemp -d /no/XXXX',
    'mktemp -q /no/XXXX',
    'mktemp -z',
    'mktemp --foo',
    'mktemp -p',
    'mktemp -p /nope xXXX',
    'mktemp -t /aXXX',
    'mktemp --tmpdir /aXXX',
    'mktemp --suffix=/a xXXX',
    'mktemp --suffix=.b xXXXc',
    'mktemp aXXXb/c',
  ])('%s', async (line) => {
    const env = { PATH: process.env['PATH'], LANG: 'C.UTF-8', HOME: '/root' };
    const real = spawnSync('bash', ['-c', line], { encoding: 'utf8', env });
    const ours = await lesson.run(line);
    expect({ stdout: masked(ours.stdout), stderr: ours.stderr, exitCode: ours.exitCode }).toEqual({
      stdout: masked(real.stdout),
      stderr: real.stderr,
      exitCode: real.status,
    });
  });
});
