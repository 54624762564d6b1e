import { defineKind, type ObjectOf } from '../kind.ts';
import { quantity, required, string } from '../schema.ts';
import { LabelSelector } from './label-selector.ts';

export const CSIStorageCapacity = defineKind(
  'CSIStorageCapacity',
  'how much room a driver has in a place',
  {
    nodeTopology: LabelSelector,
    storageClassName: required(string('name of the StorageClass')),
    capacity: quantity('how much room'),
    maximumVolumeSize: quantity('the largest volume'),
  },
  { group: 'storage.k8s.io', plural: 'csistoragecapacities' },
);
export type CSIStorageCapacity = ObjectOf<typeof CSIStorageCapacity>;
