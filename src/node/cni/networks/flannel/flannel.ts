/**
 * flanneld on a node, with the Kubernetes subnet manager (flannel v0.27: main.go, pkg/subnet/kube, pkg/backend/{vxlan,hostgw}, pkg/ipmatch).
 * Backends vxlan and host-gw; others fail as where their devices are missing. IPv4.
 */
import type { Node } from '#kube/kinds/node.ts';
import { baseOf, containsCidr, familyOf, lengthOf, parseCidr, type Cidr } from '#net/ip.ts';
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
import { annotation, eventText, goMapText, leaseOf, vtepMac, type Lease } from './lease.ts';
import { parseNetConf, vxlanConfig, type NetConf, type VxlanConfig } from './net-conf.ts';

export interface FlannelInput extends DaemonInput {
  /** The text of net-conf.json as it is mounted; undefined when the ConfigMap has no such key. */
  readonly netConf: string | undefined;
  /** The command line: `--ip-masq`, `--kube-subnet-mgr`, `--iface=eth1`. */
  readonly args: readonly string[];
}

/** kubeSubnetManager.AcquireLease: the node's own pod range, which must lie in the network. */
function acquireLease(node: Node, { network }: NetConf): Result<Cidr, string> {
  const { name } = node.metadata;
  const cidrs = podCidrsOf(node);
  if (cidrs.length === 0) return fail(`node ${quote(name)} pod cidr not assigned`);
  if (cidrs.length > 2) return fail(`node ${quote(name)} pod cidrs should be IPv4/IPv6 only or dualstack`);
  const own = cidrs.map((text) => parseCidr(text)).find((cidr) => cidr !== undefined && familyOf(cidr) === 'IPv4');
  if (own === undefined || network === undefined || !containsCidr(network, own))
    return fail(
      `subnet ${quote(network ?? '0.0.0.0/0')} specified in the flannel net config doesn't contain ${quote(own ?? cidrs[0]!)} PodCIDR of the ${quote(name)} node`,
    );
  return ok(own);
}

/** newVXLANDevice: makes the device, or makes it anew when it differs. Its MAC is the one the node's annotation remembers. */
function ensureDevice({ kernel }: Machine, { vni, port }: VxlanConfig, external: ExternalInterface, mac: string | undefined): Link {
  const name = vxlanDevice(vni);
  const vxlan = { id: vni, port, local: external.ip, dev: external.link.name };
  const old = kernel.link('', name);
  if (
    old !== undefined &&
    (old.kind !== 'vxlan' || JSON.stringify(old.vxlan) !== JSON.stringify(vxlan) || (mac !== undefined && old.mac !== mac))
  )
    kernel.removeLink('', name);
  kernel.addLink('', { name, kind: 'vxlan', mtu: external.link.mtu - 50, vxlan, ...(mac !== undefined && { mac }) });
  kernel.setSysctl('', `net.ipv6.conf.${name}.accept_ra`, '0');
  return kernel.link('', name)!;
}

/** Device.Configure: a /32, so that no broadcast route comes with it. */
function configureDevice({ kernel }: Machine, name: string, subnet: Cidr): Result<undefined, string> {
  const address = { ip: baseOf(subnet), length: 32 };
  const own = kernel.link('', name)!.addresses.filter((one) => familyOf(one.ip) === 'IPv4');
  for (const other of own) if (other.ip !== address.ip || other.length !== 32) kernel.removeAddress('', name, other);
  const failed = kernel.addAddress('', name, address);
  if (failed !== undefined && failed !== errno.exists) return fail(`failed to configure interface ${name}: ${failed}`);
  kernel.setUp('', name);
  return ok(undefined);
}

function otherLeases(input: FlannelInput): readonly Lease[] {
  const leases = input.nodes.filter((node) => node.metadata.name !== input.host.name).map(leaseOf);
  return leases.filter((lease) => lease !== undefined);
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
  for (const one of input.nodes)
    if (leaseOf(one) !== undefined)
      log.write('I', 'kube.go:558', `Creating the node lease for IPv4. This is the n.Spec.PodCIDRs: [${podCidrsOf(one).join(' ')}]`);
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
  const external = chooseInterface(machine, flags, log, refuse);

  const type = config.backendType.toLowerCase();
  const { own, subnet } = register(machine, input, config, type, node, external, log, refuse);
  const announced = announce(node, own);
  if (announced !== node) log.write('I', 'kube.go:439', 'Setting NodeNetworkUnavailable');
  setUpTraffic(machine, input, config, flags, subnet, own, external, log);
  return withCondition(
    announced,
    { type: 'NetworkUnavailable', status: 'False', reason: 'FlannelIsUp', message: 'Flannel is running on this node' },
    input.now,
  );
}

type Refuse = (source: string, message: string) => never;

function readConfig(input: FlannelInput, refuse: Refuse): NetConf {
  const failed = (why: string) => refuse('main.go:236', `Failed to create SubnetManager: ${why}`);
  if (input.netConf === undefined) return failed(`failed to read net conf: open ${netConfPath}: no such file or directory`);
  const parsed = parseNetConf(input.netConf);
  return parsed.ok ? parsed.value : failed(`error parsing subnet config: ${parsed.error}`);
}

function chooseInterface(machine: Machine, flags: Flags, log: KlogLog, refuse: Refuse): ExternalInterface {
  if (flags.ifaces.length === 0) {
    const found = lookUpInterface(machine, '', log);
    return found.ok ? found.value : refuse('main.go:299', `Failed to find any valid interface to use: ${found.error}`);
  }
  for (const wanted of flags.ifaces) {
    const found = lookUpInterface(machine, wanted, log);
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
): { readonly own: Lease; readonly subnet: Cidr } {
  const failed = (why: string): never => {
    log.write('E', 'main.go:357', `Error registering network: ${why}`);
    log.write('I', 'main.go:499', 'Stopping shutdownHandler...');
    throw new Failed();
  };
  if (type !== 'vxlan' && type !== 'host-gw') {
    const why = unavailable[type];
    return why === undefined ? refuse('main.go:345', `Error fetching backend: unknown backend type: ${type}`) : failed(why);
  }
  const vxlan = type === 'vxlan' ? vxlanConfig(config.backend) : undefined;
  let backendData = 'null';
  if (vxlan !== undefined) {
    if (!vxlan.ok) return failed(vxlan.error);
    log.write('I', 'vxlan.go:141', `VXLAN config: ${vxlan.value.text}`);
    const annotations = node.metadata.annotations ?? {};
    log.write('I', 'kube.go:704', `List of node(${node.metadata.name}) annotations: ${goMapText(annotations)}`);
    const stored = leaseOf(node);
    const mac = stored === undefined ? undefined : vtepMac(stored);
    if (mac !== undefined) log.write('I', 'vxlan.go:155', `Interface ${vxlanDevice(vxlan.value.vni)} mac address set to: ${mac}`);
    const device = ensureDevice(machine, vxlan.value, external, mac);
    backendData = `{"VNI":${vxlan.value.vni},"VtepMAC":"${device.mac}"}`;
  }
  const subnet = acquireLease(node, config);
  if (!subnet.ok) return failed(`failed to acquire lease: ${subnet.error}`);
  if (vxlan?.ok === true) {
    const configured = configureDevice(machine, vxlanDevice(vxlan.value.vni), subnet.value);
    if (!configured.ok) return failed(configured.error);
  }
  const own: Lease = { node: input.host.name, subnet: subnet.value, publicIp: external.ip, backendType: type, backendData };
  return { own, subnet: subnet.value };
}

/** The Node object with the lease's annotations; the same one when they are there. */
function announce(node: Node, lease: Lease): Node {
  const old = node.metadata.annotations ?? {};
  const overwrite = old[annotation.publicIpOverwrite] ?? '';
  const annotations = {
    ...old,
    [annotation.backendData]: lease.backendData,
    [annotation.backendType]: lease.backendType,
    [annotation.managed]: 'true',
    [annotation.publicIp]: overwrite === '' ? lease.publicIp : overwrite,
  };
  const same = Object.entries(annotations).every(([key, value]) => old[key] === value);
  return same ? node : { ...node, metadata: { ...node.metadata, annotations } };
}

function subnetEnvText(network: Cidr, subnet: Cidr, mtu: number, ipMasq: boolean): string {
  return `FLANNEL_NETWORK=${network}\nFLANNEL_SUBNET=${firstOf(subnet)}/${lengthOf(subnet)}\nFLANNEL_MTU=${mtu}\nFLANNEL_IPMASQ=${ipMasq}\n`;
}

function setUpTraffic(
  machine: Machine,
  input: FlannelInput,
  config: NetConf,
  flags: Flags,
  subnet: Cidr,
  own: Lease,
  external: ExternalInterface,
  log: KlogLog,
): void {
  const network = config.network!;
  log.write('I', 'main.go:375', 'Cleaning-up unused traffic manager rules');
  log.write('I', 'nftables.go:278', 'Cleaning-up nftables rules...');
  log.wait(40);
  log.write('I', 'iptables.go:50', 'Starting flannel in iptables mode...');
  const previous = machine.read(subnetFile);
  const before = previous === undefined ? undefined : parseSubnetEnv(subnetFile, previous);
  const old = before?.ok === true ? before.value : undefined;
  const unknown = (key: string, source: string) => log.write('W', source, `no subnet found for key: ${key} in file: ${subnetFile}`);
  if (old?.networks[0] === undefined) unknown('FLANNEL_NETWORK', 'main.go:573');
  if (old?.subnet === undefined) unknown('FLANNEL_SUBNET', 'main.go:573');
  unknown('FLANNEL_IPV6_NETWORK', 'main.go:608');
  unknown('FLANNEL_IPV6_SUBNET', 'main.go:608');
  if (flags.ipMasq) {
    const [oldNetwork, oldSubnet] = [old?.networks[0] ?? '0.0.0.0/0', old?.subnet ?? '0.0.0.0/0'];
    if (oldNetwork !== network || oldSubnet !== subnet)
      log.write(
        'I',
        'iptables.go:100',
        `Current network or subnet (${network}, ${subnet}) is not equal to previous one (${oldNetwork}, ${oldSubnet}), trying to recycle old iptables rules`,
      );
    log.write('I', 'iptables.go:110', 'Setting up masking rules');
  }
  log.write('I', 'iptables.go:211', 'Changing default FORWARD chain policy to ACCEPT');
  ensureRules(machine, network, subnet, flags.ipMasq);
  const mtu = own.backendType === 'vxlan' ? external.link.mtu - 50 : external.link.mtu;
  machine.write(subnetFile, subnetEnvText(network, subnet, mtu, flags.ipMasq));
  log.write('I', 'main.go:463', `Wrote subnet file to ${subnetFile}`);
  log.write('I', 'main.go:467', 'Running backend.');
  log.write('I', own.backendType === 'vxlan' ? 'vxlan_network.go:65' : 'route_network.go:55', watching[own.backendType]!);
  const others = otherLeases(input);
  for (const lease of others) logEvent(log, own, lease);
  followOthers(machine, config, own, others, external);
  log.write('I', 'main.go:488', 'Waiting for all goroutines to exit');
  log.wait(8);
  if (flags.ipMasq) log.write('I', 'iptables.go:357', 'bootstrap done');
  log.write('I', 'iptables.go:357', 'bootstrap done');
}

const watching: Readonly<Record<string, string>> = { vxlan: 'watching for new subnet leases', 'host-gw': 'Watching for new subnet leases' };

function logEvent(log: KlogLog, own: Lease, lease: Lease): void {
  log.write('I', 'subnet.go:152', `Batch elem [0] is ${eventText(lease)}`);
  if (own.backendType === 'vxlan') {
    const attrs = `BackendType: ${lease.backendType}, PublicIP: ${lease.publicIp}, PublicIPv6: (nil), BackendData: ${lease.backendData}, BackendV6Data: (nil)`;
    log.write('I', 'vxlan_network.go:100', `Received Subnet Event with VxLan: ${attrs}`);
    if (lease.backendType !== 'vxlan')
      log.write('W', 'vxlan_network.go:102', `ignoring non-vxlan v4Subnet(${lease.subnet}) v6Subnet(::/0): type=${lease.backendType}`);
  } else if (lease.backendType === own.backendType)
    log.write('I', 'route_network.go:92', `Subnet added: ${lease.subnet} via ${lease.publicIp}`);
  else log.write('W', 'route_network.go:87', `Ignoring non-${own.backendType} subnet: type=${lease.backendType}`);
}

/**
 * A running flanneld: follows the leases of the other nodes and puts its rules back when they are gone. `before` are the Node objects it has
 * seen last; leases that are new among them are logged.
 */
export function actFlannel(input: FlannelInput, before: readonly Node[]): DaemonAct {
  const config = input.netConf === undefined ? undefined : parseNetConf(input.netConf);
  const node = nodeNamed(input.nodes, input.host.name);
  const own = node === undefined ? undefined : leaseOf(node);
  if (config?.ok !== true || own === undefined || config.value.network === undefined) return { host: input.host, logs: [] };
  const machine = new Machine(input.host, input);
  const link = machine.kernel.namespace('').links.find((one) => one.addresses.some((address) => address.ip === own.publicIp));
  if (link === undefined) return { host: input.host, logs: [] };
  const log = new KlogLog(input.now);
  const known = new Set(before.map((one) => JSON.stringify(leaseOf(one))));
  for (const one of input.nodes) {
    const lease = one.metadata.name === own.node ? undefined : leaseOf(one);
    if (lease === undefined || known.has(JSON.stringify(lease))) continue;
    log.write('I', 'kube.go:558', `Creating the node lease for IPv4. This is the n.Spec.PodCIDRs: [${podCidrsOf(one).join(' ')}]`);
    logEvent(log, own, lease);
  }
  followOthers(machine, config.value, own, otherLeases(input), { link, ip: own.publicIp });
  ensureRules(machine, config.value.network, own.subnet, flagsOf(input.args).ipMasq);
  return { host: published(input.host, machine), logs: log.lines };
}

function published(host: Host, machine: Machine): Host {
  return machine.kernel.kernel === host.kernel && machine.files === host.files ? host : machine.publish();
}
