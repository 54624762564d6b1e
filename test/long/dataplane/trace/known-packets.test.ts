/**
 * What is known from earlier packets changes nothing: a connection through machines that have seen many ends as through ones that have seen none.
 * Nor does it matter what chains know of themselves: it is what their rules say.
 */
import { describe, expect, it } from '@jest/globals';
import { runIptables, type IptablesHost } from '#dataplane/netfilter/iptables/run.ts';
import type { Memory } from '#dataplane/trace/hooks.ts';
import type { At } from '#dataplane/trace/packet.ts';
import { spelledOut, trace, type Origin, type Target, type Trace } from '#dataplane/trace/trace.ts';
import { worldOf } from '#dataplane/trace/world.ts';
import { announcedBy } from '#lab/announced.ts';
import { pick } from '#kube/chance.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Service } from '#kube/kinds/service.ts';
import type { NodeName } from '#kube/names.ts';
import { familyOf, ip, type Family } from '#net/ip.ts';
import type { Host } from '#node/host.ts';
import type { NetworkNamespace } from '#node/kernel.ts';
import { tablesOf, type Chain, type Tables } from '#node/netfilter.ts';
import type { Snapshot } from '#node/snapshot.ts';
import { kernelClusters, startKernelCluster } from '../../../real/kernel-clusters.ts';

type Hosts = ReadonlyMap<NodeName, Host>;

function mapNamespaces(hosts: Hosts, change: (namespace: NetworkNamespace, host: Host) => NetworkNamespace): Hosts {
  const changed = [...hosts].map(([name, host]) => {
    const namespaces = new Map([...host.kernel.namespaces].map(([key, namespace]) => [key, change(namespace, host)]));
    return [name, { ...host, kernel: { ...host.kernel, namespaces } }] as const;
  });
  return new Map(changed);
}

/** The same machines, of which nothing is known. */
function unseen(hosts: Hosts): Hosts {
  return mapNamespaces(hosts, (namespace) => ({
    ...namespace,
    sysctls: new Map(namespace.sysctls),
    netfilter: { ...namespace.netfilter },
  }));
}

/** The same machines, whose chains are nothing but rules. */
function writtenOut(hosts: Hosts): Hosts {
  const written = (tables: Tables): Tables =>
    new Map(
      [...tables].map(([name, table]) => {
        const chains = [...table.chains].map(([key, { policy, rules }]): [string, Chain] => [
          key,
          { name: key, rules: [...rules], ...(policy !== undefined && { policy }) },
        ]);
        return [name, { ...table, chains: new Map(chains) }];
      }),
    );
  return mapNamespaces(hosts, (namespace) => {
    const { netfilter } = namespace;
    return {
      ...namespace,
      netfilter: { ...netfilter, ipv4: written(tablesOf(netfilter, 'ipv4')), ipv6: written(tablesOf(netfilter, 'ipv6')) },
    };
  });
}

/** What somebody may have typed on a machine, who knows the addresses of a Service and of two pods. */
const typed: readonly ((service: string, one: string, other: string) => string)[] = [
  (_, one, other) => `-I FORWARD -s ${one} -d ${other} -j DROP`,
  (_, one) => `-I FORWARD -s ${one} -p tcp -j REJECT --reject-with tcp-reset`,
  (_, one) => `-I OUTPUT -d ${one} -p udp -j REJECT`,
  (service) => `-t raw -I PREROUTING -d ${service} -j CT --notrack`,
  (_, one) => `-t raw -I OUTPUT -d ${one} -j CT --notrack`,
  (_, one) => `-t mangle -I PREROUTING ! -s ${one} -p tcp -j MARK --set-xmark 0x1/0x1`,
  () => '-I FORWARD -m mark --mark 0x1/0x1 -m statistic --mode random --probability 0.3 -j DROP',
  () => '-t mangle -A FORWARD -m statistic --mode random --probability 0.5 -j MARK --set-xmark 0x10/0x10',
  () => '-A FORWARD -m mark --mark 0x10/0x10 -m conntrack --ctstate NEW -j LOG',
  (_, one, other) => `-t nat -I PREROUTING -s ${one} -p tcp -m tcp --dport 80 -j DNAT --to-destination ${other}`,
  (_, one) => `-t nat -I PREROUTING -d ${one} -p tcp -m tcp --dport 8080 -j REDIRECT --to-ports 10250`,
  (service, one) => `-t nat -I OUTPUT -d ${service} -p tcp -j DNAT --to-destination ${one}`,
  () => '-t nat -I POSTROUTING -m addrtype ! --src-type LOCAL -j MASQUERADE',
  () => '-I INPUT -p tcp -m multiport --dports 22,8080:8090,30000:32767 -m conntrack ! --ctstate ESTABLISHED -j DROP',
  () => '-I FORWARD -m recent --name met --rcheck --seconds 60 -j DROP',
  () => '-A FORWARD -m recent --name met --set',
  () => '-P FORWARD DROP',
];

function addressesOf({ cluster }: Snapshot, family: Family): { readonly services: readonly string[]; readonly pods: readonly string[] } {
  const of = (addresses: readonly (string | undefined)[]) =>
    addresses.filter((address) => address !== undefined && address !== 'None' && familyOf(ip(address)) === family) as string[];
  return {
    services: of(cluster.list(Service, 'shop').flatMap(({ spec }) => [...(spec.clusterIPs ?? []), ...(spec.externalIPs ?? [])])),
    pods: of(cluster.list(Pod, 'shop').flatMap(({ status }) => (status?.podIPs ?? []).map((one) => one.ip))),
  };
}

/** The machines after somebody has typed a few of those lines on each. */
function withTyped(snapshot: Snapshot, seed: string): Hosts {
  return mapNamespaces(snapshot.hosts, (namespace, { name }) => {
    if (namespace.name !== '') return namespace;
    let { netfilter } = namespace;
    for (const family of ['IPv4', 'IPv6'] as const) {
      const { services, pods } = addressesOf(snapshot, family);
      if (services.length === 0 || pods.length === 0) continue;
      const host: IptablesHost = { family, version: 'v1.8.9 (nf_tables)', resolve: () => [], nameOf: () => undefined, hasSet: () => false };
      const key = family === 'IPv4' ? 'ipv4' : 'ipv6';
      for (let i = 0; i < 5; i++) {
        const draw = (what: string, all: readonly string[]) => all[pick(`${seed}/${name}/${family}/${i}/${what}`, all.length)]!;
        const line = typed[pick(`${seed}/${name}/${family}/${i}`, typed.length)]!;
        const args = line(draw('service', services), draw('one', pods), draw('other', pods)).split(' ');
        const { tables, stderr } = runIptables(args, tablesOf(netfilter, key), host);
        expect(stderr).toBe('');
        netfilter = { ...netfilter, [key]: tables };
      }
    }
    return { ...namespace, netfilter };
  });
}

interface Asked {
  readonly from: { readonly node: NodeName; readonly namespace: string } | undefined;
  readonly target: Target;
}

/** Some from each place to each port of a Service, to pods and to machines, over three protocols. */
function questions(snapshot: Snapshot): readonly Asked[] {
  const { cluster, hosts } = snapshot;
  const places = [...hosts.values()].flatMap((host) =>
    [...host.kernel.namespaces.keys()].map((namespace) => ({ node: host.name, namespace })),
  );
  const machines = [...hosts.values()].flatMap(({ addresses }) => addresses);
  const ports = cluster
    .list(Service, 'shop')
    .flatMap(({ spec }) =>
      (spec.ports ?? []).flatMap(({ port, nodePort }) => [
        ...(spec.clusterIPs ?? []).map((address) => [address, port] as const),
        ...(spec.externalIPs ?? []).map((address) => [address, port] as const),
        ...(nodePort === undefined ? [] : machines.map((address) => [address, nodePort] as const)),
      ]),
    );
  const pods = cluster
    .list(Pod, 'shop')
    .flatMap(({ status }) => (status?.podIPs ?? []).map(({ ip: address }) => [address!, 8080] as const));
  const ends = [...ports, ...pods, ...machines.map((address) => [address, 22] as const)].filter(([address]) => address !== 'None');
  return ends.flatMap(([address, port], n) =>
    [0, 1, 2, 3].map((i): Asked => {
      const protocol = (['TCP', 'TCP', 'UDP', 'ICMP'] as const)[i]!;
      const from = (n + i) % 9 === 8 ? undefined : places[(n * 7 + i * 5) % places.length];
      return { from, target: { protocol, address: ip(address), port: protocol === 'ICMP' ? 0 : port } };
    }),
  );
}

const memory: Memory = (_, list, address) => pick(`${list} ${address}`, 3) === 0;

function walked(hosts: Hosts, snapshot: Snapshot, purpose: string, { from, target }: Asked): Trace {
  const host = from === undefined ? undefined : hosts.get(from.node)!;
  const origin: Origin =
    host === undefined
      ? { kind: 'outside', address: ip(target.address.includes(':') ? '2001:db8:99::9' : '198.51.100.9') }
      : { kind: 'inside', at: { host, namespace: host.kernel.namespaces.get(from!.namespace)! } };
  return trace(worldOf(hosts, 'known', purpose, memory), origin, target, announcedBy({ ...snapshot, hosts }));
}

/** All that is told of a connection, with places by their names. */
function told(walk: Trace): object {
  const { destination, tracked, remembered } = walk;
  const place = ({ host, namespace }: At) => `${host.name}/${namespace.name}`;
  return {
    ...spelledOut(walk),
    destination: destination && { ...destination, at: place(destination.at) },
    tracked: tracked.map((one) => ({ ...one, at: place(one.at) })),
    remembered: remembered.map((one) => ({ ...one, at: place(one.at) })),
  };
}

describe.each(kernelClusters)('$name', (cluster) => {
  const { snapshot } = startKernelCluster(cluster, cluster.name);

  it.each(['as set up', 'with rules of somebody’s own', 'with others'])('%s', (rules) => {
    const hosts = rules === 'as set up' ? snapshot.hosts : withTyped(snapshot, `${cluster.name}/${rules}`);
    const asked = questions(snapshot);
    for (const [i, one] of asked.entries()) walked(hosts, snapshot, `earlier ${i}`, one);
    for (const [i, one] of asked.entries()) {
      const [known, first] = [walked(hosts, snapshot, `${i}`, one), walked(unseen(hosts), snapshot, `${i}`, one)];
      expect(told(known)).toEqual(told(first));
    }
    const written = writtenOut(hosts);
    for (const [i, one] of asked.entries())
      expect(told(walked(hosts, snapshot, `written ${i}`, one))).toEqual(told(walked(written, snapshot, `written ${i}`, one)));
  });
});
