/**
 * NodeLocal DNSCache: a DNS cache on every node, by our own manifests of what cluster/addons/dns/nodelocaldns installs, with the variables
 * put in that an administrator puts in (https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/).
 */
import { configMap, hostVolume, mount, serviceAccount, tolerateAll } from '#node/cni/networks/manifest-parts.ts';
import type { AddonSettings } from '../addons.ts';
import type { Manifest } from '../objects.ts';
import { dnsServiceIp } from '../service-ip.ts';

const namespace = 'kube-system';
const name = 'node-local-dns';
const image = 'registry.k8s.io/dns/k8s-dns-node-cache:1.26.5';
const app = { 'k8s-app': name };
const scraped = { 'prometheus.io/port': '9253', 'prometheus.io/scrape': 'true' };

/** Addresses that nobody else has: link-local, and of IPv6 unique local ones. */
const localAddresses = { IPv4: '169.254.20.10', IPv6: 'fd00::20:10' };

interface Block {
  readonly zone: string;
  readonly cache?: string;
  readonly forward: string;
  readonly health?: string;
}

/** A server block; node-cache puts in what is still named by variables when it starts. */
function block({ zone, cache, forward, health }: Block, bound: string): string {
  const lines = [
    `${zone}:53 {`,
    '    errors',
    cache ?? '    cache 30',
    '    reload',
    '    loop',
    `    bind ${bound}`,
    `    forward . ${forward}`,
    '    prometheus :9253',
    ...(health === undefined ? [] : [`    health ${health}:8080`]),
    '    }',
  ];
  return `${lines.join('\n')}\n`;
}

const clusterCache = ['    cache {', '            success 9984 30', '            denial 9984 5', '    }'].join('\n');

export function nodeLocalDnsManifests({ serviceSubnet, dnsDomain, kubeProxy }: AddonSettings): readonly Manifest[] {
  const service = dnsServiceIp(serviceSubnet);
  const six = service.includes(':');
  const local = localAddresses[six ? 'IPv6' : 'IPv4'];
  // The address of a virtual server of IPVS cannot be had by another device as well.
  const ipvs = kubeProxy['mode'] === 'ipvs';
  const addresses = ipvs ? [local] : [local, service];
  const bound = addresses.join(' ');
  const cluster = `${ipvs ? service : '__PILLAR__CLUSTER__DNS__'} {\n            force_tcp\n    }`;
  const blocks: readonly Block[] = [
    { zone: dnsDomain, cache: clusterCache, forward: cluster, health: six ? `[${local}]` : local },
    { zone: 'in-addr.arpa', forward: cluster },
    { zone: 'ip6.arpa', forward: cluster },
    { zone: '.', forward: '__PILLAR__UPSTREAM__SERVERS__' },
  ];
  return [
    serviceAccount(namespace, name),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kube-dns-upstream', namespace, labels: { 'k8s-app': 'kube-dns', 'kubernetes.io/name': 'KubeDNSUpstream' } },
      spec: {
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
          { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
        ],
        selector: { 'k8s-app': 'kube-dns' },
      },
    },
    configMap(namespace, name, { Corefile: blocks.map((one) => block(one, bound)).join('') }),
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name, namespace, labels: app },
      spec: {
        updateStrategy: { rollingUpdate: { maxUnavailable: '10%' } },
        selector: { matchLabels: app },
        template: { metadata: { labels: app, annotations: scraped }, spec: podSpec(local, addresses) },
      },
    },
    // Without an address of its own: whoever collects metrics finds the pods by it.
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace, labels: app, annotations: scraped },
      spec: { clusterIP: 'None', ports: [{ name: 'metrics', port: 9253, targetPort: 9253 }], selector: app },
    },
  ];
}

function podSpec(local: string, addresses: readonly string[]): object {
  return {
    priorityClassName: 'system-node-critical',
    serviceAccountName: name,
    hostNetwork: true,
    // It asks the node's own servers, not itself.
    dnsPolicy: 'Default',
    tolerations: tolerateAll,
    containers: [
      {
        name: 'node-cache',
        image,
        args: [
          ...['-localip', addresses.join(',')],
          ...['-conf', '/etc/Corefile'],
          ...['-upstreamsvc', 'kube-dns-upstream'],
          ...['-pidfile', '/tmp/node-cache.pid'],
        ],
        resources: { requests: { cpu: '25m', memory: '5Mi' } },
        securityContext: { capabilities: { add: ['NET_ADMIN'] } },
        ports: [
          { name: 'dns', containerPort: 53, protocol: 'UDP' },
          { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
          { name: 'metrics', containerPort: 9253, protocol: 'TCP' },
        ],
        livenessProbe: { httpGet: { host: local, path: '/health', port: 8080 }, initialDelaySeconds: 60, timeoutSeconds: 5 },
        volumeMounts: [
          mount('xtables-lock', '/run/xtables.lock'),
          mount('config-volume', '/etc/coredns'),
          mount('kube-dns-config', '/etc/kube-dns'),
        ],
      },
    ],
    volumes: [
      hostVolume('xtables-lock', '/run/xtables.lock', 'FileOrCreate'),
      { name: 'kube-dns-config', configMap: { name: 'kube-dns', optional: true } },
      { name: 'config-volume', configMap: { name, items: [{ key: 'Corefile', path: 'Corefile.base' }] } },
    ],
  };
}
