/** What a cluster is set up with: the answers that kubeadm would be given. */

export interface NodeSettings {
  readonly name: string;
  readonly controlPlane: boolean;
  readonly addresses: readonly string[];
  readonly podCIDRs?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

export interface ClusterSettings {
  /** `v1.36.2` */
  readonly kubernetesVersion: string;
  /** One range, or two of different families joined by a comma. */
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  readonly dnsDomain: string;
  readonly nodeCIDRMaskSize: number;
  readonly nodeCIDRMaskSizeIPv6: number;
  readonly serviceNodePortRange: string;
  /** Fields of KubeProxyConfiguration, `mode` among them. */
  readonly kubeProxy: Readonly<Record<string, unknown>>;
  /** `routed`: of a dump whose network is not simulated; pods have the addresses that it tells, and machines routes to them. */
  readonly cni: 'bridge' | 'flannel' | 'weave' | 'calico' | 'cilium' | 'none' | 'routed';
  /** What a network that is not simulated is called. */
  readonly network?: string;
  readonly nodes: readonly NodeSettings[];
  /** Nobody has named nodes: these are the usual ones. */
  readonly nodesAreUsual?: boolean;
  readonly addons: readonly string[];
  readonly missingImages: readonly string[];
  /** What resolvers outside the cluster know, as a master file; absent: none answers. */
  readonly outsideNames?: string;
}

export function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}

interface Components {
  readonly etcd: string;
  readonly coredns: string;
  readonly pause: string;
}

/** What kubeadm of each minor version deploys (cmd/kubeadm/app/constants/constants.go). */
const table: Readonly<Record<number, Components>> = {
  20: { etcd: '3.4.13-0', coredns: '1.7.0', pause: '3.2' },
  21: { etcd: '3.4.13-0', coredns: 'v1.8.0', pause: '3.4.1' },
  22: { etcd: '3.5.0-0', coredns: 'v1.8.4', pause: '3.5' },
  23: { etcd: '3.5.1-0', coredns: 'v1.8.6', pause: '3.6' },
  24: { etcd: '3.5.3-0', coredns: 'v1.8.6', pause: '3.7' },
  25: { etcd: '3.5.4-0', coredns: 'v1.9.3', pause: '3.8' },
  26: { etcd: '3.5.6-0', coredns: 'v1.9.3', pause: '3.9' },
  27: { etcd: '3.5.7-0', coredns: 'v1.10.1', pause: '3.9' },
  28: { etcd: '3.5.9-0', coredns: 'v1.10.1', pause: '3.9' },
  29: { etcd: '3.5.10-0', coredns: 'v1.11.1', pause: '3.9' },
  30: { etcd: '3.5.12-0', coredns: 'v1.11.1', pause: '3.9' },
  31: { etcd: '3.5.15-0', coredns: 'v1.11.1', pause: '3.10' },
  32: { etcd: '3.5.16-0', coredns: 'v1.11.3', pause: '3.10' },
  33: { etcd: '3.5.21-0', coredns: 'v1.12.0', pause: '3.10' },
  34: { etcd: '3.6.4-0', coredns: 'v1.12.1', pause: '3.10.1' },
  35: { etcd: '3.6.6-0', coredns: 'v1.13.1', pause: '3.10.1' },
  36: { etcd: '3.6.6-0', coredns: 'v1.13.1', pause: '3.10.1' },
};

export function componentsOf(version: string): Components {
  return table[minorOf(version)] ?? table[36]!;
}

/** Since 1.25 images come from registry.k8s.io. */
export function registryOf(version: string): string {
  return minorOf(version) >= 25 ? 'registry.k8s.io' : 'k8s.gcr.io';
}

export function corednsImage(version: string): string {
  const { coredns } = componentsOf(version);
  return minorOf(version) === 20 ? `${registryOf(version)}/coredns:${coredns}` : `${registryOf(version)}/coredns/coredns:${coredns}`;
}
