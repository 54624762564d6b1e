/** Which links of a host lead where: the other ends of veth pairs, the ports of bridges. */
import { familyOf, type Ip } from '#net/ip.ts';
import type { Host } from '#node/host.ts';
import type { Link, NetworkNamespace } from '#node/kernel.ts';
import type { At } from './packet.ts';

export function rootOf(host: Host): At {
  return { host, namespace: host.kernel.namespaces.get('')! };
}

/** `pod shop/web-1`, `node01`. */
export function placeOf(at: At): string {
  if (at.namespace.name === '') return at.host.name;
  for (const sandbox of at.host.sandboxes.values()) {
    if (sandbox.network.namespace === at.namespace.name) return `pod ${sandbox.podNamespace}/${sandbox.podName}`;
  }
  return `namespace ${at.namespace.name}`;
}

/** The other end of a veth pair. */
export function peerOf(at: At, link: Link): { readonly at: At; readonly link: Link } | undefined {
  const namespace = link.peer === undefined ? undefined : at.host.kernel.namespaces.get(link.peer.namespace);
  const found = namespace?.links.find((one) => one.index === link.peer!.index);
  return namespace === undefined || found === undefined ? undefined : { at: { host: at.host, namespace }, link: found };
}

const portsOf = new WeakMap<ReadonlyMap<string, NetworkNamespace>, Map<string, ReadonlyMap<string, Link>>>();

/** The port of a bridge behind which an address is, as ARP would find it. */
export function portTowards(at: At, bridge: Link, address: Ip): Link | undefined {
  const { namespaces } = at.host.kernel;
  let bridges = portsOf.get(namespaces);
  if (bridges === undefined) portsOf.set(namespaces, (bridges = new Map()));
  const key = `${at.namespace.name}/${bridge.name}`;
  let ports = bridges.get(key);
  if (ports === undefined) {
    const found = new Map<string, Link>();
    for (const port of at.namespace.links) {
      if (port.master !== bridge.name || !port.up) continue;
      const far = peerOf(at, port);
      for (const own of far?.link.up === true ? far.link.addresses : []) found.set(own.ip, port);
    }
    bridges.set(key, (ports = found));
  }
  return ports.get(address);
}

/** Reports whether frames on bridges meet iptables (br_netfilter). */
export function filtersBridged(at: At, address: Ip): boolean {
  const key = familyOf(address) === 'IPv4' ? 'net.bridge.bridge-nf-call-iptables' : 'net.bridge.bridge-nf-call-ip6tables';
  return at.host.kernel.modules.has('br_netfilter') && at.namespace.sysctls.get(key) === '1';
}

export function proxiesArp(namespace: NetworkNamespace, link: Link): boolean {
  return namespace.sysctls.get(`net.ipv4.conf.${link.name}.proxy_arp`) === '1';
}

/** Reports whether packets from and to 127.0.0.0/8 may use the link. */
export function routesLocalnet(namespace: NetworkNamespace, device: string): boolean {
  return ['all', device].some((one) => namespace.sysctls.get(`net.ipv4.conf.${one}.route_localnet`) === '1');
}

/** 0, 1 (strict: the way back must be the same link) or 2 (loose: there must be a way back). */
export function reversePathFilter({ sysctls }: NetworkNamespace, device: string): number {
  const own = sysctls.get(`net.ipv4.conf.${device}.rp_filter`) ?? sysctls.get('net.ipv4.conf.default.rp_filter') ?? '0';
  return Math.max(Number(own), Number(sysctls.get('net.ipv4.conf.all.rp_filter') ?? '0'));
}
