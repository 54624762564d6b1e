/** What OpenSSH 9.2's scp said and did with the same lines between the same directories. */
import { beforeAll, expect, it } from '@jest/globals';
import type { Lesson } from '#lesson/lesson.ts';
import { lessonFrom } from '../../../support/session.ts';

const scenario = `apiVersion: cka-net/v1
kind: Scenario
metadata: {name: copies, title: Copies, topic: troubleshooting, difficulty: easy}
spec:
  story: None.
  break: |
    mkdir -p /tmp/l/d/sub && cd /tmp/l && echo one > a && echo two > b && echo three > d/sub/c && chmod 600 b
    for node in node01 node02; do ssh $node mkdir -p /tmp/r/dir; done
`;

let lesson: Lesson;
beforeAll(async () => {
  lesson = await lessonFrom(scenario, 'copies.yaml');
});

const seen = "ssh node01 'cd /tmp/r && find . -type f | sort'";
it.each([
  ['scp a node01:/tmp/r/', seen, './a\n', '', 0],
  ['scp -p -P 22 a root@node01:/tmp/r/x', 'ssh node01 cat /tmp/r/x', 'one\n', '', 0],
  ['scp b node01:/tmp/r/bb', "ssh node01 stat -c '%a' /tmp/r/bb", '600\n', '', 0],
  ['scp a b node01:/tmp/r/dir', seen, './dir/a\n./dir/b\n', '', 0],
  ['scp a b node01:/tmp/r/made', seen, './made/a\n./made/b\n', '', 0],
  ['scp a node01:', 'ssh node01 cat a', 'one\n', '', 0],
  ['scp -r d node01:/tmp/r/', seen, './d/sub/c\n', '', 0],
  ['scp -r d node01:/tmp/r/new', seen, './new/sub/c\n', '', 0],
  ['scp a node01:/tmp/r/ && scp node01:/tmp/r/a node02:/tmp/r/copied', 'ssh node02 cat /tmp/r/copied', 'one\n', '', 0],
  ["scp a b node01:/tmp/r/dir && scp 'node01:/tmp/r/dir/*' d", 'ls d', 'a\nb\nsub\n', '', 0],
  ['scp a c', 'cat c', 'one\n', '', 0],
  ['scp nofile node01:/tmp/r/', seen, '', 'scp: stat local "nofile": No such file or directory\n', 255],
  ['scp a nofile node01:/tmp/r/dir', seen, './dir/a\n', 'scp: stat local "nofile": No such file or directory\n', 255],
  [
    'scp a d b node01:/tmp/r/dir',
    seen,
    './dir/a\n./dir/b\n',
    'scp: local "d" is not a regular file\nscp: failed to upload file d to /tmp/r/dir\n',
    1,
  ],
  [
    'scp a node01:/tmp/r/none/x',
    seen,
    '',
    'scp: dest open "/tmp/r/none/x": No such file or directory\nscp: failed to upload file a to /tmp/r/none/x\n',
    1,
  ],
  ['scp a node01:/tmp/r/none/', seen, '', 'scp: dest open "/tmp/r/none/": Failure\nscp: failed to upload file a to /tmp/r/none/\n', 1],
  [
    'scp -r d node01:/tmp/none/x',
    seen,
    '',
    'scp: realpath /tmp/none/x: No such file\nscp: upload "/tmp/none/x": path canonicalization failed\nscp: failed to upload directory d to /tmp/none/x\n',
    1,
  ],
  ['scp a node01:/tmp/r/a && scp a b node01:/tmp/r/a', seen, './a\n', 'scp: remote mkdir "/tmp/r/a": Failure\n', 255],
  ['scp node01:/tmp/r/nofile .', 'ls', 'a\nb\nd\n', 'scp: /tmp/r/nofile: No such file or directory\n', 1],
  ['scp node01:nofile .', 'ls', 'a\nb\nd\n', 'scp: nofile: No such file or directory\n', 1],
  ['scp node01:/tmp/r/dir .', 'ls', 'a\nb\nd\n', 'scp: download /tmp/r/dir/: not a regular file\n', 1],
  ['scp node01:/etc/hostname /tmp/l/none/', 'ls', 'a\nb\nd\n', 'scp: open local "/tmp/l/none/": Is a directory\n', 1],
  ['scp node01:/etc/hostname /tmp/l/none/y', 'ls', 'a\nb\nd\n', 'scp: open local "/tmp/l/none/y": No such file or directory\n', 1],
  ['scp -r node01:/tmp/r/dir /tmp/l/none/x', 'ls', 'a\nb\nd\n', 'scp: mkdir /tmp/l/none/x: No such file or directory\n', 1],
  ['scp node01:/etc/hostname node01:/etc/hosts /tmp/l/nodir', 'ls', 'a\nb\nd\n', '/tmp/l/nodir: No such file or directory\n', 1],
  ['scp node01:/etc/hostname node02:/tmp/none/x', 'ls', 'a\nb\nd\n', 'scp: dest open "/tmp/none/x": No such file or directory\n', 1],
  ['scp nofile c', 'ls', 'a\nb\nd\n', "cp: cannot stat 'nofile': No such file or directory\n", 1],
  [
    'scp node09:/x .',
    'ls',
    'a\nb\nd\n',
    'ssh: Could not resolve hostname node09: Name or service not known\nscp: Connection closed\n',
    255,
  ],
])('%s', async (line, look, found, stderr, exitCode) => {
  await lesson.cluster.asStarted(async () => {
    const said = await lesson.cluster.run(`cd /tmp/l; ${line}`);
    const after = await lesson.cluster.run(`cd /tmp/l; ${look}`);
    expect({ ...said, found: after.stdout + after.stderr }).toEqual({ stdout: '', stderr, exitCode, found });
  });
});
