/**
 * Structures as they stand in refusals: the JSON of Kubernetes' internal Go types, which have no JSON names, no `omitempty`, and here
 * and there another order than the types of the API. (pkg/apis/core/types.go and its siblings)
 */
import { schemaOf, type Required, type Schema, type StructSchema } from '#kube/schema.ts';

/** Field names whose Go form is not just a capital letter in front. */
const goNames: Readonly<Record<string, string>> = {
  apiGroup: 'APIGroup',
  apiGroups: 'APIGroups',
  apiVersion: 'APIVersion',
  appArmorProfile: 'AppArmorProfile',
  awsElasticBlockStore: 'AWSElasticBlockStore',
  cephfs: 'CephFS',
  clusterIP: 'ClusterIP',
  clusterIPs: 'ClusterIPs',
  csi: 'CSI',
  dnsConfig: 'DNSConfig',
  dnsPolicy: 'DNSPolicy',
  fc: 'FC',
  fsGroup: 'FSGroup',
  fsGroupChangePolicy: 'FSGroupChangePolicy',
  fsType: 'FSType',
  gcePersistentDisk: 'GCEPersistentDisk',
  gmsaCredentialSpec: 'GMSACredentialSpec',
  gmsaCredentialSpecName: 'GMSACredentialSpecName',
  grpc: 'GRPC',
  httpGet: 'HTTPGet',
  httpHeaders: 'HTTPHeaders',
  ip: 'IP',
  iqn: 'IQN',
  iscsi: 'ISCSI',
  iscsiInterface: 'ISCSIInterface',
  nfs: 'NFS',
  os: 'OS',
  pdID: 'PDName',
  pdName: 'PDName',
  rbd: 'RBD',
  seLinuxChangePolicy: 'SELinuxChangePolicy',
  seLinuxOptions: 'SELinuxOptions',
  selinuxOptions: 'SELinuxOptions',
  storageos: 'StorageOS',
  tcpSocket: 'TCPSocket',
  targetWWNs: 'TargetWWNs',
  tty: 'TTY',
  uid: 'UID',
  volumeID: 'VolumeID',
};

/** Types of apimachinery: their Go types have JSON names and omit what is empty, so they print as they are. */
const jsonNamed = new Set(['LabelSelector', 'LabelSelectorRequirement', 'ObjectMeta', 'OwnerReference']);

/** Internal types in an order of their own, by the API's field names; a dot leads into a structure beside it. */
const orders: Readonly<Record<string, readonly string[]>> = {
  PodSpec: [
    'volumes',
    'initContainers',
    'containers',
    'ephemeralContainers',
    'restartPolicy',
    'terminationGracePeriodSeconds',
    'activeDeadlineSeconds',
    'dnsPolicy',
    'nodeSelector',
    'serviceAccountName',
    'automountServiceAccountToken',
    'nodeName',
    'securityContext',
    'imagePullSecrets',
    'hostname',
    'subdomain',
    'setHostnameAsFQDN',
    'affinity',
    'schedulerName',
    'tolerations',
    'hostAliases',
    'priorityClassName',
    'priority',
    'preemptionPolicy',
    'dnsConfig',
    'readinessGates',
    'runtimeClassName',
    'overhead',
    'enableServiceLinks',
    'topologySpreadConstraints',
    'os',
    'schedulingGates',
    'resourceClaims',
    'resources',
    'hostnameOverride',
    'schedulingGroup',
  ],
  PodSecurityContext: [
    'hostNetwork',
    'hostPID',
    'hostIPC',
    'shareProcessNamespace',
    'hostUsers',
    'seLinuxOptions',
    'windowsOptions',
    'runAsUser',
    'runAsGroup',
    'runAsNonRoot',
    'supplementalGroups',
    'supplementalGroupsPolicy',
    'fsGroup',
    'fsGroupChangePolicy',
    'sysctls',
    'seccompProfile',
    'appArmorProfile',
    'seLinuxChangePolicy',
  ],
  Container: [
    'name',
    'image',
    'command',
    'args',
    'workingDir',
    'ports',
    'envFrom',
    'env',
    'resources',
    'resizePolicy',
    'restartPolicy',
    'restartPolicyRules',
    'volumeMounts',
    'volumeDevices',
    'livenessProbe',
    'readinessProbe',
    'startupProbe',
    'lifecycle',
    'terminationMessagePath',
    'terminationMessagePolicy',
    'imagePullPolicy',
    'securityContext',
    'stdin',
    'stdinOnce',
    'tty',
  ],
  Volume: [
    'name',
    'hostPath',
    'emptyDir',
    'gcePersistentDisk',
    'awsElasticBlockStore',
    'gitRepo',
    'secret',
    'nfs',
    'iscsi',
    'glusterfs',
    'persistentVolumeClaim',
    'rbd',
    'quobyte',
    'flexVolume',
    'cinder',
    'cephfs',
    'flocker',
    'downwardAPI',
    'fc',
    'azureFile',
    'configMap',
    'vsphereVolume',
    'azureDisk',
    'photonPersistentDisk',
    'projected',
    'portworxVolume',
    'scaleIO',
    'storageos',
    'csi',
    'ephemeral',
    'image',
  ],
  ServicePort: ['name', 'protocol', 'appProtocol', 'port', 'targetPort', 'nodePort'],
  PodDisruptionBudgetSpec: ['minAvailable', 'selector', 'maxUnavailable', 'unhealthyPodEvictionPolicy'],
  PersistentVolumeClaimSpec: [
    'accessModes',
    'selector',
    'resources',
    'volumeName',
    'storageClassName',
    'volumeMode',
    'dataSource',
    'dataSourceRef',
    'volumeAttributesClassName',
  ],
  CustomResourceDefinitionVersion: [
    'name',
    'served',
    'storage',
    'deprecated',
    'deprecationWarning',
    'schema',
    'subresources',
    'additionalPrinterColumns',
    'selectableFields',
  ],
  RoleRef: ['apiGroup', 'kind', 'name'],
};

/** What the pod's host fields are inside: part of the security context. */
const movedIntoSecurityContext = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers'] as const;

type Fields = Readonly<Record<string, unknown>>;

/** The value under its Go names, with everything that is not set; `JSON.stringify` of it is what the API server prints. */
export function goValue(schema: Schema, value: unknown): unknown {
  return schema.type === 'struct' ? goStruct(schema, (value ?? {}) as Fields) : goOther(schema, value);
}

/** The same for values that can be nil. */
function goOptional(schema: Schema, value: unknown): unknown {
  return value === undefined && schema.type === 'struct' ? null : goValue(schema, value);
}

function goOther(schema: Exclude<Schema, StructSchema>, value: unknown): unknown {
  if (value === undefined || value === null) return zeroOf(schema);
  if (schema.type === 'list') return (value as readonly unknown[]).map((item) => goValue(schema.items, item));
  if (schema.type === 'map') {
    const entries = Object.entries(value as Fields).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([key, item]) => [key, goValue(schema.values, item)]));
  }
  return value;
}

function zeroOf(schema: Exclude<Schema, StructSchema>): unknown {
  if ('pointer' in schema && schema.pointer === true) return null;
  switch (schema.type) {
    case 'string':
      return '';
    case 'int32':
    case 'int64':
    case 'float64':
      return 0;
    case 'boolean':
      return false;
    case 'quantity':
      return '0';
    default:
      return null;
  }
}

function goStruct(schema: StructSchema, value: Fields): unknown {
  if (jsonNamed.has(schema.name)) return value;
  if (schema.name === 'PodTemplateSpec') {
    return { ...(value['metadata'] as Fields | undefined), Spec: goValue(schemaOf(schema.fields['spec']!), value['spec']) };
  }
  if (schema.name === 'PodSpec') return goPodSpec(schema, value);
  return fieldsOf(schema.fields, orders[schema.name] ?? Object.keys(schema.fields), value);
}

function goPodSpec(schema: StructSchema, value: Fields): unknown {
  const context = schemaOf(schema.fields['securityContext']!) as StructSchema;
  const moved = Object.fromEntries(movedIntoSecurityContext.map((name) => [name, schema.fields[name]!]));
  const inside: StructSchema = { ...context, fields: { ...context.fields, ...moved } };
  const host = Object.fromEntries(movedIntoSecurityContext.map((name) => [name, value[name]]));
  const spec = { ...value, securityContext: { ...(value['securityContext'] as Fields | undefined), ...host } };
  return fieldsOf({ ...schema.fields, securityContext: inside }, orders['PodSpec']!, spec);
}

function fieldsOf(fields: Readonly<Record<string, Schema | Required>>, order: readonly string[], value: Fields): unknown {
  return Object.fromEntries(
    order.flatMap((name) => {
      const field = fields[name];
      if (field === undefined) return [];
      const shown =
        'required' in field && field.pointer !== true ? goValue(field.schema, value[name]) : goOptional(schemaOf(field), value[name]);
      return [[goNames[name] ?? name[0]!.toUpperCase() + name.slice(1), shown]];
    }),
  );
}

/** The JSON of a structure over several lines, indented by one blank a level, as its diffs are made of. */
export function goText(schema: Schema, value: unknown): string {
  return JSON.stringify(goValue(schema, value), null, 1);
}
