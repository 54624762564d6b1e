/** What a name of the cluster's zone stands for. (coredns: plugin/kubernetes/{kubernetes,parse,reverse,ns}.go; kubernetes/dns: docs/specification.md) */
import { parseIp, familyOf } from '#net/ip.ts';
import { addressOfReverse, labelsOf, reverseFamily } from '../../../dns/name.ts';
import { endpointName, type EndpointsEntry, type ObjectIndex, type PortEntry, type ServiceEntry } from './objects.ts';

/** One thing behind a name: an address or another name, a port, and the name it is known by itself. */
export interface Target {
  /** An address, or the name an ExternalName Service stands for. */
  readonly host: string;
  readonly port: number;
  /** The absolute name of the Service, the endpoint or the pod. */
  readonly name: string;
}

/** Targets, none of them (the name exists, but holds nothing), or a name that does not exist. */
export type Found = readonly Target[] | 'no such name';

export interface View {
  readonly index: ObjectIndex;
  /** `namespaces`; empty for all. */
  readonly namespaces: ReadonlySet<string>;
  readonly pods: 'disabled' | 'insecure' | 'verified';
  /** `endpoint_pod_names` */
  readonly podNames: boolean;
  /** `ignore empty_service` */
  readonly ignoreEmpty: boolean;
  /** The first zone that is not a reverse one. */
  readonly primaryZone: string;
}

export function isExposed({ index, namespaces }: View, namespace: string): boolean {
  return (namespaces.size === 0 || namespaces.has(namespace)) && index.hasNamespace(namespace);
}

/** Finds what a name (lower case) means; `zone` is the zone part as the client spelled it. */
export function find(view: View, name: string, zone: string): Found {
  const labels = labelsOf(name.slice(0, name.length - zone.length));
  const kind = labels.pop();
  if (kind === undefined) return [];
  if (kind !== 'svc' && kind !== 'pod') return 'no such name';
  const namespace = labels.pop();
  if (namespace === undefined) return [];
  const subject = labels.pop();
  if (labels.length > 2) return 'no such name';
  if (reverseFamily(name) !== undefined || !isExposed(view, namespace)) return 'no such name';
  if (subject === undefined) return kind === 'pod' && view.pods === 'disabled' ? 'no such name' : [];
  if (kind === 'pod') return findPod(view, subject, namespace, zone);
  const service = view.index.service(namespace, subject);
  if (service === undefined) return 'no such name';
  if (labels.length === 1) return findService(view, service, zone, { endpoint: labels[0]! });
  if (labels.length === 2) return findService(view, service, zone, { port: bare(labels[0]!), protocol: bare(labels[1]!) });
  return findService(view, service, zone, {});
}

function bare(label: string): string {
  return label.replace(/^_/, '');
}

interface Part {
  readonly endpoint?: string;
  readonly port?: string;
  readonly protocol?: string;
}

function same(a: string | undefined, b: string): boolean {
  return a === undefined || a === '' || a.toLowerCase() === b.toLowerCase();
}

function fits({ port, protocol }: Part, entry: PortEntry): boolean {
  return same(port, entry.name) && same(protocol, entry.protocol);
}

function findService(view: View, service: ServiceEntry, zone: string, part: Part): Found {
  const name = `${service.name}.${service.namespace}.svc.${zone === '.' ? '' : zone}`;
  const external = service.type === 'ExternalName';
  const endpoints = () => view.index.endpoints(service.namespace, service.name);
  if (view.ignoreEmpty && !external && !service.headless && endpoints().every(({ addresses }) => addresses.length === 0))
    return 'no such name';
  if (external) {
    if (part.endpoint !== undefined || parseIp(service.externalName) !== undefined) return 'no such name';
    return [{ host: service.externalName, port: 0, name }];
  }
  const targets: Target[] = [];
  if (service.headless || part.endpoint !== undefined) {
    for (const slice of endpoints()) addEndpoints(targets, view, slice, name, part);
    return targets.length > 0 ? targets : 'no such name';
  }
  let found = false;
  for (const entry of service.ports) {
    if (!fits(part, entry)) continue;
    found = true;
    for (const host of service.clusterIps) targets.push({ host, port: entry.port, name });
  }
  return found ? targets : 'no such name';
}

function addEndpoints(targets: Target[], view: View, slice: EndpointsEntry, service: string, part: Part): void {
  for (const address of slice.addresses) {
    const label = endpointName(address, view.podNames);
    if (part.endpoint !== undefined && part.endpoint.toLowerCase() !== label.toLowerCase()) continue;
    for (const entry of slice.ports)
      if (fits(part, entry)) targets.push({ host: address.ip, port: entry.port, name: `${label}.${service}` });
  }
}

/** `10-244-1-7` is an address with dots, anything else one with colons. */
function findPod(view: View, label: string, namespace: string, zone: string): Found {
  if (view.pods === 'disabled') return 'no such name';
  const text = /^[^-]+-[^-]+-[^-]+-[^-]+$/.test(label) ? label.replaceAll('-', '.') : label.replaceAll('-', ':');
  const target = { host: text, port: 0, name: `${label}.${namespace}.pod.${zone === '.' ? '' : zone}` };
  if (view.pods === 'insecure') return parseIp(text) === undefined ? 'no such name' : [target];
  const ip = parseIp(text) ?? text;
  const pods = view.index.podsOfIp(ip).filter((pod) => pod.namespace === namespace);
  return pods.length > 0 ? pods.map(() => ({ ...target, host: ip })) : 'no such name';
}

/** The names of an address: its Service, or the endpoints that have it. undefined when the reverse name is not a whole address. */
export function findReverse(view: View, name: string): readonly string[] | undefined {
  const ip = addressOfReverse(name);
  if (ip === undefined) return undefined;
  const visible = (namespace: string) => view.namespaces.size === 0 || isExposed(view, namespace);
  const service = view.index.servicesOfIp(ip).find(({ namespace }) => visible(namespace));
  if (service) return [`${service.name}.${service.namespace}.svc.${view.primaryZone}`];
  const names: string[] = [];
  for (const { namespace, service: owner, addresses } of view.index.endpointsOfIp(ip)) {
    if (!visible(namespace)) continue;
    for (const address of addresses) {
      if (address.ip === ip) names.push(`${endpointName(address, view.podNames)}.${owner}.${namespace}.svc.${view.primaryZone}`);
    }
  }
  return names;
}

/** The name servers of the zone: the Services in front of this server, or the server itself. `external` asks for external addresses instead. */
export function nameServers(
  view: View,
  localIps: readonly string[],
  zone: string,
  external?: { readonly headless: boolean },
): readonly Target[] {
  const targets: Target[] = [];
  let found = false;
  for (const local of localIps) {
    for (const slice of view.index.endpointsOfIp(local)) {
      found = true;
      const service = view.index.service(slice.namespace, slice.service);
      if (service === undefined) continue;
      const name = `${service.name}.${service.namespace}.${external ? '' : 'svc.'}${zone}`;
      if (service.headless && (!external || external.headless)) {
        for (const address of slice.addresses)
          targets.push({ host: address.ip, port: 0, name: `${endpointName(address, view.podNames)}.${name}` });
      } else for (const host of external ? service.externalIps : service.clusterIps) targets.push({ host, port: 0, name });
    }
  }
  return found ? targets : localIps.map((host) => ({ host, port: 0, name: `ns.dns.${zone}` }));
}

/** Whether a target is an address of a family, or a name. */
export function kindOf(host: string): 'A' | 'AAAA' | 'CNAME' {
  const ip = parseIp(host);
  if (ip === undefined) return 'CNAME';
  return familyOf(ip) === 'IPv4' ? 'A' : 'AAAA';
}
