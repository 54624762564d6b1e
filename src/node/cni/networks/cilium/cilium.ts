/**
 * The Cilium agent on a node, and what the operator does for it (cilium v1.17): ranges out of the cluster's pool, the devices cilium_host,
 * cilium_net and cilium_vxlan, and routes. What its programs in the kernel do to packets is not here: where nodes reach each other
 * directly (`routing-mode: native`, `auto-direct-node-routes`) and endpoints have routes, the routes alone tell the way.
 */
import type { Node } from '#kube/kinds/node.ts';
import { addIp, baseOf, cidr, lengthOf, parseCidr, parseIp, type Cidr, type Ip } from '#net/ip.ts';
import type { Host } from '../../../host.ts';
import type { Route } from '../../../kernel.ts';
import { appendUnique, comment, ensureChain, from, jump, rule, to } from '../../iptables.ts';
import { hostCidr } from '../../kernel-draft.ts';
import { Machine } from '../../machine.ts';
import { allocate, readState, writeState, type AgentState } from '../../plugins/cilium-cni/agent.ts';
import { nodeNamed, podCidrsOf, withCondition, type DaemonAct, type DaemonInput, type DaemonStart } from '../daemon.ts';
import { confDir, type Installation } from '../install.ts';

export const ciliumVersion = '1.17.4 (v1.17.4-55aecc0f)';

/** Who has which range: the CiliumNode objects' spec.ipam.podCIDRs, by name. */
export type PodRanges = ReadonlyMap<string, string>;

export interface CiliumInput extends DaemonInput {
  /** The ConfigMap cilium-config. */
  readonly config: Readonly<Record<string, string>>;
  readonly ranges: PodRanges;
  /** What the node's CiliumNode object says it had when the agent last ran: taken again if it is free. */
  readonly former?: { readonly router?: Ip; readonly health?: Ip };
}

/**
 * The operator's part of IPAM mode `cluster-pool`: every node gets the next free range of the pool; in mode `kubernetes` the Node object's
 * podCIDR is what counts.
 */
export function assignRanges(config: CiliumInput['config'], nodes: readonly Node[], known: PodRanges): PodRanges {
  if ((config['ipam'] ?? 'cluster-pool') === 'kubernetes')
    return new Map(
      nodes.flatMap((node) =>
        podCidrsOf(node)
          .slice(0, 1)
          .map((range): [string, string] => [node.metadata.name, range]),
      ),
    );
  const pools = (config['cluster-pool-ipv4-cidr'] ?? '10.0.0.0/8').split(/[\s,]+/).flatMap((text) => parseCidr(text) ?? []);
  const size = Number(config['cluster-pool-ipv4-mask-size'] ?? 24);
  const ranges = new Map([...known].filter(([name]) => nodeNamed(nodes, name) !== undefined));
  for (const node of nodes) {
    if (ranges.has(node.metadata.name)) continue;
    const free = nextRange(pools, size, new Set(ranges.values()));
    if (free !== undefined) ranges.set(node.metadata.name, free);
  }
  return ranges;
}

function nextRange(pools: readonly Cidr[], size: number, taken: ReadonlySet<string>): Cidr | undefined {
  for (const pool of pools)
    for (let i = 0n; i < 1n << BigInt(size - lengthOf(pool)); i++) {
      const range = cidr(`${addIp(baseOf(pool), i << BigInt(32 - size))}/${size}`);
      if (!taken.has(range)) return range;
    }
  return undefined;
}

const isNative = (config: CiliumInput['config']) => config['routing-mode'] === 'native';
const isOn = (config: CiliumInput['config'], key: string) => config[key] === 'true';

function addressOf(node: Node): Ip | undefined {
  return parseIp(node.status?.addresses?.find((one) => one.type === 'InternalIP')?.address ?? '');
}

/** cilium_host and cilium_net, joined; the former has the router's address. In tunnel mode, cilium_vxlan. */
function ensureDevices({ kernel }: Machine, input: CiliumInput, own: Ip, router: Ip): void {
  if (kernel.link('', 'cilium_host') === undefined) kernel.addVethPair('', { name: 'cilium_net' }, { name: 'cilium_host' });
  for (const name of ['cilium_net', 'cilium_host'])
    if (kernel.link('', name)!.up !== true) {
      kernel.setSysctl('', `net.ipv4.conf.${name}.rp_filter`, '0');
      kernel.setUp('', name);
    }
  for (const other of kernel.link('', 'cilium_host')!.addresses)
    if (!other.ip.includes(':') && other.ip !== router) kernel.removeAddress('', 'cilium_host', other);
  kernel.addAddress('', 'cilium_host', { ip: router, length: 32 });
  if (kernel.sysctl('', 'net.ipv4.ip_forward') !== '1') kernel.setSysctl('', 'net.ipv4.ip_forward', '1');
  if (isNative(input.config)) return;
  const dev = kernel.namespace('').links.find((link) => link.addresses.some((one) => one.ip === own))?.name ?? 'eth0';
  kernel.addLink('', { name: 'cilium_vxlan', kind: 'vxlan', vxlan: { id: 0, port: 8472, local: own, dev } });
  if (kernel.link('', 'cilium_vxlan')!.up !== true) kernel.setUp('', 'cilium_vxlan');
}

type Wanted = Pick<Route, 'dst'> & Partial<Route>;

/** The node's own range and, by tunnel or directly, those of the others. */
function wantedRoutes(machine: Machine, input: CiliumInput, router: Ip, podCidr: Cidr): readonly Wanted[] {
  const byHost = (dst: Cidr): Wanted => ({ dst, via: router, dev: 'cilium_host', proto: 'kernel', src: router });
  const routes: Wanted[] = [{ dst: hostCidr(router), dev: 'cilium_host', proto: 'kernel', scope: 'link' }, byHost(podCidr)];
  for (const node of input.nodes) {
    if (node.metadata.name === input.host.name) continue;
    const [dst, via] = [parseCidr(input.ranges.get(node.metadata.name) ?? ''), addressOf(node)];
    if (dst === undefined || via === undefined) continue;
    if (!isNative(input.config)) routes.push(byHost(dst));
    else if (isOn(input.config, 'auto-direct-node-routes')) {
      const dev = machine.kernel.namespace('').links.find((link) => machine.kernel.reaches('', link.name, via))?.name;
      if (dev !== undefined) routes.push({ dst, via, dev, proto: 'kernel' });
    }
  }
  return routes;
}

function followNodes(machine: Machine, input: CiliumInput, router: Ip, podCidr: Cidr): void {
  const { kernel } = machine;
  const wanted = wantedRoutes(machine, input, router, podCidr);
  const same = (a: Wanted, b: Route) => a.dst === b.dst && a.dev === b.dev && a.via === b.via && (a.scope ?? 'global') === b.scope;
  const isOurs = (route: Route) => route.proto === 'kernel' && (route.dev === 'cilium_host' || route.via !== undefined);
  for (const route of kernel.namespace('').routes)
    if (isOurs(route) && !wanted.some((one) => same(one, route))) kernel.removeRoute('', (other) => other === route);
  for (const route of wanted) if (!kernel.namespace('').routes.some((other) => same(route, other))) kernel.replaceRoute('', route);
}

/** What leaves the cluster's ranges bears the node's address, unless the programs see to that. */
function ensureMasquerading({ kernel }: Machine, { config }: CiliumInput, podCidr: Cidr): void {
  if (config['enable-ipv4-masquerade'] === 'false' || isOn(config, 'enable-bpf-masquerade')) return;
  const outside = isNative(config) ? (config['ipv4-native-routing-cidr'] ?? podCidr) : podCidr;
  const note = comment('cilium masquerade non-cluster');
  const masquerade = rule([from(podCidr), to(outside, true), { kind: 'out', interface: 'cilium_+', not: true }, note], {
    kind: 'MASQUERADE',
  });
  kernel.changeRules('', 'ipv4', (tables) => {
    let next = ensureChain(tables, 'nat', 'CILIUM_POST_nat');
    next = appendUnique(next, 'nat', 'CILIUM_POST_nat', masquerade);
    return appendUnique(next, 'nat', 'POSTROUTING', rule([comment('cilium-feeder: CILIUM_POST_nat')], jump('CILIUM_POST_nat')));
  });
}

/** What the init container `install-cni-binaries` brings. */
export const binaries: Installation = { binaries: ['cilium-cni', 'loopback'], files: {} };

export const conflistPath = `${confDir}/05-cilium.conflist`;

export const ciliumConflist = `{
  "cniVersion": "0.3.1",
  "name": "cilium",
  "plugins": [
    {
       "type": "cilium-cni",
       "enable-debug": false,
       "log-file": "/var/run/cilium/cilium-cni.log"
    }
  ]
}
`;

/** Writes the configuration list, and, `cni-exclusive`, puts all others out of the runtime's sight. */
function writeConflist(machine: Machine, config: CiliumInput['config']): void {
  if (config['cni-exclusive'] !== 'false')
    for (const name of [...(machine.list(confDir) ?? [])].sort()) {
      const path = `${confDir}/${name}`;
      const text = machine.read(path);
      if (path === conflistPath || text === undefined || !/\.(conf|conflist|json)$/.test(name)) continue;
      machine.write(`${path}.cilium_bak`, text);
      machine.remove(path);
    }
  if (machine.read(conflistPath) !== ciliumConflist) machine.write(conflistPath, ciliumConflist, 0o600);
}

/** The agent's log, as logrus prints fields. */
class AgentLog {
  readonly lines: string[] = [];
  #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  /** `subsystem` comes last; `fields` stand before the message. */
  write(level: 'info' | 'warning' | 'fatal', message: string, subsystem: string, fields = ''): void {
    const time = new Date(this.#now).toISOString().replace('Z', '000000Z');
    const before = fields === '' ? '' : `${fields} `;
    this.lines.push(`time="${time}" level=${level} ${before}msg=${JSON.stringify(message)} subsys=${subsystem}`);
    this.#now += 20;
  }

  info(message: string, subsystem = 'daemon'): void {
    this.write('info', message, subsystem);
  }
}

function stateOf(machine: Machine, input: CiliumInput, podCidr: Cidr): AgentState {
  const known = readState(machine);
  const endpointRoutes = isOn(input.config, 'enable-endpoint-routes');
  const mtu = 1500;
  return known?.podCidr === podCidr ? { ...known, endpointRoutes, mtu } : { podCidr, addresses: {}, endpointRoutes, mtu };
}

/** The agent starts: it waits for its range, takes an address for the node and one for its health endpoint, and announces the plugin. */
export function startCilium(input: CiliumInput): DaemonStart {
  const machine = new Machine(input.host, input);
  const log = new AgentLog(input.now);
  const { name } = input.host;
  const node = nodeNamed(input.nodes, name);
  const own = node === undefined ? undefined : addressOf(node);
  const podCidr = parseCidr(input.ranges.get(name) ?? '');
  log.info('Initializing daemon');
  if (node === undefined || own === undefined || podCidr === undefined) {
    const why = 'required IPv4 PodCIDR not available';
    log.write('warning', 'Waiting for k8s node information', 'daemon', `error="${why}"`);
    log.write('fatal', `failed to start: daemon creation failed: unable to connect to get node spec from apiserver: ${why}`, 'daemon');
    return { host: machine.publish(), logs: log.lines, exit: { code: 1 } };
  }
  const { router, health } = input.former ?? {};
  const routed = allocate(stateOf(machine, input, podCidr), 'router', router && [router])!;
  const state = allocate(routed.state, 'health', health && [health])?.state ?? routed.state;
  writeState(machine, state);
  log.info('Addressing information:');
  log.info(`  Local node-name: ${name}`);
  log.info('  Node-IPv6: <nil>');
  log.info(`  External-Node IPv4: ${own}`);
  log.info(`  Internal-Node IPv4: ${routed.ip}`);
  log.info(`  IPv4 allocation prefix: ${podCidr}`);
  ensureDevices(machine, input, own, routed.ip);
  followNodes(machine, input, routed.ip, podCidr);
  ensureMasquerading(machine, input, podCidr);
  writeConflist(machine, input.config);
  log.info('Serving cilium API at unix:///var/run/cilium/cilium.sock');
  log.info(`Wrote CNI configuration file to /host${conflistPath}`, 'cni-config');
  const condition = { type: 'NetworkUnavailable', status: 'False', reason: 'CiliumIsUp', message: 'Cilium is running on this node' };
  return { host: machine.publish(), logs: log.lines, node: withCondition(node, condition, input.now) };
}

/** A running agent: follows nodes and ranges, and puts back its devices, routes and configuration list. */
export function actCilium(input: CiliumInput): DaemonAct {
  const machine = new Machine(input.host, input);
  const state = readState(machine);
  const node = nodeNamed(input.nodes, input.host.name);
  const own = node === undefined ? undefined : addressOf(node);
  const router = state?.addresses['router'];
  if (state === undefined || own === undefined || router === undefined) return { host: input.host, logs: [] };
  ensureDevices(machine, input, own, router);
  followNodes(machine, input, router, state.podCidr);
  writeConflist(machine, input.config);
  const same = machine.kernel.kernel === input.host.kernel && machine.files === input.host.files;
  const host: Host = same ? input.host : machine.publish();
  return { host, logs: [] };
}
