/** What a running flanneld keeps in order on its node: the way to every other node, and its rules (flannel pkg/backend, pkg/trafficmngr). */
import { baseOf, contains, containsCidr, familyOf, networkOf as prefixOf, type Cidr, type Family, type Ip } from '#net/ip.ts';
import type { Link, Route } from '../../../kernel.ts';
import { tablesOf } from '../../../netfilter.ts';
import type { Machine } from '../../machine.ts';
import { vtepMac, type Lease, type LeasePart } from './lease.ts';
import { familiesOf, networkOf, vxlanConfig, type NetConf } from './net-conf.ts';
import { hasFlannelRules, withFlannelRules } from './rules.ts';

export const vxlanDevice = (vni: number, family: Family) => (family === 'IPv4' ? `flannel.${vni}` : `flannel-v6.${vni}`);

/**
 * What the daemon does for the leases of the other nodes: everything that is needed to reach those that are `news`, and nothing that is left
 * of gone ones. What somebody takes away by hand comes back with its lease's next change; only the routes of `host-gw` are looked after
 * (pkg/backend/route_network.go, routeCheck).
 */
export function followOthers(
  machine: Machine,
  config: NetConf,
  own: Lease,
  others: readonly Lease[],
  card: Link,
  isNews: (lease: Lease) => boolean = () => true,
): void {
  const same = others.filter((lease) => lease.backendType === own.backendType);
  const news = own.backendType === 'vxlan' ? new Set(same.filter(isNews).flatMap((lease) => [lease.IPv4, lease.IPv6])) : undefined;
  for (const family of familiesOf(config)) {
    const parts = same.map((lease) => lease[family]).filter((part) => part !== undefined);
    followFamily(machine, config, own.backendType, family, { parts, news: parts.filter((part) => news?.has(part) ?? true) }, card);
  }
}

/** Of one family: what there is, and of that what is to be put in place. */
interface Parts {
  readonly parts: readonly LeasePart[];
  readonly news: readonly LeasePart[];
}

function followFamily(machine: Machine, config: NetConf, backendType: string, family: Family, { parts, news }: Parts, card: Link): void {
  const { kernel } = machine;
  const vxlan = backendType === 'vxlan' ? vxlanConfig(config.backend) : undefined;
  const dev = vxlan?.ok === true ? vxlanDevice(vxlan.value.vni, family) : card.name;
  const network = networkOf(config, family);
  const subnets = new Set<string>(parts.map((part) => part.subnet));
  const isOurs = (route: Route) =>
    route.dev === dev &&
    route.via !== undefined &&
    familyOf(route.dst) === family &&
    network !== undefined &&
    containsCidr(network, route.dst);
  for (const route of kernel.namespace('').routes)
    if (isOurs(route) && !subnets.has(route.dst)) kernel.removeRoute('', (other) => other === route);
  if (vxlan?.ok !== true) {
    for (const part of news) put(machine, part.subnet, card.name, part.publicIp, false);
    return;
  }
  const direct = (part: LeasePart) => vxlan.value.directRouting && isOnLink(card, part.publicIp);
  for (const part of news.filter(direct)) put(machine, part.subnet, card.name, part.publicIp, false);
  const tunnelled = (part: LeasePart) => !direct(part) && vtepMac(part) !== undefined;
  tunnel(machine, dev, { parts: parts.filter(tunnelled), news: news.filter(tunnelled) });
}

/** Routes, neighbours and forwarding entries of a VXLAN device. */
function tunnel(machine: Machine, dev: string, { parts, news }: Parts): void {
  const { kernel } = machine;
  const gateways = new Set<string>(parts.map((part) => baseOf(part.subnet)));
  const macs = new Set(parts.map((part) => vtepMac(part)!));
  const { neighbours, forwarding } = kernel.namespace('');
  if (neighbours.some((one) => one.dev === dev && !gateways.has(one.ip)))
    kernel.removeNeighbours('', (one) => one.dev === dev && !gateways.has(one.ip));
  if (forwarding.some((one) => one.dev === dev && !macs.has(one.mac)))
    kernel.removeForwarding('', (one) => one.dev === dev && !macs.has(one.mac));
  for (const part of news) {
    const [gateway, mac] = [baseOf(part.subnet), vtepMac(part)!];
    const known = neighbours.find((one) => one.dev === dev && one.ip === gateway);
    if (known?.mac !== mac || known.state !== 'PERMANENT') kernel.setNeighbour('', { ip: gateway, dev, mac, state: 'PERMANENT' });
    const entry = forwarding.find((one) => one.dev === dev && one.mac === mac);
    if (entry?.dst !== part.publicIp) kernel.setForwarding('', { mac, dev, dst: part.publicIp, permanent: true });
    put(machine, part.subnet, dev, gateway, true);
  }
}

function isOnLink(link: Link, ip: Ip): boolean {
  return link.addresses.some((address) => familyOf(address.ip) === familyOf(ip) && contains(prefixOf(address), ip));
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
  const family = familyOf(network) === 'IPv4' ? 'ipv4' : 'ipv6';
  if (seen.get(netfilter[family]) === key) return;
  const lazy = typeof netfilter[family] === 'function';
  if (lazy || !hasFlannelRules(tablesOf(netfilter, family), network, subnet, ipMasq))
    kernel.changeRules('', family, (tables) =>
      hasFlannelRules(tables, network, subnet, ipMasq) ? tables : withFlannelRules(tables, network, subnet, ipMasq),
    );
  seen.set(kernel.namespace('').netfilter[family], key);
}
