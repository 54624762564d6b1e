/** `cka-net serve` before the kubectl of this computer: sessions, forwarded ports, signals. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Tmux } from './tmux.ts';

const program = fileURLToPath(new URL('../../bin/cka-net', import.meta.url));
const has = (name: string) => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
const reason = !has('kubectl') ? 'no kubectl' : !Tmux.isThere ? 'no tmux' : undefined;
if (reason !== undefined) process.stderr.write(`test/real/serve: skipped, ${reason}\n`);

const scenario = `apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: web, image: "nginx:1.27", ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: box}
spec: {containers: [{name: box, image: "busybox:1.36", command: [sleep, "3600"]}]}
`;

let home: string;
let terminal: Tmux | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cka-net-'));
  writeFileSync(join(home, 'served.yaml'), scenario);
});
afterEach(() => {
  terminal?.close();
  terminal = undefined;
  rmSync(home, { recursive: true });
});

function serve(line: string, input = ''): { readonly stdout: string; readonly stderr: string; readonly status: number | null } {
  return spawnSync(process.execPath, [program, 'serve', join(home, 'served.yaml'), '--', 'bash', '--norc', '-c', line], {
    encoding: 'utf8',
    input,
    timeout: 60_000,
  });
}

const fetched = (port: number, path: string) =>
  new Promise<string>((resolve, reject) =>
    get({ port, path, host: '127.0.0.1' }, (incoming) => {
      let text = '';
      incoming.on('data', (part: Buffer) => (text += part.toString()));
      incoming.on('end', () => resolve(`${incoming.statusCode} ${text}`));
    }).on('error', reject),
  );

(reason === undefined ? describe : describe.skip)(`kubectl${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  it.each<[what: string, line: string, input: string, stdout: RegExp, stderr: RegExp, status: number]>([
    [
      'status of a command',
      'kubectl exec box -- sh -c "echo out; echo err >&2; exit 5"',
      '',
      /^out\n$/,
      /^err\ncommand terminated with exit code 5\n$/,
      5,
    ],
    ['input of a command', 'kubectl exec -i box -- wc -c', 'twelve bytes', /12/, /^$/, 0],
    ['a command that reads nothing', 'timeout 20 kubectl exec -i box -- hostname < <(sleep 30 >/dev/null 2>&1)', '', /^box\n$/, /^$/, 0],
    ['a program that is not there', 'kubectl exec box -- bash', '', /^$/, /exec: "bash": executable file not found in \$PATH/, 1],
    [
      'files both ways',
      'cd $(mktemp -d); echo hi > a; kubectl cp a box:/tmp/b && kubectl cp box:/tmp/b c && cat c',
      '',
      /hi\n$/,
      /^(tar: .*\n)?$/,
      0,
    ],
    ['who it is', "kubectl auth whoami -o jsonpath='{.status.userInfo.username}'", '', /^kubernetes-admin$/, /^$/, 0],
    ['another token', 'kubectl --token=x get pods', '', /^$/, /You must be logged in to the server/, 1],
    ['a run with its end', 'kubectl run -i --rm t --image=busybox --restart=Never -- hostname', '', /^t\n/, /./, 0],
    [
      'the settings of the kubeconfig',
      'stat -c %a $KUBECONFIG; kubectl config current-context',
      '',
      /^600\nkubernetes-admin@kubernetes\n$/,
      /^$/,
      0,
    ],
    ['the status of the command', 'exit 9', '', /^$/, /^$/, 9],
  ])('%s', (_, line, input, stdout, stderr, status) => {
    const answered = serve(line, input);
    expect(answered.stdout).toMatch(stdout);
    expect(answered.stderr).toMatch(stderr);
    expect(answered.status).toBe(status);
  });

  it('forwards ports, and says when nobody listens there', async () => {
    const child = spawn(process.execPath, [
      program,
      'serve',
      join(home, 'served.yaml'),
      '--',
      'bash',
      '-c',
      'exec kubectl port-forward pod/web :80 :81',
    ]);
    let said = '';
    child.stdout.on('data', (part: Buffer) => (said += part.toString()));
    child.stderr.on('data', (part: Buffer) => (said += part.toString()));
    const until = async (what: RegExp) => {
      for (let i = 0; i < 200 && !what.test(said); i++) await new Promise((resolve) => setTimeout(resolve, 50));
      return what.exec(said)!;
    };
    const to80 = Number((await until(/127\.0\.0\.1:(\d+) -> 80\n/))[1]);
    const to81 = Number((await until(/127\.0\.0\.1:(\d+) -> 81\n/))[1]);
    expect(await fetched(to80, '/')).toMatch(/^200 [^]*Welcome to nginx!/);
    expect(await fetched(to80, '/nope')).toMatch(/^404 /);
    await expect(fetched(to81, '/')).rejects.toThrow();
    await until(/an error occurred forwarding \d+ -> 81: .*dial tcp4 127\.0\.0\.1:81: connect: connection refused/);
    expect(said).toMatch(/connection refused/);
    child.kill('SIGTERM');
    await new Promise((resolve) => child.on('close', resolve));
  }, 30_000);

  it('opens a shell in a real terminal', async () => {
    terminal = new Tmux(`node ${program} serve ${home}/served.yaml -- kubectl exec -it box -- sh; echo "status $?"`, 60, 20);
    await terminal.waitFor(/\/ # $/);
    terminal.type('hostnamx');
    terminal.press('BSpace');
    terminal.type('e');
    terminal.press('Enter');
    await terminal.waitFor(/^box$/);
    terminal.press('Up', 'Enter');
    await terminal.waitFor(/^box$/);
    terminal.type('sleep');
    terminal.press('C-c');
    await terminal.waitFor(/\^C/);
    terminal.type('exit 4');
    terminal.press('Enter');
    await terminal.waitFor(/status 4/);
  }, 30_000);

  it.each<[signal: NodeJS.Signals, status: number]>([
    ['SIGINT', 0],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('at %s the kubeconfig is gone, and so is the server', async (signal, status) => {
    const child = spawn(process.execPath, [program, 'serve', join(home, 'served.yaml')]);
    const path = await new Promise<string>((resolve) =>
      child.stdout.on('data', (part: Buffer) => resolve(/KUBECONFIG=(\S+)/.exec(part.toString())![1]!)),
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect(readFileSync(path, 'utf8')).toMatch(/server: https:\/\/127\.0\.0\.1:\d+\n/);
    child.kill(signal);
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(status);
    expect(existsSync(dirname(path))).toBe(false);
  });

  it('listens elsewhere only when told', () => {
    const line = `grep -o 'https://[^:]*' $KUBECONFIG; kubectl get pods -o name`;
    const told = spawnSync(
      process.execPath,
      [program, 'serve', '--listen', '127.0.0.2', join(home, 'served.yaml'), '--', 'bash', '--norc', '-c', line],
      {
        encoding: 'utf8',
      },
    );
    expect(told.stdout).toBe('https://127.0.0.2\npod/box\npod/web\n');
    const bad = spawnSync(process.execPath, [program, 'serve', '--listen', 'everywhere', join(home, 'served.yaml')], { encoding: 'utf8' });
    expect([bad.status, bad.stderr]).toEqual([2, expect.stringMatching(/It must be an IP address/)]);
    const foreign = spawnSync(process.execPath, [program, 'serve', '--listen', '192.0.2.1', join(home, 'served.yaml')], {
      encoding: 'utf8',
    });
    expect([foreign.status, foreign.stderr]).toEqual([2, 'cka-net: cannot listen on 192.0.2.1: EADDRNOTAVAIL\n']);
  });
});
