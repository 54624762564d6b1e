import { defineKind, type ObjectOf } from '../kind.ts';
import { boolean, list, map, pointer, required, string, struct, typed } from '../schema.ts';

export const TopologySelectorLabelRequirement = struct('TopologySelectorLabelRequirement', 'values of a node label', {
  key: required(string('the label')),
  values: required(list(string(), 'its values')),
});

export const TopologySelectorTerm = struct(
  'TopologySelectorTerm',
  'a set of places',
  { matchLabelExpressions: list(TopologySelectorLabelRequirement, 'conditions that must all hold') },
  { atomic: true },
);

export const StorageClass = defineKind(
  'StorageClass',
  'a sort of storage, and who makes it',
  {
    provisioner: required(string('who makes volumes')),
    parameters: map(string(), 'what it needs to know'),
    reclaimPolicy: pointer(
      typed('PersistentVolumeReclaimPolicy', string('what happens when the claim goes', ['Delete', 'Recycle', 'Retain'])),
    ),
    mountOptions: list(string(), 'options of the mounts'),
    allowVolumeExpansion: pointer(boolean('volumes can grow')),
    volumeBindingMode: pointer(typed('VolumeBindingMode', string('when volumes are made', ['Immediate', 'WaitForFirstConsumer']))),
    allowedTopologies: list(TopologySelectorTerm, 'where volumes may be'),
  },
  { group: 'storage.k8s.io', plural: 'storageclasses', shortNames: ['sc'], namespaced: false },
);
export type StorageClass = ObjectOf<typeof StorageClass>;
