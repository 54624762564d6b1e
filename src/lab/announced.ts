/** Which machine takes packets from outside to a Service's load-balancer address or external IP: whoever routes there sends them to one. */
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { Node } from '#kube/kinds/node.ts';
import { Service } from '#kube/kinds/service.ts';
import { nodeName, type NodeName } from '#kube/names.ts';
import { sha256 } from '#net/digest.ts';
import type { Host } from '#node/host.ts';
import type { Snapshot } from '#node/snapshot.ts';

const known = new WeakMap<Snapshot, ReadonlyMap<string, Host>>();

/**
 * The machines by the addresses that they announce. A load balancer sends packets to nodes that are ready and whose health check for the
 * Service succeeds; of those it is, as MetalLB's speakers agree on it, the first by the hash of its name and the address (metallb:
 * speaker/layer2_controller.go, ShouldAnnounce). External IPs are routed in the same way, by whoever administers the network.
 */
export function announcedBy(snapshot: Snapshot): ReadonlyMap<string, Host> {
  let announced = known.get(snapshot);
  if (announced === undefined) known.set(snapshot, (announced = announcements(snapshot)));
  return announced;
}

function announcements({ cluster, hosts }: Snapshot): ReadonlyMap<string, Host> {
  const announced = new Map<string, Host>();
  const nodes = cluster
    .list(Node)
    .filter((node) => node.metadata.labels?.['node.kubernetes.io/exclude-from-external-load-balancers'] === undefined)
    .filter((node) => node.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true)
    .map((node) => nodeName(node.metadata.name));
  for (const service of cluster.list(Service)) {
    const { spec, status } = service;
    const balanced = spec.type === 'LoadBalancer' ? (status?.loadBalancer?.ingress ?? []).map((one) => one.ip) : [];
    const addresses = [...balanced, ...(spec.externalIPs ?? [])].filter((one) => one !== undefined && one !== '');
    if (addresses.length === 0) continue;
    const local =
      spec.externalTrafficPolicy === 'Local' ? withEndpoints(service, cluster.list(EndpointSlice, service.metadata.namespace)) : undefined;
    const healthy = local === undefined ? nodes : nodes.filter((name) => local.has(name));
    for (const address of addresses) {
      const [first] = (healthy.length > 0 ? healthy : nodes).map((name) => [sha256(`${name}#${address}`), name] as const).sort(byHash);
      const host = first === undefined ? undefined : hosts.get(first[1]);
      if (host !== undefined) announced.set(address!, host);
    }
  }
  return announced;
}

function byHash([a]: readonly [string, NodeName], [b]: readonly [string, NodeName]): number {
  return a < b ? -1 : Number(a > b);
}

/** The nodes that have ready endpoints of a Service. */
function withEndpoints({ metadata }: Service, slices: readonly EndpointSlice[]): ReadonlySet<string> {
  const own = slices.filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === metadata.name);
  return new Set(
    own.flatMap((slice) =>
      slice.endpoints.flatMap((endpoint) =>
        (endpoint.conditions?.ready ?? true) && endpoint.nodeName !== undefined ? [endpoint.nodeName] : [],
      ),
    ),
  );
}
