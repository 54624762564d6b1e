/** Leases: what flannel daemons tell each other by way of annotations on their Node objects (flannel pkg/subnet/kube/{kube,annotations}.go). */
import type { Node } from '#kube/kinds/node.ts';
import { baseOf, familyOf, lengthOf, parseCidr, parseIp, toUint32, type Cidr, type Ip } from '#net/ip.ts';
import { quote } from '../../go-format.ts';
import { parseJson, plainOf } from '../../go-json.ts';
import { podCidrsOf } from '../daemon.ts';

const prefix = 'flannel.alpha.coreos.com';
export const annotation = {
  backendData: `${prefix}/backend-data`,
  backendType: `${prefix}/backend-type`,
  managed: `${prefix}/kube-subnet-manager`,
  publicIp: `${prefix}/public-ip`,
  publicIpOverwrite: `${prefix}/public-ip-overwrite`,
} as const;

export interface Lease {
  readonly node: string;
  readonly subnet: Cidr;
  readonly publicIp: Ip;
  readonly backendType: string;
  /** JSON: `{"VNI":1,"VtepMAC":"…"}`, `null` for host-gw. */
  readonly backendData: string;
}

/** The lease that a node's annotations speak of; undefined when no flannel has run there, or what it wrote is broken. */
export function leaseOf(node: Node): Lease | undefined {
  const annotations = node.metadata.annotations ?? {};
  const publicIp = parseIp(annotations[annotation.publicIp] ?? '');
  const subnet = podCidrsOf(node)
    .map((text) => parseCidr(text))
    .find((cidr) => cidr !== undefined && familyOf(cidr) === 'IPv4');
  if (annotations[annotation.managed] !== 'true' || publicIp === undefined || subnet === undefined) return undefined;
  return {
    node: node.metadata.name,
    subnet,
    publicIp,
    backendType: annotations[annotation.backendType] ?? '',
    backendData: annotations[annotation.backendData] ?? '',
  };
}

/** The MAC address of the remote VXLAN device. */
export function vtepMac(lease: Lease): string | undefined {
  const parsed = parseJson(lease.backendData);
  const data = parsed.ok ? (plainOf(parsed.value) as { readonly VtepMAC?: unknown } | null) : undefined;
  return typeof data?.VtepMAC === 'string' ? data.VtepMAC : undefined;
}

/** `%#v` of a map of strings. */
export function goMapText(map: Readonly<Record<string, string>>): string {
  const entries = Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[string]string{${entries.map(([key, value]) => `${quote(key)}:${quote(value)}`).join(', ')}}`;
}

const hex = (value: number) => `0x${value.toString(16)}`;

/** `%#v` of an event that a lease is added, as the subnet manager logs it. */
export function eventText({ subnet, publicIp, backendType, backendData }: Lease): string {
  const data = `json.RawMessage{${[...new TextEncoder().encode(backendData)].map((byte) => `0x${byte.toString(16)}`).join(', ')}}`;
  const attrs = `lease.LeaseAttrs{PublicIP:${hex(toUint32(publicIp))}, PublicIPv6:(*ip.IP6)(nil), BackendType:${quote(backendType)}, BackendData:${data}, BackendV6Data:json.RawMessage(nil)}`;
  const subnetText = `ip.IP4Net{IP:${hex(toUint32(baseOf(subnet)))}, PrefixLen:${hex(lengthOf(subnet))}}`;
  const none = 'ip.IP6Net{IP:(*ip.IP6)(nil), PrefixLen:0x0}';
  const lease = `lease.Lease{EnableIPv4:true, EnableIPv6:false, Subnet:${subnetText}, IPv6Subnet:${none}, Attrs:${attrs}, Expiration:time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC), Asof:0}`;
  return `{ lease.Event{Type:0, Lease:${lease}} }`;
}
