import { defineKind, type ObjectOf } from '../kind.ts';
import { map, required, string } from '../schema.ts';

export const VolumeAttributesClass = defineKind(
  'VolumeAttributesClass',
  'attributes of volumes that can change',
  { driverName: required(string('name of the driver')), parameters: map(string(), 'the attributes') },
  { group: 'storage.k8s.io', plural: 'volumeattributesclasses', shortNames: ['vac'], namespaced: false },
);
export type VolumeAttributesClass = ObjectOf<typeof VolumeAttributesClass>;
