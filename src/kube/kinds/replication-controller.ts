import { defineKind, type ObjectOf } from '../kind.ts';
import { always, int32, int64, list, map, pointer, required, string, struct, type Infer } from '../schema.ts';
import { byType, workloadCondition } from './conditions.ts';
import { PodTemplateSpec } from './pod-template.ts';

export const ReplicationControllerSpec = struct('ReplicationControllerSpec', 'the pods that are wanted', {
  replicas: pointer(int32('how many')),
  minReadySeconds: int32('seconds a pod must be ready to be available'),
  selector: map(string(), 'labels of its pods', { atomic: true }),
  template: PodTemplateSpec,
});
export type ReplicationControllerSpec = Infer<typeof ReplicationControllerSpec>;

export const ReplicationControllerStatus = struct('ReplicationControllerStatus', 'the pods that there are', {
  replicas: required(int32('how many')),
  fullyLabeledReplicas: int32('how many have all labels of the template'),
  readyReplicas: int32('how many are ready'),
  availableReplicas: int32('how many have been ready for long enough'),
  observedGeneration: int64('the generation that was looked at'),
  conditions: list(workloadCondition('ReplicationControllerCondition'), 'aspects of its state', byType),
});

export const ReplicationController = defineKind(
  'ReplicationController',
  'keeps a number of pods running, in the old form',
  { spec: always(ReplicationControllerSpec), status: always(ReplicationControllerStatus) },
  { shortNames: ['rc'], categories: ['all'], hasGeneration: true, subresources: ['scale', 'status'] },
);
export type ReplicationController = ObjectOf<typeof ReplicationController>;
