/**
 * calico-node on a node (calico node v3.29): it finds its address, announces it on its Node object, makes the default pool, takes tunnel
 * addresses out of its own blocks, and lets Felix and BIRD work. IPv4; of IPv6 only the pools' addresses.
 */
import type { Node } from '#kube/kinds/node.ts';
import { parseCidr, type Cidr, type Ip, type Prefixed } from '#net/ip.ts';
import type { Host } from '../../../host.ts';
import { Machine } from '../../machine.ts';
import {
  addressesOf,
  autoAssign,
  defaultBlockSize,
  type CalicoDatastore,
  type IpPool,
  type TunnelMode,
} from '../../plugins/calico-ipam/datastore.ts';
import { nodeNamed, withCondition, type DaemonAct, type DaemonInput, type DaemonStart } from '../daemon.ts';
import { autodetect } from './autodetect.ts';
import { annotation, ensureMasquerading, ensureTunnels, followPeers, peerOf, usesTunnel, type Backend, type Peer } from './dataplane.ts';
import { CalicoLog } from './log.ts';

export const calicoVersion = 'v3.29.1';

export interface CalicoInput extends DaemonInput {
  readonly calico: CalicoDatastore;
  /** The container's environment: `CALICO_IPV4POOL_CIDR`, `IP_AUTODETECTION_METHOD`… */
  readonly env: ReadonlyMap<string, string>;
  /** `networking.podSubnet` of the ConfigMap kubeadm-config: the default pool's range where the environment names none. */
  readonly podSubnet?: string;
}

export interface CalicoStart extends DaemonStart {
  readonly calico: CalicoDatastore;
}

export interface CalicoAct extends DaemonAct {
  readonly calico: CalicoDatastore;
}

const backendOf = (env: CalicoInput['env']): Backend => {
  const named = env.get('CALICO_NETWORKING_BACKEND') ?? 'bird';
  return named === 'vxlan' || named === 'none' ? named : 'bird';
};

function tunnelMode(text: string | undefined, otherwise: TunnelMode): TunnelMode {
  const known: Readonly<Record<string, TunnelMode>> = {
    always: 'Always',
    never: 'Never',
    off: 'Never',
    crosssubnet: 'CrossSubnet',
    'cross-subnet': 'CrossSubnet',
  };
  return known[(text ?? '').toLowerCase()] ?? otherwise;
}

/** createIPPool: only where there is no pool at all. */
function defaultPools({ env, podSubnet = '', calico }: CalicoInput, log: CalicoLog): readonly IpPool[] {
  if (calico.pools.length > 0 || env.get('NO_DEFAULT_POOLS') === 'true') return calico.pools;
  const kubeadm = podSubnet.split(',').find((range) => !range.includes(':')) ?? '';
  const named = env.get('CALICO_IPV4POOL_CIDR') ?? '';
  const cidr: Cidr | undefined = parseCidr(named !== '' ? named : kubeadm !== '' ? kubeadm : '192.168.0.0/16');
  if (cidr === undefined) return [];
  log.info('startup/startup.go 787', `found v4=${kubeadm} in the kubeadm config map`);
  log.info('startup/startup.go 791', 'found v6= in the kubeadm config map');
  log.info('startup/startup.go 644', `CALICO_IPV4POOL_NAT_OUTGOING is true (defaulted) through environment variable`);
  log.info(
    'startup/startup.go 979',
    `Ensure default IPv4 pool is created. IPIP mode: ${tunnelMode(env.get('CALICO_IPV4POOL_IPIP'), 'Never')}, VXLAN mode: ${tunnelMode(env.get('CALICO_IPV4POOL_VXLAN'), 'Never')}`,
  );
  const size = Number(env.get('CALICO_IPV4POOL_BLOCK_SIZE') ?? defaultBlockSize(cidr));
  log.info(
    'startup/startup.go 991',
    `Created default IPv4 pool (${cidr}) with NAT outgoing true. IPIP mode: ${tunnelMode(env.get('CALICO_IPV4POOL_IPIP'), 'Never')}, VXLAN mode: ${tunnelMode(env.get('CALICO_IPV4POOL_VXLAN'), 'Never')}`,
  );
  return [
    {
      name: 'default-ipv4-ippool',
      cidr,
      blockSize: size,
      ipipMode: tunnelMode(env.get('CALICO_IPV4POOL_IPIP'), 'Never'),
      vxlanMode: tunnelMode(env.get('CALICO_IPV4POOL_VXLAN'), 'Never'),
      natOutgoing: env.get('CALICO_IPV4POOL_NAT_OUTGOING') !== 'false',
    },
  ];
}

const tunnels = { ipip: 'ipipTunnelAddress', vxlan: 'vxlanTunnelAddress' } as const;

/** allocateip.ensureHostTunnelAddress: an address of the node's own for a kind of tunnel. */
function tunnelAddress(
  datastore: CalicoDatastore,
  kind: keyof typeof tunnels,
  node: string,
  log: CalicoLog,
): { readonly datastore: CalicoDatastore; readonly ip?: Ip } {
  const handle = `${kind}-tunnel-addr-${node}`;
  const [known] = addressesOf(datastore, handle);
  const type = tunnels[kind];
  if (known !== undefined) {
    log.info(
      'tunnel-ip-allocator/allocateip.go 305',
      `Current address is still valid, do nothing currentAddr="${known}" type="${type}"`,
      20,
    );
    return { datastore, ip: known };
  }
  const mode = kind === 'ipip' ? 'ipipMode' : 'vxlanMode';
  const pools = datastore.pools.filter((pool) => pool[mode] !== 'Never').map((pool) => pool.name);
  const assigned = autoAssign(datastore, { host: node, family: 'IPv4', allocation: { handle, attributes: { node, type } }, pools });
  if ('problem' in assigned) {
    log.write(
      'ERROR',
      'tunnel-ip-allocator/allocateip.go 394',
      `Unable to autoassign an address error=${assigned.problem} type="${type}"`,
      20,
    );
    return { datastore };
  }
  log.info(
    'tunnel-ip-allocator/allocateip.go 455',
    `Assigned tunnel address to node IP="${assigned.ip}" node="${node}" type="${type}"`,
    20,
  );
  return assigned;
}

interface Tunnels {
  readonly datastore: CalicoDatastore;
  readonly ipip?: Ip;
  readonly vxlan?: Ip;
}

function tunnelAddresses(datastore: CalicoDatastore, node: string, log: CalicoLog): Tunnels {
  let next = datastore;
  const found: { ipip?: Ip; vxlan?: Ip } = {};
  for (const [kind, mode] of [
    ['ipip', 'ipipMode'],
    ['vxlan', 'vxlanMode'],
  ] as const) {
    if (!usesTunnel(next.pools, mode)) continue;
    const { datastore: after, ip } = tunnelAddress(next, kind, node, log);
    next = after;
    if (ip !== undefined) found[kind] = ip;
  }
  return { datastore: next, ...found };
}

/** The Node object with Calico's annotations. */
function announce(node: Node, address: Prefixed, { ipip, vxlan }: Tunnels): Node {
  const { [annotation.ipipTunnel]: _ipip, [annotation.vxlanTunnel]: _vxlan, ...others } = node.metadata.annotations ?? {};
  const annotations = {
    ...others,
    [annotation.address]: `${address.ip}/${address.length}`,
    ...(ipip !== undefined && { [annotation.ipipTunnel]: ipip }),
    ...(vxlan !== undefined && { [annotation.vxlanTunnel]: vxlan }),
  };
  return { ...node, metadata: { ...node.metadata, annotations } };
}

function linkWith(machine: Machine, address: Ip): string | undefined {
  return machine.kernel.namespace('').links.find((link) => link.addresses.some((one) => one.ip === address))?.name;
}

/** The smallest MTU of the encapsulations in use: what pods get (felix's writeMTUFile). */
function podMtu(machine: Machine, dev: string, pools: readonly IpPool[]): number {
  const mtu = machine.kernel.link('', dev)?.mtu ?? 1500;
  if (usesTunnel(pools, 'vxlanMode')) return mtu - 50;
  return usesTunnel(pools, 'ipipMode') ? mtu - 20 : mtu;
}

/** calico-node starts. Without an address of its own it ends with status 1, and without /var/lib/calico/nodename no pod starts. */
export function startCalico(input: CalicoInput): CalicoStart {
  const machine = new Machine(input.host, input);
  const log = new CalicoLog(input.now);
  const { name } = input.host;
  const node = nodeNamed(input.nodes, name);
  logBegin(log, name);
  const ended = (source: string, message: string): CalicoStart => {
    log.write('WARNING', source, message);
    log.write('WARNING', 'startup/utils.go 48', 'Terminating');
    log.plain('Calico node failed to start');
    return { host: machine.publish(), logs: log.lines, calico: input.calico, exit: { code: 1 } };
  };
  if (node === undefined) return ended('startup/startup.go 172', 'Failed to read Node from datastore');
  const address = autodetect(machine, input.env.get('IP_AUTODETECTION_METHOD') ?? '', node, log);
  if (address === undefined)
    return ended(
      'startup/startup.go 507',
      "Couldn't autodetect an IPv4 address. If auto-detecting, choose a different autodetection method. Otherwise provide an explicit address.",
    );
  log.info('startup/startup.go 720', 'No AS number configured on node resource, using global value');
  const pools = defaultPools(input, log);
  log.info('startup/startup.go 644', 'FELIX_IPV6SUPPORT is false through environment variable');
  machine.write('/var/lib/calico/nodename', name);
  log.info('startup/startup.go 223', `Using node name: ${name}`);
  log.info('startup/utils.go 190', 'Setting NetworkUnavailable to false');
  const tunnel = tunnelAddresses({ ...input.calico, pools }, name, log);
  const announced = announce(node, address, tunnel);
  log.plain('Calico node started successfully');
  setUp(machine, input, announced, tunnel, log);
  return {
    host: machine.publish(),
    logs: log.lines,
    calico: tunnel.datastore,
    node: withCondition(
      announced,
      { type: 'NetworkUnavailable', status: 'False', reason: 'CalicoIsUp', message: 'Calico is running on this node' },
      input.now,
    ),
  };
}

function logBegin(log: CalicoLog, name: string): void {
  log.info('startup/startup.go 439', 'Early log level set to info');
  log.info('startup/utils.go 126', `Using NODENAME environment for node name ${name}`);
  log.info('startup/utils.go 138', `Determined node name: ${name}`);
  log.info('startup/startup.go 95', `Starting node ${name} with version ${calicoVersion}`);
  log.info('startup/startup.go 444', 'Checking datastore connection');
  log.wait(9);
  log.info('startup/startup.go 468', 'Datastore connection verified');
  log.info('startup/startup.go 105', 'Datastore is ready');
  log.wait(8);
  log.write(
    'WARNING',
    'startup/winutils.go 150',
    'Neither --kubeconfig nor --master was specified.  Using the inClusterConfig.  This might not work.',
  );
}

function setUp(machine: Machine, input: CalicoInput, node: Node, tunnel: Tunnels, log: CalicoLog): void {
  const own = peerOf(node)!;
  const dev = linkWith(machine, own.address.ip)!;
  const { pools } = tunnel.datastore;
  ensureTunnels(machine, own, dev, tunnel.ipip, tunnel.vxlan);
  machine.kernel.setSysctl('', 'net.ipv4.ip_forward', '1');
  machine.write('/var/lib/calico/mtu', String(podMtu(machine, dev, pools)));
  ensureMasquerading(machine, pools);
  const peers = peersOf(input.nodes, own);
  const backend = backendOf(input.env);
  followPeers(machine, tunnel.datastore, { own, peers, dev, backend });
  if (backend === 'bird') logBird(log, own, peers);
}

function peersOf(nodes: readonly Node[], own: Peer): readonly Peer[] {
  const others = nodes.filter((node) => node.metadata.name !== own.name).map(peerOf);
  return [own, ...others.filter((peer) => peer !== undefined)];
}

const sessionName = (peer: Peer) => `Mesh_${peer.address.ip.replaceAll('.', '_')}`;

function logBird(log: CalicoLog, own: Peer, peers: readonly Peer[]): void {
  const sessions = peers.filter((peer) => peer.name !== own.name).map(sessionName);
  const everyone = ['device1', 'direct1', ...sessions];
  log.plain('bird: Unable to open configuration file /etc/calico/confd/config/bird.cfg: No such file or directory');
  log.plain('bird: Unable to open configuration file /etc/calico/confd/config/bird6.cfg: No such file or directory');
  for (const protocol of everyone) log.plain(`bird: ${protocol}: Initializing`);
  for (const protocol of everyone) log.plain(`bird: ${protocol}: Starting`);
  log.plain('bird: Started');
  for (const protocol of ['device1', 'direct1']) log.plain(`bird: ${protocol}: State changed to up`);
  for (const session of sessions) {
    log.plain(`bird: ${session}: Connected to table master`);
    log.plain(`bird: ${session}: State changed to feed`);
    log.plain(`bird: ${session}: State changed to up`);
  }
}

/** A running calico-node: follows the blocks and the nodes, and puts back what is gone. */
export function actCalico(input: CalicoInput): CalicoAct {
  const node = nodeNamed(input.nodes, input.host.name);
  const own = node === undefined ? undefined : peerOf(node);
  const machine = new Machine(input.host, input);
  const dev = own === undefined ? undefined : linkWith(machine, own.address.ip);
  if (own === undefined || dev === undefined) return { host: input.host, logs: [], calico: input.calico };
  const tunnel = tunnelAddresses(input.calico, own.name, new CalicoLog(input.now));
  ensureTunnels(machine, own, dev, tunnel.ipip, tunnel.vxlan);
  ensureMasquerading(machine, input.calico.pools);
  followPeers(machine, tunnel.datastore, { own, peers: peersOf(input.nodes, own), dev, backend: backendOf(input.env) });
  const same = machine.kernel.kernel === input.host.kernel && machine.files === input.host.files;
  const host: Host = same ? input.host : machine.publish();
  return { host, logs: [], calico: tunnel.datastore };
}
