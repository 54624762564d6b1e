import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMainIn } from '../support/run-main.ts';

let home: string;
beforeAll(() => void (home = mkdtempSync(join(tmpdir(), 'cka-net-'))));
afterAll(() => rmSync(home, { recursive: true }));

/** What lines that come through a pipe print at the terminal, but its greeting. */
async function piped(...lines: readonly string[]) {
  const { status, stdout } = await runMainIn(
    { input: lines.map((line) => `${line}\n`).join(''), env: { CKA_NET_HOME: home } },
    'shell',
    'service-selector-mismatch',
  );
  return { status, said: stdout.split('\n').filter((line) => line !== '' && !line.startsWith('Welcome to ')) };
}

describe('lines through a pipe', () => {
  it.each<[lines: readonly string[], said: readonly string[], status: number]>([
    [['hostname'], ['controlplane'], 0],
    [['ssh node01', 'hostname'], ['node01'], 0],
    [['ssh node01', 'ssh node02', 'hostname'], ['node02'], 0],
    [['ssh node01', 'hostname', 'exit', 'hostname'], ['node01', 'controlplane'], 0],
    [['ssh node01', 'exit 3', 'echo $?'], ['3'], 0],
    [['ssh node01', 'false', 'exit', 'echo $?'], ['1'], 0],
    [['ssh node01', 'false'], [], 1],
    [['exit 3', 'hostname'], [], 3],
  ])('%j', async (lines, said, status) => {
    expect(await piped(...lines)).toEqual({ said, status });
  });

  it('a second shell on a machine has an environment of its own', async () => {
    const { said } = await piped(
      'ssh node01',
      'export COLOUR=red',
      'exit',
      'ssh node01',
      'env | grep COLOUR',
      'export KUBECONFIG=/etc/kubernetes/kubelet.conf',
      'kubectl auth whoami -o name; kubectl config view --minify -o jsonpath={.users[0].name}',
    );
    expect(said.filter((line) => /red|system:node|kubernetes-admin/.test(line))).toEqual([expect.stringContaining('system:node:node01')]);
  });
});
