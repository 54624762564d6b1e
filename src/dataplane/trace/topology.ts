/** Which links of a host lead where: the other ends of veth pairs, the ports of bridges. */
import { familyOf, type Ip } from '#net/ip.ts';
import type { Host } from '#node/host.ts';
import type { Link, NetworkNamespace } from '#node/kernel.ts';
import { linkAt } from '../links/routing.ts';
import type { At } from './packet.ts';

export function rootOf(host: Host): At {
  return { host, namespace: host.kernel.namespaces.get('')! };
}

const places = new WeakMap<Host, Map<string, string>>();

/** `pod shop/web-1`, `node01`. */
export function placeOf(at: At): string {
  let byNamespace = places.get(at.host);
  if (byNamespace === undefined) places.set(at.host, (byNamespace = new Map()));
  let place = byNamespace.get(at.namespace.name);
  if (place === undefined) byNamespace.set(at.namespace.name, (place = findPlace(at)));
  return place;
}

function findPlace(at: At): string {
  if (at.namespace.name === '') return at.host.name;
  for (const sandbox of at.host.sandboxes.values()) {
    if (sandbox.network.namespace === at.namespace.name) return `pod ${sandbox.podNamespace}/${sandbox.podName}`;
  }
  return `namespace ${at.namespace.name}`;
}

/** An end of a veth pair. */
export interface VethEnd {
  readonly at: At;
  readonly link: Link;
}

const peers = new WeakMap<Host, Map<Link, VethEnd | undefined>>();

/** The other end of a veth pair. */
export function peerOf(at: At, link: Link): VethEnd | undefined {
  let known = peers.get(at.host);
  if (known === undefined) peers.set(at.host, (known = new Map()));
  let peer = known.get(link);
  if (peer === undefined && !known.has(link)) known.set(link, (peer = findPeer(at, link)));
  return peer;
}

function findPeer({ host }: At, { peer }: Link): VethEnd | undefined {
  const namespace = peer === undefined ? undefined : host.kernel.namespaces.get(peer.namespace);
  const link = namespace === undefined ? undefined : linkAt(namespace, peer!.index);
  return namespace === undefined || link === undefined ? undefined : { at: { host, namespace }, link };
}

const portsOf = new WeakMap<ReadonlyMap<string, NetworkNamespace>, Map<Link, ReadonlyMap<string, Link>>>();

/** The ports of a bridge that are up. */
function portsUp(at: At, bridge: string): readonly Link[] {
  return at.namespace.links.filter((port) => port.master === bridge && port.up);
}

/** The bridge that a port's veth peer is a port of, with that peer: two bridges joined by a pair. */
function joinedTo(at: At, port: Link): { readonly at: At; readonly bridge: Link; readonly port: Link } | undefined {
  const far = peerOf(at, port);
  if (far?.link.up !== true || far.link.master === undefined) return undefined;
  const bridge = far.at.namespace.links.find((link) => link.name === far.link.master);
  return bridge?.up === true ? { at: far.at, bridge, port: far.link } : undefined;
}

/** The addresses on this machine that frames reach by a port. `seen`: bridges that the way has passed. */
function behind(at: At, port: Link, seen: readonly Link[]): readonly Ip[] {
  const joined = joinedTo(at, port);
  if (joined === undefined) {
    const far = peerOf(at, port);
    return far?.link.up === true && far.link.master === undefined ? far.link.addresses.map((own) => own.ip) : [];
  }
  if (seen.includes(joined.bridge)) return [];
  const others = portsUp(joined.at, joined.bridge.name).filter((other) => other !== joined.port);
  const next = [...seen, joined.bridge];
  return [...joined.bridge.addresses.map((own) => own.ip), ...others.flatMap((other) => behind(joined.at, other, next))];
}

/** The VXLAN devices that frames reach from a bridge, each with the bridge's port towards it. */
export function tunnelsOf(at: At, bridge: Link, seen: readonly Link[] = []): readonly { readonly port: Link; readonly tunnel: Link }[] {
  return portsUp(at, bridge.name).flatMap((port) => {
    if (port.kind === 'vxlan') return [{ port, tunnel: port }];
    const joined = joinedTo(at, port);
    if (joined === undefined || seen.includes(joined.bridge)) return [];
    return tunnelsOf(joined.at, joined.bridge, [...seen, bridge]).map(({ tunnel }) => ({ port, tunnel }));
  });
}

/** Reports whether an address is a bridge's own, or behind one of its ports on the same machine. */
export function isAtBridge(at: At, bridge: Link, address: Ip): boolean {
  return bridge.addresses.some((own) => own.ip === address) || portTowards(at, bridge, address) !== undefined;
}

/** The device in which a VXLAN tunnel to a machine ends there. */
export function tunnelEnd(at: At, { vxlan }: Link): Link | undefined {
  return at.namespace.links.find((one) => one.kind === 'vxlan' && one.up && one.vxlan?.id === vxlan?.id && one.vxlan?.port === vxlan?.port);
}

/** The port of a bridge behind which an address is on this machine, as ARP would find it. */
export function portTowards(at: At, bridge: Link, address: Ip): Link | undefined {
  const { namespaces } = at.host.kernel;
  let bridges = portsOf.get(namespaces);
  if (bridges === undefined) portsOf.set(namespaces, (bridges = new Map()));
  let ports = bridges.get(bridge);
  if (ports === undefined) {
    const found = new Map<string, Link>();
    for (const port of portsUp(at, bridge.name)) for (const own of behind(at, port, [bridge])) found.set(own, port);
    bridges.set(bridge, (ports = found));
  }
  return ports.get(address);
}

/** Reports whether frames on bridges meet iptables (br_netfilter). */
export function filtersBridged(at: At, address: Ip): boolean {
  const key = familyOf(address) === 'IPv4' ? 'net.bridge.bridge-nf-call-iptables' : 'net.bridge.bridge-nf-call-ip6tables';
  return at.host.kernel.modules.has('br_netfilter') && at.namespace.sysctls.get(key) === '1';
}

/** What sysctls say of a device. */
interface DeviceSettings {
  readonly proxyArp: boolean;
  readonly routeLocalnet: boolean;
  readonly reversePathFilter: number;
}

const settings = new WeakMap<NetworkNamespace['sysctls'], Map<string, DeviceSettings>>();

function settingsOf({ sysctls }: NetworkNamespace, device: string): DeviceSettings {
  let devices = settings.get(sysctls);
  if (devices === undefined) settings.set(sysctls, (devices = new Map()));
  let found = devices.get(device);
  if (found === undefined) devices.set(device, (found = readSettings(sysctls, device)));
  return found;
}

function readSettings(sysctls: NetworkNamespace['sysctls'], device: string): DeviceSettings {
  const of = (name: string, key: string) => sysctls.get(`net.ipv4.conf.${name}.${key}`);
  const filter = of(device, 'rp_filter') ?? of('default', 'rp_filter') ?? '0';
  return {
    proxyArp: of(device, 'proxy_arp') === '1',
    routeLocalnet: of('all', 'route_localnet') === '1' || of(device, 'route_localnet') === '1',
    reversePathFilter: Math.max(Number(filter), Number(of('all', 'rp_filter') ?? '0')),
  };
}

export function proxiesArp(namespace: NetworkNamespace, link: Link): boolean {
  return settingsOf(namespace, link.name).proxyArp;
}

/** Reports whether packets from and to 127.0.0.0/8 may use the link. */
export function routesLocalnet(namespace: NetworkNamespace, device: string): boolean {
  return settingsOf(namespace, device).routeLocalnet;
}

/** 0, 1 (strict: the way back must be the same link) or 2 (loose: there must be a way back). */
export function reversePathFilter(namespace: NetworkNamespace, device: string): number {
  return settingsOf(namespace, device).reversePathFilter;
}
