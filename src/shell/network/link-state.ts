/** What the kernel reports of a link beside its settings: carrier, operational state, flags, queueing. */
import type { Kernel, Link, NetworkNamespace } from '#node/kernel.ts';

/** The other end of a veth pair; undefined when it is gone. */
export function peerOf(kernel: Kernel, link: Link): Link | undefined {
  const { peer } = link;
  return peer && kernel.namespaces.get(peer.namespace)?.links.find((one) => one.index === peer.index);
}

/** Whether the link could carry a frame were it up: a veth needs its peer to be up, a bridge a port that has a carrier. */
export function hasCarrier(kernel: Kernel, namespace: NetworkNamespace, link: Link): boolean {
  if (link.kind === 'veth') return link.peer === undefined || peerOf(kernel, link)?.up === true;
  if (link.kind !== 'bridge') return true;
  return namespace.links.some((port) => port.master === link.name && port.up && hasCarrier(kernel, namespace, port));
}

export type OperState = 'UP' | 'DOWN' | 'UNKNOWN' | 'LOWERLAYERDOWN';

const stateless: readonly Link['kind'][] = ['loopback', 'openvswitch', 'vxlan', 'dummy', 'ipip'];

/** RFC 2863's ifOperStatus, as drivers set it: those without a notion of carrier leave it unknown. */
export function operState(kernel: Kernel, namespace: NetworkNamespace, link: Link): OperState {
  if (!link.up) return 'DOWN';
  if (stateless.includes(link.kind)) return 'UNKNOWN';
  if (hasCarrier(kernel, namespace, link)) return 'UP';
  return link.kind === 'veth' ? 'LOWERLAYERDOWN' : 'DOWN';
}

/** Whether the link's lower device is in this namespace and down. */
function lowerIsDown(kernel: Kernel, namespace: NetworkNamespace, link: Link): boolean {
  return link.peer?.namespace === namespace.name && peerOf(kernel, link)?.up === false;
}

/** Flags of the kind of device, in the order in which iproute2 prints them (ip/ipaddress.c, print_link_flags). */
const ofKind: Readonly<Record<Link['kind'], readonly string[]>> = {
  loopback: ['LOOPBACK'],
  ether: ['BROADCAST', 'MULTICAST'],
  veth: ['BROADCAST', 'MULTICAST'],
  bridge: ['BROADCAST', 'MULTICAST'],
  openvswitch: ['BROADCAST', 'MULTICAST'],
  vxlan: ['BROADCAST', 'MULTICAST'],
  dummy: ['BROADCAST', 'NOARP'],
  ipip: ['NOARP'],
};

export function flagsOf(kernel: Kernel, namespace: NetworkNamespace, link: Link): readonly string[] {
  const carrier = hasCarrier(kernel, namespace, link);
  return [
    ...(link.up && !carrier ? ['NO-CARRIER'] : []),
    ...ofKind[link.kind],
    ...(link.up ? ['UP'] : []),
    ...(link.up && carrier ? ['LOWER_UP'] : []),
    ...(link.up && lowerIsDown(kernel, namespace, link) ? ['M-DOWN'] : []),
  ];
}

/** The queueing discipline: systemd makes fq_codel the default of real cards; software devices have none once they have been up. */
export function qdiscOf(link: Link): string {
  if (link.kind === 'ether') return 'fq_codel';
  return link.up || link.wasUp === true ? 'noqueue' : 'noop';
}

/**
 * What the link is stacked on: the name of a device here, or the index of one in another namespace. A tunnel without one says so.
 */
export function lowerOf(
  kernel: Kernel,
  namespace: NetworkNamespace,
  link: Link,
): { readonly name: string } | { readonly index: number } | undefined {
  if (link.kind === 'ipip') return { name: 'NONE' };
  const peer = peerOf(kernel, link);
  if (peer === undefined) return undefined;
  return link.peer!.namespace === namespace.name ? { name: peer.name } : { index: peer.index };
}

/** Numbers of other namespaces, as seen from one: given in the order in which links brought them. */
export function namespaceIds(namespace: NetworkNamespace): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  for (const { peer } of namespace.links)
    if (peer !== undefined && peer.namespace !== namespace.name && !ids.has(peer.namespace)) ids.set(peer.namespace, ids.size);
  return ids;
}

/** The link-layer broadcast address. */
export function linkBroadcast(link: Link): string {
  if (link.kind === 'loopback') return '00:00:00:00:00:00';
  return link.kind === 'ipip' ? '0.0.0.0' : 'ff:ff:ff:ff:ff:ff';
}

/** `link/ether`. */
export function linkType(link: Link): string {
  if (link.kind === 'loopback') return 'loopback';
  return link.kind === 'ipip' ? 'ipip' : 'ether';
}

export function linkAddress(link: Link): string {
  return link.kind === 'ipip' ? '0.0.0.0' : link.mac;
}
