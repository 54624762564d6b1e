/** Which ports of a machine's bridges lead where. */
import { familyOf, type Ip } from '#net/ip.ts';
import type { Device, Stack } from './stack.ts';

/** The ports of a bridge that are up. */
function portsUp({ at, name }: Device): readonly Device[] {
  return at.namespace.links.filter((port) => port.master === name && port.up).map((port) => at.device(port));
}

/** The bridge that a port's veth peer is a port of, with that peer: two bridges joined by a pair. */
function joinedTo(port: Device): { readonly bridge: Device; readonly port: Device } | undefined {
  const far = port.peer;
  if (far?.isUp !== true || far.master === undefined) return undefined;
  const bridge = far.at.deviceNamed(far.master);
  return bridge?.isUp === true ? { bridge, port: far } : undefined;
}

/** The addresses on this machine that frames reach by a port. `seen`: bridges that the way has passed. */
function behind(port: Device, seen: readonly Device[]): readonly Ip[] {
  const joined = joinedTo(port);
  if (joined === undefined) {
    const far = port.peer;
    return far?.isUp === true && far.master === undefined ? far.link.addresses.map((own) => own.ip) : [];
  }
  if (seen.includes(joined.bridge)) return [];
  const others = portsUp(joined.bridge).filter((other) => other !== joined.port);
  const next = [...seen, joined.bridge];
  return [...joined.bridge.link.addresses.map((own) => own.ip), ...others.flatMap((other) => behind(other, next))];
}

/** The VXLAN devices that frames reach from a bridge, each with the bridge's port towards it. */
export function tunnelsOf(bridge: Device, seen: readonly Device[] = []): readonly { readonly port: Device; readonly tunnel: Device }[] {
  return portsUp(bridge).flatMap((port) => {
    if (port.kind === 'vxlan') return [{ port, tunnel: port }];
    const joined = joinedTo(port);
    if (joined === undefined || seen.includes(joined.bridge)) return [];
    return tunnelsOf(joined.bridge, [...seen, bridge]).map(({ tunnel }) => ({ port, tunnel }));
  });
}

/** Reports whether an address is a bridge's own, or behind one of its ports on the same machine. */
export function isAtBridge(bridge: Device, address: Ip): boolean {
  return bridge.link.addresses.some((own) => own.ip === address) || portTowards(bridge, address) !== undefined;
}

/** The device in which a VXLAN tunnel to a machine ends there. */
export function tunnelEnd(at: Stack, { link: { vxlan } }: Device): Device | undefined {
  const link = at.namespace.links.find(
    (one) => one.kind === 'vxlan' && one.up && one.vxlan?.id === vxlan?.id && one.vxlan?.port === vxlan?.port,
  );
  return link && at.device(link);
}

/** The port of a bridge behind which an address is on this machine, as ARP would find it. */
export function portTowards(bridge: Device, address: Ip): Device | undefined {
  return bridge.portsBy(findPorts).get(address);
}

function findPorts(bridge: Device): ReadonlyMap<string, Device> {
  const found = new Map<string, Device>();
  for (const port of portsUp(bridge)) for (const own of behind(port, [bridge])) found.set(own, port);
  return found;
}

/** Reports whether frames on bridges meet iptables (br_netfilter). */
export function filtersBridged(at: Stack, address: Ip): boolean {
  const key = familyOf(address) === 'IPv4' ? 'net.bridge.bridge-nf-call-iptables' : 'net.bridge.bridge-nf-call-ip6tables';
  return at.host.kernel.modules.has('br_netfilter') && at.sysctl(key) === '1';
}
