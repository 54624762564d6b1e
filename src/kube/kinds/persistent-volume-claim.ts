import { defineKind, type ObjectOf } from '../kind.ts';
import { always, list, map, nullable, pointer, required, string, struct, time, typed } from '../schema.ts';
import { byType } from './conditions.ts';
import { PersistentVolumeClaimSpec } from './persistent-volume-claim-spec.ts';
import { resourceList } from './resources.ts';

export const PersistentVolumeClaimCondition = struct('PersistentVolumeClaimCondition', 'one aspect of the state of the claim', {
  type: required(typed('PersistentVolumeClaimConditionType', string('what is said'))),
  status: required(typed('ConditionStatus', string('True, False or Unknown'))),
  lastProbeTime: nullable(time('when it was last looked at')),
  lastTransitionTime: nullable(time('since when the status is what it is')),
  reason: string('why, in one word'),
  message: string('why, in a sentence'),
});

export const ModifyVolumeStatus = struct('ModifyVolumeStatus', 'a change of the attributes of the volume', {
  targetVolumeAttributesClassName: string('the class that is wanted'),
  status: required(string('Pending, InProgress or Infeasible', ['InProgress', 'Infeasible', 'Pending'])),
});

export const PersistentVolumeClaimStatus = struct('PersistentVolumeClaimStatus', 'what has become of the claim', {
  phase: typed('PersistentVolumeClaimPhase', string('Pending, Bound or Lost', ['Bound', 'Lost', 'Pending'])),
  accessModes: list(string('', ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']), 'how the volume can be used'),
  capacity: resourceList('how much the volume holds'),
  conditions: list(PersistentVolumeClaimCondition, 'aspects of its state', byType),
  allocatedResources: resourceList('what is being made of the volume'),
  allocatedResourceStatuses: map(string(), 'how far that is'),
  currentVolumeAttributesClassName: pointer(string('the class of the volume')),
  modifyVolumeStatus: ModifyVolumeStatus,
});

export const PersistentVolumeClaim = defineKind(
  'PersistentVolumeClaim',
  'asks for storage',
  { spec: always(PersistentVolumeClaimSpec), status: always(PersistentVolumeClaimStatus) },
  { shortNames: ['pvc'], subresources: ['status'] },
);
export type PersistentVolumeClaim = ObjectOf<typeof PersistentVolumeClaim>;
