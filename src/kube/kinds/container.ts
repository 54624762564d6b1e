import { always, boolean, int32, list, pointer, quantity, required, string, struct, typed, type Infer } from '../schema.ts';
import { Lifecycle, Probe } from './probe.ts';
import { ResourceRequirements } from './resources.ts';
import { SecurityContext } from './security-context.ts';

export const ContainerPort = struct('ContainerPort', 'a port a container listens on', {
  name: string('name of the port, for Services and probes'),
  hostPort: int32('port of the node that leads here'),
  containerPort: required(int32('port of the container')),
  protocol: typed('Protocol', string('TCP, UDP or SCTP', ['SCTP', 'TCP', 'UDP'])),
  hostIP: string('address of the node for hostPort'),
});
export type ContainerPort = Infer<typeof ContainerPort>;

export const ObjectFieldSelector = struct(
  'ObjectFieldSelector',
  'chooses a field of the pod',
  { apiVersion: string('version the path is written for'), fieldPath: required(string('path of the field')) },
  { atomic: true },
);

export const ResourceFieldSelector = struct(
  'ResourceFieldSelector',
  'chooses a request or limit of a container',
  {
    containerName: string('name of the container'),
    resource: required(string('which: limits.cpu')),
    divisor: always(quantity('the unit of the result')),
  },
  { atomic: true },
);

export const ConfigMapKeySelector = struct(
  'ConfigMapKeySelector',
  'chooses a key of a ConfigMap',
  {
    name: string('name of the ConfigMap'),
    key: required(string('the key')),
    optional: pointer(boolean('it need not exist')),
  },
  { atomic: true, embedded: { LocalObjectReference: ['name'] } },
);

export const SecretKeySelector = struct(
  'SecretKeySelector',
  'chooses a key of a Secret',
  { name: string('name of the Secret'), key: required(string('the key')), optional: pointer(boolean('it need not exist')) },
  { atomic: true, embedded: { LocalObjectReference: ['name'] } },
);

export const FileKeySelector = struct(
  'FileKeySelector',
  'chooses a variable of a file in a volume',
  {
    volumeName: required(string('name of the volume')),
    path: required(string('path in the volume')),
    key: required(string('name in the file')),
    optional: pointer(boolean('it need not exist')),
  },
  { atomic: true },
);

export const EnvVarSource = struct('EnvVarSource', 'where the value of a variable comes from', {
  fieldRef: ObjectFieldSelector,
  resourceFieldRef: ResourceFieldSelector,
  configMapKeyRef: ConfigMapKeySelector,
  secretKeyRef: SecretKeySelector,
  fileKeyRef: FileKeySelector,
});
export type EnvVarSource = Infer<typeof EnvVarSource>;

export const EnvVar = struct('EnvVar', 'an environment variable', {
  name: required(string('name of the variable')),
  value: string('its value; $(NAME) stands for another variable'),
  valueFrom: EnvVarSource,
});
export type EnvVar = Infer<typeof EnvVar>;

export const ConfigMapEnvSource = struct(
  'ConfigMapEnvSource',
  'all keys of a ConfigMap as variables',
  {
    name: string('name of the ConfigMap'),
    optional: pointer(boolean('it need not exist')),
  },
  { embedded: { LocalObjectReference: ['name'] } },
);
export const SecretEnvSource = struct(
  'SecretEnvSource',
  'all keys of a Secret as variables',
  {
    name: string('name of the Secret'),
    optional: pointer(boolean('it need not exist')),
  },
  { embedded: { LocalObjectReference: ['name'] } },
);

export const EnvFromSource = struct('EnvFromSource', 'many environment variables at once', {
  prefix: string('put before each name'),
  configMapRef: ConfigMapEnvSource,
  secretRef: SecretEnvSource,
});
export type EnvFromSource = Infer<typeof EnvFromSource>;

export const VolumeMount = struct('VolumeMount', 'a volume in the file system of a container', {
  name: required(string('name of the volume')),
  readOnly: boolean('it cannot be written'),
  recursiveReadOnly: pointer(typed('RecursiveReadOnlyMode', string('whether mounts below it can be written'))),
  mountPath: required(string('where it appears')),
  subPath: string('the part of the volume that appears'),
  mountPropagation: pointer(typed('MountPropagationMode', string('how later mounts show', ['Bidirectional', 'HostToContainer', 'None']))),
  subPathExpr: string('subPath with variables'),
});
export type VolumeMount = Infer<typeof VolumeMount>;

export const VolumeDevice = struct('VolumeDevice', 'a volume as a block device of a container', {
  name: required(string('name of the volume')),
  devicePath: required(string('where the device appears')),
});

export const ContainerResizePolicy = struct('ContainerResizePolicy', 'what a change of a resource does', {
  resourceName: required(string('the resource')),
  restartPolicy: required(string('NotRequired or RestartContainer')),
});

export const ContainerRestartRuleOnExitCodes = struct('ContainerRestartRuleOnExitCodes', 'a condition on the exit code', {
  operator: required(string('In or NotIn')),
  values: list(int32(), 'the exit codes', { set: true }),
});
export const ContainerRestartRule = struct('ContainerRestartRule', 'what happens after some exits', {
  action: required(string('Restart or RestartAllContainers')),
  exitCodes: ContainerRestartRuleOnExitCodes,
});

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];

const containerFields = {
  name: required(string('name of the container, unique in the pod')),
  image: string('the image it runs'),
  command: list(string(), 'the program, instead of the entrypoint of the image'),
  args: list(string(), 'its arguments, instead of those of the image'),
  workingDir: string('where it runs'),
  ports: list(ContainerPort, 'ports it listens on', { mergeKey: 'containerPort', mapKeys: ['containerPort', 'protocol'] }),
  envFrom: list(EnvFromSource, 'variables from ConfigMaps and Secrets'),
  env: list(EnvVar, 'environment variables', { mergeKey: 'name', mapKeys: ['name'] }),
  resources: always(ResourceRequirements),
  resizePolicy: list(ContainerResizePolicy, 'what a change of resources does'),
  restartPolicy: pointer(typed('ContainerRestartPolicy', string('how it is restarted; Always makes an init container a sidecar'))),
  restartPolicyRules: list(ContainerRestartRule, 'exceptions from restartPolicy'),
  volumeMounts: list(VolumeMount, 'volumes in its file system', { mergeKey: 'mountPath', mapKeys: ['mountPath'] }),
  volumeDevices: list(VolumeDevice, 'block devices', { mergeKey: 'devicePath', mapKeys: ['devicePath'] }),
  livenessProbe: Probe,
  readinessProbe: Probe,
  startupProbe: Probe,
  lifecycle: Lifecycle,
  terminationMessagePath: string('file of the message it leaves when it ends'),
  terminationMessagePolicy: typed(
    'TerminationMessagePolicy',
    string('where that message is taken from', ['FallbackToLogsOnError', 'File']),
  ),
  imagePullPolicy: typed('PullPolicy', string('when the image is pulled', pullPolicies)),
  securityContext: SecurityContext,
  stdin: boolean('it has a standard input'),
  stdinOnce: boolean('its standard input is closed after the first client'),
  tty: boolean('it has a terminal'),
};

/** staging:api/core/v1/types.go */
export const Container = struct('Container', 'a process of a pod, in its own file system', containerFields);
export type Container = Infer<typeof Container>;

/** A container added to a running pod by `kubectl debug`. */
export const EphemeralContainer = struct(
  'EphemeralContainer',
  'a container put into a running pod to look around',
  {
    ...containerFields,
    targetContainerName: string('the container whose processes it sees'),
  },
  { embedded: { EphemeralContainerCommon: Object.keys(containerFields) } },
);
export type EphemeralContainer = Infer<typeof EphemeralContainer>;
