/** Clusters whose rules a real kernel is asked about: made by hand for what is easily forgotten, and drawn by lot for the rest. */
import { stream } from '#kube/chance.ts';
import { EndpointSlice, type EndpointSlice as Slice } from '#kube/kinds/endpoint-slice.ts';
import { Pod } from '#kube/kinds/pod.ts';
import type { KubeObject } from '#kube/object.ts';
import type { ClusterSettings } from '#lab/bring-up/settings.ts';
import { startCluster } from '#lab/bring-up/start.ts';
import type { Lab } from '#lab/lab.ts';

export interface KernelCluster {
  readonly name: string;
  readonly settings: ClusterSettings;
  readonly objects: readonly KubeObject[];
  /** EndpointSlices that somebody has written, once it is known which pod has which addresses. */
  readonly slices?: (addressOf: (pod: string) => string) => readonly WrittenSlice[];
}

interface WrittenSlice {
  readonly service: string;
  readonly ports: readonly { readonly name?: string; readonly port: number; readonly protocol?: string }[];
  readonly endpoints: readonly {
    readonly address: string;
    readonly node?: string;
    readonly ready?: boolean;
    readonly serving?: boolean;
    readonly terminating?: boolean;
  }[];
}

export function startKernelCluster({ settings, objects, slices }: KernelCluster, seed: string): Lab {
  const { lab, refusals } = startCluster({ settings, objects, files: [], seed });
  if (refusals.length > 0) throw new Error(refusals.map(({ object, status }) => `${object.metadata.name}: ${status.message}`).join('\n'));
  if (slices === undefined) return lab;
  const addressOf = (name: string) => lab.snapshot.cluster.get(Pod, 'shop', name)!.status!.podIP!;
  lab.change(({ objects: draft, now }) => {
    for (const [i, written] of slices(addressOf).entries()) {
      const created = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
      draft.put(EndpointSlice, sliceOf(written, i, created));
    }
  });
  return lab;
}

function sliceOf({ service, ports, endpoints }: WrittenSlice, i: number, creationTimestamp: string): Slice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${service}-by-hand-${i}`,
      namespace: 'shop',
      uid: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
      creationTimestamp,
      labels: { 'kubernetes.io/service-name': service, 'endpointslice.kubernetes.io/managed-by': 'somebody' },
    },
    addressType: endpoints[0]?.address.includes(':') === true ? 'IPv6' : 'IPv4',
    ports: ports.map(({ name = '', port, protocol = 'TCP' }) => ({ name, port, protocol })),
    endpoints: endpoints.map(({ address, node, ready = true, serving = ready, terminating = false }) => ({
      addresses: [address],
      conditions: { ready, serving, terminating },
      ...(node !== undefined && { nodeName: node }),
    })),
  } as unknown as Slice;
}

const workers = ['node01', 'node02', 'node03'] as const;

interface Shape {
  readonly cni?: ClusterSettings['cni'];
  readonly dual?: boolean;
  readonly workers?: number;
  readonly kubeProxy?: ClusterSettings['kubeProxy'];
  readonly version?: string;
  readonly zones?: boolean;
}

function settingsOf({
  cni = 'bridge',
  dual = false,
  workers: count = 2,
  kubeProxy = {},
  version = 'v1.36.2',
  zones = false,
}: Shape): ClusterSettings {
  const names = ['controlplane', ...workers.slice(0, count)];
  return {
    kubernetesVersion: version,
    podSubnet: dual ? '10.244.0.0/16,fd00:10:244::/56' : '10.244.0.0/16',
    serviceSubnet: dual ? '10.96.0.0/12,fd00:10:96::/112' : '10.96.0.0/12',
    dnsDomain: 'cluster.local',
    nodeCIDRMaskSize: 24,
    nodeCIDRMaskSizeIPv6: 64,
    serviceNodePortRange: '30000-32767',
    kubeProxy: { mode: 'iptables', ...kubeProxy } as ClusterSettings['kubeProxy'],
    cni,
    nodes: names.map((name, i) => ({
      name,
      controlPlane: i === 0,
      addresses: [`172.30.${i + 1}.2`, ...(dual ? [`fd00:30::1${i}`] : [])],
      ...(zones && { labels: { 'topology.kubernetes.io/zone': i % 2 === 0 ? 'east' : 'west' } }),
    })),
    addons: [],
    missingImages: [],
  };
}

function object(
  apiVersion: string,
  kind: string,
  name: string,
  spec: object,
  more: object = {},
  labels: Readonly<Record<string, string>> = {},
): KubeObject {
  const metadata = { name, ...(kind === 'Namespace' ? {} : { namespace: 'shop' }), labels };
  return { apiVersion, kind, metadata, spec, ...more } as unknown as KubeObject;
}

const shop = object('v1', 'Namespace', 'shop', {});

interface PodShape {
  readonly app?: string;
  readonly listens?: string;
  readonly ports?: readonly object[];
  readonly hostNetwork?: boolean;
}

const webPorts = [
  { containerPort: 8080, name: 'web' },
  { containerPort: 5353, name: 'dns', protocol: 'UDP' },
];

function pod(name: string, node: string, { app = name, listens, ports = webPorts, hostNetwork = false }: PodShape = {}): KubeObject {
  const spec = { nodeName: node, hostNetwork, containers: [{ name: 'app', image: 'registry.example/app:1', ports }] };
  const made = object('v1', 'Pod', name, spec, {}, { app }) as { metadata: object };
  return (listens === undefined
    ? made
    : { ...made, metadata: { ...made.metadata, annotations: { 'cka-net/listens': listens } } }) as unknown as KubeObject;
}

const tcp = { name: 'web', port: 80, targetPort: 8080 };
const udp = { name: 'dns', port: 53, targetPort: 5353, protocol: 'UDP' };

function service(name: string, spec: object, loadBalancer: readonly object[] = []): KubeObject {
  const status = loadBalancer.length === 0 ? {} : { status: { loadBalancer: { ingress: loadBalancer } } };
  return object('v1', 'Service', name, { selector: { app: name }, ports: [tcp], ...spec }, status);
}

/** Clients that are backends of nothing, one a node, and the usual backends: two of `web` on different nodes, one of `solo`. */
const clients = [pod('c1', 'node01'), pod('c2', 'node02')];
const web = [pod('web-1', 'node01', { app: 'web' }), pod('web-2', 'node02', { app: 'web' })];

const everyType = [
  service('web', {
    type: 'NodePort',
    ports: [
      { ...tcp, nodePort: 30080 },
      { ...udp, nodePort: 30053 },
    ],
  }),
  service('empty', {
    type: 'NodePort',
    ports: [
      { ...tcp, nodePort: 30081 },
      { ...udp, nodePort: 30054 },
    ],
  }),
  service('deaf', { ports: [{ ...tcp, targetPort: 9 }] }),
];

const local = (name: string, nodePort: number, more: object = {}) =>
  service(name, { type: 'NodePort', externalTrafficPolicy: 'Local', ports: [{ ...tcp, nodePort }], ...more });

const balanced = (name: string, ip: string, spec: object = {}, more: object = {}) =>
  service(name, { type: 'LoadBalancer', ...spec }, [{ ip, ipMode: 'VIP', ...more }]);

const modes = ['iptables', 'nftables'] as const;

/** By hand; each in both modes. */
const handmade: readonly (readonly [name: string, shape: Shape, objects: readonly KubeObject[], slices?: KernelCluster['slices']])[] = [
  ['every type, no endpoints, nobody listening', {}, [...web, ...clients, ...everyType]],
  [
    'traffic policies',
    {},
    [
      ...web,
      pod('solo-1', 'node02', { app: 'solo' }),
      ...clients,
      local('solo', 30090),
      local('web', 30080, { internalTrafficPolicy: 'Local' }),
      service('near', {
        selector: { app: 'solo' },
        internalTrafficPolicy: 'Local',
        type: 'NodePort',
        ports: [{ ...tcp, nodePort: 30091 }, udp],
      }),
      local('gone', 30092),
    ],
  ],
  [
    'load balancers',
    {},
    [
      ...web,
      pod('solo-1', 'node01', { app: 'solo' }),
      ...clients,
      balanced('web', '198.18.0.1'),
      balanced('solo', '198.18.0.2', { externalTrafficPolicy: 'Local' }),
      balanced('fenced', '198.18.0.3', { selector: { app: 'web' }, loadBalancerSourceRanges: ['198.51.100.0/24', '10.244.1.0/24'] }),
      balanced('shut', '198.18.0.4', { selector: { app: 'web' }, loadBalancerSourceRanges: ['192.0.2.0/24', '172.30.0.0/16'] }),
      balanced('proxied', '198.18.0.5', { selector: { app: 'web' } }, { ipMode: 'Proxy' }),
      balanced('bare', '198.18.0.6', { selector: { app: 'web' }, allocateLoadBalancerNodePorts: false }),
      balanced('empty', '198.18.0.7'),
    ],
  ],
  [
    'affinity and external IPs',
    {},
    [
      ...web,
      ...clients,
      service('web', { type: 'NodePort', sessionAffinity: 'ClientIP', ports: [{ ...tcp, nodePort: 30080 }, udp] }),
      service('outer', { selector: { app: 'web' }, externalIPs: ['203.0.113.80'] }),
      service('own', { selector: { app: 'web' }, externalIPs: ['172.30.2.2'], ports: [{ ...tcp, port: 8088 }] }),
      service('outer-local', { selector: { app: 'web' }, type: 'NodePort', externalTrafficPolicy: 'Local', externalIPs: ['203.0.113.81'] }),
      service('outer-empty', { externalIPs: ['203.0.113.82'] }),
    ],
  ],
  [
    'endpoints by hand: unready, going, of the host',
    {},
    [
      ...web,
      pod('host-1', 'node01', { hostNetwork: true, ports: [{ containerPort: 7070 }] }),
      ...clients,
      service('unready', { selector: null }),
      service('going', { selector: null, type: 'NodePort', ports: [{ ...tcp, nodePort: 30080 }] }),
      service('going-local', { selector: null, type: 'NodePort', externalTrafficPolicy: 'Local', ports: [{ ...tcp, nodePort: 30081 }] }),
      service('host', { selector: null, type: 'NodePort', ports: [{ ...tcp, nodePort: 30082 }] }),
      service('loop', { selector: { app: 'host-1' }, ports: [{ ...tcp, targetPort: 7070 }] }),
    ],
    (addressOf) => [
      {
        service: 'unready',
        ports: [{ name: 'web', port: 8080 }],
        endpoints: [{ address: addressOf('web-1'), node: 'node01', ready: false, serving: false }],
      },
      ...['going', 'going-local'].map((name) => ({
        service: name,
        ports: [{ name: 'web', port: 8080 }],
        endpoints: [
          { address: addressOf('web-1'), node: 'node01', ready: false, serving: true, terminating: true },
          { address: addressOf('web-2'), node: 'node02', ready: false, serving: false, terminating: true },
        ],
      })),
      { service: 'host', ports: [{ name: 'web', port: 10250 }], endpoints: [{ address: '172.30.3.2', node: 'node02' }] },
    ],
  ],
  [
    'listeners: on localhost only, UDP only, hostPort',
    {},
    [
      pod('shy-1', 'node01', { app: 'shy', listens: 'TCP:8080@127.0.0.1' }),
      pod('mute-1', 'node02', { app: 'mute', listens: 'UDP:5353' }),
      pod('door-1', 'node01', { app: 'door', ports: [{ containerPort: 8080, hostPort: 8888 }] }),
      ...clients,
      service('shy', {}),
      service('mute', { ports: [tcp, udp] }),
      service('door', { type: 'NodePort', ports: [{ ...tcp, nodePort: 30080 }] }),
    ],
  ],
  [
    'topology',
    { zones: true, workers: 3 },
    [
      ...['node01', 'node02', 'node03'].map((node, i) => pod(`web-${i}`, node, { app: 'web' })),
      ...clients,
      service('web', { trafficDistribution: 'PreferSameZone' }),
      service('node', {
        selector: { app: 'web' },
        trafficDistribution: 'PreferSameNode',
        type: 'NodePort',
        ports: [{ ...tcp, nodePort: 30080 }],
      }),
    ],
  ],
  [
    'two families',
    { dual: true },
    [
      ...web,
      ...clients,
      service('web', { type: 'NodePort', ipFamilyPolicy: 'RequireDualStack', ports: [{ ...tcp, nodePort: 30080 }, udp] }),
      service('six', {
        selector: { app: 'web' },
        ipFamilies: ['IPv6'],
        type: 'NodePort',
        externalTrafficPolicy: 'Local',
        ports: [{ ...tcp, nodePort: 30081 }],
      }),
      service('empty', { ipFamilyPolicy: 'RequireDualStack', type: 'NodePort', ports: [{ ...tcp, nodePort: 30082 }] }),
      service('lb', { selector: { app: 'web' }, type: 'LoadBalancer', ipFamilyPolicy: 'RequireDualStack' }, [
        { ip: '198.18.0.1', ipMode: 'VIP' },
        { ip: '2001:db8:18::1', ipMode: 'VIP' },
      ]),
    ],
  ],
  ['overlay', { cni: 'flannel' }, [...web, ...clients, ...everyType, local('solo', 30090), pod('solo-1', 'node02', { app: 'solo' })]],
  [
    'masqueradeAll',
    { kubeProxy: { iptables: { masqueradeAll: true }, nftables: { masqueradeAll: true } } },
    [...web, ...clients, ...everyType],
  ],
  ['node ports on one address', { kubeProxy: { nodePortAddresses: ['172.30.2.0/24'] } }, [...web, ...clients, ...everyType]],
];

/** A mode of kube-proxy's that the kernel has to do with. */
type Mode = (typeof modes)[number] | 'userspace';

/** What only one mode has. */
const oneMode: readonly (readonly [name: string, mode: Mode, shape: Shape])[] = [
  ['no node ports on localhost', 'iptables', { kubeProxy: { iptables: { localhostNodePorts: false } } }],
  ['the primary address', 'nftables', { kubeProxy: { nodePortAddresses: ['primary'] } }],
  ['Kubernetes 1.24', 'iptables', { version: 'v1.24.17' }],
  // As far as kube-proxy's own ports; whom it connects to there is no matter of the kernel's.
  ['Kubernetes 1.24', 'userspace', { version: 'v1.24.17' }],
  ['Kubernetes 1.31', 'nftables', { version: 'v1.31.9' }],
  ['local traffic by bridge', 'iptables', { kubeProxy: { detectLocalMode: 'BridgeInterface', detectLocal: { bridgeInterface: 'cni0' } } }],
  ['local traffic by node range', 'nftables', { kubeProxy: { detectLocalMode: 'NodeCIDR' } }],
  [
    'local traffic by interface',
    'nftables',
    { kubeProxy: { detectLocalMode: 'InterfaceNamePrefix', detectLocal: { interfaceNamePrefix: 'cni' } } },
  ],
];

function withMode(shape: Shape, mode: Mode): ClusterSettings {
  return settingsOf({ ...shape, kubeProxy: { ...shape.kubeProxy, mode } as ClusterSettings['kubeProxy'] });
}

/** A cluster drawn by lot: any Service that the API takes, any number of backends anywhere. */
function drawn(number: number): KernelCluster {
  const draw = stream(`kernel/${number}`);
  const below = (n: number) => draw() % n;
  const chance = (percent: number) => below(100) < percent;
  const one = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const mode = one(modes);
  const dual = chance(25);
  const count = one([1, 2, 2, 3]);
  const nodes = workers.slice(0, count);
  const objects: KubeObject[] = nodes.map((node, i) => pod(`c${i + 1}`, node));
  const names = Array.from({ length: 6 }, (_, i) => `s${i}`);
  for (const name of names) {
    const backends = one([0, 1, 1, 2, 3, 4]);
    for (let i = 0; i < backends; i++) {
      objects.push(
        pod(`${name}-${i}`, one(nodes), { app: name, ...(chance(8) && { listens: one(['none', 'TCP:8080@127.0.0.1', 'UDP:5353']) }) }),
      );
    }
  }
  names.forEach((name, i) => {
    const type = one(['ClusterIP', 'NodePort', 'NodePort', 'LoadBalancer']);
    const exposed = type !== 'ClusterIP';
    const nodePort = (of: number) => (exposed ? { nodePort: of } : {});
    const ports = [
      { ...tcp, targetPort: one([8080, 'web']), ...nodePort(30100 + i) },
      ...(chance(40) ? [{ ...udp, ...nodePort(30200 + i) }] : []),
    ];
    const vip = `198.18.0.${i + 1}`;
    const spec = {
      type,
      ports,
      ...(chance(15) && { sessionAffinity: 'ClientIP' }),
      ...(chance(25) && { internalTrafficPolicy: 'Local' }),
      ...(exposed && chance(45) && { externalTrafficPolicy: 'Local' }),
      ...(chance(15) && { externalIPs: [`203.0.113.${i + 1}`] }),
      ...(type === 'LoadBalancer' &&
        chance(40) && { loadBalancerSourceRanges: [one(['198.51.100.0/24', '10.244.0.0/16', '172.30.2.0/24', '192.0.2.0/24'])] }),
      ...(dual && { ipFamilyPolicy: 'PreferDualStack' }),
    };
    objects.push(service(name, spec, type === 'LoadBalancer' ? [{ ip: vip, ipMode: one(['VIP', 'VIP', 'Proxy']) }] : []));
  });
  const kubeProxy = { iptables: { masqueradeAll: chance(15) }, nftables: { masqueradeAll: chance(15) } };
  return {
    name: `drawn ${number}, ${mode}`,
    settings: withMode({ dual, workers: count, cni: one(['bridge', 'flannel']), kubeProxy } as Shape, mode),
    objects: [shop, ...objects],
  };
}

export const kernelClusters: readonly KernelCluster[] = [
  ...handmade.flatMap(([name, shape, objects, slices]) =>
    modes.map((mode) => ({
      name: `${name}, ${mode}`,
      settings: withMode(shape, mode),
      objects: [shop, ...objects],
      ...(slices !== undefined && { slices }),
    })),
  ),
  ...oneMode.map(([name, mode, shape]) => ({
    name: `${name}, ${mode}`,
    settings: withMode(shape, mode),
    objects: [shop, ...web, ...clients, ...everyType],
  })),
  ...Array.from({ length: 14 }, (_, i) => drawn(i)),
];
