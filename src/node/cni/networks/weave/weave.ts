/**
 * Weave Net's daemon on a node (weave 2.8.1: weave-kube's launch.sh and weaver): it divides the range among the peers, makes the bridge
 * and the devices that join it to the others, and takes an address for the bridge itself. Pod ranges of Node objects play no part.
 */
import { lengthOf, overlaps, parseCidr, type Cidr } from '#net/ip.ts';
import type { Host } from '../../../host.ts';
import { appendUnique, ensureChain, from, jump, rule, to, comment } from '../../iptables.ts';
import { Machine } from '../../machine.ts';
import {
  allocate,
  chooseDonor,
  divide,
  donate,
  hasFree,
  prefixedIn,
  prefixesOf,
  readDatabase,
  removePeer,
  writeDatabase,
  type Database,
  type Ring,
} from '../../plugins/weave-net/space.ts';
import type { Rule, Tables } from '../../../netfilter.ts';
import { nodeNamed, withCondition, type DaemonAct, type DaemonInput, type DaemonStart } from '../daemon.ts';
import { peersOf, peerText, type WeavePeer } from './peers.ts';

export const weaveVersion = '2.8.1';
export const defaultRange = '10.32.0.0/12';

export interface WeaveInput extends DaemonInput {
  /** The container's environment: `IPALLOC_RANGE`, `WEAVE_MTU`. */
  readonly env: ReadonlyMap<string, string>;
  /** All machines, by name: peers tell each other what they know. */
  readonly hosts: ReadonlyMap<string, Host>;
}

const bridge = 'weave';
const ownAddress = 'weave:expose';

/** weaver's log. */
class WeaveLog {
  readonly lines: string[] = [];
  #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  info(message: string, level = 'INFO'): void {
    const time = new Date(this.#now).toISOString().slice(0, 23).replaceAll('-', '/').replace('T', ' ');
    this.lines.push(`${level}: ${time}${String((this.lines.length * 137) % 1000).padStart(3, '0')} ${message}`);
    this.#now += 3;
  }

  plain(line: string): void {
    this.lines.push(line);
  }
}

function rangeOf(env: WeaveInput['env']): string {
  const named = env.get('IPALLOC_RANGE') ?? '';
  return named === '' ? defaultRange : named;
}

/** `weaveutil netcheck`: a route of the host that the range would hide. */
function overlapping({ kernel }: Machine, range: Cidr): Cidr | undefined {
  const routes = kernel.namespace('').routes.filter((route) => lengthOf(route.dst) > 0 && route.dev !== bridge && !route.dst.includes(':'));
  return routes.find((route) => overlaps(route.dst, range))?.dst;
}

/** The latest ring that any peer knows of this range. */
function latestRing(peers: readonly WeavePeer[], universe: Cidr): Ring | undefined {
  const rings = peers.flatMap(({ database }) =>
    database?.universe === universe && database.ring.tokens.length > 0 ? [database.ring] : [],
  );
  return rings.sort((a, b) => b.version - a.version)[0];
}

/** This peer's view after gossip: the latest ring, or the first division; and with some space of its own. */
function agreed(machine: Machine, own: WeavePeer, peers: readonly WeavePeer[], universe: Cidr): Database {
  const known = own.database?.universe === universe ? own.database : undefined;
  const ring =
    latestRing(peers, universe) ??
    divide(
      universe,
      peers.map((peer) => peer.name),
    );
  const database: Database = { peer: own.name, nickname: own.nickname, universe, ring, owned: known?.owned ?? {} };
  return hasFree(database) ? database : { ...database, ring: withSpace(machine, database, peers) };
}

/** kube-peers' reclaim: what nodes that are gone had becomes this peer's. */
function reclaimed(database: Database, peers: readonly WeavePeer[]): Database {
  const there = new Set(peers.map((peer) => peer.name));
  const gone = new Set(database.ring.tokens.map((token) => token.peer).filter((peer) => !there.has(peer)));
  let { ring } = database;
  for (const peer of gone) ring = removePeer({ ...database, ring }, peer, database.peer);
  return { ...database, ring };
}

/** Asks for space, and gets it from who runs and has some. */
function withSpace(machine: Machine, database: Database, peers: readonly WeavePeer[]): Ring {
  const donors = peers.flatMap((peer) =>
    peer.runs && peer.name !== database.peer && peer.database !== undefined ? [{ ...peer.database, ring: database.ring }] : [],
  );
  const donor = chooseDonor(donors, `${machine.seed}/weave-space/${database.ring.version}`);
  return (donor === undefined ? undefined : donate(donor, database.peer)) ?? database.ring;
}

/** The bridge, and what joins it to the other nodes: `weave` – `vethwe-bridge` – `vethwe-datapath` – `datapath` – `vxlan-6784`. */
function ensureDevices({ kernel }: Machine, own: WeavePeer, mtu: number): void {
  kernel.addLink('', { name: 'datapath', kind: 'openvswitch', mtu });
  kernel.addLink('', { name: bridge, kind: 'bridge', mtu, mac: own.name });
  if (kernel.link('', 'vethwe-datapath') === undefined) kernel.addVethPair('', { name: 'vethwe-datapath' }, { name: 'vethwe-bridge' }, mtu);
  const dev = kernel.namespace('').links.find((link) => link.addresses.some((one) => one.ip === own.address))?.name ?? 'eth0';
  kernel.addLink('', {
    name: 'vxlan-6784',
    kind: 'vxlan',
    mtu: 65535,
    vxlan: { id: 0, port: 6784, local: own.address, dev, external: true },
  });
  const masters = [
    ['vethwe-datapath', 'datapath'],
    ['vethwe-bridge', bridge],
    ['vxlan-6784', 'datapath'],
  ] as const;
  for (const [port, master] of masters) if (kernel.link('', port)?.master !== master) kernel.setMaster('', port, master);
  for (const name of ['datapath', bridge, 'vethwe-datapath', 'vethwe-bridge', 'vxlan-6784'])
    if (kernel.link('', name)?.up !== true) kernel.setUp('', name);
  for (const name of ['datapath', bridge]) if (kernel.link('', name)!.mtu !== mtu) kernel.setMtu('', name, mtu);
  if (kernel.link('', bridge)!.mac !== own.name) kernel.setBridgeMac('', bridge, own.name);
}

/** What the daemon would send a frame to another peer by. */
function followPeers({ kernel }: Machine, own: WeavePeer, peers: readonly WeavePeer[]): void {
  const others = peers.filter((peer) => peer.name !== own.name && peer.runs);
  const { forwarding } = kernel.namespace('');
  const stale = (entry: { readonly dev: string; readonly mac: string }) =>
    entry.dev === 'vxlan-6784' && !others.some((peer) => peer.name === entry.mac);
  if (forwarding.some(stale)) kernel.removeForwarding('', stale);
  for (const { name: mac, address: dst } of others)
    if (!forwarding.some((entry) => entry.dev === 'vxlan-6784' && entry.mac === mac && entry.dst === dst))
      kernel.setForwarding('', { mac, dev: 'vxlan-6784', dst, permanent: false });
}

const localSet = 'weaver-no-masq-local';

function natRules(universe: Cidr): readonly Rule[] {
  const note = comment('Prevent SNAT to locally running containers');
  return [
    rule([{ kind: 'set', set: localSet, flags: 'dst' }, note], { kind: 'RETURN' }),
    rule([from(universe), to('224.0.0.0/4')], { kind: 'RETURN' }),
    rule([from(universe, true), to(universe)], { kind: 'MASQUERADE' }),
    rule([from(universe), to(universe, true)], { kind: 'MASQUERADE' }),
  ];
}

function withRules(tables: Tables, universe: Cidr): Tables {
  let next = ensureChain(tables, 'nat', 'WEAVE');
  for (const one of natRules(universe)) next = appendUnique(next, 'nat', 'WEAVE', one);
  next = appendUnique(next, 'nat', 'POSTROUTING', rule([], jump('WEAVE')));
  const leaving = rule(
    [
      { kind: 'in', interface: bridge },
      { kind: 'out', interface: bridge, not: true },
    ],
    { kind: 'ACCEPT' },
  );
  const answering = rule(
    [
      { kind: 'out', interface: bridge },
      { kind: 'ctstate', states: ['RELATED', 'ESTABLISHED'], module: 'conntrack' },
    ],
    { kind: 'ACCEPT' },
  );
  next = appendUnique(next, 'filter', 'FORWARD', leaving);
  return appendUnique(next, 'filter', 'FORWARD', answering);
}

/** The bridge's own address (`weave expose`), its rules, and the database. */
function expose(machine: Machine, database: Database): Database {
  const { kernel } = machine;
  const given = allocate(database, ownAddress);
  if (given === undefined) return database;
  const address = prefixedIn(database.universe, given.ip);
  for (const other of kernel.link('', bridge)!.addresses)
    if (!other.ip.includes(':') && other.ip !== given.ip) kernel.removeAddress('', bridge, other);
  kernel.addAddress('', bridge, address);
  if (kernel.sysctl('', 'net.ipv4.ip_forward') !== '1') kernel.setSysctl('', 'net.ipv4.ip_forward', '1');
  kernel.putIpSet('', {
    name: localSet,
    type: 'hash:net',
    family: 'inet',
    revision: 7,
    hashsize: 1024,
    maxelem: 65536,
    members: prefixesOf(given.database),
  });
  kernel.changeRules('', 'ipv4', (tables) => withRules(tables, database.universe));
  return given.database;
}

/** The daemon starts; a range that hides one of the host's routes ends it. */
export function startWeave(input: WeaveInput): DaemonStart {
  const machine = new Machine(input.host, input);
  const log = new WeaveLog(input.now);
  const text = rangeOf(input.env);
  const ended = (): DaemonStart => ({ host: machine.publish(), logs: log.lines, exit: { code: 1 } });
  const universe = parseCidr(text);
  if (universe === undefined) {
    log.plain(`invalid CIDR address: ${text}`);
    return ended();
  }
  const hidden = overlapping(machine, universe);
  if (hidden !== undefined) {
    log.plain(`Network ${universe} overlaps with existing route ${hidden} on host`);
    return ended();
  }
  const { name } = input.host;
  const peers = peersOf(input.nodes, input.hosts, input.seed ?? '');
  const own = peers.find((peer) => peer.nickname === name);
  if (own === undefined) {
    log.plain('Failed to get peers');
    return ended();
  }
  const mtu = Number(input.env.get('WEAVE_MTU') ?? 1376);
  const others = peers.filter((peer) => peer !== own);
  logStart(log, own, others, input.env, universe);
  ensureDevices(machine, own, mtu);
  const fresh = latestRing(peers, universe) === undefined;
  const database = expose(machine, reclaimed(agreed(machine, own, peers, universe), peers));
  writeDatabase(machine, database);
  followPeers(machine, { ...own, runs: true }, peers);
  logRunning(log, own, others, database, fresh);
  const node = nodeNamed(input.nodes, name)!;
  const condition = { type: 'NetworkUnavailable', status: 'False', reason: 'WeaveIsUp', message: 'Weave pod has set this' };
  return { host: machine.publish(), logs: log.lines, node: withCondition(node, condition, input.now) };
}

function logStart(log: WeaveLog, own: WeavePeer, others: readonly WeavePeer[], env: WeaveInput['env'], universe: Cidr): void {
  const options: Readonly<Record<string, string>> = {
    'conn-limit': env.get('CONN_LIMIT') ?? '200',
    datapath: 'datapath',
    'db-prefix': '/weavedb/weave-net',
    'docker-api': '',
    'expect-npc': env.get('EXPECT_NPC') === '0' ? 'false' : 'true',
    'http-addr': '127.0.0.1:6784',
    'ipalloc-init': `consensus=${others.length}`,
    'ipalloc-range': universe,
    'metrics-addr': '0.0.0.0:6782',
    name: own.name,
    nickname: own.nickname,
    'no-dns': 'true',
    'no-masq-local': 'true',
    port: '6783',
  };
  const list = Object.entries(options).map(([key, value]) => `${key}:${value}`);
  log.info(`Command line options: map[${list.join(' ')}]`);
  log.info(`weave  ${weaveVersion}`);
  log.info('Bridge type is bridged_fastdp');
  log.info('Communication between peers is unencrypted.');
  log.info(`Our name is ${peerText(own)}`);
  log.info(`Launch detected - using supplied peer list: [${others.map((peer) => peer.address).join(' ')}]`);
  log.info('Using "no-masq-local" LocalRangeTracker');
  log.info('Checking for pre-existing addresses on weave bridge');
}

function logRunning(log: WeaveLog, own: WeavePeer, others: readonly WeavePeer[], database: Database, fresh: boolean): void {
  const known = own.database === undefined ? 'No valid persisted data' : 'Initialising with persisted data';
  log.info(`[allocator ${own.name}] ${known}`);
  if (own.database === undefined) log.info(`[allocator ${own.name}] Initialising via deferred consensus`);
  log.info('Sniffing traffic on datapath (via ODP)');
  for (const { address } of others) log.info(`->[${address}:6783] attempting connection`);
  for (const peer of others) {
    const there = `->[${peer.address}:6783|${peerText(peer)}]`;
    if (!peer.runs) {
      log.info(`->[${peer.address}:6783] error during connection attempt: dial tcp :0->${peer.address}:6783: connect: connection refused`);
      continue;
    }
    log.info(`${there}: connection ready; using protocol version 2`);
    log.info(`overlay_switch ->[${peerText(peer)}] using fastdp`);
    log.info(`${there}: connection added (new peer)`);
    log.info(`${there}: connection fully established`);
  }
  log.info('Listening for HTTP control messages on 127.0.0.1:6784');
  log.info('Listening for metrics requests on 0.0.0.0:6782');
  log.info(`[kube-peers] Added myself to peer list &{[{${own.name} ${own.nickname}}]}`);
  log.info('[kube-peers] Nodes that have disappeared: map[]', 'DEBU');
  if (fresh && others.length === 0) log.info('Assuming quorum size of 1');
  for (const prefix of prefixesOf(database)) {
    log.info(`adding entry ${prefix} to ${localSet} of 0`);
    log.info(`added entry ${prefix} to ${localSet} of 0`);
  }
  log.plain(database.owned[ownAddress] ?? '');
  log.info('registering for updates for node delete events', 'DEBU');
}

/** A running daemon: hears what the others know, asks for space when it has none, and puts back its devices. */
export function actWeave(input: WeaveInput): DaemonAct {
  const machine = new Machine(input.host, input);
  const known = readDatabase(machine);
  const peers = peersOf(input.nodes, input.hosts, input.seed ?? '');
  const own = peers.find((peer) => peer.nickname === input.host.name);
  if (known === undefined || own === undefined) return { host: input.host, logs: [] };
  ensureDevices(machine, own, Number(input.env.get('WEAVE_MTU') ?? 1376));
  const heard = reclaimed(agreed(machine, { ...own, database: known }, peers, known.universe), peers);
  const address = heard.owned[ownAddress];
  const exposed = machine.kernel.link('', bridge)!.addresses.some((one) => one.ip === address);
  const changed = heard.ring.version !== known.ring.version || !exposed;
  writeDatabase(machine, changed ? expose(machine, heard) : heard);
  followPeers(machine, own, peers);
  const same = machine.kernel.kernel === input.host.kernel && machine.files === input.host.files;
  return { host: same ? input.host : machine.publish(), logs: [] };
}
