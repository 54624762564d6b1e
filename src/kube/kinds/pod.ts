import { defineKind, type ObjectOf } from '../kind.ts';
import {
  always,
  boolean,
  int32,
  int64,
  list,
  map,
  nullable,
  pointer,
  quantity,
  required,
  string,
  struct,
  time,
  typed,
  type Infer,
} from '../schema.ts';
import { byType } from './conditions.ts';
import { PodSpec } from './pod-spec.ts';
import { ResourceRequirements, resourceList } from './resources.ts';

export const PodCondition = struct('PodCondition', 'one aspect of the state of the pod', {
  type: required(typed('PodConditionType', string('what is said'))),
  observedGeneration: int64('the generation that was looked at'),
  status: required(typed('ConditionStatus', string('True, False or Unknown'))),
  lastProbeTime: nullable(time('when it was last looked at')),
  lastTransitionTime: nullable(time('since when the status is what it is')),
  reason: string('why, in one word'),
  message: string('why, in a sentence'),
});
export type PodCondition = Infer<typeof PodCondition>;

export const PodIP = struct('PodIP', 'an address of the pod', { ip: required(string('the address')) });
export const HostIP = struct('HostIP', 'an address of the node', { ip: required(string('the address')) });

export const ContainerStateWaiting = struct('ContainerStateWaiting', 'the container does not run yet', {
  reason: string('why, in one word'),
  message: string('why, in a sentence'),
});
export const ContainerStateRunning = struct('ContainerStateRunning', 'the container runs', {
  startedAt: nullable(time('since when')),
});
export const ContainerStateTerminated = struct('ContainerStateTerminated', 'the container has ended', {
  exitCode: required(int32('its exit code')),
  signal: int32('the signal that ended it'),
  reason: string('why, in one word'),
  message: string('what it left in its termination message'),
  startedAt: nullable(time('when it began')),
  finishedAt: nullable(time('when it ended')),
  containerID: string('its name in the runtime'),
});
export const ContainerState = struct('ContainerState', 'whether the container waits, runs or has ended', {
  waiting: ContainerStateWaiting,
  running: ContainerStateRunning,
  terminated: ContainerStateTerminated,
});
export type ContainerState = Infer<typeof ContainerState>;

export const VolumeMountStatus = struct('VolumeMountStatus', 'a volume as it is mounted', {
  name: required(string('name of the volume')),
  mountPath: required(string('where it appears')),
  readOnly: boolean('it cannot be written'),
  recursiveReadOnly: pointer(string('whether mounts below it can be written')),
  volumeStatus: struct('VolumeStatus', 'the state of the volume', {
    image: struct('ImageVolumeStatus', 'the state of an image volume', { imageRef: required(string('the image')) }),
  }),
});

export const LinuxContainerUser = struct('LinuxContainerUser', 'user and groups of the process', {
  uid: required(int64('the user')),
  gid: required(int64('the group')),
  supplementalGroups: list(int64(), 'more groups'),
});
export const ContainerUser = struct('ContainerUser', 'who runs the process', { linux: LinuxContainerUser });

export const ResourceHealth = struct('ResourceHealth', 'the health of a device', {
  resourceID: required(string('the device')),
  health: string('Healthy, Unhealthy or Unknown'),
  message: pointer(string('why')),
});
export const ResourceStatus = struct('ResourceStatus', 'the health of the devices of a resource', {
  name: required(string('name of the resource')),
  resources: list(ResourceHealth, 'its devices', { mapKeys: ['resourceID'] }),
});

export const ContainerStatus = struct('ContainerStatus', 'what has become of a container', {
  name: required(string('name of the container')),
  state: always(ContainerState),
  lastState: always(ContainerState),
  ready: required(boolean('it passes its readiness probe')),
  restartCount: required(int32('how often it was restarted')),
  image: required(string('the image it runs')),
  imageID: required(string('the content of that image')),
  containerID: string('its name in the runtime'),
  started: pointer(boolean('it has passed its startup probe')),
  allocatedResources: resourceList('what the node keeps for it'),
  resources: ResourceRequirements,
  volumeMounts: list(VolumeMountStatus, 'its volumes', { mergeKey: 'mountPath', mapKeys: ['mountPath'] }),
  user: ContainerUser,
  allocatedResourcesStatus: list(ResourceStatus, 'the health of its devices', { mergeKey: 'name', mapKeys: ['name'] }),
  stopSignal: pointer(typed('Signal', string('the signal that ends it'))),
});
export type ContainerStatus = Infer<typeof ContainerStatus>;

export const PodResourceClaimStatus = struct('PodResourceClaimStatus', 'the ResourceClaim of a claim of the pod', {
  name: required(string('name of the claim in the pod')),
  resourceClaimName: pointer(string('name of the ResourceClaim')),
});

export const NodeAllocatableResourceClaimStatus = struct('NodeAllocatableResourceClaimStatus', 'resources of the node that a claim uses', {
  resourceClaimName: required(string('name of the ResourceClaim')),
  containers: list(string(), 'the containers that use it', { set: true }),
  resources: required(map(quantity(), 'the amounts')),
});

export const PodExtendedResourceClaimStatus = struct('PodExtendedResourceClaimStatus', 'the claim made for extended resources', {
  requestMappings: required(
    list(
      struct('ContainerExtendedResourceRequest', 'which request serves which container', {
        containerName: required(string('name of the container')),
        resourceName: required(string('name of the resource')),
        requestName: required(string('name of the request')),
      }),
      'which request serves which container',
    ),
  ),
  resourceClaimName: required(string('name of the ResourceClaim')),
});

const containerStatuses = (description: string) => list(ContainerStatus, description);

export const PodStatus = struct('PodStatus', 'what has become of the pod', {
  observedGeneration: int64('the generation that was looked at'),
  phase: typed('PodPhase', string('where in its life it is', ['Failed', 'Pending', 'Running', 'Succeeded', 'Unknown'])),
  conditions: list(PodCondition, 'aspects of its state', byType),
  message: string('why it is as it is, in a sentence'),
  reason: string('why it is as it is, in one word'),
  nominatedNodeName: string('the node where room is being made for it'),
  hostIP: string('address of its node'),
  hostIPs: list(HostIP, 'addresses of its node', { mergeKey: 'ip' }),
  podIP: string('its address'),
  podIPs: list(PodIP, 'its addresses, one an address family', { mergeKey: 'ip', mapKeys: ['ip'] }),
  startTime: time('when the kubelet took it up'),
  initContainerStatuses: containerStatuses('what has become of its init containers'),
  containerStatuses: containerStatuses('what has become of its containers'),
  qosClass: typed('PodQOSClass', string('how well it is protected when memory runs out', ['BestEffort', 'Burstable', 'Guaranteed'])),
  ephemeralContainerStatuses: containerStatuses('what has become of its ephemeral containers'),
  resize: typed('PodResizeStatus', string('the state of a change of resources')),
  resourceClaimStatuses: list(PodResourceClaimStatus, 'its ResourceClaims', {
    mergeKey: 'name',
    mapKeys: ['name'],
    retainKeys: true,
  }),
  extendedResourceClaimStatus: PodExtendedResourceClaimStatus,
  nodeAllocatableResourceClaimStatuses: list(NodeAllocatableResourceClaimStatus, 'resources of the node that its claims use'),
  allocatedResources: resourceList('what the node keeps for it'),
  resources: ResourceRequirements,
});
export type PodStatus = Infer<typeof PodStatus>;

export const Pod = defineKind(
  'Pod',
  'containers that run together on one node and share an address',
  { spec: always(PodSpec), status: always(PodStatus) },
  {
    shortNames: ['po'],
    categories: ['all'],
    hasGeneration: true,
    subresources: ['attach', 'binding', 'ephemeralcontainers', 'eviction', 'exec', 'log', 'portforward', 'proxy', 'resize', 'status'],
  },
);
export type Pod = ObjectOf<typeof Pod>;
