import { defineKind, type ObjectOf } from '../kind.ts';
import { ObjectMeta } from '../object.ts';
import {
  always,
  int32,
  int64,
  intOrString,
  list,
  pointer,
  required,
  requiredPointer,
  string,
  struct,
  typed,
  type Infer,
} from '../schema.ts';
import { byType, workloadCondition } from './conditions.ts';
import { LabelSelector } from './label-selector.ts';
import { PersistentVolumeClaimSpec } from './persistent-volume-claim-spec.ts';
import { PersistentVolumeClaimStatus } from './persistent-volume-claim.ts';
import { PodTemplateSpec } from './pod-template.ts';

export const RollingUpdateStatefulSetStrategy = struct('RollingUpdateStatefulSetStrategy', 'which pods are replaced', {
  partition: pointer(int32('pods from this number on')),
  maxUnavailable: intOrString('how many pods may be missing, or what part of them'),
});

export const StatefulSetUpdateStrategy = struct('StatefulSetUpdateStrategy', 'how old pods are replaced', {
  type: typed('StatefulSetUpdateStrategyType', string('RollingUpdate or OnDelete', ['OnDelete', 'RollingUpdate'])),
  rollingUpdate: RollingUpdateStatefulSetStrategy,
});

export const StatefulSetPersistentVolumeClaimRetentionPolicy = struct(
  'StatefulSetPersistentVolumeClaimRetentionPolicy',
  'what becomes of the claims',
  {
    whenDeleted: typed('PersistentVolumeClaimRetentionPolicyType', string('when the set goes: Retain or Delete')),
    whenScaled: typed('PersistentVolumeClaimRetentionPolicyType', string('when a pod goes: Retain or Delete')),
  },
);

export const StatefulSetOrdinals = struct('StatefulSetOrdinals', 'the numbers of the pods', {
  start: always(int32('the first number')),
});

export const VolumeClaimTemplate = struct('PersistentVolumeClaim', 'a claim that each pod gets', {
  apiVersion: string('v1'),
  kind: string('PersistentVolumeClaim'),
  metadata: always(ObjectMeta),
  spec: always(PersistentVolumeClaimSpec),
  status: always(PersistentVolumeClaimStatus),
});
export type VolumeClaimTemplate = Infer<typeof VolumeClaimTemplate>;

export const StatefulSetSpec = struct('StatefulSetSpec', 'the pods that are wanted', {
  replicas: pointer(int32('how many')),
  selector: requiredPointer(LabelSelector),
  template: required(PodTemplateSpec),
  volumeClaimTemplates: list(VolumeClaimTemplate, 'the claims that each pod gets'),
  serviceName: always(string('name of the headless Service of its pods')),
  podManagementPolicy: typed('PodManagementPolicyType', string('one pod after the other, or all at once', ['OrderedReady', 'Parallel'])),
  updateStrategy: always(StatefulSetUpdateStrategy),
  revisionHistoryLimit: pointer(int32('how many old templates are kept')),
  minReadySeconds: int32('seconds a pod must be ready to be available'),
  persistentVolumeClaimRetentionPolicy: StatefulSetPersistentVolumeClaimRetentionPolicy,
  ordinals: StatefulSetOrdinals,
});
export type StatefulSetSpec = Infer<typeof StatefulSetSpec>;

export const StatefulSetStatus = struct('StatefulSetStatus', 'the pods that there are', {
  observedGeneration: int64('the generation that was looked at'),
  replicas: required(int32('how many')),
  readyReplicas: int32('how many are ready'),
  currentReplicas: int32('how many are of the current revision'),
  updatedReplicas: int32('how many are of the new revision'),
  currentRevision: string('name of the current revision'),
  updateRevision: string('name of the new revision'),
  collisionCount: pointer(int32('how often the name of a ControllerRevision was taken')),
  conditions: list(workloadCondition('StatefulSetCondition'), 'aspects of its state', byType),
  availableReplicas: always(int32('how many have been ready for long enough')),
});
export type StatefulSetStatus = Infer<typeof StatefulSetStatus>;

export const StatefulSet = defineKind(
  'StatefulSet',
  'keeps numbered pods running that keep their names and volumes',
  { spec: always(StatefulSetSpec), status: always(StatefulSetStatus) },
  { group: 'apps', shortNames: ['sts'], categories: ['all'], hasGeneration: true, subresources: ['scale', 'status'] },
);
export type StatefulSet = ObjectOf<typeof StatefulSet>;
