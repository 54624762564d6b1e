/** flannel's manifest, kube-flannel.yml. */
import {
  clusterAccess,
  configMap,
  fieldEnv,
  hostVolume,
  mount,
  policyRule,
  serviceAccount,
  valueEnv,
  type Manifest,
} from '../manifest-parts.ts';

export const namespace = 'kube-flannel';
export const images = {
  flannel: 'ghcr.io/flannel-io/flannel:v0.27.4',
  plugin: 'ghcr.io/flannel-io/flannel-cni-plugin:v1.8.0-flannel1',
} as const;

const cniConf = {
  name: 'cbr0',
  cniVersion: '0.3.1',
  plugins: [
    { type: 'flannel', delegate: { hairpinMode: true, isDefaultGateway: true } },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
};

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** net-conf.json of a network: one range, or two of different families joined by a comma. */
export function netConf(podSubnet: string, backend = 'vxlan'): string {
  const ranges = podSubnet.split(',');
  const [v4, v6] = [ranges.find((one) => !one.includes(':')), ranges.find((one) => one.includes(':'))];
  return json({
    ...(v4 !== undefined ? { Network: v4 } : { EnableIPv4: false }),
    ...(v6 !== undefined && { EnableIPv6: true, IPv6Network: v6 }),
    EnableNFTables: false,
    Backend: { Type: backend },
  });
}

export function flannelManifests({
  podSubnet,
  backend,
}: {
  readonly podSubnet: string;
  readonly backend?: 'vxlan' | 'host-gw';
}): readonly Manifest[] {
  const labels = { tier: 'node', app: 'flannel', 'k8s-app': 'flannel' };
  const only = { 'k8s-app': 'flannel' };
  const account = { namespace, name: 'flannel' };
  const rules = [policyRule('', 'pods', 'get'), policyRule('', 'nodes', 'get list watch'), policyRule('', 'nodes/status', 'patch')];
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { ...only, 'pod-security.kubernetes.io/enforce': 'privileged' } },
    },
    serviceAccount(namespace, 'flannel', only),
    ...clusterAccess(account, 'flannel', rules, only),
    configMap(namespace, 'kube-flannel-cfg', { 'cni-conf.json': json(cniConf), 'net-conf.json': netConf(podSubnet, backend) }, labels),
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'kube-flannel-ds', namespace, labels },
      spec: { selector: { matchLabels: { app: 'flannel', 'k8s-app': 'flannel' } }, template: { metadata: { labels }, spec: podSpec() } },
    },
  ];
}

function podSpec() {
  const onLinux = { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] };
  const config = mount('flannel-cfg', '/etc/kube-flannel/');
  return {
    affinity: {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [onLinux] }] } },
    },
    hostNetwork: true,
    priorityClassName: 'system-node-critical',
    tolerations: [{ operator: 'Exists', effect: 'NoSchedule' }],
    serviceAccountName: 'flannel',
    initContainers: [
      {
        name: 'install-cni-plugin',
        image: images.plugin,
        command: ['cp'],
        args: ['-f', '/flannel', '/opt/cni/bin/flannel'],
        volumeMounts: [mount('cni-plugin', '/opt/cni/bin')],
      },
      {
        name: 'install-cni',
        image: images.flannel,
        command: ['cp'],
        args: ['-f', '/etc/kube-flannel/cni-conf.json', '/etc/cni/net.d/10-flannel.conflist'],
        volumeMounts: [mount('cni', '/etc/cni/net.d'), config],
      },
    ],
    containers: [
      {
        name: 'kube-flannel',
        image: images.flannel,
        command: ['/opt/bin/flanneld'],
        args: ['--ip-masq', '--kube-subnet-mgr'],
        resources: { requests: { cpu: '100m', memory: '50Mi' } },
        securityContext: { privileged: false, capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } },
        env: [
          fieldEnv('POD_NAME', 'metadata.name'),
          fieldEnv('POD_NAMESPACE', 'metadata.namespace'),
          ...valueEnv({ EVENT_QUEUE_DEPTH: '5000', CONT_WHEN_CACHE_NOT_READY: 'false' }),
        ],
        volumeMounts: [mount('run', '/run/flannel'), config, mount('xtables-lock', '/run/xtables.lock')],
      },
    ],
    volumes: [
      hostVolume('run', '/run/flannel'),
      hostVolume('cni-plugin', '/opt/cni/bin'),
      hostVolume('cni', '/etc/cni/net.d'),
      { name: 'flannel-cfg', configMap: { name: 'kube-flannel-cfg' } },
      hostVolume('xtables-lock', '/run/xtables.lock', 'FileOrCreate'),
    ],
  };
}
