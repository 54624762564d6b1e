/** Which endpoints a node uses for a service port. (pkg/proxy/topology.go, CategorizeEndpoints) */
import type { Endpoint } from './endpoint.ts';
import type { ProxyInput } from './input.ts';
import type { ServicePort } from './service-port.ts';

export interface Usable {
  /** For traffic of policy Cluster. Empty when no policy of the port is Cluster. */
  readonly cluster: readonly Endpoint[];
  /** For traffic of policy Local. Empty when no policy of the port is Local. */
  readonly local: readonly Endpoint[];
  /** Both together, each once: those that get a chain of their own. */
  readonly all: readonly Endpoint[];
  /** There are endpoints for this port somewhere in the cluster. */
  readonly anywhere: boolean;
}

/** Where the node stands, for topology hints. */
export interface Standpoint {
  readonly nodeName: string;
  readonly zone: string | undefined;
  /** Node hints are looked at (PreferSameTrafficDistribution: beta in 1.34). */
  readonly nodeHints: boolean;
}

export function standpointOf({ node, nodeName, minorVersion }: ProxyInput): Standpoint {
  return { nodeName, zone: node?.metadata.labels?.['topology.kubernetes.io/zone'], nodeHints: minorVersion >= 34 };
}

const none: readonly Endpoint[] = [];
const isReady = (endpoint: Endpoint) => endpoint.ready;
const isServingTerminating = (endpoint: Endpoint) => endpoint.serving && endpoint.terminating;

export function usableEndpoints(endpoints: readonly Endpoint[], port: ServicePort, standpoint: Standpoint): Usable {
  const external = port.nodePort !== 0 || port.externalIps.length > 0 || port.loadBalancerVips.length > 0;
  // External traffic of policy Local needs them too: from pods and the node itself it goes to any endpoint.
  const usesCluster = !port.internalLocal || external;
  const usesLocal = port.internalLocal || (external && port.externalLocal);

  let cluster = none;
  if (usesCluster) {
    const ready = every(endpoints, isReady) ? endpoints : endpoints.filter(isReady);
    cluster = ready.length > 0 ? hinted(ready, standpoint) : endpoints.filter(isServingTerminating);
  }
  if (!usesLocal) return { cluster, local: none, all: cluster, anywhere: cluster.length > 0 };

  let local = endpoints.filter((endpoint) => endpoint.local && endpoint.ready);
  if (local.length === 0) local = endpoints.filter((endpoint) => endpoint.local && isServingTerminating(endpoint));
  const anywhere = cluster.length > 0 || endpoints.some((endpoint) => endpoint.ready || isServingTerminating(endpoint));
  if (!usesCluster) return { cluster, local, all: local, anywhere };
  const inCluster = new Set(cluster);
  const all = [...cluster, ...local.filter((endpoint) => !inCluster.has(endpoint))];
  return { cluster, local, all, anywhere };
}

function every(endpoints: readonly Endpoint[], test: (endpoint: Endpoint) => boolean): boolean {
  for (const endpoint of endpoints) if (!test(endpoint)) return false;
  return true;
}

/** Same node, else same zone, else all. One ready endpoint without a hint switches the feature off for everybody. */
function hinted(ready: readonly Endpoint[], { nodeName, zone, nodeHints }: Standpoint): readonly Endpoint[] {
  if (nodeHints && every(ready, (endpoint) => endpoint.nodeHints.length > 0)) {
    const here = ready.filter((endpoint) => endpoint.nodeHints.includes(nodeName));
    if (here.length > 0) return here;
  }
  if (zone !== undefined && zone !== '' && every(ready, (endpoint) => endpoint.zoneHints.length > 0)) {
    const near = ready.filter((endpoint) => endpoint.zoneHints.includes(zone));
    if (near.length > 0) return near;
  }
  return ready;
}
