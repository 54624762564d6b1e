import { defineKind, type ObjectOf } from '../kind.ts';
import { always, boolean, int32, int64, list, nullable, pointer, required, string, struct, time, typed, type Infer } from '../schema.ts';
import { byType } from './conditions.ts';
import { resourceList } from './resources.ts';

export const Taint = struct('Taint', 'keeps pods away that do not bear it', {
  key: required(string('key of the taint')),
  value: string('value of the taint'),
  effect: required(typed('TaintEffect', string('what it does', ['NoExecute', 'NoSchedule', 'PreferNoSchedule']))),
  timeAdded: time('since when'),
});
export type Taint = Infer<typeof Taint>;

export const ConfigMapNodeConfigSource = struct('ConfigMapNodeConfigSource', 'a ConfigMap with a kubelet configuration', {
  namespace: required(string('namespace of the ConfigMap')),
  name: required(string('name of the ConfigMap')),
  uid: string('UID of the ConfigMap'),
  resourceVersion: string('version of the ConfigMap'),
  kubeletConfigKey: required(string('key of the ConfigMap')),
});
export const NodeConfigSource = struct('NodeConfigSource', 'obsolete', { configMap: ConfigMapNodeConfigSource });

/** staging:api/core/v1/types.go */
export const NodeSpec = struct('NodeSpec', 'what the node is given', {
  podCIDR: string('the range of addresses of its pods'),
  podCIDRs: list(string(), 'the ranges of addresses of its pods, one an address family', { set: true }),
  providerID: string('the machine at its cloud provider'),
  unschedulable: boolean('new pods stay away'),
  taints: list(Taint, 'what keeps pods away'),
  configSource: NodeConfigSource,
  externalID: string('obsolete'),
});
export type NodeSpec = Infer<typeof NodeSpec>;

export const NodeCondition = struct('NodeCondition', 'one aspect of the state of the node', {
  type: required(typed('NodeConditionType', string('what is said'))),
  status: required(typed('ConditionStatus', string('True, False or Unknown'))),
  lastHeartbeatTime: nullable(time('when it was last looked at')),
  lastTransitionTime: nullable(time('since when the status is what it is')),
  reason: string('why, in one word'),
  message: string('why, in a sentence'),
});
export type NodeCondition = Infer<typeof NodeCondition>;

export const NodeAddress = struct('NodeAddress', 'an address of the node', {
  type: required(typed('NodeAddressType', string('InternalIP, ExternalIP, Hostname, InternalDNS or ExternalDNS'))),
  address: required(string('the address')),
});
export type NodeAddress = Infer<typeof NodeAddress>;

export const DaemonEndpoint = struct('DaemonEndpoint', 'where a daemon listens', { Port: required(int32('the port')) });
export const NodeDaemonEndpoints = struct('NodeDaemonEndpoints', 'where daemons of the node listen', {
  kubeletEndpoint: always(DaemonEndpoint),
});

export const NodeSwapStatus = struct('NodeSwapStatus', 'swap memory', { capacity: pointer(int64('bytes of it')) });

export const NodeSystemInfo = struct('NodeSystemInfo', 'what the node is and runs', {
  machineID: required(string('from /etc/machine-id')),
  systemUUID: required(string('from the firmware')),
  bootID: required(string('changes with every start')),
  kernelVersion: required(string('release of the kernel')),
  osImage: required(string('the operating system')),
  containerRuntimeVersion: required(string('name and version of the container runtime')),
  kubeletVersion: required(string('version of the kubelet')),
  kubeProxyVersion: required(string('obsolete')),
  operatingSystem: required(string('linux or windows')),
  architecture: required(string('amd64, arm64, …')),
  swap: NodeSwapStatus,
});
export type NodeSystemInfo = Infer<typeof NodeSystemInfo>;

export const ContainerImage = struct('ContainerImage', 'an image on the node', {
  names: list(string(), 'its names'),
  sizeBytes: int64('its size'),
});

export const AttachedVolume = struct('AttachedVolume', 'a volume attached to the node', {
  name: required(string('name of the volume')),
  devicePath: required(string('its device')),
});

export const NodeConfigStatus = struct('NodeConfigStatus', 'obsolete', {
  assigned: NodeConfigSource,
  active: NodeConfigSource,
  lastKnownGood: NodeConfigSource,
  error: string('obsolete'),
});

export const NodeRuntimeHandlerFeatures = struct('NodeRuntimeHandlerFeatures', 'what a runtime handler can do', {
  recursiveReadOnlyMounts: pointer(boolean('mounts that are read-only all the way down')),
  userNamespaces: pointer(boolean('user namespaces')),
});
export const NodeRuntimeHandler = struct('NodeRuntimeHandler', 'a handler of the container runtime', {
  name: string('name of the handler'),
  features: NodeRuntimeHandlerFeatures,
});
export const NodeFeatures = struct('NodeFeatures', 'what the container runtime can do', {
  supplementalGroupsPolicy: pointer(boolean('supplementalGroupsPolicy')),
});

export const NodeStatus = struct('NodeStatus', 'what has become of the node', {
  capacity: resourceList('what it has'),
  allocatable: resourceList('what pods may use of it'),
  phase: typed('NodePhase', string('obsolete')),
  conditions: list(NodeCondition, 'aspects of its state', byType),
  addresses: list(NodeAddress, 'its addresses', byType),
  daemonEndpoints: always(NodeDaemonEndpoints),
  nodeInfo: always(NodeSystemInfo),
  images: list(ContainerImage, 'images on it'),
  volumesInUse: list(string(), 'volumes that pods use'),
  volumesAttached: list(AttachedVolume, 'volumes attached to it'),
  config: NodeConfigStatus,
  runtimeHandlers: list(NodeRuntimeHandler, 'handlers of its container runtime'),
  features: NodeFeatures,
  declaredFeatures: list(string(), 'features of its kubelet'),
});
export type NodeStatus = Infer<typeof NodeStatus>;

export const Node = defineKind(
  'Node',
  'a machine that runs pods',
  { spec: always(NodeSpec), status: always(NodeStatus) },
  { namespaced: false, shortNames: ['no'], subresources: ['proxy', 'status'] },
);
export type Node = ObjectOf<typeof Node>;
