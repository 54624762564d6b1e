/**
 * flanneld on a node, with the Kubernetes subnet manager (flannel v0.27: main.go, pkg/subnet/kube, pkg/backend/{vxlan,hostgw}, pkg/ipmatch).
 * Backends vxlan and host-gw, IPv4 and IPv6; other backends fail as where their devices are missing.
 */
import type { Node } from '#kube/kinds/node.ts';
import type { Family } from '#net/ip.ts';
import type { Host } from '../../../host.ts';
import { quote } from '#kube/json.ts';
import { Machine } from '../../machine.ts';
import { KlogLog, nodeNamed, podCidrsOf, withCondition, type DaemonAct, type DaemonInput, type DaemonStart } from '../daemon.ts';
import { lookUpInterface, type ExternalInterface } from './external-interface.ts';
import { flagsOf, flagsText, netConfPath, type Flags } from './flags.ts';
import { ensureRules, followOthers } from './follow-leases.ts';
import { goMapText, leaseOf, type Lease } from './lease.ts';
import { familiesOf, networkOf, parseNetConf, type NetConf } from './net-conf.ts';
import { announce, Failed, register, type Refuse } from './register.ts';
import { logEvent, setUpTraffic } from './traffic.ts';

export interface FlannelInput extends DaemonInput {
  /** The text of net-conf.json as it is mounted; undefined when the ConfigMap has no such key. */
  readonly netConf: string | undefined;
  /** The command line: `--ip-masq`, `--kube-subnet-mgr`, `--iface=eth1`. */
  readonly args: readonly string[];
}

function otherLeases(input: FlannelInput, config: NetConf): readonly Lease[] {
  const others = input.nodes.filter((node) => node.metadata.name !== input.host.name);
  return others.map((node) => leaseOf(node, familiesOf(config))).filter((lease) => lease !== undefined);
}

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
  const own = register(machine, config, type, node, external, log, refuse);
  const announced = announce(node, own);
  if (announced !== node) log.write('I', 'kube.go:439', 'Setting NodeNetworkUnavailable');
  setUpTraffic(machine, config, flags, own, otherLeases(input, config), external, log);
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

/**
 * A running flanneld: follows the changes of other nodes' leases, and puts its rules back when they are gone. `before` are the Node objects it has
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
  const known = new Set(before.flatMap((one) => JSON.stringify(leaseOf(one, families)) ?? []));
  const isNews = (lease: Lease) => !known.has(JSON.stringify(lease));
  for (const one of input.nodes) {
    const lease = one.metadata.name === own.node ? undefined : leaseOf(one, families);
    if (lease === undefined || !isNews(lease)) continue;
    logLease(log, one, config);
    logEvent(log, own, lease);
  }
  const others = otherLeases(input, config);
  const now = new Set([own, ...others].map((lease) => JSON.stringify(lease)));
  if (own.backendType !== 'vxlan' || others.some(isNews) || [...known].some((lease) => !now.has(lease)))
    followOthers(machine, config, own, others, card, isNews);
  for (const family of families) {
    const [network, part] = [networkOf(config, family), own[family]];
    if (network !== undefined && part !== undefined) ensureRules(machine, network, part.subnet, flagsOf(input.args).ipMasq);
  }
  return { host: published(input.host, machine), logs: log.lines };
}

function published(host: Host, machine: Machine): Host {
  return machine.kernel.kernel === host.kernel && machine.files === host.files ? host : machine.publish();
}
