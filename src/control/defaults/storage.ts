/** (pkg/apis/core/v1/defaults.go, pkg/apis/storage/v1/defaults.go) */
import { CSIDriver } from '#kube/kinds/csi-driver.ts';
import { PersistentVolumeClaim } from '#kube/kinds/persistent-volume-claim.ts';
import { PersistentVolume, type PersistentVolumeSpec } from '#kube/kinds/persistent-volume.ts';
import { StorageClass } from '#kube/kinds/storage-class.ts';
import { defaulter } from './defaulter.ts';
import { change, fill } from './fill.ts';
import { iscsiDefaults, rbdDefaults, scaleIoDefaults, sourceWithDefaults } from './volume.ts';

/** A claim, or the template of one. */
export function claimWithDefaults<C extends Pick<PersistentVolumeClaim, 'spec' | 'status'>>(claim: C): C {
  const status = fill(claim.status ?? {}, { phase: 'Pending' });
  return { ...claim, status, spec: fill(claim.spec ?? {}, { volumeMode: 'Filesystem' }) };
}

export const persistentVolumeClaimDefaulter = defaulter(PersistentVolumeClaim, claimWithDefaults);

export const persistentVolumeDefaulter = defaulter(PersistentVolume, (volume) =>
  change({ ...volume, status: fill(volume.status ?? {}, { phase: 'Pending' }) }, 'spec', specWithDefaults),
);

function specWithDefaults(spec: PersistentVolumeSpec): PersistentVolumeSpec {
  let filled = fill(sourceWithDefaults(spec), { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' });
  filled = change(filled, 'iscsi', (source) => fill(source, iscsiDefaults));
  filled = change(filled, 'rbd', (source) => fill(source, rbdDefaults));
  return change(filled, 'scaleIO', (source) => fill(source, scaleIoDefaults));
}

export const storageClassDefaulter = defaulter(StorageClass, (storageClass) =>
  fill(storageClass, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
);

export const csiDriverDefaulter = defaulter(CSIDriver, (driver, minorVersion) =>
  change(driver, 'spec', (spec) =>
    fill(
      change(spec, 'volumeLifecycleModes', (modes) => (modes.length === 0 ? ['Persistent'] : modes)),
      {
        attachRequired: true,
        podInfoOnMount: false,
        storageCapacity: false,
        fsGroupPolicy: 'ReadWriteOnceWithFSType',
        volumeLifecycleModes: ['Persistent'],
        requiresRepublish: false,
        ...(minorVersion >= 27 && { seLinuxMount: false }),
      },
    ),
  ),
);
