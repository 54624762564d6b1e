import { describe, expect, it } from '@jest/globals';
import type { Node } from '#kube/kinds/node.ts';
import { cidr, ip } from '#net/ip.ts';
import { readFile } from '#node/files.ts';
import { add } from '#node/cni/add.ts';
import { KernelDraft } from '#node/cni/kernel-draft.ts';
import { flannelManifests } from '#node/cni/networks/flannel/manifests.ts';
import type { DaemonStart } from '#node/cni/networks/daemon.ts';
import { actFlannel, startFlannel, type FlannelInput } from '#node/cni/networks/flannel/flannel.ts';
import { tablesOf } from '#node/netfilter.ts';
import { having, now } from '../blank-host.ts';
import { links, nodeObject, routes, threeNodes, type Machines } from './three-nodes.ts';

const netConf = JSON.stringify({ Network: '10.244.0.0/16', EnableNFTables: false, Backend: { Type: 'vxlan' } });
const args = ['--ip-masq', '--kube-subnet-mgr'];

function input({ hosts, nodes }: Machines, name: string, more: Partial<FlannelInput> = {}): FlannelInput {
  return { host: hosts.get(name)!, nodes: [...nodes.values()], netConf, args, now, ...more };
}

/** Starts flannel on every node, one after the other, and lets all of them follow. */
function running(conf = netConf): Machines {
  const cluster = threeNodes();
  for (const name of cluster.hosts.keys()) {
    const started = startFlannel(input(cluster, name, { netConf: conf }));
    cluster.hosts.set(name, started.host);
    if (started.node !== undefined) cluster.nodes.set(name, started.node);
  }
  for (const name of cluster.hosts.keys()) cluster.hosts.set(name, actFlannel(input(cluster, name, { netConf: conf }), []).host);
  return cluster;
}

/** A log line without its time. */
const said = ({ logs }: DaemonStart | { logs: readonly string[] }) => logs.map((line) => line.replace(/^([IWE])\d{4} [\d:.]+ +1 /, '$1 '));

describe('vxlan', () => {
  const { hosts, nodes } = running();
  const node01 = hosts.get('node01')!;
  const mac = (name: string) =>
    hosts
      .get(name)!
      .kernel.namespaces.get('')!
      .links.find((link) => link.name === 'flannel.1')!.mac;

  it('has a device with a /32, and a route to every other node', () => {
    expect(links(node01)).toEqual(['lo loopback up 65536', 'eth0 ether up 1500 172.30.1.3/24', 'flannel.1 vxlan up 1450 10.244.1.0/32']);
    expect(routes(node01)).toEqual([
      'default via 172.30.1.1 dev eth0',
      '10.244.0.0/24 via 10.244.0.0 dev flannel.1 onlink',
      '10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink',
      '172.30.1.0/24 dev eth0 proto kernel scope link src 172.30.1.3',
    ]);
  });

  it('knows the others by neighbour and forwarding entries', () => {
    const { neighbours, forwarding } = node01.kernel.namespaces.get('')!;
    expect(neighbours.map(({ ip, mac: lladdr, state }) => `${ip} ${lladdr!} ${state}`).sort()).toEqual([
      `10.244.0.0 ${mac('controlplane')} PERMANENT`,
      `10.244.2.0 ${mac('node02')} PERMANENT`,
    ]);
    expect(forwarding.map((entry) => `${entry.mac} dst ${entry.dst!}`).sort()).toEqual(
      [`${mac('controlplane')} dst 172.30.1.2`, `${mac('node02')} dst 172.30.1.4`].sort(),
    );
  });

  it('writes subnet.env', () => {
    expect(readFile(node01.files, '/run/flannel/subnet.env')).toBe(
      'FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n',
    );
  });

  it('announces itself', () => {
    expect(nodes.get('node01')!.metadata.annotations).toEqual({
      'flannel.alpha.coreos.com/backend-data': `{"VNI":1,"VtepMAC":"${mac('node01')}"}`,
      'flannel.alpha.coreos.com/backend-type': 'vxlan',
      'flannel.alpha.coreos.com/kube-subnet-manager': 'true',
      'flannel.alpha.coreos.com/public-ip': '172.30.1.3',
      'node.alpha.kubernetes.io/ttl': '0',
    });
    expect(nodes.get('node01')!.status!.conditions).toMatchObject([{ type: 'NetworkUnavailable', status: 'False', reason: 'FlannelIsUp' }]);
  });

  it('has its rules, once', () => {
    const tables = tablesOf(node01.kernel.namespaces.get('')!.netfilter, 'ipv4');
    expect(tables.get('nat')!.chains.get('FLANNEL-POSTRTG')!.rules).toHaveLength(6);
    expect(tables.get('nat')!.chains.get('POSTROUTING')!.rules).toHaveLength(1);
    expect(tables.get('filter')!.chains.get('FORWARD')!.rules).toHaveLength(1);
  });

  it('has nothing to do once all is in order', () => {
    expect(actFlannel(input({ hosts, nodes }, 'node01'), [...nodes.values()])).toEqual({ host: node01, logs: [] });
    expect(actFlannel(input({ hosts, nodes }, 'node01'), [...nodes.values()]).host).toBe(node01);
  });

  it('does not notice that somebody has taken a route away, until its lease changes', () => {
    const draft = new KernelDraft(node01.kernel, 'node01');
    draft.removeRoute('', (route) => route.dst === '10.244.2.0/24');
    const robbed = new Map(hosts).set('node01', { ...node01, kernel: draft.kernel });
    const all = [...nodes.values()];
    const beaten = all.map((node) => ({ ...node, status: { ...node.status, heartbeat: 1 } }) as typeof node);
    expect(routes(actFlannel({ ...input({ hosts: robbed, nodes }, 'node01'), nodes: beaten }, all).host).join()).not.toContain(
      '10.244.2.0/24',
    );
    const { host } = actFlannel(
      input({ hosts: robbed, nodes }, 'node01'),
      all.filter((node) => node.metadata.name !== 'node02'),
    );
    expect(routes(host)).toContain('10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink');
  });

  it('forgets a node that is gone', () => {
    const left = [...nodes.values()].filter((node) => node.metadata.name !== 'node02');
    const { host } = actFlannel({ ...input({ hosts, nodes }, 'node01'), nodes: left }, [...nodes.values()]);
    expect(routes(host).filter((line) => line.includes('flannel.1'))).toEqual(['10.244.0.0/24 via 10.244.0.0 dev flannel.1 onlink']);
    const { neighbours, forwarding } = host.kernel.namespaces.get('')!;
    expect([neighbours.length, forwarding.length]).toEqual([1, 1]);
  });

  it('keeps its MAC address over a restart', () => {
    const again = startFlannel(input({ hosts, nodes }, 'node01'));
    expect(again.host.kernel.namespaces.get('')!.links.find((link) => link.name === 'flannel.1')!.mac).toBe(mac('node01'));
    expect(said(again)).toContain(`I vxlan.go:155] Interface flannel.1 mac address set to: ${mac('node01')}`);
    expect(said(again).filter((line) => line.startsWith('W main'))).toEqual([
      'W main.go:608] no subnet found for key: FLANNEL_IPV6_NETWORK in file: /run/flannel/subnet.env',
      'W main.go:608] no subnet found for key: FLANNEL_IPV6_SUBNET in file: /run/flannel/subnet.env',
    ]);
  });
});

it('host-gw: routes by way of the nodes themselves', () => {
  const { hosts } = running(JSON.stringify({ Network: '10.244.0.0/16', Backend: { Type: 'host-gw' } }));
  const node01 = hosts.get('node01')!;
  expect(routes(node01).slice(1, 3)).toEqual(['10.244.0.0/24 via 172.30.1.2 dev eth0', '10.244.2.0/24 via 172.30.1.4 dev eth0']);
  expect(links(node01)).toHaveLength(2);
  expect(readFile(node01.files, '/run/flannel/subnet.env')).toContain('FLANNEL_MTU=1500');
});

it('logs a first start', () => {
  const cluster = threeNodes();
  expect(said(startFlannel(input(cluster, 'node01'))).filter((line) => !line.includes('CLI flags'))).toEqual([
    'W client_config.go:659] Neither --kubeconfig nor --master was specified.  Using the inClusterConfig.  This might not work.',
    'I kube.go:139] Waiting 10m0s for node controller to sync',
    'I kube.go:537] Starting kube subnet manager',
    'I kube.go:163] Node controller sync successful',
    'I main.go:239] Created subnet manager: Kubernetes Subnet Manager - node01',
    'I main.go:242] Installing signal handlers',
    'I main.go:519] Found network config - Backend type: vxlan',
    'I kube.go:737] List of node(node01) annotations: map[string]string{"node.alpha.kubernetes.io/ttl":"0"}',
    'I match.go:211] Determining IP address of default interface',
    'I match.go:264] Using interface with name eth0 and address 172.30.1.3',
    'I match.go:286] Defaulting external address to interface address (172.30.1.3)',
    'I vxlan.go:141] VXLAN config: VNI=1 Port=0 GBP=false Learning=false DirectRouting=false',
    'I kube.go:704] List of node(node01) annotations: map[string]string{"node.alpha.kubernetes.io/ttl":"0"}',
    'I kube.go:439] Setting NodeNetworkUnavailable',
    'I main.go:375] Cleaning-up unused traffic manager rules',
    'I nftables.go:278] Cleaning-up nftables rules...',
    'I iptables.go:50] Starting flannel in iptables mode...',
    'W main.go:573] no subnet found for key: FLANNEL_NETWORK in file: /run/flannel/subnet.env',
    'W main.go:573] no subnet found for key: FLANNEL_SUBNET in file: /run/flannel/subnet.env',
    'W main.go:608] no subnet found for key: FLANNEL_IPV6_NETWORK in file: /run/flannel/subnet.env',
    'W main.go:608] no subnet found for key: FLANNEL_IPV6_SUBNET in file: /run/flannel/subnet.env',
    'I iptables.go:100] Current network or subnet (10.244.0.0/16, 10.244.1.0/24) is not equal to previous one (0.0.0.0/0, 0.0.0.0/0), trying to recycle old iptables rules',
    'I iptables.go:110] Setting up masking rules',
    'I iptables.go:211] Changing default FORWARD chain policy to ACCEPT',
    'I main.go:463] Wrote subnet file to /run/flannel/subnet.env',
    'I main.go:467] Running backend.',
    'I vxlan_network.go:65] watching for new subnet leases',
    'I main.go:488] Waiting for all goroutines to exit',
    'I iptables.go:357] bootstrap done',
    'I iptables.go:357] bootstrap done',
  ]);
});

describe('both families', () => {
  const conf = JSON.stringify({ Network: '10.244.0.0/16', EnableIPv6: true, IPv6Network: 'fd00:10:244::/56', Backend: { Type: 'vxlan' } });
  const cluster = threeNodes();
  for (const [i, name] of [...cluster.hosts.keys()].entries()) {
    const host = cluster.hosts.get(name)!;
    const draft = new KernelDraft(host.kernel, name);
    draft.addAddress('', 'eth0', { ip: ip(`fd00::1:${i + 2}`), length: 64 });
    draft.addRoute('', { dst: cidr('::/0'), dev: 'eth0', via: ip('fd00::1') });
    cluster.hosts.set(name, { ...host, kernel: draft.kernel });
    const node = cluster.nodes.get(name)!;
    cluster.nodes.set(name, { ...node, spec: { ...node.spec, podCIDRs: [node.spec!.podCIDR!, `fd00:10:244:${i}::/64`] } });
  }
  const starts = [...cluster.hosts.keys()].map((name) => {
    const started = startFlannel(input(cluster, name, { netConf: conf }));
    cluster.hosts.set(name, started.host);
    cluster.nodes.set(name, started.node!);
    return started;
  });
  const { host } = actFlannel(input(cluster, 'node01', { netConf: conf }), []);

  it('has a device each', () => {
    expect(links(host).slice(-2)).toEqual(['flannel.1 vxlan up 1450 10.244.1.0/32', 'flannel-v6.1 vxlan up 1450 fd00:10:244:1::/128']);
    expect(routes(host)).toEqual(
      expect.arrayContaining([
        '10.244.0.0/24 via 10.244.0.0 dev flannel.1 onlink',
        'fd00:10:244::/64 via fd00:10:244:: dev flannel-v6.1 onlink',
        'fd00:10:244:2::/64 via fd00:10:244:2:: dev flannel-v6.1 onlink',
      ]),
    );
    const { forwarding } = host.kernel.namespaces.get('')!;
    expect(forwarding.filter((entry) => entry.dev === 'flannel-v6.1').map((entry) => entry.dst)).toEqual(['fd00::1:2', 'fd00::1:4']);
  });

  it('writes both ranges, and both kinds of annotations', () => {
    expect(readFile(host.files, '/run/flannel/subnet.env')).toBe(
      'FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_IPV6_NETWORK=fd00:10:244::/56\nFLANNEL_IPV6_SUBNET=fd00:10:244:1::1/64\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n',
    );
    expect(cluster.nodes.get('node01')!.metadata.annotations).toMatchObject({
      'flannel.alpha.coreos.com/public-ip': '172.30.1.3',
      'flannel.alpha.coreos.com/public-ipv6': 'fd00::1:3',
      'flannel.alpha.coreos.com/backend-v6-data': expect.stringMatching(/^{"VNI":1,"VtepMAC":"/) as unknown,
    });
    expect(tablesOf(host.kernel.namespaces.get('')!.netfilter, 'ipv6').get('nat')!.chains.get('FLANNEL-POSTRTG')!.rules).toHaveLength(6);
    expect(said(starts[0]!)).toContain('I match.go:267] Using interface with name eth0 and v6 address fd00::1:2');
  });

  it('gives pods an address of each', () => {
    const conflist = readManifest();
    const prepared = having(host, { '/etc/cni/net.d/10-flannel.conflist': conflist });
    const { outcome } = add(
      prepared,
      { containerId: 'a'.repeat(64), netns: 'cni-a', podNamespace: 'default', podName: 'web', podUid: 'u' },
      { now },
    );
    expect(outcome.ok && outcome.value.ips.map((one) => `${one.address.ip}/${one.address.length}`)).toEqual([
      '10.244.1.2/24',
      'fd00:10:244:1::2/64',
    ]);
  });

  it('does not start on a card without an IPv6 address', () => {
    const started = startFlannel({ ...input(threeNodes(), 'node01', { netConf: conf, args: [...args, '--iface=eth0'] }) });
    expect(said(started)).toContain(
      'I main.go:307] Could not find valid interface matching eth0: failed to find IPv6 address for interface eth0',
    );
    expect(started.exit).toEqual({ code: 1 });
  });
});

/** The configuration list that flannel's manifest installs. */
function readManifest(): string {
  const map = flannelManifests({ podSubnet: '10.244.0.0/16' }).find((one) => one.kind === 'ConfigMap')!;
  return (map['data'] as Record<string, string>)['cni-conf.json']!;
}

describe('what ends it', () => {
  const with_ = (node: Node) => ({ nodes: [node] });
  const { hosts } = threeNodes();
  const noFilter = (() => {
    const host = hosts.get('node01')!;
    const own = host.kernel.namespaces.get('')!;
    const sysctls = new Map([...own.sysctls].filter(([key]) => !key.includes('bridge')));
    return { ...host, kernel: { ...host.kernel, namespaces: new Map([['', { ...own, sysctls }]]) } };
  })();
  const conf = (value: unknown) => ({ netConf: typeof value === 'string' ? value : JSON.stringify(value) });
  it.each<[what: string, more: Partial<FlannelInput>, said: string]>([
    [
      'no pod range',
      with_(nodeObject('node01', '172.30.1.3', undefined)),
      'E main.go:357] Error registering network: failed to acquire lease: node "node01" pod cidr not assigned',
    ],
    [
      'a pod range of another network',
      with_(nodeObject('node01', '172.30.1.3', '10.10.1.0/24')),
      `E main.go:357] Error registering network: failed to acquire lease: subnet "10.244.0.0/16" specified in the flannel net config doesn't contain "10.10.1.0/24" PodCIDR of the "node01" node`,
    ],
    [
      'no br_netfilter',
      { host: noFilter },
      'E main.go:276] Failed to check br_netfilter: stat /proc/sys/net/bridge/bridge-nf-call-iptables: no such file or directory',
    ],
    [
      'no net-conf.json',
      { netConf: undefined },
      'E main.go:236] Failed to create SubnetManager: failed to read net conf: open /etc/kube-flannel/net-conf.json: no such file or directory',
    ],
    [
      'net-conf.json with a trailing comma',
      conf('{"Network":"10.244.0.0/16",}'),
      `E main.go:236] Failed to create SubnetManager: error parsing subnet config: invalid character '}' looking for beginning of object key string`,
    ],
    [
      'a network without length',
      conf({ Network: '10.244.0.0', Backend: { Type: 'vxlan' } }),
      'E main.go:236] Failed to create SubnetManager: error parsing subnet config: invalid CIDR address: 10.244.0.0',
    ],
    [
      'an unknown backend',
      conf({ Network: '10.244.0.0/16', Backend: { Type: 'vxlann' } }),
      'E main.go:345] Error fetching backend: unknown backend type: vxlann',
    ],
    [
      'no backend',
      conf({ Network: '10.244.0.0/16' }),
      'E main.go:357] Error registering network: failed to open TUN device: open /dev/net/tun: no such file or directory',
    ],
    [
      'a VNI that is no number',
      conf({ Network: '10.244.0.0/16', Backend: { Type: 'vxlan', VNI: '1' } }),
      'E main.go:357] Error registering network: error decoding VXLAN backend config: json: cannot unmarshal string into Go struct field .VNI of type int',
    ],
    [
      'an interface that is not there',
      { args: [...args, '--iface=eth9'] },
      'E main.go:337] Failed to find interface to use that matches the interfaces and/or regexes provided',
    ],
  ])('%s', (_, more, text) => {
    const started = startFlannel(input(threeNodes(), 'node01', more));
    expect(said(started).filter((line) => line.startsWith('E '))).toEqual([text]);
    expect(started.exit).toEqual({ code: 1 });
    expect(readFile(started.host.files, '/run/flannel/subnet.env')).toBeUndefined();
  });
});
