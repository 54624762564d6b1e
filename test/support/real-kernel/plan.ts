/** A snapshot's machines as a plan for a real kernel: namespaces, links, addresses, routes, rules, listeners, word for word as the simulation has them. */
import { spawn } from 'node:child_process';
import { listeningIn } from '#dataplane/links/listeners.ts';
import { saveTables } from '#dataplane/netfilter/iptables/save.ts';
import { tableText } from '#dataplane/netfilter/nft/print.ts';
import type { NodeName } from '#kube/names.ts';
import { familyOf, type Ip, type Protocol } from '#net/ip.ts';
import type { Host } from '#node/host.ts';
import type { Link, NetworkNamespace, Route } from '#node/kernel.ts';
import { nftablesOf, tablesOf, type Netfilter } from '#node/netfilter.ts';

type Hosts = ReadonlyMap<NodeName, Host>;

/** The router behind which everything outside of the cluster lies; it is `external` itself. */
export const outside = 'outside';

export interface PlannedFlow {
  readonly namespace: string;
  readonly protocol: Protocol | 'ICMP';
  readonly address: Ip;
  readonly port: number;
  readonly tries: number;
  readonly source?: Ip;
}

export interface RealFlow {
  /** How many of the tries ended how. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Who answered, `address:port` as they have it, and the source addresses that each saw. */
  readonly seen: Readonly<Record<string, readonly string[]>>;
}

export interface Report {
  readonly flows: readonly RealFlow[];
  /** What the tools print of the rules, by namespace and command line. */
  readonly rules: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly seconds: Readonly<Record<string, number>>;
}

interface PlannedNamespace {
  readonly name: string;
  readonly create: readonly string[];
  readonly configure: readonly string[];
  /** The same for `ip -6`, where nothing else tells the family. */
  readonly configure6: readonly string[];
  readonly bridge: readonly string[];
  readonly sysctls: readonly (readonly [path: string, value: string])[];
  readonly rules: readonly (readonly [program: string, text: string])[];
  readonly listings: readonly string[];
  readonly listeners: readonly (readonly [Protocol, string, number])[];
}

export interface PlanOptions {
  /** Addresses of the router outside: what flows from `external` and `ip:` come from. */
  readonly outsideAddresses: readonly Ip[];
  /** Ranges of the cluster's that have no route from outside. */
  readonly hidden: readonly string[];
  /** Addresses that machines announce: load balancers'. */
  readonly announced?: ReadonlyMap<string, Host>;
  /** Command lines whose output is wanted from every machine. */
  readonly listings: readonly string[];
}

/** The name of a namespace of a host in the plan; `''` is the host's own. */
export function planned(hosts: Hosts, host: NodeName, namespace: string): string {
  const number = [...hosts.keys()].indexOf(host);
  return namespace === '' ? `h${number}` : `h${number}-${[...hosts.get(host)!.kernel.namespaces.keys()].indexOf(namespace)}`;
}

/** What is the same everywhere: nobody holds back with ICMP errors, nobody looks for duplicate addresses, everybody may ping. */
const everywhere: readonly (readonly [string, string])[] = [
  ['net/ipv4/icmp_ratelimit', '0'],
  ['net/ipv4/icmp_msgs_per_sec', '1000000'],
  ['net/ipv4/icmp_msgs_burst', '1000000'],
  ['net/ipv6/icmp/ratelimit', '0'],
  ['net/ipv6/conf/all/accept_dad', '0'],
  ['net/ipv6/conf/default/accept_dad', '0'],
  ['net/ipv4/ping_group_range', '0 2147483647'],
  ['net/core/somaxconn', '4096'],
];

export function planOf(hosts: Hosts, options: PlanOptions): readonly PlannedNamespace[] {
  const namespaces = [...hosts.values()].flatMap((host, number) =>
    [...host.kernel.namespaces.values()].map((namespace) => namespaceOf(hosts, host, number, namespace, options.listings)),
  );
  return [router(hosts, options), ...namespaces];
}

/** The wire between the machines, and all that lies beyond. What machines send there for nobody in particular is not answered. */
function router(hosts: Hosts, { outsideAddresses, hidden, announced = new Map<string, Host>() }: PlanOptions): PlannedNamespace {
  const first = [...hosts.values()][0]!;
  const gateways = rootOf(first).routes.filter((route) => route.via !== undefined && route.dst.endsWith('/0'));
  const networks = rootOf(first).links.find((link) => link.kind === 'ether')!.addresses;
  const lengthFor = (gateway: Ip) => networks.find((one) => familyOf(one.ip) === familyOf(gateway))!.length;
  const bits = (text: string) => (text.includes(':') ? 128 : 32);
  const silence = ['rule add iif wire table 100', 'route add blackhole default table 100'];
  const towards = [...announced].map(([address, host]) => {
    const via = host.addresses.find((one) => familyOf(one) === familyOf(address as Ip))!;
    return `route add ${address}/${bits(address)} via ${via} dev wire`;
  });
  return {
    name: outside,
    create: ['link add wire type bridge', 'link set wire up', 'link set lo up'],
    configure: [
      ...[...hosts.values()].map((_, number) => `link set w${number} master wire up`),
      ...gateways.map(({ via }) => `addr add ${via}/${lengthFor(via!)} dev wire${nodad(via!)}`),
      ...outsideAddresses.map((address) => `addr add ${address}/${bits(address)} dev lo${nodad(address)}`),
      ...hidden.map((range) => `route add unreachable ${range}`),
      ...towards,
      ...silence,
    ],
    configure6: silence,
    bridge: [],
    sysctls: [
      ...everywhere,
      ['net/ipv4/ip_forward', '1'],
      ['net/ipv6/conf/all/forwarding', '1'],
      ['net/bridge/bridge-nf-call-iptables', '0'],
      ['net/bridge/bridge-nf-call-ip6tables', '0'],
    ],
    rules: [],
    listings: [],
    listeners: [],
  };
}

function nodad(address: string): string {
  return address.includes(':') ? ' nodad' : '';
}

function rootOf(host: Host): NetworkNamespace {
  return host.kernel.namespaces.get('')!;
}

function namespaceOf(hosts: Hosts, host: Host, number: number, namespace: NetworkNamespace, listings: readonly string[]): PlannedNamespace {
  const name = planned(hosts, host.name, namespace.name);
  const { links } = namespace;
  return {
    name,
    create: links.flatMap((link) => creation(hosts, host, number, namespace, link)),
    configure: configuration(namespace),
    configure6: [],
    bridge: [
      ...links.flatMap((link) =>
        link.master === undefined ? [] : [`link set dev ${link.name} hairpin ${link.hairpin === true ? 'on' : 'off'}`],
      ),
      ...namespace.forwarding.flatMap(({ mac, dev, dst }) => (dst === undefined ? [] : [`fdb append ${mac} dev ${dev} dst ${dst}`])),
    ],
    sysctls: [...everywhere, ...[...namespace.sysctls].map(([key, value]) => [sysctlPath(key), value] as const), ...bridged(host)],
    rules: rulesOf(namespace.netfilter),
    listings: namespace.name === '' ? listings : [],
    listeners: listeningIn(host, namespace.name).map(({ listener }) => [listener.protocol, listener.address, listener.port] as const),
  };
}

/** Without br_netfilter, frames on bridges do not meet the rules, whatever a sysctl says. */
function bridged(host: Host): readonly (readonly [string, string])[] {
  if (host.kernel.modules.has('br_netfilter')) return [];
  return ['iptables', 'ip6tables'].map((program) => [`net/bridge/bridge-nf-call-${program}`, '0'] as const);
}

/** `net.ipv4.conf.flannel.1.rp_filter` → `net/ipv4/conf/flannel.1/rp_filter`. */
function sysctlPath(key: string): string {
  const device = /^net\.(ipv[46])\.(conf|neigh)\.(.+)\.([^.]+)$/.exec(key);
  return device === null ? key.replaceAll('.', '/') : `net/${device[1]}/${device[2]}/${device[3]}/${device[4]}`;
}

/** A veth pair is made where its first end is met. */
function creation(hosts: Hosts, host: Host, number: number, { name: own }: NetworkNamespace, link: Link): readonly string[] {
  const { name, mac, mtu, kind } = link;
  switch (kind) {
    case 'loopback':
      return [];
    case 'ether':
      return [`link add ${name} address ${mac} mtu ${mtu} type veth peer name w${number} netns ${outside}`];
    case 'bridge':
      return [`link add ${name} address ${mac} type bridge`];
    case 'dummy':
      return [`link add ${name} address ${mac} mtu ${mtu} type dummy`];
    case 'vxlan': {
      const { id, port, local, dev } = link.vxlan!;
      return [`link add ${name} address ${mac} mtu ${mtu} type vxlan id ${id} dstport ${port} local ${local} dev ${dev} nolearning`];
    }
    case 'veth': {
      const { namespace, index } = link.peer!;
      const names = [...host.kernel.namespaces.keys()];
      const far = host.kernel.namespaces.get(namespace)?.links.find((one) => one.index === index);
      const isFirst = names.indexOf(own) < names.indexOf(namespace) || (own === namespace && link.index < index);
      if (far === undefined || !isFirst) return [];
      const there = `netns ${planned(hosts, host.name, namespace)}`;
      return [`link add ${name} address ${mac} mtu ${mtu} type veth peer name ${far.name} address ${far.mac} mtu ${far.mtu} ${there}`];
    }
    default:
      throw new Error(`no ${kind} devices are made in a real kernel`);
  }
}

/** The kernel's own routes and neighbours are written down like the others, so that none comes by itself. */
function configuration({ links, routes, neighbours }: NetworkNamespace): readonly string[] {
  const up = new Set(links.filter((link) => link.up).map((link) => link.name));
  const lines = links.flatMap((link) => [
    ...(link.master === undefined ? [] : [`link set ${link.name} master ${link.master}`]),
    ...link.addresses
      .filter((one) => one.scope !== 'link' && !(link.kind === 'loopback' && one.scope === 'host'))
      .map(({ ip, length, broadcast }) => {
        const brd = broadcast === undefined ? '' : ` brd ${broadcast}`;
        return `addr add ${ip}/${length}${brd} dev ${link.name} noprefixroute${nodad(ip)}`;
      }),
    ...(link.up ? [`link set ${link.name} up`] : []),
  ]);
  const nearFirst = [...routes].sort((a, b) => Number(a.via !== undefined) - Number(b.via !== undefined));
  const usable = nearFirst.filter((route) => (route.dev === undefined || up.has(route.dev)) && !route.dst.startsWith('fe80:'));
  return [
    ...lines,
    ...usable.map(routeLine),
    ...neighbours
      .filter((one) => one.state === 'PERMANENT' && one.mac !== undefined)
      .map(({ ip, mac, dev }) => `neigh replace ${ip} lladdr ${mac} dev ${dev} nud permanent`),
  ];
}

function routeLine({ dst, type, dev, via, src, scope, proto, metric, onlink }: Route): string {
  const six = familyOf(dst) === 'IPv6';
  return [
    'route add',
    ...(type === 'unicast' ? [] : [type]),
    dst,
    ...(via === undefined ? [] : ['via', via]),
    ...(dev === undefined ? [] : ['dev', dev]),
    ...(src === undefined ? [] : ['src', src]),
    ...(six || scope === 'global' ? [] : ['scope', scope]),
    'proto',
    proto,
    ...(metric === undefined ? [] : ['metric', String(metric)]),
    ...(onlink === true ? ['onlink'] : []),
  ].join(' ');
}

/** The rules as our programs print them. */
function rulesOf(netfilter: Netfilter): readonly (readonly [string, string])[] {
  const rules: (readonly [string, string])[] = [];
  for (const [family, key, program] of [
    ['IPv4', 'ipv4', 'iptables-restore'],
    ['IPv6', 'ipv6', 'ip6tables-restore'],
  ] as const) {
    const tables = tablesOf(netfilter, key);
    if (tables.size > 0) rules.push([program, saveTables(tables, { family, program, date: 'now' })]);
  }
  for (const table of nftablesOf(netfilter)) rules.push(['nft', tableText(table)]);
  return rules;
}

const runner = new URL('runner.py', import.meta.url).pathname;

/** Builds the plan in a real kernel, makes the connections, and reports. Everything is gone when the promise settles. */
export function runPlan(namespaces: readonly PlannedNamespace[], flows: readonly PlannedFlow[], patience = 4): Promise<Report> {
  return new Promise((resolve, reject) => {
    const child = spawn('unshare', ['-nm', 'python3', runner], { stdio: ['pipe', 'pipe', 'pipe'] });
    const written = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8');
      child[stream].on('data', (text: string) => (written[stream] += text));
    }
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(written.stdout) as Report);
      else reject(new Error(`the real kernel: ${written.stderr.trim().split('\n').slice(-3).join('\n')}`));
    });
    child.stdin.end(JSON.stringify({ namespaces, flows, patience }));
  });
}
