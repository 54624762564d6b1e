/** `cka-net trace --matrix`: who reaches whom, and why not. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMain as run } from '../../support/run-main.ts';

const pod = (place: string, node: string) => {
  const [namespace, name] = place.split('/');
  return `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: ${namespace}, labels: {app: ${name}}}
spec: {nodeName: ${node}, containers: [{name: main, image: nginx, ports: [{name: web, containerPort: 80}]}]}
`;
};

const cluster = (cni: string) => `
apiVersion: cka-net/v1
kind: Scenario
metadata: {name: matrix, title: Who may, topic: network-policy, difficulty: easy}
spec: {story: Who may?, cluster: {cni: ${cni}}}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
${pod('shop/web', 'node01')}${pod('shop/db', 'node01')}${pod('default/guest', 'node02')}---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 80}]}]
`;

let home: string;
const file = (cni: string) => join(home, `${cni}.yaml`);
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'cka-net-'));
  for (const cni of ['calico', 'flannel']) writeFileSync(file(cni), cluster(cni));
  process.env['COLUMNS'] = '100';
});
afterAll(() => {
  delete process.env['COLUMNS'];
  rmSync(home, { recursive: true });
});

describe('cka-net trace --matrix', () => {
  it('draws who reaches whom, with the policies that say no', async () => {
    const { status, stdout } = await run('trace', file('calico'), '--matrix', '--no-color', '-n', 'shop', 'default');
    expect(status).toBe(0);
    expect(stdout).toBe(
      `\
                     1 2 3
1  default/guest        . X .
2  shop/db              . . .
3  shop/web             . . .
   controlplane (node)  . X .
   node01 (node)        . . .
   node02 (node)        . X .

. connected   X timeout

3 × NetworkPolicy shop/db isolates pod shop/db for ingress
`.replace(/^ +1 2 3/, '                        1 2 3'),
    );
  });

  it('knows other ports, by number and by name', async () => {
    const rows = async (port: string) =>
      (await run('trace', file('calico'), '--matrix', '--no-color', '-n', 'shop', '--port', port)).stdout;
    expect(await rows('web')).toContain('2  shop/web             . .');
    const other = await rows('81');
    expect(other).toContain('1  shop/db              R R');
    expect(other).toContain('2  shop/web             X R');
    expect(other).toContain('. connected   X timeout   R refused');
  });

  it('shows nothing of policies that nobody enforces', async () => {
    const { stdout } = await run('trace', file('flannel'), '--matrix', '--no-color', '-n', 'shop', 'default');
    expect(stdout).not.toContain('X');
    expect(stdout).toContain('1  default/guest        . . .');
  });

  it('is data for scripts', async () => {
    const { stdout } = await run('trace', file('calico'), '--matrix', '-o', 'json', '-n', 'default', 'shop', '--port', '80');
    const matrix = JSON.parse(stdout) as { port: string; from: string[]; to: string[]; rows: { outcome: string; why: string }[][] };
    expect(matrix.port).toBe('80');
    expect(matrix.to).toEqual(['pod:default/guest', 'pod:shop/db', 'pod:shop/web']);
    expect(matrix.from).toEqual([...matrix.to, 'node:controlplane', 'node:node01', 'node:node02']);
    expect(matrix.rows[0]![1]).toEqual({
      from: 'pod:default/guest',
      to: 'pod:shop/db',
      outcome: 'timeout',
      why: expect.stringMatching(
        /^NetworkPolicy shop\/db isolates pod shop\/db for ingress, and none of its rules allows TCP 80 from pod default\/guest \(10\.244\.\d+\.\d+\)$/,
      ),
    });
  });

  it.each([
    [['--matrix', '--from', 'external'], '--matrix goes from everybody to everybody'],
    [['--matrix', '--port', '0'], '--port 0: must be a port'],
    [['--matrix', '-n', 'shpo'], 'there is no such namespace; did you mean shop?'],
    [['--port', '80'], '--port goes with --matrix'],
  ])('%j is refused', async (args, words) => {
    const { status, stderr } = await run('trace', file('flannel'), ...args);
    expect(stderr).toContain(words);
    expect(status).toBe(2);
  });
});
