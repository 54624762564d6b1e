/**
 * What the kubernetes plugin keeps of the cluster's objects, indexed for answering. Built once a cluster value and selection, part by part when
 * first needed. (coredns: plugin/kubernetes/object, plugin/kubernetes/controller.go)
 */
import type { Objects } from '#kube/cluster.ts';
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Service } from '#kube/kinds/service.ts';
import type { KubeObject } from '#kube/object.ts';
import { matchesAll, type Requirement } from '#kube/selector.ts';

export interface PortEntry {
  readonly name: string;
  readonly protocol: string;
  /** -1 stands for "there are no ports". */
  readonly port: number;
}

const noPorts: readonly PortEntry[] = [{ name: '', protocol: '', port: -1 }];

export interface ServiceEntry {
  readonly name: string;
  readonly namespace: string;
  readonly type: string;
  readonly clusterIps: readonly string[];
  readonly headless: boolean;
  readonly externalName: string;
  /** External addresses, and addresses or names of load balancers. */
  readonly externalIps: readonly string[];
  readonly ports: readonly PortEntry[];
}

export interface AddressEntry {
  readonly ip: string;
  readonly hostname: string;
  readonly podName: string;
}

/** One slice's ready endpoints. */
export interface EndpointsEntry {
  readonly namespace: string;
  /** Name of the Service. */
  readonly service: string;
  readonly addresses: readonly AddressEntry[];
  readonly ports: readonly PortEntry[];
}

export interface PodEntry {
  readonly namespace: string;
  readonly ip: string;
}

export interface Selection {
  /** `labels`: which Services, EndpointSlices and Pods are seen. */
  readonly labels: readonly Requirement[];
  /** `namespace_labels`: which Namespaces are. */
  readonly namespaceLabels: readonly Requirement[];
  /** `noendpoints` */
  readonly endpoints: boolean;
}

/** The objects of one cluster value. */
export class ObjectIndex {
  readonly #objects: Objects;
  readonly #selection: Selection;
  #slices: ReadonlyMap<string, readonly EndpointsEntry[]> | undefined;
  #slicesByIp: ReadonlyMap<string, readonly EndpointsEntry[]> | undefined;
  #servicesByIp: ReadonlyMap<string, readonly ServiceEntry[]> | undefined;
  #servicesByExternalIp: ReadonlyMap<string, readonly ServiceEntry[]> | undefined;
  #podsByIp: ReadonlyMap<string, readonly PodEntry[]> | undefined;
  readonly #services = new Map<string, ServiceEntry>();

  constructor(objects: Objects, selection: Selection) {
    this.#objects = objects;
    this.#selection = selection;
  }

  hasNamespace(name: string): boolean {
    const namespace = this.#objects.get(Namespace, '', name);
    return namespace !== undefined && matchesAll(this.#selection.namespaceLabels, namespace.metadata.labels);
  }

  service(namespace: string, name: string): ServiceEntry | undefined {
    const key = `${name}.${namespace}`;
    const known = this.#services.get(key);
    if (known !== undefined) return known;
    const service = this.#objects.get(Service, namespace, name);
    const entry = service && this.#seen(service) ? serviceEntry(service) : undefined;
    if (entry !== undefined) this.#services.set(key, entry);
    return entry;
  }

  endpoints(namespace: string, service: string): readonly EndpointsEntry[] {
    this.#slices ??= grouped(this.#allEndpoints(), (entry) => [`${entry.service}.${entry.namespace}`]);
    return this.#slices.get(`${service}.${namespace}`) ?? [];
  }

  endpointsOfIp(ip: string): readonly EndpointsEntry[] {
    this.#slicesByIp ??= grouped(this.#allEndpoints(), ({ addresses }) => new Set(addresses.map((one) => one.ip)));
    return this.#slicesByIp.get(ip) ?? [];
  }

  servicesOfIp(ip: string): readonly ServiceEntry[] {
    this.#servicesByIp ??= grouped(this.#allServices(), ({ clusterIps }) => clusterIps);
    return this.#servicesByIp.get(ip) ?? [];
  }

  servicesOfExternalIp(ip: string): readonly ServiceEntry[] {
    this.#servicesByExternalIp ??= grouped(this.#allServices(), ({ externalIps }) => externalIps);
    return this.#servicesByExternalIp.get(ip) ?? [];
  }

  podsOfIp(ip: string): readonly PodEntry[] {
    this.#podsByIp ??= grouped(this.#allPods(), (pod) => [pod.ip]);
    return this.#podsByIp.get(ip) ?? [];
  }

  #seen(object: KubeObject): boolean {
    return matchesAll(this.#selection.labels, object.metadata.labels);
  }

  #allServices(): ServiceEntry[] {
    return this.#objects
      .list(Service)
      .filter((one) => this.#seen(one))
      .map(serviceEntry);
  }

  #allEndpoints(): EndpointsEntry[] {
    if (!this.#selection.endpoints) return [];
    return this.#objects
      .list(EndpointSlice)
      .filter((one) => this.#seen(one))
      .map(endpointsEntry);
  }

  /** Pods that run or are about to; a deleted one is forgotten at once. */
  #allPods(): PodEntry[] {
    const over = new Set(['Succeeded', 'Failed', 'Unknown']);
    return this.#objects
      .list(Pod)
      .filter((pod) => this.#seen(pod) && pod.metadata.deletionTimestamp === undefined && !over.has(pod.status?.phase ?? ''))
      .map((pod) => ({ namespace: pod.metadata.namespace ?? '', ip: pod.status?.podIP ?? '' }));
  }
}

function grouped<T>(entries: readonly T[], keys: (entry: T) => Iterable<string>): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const entry of entries) {
    for (const key of keys(entry)) {
      const group = groups.get(key);
      if (group) group.push(entry);
      else groups.set(key, [entry]);
    }
  }
  return groups;
}

function serviceEntry({ metadata, spec, status }: Service): ServiceEntry {
  const clusterIps = spec?.clusterIPs !== undefined && spec.clusterIPs.length > 0 ? spec.clusterIPs : [spec?.clusterIP ?? ''];
  const ports = spec?.ports ?? [];
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    type: spec?.type ?? 'ClusterIP',
    clusterIps,
    headless: clusterIps[0] === 'None',
    externalName: spec?.externalName ?? '',
    externalIps: [...(spec?.externalIPs ?? []), ...(status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || (hostname ?? ''))],
    ports: ports.length === 0 ? noPorts : ports.map(({ name = '', protocol = 'TCP', port }) => ({ name, protocol, port })),
  };
}

function endpointsEntry(slice: EndpointSlice): EndpointsEntry {
  const addresses: AddressEntry[] = [];
  for (const endpoint of slice.endpoints ?? []) {
    if (endpoint.conditions?.ready === false) continue;
    const podName = endpoint.targetRef?.name ?? '';
    for (const ip of endpoint.addresses)
      addresses.push({ ip, hostname: endpoint.hostname ?? '', podName: podName.length < 64 ? podName : '' });
  }
  const ports = slice.ports ?? [];
  return {
    namespace: slice.metadata.namespace ?? '',
    service: slice.metadata.labels?.['kubernetes.io/service-name'] ?? '',
    addresses,
    ports:
      ports.length === 0
        ? noPorts
        : ports.map(({ name, protocol, port }) => ({ name: name ?? '', protocol: protocol ?? 'TCP', port: port ?? 0 })),
  };
}

/** The label of an endpoint below its Service: its hostname, its pod's name where that is wanted, or its address with dashes. */
export function endpointName({ ip, hostname, podName }: AddressEntry, podNames: boolean): string {
  if (hostname !== '') return hostname;
  if (podNames && podName !== '') return podName;
  if (ip.includes('.')) return ip.replaceAll('.', '-');
  const dashed = ip.replaceAll(':', '-');
  return dashed.endsWith('-') ? `${dashed}0` : dashed;
}
