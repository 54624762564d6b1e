/** Volumes and claims (pkg/printers/internalversion/printers.go). The class of volume attributes is shown since 1.29. */
import type { PersistentVolumeClaim } from '#kube/kinds/persistent-volume-claim.ts';
import type { PersistentVolume } from '#kube/kinds/persistent-volume.ts';
import type { StorageClass } from '#kube/kinds/storage-class.ts';
import { age, ageColumn, column, definePrinter, nameColumn, wide } from './table.ts';
import { accessModesText } from './text.ts';

const capacity = column('Capacity', 'how much fits in');
const accessModes = column('Access Modes', 'how it may be mounted');
const storageClass = column('StorageClass', 'its storage class');
const attributesClass = column('VolumeAttributesClass', 'its volume attributes class', { since: 29 });
const volumeMode = wide('VolumeMode', 'Filesystem or Block');

export const persistentVolumePrinter = definePrinter<PersistentVolume>(
  [
    nameColumn,
    capacity,
    accessModes,
    column('Reclaim Policy', 'what becomes of it when its claim goes'),
    column('Status', 'whether it is taken'),
    column('Claim', 'who has it'),
    storageClass,
    attributesClass,
    column('Reason', 'why it is in this state'),
    ageColumn,
    volumeMode,
  ],
  (volume, moment) => {
    const { spec, status } = volume;
    const claim = spec.claimRef;
    return [
      volume.metadata.name,
      String(spec.capacity?.['storage'] ?? ''),
      accessModesText(spec.accessModes),
      spec.persistentVolumeReclaimPolicy ?? '',
      volume.metadata.deletionTimestamp !== undefined ? 'Terminating' : (status.phase ?? ''),
      claim === undefined ? '' : `${claim.namespace ?? ''}/${claim.name ?? ''}`,
      spec.storageClassName ?? '',
      spec.volumeAttributesClassName ?? '<unset>',
      status.reason ?? '',
      age(volume, moment),
      spec.volumeMode ?? '<unset>',
    ];
  },
);

export const persistentVolumeClaimPrinter = definePrinter<PersistentVolumeClaim>(
  [
    nameColumn,
    column('Status', 'whether it has a volume'),
    column('Volume', 'the volume it has'),
    capacity,
    accessModes,
    storageClass,
    attributesClass,
    ageColumn,
    volumeMode,
  ],
  (claim, moment) => {
    const { spec, status } = claim;
    const isBound = (spec.volumeName ?? '') !== '';
    return [
      claim.metadata.name,
      claim.metadata.deletionTimestamp !== undefined ? 'Terminating' : (status.phase ?? ''),
      spec.volumeName ?? '',
      isBound ? String(status.capacity?.['storage'] ?? '') : '',
      isBound ? accessModesText(status.accessModes) : '',
      spec.storageClassName ?? '',
      spec.volumeAttributesClassName ?? '<unset>',
      age(claim, moment),
      spec.volumeMode ?? '<unset>',
    ];
  },
);

export const storageClassPrinter = definePrinter<StorageClass>(
  [
    nameColumn,
    column('Provisioner', 'what makes its volumes'),
    column('ReclaimPolicy', 'what becomes of a volume when its claim goes'),
    column('VolumeBindingMode', 'when a claim gets its volume'),
    column('AllowVolumeExpansion', 'whether volumes can grow', { type: 'boolean' }),
    ageColumn,
  ],
  (one, moment) => {
    const isDefault = one.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true';
    return [
      `${one.metadata.name}${isDefault ? ' (default)' : ''}`,
      one.provisioner,
      one.reclaimPolicy ?? 'Delete',
      one.volumeBindingMode ?? 'Immediate',
      one.allowVolumeExpansion ?? false,
      age(one, moment),
    ];
  },
);
