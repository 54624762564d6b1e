import { defineKind, type ObjectOf } from '../kind.ts';
import { always, int32, int64, list, pointer, required, requiredPointer, struct, type Infer } from '../schema.ts';
import { byType, workloadCondition } from './conditions.ts';
import { LabelSelector } from './label-selector.ts';
import { PodTemplateSpec } from './pod-template.ts';

export const ReplicaSetSpec = struct('ReplicaSetSpec', 'the pods that are wanted', {
  replicas: pointer(int32('how many')),
  minReadySeconds: int32('seconds a pod must be ready to be available'),
  selector: requiredPointer(LabelSelector),
  template: always(PodTemplateSpec),
});
export type ReplicaSetSpec = Infer<typeof ReplicaSetSpec>;

export const ReplicaSetStatus = struct('ReplicaSetStatus', 'the pods that there are', {
  replicas: required(int32('how many')),
  fullyLabeledReplicas: int32('how many have all labels of the template'),
  readyReplicas: int32('how many are ready'),
  availableReplicas: int32('how many have been ready for long enough'),
  terminatingReplicas: pointer(int32('how many are being deleted')),
  observedGeneration: int64('the generation that was looked at'),
  conditions: list(workloadCondition('ReplicaSetCondition'), 'aspects of its state', byType),
});
export type ReplicaSetStatus = Infer<typeof ReplicaSetStatus>;

export const ReplicaSet = defineKind(
  'ReplicaSet',
  'keeps a number of like pods running',
  { spec: always(ReplicaSetSpec), status: always(ReplicaSetStatus) },
  { group: 'apps', shortNames: ['rs'], categories: ['all'], hasGeneration: true, subresources: ['scale', 'status'] },
);
export type ReplicaSet = ObjectOf<typeof ReplicaSet>;
