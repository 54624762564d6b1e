/** A machine's kernel before Kubernetes has touched it: a loopback, one network card, its routes. */
import { hexOf } from '#kube/chance.ts';
import { addIp, baseOf, cidr, contains, familyOf, ip, lastOf, networkOf, type Cidr, type Ip } from '#net/ip.ts';
import type { Address, Kernel, Link, NetworkNamespace, Route } from '#node/kernel.ts';
import { compareRoutes, linkLocalOf } from '#node/cni/kernel-draft.ts';
import { noRules } from '#node/netfilter.ts';

export const cardName = 'eth0';
export const kernelRelease = '6.8.0-88-generic';

/** The network all machines' cards are in: the /16 (or /64) around the first node, unless an address lies outside it. */
export function machineNetwork(addresses: readonly Ip[], family: 'IPv4' | 'IPv6'): Cidr | undefined {
  const own = addresses.filter((one) => familyOf(one) === family);
  if (own.length === 0) return undefined;
  for (const length of family === 'IPv4' ? [24, 16, 12, 8, 0] : [64, 48, 32, 0]) {
    const network = networkOf({ ip: own[0]!, length });
    if (own.every((one) => contains(network, one)))
      return family === 'IPv4' && length === 24 && own.length === 1 ? networkOf({ ip: own[0]!, length: 16 }) : network;
  }
  return undefined;
}

const linkLocalRoute: Route = { dst: cidr('fe80::/64'), type: 'unicast', dev: cardName, scope: 'global', proto: 'kernel', metric: 256 };

/** The kernel lists IPv6's default route last. */

/** A locally administered unicast MAC address. */
export function macOf(purpose: string): string {
  const hex = hexOf(`mac/${purpose}`, 10);
  return `52:${hex.match(/../g)!.join(':')}`;
}

/** The namespace every process starts in. */
export function firstKernel(seed: string, node: string, addresses: readonly Ip[], networks: readonly Cidr[]): Kernel {
  const loopback: Link = {
    index: 1,
    name: 'lo',
    kind: 'loopback',
    mac: '00:00:00:00:00:00',
    mtu: 65536,
    up: true,
    addresses: [
      { ip: ip('127.0.0.1'), length: 8, scope: 'host' },
      { ip: ip('::1'), length: 128, scope: 'host' },
    ],
  };
  const cardAddresses = addresses.map((address): Address => {
    const network = networks.find((one) => contains(one, address))!;
    const length = Number(network.split('/')[1]);
    return familyOf(address) === 'IPv4'
      ? { ip: address, length, scope: 'global', broadcast: lastOf(network) }
      : { ip: address, length, scope: 'global' };
  });
  const mac = macOf(`${seed}/${node}`);
  const card: Link = {
    index: 2,
    name: cardName,
    kind: 'ether',
    mac,
    mtu: 1500,
    up: true,
    addresses: [...cardAddresses, { ip: linkLocalOf(mac), length: 64, scope: 'link' }],
  };
  const routes = networks.flatMap((network): Route[] => {
    const own = addresses.find((one) => contains(network, one));
    if (own === undefined) return [];
    const gateway = addIp(baseOf(network), 1);
    const everything = familyOf(own) === 'IPv4' ? cidr('0.0.0.0/0') : cidr('::/0');
    const leaving: Route = { dst: everything, type: 'unicast', dev: cardName, via: gateway, scope: 'global', proto: 'static' };
    const connected: Route = { dst: network, type: 'unicast', dev: cardName, scope: 'global', proto: 'kernel' };
    return familyOf(own) === 'IPv4'
      ? [leaving, { ...connected, scope: 'link', src: own }]
      : [
          { ...leaving, metric: 1024 },
          { ...connected, metric: 256 },
        ];
  });
  const root: NetworkNamespace = {
    name: '',
    links: [loopback, card],
    routes: [...routes, linkLocalRoute].sort(compareRoutes),
    neighbours: [],
    forwarding: [],
    sysctls: new Map([
      ['net.ipv4.ip_forward', '1'],
      ['net.ipv6.conf.all.forwarding', '1'],
      ['net.bridge.bridge-nf-call-iptables', '1'],
      ['net.bridge.bridge-nf-call-ip6tables', '1'],
      ['net.ipv4.conf.all.route_localnet', '0'],
      ['net.ipv4.conf.all.rp_filter', '2'],
      ['net.ipv4.conf.default.rp_filter', '2'],
      ['net.ipv4.ip_local_port_range', '32768\t60999'],
      ['net.netfilter.nf_conntrack_max', '131072'],
      ['vm.swappiness', '60'],
    ]),
    netfilter: noRules,
  };
  return {
    release: kernelRelease,
    modules: new Set([
      'overlay',
      'br_netfilter',
      'bridge',
      'veth',
      'vxlan',
      'nf_conntrack',
      'nf_nat',
      'nf_tables',
      'ip_tables',
      'ip6_tables',
      'xt_comment',
      'xt_mark',
      'xt_conntrack',
      'ip_vs',
      'ip_vs_rr',
      'ip_vs_wrr',
      'ip_vs_sh',
      'dummy',
      'ip_set',
    ]),
    namespaces: new Map([['', root]]),
    nextIndex: 3,
  };
}
