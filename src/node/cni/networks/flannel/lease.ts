/** Leases: what flannel daemons tell each other by way of annotations on their Node objects (flannel pkg/subnet/kube/{kube,annotations}.go). */
import { hexOf } from '#kube/chance.ts';
import type { Node } from '#kube/kinds/node.ts';
import { baseOf, familyOf, lengthOf, parseCidr, parseIp, toUint32, type Cidr, type Family, type Ip } from '#net/ip.ts';
import { quote } from '#kube/json.ts';
import { parseJson, plainOf } from '../../go-json.ts';
import { podCidrsOf } from '../daemon.ts';

const prefix = 'flannel.alpha.coreos.com';
export const annotation = {
  backendType: `${prefix}/backend-type`,
  managed: `${prefix}/kube-subnet-manager`,
  IPv4: { backendData: `${prefix}/backend-data`, publicIp: `${prefix}/public-ip`, overwrite: `${prefix}/public-ip-overwrite` },
  IPv6: { backendData: `${prefix}/backend-v6-data`, publicIp: `${prefix}/public-ipv6`, overwrite: `${prefix}/public-ipv6-overwrite` },
} as const;

export const bothFamilies = ['IPv4', 'IPv6'] as const;

/** What a lease says of one family. */
export interface LeasePart {
  readonly subnet: Cidr;
  readonly publicIp: Ip;
  /** JSON: `{"VNI":1,"VtepMAC":"…"}`, `null` for host-gw. */
  readonly backendData: string;
}

export interface Lease {
  readonly node: string;
  readonly backendType: string;
  readonly IPv4?: LeasePart;
  readonly IPv6?: LeasePart;
}

/** The pod range of a node of one family. */
export function podRange(node: Node, family: Family): Cidr | undefined {
  return podCidrsOf(node)
    .map((text) => parseCidr(text))
    .find((cidr) => cidr !== undefined && familyOf(cidr) === family);
}

function partOf(node: Node, family: Family): LeasePart | undefined {
  const annotations = node.metadata.annotations ?? {};
  const publicIp = parseIp(annotations[annotation[family].publicIp] ?? '');
  const subnet = podRange(node, family);
  if (publicIp === undefined || subnet === undefined) return undefined;
  return { subnet, publicIp, backendData: annotations[annotation[family].backendData] ?? '' };
}

/** The lease that a node's annotations speak of; undefined when no flannel has run there, or what it wrote is broken. */
export function leaseOf(node: Node, families: readonly Family[]): Lease | undefined {
  const annotations = node.metadata.annotations ?? {};
  const parts = families.map((family) => [family, partOf(node, family)] as const);
  if (annotations[annotation.managed] !== 'true' || parts.some(([, part]) => part === undefined)) return undefined;
  return { node: node.metadata.name, backendType: annotations[annotation.backendType] ?? '', ...Object.fromEntries(parts) };
}

/** The MAC address of the remote VXLAN device. */
export function vtepMac({ backendData }: LeasePart): string | undefined {
  const parsed = parseJson(backendData);
  const data = parsed.ok ? (plainOf(parsed.value) as { readonly VtepMAC?: unknown } | null) : undefined;
  return typeof data?.VtepMAC === 'string' ? data.VtepMAC : undefined;
}

/** `%#v` of a map of strings. */
export function goMapText(map: Readonly<Record<string, string>>): string {
  const entries = Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[string]string{${entries.map(([key, value]) => `${quote(key)}:${quote(value)}`).join(', ')}}`;
}

const hex = (value: number) => `0x${value.toString(16)}`;

/** `%#v` of a pointer: where something lies in the daemon's memory. */
const pointer = (type: string, to: string) => `(*${type})(0xc000${hexOf(`flannel/${to}`, 6)})`;

const rawMessage = (text: string | undefined) =>
  text === undefined
    ? 'json.RawMessage(nil)'
    : `json.RawMessage{${[...new TextEncoder().encode(text)].map((byte) => hex(byte)).join(', ')}}`;

/** `%#v` of an event that a lease is added, as the subnet manager logs it. */
export function eventText({ backendType, IPv4, IPv6 }: Lease): string {
  const v4 = IPv4 === undefined ? '0x0' : hex(toUint32(IPv4.publicIp));
  const v6 = IPv6 === undefined ? '(*ip.IP6)(nil)' : pointer('ip.IP6', IPv6.publicIp);
  const attrs = `lease.LeaseAttrs{PublicIP:${v4}, PublicIPv6:${v6}, BackendType:${quote(backendType)}, BackendData:${rawMessage(IPv4?.backendData)}, BackendV6Data:${rawMessage(IPv6?.backendData)}}`;
  const subnet =
    IPv4 === undefined
      ? 'ip.IP4Net{IP:0x0, PrefixLen:0x0}'
      : `ip.IP4Net{IP:${hex(toUint32(baseOf(IPv4.subnet)))}, PrefixLen:${hex(lengthOf(IPv4.subnet))}}`;
  const v6Subnet =
    IPv6 === undefined
      ? 'ip.IP6Net{IP:(*ip.IP6)(nil), PrefixLen:0x0}'
      : `ip.IP6Net{IP:${pointer('ip.IP6', IPv6.subnet)}, PrefixLen:${hex(lengthOf(IPv6.subnet))}}`;
  const lease = `lease.Lease{EnableIPv4:${IPv4 !== undefined}, EnableIPv6:${IPv6 !== undefined}, Subnet:${subnet}, IPv6Subnet:${v6Subnet}, Attrs:${attrs}, Expiration:time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC), Asof:0}`;
  return `{ lease.Event{Type:0, Lease:${lease}} }`;
}
