/** A lab as plain data (objects, arrays, maps and sets, with what is shared still shared), so that it can be kept and taken up again. */
import { Cluster } from '#kube/cluster.ts';
import type { Host } from '#node/host.ts';
import { forced, type Netfilter } from '#node/netfilter.ts';
import type { Snapshot } from '#node/snapshot.ts';
import type { Lab } from './lab.ts';

export interface Picture {
  readonly cluster: Pick<Cluster, 'seed' | 'store' | 'counter' | 'revisions'>;
  readonly hosts: Snapshot['hosts'];
  readonly now: number;
  /** How many connections there have been. */
  readonly connections: number;
}

/** The picture can be cloned by the structured clone algorithm, and then stands for the same lab. Rules that nobody has asked for yet are made. */
export function pictureOf({ snapshot: { cluster, hosts, now }, connections }: Lab): Picture {
  const { seed, store, counter, revisions } = cluster;
  return {
    cluster: { seed, store, counter, revisions },
    hosts: new Map([...hosts].map(([name, host]) => [name, withRules(host)])),
    now,
    connections,
  };
}

function withRules(host: Host): Host {
  const namespaces = [...host.kernel.namespaces].map(([name, one]) => [name, { ...one, netfilter: rulesOf(one.netfilter) }] as const);
  return { ...host, kernel: { ...host.kernel, namespaces: new Map(namespaces) } };
}

function rulesOf(netfilter: Netfilter): Netfilter {
  return Object.fromEntries(Object.entries(netfilter).map(([part, rules]) => [part, forced(rules as object)])) as unknown as Netfilter;
}

export function snapshotOf({ cluster: { seed, store, counter, revisions }, hosts, now }: Picture): Snapshot {
  return { cluster: new Cluster(seed, store, counter, revisions), hosts, now };
}
