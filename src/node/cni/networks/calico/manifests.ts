/** Calico's manifest, calico.yaml: everything in kube-system, the datastore in custom resources. */
import {
  clusterAccess,
  configMap,
  fieldEnv,
  hostVolume,
  mount,
  onLinux,
  policyRule,
  serviceAccount,
  tolerateAll,
  valueEnv,
  type Manifest,
} from '../manifest-parts.ts';
import { calicoVersion } from './calico.ts';
import { conflistTemplate } from './install.ts';

export const namespace = 'kube-system';
export const images = {
  node: `docker.io/calico/node:${calicoVersion}`,
  cni: `docker.io/calico/cni:${calicoVersion}`,
  controllers: `docker.io/calico/kube-controllers:${calicoVersion}`,
} as const;

const group = 'crd.projectcalico.org';

/** Kinds by plural; namespaced ones are said to be. */
const kinds: readonly (readonly [plural: string, kind: string, scope?: 'Namespaced'])[] = [
  ['bgpconfigurations', 'BGPConfiguration'],
  ['bgpfilters', 'BGPFilter'],
  ['bgppeers', 'BGPPeer'],
  ['blockaffinities', 'BlockAffinity'],
  ['caliconodestatuses', 'CalicoNodeStatus'],
  ['clusterinformations', 'ClusterInformation'],
  ['felixconfigurations', 'FelixConfiguration'],
  ['globalnetworkpolicies', 'GlobalNetworkPolicy'],
  ['globalnetworksets', 'GlobalNetworkSet'],
  ['hostendpoints', 'HostEndpoint'],
  ['ipamblocks', 'IPAMBlock'],
  ['ipamconfigs', 'IPAMConfig'],
  ['ipamhandles', 'IPAMHandle'],
  ['ippools', 'IPPool'],
  ['ipreservations', 'IPReservation'],
  ['kubecontrollersconfigurations', 'KubeControllersConfiguration'],
  ['networkpolicies', 'NetworkPolicy', 'Namespaced'],
  ['networksets', 'NetworkSet', 'Namespaced'],
];

function definition([plural, kind, scope = undefined]: (typeof kinds)[number]): Manifest {
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      scope: scope ?? 'Cluster',
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}

const crdNames = kinds.map(([plural]) => plural).join(' ');

const nodeRules = [
  policyRule('', 'serviceaccounts/token', 'create'),
  policyRule('', 'pods nodes namespaces configmaps', 'get'),
  policyRule('discovery.k8s.io', 'endpointslices', 'watch list'),
  policyRule('', 'endpoints services', 'watch list get'),
  policyRule('', 'nodes/status', 'patch update'),
  policyRule('networking.k8s.io', 'networkpolicies', 'watch list'),
  policyRule('', 'pods namespaces serviceaccounts', 'list watch'),
  policyRule('', 'pods/status', 'patch'),
  policyRule(group, crdNames, 'get list watch create update delete'),
  policyRule('', 'nodes', 'get list watch'),
];

const controllerRules = [
  policyRule('', 'nodes', 'watch list get'),
  policyRule('', 'pods', 'get list watch'),
  policyRule('', 'services', 'get list watch'),
  policyRule(group, crdNames, 'get list create update delete watch'),
];

const pluginRules = [
  policyRule('', 'pods nodes namespaces', 'get'),
  policyRule('', 'pods/status', 'patch'),
  policyRule(
    group,
    'blockaffinities ipamblocks ipamhandles clusterinformations ippools ipreservations ipamconfigs',
    'get list create update delete',
  ),
];

export interface CalicoOptions {
  /** Empty: calico-node asks kubeadm's configuration. */
  readonly podSubnet?: string;
  readonly encapsulation?: 'ipip' | 'vxlan' | 'none';
}

export function calicoManifests({ podSubnet = '', encapsulation = 'ipip' }: CalicoOptions): readonly Manifest[] {
  const backend = encapsulation === 'vxlan' ? 'vxlan' : 'bird';
  const account = (name: string) => ({ namespace, name });
  return [
    ...['calico-kube-controllers', 'calico-node', 'calico-cni-plugin'].map((name) => serviceAccount(namespace, name)),
    configMap(namespace, 'calico-config', {
      typha_service_name: 'none',
      calico_backend: backend,
      veth_mtu: '0',
      cni_network_config: conflistTemplate,
    }),
    ...kinds.map(definition),
    ...clusterAccess(account('calico-kube-controllers'), 'calico-kube-controllers', controllerRules),
    ...clusterAccess(account('calico-node'), 'calico-node', nodeRules),
    ...clusterAccess(account('calico-cni-plugin'), 'calico-cni-plugin', pluginRules),
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'calico-kube-controllers', namespace, labels: { 'k8s-app': 'calico-kube-controllers' } },
      spec: { maxUnavailable: 1, selector: { matchLabels: { 'k8s-app': 'calico-kube-controllers' } } },
    },
    nodeDaemonSet(podSubnet, encapsulation),
    controllers,
  ];
}

const fromConfig = (name: string, key: string) => ({ name, valueFrom: { configMapKeyRef: { name: 'calico-config', key } } });

function nodeDaemonSet(podSubnet: string, encapsulation: CalicoOptions['encapsulation']): Manifest {
  const labels = { 'k8s-app': 'calico-node' };
  const mode = (of: string) => (encapsulation === of ? 'Always' : 'Never');
  const probe = encapsulation === 'vxlan' ? ['-felix-ready'] : ['-felix-ready', '-bird-ready'];
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'calico-node', namespace, labels },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      template: {
        metadata: { labels },
        spec: {
          nodeSelector: onLinux,
          hostNetwork: true,
          tolerations: tolerateAll,
          serviceAccountName: 'calico-node',
          terminationGracePeriodSeconds: 0,
          priorityClassName: 'system-node-critical',
          initContainers: initContainers(),
          containers: [
            {
              name: 'calico-node',
              image: images.node,
              imagePullPolicy: 'IfNotPresent',
              env: [
                ...valueEnv({ DATASTORE_TYPE: 'kubernetes', WAIT_FOR_DATASTORE: 'true' }),
                fieldEnv('NODENAME', 'spec.nodeName'),
                fromConfig('CALICO_NETWORKING_BACKEND', 'calico_backend'),
                ...valueEnv({
                  CLUSTER_TYPE: 'k8s,bgp',
                  IP: 'autodetect',
                  CALICO_IPV4POOL_IPIP: mode('ipip'),
                  CALICO_IPV4POOL_VXLAN: mode('vxlan'),
                  CALICO_IPV6POOL_VXLAN: 'Never',
                  ...(podSubnet !== '' && { CALICO_IPV4POOL_CIDR: podSubnet }),
                  CALICO_DISABLE_FILE_LOGGING: 'true',
                  FELIX_DEFAULTENDPOINTTOHOSTACTION: 'ACCEPT',
                  FELIX_IPV6SUPPORT: 'false',
                  FELIX_HEALTHENABLED: 'true',
                }),
              ],
              securityContext: { privileged: true },
              resources: { requests: { cpu: '250m' } },
              livenessProbe: {
                exec: { command: ['/bin/calico-node', ...probe.map((one) => one.replace('-ready', '-live'))] },
                periodSeconds: 10,
                initialDelaySeconds: 10,
                failureThreshold: 6,
                timeoutSeconds: 10,
              },
              readinessProbe: { exec: { command: ['/bin/calico-node', ...probe] }, periodSeconds: 10, timeoutSeconds: 10 },
              volumeMounts: [
                mount('cni-net-dir', '/host/etc/cni/net.d'),
                mount('lib-modules', '/lib/modules', { readOnly: true }),
                mount('xtables-lock', '/run/xtables.lock'),
                mount('var-run-calico', '/var/run/calico'),
                mount('var-lib-calico', '/var/lib/calico'),
                mount('policysync', '/var/run/nodeagent'),
                mount('bpffs', '/sys/fs/bpf'),
                mount('cni-log-dir', '/var/log/calico/cni', { readOnly: true }),
              ],
            },
          ],
          volumes: [
            hostVolume('lib-modules', '/lib/modules'),
            hostVolume('var-run-calico', '/var/run/calico', 'DirectoryOrCreate'),
            hostVolume('var-lib-calico', '/var/lib/calico', 'DirectoryOrCreate'),
            hostVolume('xtables-lock', '/run/xtables.lock', 'FileOrCreate'),
            hostVolume('bpffs', '/sys/fs/bpf', 'Directory'),
            hostVolume('cni-bin-dir', '/opt/cni/bin', 'DirectoryOrCreate'),
            hostVolume('cni-net-dir', '/etc/cni/net.d'),
            hostVolume('cni-log-dir', '/var/log/calico/cni'),
            hostVolume('host-local-net-dir', '/var/lib/cni/networks'),
            hostVolume('policysync', '/var/run/nodeagent', 'DirectoryOrCreate'),
          ],
        },
      },
    },
  };
}

function initContainers() {
  const services = [{ configMapRef: { name: 'kubernetes-services-endpoint', optional: true } }];
  return [
    {
      name: 'upgrade-ipam',
      image: images.cni,
      imagePullPolicy: 'IfNotPresent',
      command: ['/opt/cni/bin/calico-ipam', '-upgrade'],
      envFrom: services,
      env: [fieldEnv('KUBERNETES_NODE_NAME', 'spec.nodeName'), fromConfig('CALICO_NETWORKING_BACKEND', 'calico_backend')],
      securityContext: { privileged: true },
      volumeMounts: [mount('host-local-net-dir', '/var/lib/cni/networks'), mount('cni-bin-dir', '/host/opt/cni/bin')],
    },
    {
      name: 'install-cni',
      image: images.cni,
      imagePullPolicy: 'IfNotPresent',
      command: ['/opt/cni/bin/install'],
      envFrom: services,
      env: [
        ...valueEnv({ CNI_CONF_NAME: '10-calico.conflist' }),
        fromConfig('CNI_NETWORK_CONFIG', 'cni_network_config'),
        fieldEnv('KUBERNETES_NODE_NAME', 'spec.nodeName'),
        fromConfig('CNI_MTU', 'veth_mtu'),
        ...valueEnv({ SLEEP: 'false' }),
      ],
      securityContext: { privileged: true },
      volumeMounts: [mount('cni-bin-dir', '/host/opt/cni/bin'), mount('cni-net-dir', '/host/etc/cni/net.d')],
    },
    {
      name: 'mount-bpffs',
      image: images.node,
      imagePullPolicy: 'IfNotPresent',
      command: ['calico-node', '-init', '-best-effort'],
      securityContext: { privileged: true },
      volumeMounts: [
        mount('bpffs', '/sys/fs/bpf', { mountPropagation: 'Bidirectional' }),
        mount('var-run-calico', '/var/run/calico', { mountPropagation: 'Bidirectional' }),
      ],
    },
  ];
}

const controllerLabels = { 'k8s-app': 'calico-kube-controllers' };

const controllers: Manifest = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'calico-kube-controllers', namespace, labels: controllerLabels },
  spec: {
    replicas: 1,
    selector: { matchLabels: controllerLabels },
    strategy: { type: 'Recreate' },
    template: {
      metadata: { name: 'calico-kube-controllers', namespace, labels: controllerLabels },
      spec: {
        nodeSelector: onLinux,
        tolerations: [
          { key: 'CriticalAddonsOnly', operator: 'Exists' },
          { key: 'node-role.kubernetes.io/master', effect: 'NoSchedule' },
          { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
        ],
        serviceAccountName: 'calico-kube-controllers',
        priorityClassName: 'system-cluster-critical',
        containers: [
          {
            name: 'calico-kube-controllers',
            image: images.controllers,
            imagePullPolicy: 'IfNotPresent',
            env: valueEnv({ ENABLED_CONTROLLERS: 'node,loadbalancer', DATASTORE_TYPE: 'kubernetes' }),
            livenessProbe: {
              exec: { command: ['/usr/bin/check-status', '-l'] },
              periodSeconds: 10,
              initialDelaySeconds: 10,
              failureThreshold: 6,
              timeoutSeconds: 10,
            },
            readinessProbe: { exec: { command: ['/usr/bin/check-status', '-r'] }, periodSeconds: 10 },
          },
        ],
      },
    },
  },
};
