import { describe, expect, it } from '@jest/globals';
import { cidr, ip } from '#net/ip.ts';
import { add, del, type SandboxRequest } from '#node/cni/add.ts';
import { peersOf } from '#node/cni/networks/weave/peers.ts';
import { setUpCni } from '#node/cni/networks/weave/install.ts';
import { connectionsText, ipamText, peersText, statusText } from '#node/cni/networks/weave/status.ts';
import { actWeave, startWeave, type WeaveInput } from '#node/cni/networks/weave/weave.ts';
import { divide, donate, sizeOfPeer, type Database } from '#node/cni/plugins/weave-net/space.ts';
import type { Host, Sandbox } from '#node/host.ts';
import { now } from '../blank-host.ts';
import { links, routes, threeNodes, type Machines } from './three-nodes.ts';

const daemon = { id: 'weave', containers: [{ name: 'weave', run: { id: 'r', startedAt: now } }] } as unknown as Sandbox;

const input = ({ hosts, nodes }: Machines, name: string, env: Readonly<Record<string, string>> = {}): WeaveInput => ({
  host: hosts.get(name)!,
  hosts,
  nodes: [...nodes.values()],
  now,
  seed: 'test',
  env: new Map(Object.entries(env)),
});

function start(machines: Machines, name: string): void {
  const started = startWeave(input(machines, name));
  expect(started.exit).toBeUndefined();
  machines.hosts.set(name, setUpCni({ ...started.host, sandboxes: new Map([['weave', daemon]]) }, now));
}

function running(): Machines {
  const machines = threeNodes();
  for (const name of machines.hosts.keys()) start(machines, name);
  for (const name of machines.hosts.keys()) machines.hosts.set(name, actWeave(input(machines, name)).host);
  return machines;
}

const request = (digit: string): SandboxRequest => ({
  containerId: digit.repeat(64),
  netns: `cni-${digit}`,
  podNamespace: 'default',
  podName: digit,
  podUid: digit,
});

const bridgeAddress = (host: Host) =>
  links(host)
    .find((line) => line.startsWith('weave '))!
    .split(' ')
    .at(-1);

describe('weave', () => {
  it('divides the range by halves among peers sorted by name', () => {
    const machines = running();
    const peers = peersOf([...machines.nodes.values()], machines.hosts, 'test');
    const shares = peers.map((peer) => bridgeAddress(machines.hosts.get(peer.nickname)!));
    expect(shares).toEqual(['10.32.0.1/12', '10.40.0.0/12', '10.44.0.0/12']);
    expect(divide(cidr('10.32.0.0/12'), ['c', 'a', 'b']).tokens).toEqual([
      { start: '10.32.0.0', peer: 'a' },
      { start: '10.40.0.0', peer: 'b' },
      { start: '10.44.0.0', peer: 'c' },
    ]);
  });

  it('makes its bridge and what joins it to the others', () => {
    const host = running().hosts.get('node01')!;
    expect(links(host).map((line) => line.split(' ').slice(0, 4).join(' '))).toEqual(
      expect.arrayContaining([
        'datapath openvswitch up 1376',
        'weave bridge up 1376',
        'vethwe-datapath veth up 1376',
        'vethwe-bridge veth up 1376',
        'vxlan-6784 vxlan up 65535',
      ]),
    );
    expect(routes(host)).toContain(`10.32.0.0/12 dev weave proto kernel scope link src ${bridgeAddress(host)!.slice(0, -3)}`);
  });

  it('gives the lowest free address, and a released one again', () => {
    const machines = running();
    const host = machines.hosts.get('node02')!;
    const options = { now, seed: 'test' };
    const one = add(host, request('a'), options);
    const two = add(one.host, request('b'), options);
    const addresses = [one, two].map(({ outcome }) => (outcome.ok ? outcome.value.ips[0]!.address.ip : outcome.error));
    expect(routes(two.host, 'cni-b')).toEqual([
      `default via ${bridgeAddress(host)!.slice(0, -3)} dev eth0`,
      `10.32.0.0/12 dev eth0 proto kernel scope link src ${addresses[1]!}`,
    ]);
    expect(links(two.host).join('\n')).toContain('vethweplbbbbbbb veth up 1376');
    const gone = del(two.host, request('a'), options);
    expect(gone.outcome.ok).toBe(true);
    const again = add(gone.host, request('c'), options);
    expect(again.outcome.ok && again.outcome.value.ips[0]!.address.ip).toBe(addresses[0]);
  });

  it('does nothing for pods while it does not run', () => {
    const machines = running();
    const host = { ...machines.hosts.get('node02')!, sandboxes: new Map() };
    const { outcome } = add(host, request('a'), { now });
    expect(!outcome.ok && outcome.error).toContain(
      `plugin type="weave-net" name="weave" failed (add): unable to allocate IP address: Post "http://127.0.0.1:6784/ip/${'a'.repeat(64)}": dial tcp 127.0.0.1:6784: connect: connection refused`,
    );
  });

  it('does not start over a route of the host', () => {
    const started = startWeave(input(threeNodes(), 'node01', { IPALLOC_RANGE: '172.16.0.0/12' }));
    expect(started.exit).toEqual({ code: 1 });
    expect(started.logs).toEqual(['Network 172.16.0.0/12 overlaps with existing route 172.30.1.0/24 on host']);
  });

  it('gives a newcomer space of another', () => {
    const whole: Database = {
      peer: 'a',
      nickname: 'a',
      universe: cidr('10.32.0.0/12'),
      ring: divide(cidr('10.32.0.0/12'), ['a']),
      owned: { x: ip('10.32.0.1') },
    };
    const ring = donate(whole, 'b')!;
    expect(ring.tokens).toEqual([
      { start: '10.32.0.0', peer: 'a' },
      { start: '10.44.0.0', peer: 'b' },
    ]);
    expect(sizeOfPeer({ ...whole, ring }, 'b')).toBe(2 ** 18);
  });

  it('takes over what a deleted node had', () => {
    const machines = running();
    machines.nodes.delete('node02');
    machines.hosts.delete('node02');
    machines.hosts.set('node01', actWeave(input(machines, 'node01')).host);
    const text = ipamText({ node: 'node01', peers: peersOf([...machines.nodes.values()], machines.hosts, 'test') })!;
    const total = [...text.matchAll(/ (\d+) IPs/g)].reduce((sum, [, count]) => sum + Number(count), 0);
    expect(text.trimEnd().split('\n')).toHaveLength(2);
    expect(total).toBe(2 ** 20);
  });

  it('tells its state', () => {
    const machines = running();
    const silent = machines.hosts.get('node02')!;
    machines.hosts.set('node02', { ...silent, sandboxes: new Map() });
    const status = { node: 'node01', peers: peersOf([...machines.nodes.values()], machines.hosts, 'test') };
    expect(statusText(status)).toContain(
      '    Connections: 2 (1 established, 1 retrying)\n          Peers: 2 (with 2 established connections)\n',
    );
    expect(statusText(status)).toContain('          Range: 10.32.0.0-10.47.255.255\n  DefaultSubnet: 10.32.0.0/12\n');
    expect(connectionsText(status)).toMatch(
      /^-> 172\.30\.1\.4:6783 {7}retrying    dial tcp :0->172\.30\.1\.4:6783: connect: connection refused$/m,
    );
    expect(connectionsText(status)).toMatch(
      /172\.30\.1\.2:\d+ +established unencrypted fastdp ..:..:..:..:..:..\(controlplane\) mtu=1376$/m,
    );
    expect(peersText(status)!.split('\n')).toHaveLength(5);
    expect(ipamText(status)).toMatch(/\(node02\) +\d+ IPs \((50|25)\.0% of total\) - unreachable!$/m);
    expect(ipamText(status)!.split('\n')[0]).toMatch(/\(node01\) +\d+ IPs \((50|25)\.0% of total\) \(1 active\)$/);
  });
});
