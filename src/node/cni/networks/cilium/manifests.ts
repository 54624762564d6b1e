/** Cilium's manifest, as its Helm chart renders it for nodes that reach each other directly. The operator makes the custom kinds. */
import {
  clusterAccess,
  configMap,
  fieldEnv,
  hostVolume,
  mount,
  onLinux,
  policyRule,
  serviceAccount,
  valueEnv,
  type Manifest,
} from '../manifest-parts.ts';

export const namespace = 'kube-system';
const version = 'v1.17.4';
export const images = { agent: `quay.io/cilium/cilium:${version}`, operator: `quay.io/cilium/operator-generic:${version}` } as const;

export interface CiliumOptions {
  readonly podSubnet?: string;
  readonly maskSize?: number;
  /** `tunnel` leaves the way between nodes to programs in the kernel. */
  readonly routing?: 'native' | 'tunnel';
}

/** The ConfigMap cilium-config's data. */
export function ciliumConfig({
  podSubnet = '10.0.0.0/8',
  maskSize = 24,
  routing = 'native',
}: CiliumOptions): Readonly<Record<string, string>> {
  const native = { 'auto-direct-node-routes': 'true', 'enable-endpoint-routes': 'true', 'ipv4-native-routing-cidr': podSubnet };
  return {
    'identity-allocation-mode': 'crd',
    'cluster-name': 'default',
    'cluster-id': '0',
    debug: 'false',
    ipam: 'cluster-pool',
    'cluster-pool-ipv4-cidr': podSubnet,
    'cluster-pool-ipv4-mask-size': String(maskSize),
    'routing-mode': routing,
    ...(routing === 'native' ? native : { 'tunnel-protocol': 'vxlan', 'auto-direct-node-routes': 'false' }),
    'enable-ipv4': 'true',
    'enable-ipv6': 'false',
    'enable-ipv4-masquerade': 'true',
    'enable-bpf-masquerade': 'false',
    'kube-proxy-replacement': 'false',
    'enable-policy': 'default',
    'enable-hubble': 'false',
    'enable-health-checking': 'true',
    'enable-endpoint-health-checking': 'true',
    'cni-exclusive': 'true',
    'cni-log-file': '/var/run/cilium/cilium-cni.log',
    'write-cni-conf-when-ready': '/host/etc/cni/net.d/05-cilium.conflist',
  };
}

const cilium = 'cilium.io';

const agentRules = [
  policyRule('networking.k8s.io', 'networkpolicies', 'get list watch'),
  policyRule('discovery.k8s.io', 'endpointslices', 'get list watch'),
  policyRule('', 'namespaces services pods endpoints nodes', 'get list watch'),
  policyRule('apiextensions.k8s.io', 'customresourcedefinitions', 'list watch get'),
  policyRule(
    cilium,
    'ciliumnetworkpolicies ciliumclusterwidenetworkpolicies ciliumendpoints ciliumnodes ciliumidentities ciliumcidrgroups',
    'list watch',
  ),
  policyRule(cilium, 'ciliumidentities ciliumendpoints ciliumnodes', 'create'),
  policyRule(cilium, 'ciliumidentities', 'update'),
  policyRule(cilium, 'ciliumendpoints', 'delete get'),
  policyRule(cilium, 'ciliumnodes ciliumnodes/status', 'get update'),
  policyRule(cilium, 'ciliumendpoints/status ciliumendpoints', 'patch'),
];

const operatorRules = [
  policyRule('', 'pods', 'get list watch delete'),
  policyRule('', 'nodes', 'list watch'),
  policyRule('', 'nodes nodes/status', 'patch'),
  policyRule('', 'services endpoints namespaces', 'get list watch'),
  policyRule('discovery.k8s.io', 'endpointslices', 'get list watch'),
  policyRule(cilium, 'ciliumnodes', 'create update get list watch delete'),
  policyRule(cilium, 'ciliumnodes/status', 'update'),
  policyRule(cilium, 'ciliumendpoints ciliumidentities', 'list delete watch update'),
  policyRule('apiextensions.k8s.io', 'customresourcedefinitions', 'create get list watch update'),
  policyRule('coordination.k8s.io', 'leases', 'create get update'),
];

export function ciliumManifests(options: CiliumOptions): readonly Manifest[] {
  return [
    serviceAccount(namespace, 'cilium'),
    serviceAccount(namespace, 'cilium-operator'),
    configMap(namespace, 'cilium-config', ciliumConfig(options)),
    ...clusterAccess({ namespace, name: 'cilium' }, 'cilium', agentRules, { 'app.kubernetes.io/part-of': 'cilium' }),
    ...clusterAccess({ namespace, name: 'cilium-operator' }, 'cilium-operator', operatorRules, { 'app.kubernetes.io/part-of': 'cilium' }),
    agent,
    operator,
  ];
}

const agentLabels = { 'k8s-app': 'cilium', 'app.kubernetes.io/name': 'cilium-agent', 'app.kubernetes.io/part-of': 'cilium' };
const everywhere = [{ operator: 'Exists' }];

const agent: Manifest = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'cilium', namespace, labels: agentLabels },
  spec: {
    selector: { matchLabels: { 'k8s-app': 'cilium' } },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } },
    template: {
      metadata: { labels: agentLabels },
      spec: {
        containers: [
          {
            name: 'cilium-agent',
            image: images.agent,
            imagePullPolicy: 'IfNotPresent',
            command: ['cilium-agent'],
            args: ['--config-dir=/tmp/cilium/config-map'],
            startupProbe: {
              httpGet: { host: '127.0.0.1', path: '/healthz', port: 9879, scheme: 'HTTP', httpHeaders: [{ name: 'brief', value: 'true' }] },
              failureThreshold: 105,
              periodSeconds: 2,
              successThreshold: 1,
            },
            livenessProbe: {
              httpGet: { host: '127.0.0.1', path: '/healthz', port: 9879, scheme: 'HTTP', httpHeaders: [{ name: 'brief', value: 'true' }] },
              periodSeconds: 30,
              failureThreshold: 10,
              timeoutSeconds: 5,
            },
            readinessProbe: {
              httpGet: { host: '127.0.0.1', path: '/healthz', port: 9879, scheme: 'HTTP', httpHeaders: [{ name: 'brief', value: 'true' }] },
              periodSeconds: 30,
              failureThreshold: 3,
              timeoutSeconds: 5,
            },
            env: [
              fieldEnv('K8S_NODE_NAME', 'spec.nodeName'),
              fieldEnv('CILIUM_K8S_NAMESPACE', 'metadata.namespace'),
              ...valueEnv({ CILIUM_CLUSTERMESH_CONFIG: '/var/lib/cilium/clustermesh/' }),
            ],
            securityContext: { privileged: true },
            volumeMounts: [
              mount('cilium-run', '/var/run/cilium'),
              mount('etc-cni-netd', '/host/etc/cni/net.d'),
              mount('cilium-config-path', '/tmp/cilium/config-map', { readOnly: true }),
              mount('lib-modules', '/lib/modules', { readOnly: true }),
              mount('xtables-lock', '/run/xtables.lock'),
            ],
          },
        ],
        initContainers: [
          {
            name: 'install-cni-binaries',
            image: images.agent,
            imagePullPolicy: 'IfNotPresent',
            command: ['/install-plugin.sh'],
            securityContext: { privileged: true },
            volumeMounts: [mount('cni-path', '/host/opt/cni/bin')],
          },
        ],
        restartPolicy: 'Always',
        priorityClassName: 'system-node-critical',
        serviceAccountName: 'cilium',
        terminationGracePeriodSeconds: 1,
        hostNetwork: true,
        nodeSelector: onLinux,
        tolerations: everywhere,
        volumes: [
          hostVolume('cilium-run', '/var/run/cilium', 'DirectoryOrCreate'),
          hostVolume('cni-path', '/opt/cni/bin', 'DirectoryOrCreate'),
          hostVolume('etc-cni-netd', '/etc/cni/net.d', 'DirectoryOrCreate'),
          hostVolume('lib-modules', '/lib/modules'),
          hostVolume('xtables-lock', '/run/xtables.lock', 'FileOrCreate'),
          { name: 'cilium-config-path', configMap: { name: 'cilium-config' } },
        ],
      },
    },
  },
};

const operatorLabels = {
  'io.cilium/app': 'operator',
  name: 'cilium-operator',
  'app.kubernetes.io/name': 'cilium-operator',
  'app.kubernetes.io/part-of': 'cilium',
};

const operator: Manifest = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'cilium-operator', namespace, labels: operatorLabels },
  spec: {
    replicas: 1,
    selector: { matchLabels: { 'io.cilium/app': 'operator', name: 'cilium-operator' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '50%' } },
    template: {
      metadata: { labels: operatorLabels },
      spec: {
        containers: [
          {
            name: 'cilium-operator',
            image: images.operator,
            imagePullPolicy: 'IfNotPresent',
            command: ['cilium-operator-generic'],
            args: ['--config-dir=/tmp/cilium/config-map', '--debug=$(CILIUM_DEBUG)'],
            env: [
              fieldEnv('K8S_NODE_NAME', 'spec.nodeName'),
              fieldEnv('CILIUM_K8S_NAMESPACE', 'metadata.namespace'),
              { name: 'CILIUM_DEBUG', valueFrom: { configMapKeyRef: { name: 'cilium-config', key: 'debug', optional: true } } },
            ],
            livenessProbe: {
              httpGet: { host: '127.0.0.1', path: '/healthz', port: 9234, scheme: 'HTTP' },
              initialDelaySeconds: 60,
              periodSeconds: 10,
              timeoutSeconds: 3,
            },
            readinessProbe: {
              httpGet: { host: '127.0.0.1', path: '/healthz', port: 9234, scheme: 'HTTP' },
              initialDelaySeconds: 0,
              periodSeconds: 5,
              timeoutSeconds: 3,
              failureThreshold: 5,
            },
            volumeMounts: [mount('cilium-config-path', '/tmp/cilium/config-map', { readOnly: true })],
          },
        ],
        hostNetwork: true,
        restartPolicy: 'Always',
        priorityClassName: 'system-cluster-critical',
        serviceAccountName: 'cilium-operator',
        nodeSelector: onLinux,
        tolerations: everywhere,
        volumes: [{ name: 'cilium-config-path', configMap: { name: 'cilium-config' } }],
      },
    },
  },
};
