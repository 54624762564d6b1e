/** The manifests kubeadm writes to /etc/kubernetes/manifests (cmd/kubeadm/app/phases/controlplane/manifests.go, phases/etcd/local.go). */
import { baseOf, cidr, familyOf, addIp } from '#net/ip.ts';
import { componentsOf, minorOf, registryOf, type ClusterSettings, type NodeSettings } from './settings.ts';

const pki = '/etc/kubernetes/pki';

interface Volume {
  readonly name: string;
  readonly path: string;
  readonly type: string;
  readonly readOnly?: boolean;
}

interface Probe {
  readonly path: string;
  readonly port: number;
  readonly host: string;
  readonly scheme: 'HTTP' | 'HTTPS';
}

function pod(
  name: string,
  image: string,
  command: readonly string[],
  volumes: readonly Volume[],
  probes: { liveness: Probe; readiness?: Probe; startup: Probe },
  cpu: string,
  memory: string | undefined,
  annotations: Record<string, string> | undefined,
) {
  const probe = (one: Probe, extra: Record<string, number>) => ({
    httpGet: { host: one.host, path: one.path, port: one.port, scheme: one.scheme },
    timeoutSeconds: 15,
    ...extra,
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(annotations !== undefined && { annotations }),
      labels: { component: name, tier: 'control-plane' },
      name,
      namespace: 'kube-system',
    },
    spec: {
      containers: [
        {
          command,
          image,
          imagePullPolicy: 'IfNotPresent',
          livenessProbe: probe(probes.liveness, { failureThreshold: 8, initialDelaySeconds: 10, periodSeconds: 10 }),
          name,
          ...(probes.readiness !== undefined && { readinessProbe: probe(probes.readiness, { failureThreshold: 3, periodSeconds: 1 }) }),
          resources: { requests: { cpu, ...(memory !== undefined && { memory }) } },
          startupProbe: probe(probes.startup, { failureThreshold: 24, initialDelaySeconds: 10, periodSeconds: 10 }),
          volumeMounts: volumes.map((volume) => ({
            mountPath: volume.path,
            name: volume.name,
            ...(volume.readOnly === true && { readOnly: true }),
          })),
        },
      ],
      hostNetwork: true,
      priority: 2000001000,
      priorityClassName: 'system-node-critical',
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      volumes: volumes.map((volume) => ({ hostPath: { path: volume.path, type: volume.type }, name: volume.name })),
    },
    status: {},
  };
}

const caVolumes: readonly Volume[] = [
  { name: 'ca-certs', path: '/etc/ssl/certs', type: 'DirectoryOrCreate', readOnly: true },
  { name: 'etc-ca-certificates', path: '/etc/ca-certificates', type: 'DirectoryOrCreate', readOnly: true },
  { name: 'k8s-certs', path: pki, type: 'DirectoryOrCreate', readOnly: true },
  { name: 'usr-local-share-ca-certificates', path: '/usr/local/share/ca-certificates', type: 'DirectoryOrCreate', readOnly: true },
  { name: 'usr-share-ca-certificates', path: '/usr/share/ca-certificates', type: 'DirectoryOrCreate', readOnly: true },
];

/** The manifests of a control-plane node, by file name. */
export function staticPodManifests(settings: ClusterSettings, node: NodeSettings): ReadonlyMap<string, object> {
  const version = settings.kubernetesVersion;
  const minor = minorOf(version);
  const registry = registryOf(version);
  const address = node.addresses[0]!;
  const local = address.includes(':') ? '::1' : '127.0.0.1';
  const image = (name: string) => `${registry}/${name}:${version}`;
  const https = (path: string, port: number, host: string): Probe => ({ path, port, host, scheme: 'HTTPS' });
  const nodeMask = masks(settings);
  const etcdProbe = (path: string): Probe => ({ path, port: 2381, host: local, scheme: 'HTTP' });
  const bracket = (ip: string) => (ip.includes(':') ? `[${ip}]` : ip);
  const livez = minor >= 31 ? '/livez' : '/healthz';
  return new Map<string, object>([
    [
      'etcd.yaml',
      pod(
        'etcd',
        `${registry}/etcd:${componentsOf(version).etcd}`,
        [
          'etcd',
          `--advertise-client-urls=https://${bracket(address)}:2379`,
          `--cert-file=${pki}/etcd/server.crt`,
          '--client-cert-auth=true',
          '--data-dir=/var/lib/etcd',
          ...(minor >= 34
            ? ['--feature-gates=InitialCorruptCheck=true']
            : ['--experimental-initial-corrupt-check=true', '--experimental-watch-progress-notify-interval=5s']),
          `--initial-advertise-peer-urls=https://${bracket(address)}:2380`,
          `--initial-cluster=${node.name}=https://${bracket(address)}:2380`,
          `--key-file=${pki}/etcd/server.key`,
          `--listen-client-urls=https://${bracket(local)}:2379,https://${bracket(address)}:2379`,
          `--listen-metrics-urls=http://${bracket(local)}:2381`,
          `--listen-peer-urls=https://${bracket(address)}:2380`,
          `--name=${node.name}`,
          `--peer-cert-file=${pki}/etcd/peer.crt`,
          '--peer-client-cert-auth=true',
          `--peer-key-file=${pki}/etcd/peer.key`,
          `--peer-trusted-ca-file=${pki}/etcd/ca.crt`,
          '--snapshot-count=10000',
          `--trusted-ca-file=${pki}/etcd/ca.crt`,
          ...(minor >= 34 ? ['--watch-progress-notify-interval=5s'] : []),
        ],
        [
          { name: 'etcd-data', path: '/var/lib/etcd', type: 'DirectoryOrCreate' },
          { name: 'etcd-certs', path: `${pki}/etcd`, type: 'DirectoryOrCreate' },
        ],
        { liveness: etcdProbe('/livez'), readiness: etcdProbe('/readyz'), startup: etcdProbe('/readyz') },
        '100m',
        '100Mi',
        { 'kubeadm.kubernetes.io/etcd.advertise-client-urls': `https://${bracket(address)}:2379` },
      ),
    ],
    [
      'kube-apiserver.yaml',
      pod(
        'kube-apiserver',
        image('kube-apiserver'),
        [
          'kube-apiserver',
          `--advertise-address=${address}`,
          '--allow-privileged=true',
          '--authorization-mode=Node,RBAC',
          `--client-ca-file=${pki}/ca.crt`,
          '--enable-admission-plugins=NodeRestriction',
          '--enable-bootstrap-token-auth=true',
          `--etcd-cafile=${pki}/etcd/ca.crt`,
          `--etcd-certfile=${pki}/apiserver-etcd-client.crt`,
          `--etcd-keyfile=${pki}/apiserver-etcd-client.key`,
          `--etcd-servers=https://${bracket(local)}:2379`,
          `--kubelet-client-certificate=${pki}/apiserver-kubelet-client.crt`,
          `--kubelet-client-key=${pki}/apiserver-kubelet-client.key`,
          '--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname',
          `--proxy-client-cert-file=${pki}/front-proxy-client.crt`,
          `--proxy-client-key-file=${pki}/front-proxy-client.key`,
          '--requestheader-allowed-names=front-proxy-client',
          `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
          '--requestheader-extra-headers-prefix=X-Remote-Extra-',
          '--requestheader-group-headers=X-Remote-Group',
          '--requestheader-username-headers=X-Remote-User',
          '--secure-port=6443',
          `--service-account-issuer=https://kubernetes.default.svc.${settings.dnsDomain}`,
          `--service-account-key-file=${pki}/sa.pub`,
          `--service-account-signing-key-file=${pki}/sa.key`,
          `--service-cluster-ip-range=${settings.serviceSubnet}`,
          ...(settings.serviceNodePortRange === '30000-32767' ? [] : [`--service-node-port-range=${settings.serviceNodePortRange}`]),
          `--tls-cert-file=${pki}/apiserver.crt`,
          `--tls-private-key-file=${pki}/apiserver.key`,
        ],
        caVolumes,
        { liveness: https('/livez', 6443, address), readiness: https('/readyz', 6443, address), startup: https('/livez', 6443, address) },
        '250m',
        undefined,
        { 'kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint': `${bracket(address)}:6443` },
      ),
    ],
    [
      'kube-controller-manager.yaml',
      pod(
        'kube-controller-manager',
        image('kube-controller-manager'),
        [
          'kube-controller-manager',
          '--allocate-node-cidrs=true',
          '--authentication-kubeconfig=/etc/kubernetes/controller-manager.conf',
          '--authorization-kubeconfig=/etc/kubernetes/controller-manager.conf',
          `--bind-address=${local}`,
          `--client-ca-file=${pki}/ca.crt`,
          `--cluster-cidr=${settings.podSubnet}`,
          '--cluster-name=kubernetes',
          `--cluster-signing-cert-file=${pki}/ca.crt`,
          `--cluster-signing-key-file=${pki}/ca.key`,
          '--controllers=*,bootstrapsigner,tokencleaner',
          '--kubeconfig=/etc/kubernetes/controller-manager.conf',
          '--leader-elect=true',
          ...nodeMask,
          `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
          `--root-ca-file=${pki}/ca.crt`,
          `--service-account-private-key-file=${pki}/sa.key`,
          `--service-cluster-ip-range=${settings.serviceSubnet}`,
          '--use-service-account-credentials=true',
        ],
        [
          ...caVolumes.slice(0, 2),
          { name: 'flexvolume-dir', path: '/usr/libexec/kubernetes/kubelet-plugins/volume/exec', type: 'DirectoryOrCreate' },
          caVolumes[2]!,
          { name: 'kubeconfig', path: '/etc/kubernetes/controller-manager.conf', type: 'FileOrCreate', readOnly: true },
          ...caVolumes.slice(3),
        ],
        { liveness: https('/healthz', 10257, local), startup: https('/healthz', 10257, local) },
        '200m',
        undefined,
        undefined,
      ),
    ],
    [
      'kube-scheduler.yaml',
      pod(
        'kube-scheduler',
        image('kube-scheduler'),
        [
          'kube-scheduler',
          '--authentication-kubeconfig=/etc/kubernetes/scheduler.conf',
          '--authorization-kubeconfig=/etc/kubernetes/scheduler.conf',
          `--bind-address=${local}`,
          '--kubeconfig=/etc/kubernetes/scheduler.conf',
          '--leader-elect=true',
        ],
        [{ name: 'kubeconfig', path: '/etc/kubernetes/scheduler.conf', type: 'FileOrCreate', readOnly: true }],
        {
          liveness: https(livez, 10259, local),
          ...(minor >= 31 && { readiness: https('/readyz', 10259, local) }),
          startup: https(livez, 10259, local),
        },
        '100m',
        undefined,
        undefined,
      ),
    ],
  ]);
}

/** The flags that say how long a node's range is, where it is not the default. */
function masks(settings: ClusterSettings): readonly string[] {
  const families = settings.podSubnet.split(',').map((one) => familyOf(cidr(one)));
  if (families.length === 2) {
    return [
      ...(settings.nodeCIDRMaskSize === 24 ? [] : [`--node-cidr-mask-size-ipv4=${settings.nodeCIDRMaskSize}`]),
      ...(settings.nodeCIDRMaskSizeIPv6 === 64 ? [] : [`--node-cidr-mask-size-ipv6=${settings.nodeCIDRMaskSizeIPv6}`]),
    ];
  }
  const size = families[0] === 'IPv4' ? settings.nodeCIDRMaskSize : settings.nodeCIDRMaskSizeIPv6;
  return size === (families[0] === 'IPv4' ? 24 : 64) ? [] : [`--node-cidr-mask-size=${size}`];
}

/** The first address of the service range: the API server's own Service. */
export function kubernetesServiceIp(settings: ClusterSettings): string {
  return addIp(baseOf(cidr(settings.serviceSubnet.split(',')[0]!)), 1);
}
