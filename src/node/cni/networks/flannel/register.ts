/** How flanneld takes its lease: its devices, its node's pod ranges, and what it says of both (flannel pkg/backend/vxlan, pkg/subnet/kube). */
import type { Node } from '#kube/kinds/node.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import { baseOf, bitsOf, containsCidr, familyOf, type Cidr, type Family, type Ip } from '#net/ip.ts';
import type { Link } from '../../../kernel.ts';
import { quote } from '#kube/json.ts';
import { errno } from '../../kernel-draft.ts';
import type { Machine } from '../../machine.ts';
import { podCidrsOf, type KlogLog } from '../daemon.ts';
import type { ExternalInterface } from './external-interface.ts';
import { vxlanDevice } from './follow-leases.ts';
import { annotation, bothFamilies, goMapText, leaseOf, podRange, vtepMac, type Lease } from './lease.ts';
import { familiesOf, networkOf, vxlanConfig, type NetConf, type VxlanConfig } from './net-conf.ts';

/** A failed start, with the log so far. */
export class Failed extends Error {}

/** Logs what is wrong, and ends the start. */
export type Refuse = (source: string, message: string) => never;

type Subnets = Partial<Readonly<Record<Family, Cidr>>>;

/** kubeSubnetManager.AcquireLease: the node's own pod ranges, which must lie in the networks. */
function acquireLease(node: Node, config: NetConf): Result<Subnets, string> {
  const { name } = node.metadata;
  const cidrs = podCidrsOf(node);
  if (cidrs.length === 0) return fail(`node ${quote(name)} pod cidr not assigned`);
  if (cidrs.length > 2) return fail(`node ${quote(name)} pod cidrs should be IPv4/IPv6 only or dualstack`);
  const subnets: Partial<Record<Family, Cidr>> = {};
  for (const family of familiesOf(config)) {
    const own = podRange(node, family);
    const [network, v6] = [networkOf(config, family), family === 'IPv6' ? 'IPv6 ' : ''];
    if (own === undefined) continue;
    if (network === undefined || !containsCidr(network, own))
      return fail(
        `subnet ${quote(network ?? (v6 === '' ? '0.0.0.0/0' : '::/0'))} specified in the flannel net config doesn't contain ${quote(own)} ${v6}PodCIDR of the ${quote(name)} node`,
      );
    subnets[family] = own;
  }
  return ok(subnets);
}

/** newVXLANDevice: makes the device, or makes it anew when it differs. Its MAC is the one the node's annotation remembers. */
function ensureDevice({ kernel }: Machine, name: string, { vni, port }: VxlanConfig, card: Link, local: Ip, mac: string | undefined): Link {
  const vxlan = { id: vni, port, local, dev: card.name };
  const old = kernel.link('', name);
  if (
    old !== undefined &&
    (old.kind !== 'vxlan' || JSON.stringify(old.vxlan) !== JSON.stringify(vxlan) || (mac !== undefined && old.mac !== mac))
  )
    kernel.removeLink('', name);
  kernel.addLink('', { name, kind: 'vxlan', mtu: card.mtu - 50, vxlan, ...(mac !== undefined && { mac }) });
  kernel.setSysctl('', `net.ipv6.conf.${name}.accept_ra`, '0');
  return kernel.link('', name)!;
}

/** Device.Configure: a /32 or a /128, so that no broadcast route comes with it. */
function configureDevice({ kernel }: Machine, name: string, family: Family, subnet: Cidr | undefined): Result<undefined, string> {
  const v6 = family === 'IPv6' ? 'v6 ' : '';
  const refuse = (why: string) => fail(`failed to configure interface ${name}: ${why}`);
  if (subnet === undefined)
    return refuse(`failed to ensure ${v6}address of interface ${name}: failed to add ${v6}IP address to ${name}: invalid argument`);
  const address = { ip: baseOf(subnet), length: bitsOf(family) };
  const own = kernel.link('', name)!.addresses.filter((one) => familyOf(one.ip) === family && one.scope === 'global');
  for (const other of own) if (other.ip !== address.ip || other.length !== address.length) kernel.removeAddress('', name, other);
  const failed = kernel.addAddress('', name, address);
  if (failed !== undefined && failed !== errno.exists) return refuse(failed);
  kernel.setUp('', name);
  return ok(undefined);
}

/** Backends that need what a simulated node lacks. */
const unavailable: Readonly<Record<string, string>> = {
  udp: 'failed to open TUN device: open /dev/net/tun: no such file or directory',
  wireguard: `failed to create wireguard device: ${errno.unsupported}`,
  ipip: `failed to create IPIP tunnel: ${errno.unsupported}`,
  ipsec: 'failed to start charon: exec: "charon": executable file not found in $PATH',
};

export function register(
  machine: Machine,
  config: NetConf,
  type: string,
  node: Node,
  external: ExternalInterface,
  log: KlogLog,
  refuse: Refuse,
): Lease {
  const failed = (why: string): never => {
    log.write('E', 'main.go:357', `Error registering network: ${why}`);
    log.write('I', 'main.go:499', 'Stopping shutdownHandler...');
    throw new Failed();
  };
  if (type !== 'vxlan' && type !== 'host-gw') {
    const why = unavailable[type];
    return why === undefined ? refuse('main.go:345', `Error fetching backend: unknown backend type: ${type}`) : failed(why);
  }
  const families = familiesOf(config);
  const data: Partial<Record<Family, string>> = {};
  const vxlan = type === 'vxlan' ? vxlanConfig(config.backend) : undefined;
  if (vxlan !== undefined) {
    if (!vxlan.ok) return failed(vxlan.error);
    log.write('I', 'vxlan.go:141', `VXLAN config: ${vxlan.value.text}`);
    const annotations = node.metadata.annotations ?? {};
    for (const family of families) {
      log.write('I', 'kube.go:704', `List of node(${node.metadata.name}) annotations: ${goMapText(annotations)}`);
      const name = vxlanDevice(vxlan.value.vni, family);
      const stored = leaseOf(node, [family])?.[family];
      const mac = stored === undefined ? undefined : vtepMac(stored);
      if (mac !== undefined) log.write('I', 'vxlan.go:155', `Interface ${name} mac address set to: ${mac}`);
      const device = ensureDevice(machine, name, vxlan.value, external.link, external[family]!, mac);
      data[family] = `{"VNI":${vxlan.value.vni},"VtepMAC":"${device.mac}"}`;
    }
  }
  const subnets = acquireLease(node, config);
  if (!subnets.ok) return failed(`failed to acquire lease: ${subnets.error}`);
  if (vxlan?.ok === true)
    for (const family of families) {
      const configured = configureDevice(machine, vxlanDevice(vxlan.value.vni, family), family, subnets.value[family]);
      if (!configured.ok) return failed(configured.error);
    }
  const parts = families.flatMap((family) => {
    const subnet = subnets.value[family];
    return subnet === undefined ? [] : [[family, { subnet, publicIp: external[family]!, backendData: data[family] ?? 'null' }] as const];
  });
  return { node: node.metadata.name, backendType: type, ...Object.fromEntries(parts) };
}

/** The Node object with the lease's annotations; the same one when they are there. */
export function announce(node: Node, lease: Lease): Node {
  const old = node.metadata.annotations ?? {};
  const annotations: Record<string, string> = { ...old, [annotation.backendType]: lease.backendType, [annotation.managed]: 'true' };
  for (const family of bothFamilies) {
    const [part, keys] = [lease[family], annotation[family]];
    if (part === undefined) continue;
    const overwrite = old[keys.overwrite] ?? '';
    annotations[keys.backendData] = part.backendData;
    annotations[keys.publicIp] = overwrite === '' ? part.publicIp : overwrite;
  }
  const same = Object.entries(annotations).every(([key, value]) => old[key] === value);
  return same ? node : { ...node, metadata: { ...node.metadata, annotations } };
}
