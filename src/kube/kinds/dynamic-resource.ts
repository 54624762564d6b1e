/** Dynamic resource allocation: it can be listed and written; nothing in the simulation allocates devices, so contents are kept as they are. */
import { defineKind } from '../kind.ts';
import { any, required } from '../schema.ts';

const group = 'resource.k8s.io';
const spec = required(any('what is asked for, or offered'));

export const DeviceClass = defineKind('DeviceClass', 'a sort of device', { spec }, { group, plural: 'deviceclasses', namespaced: false });
export const ResourceClaim = defineKind(
  'ResourceClaim',
  'asks for devices',
  { spec, status: any('what was found') },
  {
    group,
    subresources: ['status'],
  },
);
export const ResourceClaimTemplate = defineKind('ResourceClaimTemplate', 'a template of ResourceClaims', { spec }, { group });
export const ResourceSlice = defineKind('ResourceSlice', 'devices of a node', { spec }, { group, namespaced: false });
