/** What a dump tells of what its cluster was set up with. */
import { Cluster } from '#kube/cluster.ts';
import { completed } from '#kube/decode.ts';
import { ConfigMap } from '#kube/kinds/config-map.ts';
import { builtInKinds } from '#kube/kinds/index.ts';
import { kindOf } from '#kube/kinds/lookup.ts';
import { Node } from '#kube/kinds/node.ts';
import type { KubeObject } from '#kube/object.ts';
import {
  dnsDomainOf,
  kubernetesVersionOf,
  nodeIpamOf,
  nodePortRangeOf,
  podCidrsOf,
  rangesOfNodes,
  serviceCidrsOf,
} from '#kube/settings.ts';
import { contains, familyOf, lengthOf, networkOf, parseCidr, type Cidr, type Ip } from '#net/ip.ts';
import { dumpOf, podIpsOf, type Dump } from './dump.ts';
import type { ClusterSettings } from './settings.ts';

export type ObservedSettings = Partial<
  Pick<
    ClusterSettings,
    | 'kubernetesVersion'
    | 'podSubnet'
    | 'serviceSubnet'
    | 'dnsDomain'
    | 'nodeCIDRMaskSize'
    | 'nodeCIDRMaskSizeIPv6'
    | 'serviceNodePortRange'
    | 'kubeProxy'
    | 'cni'
    | 'network'
  >
>;

/** Nothing where nothing was observed. */
export function observedSettings(all: readonly KubeObject[]): ObservedSettings {
  const dump = dumpOf(all);
  if (dump.objects.length === 0) return {};
  const objects = new Cluster().edit();
  for (const object of dump.objects) {
    const kind = kindOf(builtInKinds, object.apiVersion, object.kind);
    if (kind !== undefined) objects.keep(kind, completed(kind, object));
  }
  const version = kubernetesVersionOf(objects);
  const told = podCidrsOf(objects);
  const podCidrs = told.length > 0 ? told : rangesOfNodes(objects);
  const podSubnet = podCidrs.length > 0 ? podCidrs.join(',') : rangesOfPods(dump);
  const lengths = maskSizesOf(objects.list(Node));
  const { maskSizes } = nodeIpamOf(objects) ?? {};
  const masks = { IPv4: lengths.IPv4 ?? maskSizes?.IPv4, IPv6: lengths.IPv6 ?? maskSizes?.IPv6 };
  const ports = nodePortRangeOf(objects);
  const mode = /^mode:\s*"?(\w+)/m.exec(objects.get(ConfigMap, 'kube-system', 'kube-proxy')?.data?.['config.conf'] ?? '')?.[1];
  return {
    ...(version !== undefined && isUnderstood(version) && { kubernetesVersion: version }),
    ...(podSubnet !== undefined && { podSubnet }),
    ...(objects.list(Node).length + dump.pods.length > 0 || dump.objects.some(({ kind }) => kind === 'Service')
      ? { serviceSubnet: serviceCidrsOf(objects).join(',') }
      : {}),
    dnsDomain: dnsDomainOf(objects),
    ...(masks.IPv4 !== undefined && { nodeCIDRMaskSize: masks.IPv4 }),
    ...(masks.IPv6 !== undefined && { nodeCIDRMaskSizeIPv6: masks.IPv6 }),
    serviceNodePortRange: `${ports.first}-${ports.last}`,
    ...(mode !== undefined && { kubeProxy: { mode } }),
    ...networkOfDump(dump),
  };
}

function isUnderstood(version: string): boolean {
  const minor = Number(version.split('.')[1]);
  return minor >= 20 && minor <= 36;
}

/** The lengths of the nodes' own ranges. */
function maskSizesOf(nodes: readonly Node[]): { readonly IPv4?: number; readonly IPv6?: number } {
  const ranges = nodes.flatMap(({ spec }) => (spec?.podCIDRs ?? [spec?.podCIDR ?? '']).flatMap((text) => parseCidr(text) ?? []));
  const length = (family: string) => ranges.filter((range) => familyOf(range) === family).map(lengthOf)[0];
  const [v4, v6] = [length('IPv4'), length('IPv6')];
  return { ...(v4 !== undefined && { IPv4: v4 }), ...(v6 !== undefined && { IPv6: v6 }) };
}

/** The least ranges of usual sizes that hold the addresses of all pods; undefined where there are none, or the usual range holds them. */
function rangesOfPods(dump: Dump): string | undefined {
  const ips = dump.pods.flatMap(podIpsOf);
  if (ips.length === 0) return undefined;
  const cover = (own: readonly Ip[], lengths: readonly number[]): Cidr[] => {
    if (own.length === 0) return [];
    return [lengths.map((length) => networkOf({ ip: own[0]!, length })).find((range) => own.every((one) => contains(range, one)))!];
  };
  const of = (family: string) => ips.filter((one) => familyOf(one) === family);
  return [...cover(of('IPv4'), [16, 14, 12, 10, 8, 0]), ...cover(of('IPv6'), [56, 48, 32, 0])].join(',');
}

/** Networks that are simulated, by the names of their agents' DaemonSets. */
const simulated: Readonly<Record<string, ClusterSettings['cni']>> = {
  'kube-flannel-ds': 'flannel',
  'kube-flannel': 'flannel',
  'calico-node': 'calico',
  'weave-net': 'weave',
  cilium: 'cilium',
};

/** Agents of networks that are not, by the beginnings of their names. */
const others: readonly (readonly [prefix: string, network: string])[] = [
  ['kindnet', 'kindnet'],
  ['aws-node', 'the Amazon VPC CNI'],
  ['azure-cns', 'Azure CNI'],
  ['azure-cni', 'Azure CNI'],
  ['azure-ip-masq-agent', 'Azure CNI'],
  ['netd', 'GKE’s network'],
  ['anetd', 'GKE Dataplane V2'],
  ['gke-metadata-server', 'GKE’s network'],
  ['antrea-agent', 'Antrea'],
  ['kube-router', 'kube-router'],
  ['ovnkube-node', 'OVN-Kubernetes'],
  ['kube-ovn-cni', 'Kube-OVN'],
  ['canal', 'Canal'],
  ['rke2-canal', 'Canal'],
  ['romana-agent', 'Romana'],
];

/** The network of a dump that shows what runs in it; nothing of one that does not. */
function networkOfDump({ objects, pods, nodes, showsSystem }: Dump): Pick<ObservedSettings, 'cni' | 'network'> {
  const sets = objects.filter(({ kind }) => kind === 'DaemonSet').map(({ metadata }) => metadata.name);
  const owners = pods.flatMap(
    ({ metadata }) => metadata.ownerReferences?.filter(({ kind }) => kind === 'DaemonSet').map(({ name }) => name) ?? [],
  );
  const names = new Set([...sets, ...owners]);
  const cni = Object.entries(simulated).find(([name]) => names.has(name))?.[1];
  if (cni !== undefined) return { cni };
  const other = others.find(([prefix]) => [...names].some((name) => name.startsWith(prefix)))?.[1];
  if (other !== undefined) return { cni: 'routed', network: other };
  if (nodes.some(({ status }) => /\+(k3s|rke2)/.test(status?.nodeInfo?.kubeletVersion ?? '')))
    return { cni: 'routed', network: 'the network that k3s brings' };
  if (nodes.some(({ status }) => /-gke\./.test(status?.nodeInfo?.kubeletVersion ?? ''))) return { cni: 'routed', network: 'GKE’s network' };
  return showsSystem ? { cni: 'routed', network: 'a network whose agent the dump does not show' } : {};
}
