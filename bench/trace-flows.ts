/**
 * Walks of packets in a large cluster: 10,000 Services with ten endpoints each, and 600,000 flows of which no two are alike: from pods and
 * machines to the Services' addresses, from outside to node ports; balanced, refused, lost, and judged by policies. Prints as JSON how many
 * nanoseconds of the processor one of the first 100,000 flows takes, what is learnt of the rules on the way included, one of the second, and so
 * on; and one of others with all their hops and candidates read.
 */
import { trace, type Origin, type Target, type Trace } from '#dataplane/trace/trace.ts';
import { worldOf } from '#dataplane/trace/world.ts';
import { syncProxy } from '#dataplane/proxy/sync.ts';
import type { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { Node } from '#kube/kinds/node.ts';
import { Pod } from '#kube/kinds/pod.ts';
import type { Service } from '#kube/kinds/service.ts';
import type { NodeName } from '#kube/names.ts';
import type { KubeObject } from '#kube/object.ts';
import type { ClusterSettings } from '#lab/bring-up/settings.ts';
import { startCluster } from '#lab/bring-up/start.ts';
import { ip } from '#net/ip.ts';
import type { Host } from '#node/host.ts';
import { defaults } from '#node/kube-proxy/configuration.ts';

const mode = (process.argv[2] ?? 'iptables') as 'iptables' | 'nftables' | 'ipvs';
const cni = (process.argv[3] ?? 'calico') as ClusterSettings['cni'];
const seed = 'bench';
const nodes = ['controlplane', 'node01', 'node02', 'node03'];
const podCount = 180;
const serviceCount = 10_000;
const flowCount = 500_000;
/** So many are measured by themselves, and so many more are traced to be read. */
const part = 100_000;
/** What every pod listens on; Services use one of them each, or a port on which nobody listens. */
const listens = Array.from({ length: 10 }, (_, i) => 8080 + i);
const deaf = 9999;

const pods = Array.from({ length: podCount }, (_, i) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `web-${i}`, namespace: 'default', labels: { shelf: String(i % 10) } },
  spec: {
    nodeName: `node0${1 + (i % 3)}`,
    containers: [{ name: 'web', image: 'registry.example/web:1', ports: listens.map((containerPort) => ({ containerPort })) }],
  },
}));
/** Two in ten pods take packets from some others only. */
const policies = [1, 2].map((shelf) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: `shelf-${shelf}`, namespace: 'default' },
  spec: {
    podSelector: { matchLabels: { shelf: String(shelf) } },
    ingress: [{ from: [{ podSelector: { matchExpressions: [{ key: 'shelf', operator: 'In', values: ['0', '1', '2', '3', '4'] }] } }] }],
  },
}));
const { lab, refusals } = startCluster({
  settings: {
    kubernetesVersion: 'v1.36.2',
    podSubnet: '10.244.0.0/16',
    serviceSubnet: '10.96.0.0/12',
    dnsDomain: 'cluster.local',
    nodeCIDRMaskSize: 24,
    nodeCIDRMaskSizeIPv6: 64,
    serviceNodePortRange: '30000-32767',
    kubeProxy: { mode },
    cni,
    nodes: nodes.map((name, i) => ({ name, controlPlane: i === 0, addresses: [`172.30.${i + 1}.2`] })),
    addons: [],
    missingImages: [],
  },
  objects: [...pods, ...policies] as unknown as readonly KubeObject[],
  files: [],
  seed,
});
if (refusals.length > 0) throw new Error(refusals[0]!.status.message);
const { cluster } = lab.snapshot;
const backends = pods.map(({ metadata, spec }) => ({
  addresses: [cluster.get(Pod, 'default', metadata.name)!.status!.podIP!],
  nodeName: spec.nodeName,
  conditions: { ready: true, serving: true, terminating: false },
}));
const services: object[] = [];
const slices: object[] = [];
const addressOf = (i: number) => `10.97.${i >> 8}.${i & 255}`;
/** One in ten has a node port, every other of which balances over its own machine's endpoints alone. */
const nodePortOf = (i: number) => (i % 10 === 3 ? 30_000 + (i - 3) / 10 : undefined);
for (let i = 0; i < serviceCount; i++) {
  const metadata = { name: `service-${i}`, namespace: 'load' };
  const clusterIP = addressOf(i);
  const nodePort = nodePortOf(i);
  const ports = [
    { name: 'a', port: 80, protocol: 'TCP', ...(nodePort !== undefined && { nodePort }) },
    { name: 'b', port: 53, protocol: 'TCP' },
  ].slice(0, i % 20 === 0 ? 2 : 1);
  services.push({
    metadata,
    spec: {
      type: nodePort === undefined ? 'ClusterIP' : 'NodePort',
      clusterIP,
      clusterIPs: [clusterIP],
      ports,
      ...(nodePort !== undefined && { externalTrafficPolicy: i % 20 === 3 ? 'Local' : 'Cluster' }),
    },
  });
  // Of a hundred Services one has no endpoints, and one those of pods that are long gone.
  const gone = i % 100 === 11;
  const endpoints = Array.from({ length: i % 100 === 7 ? 0 : i % 50 === 9 ? 20 : 10 }, (_, j) =>
    gone ? { ...backends[0]!, addresses: [`10.244.${j}.${1 + (i % 250)}`] } : backends[(i * 31 + j * (1 + 6 * (1 + (i % 11)))) % podCount]!,
  );
  slices.push({
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': metadata.name } },
    addressType: 'IPv4',
    ports: ports.map(({ name }) => ({ name, port: i % 40 === 21 ? deaf : listens[i % listens.length], protocol: 'TCP' })),
    endpoints,
  });
}
const hosts = new Map<NodeName, Host>();
for (const [name, host] of lab.snapshot.hosts) {
  const root = host.kernel.namespaces.get('')!;
  const synced = syncProxy(root, {
    services: services as readonly Service[],
    endpointSlices: slices as readonly EndpointSlice[],
    node: cluster.get(Node, '', name),
    nodeName: name,
    config: { ...defaults, mode, clusterCIDR: '10.244.0.0/16' },
    minorVersion: 36,
    nodeIps: host.addresses,
    addresses: root.links.flatMap((link) => link.addresses.map((address) => address.ip)),
    serviceCidrs: [],
    nfacct: false,
  });
  hosts.set(name, { ...host, kernel: { ...host.kernel, namespaces: new Map(host.kernel.namespaces).set('', synced) } });
}

const machines = [...hosts.values()];
const inside = (host: Host, namespace: string): Origin => ({
  kind: 'inside',
  at: { host, namespace: host.kernel.namespaces.get(namespace)! },
});
const senders: readonly Origin[] = [
  ...machines.flatMap((host) =>
    [...host.sandboxes.values()]
      .filter((sandbox) => sandbox.podNamespace === 'default')
      .map(({ network }) => inside(host, network.namespace)),
  ),
  ...machines.map((host) => inside(host, '')),
];

interface Asked {
  readonly origin: Origin;
  readonly target: Target;
}

/** Ports of Services, of which one in twenty has two. */
const ports = Array.from({ length: serviceCount }, (_, i) =>
  (i % 20 === 0 ? [80, 53] : [80]).map((port) => ({ address: ip(addressOf(i)), port })),
).flat();
const pairs = senders.length * ports.length;
/** Has no divisor in common with the number of pairs: one step after the other comes by all of them. */
const step = 7919;
if (pairs % step === 0 || flowCount + part > pairs) throw new Error('two flows are alike');

/** Nine in ten go from within to a Service, one from outside to a node port: each from another place, or to another. */
function flowAt(i: number): Asked {
  if (i % 10 === 5) {
    const n = (i - 5) / 10;
    const address = ip(`198.51.${100 + (n % 100)}.${1 + (Math.floor(n / 100) % 250)}`);
    const far = Math.floor(n / 25_000);
    const machine = machines[(n + far) % machines.length]!;
    return {
      origin: { kind: 'outside', address },
      target: { protocol: 'TCP', address: machine.addresses[0]!, port: 30_000 + ((n * 7 + far) % 1000) },
    };
  }
  const pair = (i * step) % pairs;
  return { origin: senders[pair % senders.length]!, target: { protocol: 'TCP', ...ports[Math.floor(pair / senders.length)]! } };
}

/** So many are made before they are traced: whoever traces flows reads them one after the other. */
const block = 1000;

/** The seconds of the processor that tracing some flows takes, without making them. */
function secondsOf(from: number, to: number, look: (walked: Trace) => unknown): number {
  let seconds = 0;
  for (let start = from; start < to; start += block) {
    const flows = Array.from({ length: block }, (_, i) => flowAt(start + i));
    const begun = process.cpuUsage();
    for (const [i, { origin, target }] of flows.entries()) look(trace(worldOf(hosts, seed, `flow${start + i}`), origin, target));
    const { user, system } = process.cpuUsage(begun);
    seconds += (user + system) / 1e6;
  }
  return seconds;
}

// The rules themselves are made when the first packets come.
for (const host of machines)
  trace(worldOf(hosts, seed, 'rules'), inside(host, ''), { protocol: 'TCP', address: ip(addressOf(0)), port: 80 });

const look = ({ outcome }: Trace) => outcome;
const read = ({ hops, candidates }: Trace) => hops.length + candidates.length;
const nanoseconds = (from: number, see: (walked: Trace) => unknown) => Math.round((secondsOf(from, from + part, see) / part) * 1e9);
const figures: Record<string, number> = {};
for (let from = 0; from < flowCount; from += part) figures[`from${from}`] = nanoseconds(from, look);
figures.told = nanoseconds(flowCount, read);
process.stdout.write(`${JSON.stringify(figures)}\n`);
