/** The program as it is built, in processes of its own. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const home = mkdtempSync(join(tmpdir(), 'cka-net-'));
afterAll(() => rmSync(home, { recursive: true }));

const script =
  'kubectl get all,events,endpointslices -A -o wide; kubectl get pods -A -o yaml; date; kubectl describe node node01; journalctl -u kubelet; dig +tries=1 kubernetes.default.svc.cluster.local @10.96.0.10; curl -sk https://10.96.0.1/version';

function look(data: string, environment: Readonly<Record<string, string>> = {}, lines = script): string {
  return execFileSync(process.execPath, ['bin/cka-net', 'inspect', 'corefile-does-not-parse', '--', 'sh', '-c', lines], {
    env: { PATH: process.env['PATH'], CKA_NET_HOME: join(home, data), ...environment },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 50_000_000,
  });
}

describe('what starts the program', () => {
  // It is read and compiled anew every time, while everything else comes out of a cache.
  it('is small', () => expect(statSync('dist/main.js').size).toBeLessThan(20_000));
});

describe('the same scenario', () => {
  const first = look('first');

  it('says something', () => expect(first).toMatch(/coredns.*CrashLoopBackOff/));

  it.each([
    ['a second time', 'second', {}],
    ['in the locale C and on the other side of the earth', 'c', { LC_ALL: 'C', TZ: 'Pacific/Auckland' }],
    ['in Turkish, where i is not I, and half an hour off', 'tr', { LC_ALL: 'tr_TR.UTF-8', TZ: 'Asia/Kolkata' }],
    ['once more, half an hour off', 'first', { TZ: 'America/St_Johns' }],
  ])('is the same byte for byte %s', (_, data, environment) => expect(look(data, environment)).toBe(first));
});

describe('output that cannot be written', () => {
  const listing = (redirection: string) =>
    spawnSync('sh', ['-c', `node bin/cka-net list ${redirection}`], {
      env: { ...process.env, CKA_NET_HOME: join(home, 'out') },
      encoding: 'utf8',
    });

  (existsSync('/dev/full') ? it : it.skip)('is told in one line', () => {
    expect(listing('>/dev/full')).toMatchObject({ status: 1, stderr: 'cka-net: the output cannot be written (ENOSPC)\n' });
    expect(listing('>/dev/full 2>&1')).toMatchObject({ status: 1, stdout: '', stderr: '' });
  });

  it('is nobody’s loss when nobody reads it', () => {
    expect(listing('| head -n 1')).toMatchObject({ status: 0, stdout: 'Pod networking 0 of 3 done\n', stderr: '' });
  });
});

describe('what is kept on disk', () => {
  const brief = () => look('kept', {}, 'kubectl get pods -A');
  const ways: readonly (readonly [string, (path: string) => void])[] = [
    ['cut short', (path) => truncateSync(path, 1000)],
    ['something else', (path) => writeFileSync(path, 'something else')],
  ];

  it.each(ways)('may be %s', (_, damage) => {
    const sound = brief();
    const cache = join(home, 'kept', 'cache');
    for (const name of readdirSync(cache)) damage(join(cache, name));
    expect(brief()).toBe(sound);
  });

  it('need not be', () => {
    writeFileSync(join(home, 'no-directory'), '');
    expect(look('no-directory', {}, 'kubectl get pods -A')).toBe(brief());
  });
});
