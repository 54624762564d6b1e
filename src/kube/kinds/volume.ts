/** Volumes of a pod, and the sources that PersistentVolumes share with them. */
import { always, boolean, int32, int64, list, map, pointer, quantity, required, string, struct, typed, type Infer } from '../schema.ts';
import { ObjectFieldSelector, ResourceFieldSelector } from './container.ts';
import { LabelSelector } from './label-selector.ts';
import { LocalObjectReference } from './object-reference.ts';
import { PersistentVolumeClaimSpec } from './persistent-volume-claim-spec.ts';
import { ObjectMeta } from '../object.ts';

const fsType = string('the file system');
const readOnly = boolean('it cannot be written');

export const HostPathVolumeSource = struct('HostPathVolumeSource', 'a path of the node', {
  path: required(string('the path')),
  type: pointer(
    typed(
      'HostPathType',
      string('what must be there', ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket']),
    ),
  ),
});

export const NFSVolumeSource = struct('NFSVolumeSource', 'a directory of an NFS server', {
  server: required(string('the server')),
  path: required(string('the directory')),
  readOnly,
});

export const GCEPersistentDiskVolumeSource = struct('GCEPersistentDiskVolumeSource', 'a disk of Google Compute Engine', {
  pdName: required(string('name of the disk')),
  fsType,
  partition: int32('the partition'),
  readOnly,
});

export const AWSElasticBlockStoreVolumeSource = struct('AWSElasticBlockStoreVolumeSource', 'a disk of AWS', {
  volumeID: required(string('the disk')),
  fsType,
  partition: int32('the partition'),
  readOnly,
});

export const AzureDiskVolumeSource = struct('AzureDiskVolumeSource', 'a disk of Azure', {
  diskName: required(string('name of the disk')),
  diskURI: required(string('address of the disk')),
  cachingMode: pointer(typed('AzureDataDiskCachingMode', string('how it is cached', ['None', 'ReadOnly', 'ReadWrite']))),
  fsType: pointer(fsType),
  readOnly: pointer(readOnly),
  kind: pointer(typed('AzureDataDiskKind', string('Shared, Dedicated or Managed', ['Dedicated', 'Managed', 'Shared']))),
});

export const VsphereVirtualDiskVolumeSource = struct('VsphereVirtualDiskVolumeSource', 'a disk of vSphere', {
  volumePath: required(string('path of the disk')),
  fsType,
  storagePolicyName: string('name of the storage policy'),
  storagePolicyID: string('the storage policy'),
});

export const PhotonPersistentDiskVolumeSource = struct('PhotonPersistentDiskVolumeSource', 'a disk of Photon', {
  pdID: required(string('the disk')),
  fsType,
});

export const FCVolumeSource = struct('FCVolumeSource', 'a Fibre Channel disk', {
  targetWWNs: list(string(), 'world wide names of the targets'),
  lun: pointer(int32('number of the disk')),
  fsType,
  readOnly,
  wwids: list(string(), 'identifiers of the disk'),
});

export const QuobyteVolumeSource = struct('QuobyteVolumeSource', 'a Quobyte volume', {
  registry: required(string('addresses of the registry')),
  volume: required(string('name of the volume')),
  readOnly,
  user: string('the user'),
  group: string('the group'),
  tenant: string('the tenant'),
});

export const FlockerVolumeSource = struct('FlockerVolumeSource', 'a Flocker volume', {
  datasetName: string('name of the dataset'),
  datasetUUID: string('the dataset'),
});

export const PortworxVolumeSource = struct('PortworxVolumeSource', 'a Portworx volume', {
  volumeID: required(string('the volume')),
  fsType,
  readOnly,
});

export const KeyToPath = struct('KeyToPath', 'the file that a key becomes', {
  key: required(string('the key')),
  path: required(string('path of the file in the volume')),
  mode: pointer(int32('permissions of the file')),
});
export type KeyToPath = Infer<typeof KeyToPath>;

const items = list(KeyToPath, 'the keys that become files; all of them when absent');
const defaultMode = pointer(int32('permissions of the files'));
const optional = pointer(boolean('it need not exist'));

export const SecretVolumeSource = struct('SecretVolumeSource', 'the keys of a Secret as files', {
  secretName: string('name of the Secret'),
  items,
  defaultMode,
  optional,
});

export const ConfigMapVolumeSource = struct(
  'ConfigMapVolumeSource',
  'the keys of a ConfigMap as files',
  {
    name: string('name of the ConfigMap'),
    items,
    defaultMode,
    optional,
  },
  { embedded: { LocalObjectReference: ['name'] } },
);

export const DownwardAPIVolumeFile = struct('DownwardAPIVolumeFile', 'a field of the pod as a file', {
  path: required(string('path of the file in the volume')),
  fieldRef: ObjectFieldSelector,
  resourceFieldRef: ResourceFieldSelector,
  mode: pointer(int32('permissions of the file')),
});

export const DownwardAPIVolumeSource = struct('DownwardAPIVolumeSource', 'fields of the pod as files', {
  items: list(DownwardAPIVolumeFile, 'the files'),
  defaultMode,
});

export const SecretProjection = struct(
  'SecretProjection',
  'keys of a Secret in a projected volume',
  {
    name: string('name of the Secret'),
    items,
    optional,
  },
  { embedded: { LocalObjectReference: ['name'] } },
);
export const ConfigMapProjection = struct(
  'ConfigMapProjection',
  'keys of a ConfigMap in a projected volume',
  {
    name: string('name of the ConfigMap'),
    items,
    optional,
  },
  { embedded: { LocalObjectReference: ['name'] } },
);
export const DownwardAPIProjection = struct('DownwardAPIProjection', 'fields of the pod in a projected volume', {
  items: list(DownwardAPIVolumeFile, 'the files'),
});
export const ServiceAccountTokenProjection = struct('ServiceAccountTokenProjection', 'a token of the service account', {
  audience: string('for whom the token is'),
  expirationSeconds: pointer(int64('how long it lives')),
  path: required(string('path of the file in the volume')),
});
export const ClusterTrustBundleProjection = struct('ClusterTrustBundleProjection', 'trusted certificates', {
  name: pointer(string('name of the bundle')),
  signerName: pointer(string('all bundles of this signer')),
  labelSelector: LabelSelector,
  optional,
  path: required(string('path of the file in the volume')),
});
export const PodCertificateProjection = struct('PodCertificateProjection', 'a certificate of the pod', {
  signerName: required(string('who signs it')),
  keyType: required(string('type of the key')),
  maxExpirationSeconds: pointer(int32('how long it may live')),
  credentialBundlePath: string('file of key and certificates'),
  keyPath: string('file of the key'),
  certificateChainPath: string('file of the certificates'),
  userAnnotations: map(string(), 'notes for the signer'),
});

export const VolumeProjection = struct('VolumeProjection', 'one source of a projected volume', {
  secret: SecretProjection,
  downwardAPI: DownwardAPIProjection,
  configMap: ConfigMapProjection,
  serviceAccountToken: ServiceAccountTokenProjection,
  clusterTrustBundle: ClusterTrustBundleProjection,
  podCertificate: PodCertificateProjection,
});
export type VolumeProjection = Infer<typeof VolumeProjection>;

export const ProjectedVolumeSource = struct('ProjectedVolumeSource', 'several sources in one directory', {
  sources: always(list(VolumeProjection, 'the sources')),
  defaultMode,
});

export const EmptyDirVolumeSource = struct('EmptyDirVolumeSource', 'an empty directory that ends with the pod', {
  medium: typed('StorageMedium', string('Memory, HugePages, or the disk of the node')),
  sizeLimit: quantity('the most it may hold'),
});

export const GitRepoVolumeSource = struct('GitRepoVolumeSource', 'a git repository (obsolete)', {
  repository: required(string('address of the repository')),
  revision: string('the commit'),
  directory: string('the directory to put it in'),
});

export const ISCSIVolumeSource = struct('ISCSIVolumeSource', 'an iSCSI disk', {
  targetPortal: required(string('address of the target')),
  iqn: required(string('name of the target')),
  lun: required(int32('number of the disk')),
  iscsiInterface: string('the interface'),
  fsType,
  readOnly,
  portals: list(string(), 'more addresses of the target'),
  chapAuthDiscovery: boolean('discovery is authenticated'),
  chapAuthSession: boolean('sessions are authenticated'),
  secretRef: LocalObjectReference,
  initiatorName: pointer(string('name of the initiator')),
});

export const GlusterfsVolumeSource = struct('GlusterfsVolumeSource', 'a GlusterFS volume', {
  endpoints: required(string('name of the Endpoints of the servers')),
  path: required(string('the volume')),
  readOnly,
});

export const PersistentVolumeClaimVolumeSource = struct('PersistentVolumeClaimVolumeSource', 'the volume of a claim', {
  claimName: required(string('name of the claim')),
  readOnly,
});

export const RBDVolumeSource = struct('RBDVolumeSource', 'a Ceph block device', {
  monitors: required(list(string(), 'the monitors')),
  image: required(string('the image')),
  fsType,
  pool: string('the pool'),
  user: string('the user'),
  keyring: string('path of the keyring'),
  secretRef: LocalObjectReference,
  readOnly,
});

export const FlexVolumeSource = struct('FlexVolumeSource', 'a volume of a program on the node', {
  driver: required(string('the program')),
  fsType,
  secretRef: LocalObjectReference,
  readOnly,
  options: map(string(), 'options of the program'),
});

export const CinderVolumeSource = struct('CinderVolumeSource', 'a disk of OpenStack', {
  volumeID: required(string('the disk')),
  fsType,
  readOnly,
  secretRef: LocalObjectReference,
});

export const CephFSVolumeSource = struct('CephFSVolumeSource', 'a Ceph file system', {
  monitors: required(list(string(), 'the monitors')),
  path: string('the directory'),
  user: string('the user'),
  secretFile: string('path of the key'),
  secretRef: LocalObjectReference,
  readOnly,
});

export const AzureFileVolumeSource = struct('AzureFileVolumeSource', 'a file share of Azure', {
  secretName: required(string('name of the Secret of the account')),
  shareName: required(string('name of the share')),
  readOnly,
});

export const ScaleIOVolumeSource = struct('ScaleIOVolumeSource', 'a ScaleIO volume', {
  gateway: required(string('address of the gateway')),
  system: required(string('the system')),
  secretRef: required(LocalObjectReference),
  sslEnabled: boolean('the gateway speaks TLS'),
  protectionDomain: string('the protection domain'),
  storagePool: string('the pool'),
  storageMode: string('thick or thin'),
  volumeName: string('name of the volume'),
  fsType,
  readOnly,
});

export const StorageOSVolumeSource = struct('StorageOSVolumeSource', 'a StorageOS volume', {
  volumeName: string('name of the volume'),
  volumeNamespace: string('namespace of the volume'),
  fsType,
  readOnly,
  secretRef: LocalObjectReference,
});

export const CSIVolumeSource = struct('CSIVolumeSource', 'a volume that a CSI driver makes for the pod', {
  driver: required(string('name of the driver')),
  readOnly: pointer(readOnly),
  fsType: pointer(fsType),
  volumeAttributes: map(string(), 'what the driver needs to know'),
  nodePublishSecretRef: LocalObjectReference,
});

export const PersistentVolumeClaimTemplate = struct('PersistentVolumeClaimTemplate', 'a claim made for the pod', {
  metadata: always(ObjectMeta),
  spec: required(PersistentVolumeClaimSpec),
});

export const EphemeralVolumeSource = struct('EphemeralVolumeSource', 'a claim that ends with the pod', {
  volumeClaimTemplate: PersistentVolumeClaimTemplate,
});

export const ImageVolumeSource = struct('ImageVolumeSource', 'the files of an image', {
  reference: string('the image'),
  pullPolicy: typed('PullPolicy', string('when the image is pulled', ['Always', 'IfNotPresent', 'Never'])),
});

const sources = {
  hostPath: HostPathVolumeSource,
  emptyDir: EmptyDirVolumeSource,
  gcePersistentDisk: GCEPersistentDiskVolumeSource,
  awsElasticBlockStore: AWSElasticBlockStoreVolumeSource,
  gitRepo: GitRepoVolumeSource,
  secret: SecretVolumeSource,
  nfs: NFSVolumeSource,
  iscsi: ISCSIVolumeSource,
  glusterfs: GlusterfsVolumeSource,
  persistentVolumeClaim: PersistentVolumeClaimVolumeSource,
  rbd: RBDVolumeSource,
  flexVolume: FlexVolumeSource,
  cinder: CinderVolumeSource,
  cephfs: CephFSVolumeSource,
  flocker: FlockerVolumeSource,
  downwardAPI: DownwardAPIVolumeSource,
  fc: FCVolumeSource,
  azureFile: AzureFileVolumeSource,
  configMap: ConfigMapVolumeSource,
  vsphereVolume: VsphereVirtualDiskVolumeSource,
  quobyte: QuobyteVolumeSource,
  azureDisk: AzureDiskVolumeSource,
  photonPersistentDisk: PhotonPersistentDiskVolumeSource,
  projected: ProjectedVolumeSource,
  portworxVolume: PortworxVolumeSource,
  scaleIO: ScaleIOVolumeSource,
  storageos: StorageOSVolumeSource,
  csi: CSIVolumeSource,
  ephemeral: EphemeralVolumeSource,
  image: ImageVolumeSource,
};

/** staging:api/core/v1/types.go */
export const Volume = struct(
  'Volume',
  'a directory that containers of the pod can mount',
  {
    name: required(string('name of the volume in the pod')),
    ...sources,
  },
  { embedded: { VolumeSource: Object.keys(sources) } },
);
export type Volume = Infer<typeof Volume>;
