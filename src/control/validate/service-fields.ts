/** What defaulting, allocation and validation of Services all ask. (pkg/api/service/util.go) */
import type { ServiceSpec } from '#kube/kinds/service.ts';

/** Reports whether traffic from outside the cluster can come in. */
export function isExternallyAccessible({ type, externalIPs = [] }: ServiceSpec): boolean {
  return type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && externalIPs.length > 0);
}

/** Reports whether load balancers must be told which nodes have pods of it. */
export function needsHealthCheck({ type, externalTrafficPolicy }: ServiceSpec): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
}

export function isHeadless({ clusterIPs = [], clusterIP }: ServiceSpec): boolean {
  return clusterIPs.length > 0 ? clusterIPs.length === 1 && clusterIPs[0] === 'None' : clusterIP === 'None';
}

export function needsNodePorts({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean {
  return type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false);
}
