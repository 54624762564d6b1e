import { describe, expect, it } from '@jest/globals';
import { readFile } from '#node/files.ts';
import { add, del, type SandboxRequest } from '#node/cni/add.ts';
import { actCilium, assignRanges, conflistPath, startCilium, type CiliumInput } from '#node/cni/networks/cilium/cilium.ts';
import { ciliumStatusText } from '#node/cni/networks/cilium/status.ts';
import type { Sandbox } from '#node/host.ts';
import { having, now } from '../blank-host.ts';
import { links, routes, threeNodes, type Machines } from './three-nodes.ts';

const agent = { id: 'cilium', containers: [{ name: 'cilium-agent', run: { id: 'r', startedAt: now } }] } as unknown as Sandbox;
const native = {
  'routing-mode': 'native',
  'auto-direct-node-routes': 'true',
  'ipv4-native-routing-cidr': '10.0.0.0/8',
  'enable-endpoint-routes': 'true',
};

const input = ({ hosts, nodes }: Machines, name: string, config: CiliumInput['config']): CiliumInput => ({
  host: hosts.get(name)!,
  nodes: [...nodes.values()],
  now,
  seed: 'test',
  config,
  ranges: assignRanges(config, [...nodes.values()], new Map()),
});

function running(config: CiliumInput['config']): Machines {
  const machines = threeNodes();
  for (const name of machines.hosts.keys()) {
    const started = startCilium(input(machines, name, config));
    expect(started.exit).toBeUndefined();
    machines.hosts.set(name, { ...started.host, sandboxes: new Map([['cilium', agent]]) });
  }
  return machines;
}

const request = (digit: string): SandboxRequest => ({
  containerId: digit.repeat(64),
  netns: `cni-${digit}`,
  podNamespace: 'default',
  podName: digit,
  podUid: digit,
});

const routerOf = (machines: Machines, name: string) =>
  links(machines.hosts.get(name)!)
    .find((line) => line.startsWith('cilium_host '))!
    .replace(/.* (\S+)\/32$/, '$1');

describe('cilium', () => {
  it('gives nodes ranges of the pool, or those of their Node objects', () => {
    const nodes = [...threeNodes().nodes.values()];
    expect([...assignRanges({}, nodes, new Map([['node02', '10.0.0.0/24']]))]).toEqual([
      ['node02', '10.0.0.0/24'],
      ['controlplane', '10.0.1.0/24'],
      ['node01', '10.0.2.0/24'],
    ]);
    expect(assignRanges({ ipam: 'kubernetes' }, nodes, new Map()).get('node01')).toBe('10.244.1.0/24');
  });

  it('routes through cilium_host in tunnel mode', () => {
    const machines = running({});
    const router = routerOf(machines, 'node01');
    expect(router).toMatch(/^10\.0\.1\.\d+$/);
    expect(routes(machines.hosts.get('node01')!)).toEqual(
      expect.arrayContaining([
        `10.0.0.0/24 via ${router} dev cilium_host proto kernel src ${router}`,
        `10.0.1.0/24 via ${router} dev cilium_host proto kernel src ${router}`,
        `${router} dev cilium_host proto kernel scope link`,
      ]),
    );
    expect(links(machines.hosts.get('node01')!).join('\n')).toContain('cilium_vxlan vxlan up 1500');
  });

  it('routes to the nodes themselves in native mode', () => {
    const machines = running(native);
    const host = machines.hosts.get('node01')!;
    expect(routes(host)).toEqual(
      expect.arrayContaining(['10.0.0.0/24 via 172.30.1.2 dev eth0 proto kernel', '10.0.2.0/24 via 172.30.1.4 dev eth0 proto kernel']),
    );
    expect(links(host).join('\n')).not.toContain('cilium_vxlan');
    expect(actCilium(input(machines, 'node01', native)).host).toBe(host);
    machines.nodes.delete('node02');
    expect(routes(actCilium(input(machines, 'node01', native)).host).join('\n')).not.toContain('172.30.1.4');
  });

  it('joins a pod by a veth named after its container', () => {
    const machines = running(native);
    const router = routerOf(machines, 'node01');
    const { host, outcome } = add(machines.hosts.get('node01')!, request('a'), { now, seed: 'test' });
    const address = outcome.ok ? outcome.value.ips[0]!.address : undefined;
    expect(address).toMatchObject({ length: 32 });
    expect(routes(host, 'cni-a')).toEqual([`default via ${router} dev eth0`, `${router} dev eth0 scope link`]);
    expect(routes(host)).toContain(`${address!.ip} dev lxcbb6ce373044e proto kernel scope link`);
    const gone = del(host, request('a'), { now });
    expect(gone.outcome.ok).toBe(true);
    expect(links(gone.host).join('\n')).not.toContain('lxc');
  });

  it('keeps other configurations out of sight', () => {
    const machines = threeNodes();
    machines.hosts.set('node01', having(machines.hosts.get('node01')!, { '/etc/cni/net.d/10-flannel.conflist': '{}' }));
    const { host } = startCilium(input(machines, 'node01', {}));
    expect(readFile(host.files, '/etc/cni/net.d/10-flannel.conflist')).toBeUndefined();
    expect(readFile(host.files, '/etc/cni/net.d/10-flannel.conflist.cilium_bak')).toBe('{}');
    expect(readFile(host.files, conflistPath)).toContain('"type": "cilium-cni"');
  });

  it.each([
    [true, 'connection refused'],
    [false, 'no such file or directory'],
  ])('cannot be reached while it does not run (has run: %s)', (hasRun, why) => {
    const started = running(native).hosts.get('node01')!;
    const state = hasRun ? {} : { '/run/cilium/state/agent.json': undefined };
    const { outcome } = add(having({ ...started, sandboxes: new Map() }, state), request('a'), { now });
    expect(!outcome.ok && outcome.error).toContain(
      `plugin type="cilium-cni" failed (add): unable to connect to Cilium agent: failed to create cilium agent client after 30.000000 seconds timeout: Get "http://localhost/v1/config": dial unix /var/run/cilium/cilium.sock: connect: ${why}\nIs the agent running?`,
    );
  });

  it('does not start without a range', () => {
    const started = startCilium({ ...input(threeNodes(), 'node01', {}), ranges: new Map() });
    expect(started.exit).toEqual({ code: 1 });
    expect(started.logs.at(-1)).toContain('required IPv4 PodCIDR not available');
  });

  it('tells its state', () => {
    const host = running(native).hosts.get('node01')!;
    const text = ciliumStatusText({ host, config: native, kubernetes: '1.34 (v1.34.0)', health: { nodes: 3, reachable: 3 }, now })!;
    expect(text).toContain('IPAM:                    IPv4: 2/254 allocated from 10.0.1.0/24,\n');
    expect(text).toContain('Routing:                 Network: Native   Host: Legacy\n');
    expect(text).toContain('Cluster health:          3/3 reachable   (2026-01-01T00:00:00Z)\n');
  });
});
