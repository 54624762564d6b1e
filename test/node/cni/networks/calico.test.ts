import { describe, expect, it } from '@jest/globals';
import { add, del, type CniOutcome, type SandboxRequest } from '#node/cni/add.ts';
import { actCalico, startCalico, type CalicoInput } from '#node/cni/networks/calico/calico.ts';
import { installCni } from '#node/cni/networks/calico/install.ts';
import { datastoreOf, objectsOf } from '#node/cni/networks/calico/objects.ts';
import { install } from '#node/cni/networks/install.ts';
import { autoAssign, releaseByHandle, type CalicoDatastore, type IpPool } from '#node/cni/plugins/calico-ipam/datastore.ts';
import { cidr, ip } from '#net/ip.ts';
import { now } from '../blank-host.ts';
import { links, routes, threeNodes, type Machines } from './three-nodes.ts';

interface Cluster extends Machines {
  calico: CalicoDatastore;
}

const input = (cluster: Cluster, name: string, env: Readonly<Record<string, string>>): CalicoInput => ({
  host: cluster.hosts.get(name)!,
  nodes: [...cluster.nodes.values()],
  now,
  seed: 'test',
  calico: cluster.calico,
  env: new Map(Object.entries(env)),
  podSubnet: '10.244.0.0/16',
});

/** A cluster on which calico-node has started everywhere, and has then seen the others. */
function running(env: Readonly<Record<string, string>>): Cluster {
  const cluster: Cluster = { ...threeNodes(), calico: { pools: [], blocks: [] } };
  for (const name of cluster.hosts.keys()) {
    const host = install(cluster.hosts.get(name)!, installCni(new Map([['KUBERNETES_NODE_NAME', name]]), 'token'), now);
    cluster.hosts.set(name, host);
    const started = startCalico(input(cluster, name, env));
    cluster.hosts.set(name, started.host);
    cluster.nodes.set(name, started.node!);
    cluster.calico = started.calico;
  }
  for (const name of cluster.hosts.keys()) cluster.hosts.set(name, actCalico(input(cluster, name, env)).host);
  return cluster;
}

const request = (digit: string, podName: string): SandboxRequest => ({
  containerId: digit.repeat(64),
  netns: `cni-${digit}`,
  podNamespace: 'default',
  podName,
  podUid: `uid-${podName}`,
});

/** Runs and keeps what it changed. */
function on<T>(cluster: Cluster, name: string, run: (host: Cluster['hosts'] extends Map<string, infer H> ? H : never) => CniOutcome<T>) {
  const outcome = run(cluster.hosts.get(name)!);
  cluster.hosts.set(name, outcome.host);
  cluster.calico = outcome.calico ?? cluster.calico;
  return outcome.outcome;
}

const addOn = (cluster: Cluster, name: string, digit: string, pod: string) =>
  on(cluster, name, (host) => add(host, request(digit, pod), { now, seed: 'test', calico: cluster.calico }));

const ipip = { CALICO_IPV4POOL_IPIP: 'Always' };
const vxlan = { CALICO_IPV4POOL_VXLAN: 'Always', CALICO_NETWORKING_BACKEND: 'vxlan' };

const blockOf = ({ calico }: Cluster, host: string) => calico.blocks.find((block) => block.host === host)!.cidr;
const first = (range: string) => range.slice(0, range.indexOf('/'));

describe('calico-node', () => {
  it('gives every node a block and its tunnel the first address of it', () => {
    const cluster = running(ipip);
    expect(cluster.calico.pools).toMatchObject([{ name: 'default-ipv4-ippool', cidr: '10.244.0.0/16', blockSize: 26, ipipMode: 'Always' }]);
    expect(cluster.calico.blocks).toHaveLength(3);
    const [own, other] = [blockOf(cluster, 'node01'), blockOf(cluster, 'node02')];
    expect(links(cluster.hosts.get('node01')!)).toContain(`tunl0 ipip up 1480 ${first(own)}/32`);
    expect(routes(cluster.hosts.get('node01')!)).toEqual(
      expect.arrayContaining([`blackhole ${own} proto bird`, `${other} via 172.30.1.4 dev tunl0 proto bird onlink`]),
    );
    expect(cluster.nodes.get('node01')!.metadata.annotations).toMatchObject({
      'projectcalico.org/IPv4Address': '172.30.1.3/24',
      'projectcalico.org/IPv4IPIPTunnelAddr': first(own),
    });
    expect(cluster.nodes.get('node01')!.status!.conditions).toMatchObject([
      { type: 'NetworkUnavailable', status: 'False', reason: 'CalicoIsUp' },
    ]);
  });

  it('knows its peers by VXLAN without BIRD', () => {
    const cluster = running(vxlan);
    const host = cluster.hosts.get('node01')!;
    const other = blockOf(cluster, 'node02');
    expect(links(host)).toContain(`vxlan.calico vxlan up 1450 ${first(blockOf(cluster, 'node01'))}/32`);
    expect(routes(host)).toEqual(
      expect.arrayContaining([`blackhole ${blockOf(cluster, 'node01')} proto 80`, `${other} via ${first(other)} dev vxlan.calico onlink`]),
    );
    const { neighbours, forwarding } = host.kernel.namespaces.get('')!;
    const mac = forwarding.find((entry) => entry.dst === '172.30.1.4')!.mac;
    expect(mac).toMatch(/^66:/);
    expect(neighbours).toContainEqual({ ip: first(other), dev: 'vxlan.calico', mac, state: 'PERMANENT' });
    expect(host.kernel.namespaces.get('')!.links.some((link) => link.name === 'tunl0')).toBe(false);
  });

  it('routes without a tunnel inside of one subnet', () => {
    const plain = withPods(running({}));
    expect(routes(plain.hosts.get('node01')!)).toContain(`${blockOf(plain, 'node02')} via 172.30.1.4 dev eth0 proto bird`);
    const cross = running({ CALICO_IPV4POOL_VXLAN: 'CrossSubnet', CALICO_NETWORKING_BACKEND: 'vxlan' });
    expect(routes(cross.hosts.get('node01')!)).toContain(`${blockOf(cross, 'node02')} via 172.30.1.4 dev eth0 proto 80 onlink`);
  });

  it('puts back what is taken away, and is content when all is there', () => {
    const cluster = running(ipip);
    const host = cluster.hosts.get('node01')!;
    expect(actCalico(input(cluster, 'node01', ipip)).host).toBe(host);
    const own = host.kernel.namespaces.get('')!;
    const without = { ...own, routes: own.routes.filter((route) => route.dev !== 'tunl0') };
    cluster.hosts.set('node01', { ...host, kernel: { ...host.kernel, namespaces: new Map(host.kernel.namespaces).set('', without) } });
    expect(routes(actCalico(input(cluster, 'node01', ipip)).host)).toEqual(routes(host));
  });

  it('ends when it finds no address', () => {
    const cluster: Cluster = { ...threeNodes(), calico: { pools: [], blocks: [] } };
    const started = startCalico(input(cluster, 'node01', { IP_AUTODETECTION_METHOD: 'interface=ens.*,enp.*' }));
    expect(started.exit).toEqual({ code: 1 });
    expect(started.logs.join('\n')).toContain(
      '[WARNING][9] startup/autodetection_methods.go 113: Unable to auto-detect an IPv4 address using interface regexes [ens.* enp.*]: no valid host interfaces found',
    );
    expect(started.logs.at(-1)).toBe('Calico node failed to start');
  });
});

/** Blocks come with the first address: without tunnels, with the first pod. */
function withPods(cluster: Cluster): Cluster {
  for (const [index, name] of ['controlplane', 'node01', 'node02'].entries())
    expect(addOn(cluster, name, String(index + 1), `p${index}`).ok).toBe(true);
  for (const name of cluster.hosts.keys()) cluster.hosts.set(name, actCalico(input(cluster, name, {})).host);
  return cluster;
}

describe('the plugin calico', () => {
  it('gives a pod a /32 and the node a route to it', () => {
    const cluster = running(ipip);
    const added = addOn(cluster, 'node01', 'a', 'web');
    const address = first(blockOf(cluster, 'node01')).replace(/\d+$/, (last) => String(Number(last) + 1));
    expect(added.ok && added.value).toEqual({
      ips: [{ address: { ip: address, length: 32 } }],
      namespace: 'cni-a',
      networkName: 'k8s-pod-network',
    });
    const host = cluster.hosts.get('node01')!;
    expect(routes(host, 'cni-a')).toEqual(['default via 169.254.1.1 dev eth0', '169.254.1.1 dev eth0 scope link']);
    expect(links(host, 'cni-a')).toContain(`eth0 veth up 1480 ${address}/32`);
    expect(routes(host)).toContain(`${address} dev cali68caf03a5f4 scope link`);
    expect(host.kernel.namespaces.get('')!.sysctls.get(`net.ipv4.conf.${vethOf(host)}.proxy_arp`)).toBe('1');
    expect(host.kernel.namespaces.get('')!.links.find((link) => link.name === vethOf(host))!.mac).toBe('ee:ee:ee:ee:ee:ee');
  });

  it('puts a released address to the end', () => {
    const cluster = running(ipip);
    const ips = ['a', 'b'].map((digit) => addressOf(addOn(cluster, 'node01', digit, `p${digit}`)));
    expect(on(cluster, 'node01', (host) => del(host, request('a', 'pa'), { now, seed: 'test', calico: cluster.calico })).ok).toBe(true);
    expect(vethOf(cluster.hosts.get('node01')!)).toMatch(/^cali/);
    const next = addressOf(addOn(cluster, 'node01', 'c', 'pc'));
    expect(ips).not.toContain(next);
    expect(cluster.calico.blocks.find((block) => block.host === 'node01')!.unallocated.at(-1)).toBe(1);
  });

  it('waits for calico-node', () => {
    const { hosts } = threeNodes();
    const host = install(hosts.get('node01')!, installCni(new Map(), 'token'), now);
    const { outcome } = add(host, request('a', 'web'), { now, calico: { pools: [], blocks: [] } });
    expect(!outcome.ok && outcome.error).toBe(
      `failed to setup network for sandbox "${'a'.repeat(64)}": plugin type="calico" failed (add): stat /var/lib/calico/nodename: no such file or directory: check that the calico/node container is running and has mounted /var/lib/calico/`,
    );
  });

  it('says when the pools are used up', () => {
    const cluster = running({ ...ipip, CALICO_IPV4POOL_CIDR: '10.0.0.0/30', CALICO_IPV4POOL_BLOCK_SIZE: '30' });
    expect(addOn(cluster, 'node02', 'a', 'pa').ok).toBe(true);
    const failed = addOn(cluster, 'node02', 'b', 'pb');
    expect(!failed.ok && failed.error).toContain(
      'plugin type="calico" failed (add): failed to request IPv4 addresses: Assigned 0 out of 1 requested IPv4 addresses; No IPs available in pools: [10.0.0.0/30]',
    );
  });
});

function vethOf(host: Parameters<typeof links>[0]): string {
  return host.kernel.namespaces.get('')!.links.find((link) => link.name.startsWith('cali'))!.name;
}

function addressOf(outcome: ReturnType<typeof addOn>): string {
  if (!outcome.ok) throw new Error(outcome.error);
  return outcome.value.ips[0]!.address.ip;
}

describe("Calico's datastore", () => {
  const pool: IpPool = { name: 'p', cidr: cidr('10.0.0.0/29'), blockSize: 30, ipipMode: 'Never', vxlanMode: 'Never', natOutgoing: true };
  const give = (datastore: CalicoDatastore, host: string, handle: string, wished: readonly string[] = []) => {
    const allocation = { handle, attributes: { node: host } };
    const assigned = autoAssign(datastore, { host, family: 'IPv4', allocation, wished: wished.map(ip) });
    if ('problem' in assigned) throw new Error(assigned.problem);
    return assigned;
  };

  it('takes another block when one is full, and then borrows', () => {
    let datastore: CalicoDatastore = { pools: [pool], blocks: [] };
    const given: string[] = [];
    for (let i = 0; i < 8; i++) {
      const next = give(datastore, 'a', `h${i}`);
      given.push(next.ip);
      datastore = next.datastore;
    }
    expect(new Set(given).size).toBe(8);
    expect(datastore.blocks.map((block) => block.host)).toEqual(['a', 'a']);
    datastore = releaseByHandle(datastore, 'h0');
    expect(give(datastore, 'b', 'other').ip).toBe(given[0]);
    expect(() => give({ ...datastore, strictAffinity: true }, 'b', 'other')).toThrow(
      'No more free affine blocks and strict affinity enabled',
    );
  });

  it('gives what is wished for while it is free', () => {
    const one = give({ pools: [pool], blocks: [] }, 'a', 'h', ['192.0.2.1', '10.0.0.6']);
    expect(one.ip).toBe('10.0.0.6');
    expect(give(one.datastore, 'a', 'i', ['10.0.0.6']).ip).toBe('10.0.0.4');
  });

  it('comes back from objects as it was', () => {
    const { datastore } = give(give({ pools: [pool], blocks: [] }, 'a', 'h').datastore, 'a', 'i');
    const objects = objectsOf(datastore);
    expect(objects.map((object) => object.kind)).toEqual(['IPPool', 'IPAMBlock', 'BlockAffinity']);
    expect(objects[1]!.spec).toMatchObject({ affinity: 'host:a', allocations: [0, 1, null, null], unallocated: [2, 3] });
    expect(datastoreOf(JSON.parse(JSON.stringify(objects)))).toEqual({ ...datastore, strictAffinity: false });
  });
});
