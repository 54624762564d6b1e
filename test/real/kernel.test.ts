/** The rules of our kube-proxies in a real kernel: real connections must end as the simulation says, at the same backends, seen from the same address. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { runIptables, type IptablesHost } from '#dataplane/netfilter/iptables/run.ts';
import { parseSave } from '#dataplane/netfilter/iptables/restore.ts';
import { saveTables } from '#dataplane/netfilter/iptables/save.ts';
import { rulesetText } from '#dataplane/netfilter/nft/ruleset.ts';
import { trace, type Origin, type Trace } from '#dataplane/trace/trace.ts';
import { worldOf } from '#dataplane/trace/world.ts';
import { announcedBy } from '#lab/announced.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Service } from '#kube/kinds/service.ts';
import { podCidrsOf, serviceCidrsOf } from '#kube/settings.ts';
import { familyOf, hostPort, ip, type Ip, type Protocol } from '#net/ip.ts';
import { tablesOf, type Netfilter, type TableName, type Tables } from '#node/netfilter.ts';
import type { Snapshot } from '#node/snapshot.ts';
import { outside, planned, planOf, runPlan, type PlannedFlow, type RealFlow, type Report } from '../support/real-kernel/plan.ts';
import { cannotRun } from '../support/real-tools.ts';
import { kernelClusters, startKernelCluster, type KernelCluster } from './kernel-clusters.ts';

const why = cannotRun('iptables-restore', 'nft', 'python3', 'bridge');
if (why !== undefined) console.warn(`test/real/kernel: skipped, ${why}`);

const outsideAddresses = [ip('198.51.100.9'), ip('2001:db8:99::9')];

interface Source {
  readonly text: string;
  readonly origin: Origin;
  readonly namespace: string;
  readonly source?: Ip;
}

interface Flow {
  readonly from: Source;
  readonly protocol: Protocol | 'ICMP';
  readonly address: Ip;
  readonly port: number;
}

/** Pods of the lesson, machines, and somebody outside. */
function sourcesOf({ cluster, hosts }: Snapshot, family: 'IPv4' | 'IPv6'): readonly Source[] {
  const sources: Source[] = [];
  for (const host of hosts.values()) {
    const at = (namespace: string): Origin => ({ kind: 'inside', at: { host, namespace: host.kernel.namespaces.get(namespace)! } });
    sources.push({ text: `node:${host.name}`, origin: at(''), namespace: planned(hosts, host.name, '') });
    for (const { podNamespace, podName, network } of host.sandboxes.values()) {
      if (podNamespace !== 'shop' || network.namespace === '' || cluster.get(Pod, podNamespace, podName) === undefined) continue;
      sources.push({ text: `pod:${podName}`, origin: at(network.namespace), namespace: planned(hosts, host.name, network.namespace) });
    }
  }
  const address = outsideAddresses.find((one) => familyOf(one) === family)!;
  return [...sources, { text: 'external', origin: { kind: 'outside', address }, namespace: outside, source: address }];
}

/** Everything that one may try with a Service, and with its pods. */
function targetsOf({ cluster, hosts }: Snapshot): readonly Omit<Flow, 'from'>[] {
  const targets = new Map<string, Omit<Flow, 'from'>>();
  const add = (protocol: Flow['protocol'], address: string, port: number) =>
    void targets.set(`${protocol} ${address} ${port}`, { protocol, address: ip(address), port });
  const nodeAddresses = [...hosts.values()].flatMap((host) => host.addresses);
  for (const service of cluster.list(Service, 'shop')) {
    const { spec, status } = service;
    for (const { port, protocol = 'TCP', nodePort } of spec.ports ?? []) {
      if (protocol === 'SCTP') continue;
      for (const address of spec.clusterIPs ?? []) add(protocol as Protocol, address, port);
      for (const address of spec.externalIPs ?? []) add(protocol as Protocol, address, port);
      for (const { ip: address } of status?.loadBalancer?.ingress ?? [])
        if (address !== undefined) add(protocol as Protocol, address, port);
      if (nodePort !== undefined && nodePort !== 0) {
        for (const address of [...nodeAddresses, '127.0.0.1']) add(protocol as Protocol, address, nodePort);
      }
    }
    for (const address of spec.clusterIPs ?? []) add('TCP', address, 81);
  }
  const first = cluster.list(Service, 'shop')[0]?.spec.clusterIPs?.[0];
  if (first !== undefined) add('ICMP', first, 0);
  for (const pod of cluster.list(Pod, 'shop')) {
    for (const { ip: address } of pod.status?.podIPs ?? []) {
      add('TCP', address!, 8080);
      add('ICMP', address!, 0);
    }
    for (const { hostPort: port } of pod.spec.containers.flatMap((container) => container.ports ?? [])) {
      if (port !== undefined && port !== 0 && pod.spec.hostNetwork !== true) for (const address of nodeAddresses) add('TCP', address, port);
    }
  }
  return [...targets.values()];
}

/** Of all pairs so many, spread over all targets: with every target another choice of sources. */
function flowsOf(snapshot: Snapshot, most: number): readonly Flow[] {
  const targets = targetsOf(snapshot);
  const flows = targets.flatMap((target, n) => {
    const all = sourcesOf(snapshot, familyOf(target.address));
    const sources = target.address === '127.0.0.1' ? all.filter(({ origin }) => origin.kind === 'inside') : all;
    const each = Math.max(2, Math.min(sources.length, Math.ceil(most / targets.length)));
    return Array.from({ length: each }, (_, i) => ({
      from: sources[(n * 3 + i * 5 + Math.floor((n * i) / 7)) % sources.length]!,
      ...target,
    }));
  });
  const unique = new Map(flows.map((flow) => [`${flow.from.text} ${flow.protocol} ${flow.address} ${flow.port}`, flow]));
  return [...unique.values()];
}

function describeFlow({ from, protocol, address, port }: Flow): string {
  return `${from.text} → ${protocol} ${protocol === 'ICMP' ? address : hostPort(address, port)}`;
}

interface Expected {
  readonly walks: readonly Trace[];
  readonly outcome: string;
  readonly seen: ReadonlyMap<string, ReadonlySet<string>>;
  readonly candidates: readonly string[];
}

/** Traces until every candidate has been met. */
function simulate(snapshot: Snapshot, { from, protocol, address, port }: Flow): Expected {
  const walks: Trace[] = [];
  const seen = new Map<string, Set<string>>();
  const announced = announcedBy(snapshot);
  for (let attempt = 0; attempt < 100; attempt++) {
    const world = worldOf(snapshot.hosts, 'kernel', `${from.text}/${protocol}/${address}/${port}/${attempt}`);
    const walk = trace(world, from.origin, { protocol, address, port }, announced);
    walks.push(walk);
    if (walk.outcome === 'connected' && protocol !== 'ICMP') {
      const end = hostPort(walk.destination!.address, walk.destination!.port);
      seen.set(end, (seen.get(end) ?? new Set()).add(walk.sourceSeen!));
    }
    const met = new Set(walks.map((one) => (one.destination === undefined ? '' : hostPort(one.destination.address, one.destination.port))));
    if (walk.candidates.every((one) => met.has(one)) || (walk.outcome !== 'connected' && walk.candidates.length <= 1)) break;
  }
  const connected = walks.find((walk) => walk.outcome === 'connected');
  const last = walks[0]!;
  const outcome = connected?.outcome ?? (last.errno === 'EPERM' ? 'not-permitted' : last.outcome);
  return { walks, outcome, seen, candidates: last.candidates };
}

function isSticky({ cluster }: Snapshot, { address, port }: Flow): boolean {
  return cluster.list(Service, 'shop').some(({ spec, status }) => {
    const own = [...(spec.clusterIPs ?? []), ...(spec.externalIPs ?? []), ...(status?.loadBalancer?.ingress ?? []).map((one) => one.ip)];
    return spec.sessionAffinity === 'ClientIP' && (own.includes(address) || (spec.ports ?? []).some((one) => one.nodePort === port));
  });
}

/** What differs, in words; undefined when the kernel did what was said. */
function difference(snapshot: Snapshot, flow: Flow, expected: Expected, real: RealFlow): string | undefined {
  const tell = (what: string) => `${describeFlow(flow)}: ${what} (${expected.walks[0]!.why})`;
  const outcomes = Object.keys(real.outcomes).sort();
  const wanted = [...new Set(expected.walks.map((walk) => (walk.errno === 'EPERM' ? 'not-permitted' : walk.outcome)))].sort();
  if (outcomes.join() !== wanted.join()) return tell(`${JSON.stringify(real.outcomes)}, not ${wanted.join(' and ')}`);
  const met = Object.keys(real.seen).sort();
  if (isSticky(snapshot, flow)) {
    if (expected.seen.size > 0 && (met.length !== 1 || !expected.seen.has(met[0]!)))
      return tell(`affinity: ${met.join(' ')}, not one of ${[...expected.seen.keys()].join(' ')}`);
  } else if (met.join() !== [...expected.seen.keys()].sort().join())
    return tell(`${met.join(' ')}, not ${[...expected.seen.keys()].sort().join(' ')}`);
  for (const [backend, sources] of Object.entries(real.seen)) {
    const said = [...expected.seen.get(backend)!].sort().join();
    if ([...sources].sort().join() !== said) return tell(`${backend} sees ${sources.join()}, not ${said}`);
  }
  return undefined;
}

const tables = ['filter', 'nat', 'mangle'] as const;
const programs = { iptables: 'IPv4', ip6tables: 'IPv6' } as const;

/** What is printed of the rules once they are loaded. */
const listings = [
  ...Object.keys(programs).flatMap((program) => [`${program}-save`, ...tables.map((table) => `${program} -t ${table} -L -n -v`)]),
  'nft list ruleset',
];

function restored(netfilter: Netfilter, family: 'IPv4' | 'IPv6'): Tables {
  return parseSave(
    saveTables(tablesOf(netfilter, family === 'IPv4' ? 'ipv4' : 'ipv6'), { family, program: 'iptables', date: 'now' }),
    family,
  );
}

/** The same of the simulation. A table that iptables asks for exists from then on, so it is asked for what is there. */
function listed(netfilter: Netfilter, line: string): string | undefined {
  const [program = '', ...args] = line.split(' ');
  // Tables that have been restored from a save hold their chains in its order.
  if (program === 'nft') {
    const { ipv4, ipv6 } = { ipv4: restored(netfilter, 'IPv4'), ipv6: restored(netfilter, 'IPv6') };
    return rulesetText({ ...netfilter, ipv4, ipv6 }).stdout;
  }
  const family = programs[program.replace('-save', '') as keyof typeof programs];
  const rules = tablesOf(netfilter, family === 'IPv4' ? 'ipv4' : 'ipv6');
  if (program.endsWith('-save')) return saveTables(rules, { family, program: `${program} v1.8.9 (nf_tables)`, date: 'DATE' });
  if (!rules.has(args[1] as TableName)) return undefined;
  const host: IptablesHost = { family, version: 'v1.8.9 (nf_tables)', resolve: () => [], nameOf: () => undefined, hasSet: () => false };
  return runIptables(args, rules, host).stdout;
}

/** Counters, the program's version and the date aside. */
function still(text: string): string {
  return text
    .replace(/ v[\d.]+ \((nf_tables|legacy)\) on .*$|^(# Completed) on .*$/gm, '$2')
    .replace(/\[\d+:\d+\]/g, '[0:0]')
    .replace(/counter packets \d+ bytes \d+/g, 'counter')
    .replace(/\d+ packets, \d+ bytes/g, '')
    .replace(/^ *\d+[KMGT]? +\d+[KMGT]? /gm, '');
}

/** The listings that are not ours: of which machine, of which tool, and the first line that differs. */
function foreignListings({ hosts }: Snapshot, { rules }: Report): readonly string[] {
  return [...hosts.values()].flatMap((host) => {
    const said = rules[planned(hosts, host.name, '')] ?? {};
    return listings.flatMap((line) => {
      const own = listed(host.kernel.namespaces.get('')!.netfilter, line);
      if (own === undefined) return [];
      const [ours, real] = [still(own).split('\n'), still(said[line] ?? 'nothing').split('\n')];
      const at = ours.findIndex((text, i) => text !== real[i]);
      return at < 0 && ours.length === real.length ? [] : [`${host.name} ${line}, line ${at + 1}: ${real[at]} is not ${ours[at]}`];
    });
  });
}

interface Run {
  readonly snapshot: Snapshot;
  readonly flows: readonly Flow[];
  readonly expected: readonly Expected[];
  readonly report: Report;
}

async function runCluster(cluster: KernelCluster): Promise<Run> {
  const { snapshot } = startKernelCluster(cluster, 'kernel');
  const flows = flowsOf(snapshot, 90);
  const expected = flows.map((flow) => simulate(snapshot, flow));
  const plan = planOf(snapshot.hosts, {
    outsideAddresses,
    hidden: [...podCidrsOf(snapshot.cluster), ...serviceCidrsOf(snapshot.cluster)],
    announced: announcedBy(snapshot),
    listings,
  });
  const report = await runPlan(
    plan,
    flows.map(({ from, protocol, address, port }, i): PlannedFlow => {
      const { outcome, candidates } = expected[i]!;
      const tries = outcome === 'connected' ? Math.max(6, 16 * candidates.length) : 2;
      return {
        namespace: from.namespace,
        protocol,
        address,
        port,
        tries: protocol === 'ICMP' ? 1 : tries,
        ...(from.source !== undefined && { source: from.source }),
      };
    }),
  );
  return { snapshot, flows, expected, report };
}

/** So many clusters at a time: while one waits for packets that nobody answers, another is built. */
const atOnce = 4;
const running = new Map<string, Promise<Run>>();

function started(name: string): Promise<Run> {
  const at = kernelClusters.findIndex((cluster) => cluster.name === name);
  for (const cluster of kernelClusters.slice(at, at + atOnce)) {
    if (!running.has(cluster.name)) {
      const run = new Promise((resolve) => setImmediate(resolve)).then(() => runCluster(cluster));
      run.catch(() => undefined);
      running.set(cluster.name, run);
    }
  }
  return running.get(name)!;
}

let agreed = 0;
let compared = 0;
let connections = 0;

(why === undefined ? describe : describe.skip)('a real kernel with our rules', () => {
  afterAll(() => {
    process.stdout.write(
      `test/real/kernel: ${agreed} of ${compared} flows agree (${kernelClusters.length} clusters, ${connections} connections)\n`,
    );
  });

  it.each(kernelClusters.map((cluster) => cluster.name))(
    '%s',
    async (name) => {
      const { snapshot, flows, expected, report } = await started(name);
      running.set(name, Promise.reject(new Error('seen')));
      running.get(name)!.catch(() => undefined);
      const differing = flows.flatMap((flow, i) => difference(snapshot, flow, expected[i]!, report.flows[i]!) ?? []);
      compared += flows.length;
      agreed += flows.length - differing.length;
      connections += report.flows.reduce((sum, flow) => sum + Object.values(flow.outcomes).reduce((all, one) => all + one, 0), 0);
      expect({ differing, listings: foreignListings(snapshot, report) }).toEqual({ differing: [], listings: [] });
    },
    60_000,
  );
});
