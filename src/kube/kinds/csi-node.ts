import { defineKind, type ObjectOf } from '../kind.ts';
import { always, int32, list, pointer, required, string, struct } from '../schema.ts';

export const CSINodeDriver = struct('CSINodeDriver', 'a driver on the node', {
  name: required(string('name of the driver')),
  nodeID: required(string('the node, as the driver names it')),
  topologyKeys: always(list(string(), 'node labels that say where it is')),
  allocatable: struct('VolumeNodeResources', 'what the node can take', { count: pointer(int32('how many volumes')) }),
});

export const CSINode = defineKind(
  'CSINode',
  'the drivers for volumes on a node',
  {
    spec: required(
      struct('CSINodeSpec', 'the drivers', {
        drivers: required(list(CSINodeDriver, 'the drivers', { mergeKey: 'name', mapKeys: ['name'] })),
      }),
    ),
  },
  { group: 'storage.k8s.io', namespaced: false },
);
export type CSINode = ObjectOf<typeof CSINode>;
