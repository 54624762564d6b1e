/** Walks through the rules of a large cluster: 10,000 Services with ten endpoints each. Prints flows a second. */
import { trace, type Origin } from '#dataplane/trace/trace.ts';
import { worldOf } from '#dataplane/trace/world.ts';
import { syncProxy } from '#dataplane/proxy/sync.ts';
import type { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { Node } from '#kube/kinds/node.ts';
import { Pod } from '#kube/kinds/pod.ts';
import type { Service } from '#kube/kinds/service.ts';
import type { NodeName } from '#kube/names.ts';
import type { KubeObject } from '#kube/object.ts';
import { startCluster } from '#lab/bring-up/start.ts';
import { ip } from '#net/ip.ts';
import type { Host } from '#node/host.ts';
import { defaults } from '#node/kube-proxy/configuration.ts';

const nodes = ['controlplane', 'node01', 'node02'];
const pods = Array.from({ length: 10 }, (_, i) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `web-${i}`, namespace: 'default' },
  spec: {
    nodeName: `node0${1 + (i % 2)}`,
    containers: [{ name: 'web', image: 'registry.example/web:1', ports: [{ containerPort: 8080 }] }],
  },
}));
const { lab } = startCluster({
  settings: {
    kubernetesVersion: 'v1.36.2',
    podSubnet: '10.244.0.0/16',
    serviceSubnet: '10.96.0.0/12',
    dnsDomain: 'cluster.local',
    nodeCIDRMaskSize: 24,
    nodeCIDRMaskSizeIPv6: 64,
    serviceNodePortRange: '30000-32767',
    kubeProxy: { mode: 'iptables' },
    cni: 'flannel',
    nodes: nodes.map((name, i) => ({ name, controlPlane: i === 0, addresses: [`172.30.${i + 1}.2`] })),
    addons: [],
    missingImages: [],
  },
  objects: pods as unknown as readonly KubeObject[],
  files: [],
  seed: 'bench',
});
const { cluster } = lab.snapshot;
const backends = pods.map(({ metadata, spec }) => ({
  addresses: [cluster.get(Pod, 'default', metadata.name)!.status!.podIP!],
  nodeName: spec.nodeName,
  conditions: { ready: true, serving: true, terminating: false },
}));
const services: object[] = [];
const slices: object[] = [];
const addressOf = (i: number) => `10.97.${i >> 8}.${i & 255}`;
for (let i = 0; i < 10_000; i++) {
  const metadata = { name: `service-${i}`, namespace: 'load' };
  const clusterIP = addressOf(i);
  services.push({ metadata, spec: { type: 'ClusterIP', clusterIP, clusterIPs: [clusterIP], ports: [{ port: 80, protocol: 'TCP' }] } });
  slices.push({
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': metadata.name } },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints: backends,
  });
}
const mode = (process.argv[2] ?? 'iptables') as 'iptables' | 'nftables';
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
const origins = [...hosts.values()].flatMap((host): readonly Origin[] =>
  [...host.sandboxes.values()]
    .filter((sandbox) => sandbox.podNamespace === 'default')
    .map(({ network }) => ({ kind: 'inside', at: { host, namespace: host.kernel.namespaces.get(network.namespace)! } })),
);

let connected = 0;
function follow(flows: number): number {
  const begun = process.cpuUsage();
  for (let i = 0; i < flows; i++) {
    const target = { protocol: 'TCP', address: ip(addressOf((i * 7919) % 10_000)), port: 80 } as const;
    if (trace(worldOf(hosts, 'bench', String(i)), origins[i % origins.length]!, target).outcome === 'connected') connected++;
  }
  const { user, system } = process.cpuUsage(begun);
  return flows / ((user + system) / 1e6);
}
// The rules are made when the first packets come.
follow(20_000);
const rates = [1, 2, 3].map(() => follow(20_000));
if (connected !== 80_000) throw new Error(`only ${connected} flows arrived`);
process.stdout.write(`${Math.max(...rates)}\n`);
