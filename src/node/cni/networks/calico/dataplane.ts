/**
 * What Felix and BIRD keep in order on a node: tunnel devices, the way to every block and borrowed address of other nodes, a blackhole for
 * what is free of its own, and masquerading of what leaves the pools (calico felix/dataplane/linux, confd's BIRD configuration).
 */
import { addIp, baseOf, contains, containsCidr, familyOf, parseIp, parsePrefixed, type Cidr, type Ip, type Prefixed } from '#net/ip.ts';
import type { Node } from '#kube/kinds/node.ts';
import type { Route } from '../../../kernel.ts';
import { ipsetsOf, type Rule, type Tables } from '../../../netfilter.ts';
import { sha1 } from '#net/digest.ts';
import { appendUnique, clearChain, ensureChain, insertUnique, jump, rule, sameRule } from '../../iptables.ts';
import { hostCidr } from '../../kernel-draft.ts';
import type { Machine } from '../../machine.ts';
import type { CalicoDatastore, IpPool, TunnelMode } from '../../plugins/calico-ipam/datastore.ts';
import { sameSubnet } from './autodetect.ts';

/** Who tells the nodes of each other's blocks: BIRD (`bird`), or Felix alone (`vxlan`). */
export type Backend = 'bird' | 'vxlan' | 'none';

export const annotation = {
  address: 'projectcalico.org/IPv4Address',
  ipipTunnel: 'projectcalico.org/IPv4IPIPTunnelAddr',
  vxlanTunnel: 'projectcalico.org/IPv4VXLANTunnelAddr',
} as const;

/** Another node, or this one, as its annotations tell. */
export interface Peer {
  readonly name: string;
  readonly address: Prefixed;
  readonly vxlanTunnel?: Ip;
}

export function peerOf(node: Node): Peer | undefined {
  const annotations = node.metadata.annotations ?? {};
  const address = parsePrefixed(annotations[annotation.address] ?? '');
  if (address === undefined) return undefined;
  const tunnel = parseIp(annotations[annotation.vxlanTunnel] ?? '');
  return { name: node.metadata.name, address, ...(tunnel !== undefined && { vxlanTunnel: tunnel }) };
}

/** vtepMACForHost: an `f` and five octets of the name's digest. */
export function vtepMac(node: string): string {
  return `66${sha1(node).slice(0, 10)}`.replace(/..(?!$)/g, '$&:');
}

export const ipipDevice = 'tunl0';
export const vxlanDevice = 'vxlan.calico';

export function usesTunnel(pools: readonly IpPool[], mode: 'ipipMode' | 'vxlanMode'): boolean {
  return pools.some((pool) => pool.disabled !== true && familyOf(pool.cidr) === 'IPv4' && pool[mode] !== 'Never');
}

/** The tunnel devices that the pools need, with this node's tunnel addresses. */
export function ensureTunnels({ kernel }: Machine, own: Peer, dev: string, ipip: Ip | undefined, vxlan: Ip | undefined): void {
  const mtu = kernel.link('', dev)?.mtu ?? 1500;
  const address = (name: string, ip: Ip) => {
    for (const other of kernel.link('', name)!.addresses)
      if (familyOf(other.ip) === 'IPv4' && other.ip !== ip) kernel.removeAddress('', name, other);
    kernel.addAddress('', name, { ip, length: 32 });
    kernel.setUp('', name);
  };
  if (ipip !== undefined) {
    kernel.addLink('', { name: ipipDevice, kind: 'ipip', mtu: mtu - 20 });
    address(ipipDevice, ipip);
  }
  if (vxlan !== undefined) {
    const device = { id: 4096, port: 4789, local: own.address.ip, dev };
    kernel.addLink('', { name: vxlanDevice, kind: 'vxlan', mtu: mtu - 50, mac: vtepMac(own.name), vxlan: device });
    address(vxlanDevice, vxlan);
  }
}

/** A destination on another node: a block of its own, or a single address that it has borrowed. */
interface Remote {
  readonly dst: Cidr;
  readonly peer: Peer;
  readonly pool: IpPool;
}

function remotesOf(datastore: CalicoDatastore, own: string, peers: readonly Peer[]): readonly Remote[] {
  const poolOf = (ip: Ip) => datastore.pools.find((pool) => familyOf(pool.cidr) === familyOf(ip) && contains(pool.cidr, ip));
  const found: Remote[] = [];
  const push = (dst: Cidr, node: string | undefined) => {
    const [peer, pool] = [peers.find((one) => one.name === node), poolOf(baseOf(dst))];
    if (node !== own && peer !== undefined && pool !== undefined) found.push({ dst, peer, pool });
  };
  for (const block of datastore.blocks) {
    if (familyOf(block.cidr) !== 'IPv4') continue;
    push(block.cidr, block.host);
    for (const [place, { attributes }] of block.allocations)
      if (attributes['node'] !== block.host) push(hostCidr(addIp(baseOf(block.cidr), place)), attributes['node']);
  }
  return found;
}

const applies = (mode: TunnelMode, own: Peer, peer: Peer) =>
  mode === 'Always' || (mode === 'CrossSubnet' && !sameSubnet(own.address, peer.address.ip));

type Wanted = Pick<Route, 'dst'> & Partial<Route>;

function routeTo({ dst, peer, pool }: Remote, own: Peer, dev: string, gateway: Ip | undefined): Wanted | undefined {
  const via = peer.address.ip;
  if (pool.vxlanMode !== 'Never') {
    if (!applies(pool.vxlanMode, own, peer)) return { dst, via, dev, proto: '80', onlink: true };
    return peer.vxlanTunnel === undefined ? undefined : { dst, via: peer.vxlanTunnel, dev: vxlanDevice, onlink: true };
  }
  if (applies(pool.ipipMode, own, peer)) return { dst, via, dev: ipipDevice, proto: 'bird', onlink: true };
  // BIRD resolves a next hop that is not on the link: to a node of another subnet it is the way to that node.
  const hop = sameSubnet(own.address, via) ? via : gateway;
  return hop === undefined ? undefined : { dst, via: hop, dev, proto: 'bird' };
}

/** Who and where a node is, among which others. */
export interface Surroundings {
  readonly own: Peer;
  readonly peers: readonly Peer[];
  /** Its card. */
  readonly dev: string;
  readonly backend: Backend;
}

/** The routes of this node. Without a backend there are none but those to its pods. */
function wantedRoutes(datastore: CalicoDatastore, { own, peers, dev, backend }: Surroundings, gateway: Ip | undefined): readonly Wanted[] {
  if (backend === 'none') return [];
  const mine = datastore.blocks.filter((block) => block.host === own.name && familyOf(block.cidr) === 'IPv4');
  const blackholes = mine.map(({ cidr }): Wanted => {
    const pool = datastore.pools.find((one) => containsCidr(one.cidr, cidr));
    return { dst: cidr, type: 'blackhole', proto: pool !== undefined && pool.vxlanMode !== 'Never' ? '80' : 'bird' };
  });
  const ways = remotesOf(datastore, own.name, peers).map((remote) => routeTo(remote, own, dev, gateway));
  return [...blackholes, ...ways.filter((route) => route !== undefined).filter((route) => backend === 'bird' || route.proto !== 'bird')];
}

function isOurs({ pools }: CalicoDatastore, route: Route): boolean {
  if (route.type === 'unicast' && route.via === undefined) return false;
  const programmed = route.proto === 'bird' || route.proto === '80' || route.dev === vxlanDevice;
  return programmed && pools.some((pool) => familyOf(pool.cidr) === familyOf(route.dst) && containsCidr(pool.cidr, route.dst));
}

/** Puts the routes there, takes away those that are no longer wanted, and lets VXLAN know its peers. */
export function followPeers({ kernel }: Machine, datastore: CalicoDatastore, around: Surroundings): void {
  const { own, peers, dev } = around;
  const gateway = kernel.namespace('').routes.find((route) => route.dst === '0.0.0.0/0' && route.dev === dev)?.via;
  const wanted = wantedRoutes(datastore, around, gateway);
  const same = (a: Wanted, b: Route) =>
    a.dst === b.dst && a.via === b.via && a.dev === b.dev && (a.proto ?? 'boot') === b.proto && (a.type ?? 'unicast') === b.type;
  for (const route of kernel.namespace('').routes)
    if (isOurs(datastore, route) && !wanted.some((one) => same(one, route))) kernel.removeRoute('', (other) => other === route);
  for (const route of wanted) if (!kernel.namespace('').routes.some((other) => same(route, other))) kernel.replaceRoute('', route);
  if (kernel.link('', vxlanDevice) === undefined) return;
  const others = peers.filter((peer) => peer.name !== own.name && peer.vxlanTunnel !== undefined);
  const macs = new Set(others.map((peer) => vtepMac(peer.name)));
  const stale = (one: { readonly dev: string; readonly mac?: string }) => one.dev === vxlanDevice && !macs.has(one.mac ?? '');
  const { neighbours, forwarding } = kernel.namespace('');
  if (neighbours.some(stale)) kernel.removeNeighbours('', stale);
  if (forwarding.some(stale)) kernel.removeForwarding('', stale);
  for (const peer of others) {
    const [mac, ip, dst] = [vtepMac(peer.name), peer.vxlanTunnel!, peer.address.ip];
    if (!neighbours.some((one) => one.dev === vxlanDevice && one.ip === ip && one.mac === mac))
      kernel.setNeighbour('', { ip, dev: vxlanDevice, mac, state: 'PERMANENT' });
    if (!forwarding.some((one) => one.dev === vxlanDevice && one.mac === mac && one.dst === dst))
      kernel.setForwarding('', { mac, dev: vxlanDevice, dst, permanent: true });
  }
}

const [masqueraded, all] = ['cali40masq-ipam-pools', 'cali40all-ipam-pools'];

const outgoing: Rule = rule(
  [
    { kind: 'set', set: masqueraded, flags: 'src' },
    { kind: 'set', set: all, flags: 'dst', not: true },
  ],
  { kind: 'MASQUERADE', randomFully: true },
);

function withMasquerading(tables: Tables): Tables {
  let next = clearChain(ensureChain(tables, 'nat', 'cali-nat-outgoing'), 'nat', 'cali-nat-outgoing');
  next = appendUnique(next, 'nat', 'cali-nat-outgoing', outgoing);
  next = ensureChain(next, 'nat', 'cali-POSTROUTING');
  next = appendUnique(next, 'nat', 'cali-POSTROUTING', rule([], jump('cali-nat-outgoing')));
  return insertUnique(next, 'nat', 'POSTROUTING', rule([], jump('cali-POSTROUTING')));
}

function masquerades(tables: Tables): boolean {
  const chains = tables.get('nat')?.chains;
  const has = (chain: string, wanted: Rule) => chains?.get(chain)?.rules.some((one) => sameRule(one, wanted)) === true;
  return (
    has('cali-nat-outgoing', outgoing) &&
    has('cali-POSTROUTING', rule([], jump('cali-nat-outgoing'))) &&
    has('POSTROUTING', rule([], jump('cali-POSTROUTING')))
  );
}

/** Rules that were seen to hold Felix's, so that those of a large cluster are not made only to be looked at. */
const seen = new WeakSet();

/** What pods of the pools send elsewhere bears the node's address, where the pool says so. Of Felix's chains, only these. */
export function ensureMasquerading({ kernel }: Machine, pools: readonly IpPool[]): void {
  const enabled = pools.filter((pool) => familyOf(pool.cidr) === 'IPv4');
  const members = { [masqueraded]: enabled.filter((pool) => pool.natOutgoing), [all]: enabled };
  const { netfilter } = kernel.namespace('');
  for (const [name, of] of Object.entries(members)) {
    const cidrs = of.map((pool) => pool.cidr);
    if (JSON.stringify(ipsetsOf(netfilter).get(name)?.members) === JSON.stringify(cidrs)) continue;
    kernel.putIpSet('', { name, type: 'hash:net', family: 'inet', revision: 7, hashsize: 1024, maxelem: 1048576, members: cidrs });
  }
  if (seen.has(netfilter.ipv4)) return;
  if (typeof netfilter.ipv4 === 'function' || !masquerades(netfilter.ipv4))
    kernel.changeRules('', 'ipv4', (tables) => (masquerades(tables) ? tables : withMasquerading(tables)));
  seen.add(kernel.namespace('').netfilter.ipv4);
}
