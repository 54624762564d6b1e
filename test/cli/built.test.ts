/** The program as it is built, in processes of its own. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const home = mkdtempSync(join(tmpdir(), 'cka-net-'));
afterAll(() => rmSync(home, { recursive: true }));

const script =
  'kubectl get all,events,endpointslices -A -o wide; kubectl get pods -A -o yaml; date; kubectl describe node node01; journalctl -u kubelet';

function look(data: string, environment: Readonly<Record<string, string>> = {}, scenario = 'corefile-does-not-parse'): string {
  return execFileSync(process.execPath, ['bin/cka-net', 'inspect', scenario, '--', 'sh', '-c', script], {
    env: { PATH: process.env['PATH'], CKA_NET_HOME: join(home, data), ...environment },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 50_000_000,
  });
}

describe('the same scenario', () => {
  const first = look('first');

  it('says something', () => expect(first).toMatch(/coredns.*CrashLoopBackOff/));

  it.each([
    ['a second time', 'second', {}],
    ['in the locale C and on the other side of the earth', 'c', { LC_ALL: 'C', TZ: 'Pacific/Auckland' }],
    ['in Turkish, where i is not I, and half an hour off', 'tr', { LC_ALL: 'tr_TR.UTF-8', TZ: 'Asia/Kolkata' }],
    ['taken up from where it was kept', 'first', { TZ: 'America/St_Johns' }],
  ])('is the same byte for byte %s', (_, data, environment) => expect(look(data, environment)).toBe(first));
});

describe('what is kept', () => {
  const kept = (data: string) => join(home, data, 'cache', 'starts');

  it('is one start a scenario', () => {
    look('kept');
    look('kept');
    expect(readdirSync(kept('kept'))).toHaveLength(1);
  });

  it('is made again when it was damaged', () => {
    const whole = look('damaged');
    const [file] = readdirSync(kept('damaged'));
    writeFileSync(join(kept('damaged'), file!), 'not what it was');
    expect(look('damaged')).toBe(whole);
  });

  it('is missed by nobody where nothing can be written', () => {
    writeFileSync(join(home, 'a-file'), '');
    expect(look('a-file/below')).toMatch(/coredns/);
    expect(existsSync(join(home, 'a-file/below'))).toBe(false);
  });
});
