/** Volumes of a pod, of a template, and the sources of PersistentVolumes (kubectl: describeVolumes, describePersistentVolume). */
import { valueText } from '#kube/json.ts';
import type { PersistentVolumeSpec } from '#kube/kinds/persistent-volume.ts';
import type { Volume, VolumeProjection } from '#kube/kinds/volume.ts';
import { compareQuantities } from '#kube/quantity.ts';
import type { Labels } from '#kube/selector.ts';
import { amountOf } from './amount.ts';
import { claimLines } from './claim.ts';
import type { Context } from './context.ts';
import { field, indented, type Lines } from './lines.ts';
import { pairsOf, shortened } from './metadata.ts';

type Source = Omit<Volume, 'name'> & Partial<Pick<PersistentVolumeSpec, 'local'>>;
type Sources = { readonly [K in keyof Source]-?: NonNullable<Source[K]> };
type Value = string | number | boolean | undefined;

/** What a kind of volume is called, and its fields. Names that end without a colon are kubectl's own slips. */
interface VolumeKind<S> {
  readonly type: string;
  readonly lines: (source: S, context: Context) => Lines;
}

function fields(...pairs: readonly (readonly [name: string, value: Value])[]): Lines {
  return pairs.map(([name, value]) => field(name, value ?? ''));
}

const readOnlyOf = ({ readOnly = false }: { readonly readOnly?: boolean }) => ['ReadOnly', readOnly] as const;
const fileSystemOf = ({ fsType }: { readonly fsType?: string }) => ['FSType', fsType] as const;

/** In the order in which kubectl looks for a source. */
const kinds: { readonly [K in keyof Sources]: VolumeKind<Sources[K]> } = {
  hostPath: {
    type: 'HostPath (bare host directory volume)',
    lines: ({ path, type = '<none>' }) => fields(['Path', path], ['HostPathType', type]),
  },
  emptyDir: {
    type: "EmptyDir (a temporary directory that shares a pod's lifetime)",
    lines: ({ medium, sizeLimit }) => fields(['Medium', medium], ['SizeLimit', sizeLimitText(sizeLimit)]),
  },
  gcePersistentDisk: {
    type: 'GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)',
    lines: (disk) => fields(['PDName', disk.pdName], fileSystemOf(disk), ['Partition', disk.partition ?? 0], readOnlyOf(disk)),
  },
  awsElasticBlockStore: {
    type: 'AWSElasticBlockStore (a Persistent Disk resource in AWS)',
    lines: (disk) => fields(['VolumeID', disk.volumeID], fileSystemOf(disk), ['Partition', disk.partition ?? 0], readOnlyOf(disk)),
  },
  gitRepo: {
    type: 'GitRepo (a volume that is pulled from git when the pod is created)',
    lines: ({ repository, revision }) => fields(['Repository', repository], ['Revision', revision]),
  },
  secret: {
    type: 'Secret (a volume populated by a Secret)',
    lines: ({ secretName, optional }) => fields(['SecretName', secretName], ['Optional', optional === true]),
  },
  configMap: {
    type: 'ConfigMap (a volume populated by a ConfigMap)',
    lines: ({ name, optional }) => fields(['Name', name], ['Optional', optional === true]),
  },
  nfs: {
    type: 'NFS (an NFS mount that lasts the lifetime of a pod)',
    lines: (nfs) => fields(['Server', nfs.server], ['Path', nfs.path], readOnlyOf(nfs)),
  },
  iscsi: {
    type: "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
    lines: (disk) => [
      ...fields(['TargetPortal', disk.targetPortal], ['IQN', disk.iqn], ['Lun', disk.lun]),
      `ISCSIInterface\t${disk.iscsiInterface ?? ''}`,
      ...fields(fileSystemOf(disk), readOnlyOf(disk), ['Portals', valueText(disk.portals ?? [])]),
      ...fields(['DiscoveryCHAPAuth', disk.chapAuthDiscovery === true], ['SessionCHAPAuth', disk.chapAuthSession === true]),
      ...fields(['SecretRef', secretText(disk.secretRef)], ['InitiatorName', disk.initiatorName ?? '<none>']),
    ],
  },
  glusterfs: {
    type: "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
    lines: (mount) => fields(['EndpointsName', mount.endpoints], ['Path', mount.path], readOnlyOf(mount)),
  },
  persistentVolumeClaim: {
    type: 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)',
    lines: (claim) => fields(['ClaimName', claim.claimName], readOnlyOf(claim)),
  },
  ephemeral: {
    type: 'EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)',
    lines: ({ volumeClaimTemplate }) => (volumeClaimTemplate === undefined ? [] : claimLines(volumeClaimTemplate, '    ')),
  },
  rbd: {
    type: "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
    lines: (disk) => [
      ...fields(['CephMonitors', valueText(disk.monitors)], ['RBDImage', disk.image], fileSystemOf(disk), ['RBDPool', disk.pool]),
      ...fields(['RadosUser', disk.user], ['Keyring', disk.keyring], ['SecretRef', secretText(disk.secretRef)], readOnlyOf(disk)),
    ],
  },
  quobyte: {
    type: "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)",
    lines: (mount) => fields(['Registry', mount.registry], ['Volume', mount.volume], readOnlyOf(mount)),
  },
  downwardAPI: {
    type: 'DownwardAPI (a volume populated by information about the pod)',
    lines: ({ items = [] }) => [
      'Items:',
      ...items.flatMap(({ path, fieldRef, resourceFieldRef }) => [
        ...(fieldRef === undefined ? [] : [`  ${fieldRef.fieldPath} -> ${path}`]),
        ...(resourceFieldRef === undefined ? [] : [`  ${resourceFieldRef.resource} -> ${path}`]),
      ]),
    ],
  },
  azureDisk: {
    type: 'AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)',
    lines: (disk) => [
      ...fields(['DiskName', disk.diskName], ['DiskURI', disk.diskURI]),
      `Kind: \t${disk.kind ?? ''}`,
      ...fields(fileSystemOf(disk), ['CachingMode', disk.cachingMode], readOnlyOf(disk)),
    ],
  },
  vsphereVolume: {
    type: 'vSphereVolume (a Persistent Disk resource in vSphere)',
    lines: (disk) => fields(['VolumePath', disk.volumePath], fileSystemOf(disk), ['StoragePolicyName', disk.storagePolicyName]),
  },
  cinder: {
    type: 'Cinder (a Persistent Disk resource in OpenStack)',
    lines: (disk) => fields(['VolumeID', disk.volumeID], fileSystemOf(disk), readOnlyOf(disk), ['SecretRef', secretText(disk.secretRef)]),
  },
  photonPersistentDisk: {
    type: 'PhotonPersistentDisk (a Persistent Disk resource in photon platform)',
    lines: (disk) => fields(['PdID', disk.pdID], fileSystemOf(disk)),
  },
  portworxVolume: {
    type: 'PortworxVolume (a Portworx Volume resource)',
    lines: ({ volumeID }) => fields(['VolumeID', volumeID]),
  },
  scaleIO: {
    type: 'ScaleIO (a persistent volume backed by a block device in ScaleIO)',
    lines: (disk) => [...scaleIoFields(disk), ...fields(fileSystemOf(disk), readOnlyOf(disk))],
  },
  local: {
    type: 'LocalVolume (a persistent volume backed by local storage on a node)',
    lines: ({ path }) => fields(['Path', path]),
  },
  cephfs: {
    type: "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
    lines: (mount) => [
      ...fields(['Monitors', valueText(mount.monitors)], ['Path', mount.path], ['User', mount.user], ['SecretFile', mount.secretFile]),
      ...fields(['SecretRef', secretText(mount.secretRef)], readOnlyOf(mount)),
    ],
  },
  storageos: {
    type: 'StorageOS (a StorageOS Persistent Disk resource)',
    lines: (disk) =>
      fields(['VolumeName', disk.volumeName], ['VolumeNamespace', disk.volumeNamespace], fileSystemOf(disk), readOnlyOf(disk)),
  },
  fc: {
    type: 'FC (a Fibre Channel disk)',
    lines: (disk) =>
      fields(['TargetWWNs', (disk.targetWWNs ?? []).join(', ')], ['LUN', disk.lun ?? '<none>'], fileSystemOf(disk), readOnlyOf(disk)),
  },
  azureFile: {
    type: 'AzureFile (an Azure File Service mount on the host and bind mount to the pod)',
    lines: (share) => fields(['SecretName', share.secretName], ['ShareName', share.shareName], readOnlyOf(share)),
  },
  flexVolume: {
    type: 'FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)',
    lines: (volume) => [
      ...fields(['Driver', volume.driver], fileSystemOf(volume), ['SecretRef', secretText(volume.secretRef)], readOnlyOf(volume)),
      ...fields(['Options', valueText(volume.options ?? {})]),
    ],
  },
  flocker: {
    type: 'Flocker (a Flocker volume mounted by the Flocker agent)',
    lines: ({ datasetName, datasetUUID }) => fields(['DatasetName', datasetName], ['DatasetUUID', datasetUUID]),
  },
  projected: {
    type: 'Projected (a volume that contains injected data from multiple sources)',
    lines: ({ sources }, context) => (sources ?? []).flatMap((source) => projectionLines(source, context)),
  },
  csi: {
    type: 'CSI (a Container Storage Interface (CSI) volume source)',
    lines: (volume) => [
      ...fields(['Driver', volume.driver], fileSystemOf(volume), readOnlyOf(volume)),
      ...attributeLines(volume.volumeAttributes),
    ],
  },
  image: {
    type: 'Image (a container image or OCI artifact)',
    lines: ({ reference, pullPolicy }) => fields(['Reference', reference], ['PullPolicy', pullPolicy]),
  },
};

function sizeLimitText(sizeLimit: string | number | undefined): string {
  const isSet = compareQuantities(amountOf(sizeLimit), amountOf(0)) > 0;
  return isSet ? String(sizeLimit) : '<unset>';
}

function projectionLines({ secret, downwardAPI, configMap, serviceAccountToken }: VolumeProjection, context: Context): Lines {
  if (secret !== undefined) return fields(['SecretName', secret.name], optionalOf('SecretOptionalName', secret, context));
  if (downwardAPI !== undefined) return fields(['DownwardAPI', true]);
  if (configMap !== undefined) return fields(['ConfigMapName', configMap.name], optionalOf('ConfigMapOptional', configMap, context));
  return serviceAccountToken === undefined ? [] : fields(['TokenExpirationSeconds', serviceAccountToken.expirationSeconds ?? 0]);
}

/** Until 1.32 kubectl printed the pointer to the value, not the value: an address of its memory, where there is one. */
function optionalOf(oldName: string, { name = '', optional }: { readonly name?: string; readonly optional?: boolean }, context: Context) {
  if (context.has('optional projections')) return ['Optional', optional === true] as const;
  return [oldName, optional === undefined ? '<nil>' : addressOf(name)] as const;
}

function addressOf(name: string): string {
  const hash = [...name].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 0x80000, 7);
  return `0xc000${(hash * 2).toString(16).padStart(6, '0')}`;
}

interface SecretRef {
  readonly name?: string;
  readonly namespace?: string;
}

/** The String of the Go types LocalObjectReference and SecretReference: only the second has a namespace. */
function secretText(reference: SecretRef | undefined): string {
  if (reference === undefined) return 'nil';
  const { name = '', namespace } = reference;
  return namespace === undefined ? `&LocalObjectReference{Name:${name},}` : `&SecretReference{Name:${name},Namespace:${namespace},}`;
}

function scaleIoFields(disk: Omit<Sources['scaleIO'], 'secretRef'>): Lines {
  return [
    ...fields(['Gateway', disk.gateway], ['System', disk.system], ['Protection Domain', disk.protectionDomain]),
    ...fields(['Storage Pool', disk.storagePool], ['Storage Mode', disk.storageMode], ['VolumeName', disk.volumeName]),
  ];
}

const attributesLimit = 140;

/** kubectl writes every piece of these lines with the margin of the block (printCSIPersistentVolumeAttributesMultilineIndent). */
function attributeLines(attributes: Labels | undefined): Lines {
  const pairs = pairsOf(attributes).map((pair) => shortened(pair, attributesLimit));
  if (pairs.length === 0) return fields(['VolumeAttributes', '<none>']);
  return pairs.map((pair, i) => (i === 0 ? `VolumeAttributes:\t    ${pair}` : `    \t    ${pair}`));
}

/** Differences of a PersistentVolume's source from the pod's source of that name. */
type PersistentSources = { readonly [K in keyof Sources & keyof PersistentVolumeSpec]: NonNullable<PersistentVolumeSpec[K]> };
const persistent: { readonly [K in keyof PersistentSources]?: (source: PersistentSources[K]) => Lines } = {
  glusterfs: ({ endpoints, endpointsNamespace = '<unset>', path, ...rest }) =>
    fields(['EndpointsName', endpoints], ['EndpointsNamespace', endpointsNamespace], ['Path', path], readOnlyOf(rest)),
  scaleIO: ({ secretRef, ...disk }) => [
    ...scaleIoFields(disk),
    ...fields(['SecretName', secretRef.name], ['SecretNamespace', secretRef.namespace], fileSystemOf(disk), readOnlyOf(disk)),
  ],
  azureFile: ({ secretName, secretNamespace, shareName, ...rest }) =>
    fields(['SecretName', secretName], ['SecretNamespace', secretNamespace], ['ShareName', shareName], readOnlyOf(rest)),
  csi: ({ driver, volumeHandle, volumeAttributes, ...rest }) => [
    ...fields(['Driver', driver], fileSystemOf(rest), ['VolumeHandle', volumeHandle], readOnlyOf(rest)),
    ...attributeLines(volumeAttributes),
  ],
};

const names = Object.keys(kinds) as readonly (keyof Sources)[];

/** The volumes of a pod (`inTemplate` false) or of a pod template. */
export function volumeLines(volumes: readonly Volume[], inTemplate: boolean, context: Context): Lines {
  const title = inTemplate ? '  Volumes' : 'Volumes';
  if (volumes.length === 0) return [field(title, '<none>')];
  return [`${title}:`, ...volumes.flatMap((volume) => [`  ${inTemplate ? ' ' : ''}${volume.name}:`, ...sourceLines(volume, context)])];
}

function sourceLines(volume: Source, context: Context): Lines {
  const known = context.has('image volumes') ? names : names.filter((one) => one !== 'image');
  const name = known.find((one) => volume[one] !== undefined);
  if (name === undefined) return ['  <unknown>'];
  const kind = kinds[name] as VolumeKind<unknown>;
  return indented(2, [field('Type', kind.type), ...kind.lines(volume[name], context)]);
}

/** Where the storage of a PersistentVolume is. */
export function persistentSourceLines(spec: PersistentVolumeSpec, context: Context): Lines {
  const isSource = (one: string): one is keyof PersistentSources => one in spec && spec[one as keyof PersistentSources] !== undefined;
  const name = names.find(isSource);
  if (name === undefined) return ['  <unknown>'];
  const kind = kinds[name] as unknown as VolumeKind<unknown>;
  const lines = (persistent[name] ?? kind.lines) as VolumeKind<unknown>['lines'];
  return indented(2, [field('Type', kind.type), ...lines(spec[name], context)]);
}
