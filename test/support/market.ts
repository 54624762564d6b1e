/**
 * The recorded cluster `market` as machines whose network can be walked: four nodes wired as flannel does it, their pods in namespaces behind
 * bridges, the rules kube-proxy writes with a recorded configuration; a host on the nodes' network (`lan`), one beyond the router (`out`,
 * which has a second address), and the router itself (`sw`).
 */
import { nodeName } from '#kube/names.ts';
import type { NodeName } from '#kube/names.ts';
import type { Cluster } from '#kube/cluster.ts';
import { Pod } from '#kube/kinds/pod.ts';
import type { Container } from '#kube/kinds/container.ts';
import { cidr, ip, type Cidr, type Ip, type Port, type Protocol } from '#net/ip.ts';
import { parseSave } from '#dataplane/netfilter/iptables/restore.ts';
import { syncProxy } from '#dataplane/proxy/sync.ts';
import { emptyTree, withFiles, type FileTree } from '#node/files.ts';
import type { ContainerState, Host, Listener, Sandbox } from '#node/host.ts';
import type { Address, Kernel, Link, NetworkNamespace, Route } from '#node/kernel.ts';
import { contextOf } from '#node/kubelet/container-environment.ts';
import { noRules, type Netfilter } from '#node/netfilter.ts';
import type { Snapshot } from '#node/snapshot.ts';
import { coredns } from '#workloads/coredns/coredns.ts';
import { market as recordedLab } from '../apiserver/support/market.ts';
import { market as proxied, proxyInput } from './kube-proxy.ts';
import { recordedText } from './recorded.ts';

export const marketNodes = ['cp1', 'worker-a', 'worker-b', 'worker-c'] as const;

/** Recorded configurations of kube-proxy, by the files they lie in. */
export const proxyConfigurations = {
  iptables: (node: string) => `iptables/${node}.config.conf`,
  nftables: (node: string) => `nftables/${node}.config.conf`,
  masqueradeAll: () => 'v-masqueradeAll/worker-a.config.conf',
} as const;

export interface MarketOptions {
  readonly proxy?: keyof typeof proxyConfigurations;
  readonly now?: number;
  /** The objects; those recorded when absent. */
  readonly cluster?: Cluster;
}

interface RecordedLink {
  readonly index: number;
  readonly name: string;
  readonly mtu: number;
  readonly mac?: string;
  readonly pod?: string;
}

const links = JSON.parse(recordedText('market/links.json')) as Readonly<Record<string, readonly RecordedLink[]>>;

/** tcp_syn_retries was lowered for the recording, and its kernel had no linear timeouts. */
const clientSysctls = [
  ['net.ipv4.tcp_syn_retries', '1'],
  ['net.ipv4.tcp_syn_linear_timeouts', '0'],
] as const;

const debian =
  'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n';

const loopback: Link = {
  index: 1,
  name: 'lo',
  kind: 'loopback',
  mac: '00:00:00:00:00:00',
  mtu: 65536,
  up: true,
  addresses: [
    { ip: ip('127.0.0.1'), length: 8, scope: 'host' },
    { ip: ip('::1'), length: 128, scope: 'host' },
  ],
};

function address(text: string, length: number): Address {
  return { ip: ip(text), length, scope: 'global' };
}

function kernelRoute(dst: string, dev: string, src: string): Route {
  return { dst: cidr(dst), type: 'unicast', dev, src: ip(src), scope: 'link', proto: 'kernel' };
}

function routeVia(dst: string, via: string, dev: string, more: Partial<Route> = {}): Route {
  return { dst: cidr(dst), type: 'unicast', dev, via: ip(via), scope: 'global', proto: 'boot', ...more };
}

function card(index: number, mac: string, addresses: readonly Address[], name = 'eth0'): Link {
  return { index, name, kind: 'ether', mac, mtu: 1500, up: true, addresses };
}

/** Flannel's rules on a node. */
function flannelRules(n: number): string {
  return `*filter
:FORWARD ACCEPT [0:0]
:FLANNEL-FWD - [0:0]
-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
-A FLANNEL-FWD -s 10.60.0.0/16 -j ACCEPT
-A FLANNEL-FWD -d 10.60.0.0/16 -j ACCEPT
COMMIT
*nat
:POSTROUTING ACCEPT [0:0]
:FLANNEL-POSTRTG - [0:0]
-A POSTROUTING -j FLANNEL-POSTRTG
-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -j RETURN
-A FLANNEL-POSTRTG -s 10.60.${n}.0/24 -d 10.60.0.0/16 -j RETURN
-A FLANNEL-POSTRTG -s 10.60.0.0/16 -d 10.60.${n}.0/24 -j RETURN
-A FLANNEL-POSTRTG ! -s 10.60.0.0/16 -d 10.60.${n}.0/24 -j RETURN
-A FLANNEL-POSTRTG -s 10.60.0.0/16 ! -d 224.0.0.0/4 -j MASQUERADE --random-fully
-A FLANNEL-POSTRTG ! -s 10.60.0.0/16 -d 10.60.0.0/16 -j MASQUERADE --random-fully
COMMIT
`;
}

/** The router refuses the cluster's own ranges. */
const routerRules = `*filter
:FORWARD ACCEPT [0:0]
-A FORWARD -d 10.60.0.0/16 -j REJECT --reject-with icmp-net-unreachable
-A FORWARD -d 10.112.0.0/16 -j REJECT --reject-with icmp-net-unreachable
COMMIT
`;

/** The load-balancer addresses that the router sends to a node. */
const announced: readonly (readonly [address: string, via: string])[] = [
  ['203.0.113.70', '172.31.77.11'],
  ['203.0.113.71', '172.31.77.12'],
  ['203.0.113.72', '172.31.77.11'],
  ['203.0.113.73', '172.31.77.11'],
  ['203.0.113.75', '172.31.77.12'],
  ['203.0.113.80', '172.31.77.12'],
  ['203.0.113.81', '172.31.77.11'],
  ['203.0.113.90', '172.31.77.13'],
  ['203.0.113.100', '172.31.77.13'],
];

function namespace(
  name: string,
  own: readonly Link[],
  routes: readonly Route[],
  sysctls: Iterable<readonly [string, string]>,
  more: Partial<NetworkNamespace> = {},
): NetworkNamespace {
  return {
    name,
    links: [loopback, ...own],
    routes,
    neighbours: [],
    forwarding: [],
    sysctls: new Map([...clientSysctls, ...sysctls]),
    netfilter: noRules,
    ...more,
  };
}

function kernel(namespaces: readonly NetworkNamespace[]): Kernel {
  const modules = new Set(['bridge', 'br_netfilter', 'veth', 'vxlan', 'nf_conntrack', 'nf_nat', 'ip_tables', 'ip6_tables', 'nf_tables']);
  return { release: '6.12.48', modules, namespaces: new Map(namespaces.map((one) => [one.name, one])), nextIndex: 40 };
}

const started = Date.parse('2026-11-23T03:00:00Z');

function files(name: string, more: readonly (readonly [string, string])[] = []): FileTree {
  const own: readonly (readonly [string, string])[] = [
    ['/etc/os-release', debian],
    ['/etc/hostname', `${name}\n`],
    ['/etc/hosts', '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n'],
    ['/etc/nsswitch.conf', 'hosts:          files dns\n'],
    ['/etc/resolv.conf', 'nameserver 192.0.2.53\n'],
  ];
  return withFiles(emptyTree, [...own, ...more], '2026-11-23T03:00:00Z');
}

/** A packet filter with iptables rules as `iptables-save` prints them. */
function filter(rules: string): Netfilter {
  return { ...noRules, ipv4: parseSave(rules, 'IPv4') };
}

function host(name: string, addresses: readonly string[], namespaces: readonly NetworkNamespace[], sandboxes: readonly Sandbox[]): Host {
  return {
    name: nodeName(name),
    controlPlane: name === 'cp1',
    addresses: addresses.map((one) => ip(one)),
    bootedAt: started,
    files: files(name),
    units: new Map(),
    journal: [],
    kernel: kernel(namespaces),
    sandboxes: new Map(sandboxes.map((one) => [one.podUid, one])),
    attempts: new Map(),
    images: new Set(),
  };
}

function listener(protocol: string, bound: string, port: number, process: string, speaks: Listener['speaks'] = 'silent'): Listener {
  return { protocol: protocol as Protocol, address: bound, port: port as Port, process, pid: 4000 + port, speaks };
}

/** What the containers of a pod listen on: their declared ports; and what kube-proxy and the control plane have open. */
function listenersOf(pod: Pod, container: Container): readonly Listener[] {
  if (container.name === 'kube-proxy') {
    return [
      listener('TCP', '127.0.0.1', 10249, 'kube-proxy', 'http'),
      listener('TCP', '::', 10256, 'kube-proxy', 'http'),
      listener('TCP', '0.0.0.0', 31999, 'kube-proxy', 'http'),
    ];
  }
  if (container.name === 'kube-apiserver') return [listener('TCP', '::', 6443, 'kube-apiserver', 'https')];
  const { name } = pod.metadata;
  return (container.ports ?? [])
    .filter(({ protocol }) => protocol !== 'SCTP')
    .map((port) => {
      const protocol = port.protocol ?? 'TCP';
      const speaks = port.containerPort === 53 ? 'dns' : protocol === 'TCP' ? 'http' : 'silent';
      return listener(protocol, '0.0.0.0', port.containerPort, name, speaks);
    });
}

function containerState(pod: Pod, container: Container): ContainerState {
  const id = `${pod.metadata.uid}/${container.name}`;
  const run = { id, attempt: 0, startedAt: started, startedFrom: [], logs: [], loaded: new Map<string, string>() };
  return {
    name: container.name,
    image: container.image ?? '',
    init: false,
    run,
    restarts: 0,
    listeners: listenersOf(pod, container),
    ready: true,
    written: emptyTree,
  };
}

function sandboxOf(pod: Pod, resolvConf: string): Sandbox {
  const { uid, name } = pod.metadata;
  const podIp = ip(pod.status!.podIP!);
  const hostNetwork = pod.spec.hostNetwork === true;
  return {
    id: uid!.replaceAll('-', ''),
    podUid: uid!,
    podNamespace: pod.metadata.namespace!,
    podName: name,
    createdAt: started,
    network: {
      ips: [{ address: { ip: podIp, length: 24 }, gateway: gatewayOf(podIp) }],
      namespace: hostNetwork ? '' : podNamespaceName(podIp),
      networkName: 'cbr0',
    },
    containers: pod.spec.containers.map((container) => containerState(pod, container)),
    hostname: pod.spec.hostname ?? name,
    resolvConf,
  };
}

function podNamespaceName(address: Ip): string {
  return `mkp-${address.replaceAll('.', '-')}`;
}

function gatewayOf(address: Ip): Ip {
  return ip(address.replace(/\.\d+$/, '.1'));
}

function podMac(address: Ip): string {
  return `0a:58:${address
    .split('.')
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join(':')}`;
}

function podNetwork(address: Ip, veth: RecordedLink): NetworkNamespace {
  const gateway = gatewayOf(address);
  const range = `${address.replace(/\.\d+$/, '.0')}/24`;
  const eth0: Link = {
    index: 2,
    name: 'eth0',
    kind: 'veth',
    mac: podMac(address),
    mtu: 1450,
    up: true,
    addresses: [{ ip: address, length: 24, scope: 'global', broadcast: ip(address.replace(/\.\d+$/, '.255')) }],
    peer: { namespace: '', index: veth.index },
  };
  const routes = [routeVia('0.0.0.0/0', gateway, 'eth0'), kernelRoute(range, 'eth0', address), routeVia('10.60.0.0/16', gateway, 'eth0')];
  return namespace(podNamespaceName(address), [eth0], routes, []);
}

function nodeNetwork(name: string, n: number, veths: readonly RecordedLink[], configFile: string): NetworkNamespace {
  const own = ip(`172.31.77.${10 + n}`);
  const known = (link: string) => links[name]!.find((one) => one.name === link)!;
  const others = marketNodes.flatMap((_, other) => (other === n ? [] : [other]));
  const flannelMac = (other: number) => `ba:be:00:00:00:${(10 + other).toString(16).padStart(2, '0')}`;
  // The card came first, whatever its number says.
  const namespaceLinks: readonly Link[] = [
    card(known('eth0').index, known('eth0').mac!, [{ ...address(own, 24), broadcast: ip('172.31.77.255') }]),
    {
      index: 2,
      name: 'flannel.1',
      kind: 'vxlan',
      mac: flannelMac(n),
      mtu: 1450,
      up: true,
      addresses: [address(`10.60.${n}.0`, 32)],
      vxlan: { id: 1, port: 8472, local: own, dev: 'eth0' },
    },
    {
      index: 3,
      name: 'cni0',
      kind: 'bridge',
      mac: known('cni0').mac!,
      mtu: 1450,
      up: true,
      addresses: [{ ...address(`10.60.${n}.1`, 24), broadcast: ip(`10.60.${n}.255`) }],
    },
    ...veths.map((veth): Link => {
      const peer = { namespace: podNamespaceName(ip(veth.pod!)), index: 2 };
      const { index, mtu } = veth;
      return { index, name: veth.name, kind: 'veth', mac: veth.mac!, mtu, up: true, addresses: [], master: 'cni0', hairpin: true, peer };
    }),
  ];
  const routes: readonly Route[] = [
    routeVia('0.0.0.0/0', '172.31.77.1', 'eth0'),
    ...marketNodes.map((_, other) =>
      other === n
        ? kernelRoute(`10.60.${n}.0/24`, 'cni0', `10.60.${n}.1`)
        : routeVia(`10.60.${other}.0/24`, `10.60.${other}.0`, 'flannel.1', { onlink: true }),
    ),
    kernelRoute('172.31.77.0/24', 'eth0', own),
  ];
  const bare = namespace(
    '',
    namespaceLinks,
    routes,
    [
      ['net.ipv4.ip_forward', '1'],
      ['net.ipv4.conf.all.route_localnet', '1'],
      ['net.bridge.bridge-nf-call-iptables', '1'],
      ['net.bridge.bridge-nf-call-ip6tables', '1'],
    ],
    {
      neighbours: others.map((other) => ({
        ip: ip(`10.60.${other}.0`),
        dev: 'flannel.1',
        mac: flannelMac(other),
        state: 'PERMANENT' as const,
      })),
      forwarding: others.map((other) => ({
        mac: flannelMac(other),
        dev: 'flannel.1',
        dst: ip(`172.31.77.${10 + other}`),
        permanent: true,
      })),
      netfilter: filter(flannelRules(n)),
    },
  );
  const addresses = [ip('127.0.0.1'), own, ip(`10.60.${n}.1`), ip(`10.60.${n}.0`)];
  return syncProxy(bare, { ...proxyInput(proxied, name, configFile), addresses });
}

/** The pod's resolv.conf: of the cluster's DNS, or its node's. */
function resolvConfOf(pod: Pod): string {
  if (pod.spec.hostNetwork === true || pod.spec.dnsPolicy === 'Default') return 'nameserver 192.0.2.53\n';
  const domain = 'cluster.local';
  return `search ${pod.metadata.namespace}.svc.${domain} svc.${domain} ${domain}\nnameserver 10.112.0.10\noptions ndots:5\n`;
}

function pod(
  namespaceOf: string,
  name: string,
  node: string,
  podIp: string,
  container: Partial<Container> & { readonly name: string },
): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: namespaceOf, name, uid: `${name}-uid`, creationTimestamp: '2026-11-23T03:00:00Z' },
    spec: { nodeName: node, hostNetwork: true, containers: [container as Container] },
    status: { phase: 'Running', podIP: podIp, podIPs: [{ ip: podIp }] },
  } as Pod;
}

const outsidePort = [{ containerPort: 8088, protocol: 'TCP' as const }];
/** What runs beside the recorded pods: the API server, and the servers outside the cluster. */
const besides: readonly Pod[] = [
  pod('kube-system', 'kube-apiserver-cp1', 'cp1', '172.31.77.10', {
    name: 'kube-apiserver',
    image: 'registry.k8s.io/kube-apiserver:v1.36.2',
  }),
  pod('outside', 'lan', 'lan', '172.31.77.200', { name: 'lan', image: 'stand', ports: outsidePort }),
  pod('outside', 'out', 'out', '198.51.100.9', { name: 'out', image: 'stand', ports: outsidePort }),
];

/** The machines and what runs on them. */
export function marketHosts(pods: readonly Pod[], { proxy = 'iptables' }: MarketOptions = {}): ReadonlyMap<NodeName, Host> {
  const running = [...pods.filter(({ status }) => status?.phase === 'Running' && status.podIP !== undefined), ...besides];
  const on = (node: string) =>
    running.filter(({ spec }) => spec.nodeName === node).map((one) => ({ pod: one, sandbox: sandboxOf(one, resolvConfOf(one)) }));
  const nodes = marketNodes.map((name, n) => {
    const here = on(name);
    const veths = links[name]!.filter((link) => link.pod !== undefined && here.some(({ pod: one }) => one.status!.podIP === link.pod));
    const root = nodeNetwork(name, n, veths, proxyConfigurations[proxy](name));
    const podNetworks = veths.map((veth) => podNetwork(ip(veth.pod!), veth));
    return host(
      name,
      [`172.31.77.${10 + n}`],
      [root, ...podNetworks],
      here.map(({ sandbox }) => sandbox),
    );
  });
  const outside = [lanHost(on('lan')), outHost(on('out')), router()];
  return new Map([...nodes, ...outside].map((one) => [one.name, one]));
}

type Running = readonly { readonly sandbox: Sandbox }[];

function lanHost(here: Running): Host {
  const routes = [
    routeVia('0.0.0.0/0', '172.31.77.1', 'eth0'),
    routeVia('10.60.1.0/24', '172.31.77.11', 'eth0'),
    routeVia('10.112.0.0/16', '172.31.77.11', 'eth0'),
    kernelRoute('172.31.77.0/24', 'eth0', '172.31.77.200'),
  ];
  const root = namespace('', [card(2, '5a:1b:c4:02:65:10', [address('172.31.77.200', 24)])], routes, []);
  return host(
    'lan',
    ['172.31.77.200'],
    [root],
    here.map(({ sandbox }) => sandbox),
  );
}

function outHost(here: Running): Host {
  const addresses = [address('198.51.100.9', 24), address('198.51.100.99', 24)];
  const routes = [routeVia('0.0.0.0/0', '198.51.100.1', 'eth0'), kernelRoute('198.51.100.0/24', 'eth0', '198.51.100.9')];
  const root = namespace('', [card(2, '4e:17:2d:78:1f:8c', addresses)], routes, []);
  return host(
    'out',
    ['198.51.100.9', '198.51.100.99'],
    [root],
    here.map(({ sandbox }) => sandbox),
  );
}

function router(): Host {
  const cards = [
    card(2, '4e:52:08:23:0a:c7', [address('172.31.77.1', 24)], 'br0'),
    card(3, '02:d7:66:8c:c9:e9', [address('198.51.100.1', 24)], 'wan0'),
  ];
  const nowhere = (dst: Cidr): Route => ({ dst, type: 'unicast', dev: 'lo', scope: 'link', proto: 'boot' });
  const routes = [
    ...['10.60.0.0/16', '10.112.0.0/16', '192.0.2.0/24'].map((range) => nowhere(cidr(range))),
    kernelRoute('172.31.77.0/24', 'br0', '172.31.77.1'),
    kernelRoute('198.51.100.0/24', 'wan0', '198.51.100.1'),
    ...announced.map(([to, via]) => routeVia(`${to}/32`, via, 'br0')),
  ];
  const root = namespace('', cards, routes, [['net.ipv4.ip_forward', '1']], { netfilter: filter(routerRules) });
  return host('sw', ['172.31.77.1', '198.51.100.1'], [root], []);
}

/** The cluster and its machines at one moment. */
export function marketSnapshot(options: MarketOptions = {}): Snapshot {
  const now = options.now ?? Date.parse('2026-11-23T03:41:37Z');
  const recorded = options.cluster ?? recordedLab(now).snapshot.cluster;
  const draft = recorded.edit();
  for (const one of besides) draft.keep(Pod, one);
  const cluster = draft.publish();
  return withCoredns({ cluster, hosts: marketHosts(recorded.list(Pod), options), now });
}

/** Starts the CoreDNS containers. */
function withCoredns(snapshot: Snapshot): Snapshot {
  const change = { objects: snapshot.cluster.edit(), hosts: new Map(snapshot.hosts), now: snapshot.now };
  for (const one of snapshot.cluster.list(Pod)) {
    const container = one.spec.containers[0]!;
    const name = nodeName(one.spec.nodeName ?? '');
    const found = change.hosts.get(name)?.sandboxes.get(one.metadata.uid!);
    if (container.name !== 'coredns' || found === undefined) continue;
    const { listeners, loaded } = coredns.start(contextOf({ programs: () => coredns }, change, name, one, container, snapshot.now));
    const containers = found.containers.map((state) => ({ ...state, listeners, run: { ...state.run!, loaded: loaded! } }));
    const before = change.hosts.get(name)!;
    change.hosts.set(name, { ...before, sandboxes: new Map(before.sandboxes).set(found.podUid, { ...found, containers }) });
  }
  return { ...snapshot, hosts: change.hosts };
}
