/** What a running flanneld keeps in order on its node: the way to every other node, and its rules (flannel pkg/backend, pkg/trafficmngr). */
import { baseOf, contains, containsCidr, networkOf, type Cidr, type Ip } from '#net/ip.ts';
import type { Link } from '../../../kernel.ts';
import { tablesOf } from '../../../netfilter.ts';
import type { Machine } from '../../machine.ts';
import type { ExternalInterface } from './external-interface.ts';
import { vtepMac, type Lease } from './lease.ts';
import { vxlanConfig, type NetConf } from './net-conf.ts';
import { hasFlannelRules, withFlannelRules } from './rules.ts';

export const vxlanDevice = (vni: number) => `flannel.${vni}`;

/** What the daemon does for the leases of the other nodes: everything that is needed to reach them, and nothing that is left of gone ones. */
export function followOthers(machine: Machine, config: NetConf, own: Lease, others: readonly Lease[], external: ExternalInterface): void {
  const { kernel } = machine;
  const same = others.filter((lease) => lease.backendType === own.backendType);
  const subnets = new Set<string>(same.map((lease) => lease.subnet));
  const vxlan = own.backendType === 'vxlan' ? vxlanConfig(config.backend) : undefined;
  const dev = vxlan?.ok === true ? vxlanDevice(vxlan.value.vni) : external.link.name;
  const isOurs = (route: { readonly dst: Cidr; readonly dev?: string; readonly via?: Ip }) =>
    route.dev === dev && route.via !== undefined && config.network !== undefined && containsCidr(config.network, route.dst);
  for (const route of kernel.namespace('').routes)
    if (isOurs(route) && !subnets.has(route.dst)) kernel.removeRoute('', (other) => other === route);
  if (vxlan?.ok !== true) {
    for (const lease of same) put(machine, lease.subnet, external.link.name, lease.publicIp, false);
    return;
  }
  const direct = (lease: Lease) => vxlan.value.directRouting && isOnLink(external.link, lease.publicIp);
  const tunnelled = same.filter((lease) => !direct(lease) && vtepMac(lease) !== undefined);
  const gateways = new Set<string>(tunnelled.map((lease) => baseOf(lease.subnet)));
  const macs = new Set(tunnelled.map((lease) => vtepMac(lease)!));
  const { neighbours, forwarding } = kernel.namespace('');
  if (neighbours.some((one) => one.dev === dev && !gateways.has(one.ip)))
    kernel.removeNeighbours('', (one) => one.dev === dev && !gateways.has(one.ip));
  if (forwarding.some((one) => one.dev === dev && !macs.has(one.mac)))
    kernel.removeForwarding('', (one) => one.dev === dev && !macs.has(one.mac));
  for (const lease of same.filter(direct)) put(machine, lease.subnet, external.link.name, lease.publicIp, false);
  for (const lease of tunnelled) {
    const [gateway, mac] = [baseOf(lease.subnet), vtepMac(lease)!];
    const known = neighbours.find((one) => one.dev === dev && one.ip === gateway);
    if (known?.mac !== mac || known.state !== 'PERMANENT') kernel.setNeighbour('', { ip: gateway, dev, mac, state: 'PERMANENT' });
    const entry = forwarding.find((one) => one.dev === dev && one.mac === mac);
    if (entry?.dst !== lease.publicIp) kernel.setForwarding('', { mac, dev, dst: lease.publicIp, permanent: true });
    put(machine, lease.subnet, dev, gateway, true);
  }
}

function isOnLink(link: Link, ip: Ip): boolean {
  return link.addresses.some((address) => contains(networkOf(address), ip));
}

function put({ kernel }: Machine, dst: Cidr, dev: string, via: Ip, onlink: boolean): void {
  const there = kernel.namespace('').routes.some((route) => route.dst === dst && route.dev === dev && route.via === via);
  if (!there) kernel.replaceRoute('', { dst, dev, via, ...(onlink && { onlink }) });
}

/** Rules that were seen to hold flannel's, so that those of a large cluster are not made only to be looked at. */
const seen = new WeakMap<object, string>();

/** Puts the rules there unless they are. */
export function ensureRules({ kernel }: Machine, network: Cidr, subnet: Cidr, ipMasq: boolean): void {
  const key = `${network} ${subnet} ${ipMasq}`;
  const { netfilter } = kernel.namespace('');
  if (seen.get(netfilter.ipv4) === key) return;
  const lazy = typeof netfilter.ipv4 === 'function';
  if (lazy || !hasFlannelRules(tablesOf(netfilter, 'ipv4'), network, subnet, ipMasq))
    kernel.changeRules('', 'ipv4', (tables) =>
      hasFlannelRules(tables, network, subnet, ipMasq) ? tables : withFlannelRules(tables, network, subnet, ipMasq),
    );
  seen.set(kernel.namespace('').netfilter.ipv4, key);
}
