/**
 * What a cluster was set up with, read where a real one keeps it: in the flags of its control plane's static pods, in kubeadm's and
 * kube-proxy's ConfigMaps, in its ServiceCIDRs and nodes; with kubeadm's defaults where nothing says otherwise.
 */
import { CORE_SCHEMA, load } from 'js-yaml';
import {
  addIp,
  baseOf,
  bitsOf,
  cidr,
  contains,
  familyOf,
  networkOf,
  parseCidr,
  parseIp,
  type Cidr,
  type Family,
  type Ip,
} from '#net/ip.ts';
import type { Objects } from './cluster.ts';
import { ConfigMap } from './kinds/config-map.ts';
import type { Container } from './kinds/container.ts';
import { Node } from './kinds/node.ts';
import { Pod } from './kinds/pod.ts';
import { Service } from './kinds/service.ts';
import { ServiceCIDR } from './kinds/service-cidr.ts';

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** The ranges that nodes get their pod ranges from. */
export interface NodeIpam {
  readonly clusterCidrs: readonly Cidr[];
  /** The length of a node's range, by family. */
  readonly maskSizes: Readonly<Record<Family, number>>;
}

const defaultMinorVersion = 36;
const defaultServiceCidr = cidr('10.96.0.0/12');
const defaultMaskSizes = { IPv4: 24, IPv6: 64 } as const;

/** The flags of one process: `--service-cluster-ip-range=10.96.0.0/12` under its name without dashes. */
type Flags = ReadonlyMap<string, string>;

/** A component of the control plane that runs as a static pod. */
interface Component {
  readonly flags: Flags;
  readonly image: string;
  readonly hostIp: string | undefined;
}

/** What is derived from pods is kept as long as none of theirs changes, and of a container as long as it is the same. */
const componentsByPods = new WeakMap<readonly Pod[], ReadonlyMap<string, readonly Component[]>>();
const processes = new WeakMap<Container, Omit<Component, 'hostIp'>>();
const kubeadmByRevision = new WeakMap<symbol, KubeadmConfiguration>();

function kept<T>(cache: WeakMap<symbol, T>, revision: unknown, derive: () => T): T {
  if (typeof revision !== 'symbol') return derive();
  let value = cache.get(revision);
  if (value === undefined) cache.set(revision, (value = derive()));
  return value;
}

const componentNames = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

function componentsOf(objects: Objects, name: string): readonly Component[] {
  const pods = objects.list(Pod, 'kube-system');
  let components = componentsByPods.get(pods);
  if (components === undefined) {
    const found = new Map<string, Component[]>();
    for (const pod of pods) {
      const component = componentNames.find((one) => pod.metadata.name.startsWith(`${one}-`));
      const container = pod.spec.containers.find((one) => one.name === component);
      if (component !== undefined && container !== undefined)
        found.set(component, [...(found.get(component) ?? []), { ...processOf(container), hostIp: pod.status?.hostIP }]);
    }
    componentsByPods.set(pods, (components = found));
  }
  return components.get(name) ?? [];
}

function processOf(container: Container): Omit<Component, 'hostIp'> {
  let process = processes.get(container);
  if (process === undefined) {
    process = { flags: flagsOf([...(container.command ?? []), ...(container.args ?? [])]), image: container.image ?? '' };
    processes.set(container, process);
  }
  return process;
}

function flagsOf(words: readonly string[]): Flags {
  const flags = new Map<string, string>();
  for (const word of words) {
    const parts = /^--?([^=]+)(?:=(.*))?$/s.exec(word);
    if (parts) flags.set(parts[1]!, parts[2] ?? 'true');
  }
  return flags;
}

function flagOf(objects: Objects, component: string, flag: string): string | undefined {
  for (const one of componentsOf(objects, component)) {
    const value = one.flags.get(flag);
    if (value !== undefined) return value;
  }
  return undefined;
}

interface KubeadmConfiguration {
  readonly kubernetesVersion?: unknown;
  readonly networking?: { readonly serviceSubnet?: unknown; readonly podSubnet?: unknown; readonly dnsDomain?: unknown };
}

/** kubeadm's ClusterConfiguration; empty when the cluster was not made by kubeadm, or the text is no YAML. */
function kubeadmOf(objects: Objects): KubeadmConfiguration {
  return kept(kubeadmByRevision, objects.revision(ConfigMap), () => {
    const document = yamlOf(objects, 'kube-system', 'kubeadm-config', 'ClusterConfiguration');
    return (document ?? {}) as KubeadmConfiguration;
  });
}

function yamlOf(objects: Objects, namespace: string, name: string, key: string): Readonly<Record<string, unknown>> | undefined {
  const text = objects.get(ConfigMap, namespace, name)?.data?.[key];
  if (text === undefined) return undefined;
  try {
    const document = load(text, { schema: CORE_SCHEMA });
    return typeof document === 'object' && document !== null ? (document as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function cidrsIn(text: unknown): Cidr[] {
  if (typeof text !== 'string') return [];
  return text
    .split(',')
    .map((one) => parseCidr(one.trim()))
    .filter((one) => one !== undefined);
}

/** The first source that names any. */
function firstOf<T>(...sources: readonly (() => readonly T[])[]): readonly T[] {
  for (const source of sources) {
    const found = source();
    if (found.length > 0) return found;
  }
  return [];
}

/** The version of the API server: `v1.36.2`; undefined when nothing tells. */
export function kubernetesVersionOf(objects: Objects): string | undefined {
  const isVersion = (text: unknown): text is string => typeof text === 'string' && /^v1\.\d+/.test(text);
  const image = componentsOf(objects, 'kube-apiserver')[0]?.image.split(':').at(-1);
  if (isVersion(image)) return image;
  const { kubernetesVersion } = kubeadmOf(objects);
  if (isVersion(kubernetesVersion)) return kubernetesVersion;
  // A kubelet is never newer than the API server.
  const kubelets = objects.list(Node).map((node) => node.status?.nodeInfo?.kubeletVersion);
  return kubelets.filter(isVersion).sort((a, b) => minorOf(b) - minorOf(a))[0];
}

function minorOf(version: string): number {
  return Number(/^v1\.(\d+)/.exec(version)![1]);
}

/** 36 of `v1.36.2`. */
export function minorVersionOf(objects: Objects): number {
  const version = kubernetesVersionOf(objects);
  return version === undefined ? defaultMinorVersion : minorOf(version);
}

/** The ranges of ClusterIPs; the first is of the family that Services get by default. At least one. */
export function serviceCidrsOf(objects: Objects): readonly Cidr[] {
  return firstOf(
    () => cidrsIn(flagOf(objects, 'kube-apiserver', 'service-cluster-ip-range')),
    () => cidrsIn(kubeadmOf(objects).networking?.serviceSubnet),
    () => (objects.get(ServiceCIDR, '', 'kubernetes')?.spec?.cidrs ?? []).flatMap(cidrsIn),
    () => rangesOfServices(objects),
    () => [defaultServiceCidr],
  );
}

/**
 * The ranges that the addresses of Services show, where nothing tells of them: that of the API server's own Service comes first, and begins
 * just before it.
 */
function rangesOfServices(objects: Objects): readonly Cidr[] {
  const api = (objects.get(Service, 'default', 'kubernetes')?.spec?.clusterIP ?? '') as Ip;
  const first = parseIp(api);
  if (first === undefined) return [];
  const all = objects
    .list(Service)
    .flatMap(({ spec }) => (spec?.clusterIPs ?? [spec?.clusterIP ?? '']).flatMap((text) => parseIp(text) ?? []));
  const families = [familyOf(first), familyOf(first) === 'IPv4' ? 'IPv6' : 'IPv4'] as const;
  return families.flatMap((family) => {
    const own = all.filter((one) => familyOf(one) === family);
    if (own.length === 0) return [];
    if (family === 'IPv4' && own.every((one) => contains(defaultServiceCidr, one))) return [defaultServiceCidr];
    const lengths = family === 'IPv4' ? [24, 22, 20, 18, 16, 14, 12, 8] : [112, 108, 96, 64];
    const found = lengths.map((length) => networkOf({ ip: own[0]!, length })).find((range) => own.every((one) => contains(range, one)));
    // Ranges of 65,536 addresses are the most usual ones; one begins where the API server's Service says.
    const usual = networkOf({ ip: own[0]!, length: family === 'IPv4' ? 16 : 112 });
    const begins = family === familyOf(first) ? baseOf(usual) === addIp(first, -1) : true;
    return begins && own.every((one) => contains(usual, one)) ? [usual] : [found ?? usual];
  });
}

/** The ranges that pods get addresses from, as far as the cluster has a common one. */
export function podCidrsOf(objects: Objects): readonly Cidr[] {
  return firstOf(
    () => cidrsIn(flagOf(objects, 'kube-controller-manager', 'cluster-cidr')),
    () => cidrsIn(kubeadmOf(objects).networking?.podSubnet),
    () => cidrsIn(yamlOf(objects, 'kube-system', 'kube-proxy', 'config.conf')?.['clusterCIDR']),
    () => flannelNetworksOf(objects),
    () => ciliumPoolsOf(objects),
  );
}

function ciliumPoolsOf(objects: Objects): Cidr[] {
  const data = objects.get(ConfigMap, 'kube-system', 'cilium-config')?.data ?? {};
  const pools = [data['cluster-pool-ipv4-cidr'], data['cluster-pool-ipv6-cidr']];
  return pools.flatMap((pool) => (pool ?? '').split(' ').flatMap(cidrsIn));
}

/** The least ranges of usual sizes that hold those of all nodes. */
export function rangesOfNodes(objects: Objects): readonly Cidr[] {
  const ranges = objects.list(Node).flatMap(({ spec }) => (spec?.podCIDRs ?? [spec?.podCIDR]).flatMap(cidrsIn));
  return (['IPv4', 'IPv6'] as const).flatMap((family) => {
    const own = ranges.filter((range) => familyOf(range) === family);
    if (own.length === 0) return [];
    const lengths = family === 'IPv4' ? [16, 14, 12, 10, 8, 0] : [56, 48, 40, 32, 0];
    const covers = lengths.map((length) => networkOf({ ip: baseOf(own[0]!), length }));
    return [covers.find((range) => own.every((one) => contains(range, baseOf(one))))!];
  });
}

function flannelNetworksOf(objects: Objects): Cidr[] {
  const network = yamlOf(objects, 'kube-flannel', 'kube-flannel-cfg', 'net-conf.json');
  return [...cidrsIn(network?.['Network']), ...cidrsIn(network?.['IPv6Network'])];
}

/**
 * How nodes get pod ranges; undefined when kube-controller-manager gives them none (`--allocate-node-cidrs` is not set). Where no
 * controller manager is to be seen, as in a dump without static pods, the nodes tell by having ranges.
 */
export function nodeIpamOf(objects: Objects): NodeIpam | undefined {
  const managers = componentsOf(objects, 'kube-controller-manager');
  const allocates =
    managers.length > 0
      ? managers.some((one) => one.flags.get('allocate-node-cidrs') === 'true')
      : objects.list(Node).some((node) => (node.spec?.podCIDRs ?? []).length > 0);
  const clusterCidrs = podCidrsOf(objects);
  if (!allocates || clusterCidrs.length === 0) return undefined;
  return { clusterCidrs, maskSizes: { IPv4: maskSizeOf(objects, clusterCidrs, 'IPv4'), IPv6: maskSizeOf(objects, clusterCidrs, 'IPv6') } };
}

/** `--node-cidr-mask-size` speaks of clusters of one family, `--node-cidr-mask-size-ipv4` and `-ipv6` of any. */
function maskSizeOf(objects: Objects, clusterCidrs: readonly Cidr[], family: Family): number {
  const isSingle = clusterCidrs.every((one) => familyOf(one) === family);
  const flag =
    flagOf(objects, 'kube-controller-manager', `node-cidr-mask-size-${family.toLowerCase()}`) ??
    (isSingle ? flagOf(objects, 'kube-controller-manager', 'node-cidr-mask-size') : undefined);
  const size = Number(flag);
  return flag !== undefined && Number.isInteger(size) && size > 0 && size <= bitsOf(family) ? size : defaultMaskSizes[family];
}

/** `30000-32767`, `30000+100` or a single number, as `--service-node-port-range` takes it; undefined when it is none. */
export function parsePortRange(text: string): PortRange | undefined {
  const parts = /^\s*(\d+)\s*(?:([-+])\s*(\d+))?\s*$/.exec(text);
  if (!parts) return undefined;
  const first = Number(parts[1]);
  const last = parts[2] === '-' ? Number(parts[3]) : parts[2] === '+' ? first + Number(parts[3]) : first;
  return first <= last && last <= 65535 ? { first, last } : undefined;
}

/** The range of node ports. */
export function nodePortRangeOf(objects: Objects): PortRange {
  return parsePortRange(flagOf(objects, 'kube-apiserver', 'service-node-port-range') ?? '') ?? { first: 30000, last: 32767 };
}

/** The domain below which the cluster's names live: `cluster.local`. */
export function dnsDomainOf(objects: Objects): string {
  const named = [
    kubeadmOf(objects).networking?.dnsDomain,
    yamlOf(objects, 'kube-system', 'kubelet-config', 'kubelet')?.['clusterDomain'],
    /^\s*kubernetes\s+([^\s{]+)/m.exec(objects.get(ConfigMap, 'kube-system', 'coredns')?.data?.['Corefile'] ?? '')?.[1],
  ];
  const isDomain = (one: unknown): one is string => typeof one === 'string' && one !== '' && !one.endsWith('.arpa');
  return named.find(isDomain)?.replace(/\.$/, '') ?? 'cluster.local';
}

/** Where the API servers are reached: the addresses they advertise, and the port they listen on. */
export function apiServersOf(objects: Objects): { readonly addresses: readonly Ip[]; readonly port: number } {
  const servers = componentsOf(objects, 'kube-apiserver');
  const addresses = servers
    .map((one) => parseIp(one.flags.get('advertise-address') ?? one.hostIp ?? ''))
    .filter((one) => one !== undefined);
  return { addresses: [...new Set(addresses)].sort(), port: Number(flagOf(objects, 'kube-apiserver', 'secure-port') ?? 6443) };
}
