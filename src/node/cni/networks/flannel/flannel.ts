/**
 * flanneld on a node, with the Kubernetes subnet manager (flannel v0.27: main.go, pkg/subnet/kube, pkg/backend/{vxlan,hostgw}, pkg/ipmatch).
 * Backends vxlan and host-gw, IPv4 and IPv6; other backends fail as where their devices are missing.
 */
import type { Node } from '#kube/kinds/node.ts';
import { baseOf, bitsOf, containsCidr, familyOf, lengthOf, type Cidr, type Family, type Ip } from '#net/ip.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import type { Host } from '../../../host.ts';
import type { Link } from '../../../kernel.ts';
import { quote } from '../../go-format.ts';
import { errno, firstOf } from '../../kernel-draft.ts';
import { Machine } from '../../machine.ts';
import { parseSubnetEnv } from '../../plugins/flannel/subnet-env.ts';
import { KlogLog, nodeNamed, podCidrsOf, withCondition, type DaemonAct, type DaemonInput, type DaemonStart } from '../daemon.ts';
import { lookUpInterface, type ExternalInterface } from './external-interface.ts';
import { flagsOf, flagsText, netConfPath, subnetFile, type Flags } from './flags.ts';
import { ensureRules, followOthers, vxlanDevice } from './follow-leases.ts';
import { annotation, eventText, goMapText, leaseOf, podRange, vtepMac, type Lease } from './lease.ts';
import { familiesOf, networkOf, parseNetConf, vxlanConfig, type NetConf, type VxlanConfig } from './net-conf.ts';

export interface FlannelInput extends DaemonInput {
  /** The text of net-conf.json as it is mounted; undefined when the ConfigMap has no such key. */
  readonly netConf: string | undefined;
  /** The command line: `--ip-masq`, `--kube-subnet-mgr`, `--iface=eth1`. */
  readonly args: readonly string[];
}

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

function otherLeases(input: FlannelInput, config: NetConf): readonly Lease[] {
  const others = input.nodes.filter((node) => node.metadata.name !== input.host.name);
  return others.map((node) => leaseOf(node, familiesOf(config))).filter((lease) => lease !== undefined);
}

/** A failed start, with the log so far. */
class Failed extends Error {}

/**
 * flanneld starts: it takes its node's pod range for a lease, makes its device, writes subnet.env and rules, and announces itself on its
 * Node object. What goes wrong is logged as the real one does, and ends it with status 1.
 */
export function startFlannel(input: FlannelInput): DaemonStart {
  const machine = new Machine(input.host, input);
  const log = new KlogLog(input.now);
  try {
    const node = start(machine, input, log);
    return { host: machine.publish(), logs: log.lines, node };
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    return { host: machine.publish(), logs: log.lines, exit: { code: 1 } };
  }
}

function start(machine: Machine, input: FlannelInput, log: KlogLog): Node {
  const refuse = (source: string, message: string): never => {
    log.write('E', source, message);
    throw new Failed();
  };
  const { name } = input.host;
  const flags = flagsOf(input.args);
  log.write('I', 'main.go:213', `CLI flags config: ${flagsText(flags)}`);
  log.write(
    'W',
    'client_config.go:659',
    'Neither --kubeconfig nor --master was specified.  Using the inClusterConfig.  This might not work.',
  );
  const node = nodeNamed(input.nodes, name);
  const config = readConfig(input, refuse);
  log.wait(18);
  log.write('I', 'kube.go:139', 'Waiting 10m0s for node controller to sync');
  log.write('I', 'kube.go:537', 'Starting kube subnet manager');
  for (const one of input.nodes) if (leaseOf(one, familiesOf(config)) !== undefined) logLease(log, one, config);
  log.wait(1000);
  log.write('I', 'kube.go:163', 'Node controller sync successful');
  log.write('I', 'main.go:239', `Created subnet manager: Kubernetes Subnet Manager - ${name}`);
  log.write('I', 'main.go:242', 'Installing signal handlers');
  log.write('I', 'main.go:519', `Found network config - Backend type: ${config.backendType}`);
  if (machine.kernel.sysctl('', 'net.bridge.bridge-nf-call-iptables') === undefined)
    refuse('main.go:276', 'Failed to check br_netfilter: stat /proc/sys/net/bridge/bridge-nf-call-iptables: no such file or directory');
  if (node === undefined) return refuse('main.go:357', `Error registering network: failed to acquire lease: node ${quote(name)} not found`);
  const annotations = node.metadata.annotations ?? {};
  log.write('I', 'kube.go:737', `List of node(${name}) annotations: ${goMapText(annotations)}`);
  if (familiesOf(config).length === 0) refuse('main.go:289', 'none defined stack');
  const external = chooseInterface(machine, flags, familiesOf(config), log, refuse);

  const type = config.backendType.toLowerCase();
  const own = register(machine, input, config, type, node, external, log, refuse);
  const announced = announce(node, own);
  if (announced !== node) log.write('I', 'kube.go:439', 'Setting NodeNetworkUnavailable');
  setUpTraffic(machine, input, config, flags, own, external, log);
  return withCondition(
    announced,
    { type: 'NetworkUnavailable', status: 'False', reason: 'FlannelIsUp', message: 'Flannel is running on this node' },
    input.now,
  );
}

const leaseSource = { IPv4: 'kube.go:558', IPv6: 'kube.go:590' } as const;

function logLease(log: KlogLog, node: Node, config: NetConf): void {
  for (const family of familiesOf(config))
    log.write(
      'I',
      leaseSource[family],
      `Creating the node lease for ${family}. This is the n.Spec.PodCIDRs: [${podCidrsOf(node).join(' ')}]`,
    );
}

type Refuse = (source: string, message: string) => never;

function readConfig(input: FlannelInput, refuse: Refuse): NetConf {
  const failed = (why: string) => refuse('main.go:236', `Failed to create SubnetManager: ${why}`);
  if (input.netConf === undefined) return failed(`failed to read net conf: open ${netConfPath}: no such file or directory`);
  const parsed = parseNetConf(input.netConf);
  return parsed.ok ? parsed.value : failed(`error parsing subnet config: ${parsed.error}`);
}

function chooseInterface(machine: Machine, flags: Flags, families: readonly Family[], log: KlogLog, refuse: Refuse): ExternalInterface {
  if (flags.ifaces.length === 0) {
    const found = lookUpInterface(machine, '', families, log);
    return found.ok ? found.value : refuse('main.go:299', `Failed to find any valid interface to use: ${found.error}`);
  }
  for (const wanted of flags.ifaces) {
    const found = lookUpInterface(machine, wanted, families, log);
    if (found.ok) return found.value;
    log.write('I', 'main.go:307', `Could not find valid interface matching ${wanted}: ${found.error}`);
  }
  return refuse('main.go:337', 'Failed to find interface to use that matches the interfaces and/or regexes provided');
}

/** Backends that need what a simulated node lacks. */
const unavailable: Readonly<Record<string, string>> = {
  udp: 'failed to open TUN device: open /dev/net/tun: no such file or directory',
  wireguard: `failed to create wireguard device: ${errno.unsupported}`,
  ipip: `failed to create IPIP tunnel: ${errno.unsupported}`,
  ipsec: 'failed to start charon: exec: "charon": executable file not found in $PATH',
};

function register(
  machine: Machine,
  input: FlannelInput,
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
  return { node: input.host.name, backendType: type, ...Object.fromEntries(parts) };
}

/** The Node object with the lease's annotations; the same one when they are there. */
function announce(node: Node, lease: Lease): Node {
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

const bothFamilies = ['IPv4', 'IPv6'] as const;
const prefixes = { IPv4: 'FLANNEL', IPv6: 'FLANNEL_IPV6' } as const;

function subnetEnvText(config: NetConf, lease: Lease, mtu: number, ipMasq: boolean): string {
  const ranges = bothFamilies.map((family) => {
    const [network, part, prefix] = [networkOf(config, family), lease[family], prefixes[family]];
    if (network === undefined || part === undefined) return '';
    return `${prefix}_NETWORK=${network}\n${prefix}_SUBNET=${firstOf(part.subnet)}/${lengthOf(part.subnet)}\n`;
  });
  return `${ranges.join('')}FLANNEL_MTU=${mtu}\nFLANNEL_IPMASQ=${ipMasq}\n`;
}

/** What subnet.env said before: of a family the network and the subnet. */
function previousRanges(machine: Machine, log: KlogLog): Partial<Record<Family, readonly [network: Cidr, subnet: Cidr]>> {
  const text = machine.read(subnetFile);
  const parsed = text === undefined ? undefined : parseSubnetEnv(subnetFile, text);
  const old = parsed?.ok === true ? parsed.value : undefined;
  const found = {
    IPv4: [old?.networks[0], old?.subnet],
    IPv6: [old?.ipv6Networks[0], old?.ipv6Subnet],
  } as const;
  const sources = { IPv4: 'main.go:573', IPv6: 'main.go:608' } as const;
  const previous: Partial<Record<Family, readonly [network: Cidr, subnet: Cidr]>> = {};
  for (const family of bothFamilies) {
    const [network, subnet] = found[family];
    const missing = (key: string) =>
      log.write('W', sources[family], `no subnet found for key: ${prefixes[family]}_${key} in file: ${subnetFile}`);
    if (network === undefined) missing('NETWORK');
    if (subnet === undefined) missing('SUBNET');
    if (network !== undefined && subnet !== undefined) previous[family] = [network, subnet];
  }
  return previous;
}

/** In the daemon's source, where it speaks of a family's rules. */
const ruleSources = {
  IPv4: { recycle: 'iptables.go:100', masquerade: 'iptables.go:110', forward: 'iptables.go:211', label: '', prefix: '', none: '0.0.0.0/0' },
  IPv6: {
    recycle: 'iptables.go:118',
    masquerade: 'iptables.go:128',
    forward: 'iptables.go:216',
    label: ' for IPv6',
    prefix: 'IPv6: ',
    none: '::/0',
  },
} as const;

function setUpTraffic(
  machine: Machine,
  input: FlannelInput,
  config: NetConf,
  flags: Flags,
  own: Lease,
  external: ExternalInterface,
  log: KlogLog,
): void {
  log.write('I', 'main.go:375', 'Cleaning-up unused traffic manager rules');
  log.write('I', 'nftables.go:278', 'Cleaning-up nftables rules...');
  log.wait(40);
  log.write('I', 'iptables.go:50', 'Starting flannel in iptables mode...');
  const previous = previousRanges(machine, log);
  const ranges = bothFamilies.flatMap((family) => {
    const [network, part] = [networkOf(config, family), own[family]];
    return network === undefined || part === undefined ? [] : [{ family, network, subnet: part.subnet }];
  });
  if (flags.ipMasq)
    for (const { family, network, subnet } of ranges) {
      const { recycle, masquerade, label, none } = ruleSources[family];
      const [oldNetwork, oldSubnet] = previous[family] ?? [none, none];
      if (oldNetwork !== network || oldSubnet !== subnet)
        log.write(
          'I',
          recycle,
          `Current network or subnet (${network}, ${subnet}) is not equal to previous one (${oldNetwork}, ${oldSubnet}), trying to recycle old iptables rules`,
        );
      log.write('I', masquerade, `Setting up masking rules${label}`);
    }
  for (const { family, network, subnet } of ranges) {
    log.write('I', ruleSources[family].forward, `${ruleSources[family].prefix}Changing default FORWARD chain policy to ACCEPT`);
    ensureRules(machine, network, subnet, flags.ipMasq);
  }
  const mtu = own.backendType === 'vxlan' ? external.link.mtu - 50 : external.link.mtu;
  machine.write(subnetFile, subnetEnvText(config, own, mtu, flags.ipMasq));
  log.write('I', 'main.go:463', `Wrote subnet file to ${subnetFile}`);
  log.write('I', 'main.go:467', 'Running backend.');
  log.write('I', own.backendType === 'vxlan' ? 'vxlan_network.go:65' : 'route_network.go:55', watching[own.backendType]!);
  const others = otherLeases(input, config);
  for (const lease of others) logEvent(log, own, lease);
  followOthers(machine, config, own, others, external.link);
  log.write('I', 'main.go:488', 'Waiting for all goroutines to exit');
  log.wait(8);
  for (let i = 0; i < ranges.length * (flags.ipMasq ? 2 : 1); i++) log.write('I', 'iptables.go:357', 'bootstrap done');
}

const watching: Readonly<Record<string, string>> = { vxlan: 'watching for new subnet leases', 'host-gw': 'Watching for new subnet leases' };

function logEvent(log: KlogLog, own: Lease, lease: Lease): void {
  const { backendType, IPv4, IPv6 } = lease;
  log.write('I', 'subnet.go:152', `Batch elem [0] is ${eventText(lease)}`);
  if (own.backendType === 'vxlan') {
    const attrs = `BackendType: ${backendType}, PublicIP: ${IPv4?.publicIp ?? '0.0.0.0'}, PublicIPv6: ${IPv6?.publicIp ?? '(nil)'}, BackendData: ${IPv4?.backendData ?? '(nil)'}, BackendV6Data: ${IPv6?.backendData ?? '(nil)'}`;
    log.write('I', 'vxlan_network.go:100', `Received Subnet Event with VxLan: ${attrs}`);
    if (backendType !== 'vxlan')
      log.write(
        'W',
        'vxlan_network.go:102',
        `ignoring non-vxlan v4Subnet(${IPv4?.subnet ?? '0.0.0.0/0'}) v6Subnet(${IPv6?.subnet ?? '::/0'}): type=${backendType}`,
      );
  } else if (backendType === own.backendType) {
    if (IPv4 !== undefined) log.write('I', 'route_network.go:92', `Subnet added: ${IPv4.subnet} via ${IPv4.publicIp}`);
    if (IPv6 !== undefined) log.write('I', 'route_network.go:116', `Subnet added: ${IPv6.subnet} via ${IPv6.publicIp}`);
  } else log.write('W', 'route_network.go:87', `Ignoring non-${own.backendType} subnet: type=${backendType}`);
}

/**
 * A running flanneld: follows the leases of the other nodes and puts its rules back when they are gone. `before` are the Node objects it has
 * seen last; leases that are new among them are logged.
 */
export function actFlannel(input: FlannelInput, before: readonly Node[]): DaemonAct {
  const parsed = input.netConf === undefined ? undefined : parseNetConf(input.netConf);
  const node = nodeNamed(input.nodes, input.host.name);
  const idle = { host: input.host, logs: [] };
  if (parsed?.ok !== true || node === undefined) return idle;
  const [config, families] = [parsed.value, familiesOf(parsed.value)];
  const own = leaseOf(node, families);
  if (own === undefined) return idle;
  const machine = new Machine(input.host, input);
  const publicIp = own[families[0]!]!.publicIp;
  const card = machine.kernel.namespace('').links.find((one) => one.addresses.some((address) => address.ip === publicIp));
  if (card === undefined) return idle;
  const log = new KlogLog(input.now);
  const known = new Set(before.map((one) => JSON.stringify(leaseOf(one, families))));
  for (const one of input.nodes) {
    const lease = one.metadata.name === own.node ? undefined : leaseOf(one, families);
    if (lease === undefined || known.has(JSON.stringify(lease))) continue;
    logLease(log, one, config);
    logEvent(log, own, lease);
  }
  followOthers(machine, config, own, otherLeases(input, config), card);
  for (const family of families) {
    const [network, part] = [networkOf(config, family), own[family]];
    if (network !== undefined && part !== undefined) ensureRules(machine, network, part.subnet, flagsOf(input.args).ipMasq);
  }
  return { host: published(input.host, machine), logs: log.lines };
}

function published(host: Host, machine: Machine): Host {
  return machine.kernel.kernel === host.kernel && machine.files === host.files ? host : machine.publish();
}
