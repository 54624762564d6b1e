import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMainIn } from '../support/run-main.ts';

const scenario = 'service-selector-mismatch';
let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'cka-net-'));
});
afterAll(() => rmSync(home, { recursive: true }));

const run = (...argv: string[]) => runMainIn({ env: { COLUMNS: '100' } }, ...argv);

describe('cka-net trace', () => {
  it('draws the way, and marks what decided', async () => {
    const { status, stdout } = await run('trace', scenario, '--from', 'pod:shop/till', '--to', 'http://web.shop/', '--no-color');
    expect(status).toBe(0);
    expect(stdout).toBe(`\
pod:shop/till → http://web.shop/
web.shop.svc.cluster.local is 10.110.135.236

node02  TCP 10.244.2.2:40000 → 10.110.135.236:80
│ pod shop/till                  send     to 10.110.135.236:80
│ route                          route    default via 10.244.2.1 dev eth0
│ bridge cni0                    forward  10.244.2.1 is the bridge itself
│ route                          route    default via 172.30.0.1 dev eth0
│ iptables filter/FORWARD        jump     kubernetes service portals → KUBE-SERVICES
▌ iptables filter/KUBE-SERVICES  reject   shop/web has no endpoints

✗ refused  shop/web has no endpoints
`);
  });

  it('says who took it, among whom, and whom they see', async () => {
    const { stdout } = await run('trace', scenario, '--from', 'node:node01', '--to', 'udp://10.96.0.10:53', '--no-color');
    expect(stdout).toContain('▌ iptables nat/KUBE-SEP-');
    expect(stdout).toMatch(
      /✓ connected {2}10\.244\.0\.[23]:53 answers\n {2}taken by {2}Pod kube-system\/coredns-\S+\n {2}one of {4}10\.244\.0\.2:53, 10\.244\.0\.3:53, each time anew; this one in 50 % of the cases\n {2}it sees {3}10\.244\.1\.0\n$/,
    );
  });

  it('prints one object for scripts', async () => {
    const { stdout } = await run('trace', scenario, '--from', 'pod:shop/till', '--to', 'svc:shop/web', '-o', 'json');
    const { hops, ...walked } = JSON.parse(stdout) as { hops: { action: string }[]; decisive: number };
    expect(walked).toEqual({
      id: null,
      from: 'pod:shop/till',
      to: 'svc:shop/web',
      outcome: 'refused',
      resolved: null,
      destination: null,
      candidates: [],
      probability: null,
      sourceSeenByDestination: null,
      http: null,
      decisive: hops.length - 1,
      why: 'shop/web has no endpoints',
    });
    expect(hops.at(-1)).toEqual({
      node: 'node02',
      at: 'iptables filter/KUBE-SERVICES',
      action: 'reject',
      because: 'shop/web has no endpoints',
      packet: { protocol: 'TCP', srcIp: '10.244.2.2', srcPort: 40000, dstIp: '10.110.135.236', dstPort: 80 },
    });
  });

  it('answers a file of flows line by line, those that it does not understand too', async () => {
    const lines = [
      '{"id": 1, "from": "pod:shop/till", "to": "http://web.shop/"}',
      '{"id": "two", "from": "external", "to": "node:node01:10250"}',
      '',
      '{"id": 3, "from": "pod:shop/tll", "to": "icmp://10.96.0.1"}',
      '{"id": 4, "from": "pod:shop/till", "to": "htp://web.shop/"}',
      '{"id": 5, "from": "node:node01", "to": "tcp://nobody.shop:80"}',
      '{"id": 6, "form": "external", "from": "external", "to": "icmp://10.96.0.1"}',
      'what?',
      '{"from": "node:node01", "to": "svc:shop/web:https"}',
    ];
    const file = join(home, 'flows.jsonl');
    writeFileSync(file, lines.join('\n'));
    const { status, stdout } = await run('trace', scenario, '--flows', file);
    expect(status).toBe(1);
    const answers = stdout.trim().split('\n');
    expect(answers.map((line) => JSON.parse(line) as object)).toMatchObject([
      { id: 1, outcome: 'refused' },
      { id: 'two', outcome: 'connected', destination: { kind: 'Node', name: 'node01' }, sourceSeenByDestination: '198.51.100.9' },
      { id: 3, error: 'there is no pod shop/tll' },
      { id: 4, error: expect.stringMatching(/^to must be http:/) },
      { id: 5, outcome: 'dns-failure' },
      { id: 6, error: 'there is no field form' },
      { id: null, error: 'not a JSON object' },
      { id: null, error: 'Service shop/web has no port https' },
    ]);
    expect((await run('trace', scenario, '--flows', file.replace('flows', 'flow'))).stderr).toMatch(/^cka-net: --flows: there is no file/);
  });

  it.each([
    [[], 2, /say where the packet starts and where it goes/],
    [['--from', 'pod:till', '--to', 'svc:shop/web'], 2, /--from pod:till: must be pod:NS\/NAME, node:NAME, ip:ADDRESS or external/],
    [['--from', 'external', '--to', 'web'], 2, /--to web: must be http/],
    [['--from', 'external', '--to', 'svc:shop/wbe'], 2, /there is no Service shop\/wbe; `cka-net inspect/],
    [['--from', 'external', '--to', 'http://a/', '-H', 'X'], 2, /--header "X": must be NAME: VALUE/],
    [['--flows', '-', '--to', 'http://a/'], 2, /leave --from and --to out/],
  ] as const)('%j exits %d', async (words, status, stderr) => {
    const said = await run('trace', scenario, ...words);
    expect(said).toMatchObject({ status, stdout: '', stderr: expect.stringMatching(stderr) });
  });
});
