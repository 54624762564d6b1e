import { always, list, pointer, string, struct, typed, type Infer } from '../schema.ts';
import { LabelSelector } from './label-selector.ts';
import { TypedLocalObjectReference, TypedObjectReference } from './object-reference.ts';
import { VolumeResourceRequirements } from './resources.ts';

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

export const PersistentVolumeClaimSpec = struct('PersistentVolumeClaimSpec', 'the volume that is asked for', {
  accessModes: list(typed('PersistentVolumeAccessMode', string('', accessModes)), 'how it must be usable'),
  selector: LabelSelector,
  resources: always(VolumeResourceRequirements),
  volumeName: string('name of the bound volume'),
  storageClassName: pointer(string('name of the StorageClass')),
  volumeMode: pointer(typed('PersistentVolumeMode', string('Filesystem or Block', ['Block', 'Filesystem']))),
  dataSource: TypedLocalObjectReference,
  dataSourceRef: TypedObjectReference,
  volumeAttributesClassName: pointer(string('name of the VolumeAttributesClass')),
});
export type PersistentVolumeClaimSpec = Infer<typeof PersistentVolumeClaimSpec>;
