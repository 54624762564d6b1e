/** The DNS as a program at a spot of the cluster meets it. */
import type { DnsClient } from '#dataplane/resolver/client.ts';
import type { Trace } from '#dataplane/trace/trace.ts';
import { stream } from '#kube/chance.ts';
import type { Prefixed } from '#net/ip.ts';
import { exchange } from '#workloads/coredns/exchange.ts';
import type { Lab } from './lab.ts';
import { writeLogs } from './server-log.ts';
import { readAt, type Spot } from './spot.ts';

export interface LabDnsClient extends DnsClient {
  /** The walk of every message so far. */
  readonly walks: readonly Trace[];
}

/** Waiting moves this client's clock alone: the cluster's stands still while one question is asked. */
export function dnsClient(lab: Pick<Lab, 'snapshot' | 'now' | 'restore' | 'track'>, spot: Spot): LabDnsClient {
  const { snapshot } = lab;
  const host = snapshot.hosts.get(spot.node)!;
  const namespace = host.kernel.namespaces.get(spot.namespace)!;
  const sandbox = spot.pod === undefined ? undefined : host.sandboxes.get(spot.pod.uid);
  const draw = stream(`${snapshot.cluster.seed}/dns/${spot.node}/${spot.namespace}/${snapshot.now}/${snapshot.cluster.counter}`);
  const walks: Trace[] = [];
  let waited = 0;
  return {
    walks,
    now: () => lab.now + waited,
    wait: (milliseconds) => void (waited += milliseconds),
    exchange(query, to, source) {
      const now = lab.now + waited;
      const result = exchange({ objects: lab.snapshot.cluster, hosts: lab.snapshot.hosts, now }, { host, namespace }, query, to, {
        attempt: walks.length,
        ...(source !== undefined && { source }),
      });
      if (result.trace !== undefined) {
        walks.push(result.trace);
        lab.track(result.trace, `${snapshot.cluster.seed}/dns/${spot.node}/${spot.namespace}/${now}/${walks.length}/${query.id}`);
      }
      if (result.logs.length > 0) writeLogs(lab, result.logs);
      return result.outcome;
    },
    readFile: (path) => readAt(snapshot, spot, path),
    addresses: namespace.links
      .filter((link) => link.kind !== 'loopback')
      .flatMap((link) => link.addresses.map(({ ip, length }): Prefixed => ({ ip, length }))),
    hostname: sandbox?.hostname ?? spot.node,
    draw,
  };
}
