import { defineKind, type ObjectOf } from '../kind.ts';
import { always, boolean, list, map, pointer, required, string, struct, time, typed, type Infer } from '../schema.ts';
import { NodeSelector } from './affinity.ts';
import { ObjectReference, SecretReference } from './object-reference.ts';
import { resourceList } from './resources.ts';
import {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  FCVolumeSource,
  FlockerVolumeSource,
  GCEPersistentDiskVolumeSource,
  HostPathVolumeSource,
  NFSVolumeSource,
  PhotonPersistentDiskVolumeSource,
  PortworxVolumeSource,
  QuobyteVolumeSource,
  VsphereVirtualDiskVolumeSource,
  CephFSVolumeSource,
  CinderVolumeSource,
  FlexVolumeSource,
  ISCSIVolumeSource,
  RBDVolumeSource,
  ScaleIOVolumeSource,
  StorageOSVolumeSource,
} from './volume.ts';

const fsType = string('the file system');
const readOnly = boolean('it cannot be written');

/** The source of a pod's volume, whose Secret is of a namespace that must be said. */
function withSecretOf<const Name extends string, const S extends { readonly fields: object }, const Ref>(
  name: Name,
  source: S,
  secretRef: Ref,
) {
  return { ...source, name, fields: { ...source.fields, secretRef } } as Omit<S, 'fields' | 'name'> & {
    readonly name: Name;
    readonly fields: Omit<S['fields'], 'secretRef'> & { readonly secretRef: Ref };
  };
}

export const CSIPersistentVolumeSource = struct('CSIPersistentVolumeSource', 'a volume of a CSI driver', {
  driver: required(string('name of the driver')),
  volumeHandle: required(string('the volume, as the driver names it')),
  readOnly,
  fsType,
  volumeAttributes: map(string(), 'what the driver needs to know'),
  controllerPublishSecretRef: SecretReference,
  nodeStageSecretRef: SecretReference,
  nodePublishSecretRef: SecretReference,
  controllerExpandSecretRef: SecretReference,
  nodeExpandSecretRef: SecretReference,
});

export const LocalVolumeSource = struct('LocalVolumeSource', 'a disk or directory of one node', {
  path: required(string('the path')),
  fsType: pointer(fsType),
});

export const AzureFilePersistentVolumeSource = struct('AzureFilePersistentVolumeSource', 'a file share of Azure', {
  secretName: required(string('name of the Secret of the account')),
  shareName: required(string('name of the share')),
  readOnly,
  secretNamespace: pointer(string('namespace of that Secret')),
});

export const GlusterfsPersistentVolumeSource = struct('GlusterfsPersistentVolumeSource', 'a GlusterFS volume', {
  endpoints: required(string('name of the Endpoints of the servers')),
  path: required(string('the volume')),
  readOnly,
  endpointsNamespace: pointer(string('namespace of the Endpoints')),
});

export const VolumeNodeAffinity = struct('VolumeNodeAffinity', 'which nodes reach the volume', { required: NodeSelector });

const accessMode = string('', ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']);

const sources = {
  gcePersistentDisk: GCEPersistentDiskVolumeSource,
  awsElasticBlockStore: AWSElasticBlockStoreVolumeSource,
  hostPath: HostPathVolumeSource,
  glusterfs: GlusterfsPersistentVolumeSource,
  nfs: NFSVolumeSource,
  rbd: withSecretOf('RBDPersistentVolumeSource', RBDVolumeSource, SecretReference),
  iscsi: withSecretOf('ISCSIPersistentVolumeSource', ISCSIVolumeSource, SecretReference),
  cinder: withSecretOf('CinderPersistentVolumeSource', CinderVolumeSource, SecretReference),
  cephfs: withSecretOf('CephFSPersistentVolumeSource', CephFSVolumeSource, SecretReference),
  fc: FCVolumeSource,
  flocker: FlockerVolumeSource,
  flexVolume: withSecretOf('FlexPersistentVolumeSource', FlexVolumeSource, SecretReference),
  azureFile: AzureFilePersistentVolumeSource,
  vsphereVolume: VsphereVirtualDiskVolumeSource,
  quobyte: QuobyteVolumeSource,
  azureDisk: AzureDiskVolumeSource,
  photonPersistentDisk: PhotonPersistentDiskVolumeSource,
  portworxVolume: PortworxVolumeSource,
  scaleIO: withSecretOf('ScaleIOPersistentVolumeSource', ScaleIOVolumeSource, required(SecretReference)),
  local: LocalVolumeSource,
  storageos: withSecretOf('StorageOSPersistentVolumeSource', StorageOSVolumeSource, ObjectReference),
  csi: CSIPersistentVolumeSource,
};

/** staging:api/core/v1/types.go */
export const PersistentVolumeSpec = struct(
  'PersistentVolumeSpec',
  'where the storage is',
  {
    capacity: resourceList('how much it holds'),
    ...sources,
    accessModes: list(accessMode, 'how it can be used'),
    claimRef: { ...ObjectReference, description: 'the claim it is bound to' },
    persistentVolumeReclaimPolicy: typed(
      'PersistentVolumeReclaimPolicy',
      string('what happens when the claim goes', ['Delete', 'Recycle', 'Retain']),
    ),
    storageClassName: string('name of its StorageClass'),
    mountOptions: list(string(), 'options of the mount'),
    volumeMode: pointer(typed('PersistentVolumeMode', string('Filesystem or Block', ['Block', 'Filesystem']))),
    nodeAffinity: VolumeNodeAffinity,
    volumeAttributesClassName: pointer(string('name of its VolumeAttributesClass')),
  },
  { embedded: { PersistentVolumeSource: Object.keys(sources) } },
);
export type PersistentVolumeSpec = Infer<typeof PersistentVolumeSpec>;

export const PersistentVolumeStatus = struct('PersistentVolumeStatus', 'what has become of the volume', {
  phase: typed('PersistentVolumePhase', string('where in its life it is', ['Available', 'Bound', 'Failed', 'Pending', 'Released'])),
  message: string('why, in a sentence'),
  reason: string('why, in one word'),
  lastPhaseTransitionTime: time('since when'),
});

export const PersistentVolume = defineKind(
  'PersistentVolume',
  'storage of the cluster',
  { spec: always(PersistentVolumeSpec), status: always(PersistentVolumeStatus) },
  { namespaced: false, shortNames: ['pv'], subresources: ['status'] },
);
export type PersistentVolume = ObjectOf<typeof PersistentVolume>;
