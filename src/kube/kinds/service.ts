import { defineKind, type ObjectOf } from '../kind.ts';
import { always, boolean, int32, intOrString, list, map, pointer, required, string, struct, typed, type Infer } from '../schema.ts';
import { conditions } from './conditions.ts';

export const ServicePort = struct('ServicePort', 'one port of a Service', {
  name: string('name of the port; needed when there are several'),
  protocol: typed('Protocol', string('TCP, UDP or SCTP', ['SCTP', 'TCP', 'UDP'])),
  appProtocol: pointer(string('the protocol that is spoken over it')),
  port: required(int32('port of the Service')),
  targetPort: intOrString('number or name of the port of the pods; the same as port when absent'),
  nodePort: int32('port of every node that leads here'),
});
export type ServicePort = Infer<typeof ServicePort>;

export const ClientIPConfig = struct('ClientIPConfig', 'how long a client is remembered', {
  timeoutSeconds: pointer(int32('seconds without a new connection after which it is forgotten')),
});

export const SessionAffinityConfig = struct('SessionAffinityConfig', 'settings of session affinity', {
  clientIP: ClientIPConfig,
});

/** staging:api/core/v1/types.go */
export const ServiceSpec = struct('ServiceSpec', 'how the pods of a Service are reached', {
  ports: list(ServicePort, 'its ports', { mergeKey: 'port', mapKeys: ['port', 'protocol'] }),
  selector: map(string(), 'labels of the pods behind it; without, someone else writes its endpoints', { atomic: true }),
  clusterIP: string('its address in the cluster; None for a headless Service'),
  clusterIPs: list(string(), 'its addresses in the cluster, one an address family'),
  type: typed('ServiceType', string('how it is exposed', ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'])),
  externalIPs: list(string(), 'addresses of nodes that lead here too'),
  sessionAffinity: typed('ServiceAffinity', string('whether a client stays with one pod', ['ClientIP', 'None'])),
  loadBalancerIP: string('obsolete: the address the load balancer should get'),
  loadBalancerSourceRanges: list(string(), 'the clients that the load balancer admits'),
  externalName: string('the DNS name that an ExternalName Service stands for'),
  externalTrafficPolicy: typed('ServiceExternalTrafficPolicy', string('which pods serve traffic from outside', ['Cluster', 'Local'])),
  healthCheckNodePort: int32('port where nodes tell load balancers whether they have pods of it'),
  publishNotReadyAddresses: boolean('pods that are not ready are published too'),
  sessionAffinityConfig: SessionAffinityConfig,
  ipFamilies: list(typed('IPFamily', string()), 'the address families of its addresses'),
  ipFamilyPolicy: pointer(
    typed('IPFamilyPolicy', string('whether it has one address family or two', ['PreferDualStack', 'RequireDualStack', 'SingleStack'])),
  ),
  allocateLoadBalancerNodePorts: pointer(boolean('a load balancer Service gets node ports')),
  loadBalancerClass: pointer(string('which load balancer implementation serves it')),
  internalTrafficPolicy: pointer(
    typed('ServiceInternalTrafficPolicy', string('which pods serve traffic from inside', ['Cluster', 'Local'])),
  ),
  trafficDistribution: pointer(string('whether near pods are preferred: PreferSameZone, PreferSameNode')),
});
export type ServiceSpec = Infer<typeof ServiceSpec>;

export const PortStatus = struct('PortStatus', 'a port of the load balancer', {
  port: required(int32('the port')),
  protocol: required(typed('Protocol', string('TCP, UDP or SCTP', ['SCTP', 'TCP', 'UDP']))),
  error: pointer(string('what went wrong with it')),
});

export const LoadBalancerIngress = struct('LoadBalancerIngress', 'an entry point of the load balancer', {
  ip: string('its address'),
  hostname: string('its DNS name'),
  ipMode: pointer(typed('LoadBalancerIPMode', string('VIP: packets reach nodes with this address; Proxy: with an address of the node'))),
  ports: list(PortStatus, 'its ports'),
});
export type LoadBalancerIngress = Infer<typeof LoadBalancerIngress>;

export const LoadBalancerStatus = struct('LoadBalancerStatus', 'the load balancer', {
  ingress: list(LoadBalancerIngress, 'its entry points'),
});

export const ServiceStatus = struct('ServiceStatus', 'what has become of the Service', {
  loadBalancer: always(LoadBalancerStatus),
  conditions,
});
export type ServiceStatus = Infer<typeof ServiceStatus>;

export const Service = defineKind(
  'Service',
  'one address and name for a set of pods',
  { spec: always(ServiceSpec), status: always(ServiceStatus) },
  { shortNames: ['svc'], categories: ['all'], subresources: ['proxy', 'status'] },
);
export type Service = ObjectOf<typeof Service>;
