/** Which machine takes packets from outside to a Service's load-balancer address or external IP: whoever routes there sends them to one. */
import { Node } from '#kube/kinds/node.ts';
import { Service } from '#kube/kinds/service.ts';
import { nodeName } from '#kube/names.ts';
import { parseIp } from '#net/ip.ts';
import type { Host } from '#node/host.ts';
import type { Snapshot } from '#node/snapshot.ts';
import { announcerOf, firstByHash, isExcluded, nodesWithEndpoints } from '#workloads/metallb/layer2.ts';

const known = new WeakMap<Snapshot['hosts'], { readonly cluster: Snapshot['cluster']; readonly announced: ReadonlyMap<string, Host> }>();

/**
 * The machines by the addresses that they announce: an address of MetalLB's at the speaker that announces it. Any other belongs to a load
 * balancer outside, which sends packets to a node that is ready and whose health check for the Service succeeds; external IPs are routed in
 * the same way, by whoever administers the network.
 */
export function announcedBy({ cluster, hosts }: Pick<Snapshot, 'cluster' | 'hosts'>): ReadonlyMap<string, Host> {
  const before = known.get(hosts);
  if (before?.cluster === cluster) return before.announced;
  const announced = announcements({ cluster, hosts });
  known.set(hosts, { cluster, announced });
  return announced;
}

function announcements({ cluster, hosts }: Pick<Snapshot, 'cluster' | 'hosts'>): ReadonlyMap<string, Host> {
  const announced = new Map<string, Host>();
  const nodes = cluster
    .list(Node)
    .filter((node) => !isExcluded(node) && node.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true)
    .map((node) => node.metadata.name);
  for (const service of cluster.list(Service)) {
    const { spec, status } = service;
    const balanced = spec.type === 'LoadBalancer' ? (status?.loadBalancer?.ingress ?? []).map((one) => one.ip ?? '') : [];
    for (const text of [...balanced, ...(spec.externalIPs ?? [])]) {
      const address = parseIp(text);
      if (address === undefined) continue;
      const speaker = announcerOf(cluster, service, address);
      const name = speaker === undefined ? firstByHash(healthyFor(service, nodes, cluster), address) : speaker;
      const host = name === undefined || name === null ? undefined : hosts.get(nodeName(name));
      if (host !== undefined) announced.set(address, host);
    }
  }
  return announced;
}

function healthyFor(service: Service, nodes: readonly string[], cluster: Snapshot['cluster']): readonly string[] {
  if (service.spec.externalTrafficPolicy !== 'Local') return nodes;
  const local = nodesWithEndpoints(service, cluster);
  const healthy = nodes.filter((name) => local.has(name));
  return healthy.length > 0 ? healthy : nodes;
}
