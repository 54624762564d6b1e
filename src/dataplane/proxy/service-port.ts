/** Service ports as a proxy sees them: one value per port and IP family. (pkg/proxy/serviceport.go, servicechangetracker.go, util/utils.go) */
import type { Service } from '#kube/kinds/service.ts';
import { servicePortName, type NamespacedName } from '#kube/names.ts';
import { familyOf, parseCidr, parseIp, type Cidr, type Family, type Ip } from '#net/ip.ts';

export type RuleProtocol = 'tcp' | 'udp' | 'sctp';

/** One port of a Service, for one IP family. */
export interface ServicePort extends NamespacedName {
  /** The port's name; empty when it has none. */
  readonly port: string;
  /** `namespace/name:port`, as every comment and hash spells it. */
  readonly text: string;
  readonly protocol: RuleProtocol;
  readonly clusterIp: Ip;
  readonly number: number;
  /** 0 when there is none. */
  readonly nodePort: number;
  readonly externalIps: readonly Ip[];
  readonly loadBalancerVips: readonly Ip[];
  /** Empty: everybody. */
  readonly sourceRanges: readonly Cidr[];
  /** Seconds of ClientIP affinity; 0 without. */
  readonly affinitySeconds: number;
  readonly externalLocal: boolean;
  readonly internalLocal: boolean;
  /** 0 when there is none. */
  readonly healthCheckNodePort: number;
}

const protocols: Readonly<Record<string, RuleProtocol>> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' };

/** Labels whose Services and slices kube-proxy does not even list (cmd/kube-proxy/app/server.go, Run). */
const foreignLabels = ['service.kubernetes.io/service-proxy-name', 'service.kubernetes.io/headless'];

/** Reports whether kube-proxy leaves this object to somebody else. */
export function isForeign(object: { readonly metadata: { readonly labels?: { readonly [key: string]: string } } }): boolean {
  const { labels } = object.metadata;
  if (labels !== undefined) for (const label of foreignLabels) if (labels[label] !== undefined) return true;
  return false;
}

/** Orders texts by code unit: Go's order for the ASCII that names are. */
export function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/**
 * The service ports of one family. Real kube-proxies walk Go maps, in any order; here the order is by namespace, then name, then the
 * order of `spec.ports`.
 */
export function servicePortsOf(services: readonly Service[], family: Family): readonly ServicePort[] {
  const sorted = services.filter((service) => !isForeign(service));
  sorted.sort(
    (a, b) => compareText(a.metadata.namespace ?? '', b.metadata.namespace ?? '') || compareText(a.metadata.name, b.metadata.name),
  );
  return sorted.flatMap((service) => portsOf(service, family));
}

function portsOf(service: Service, family: Family): readonly ServicePort[] {
  const spec = service.spec ?? {};
  const clusterIp = clusterIpOf(spec, family);
  if (clusterIp === undefined || spec.type === 'ExternalName') return [];
  const { name } = service.metadata;
  const namespace = service.metadata.namespace ?? '';
  const externalLocal = spec.externalTrafficPolicy === 'Local';
  const externalIps = inFamily(spec.externalIPs ?? [], family);
  const vips = (service.status?.loadBalancer?.ingress ?? []).flatMap((one) =>
    one.ip !== undefined && one.ip !== '' && (one.ipMode ?? 'VIP') === 'VIP' ? [one.ip] : [],
  );
  const loadBalancerVips = inFamily(vips, family);
  const sourceRanges = sourceRangesOf(spec.loadBalancerSourceRanges ?? [], family);
  const affinitySeconds = spec.sessionAffinity === 'ClientIP' ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10800) : 0;
  const internalLocal = spec.internalTrafficPolicy === 'Local';
  const healthCheckNodePort = spec.type === 'LoadBalancer' && externalLocal ? (spec.healthCheckNodePort ?? 0) : 0;
  return (spec.ports ?? []).map((port) => ({
    namespace,
    name,
    port: port.name ?? '',
    text: servicePortName({ namespace, name, port: port.name ?? '' }),
    protocol: protocols[port.protocol ?? 'TCP'] ?? 'tcp',
    clusterIp,
    number: port.port,
    nodePort: port.nodePort ?? 0,
    externalIps,
    loadBalancerVips,
    sourceRanges,
    affinitySeconds,
    externalLocal,
    internalLocal,
    healthCheckNodePort,
  }));
}

function clusterIpOf(spec: NonNullable<Service['spec']>, family: Family): Ip | undefined {
  if (spec.clusterIP === undefined || spec.clusterIP === '' || spec.clusterIP === 'None') return undefined;
  for (const text of spec.clusterIPs ?? [spec.clusterIP]) {
    const address = parseIp(text);
    if (address !== undefined && familyOf(address) === family) return address;
  }
  return undefined;
}

const noIps: readonly Ip[] = [];
const noRanges: readonly Cidr[] = [];

function inFamily(texts: readonly string[], family: Family): readonly Ip[] {
  if (texts.length === 0) return noIps;
  return texts.flatMap((text) => {
    const address = parseIp(text);
    return address !== undefined && familyOf(address) === family ? [address] : [];
  });
}

/** Blanks around an entry are trimmed; a range that holds the whole family is no restriction. */
function sourceRangesOf(texts: readonly string[], family: Family): readonly Cidr[] {
  if (texts.length === 0) return noRanges;
  const ranges = texts.flatMap((text) => {
    const range = parseCidr(text.trim());
    return range !== undefined && familyOf(range) === family ? [range] : [];
  });
  return ranges.some((range) => range.endsWith('/0')) ? [] : ranges;
}
