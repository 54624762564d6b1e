/** `exit` in a line that somebody types: the innermost shell ends there, and what stands behind it is not carried out. */
import { beforeAll, expect, it } from '@jest/globals';
import type { Lesson } from '#lesson/lesson.ts';
import { lessonOf } from '../support/session.ts';

let lesson: Lesson;
beforeAll(async () => {
  lesson = await lessonOf('scenarios/services/a-database-of-ones-own.yaml');
});

it.each([
  ['exit', 0, '', 0],
  ['exit 3', 0, '', 3],
  ['hostname; exit', 0, 'node01\n', 0],
  ['hostname; exit 4; hostname', 0, 'node01\n', 4],
  ['false; exit', 0, '', 1],
  ['if true; then exit 5; fi; hostname', 0, '', 5],
  ['f() { exit 6; }; f; hostname', 0, '', 6],
  ['(exit 7); hostname', 1, 'node01\n', 0],
  ['echo exit', 1, 'exit\n', 0],
  ["sh -c 'exit 8'", 1, '', 8],
  ['echo $(exit 9; echo no)', 1, '\n', 0],
  ['if; exit', 1, '', 2],
])('%s', async (line, depth, stdout, status) => {
  await lesson.cluster.asStarted(async () => {
    const shell = lesson.open({ tty: true });
    await shell.run('ssh node01');
    await shell.run('cd /etc');
    const result = await shell.run(line);
    expect({ depth: shell.depth, stdout: result.stdout.replace(/logout\n.*$/s, ''), status: result.exitCode, cwd: shell.cwd }).toEqual({
      depth,
      stdout,
      status,
      cwd: depth === 0 ? '/root' : '/etc',
    });
    expect(result.over).toBeUndefined();
  });
});

it('ends the session in the only shell there is', async () => {
  await lesson.cluster.asStarted(async () => {
    const shell = lesson.open({ tty: true });
    expect(await shell.run('echo bye; exit 3; echo no')).toMatchObject({ stdout: 'bye\n', exitCode: 3, over: true });
  });
});
