/** CoreDNS in a cluster: what its log tells, and how pods are answered. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Lesson } from '#lesson/lesson.ts';
import { lessonOf } from '../../support/session.ts';

let lesson: Lesson;
let first: Lesson['start'];

beforeEach(async () => {
  lesson ??= await lessonOf('test/sessions/shop.yaml');
  first ??= lesson.start;
  lesson.lab.restore(first);
});

async function run(...lines: readonly string[]): Promise<string> {
  let last = '';
  for (const line of lines) {
    const { stdout, stderr } = await lesson.run(line);
    last = (stdout + stderr).trimEnd();
  }
  return last;
}

const edit = (expression: string) => `kubectl -n kube-system get cm coredns -o yaml | sed '${expression}' | kubectl replace -f -`;
const restart = ['kubectl -n kube-system delete pod -l k8s-app=kube-dns', 'sleep 60'];

async function log(options = ''): Promise<string[]> {
  const name = await run('kubectl -n kube-system get pods -l k8s-app=kube-dns -o name');
  return (await run(`kubectl -n kube-system logs ${name.split('\n')[0]} ${options}`)).split('\n');
}

describe('the log', () => {
  it('begins with the configuration and its sum', async () => {
    expect(await log()).toEqual([
      'maxprocs: Leaving GOMAXPROCS=2: CPU quota undefined',
      '.:53',
      '[INFO] plugin/reload: Running configuration SHA512 = 1b226df79860026c6a52e67daa10d7f0d57ec5b023288ec00c5e05f93523c894564e15b91770d3a07ae1cfbe861d15b37d4a0027e69c546ab112970993a3b03b',
      'CoreDNS-1.13.1',
      'linux/amd64, go1.25.2, 1db4568',
    ]);
  });

  it('tells of a Corefile that is taken over, and not of one that only looks different', async () => {
    await run(edit('s/cache 30/cache 60/'), 'sleep 200');
    const after = await log('--tail=3');
    expect([after[0], after[1]?.replace(/= .*/, '='), after[2]]).toEqual([
      '[INFO] Reloading',
      '[INFO] plugin/reload: Running configuration SHA512 =',
      '[INFO] Reloading complete',
    ]);
    await run(edit('s/cache 60/cache   60/'), 'sleep 200');
    expect(await log('--tail=3')).toEqual(after);
  });

  it('tells of one that is refused, once, and goes on with the old one', async () => {
    await run(edit('s/forward \\./forwardd ./'), 'sleep 200');
    const refused = "/etc/coredns/Corefile:13 - Error during parsing: Unknown directive 'forwardd'";
    const lines = [
      '[INFO] Reloading',
      `[ERROR] Restart failed: ${refused}`,
      `[ERROR] plugin/reload: Corefile changed but reload failed: starting with listener file descriptors: ${refused}`,
    ];
    expect((await log()).slice(5)).toEqual(lines);
    await run('sleep 600');
    expect((await log()).slice(5)).toEqual(lines);
    expect(await run('kubectl -n shop exec client -- dig +short web.shop.svc.cluster.local')).toMatch(/^10\./);
  });

  it.each([
    [
      'is refused at the start',
      's/forward \\./forwardd ./',
      /^\/etc\/coredns\/Corefile:13 - Error during parsing: Unknown directive 'forwardd'$/,
    ],
    [
      'leads back to itself',
      's/forward \\. .* {/forward . 127.0.0.1 {/',
      /^\[FATAL\] plugin\/loop: Loop \(127\.0\.0\.1:\d+ -> :53\) detected for zone "\.", see https:\/\/coredns\.io\/plugins\/loop#troubleshooting\. Query: "HINFO \d+\.\d+\."$/,
    ],
  ])('ends when the Corefile %s', async (_, expression, last) => {
    await run(edit(expression), ...restart);
    expect(await run("kubectl -n kube-system get pods -l k8s-app=kube-dns --no-headers | awk '{print $2, $3}' | sort -u")).toMatch(
      /^0\/1 (CrashLoopBackOff|Error)$/,
    );
    expect((await log()).at(-1)).toMatch(last);
  });
});

describe('a pod', () => {
  it('reaches Services by every form of their names', async () => {
    const ip = await run("kubectl -n shop get svc web -o jsonpath='{.spec.clusterIP}'");
    for (const name of ['web', 'web.shop', 'web.shop.svc', 'web.shop.svc.cluster.local', 'web.shop.svc.cluster.local.']) {
      expect(await run(`kubectl -n shop exec client -- dig +search +short ${name}`)).toBe(ip);
      expect(await run(`kubectl -n shop exec client -- getent hosts ${name}`)).toMatch(
        new RegExp(`^${ip}\\s+web\\.shop\\.svc\\.cluster\\.local`),
      );
    }
  });

  it('is refused when no CoreDNS runs', async () => {
    await run('kubectl -n kube-system scale deploy coredns --replicas=0', 'sleep 30');
    expect(await run('kubectl -n shop exec client -- nslookup web')).toBe(
      `${';; communications error to 10.96.0.10#53: connection refused\n'.repeat(3)};; no servers could be reached\n\ncommand terminated with exit code 1`,
    );
  });
});
