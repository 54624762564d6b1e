import { boolean, int32, int64, list, map, pointer, required, string, struct, typed, type Infer } from '../schema.ts';
import { Affinity, Toleration, TopologySpreadConstraint } from './affinity.ts';
import { Container, EphemeralContainer } from './container.ts';
import { LocalObjectReference } from './object-reference.ts';
import { ResourceRequirements, resourceList } from './resources.ts';
import { PodSecurityContext } from './security-context.ts';
import { Volume } from './volume.ts';

export const HostAlias = struct('HostAlias', 'a line of the hosts file of the pod', {
  ip: required(string('the address')),
  hostnames: list(string(), 'the names of the address'),
});
export type HostAlias = Infer<typeof HostAlias>;

export const PodDNSConfigOption = struct('PodDNSConfigOption', 'an option of the resolver', {
  name: string('name of the option'),
  value: pointer(string('value of the option')),
});

export const PodDNSConfig = struct('PodDNSConfig', 'what is added to the resolv.conf that follows from dnsPolicy', {
  nameservers: list(string(), 'addresses of more nameservers'),
  searches: list(string(), 'more search domains'),
  options: list(PodDNSConfigOption, 'options of the resolver'),
});
export type PodDNSConfig = Infer<typeof PodDNSConfig>;

export const PodReadinessGate = struct('PodReadinessGate', 'a condition that the pod needs to be ready', {
  conditionType: required(typed('PodConditionType', string('type of the condition'))),
});

export const PodSchedulingGate = struct('PodSchedulingGate', 'something that keeps the pod from being scheduled', {
  name: required(string('name of the gate')),
});

export const PodOS = struct('PodOS', 'the operating system of the containers', {
  name: required(typed('OSName', string('linux or windows'))),
});

export const PodResourceClaim = struct('PodResourceClaim', 'a ResourceClaim the pod uses', {
  name: required(string('name of the claim in the pod')),
  resourceClaimName: pointer(string('name of the ResourceClaim')),
  resourceClaimTemplateName: pointer(string('name of the template it is made from')),
});

export const PodSchedulingGroup = struct('PodSchedulingGroup', 'the group that the pod is scheduled with', {
  podGroupName: pointer(string('name of the PodGroup')),
});

const byName = { mergeKey: 'name', mapKeys: ['name'] } as const;

/** staging:api/core/v1/types.go */
export const PodSpec = struct('PodSpec', 'what a pod is made of, and where and how it runs', {
  volumes: list(Volume, 'directories for its containers', { ...byName, retainKeys: true }),
  initContainers: list(Container, 'containers that end before the others begin, one after the other', byName),
  containers: required(list(Container, 'containers that run together', byName)),
  ephemeralContainers: list(EphemeralContainer, 'containers added to the running pod', byName),
  restartPolicy: typed('RestartPolicy', string('whether containers that end are started again', ['Always', 'Never', 'OnFailure'])),
  terminationGracePeriodSeconds: pointer(int64('seconds to end by itself when it is deleted')),
  activeDeadlineSeconds: pointer(int64('seconds it may run')),
  dnsPolicy: typed(
    'DNSPolicy',
    string('what its resolv.conf is made from', ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None']),
  ),
  nodeSelector: map(string(), 'labels that its node must have', { atomic: true }),
  serviceAccountName: string('name of its ServiceAccount'),
  serviceAccount: string('obsolete name of serviceAccountName'),
  automountServiceAccountToken: pointer(boolean('containers get a token of the ServiceAccount')),
  nodeName: string('name of its node'),
  hostNetwork: boolean('it uses the network of the node'),
  hostPID: boolean('it sees the processes of the node'),
  hostIPC: boolean('it shares memory with the node'),
  shareProcessNamespace: pointer(boolean('its containers see the processes of one another')),
  securityContext: PodSecurityContext,
  imagePullSecrets: list(LocalObjectReference, 'Secrets for pulling images', byName),
  hostname: string('its host name; its own name when empty'),
  subdomain: string('with hostname, its DNS name below a headless Service of this name'),
  affinity: Affinity,
  schedulerName: string('who schedules it'),
  tolerations: list(Toleration, 'taints it bears'),
  hostAliases: list(HostAlias, 'lines for its hosts file', { mergeKey: 'ip', mapKeys: ['ip'] }),
  priorityClassName: string('name of its PriorityClass'),
  priority: pointer(int32('its priority')),
  dnsConfig: PodDNSConfig,
  readinessGates: list(PodReadinessGate, 'conditions it needs to be ready'),
  runtimeClassName: pointer(string('name of its RuntimeClass')),
  enableServiceLinks: pointer(boolean('containers get variables of the Services of the namespace')),
  preemptionPolicy: pointer(typed('PreemptionPolicy', string('whether it may drive out others', ['Never', 'PreemptLowerPriority']))),
  overhead: resourceList('what it needs beside its containers'),
  topologySpreadConstraints: list(TopologySpreadConstraint, 'how it is spread', {
    mergeKey: 'topologyKey',
    mapKeys: ['topologyKey', 'whenUnsatisfiable'],
  }),
  setHostnameAsFQDN: pointer(boolean('its host name is its full DNS name')),
  os: PodOS,
  hostUsers: pointer(boolean('it uses the user numbers of the node')),
  schedulingGates: list(PodSchedulingGate, 'what keeps it from being scheduled', byName),
  resourceClaims: list(PodResourceClaim, 'ResourceClaims it uses', { ...byName, retainKeys: true }),
  resources: ResourceRequirements,
  hostnameOverride: pointer(string('its host name, whatever the other fields say')),
  schedulingGroup: PodSchedulingGroup,
});
export type PodSpec = Infer<typeof PodSpec>;
