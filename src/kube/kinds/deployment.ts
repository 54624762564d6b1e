import { defineKind, type ObjectOf } from '../kind.ts';
import {
  always,
  boolean,
  int32,
  int64,
  intOrString,
  list,
  nullable,
  pointer,
  required,
  requiredPointer,
  string,
  struct,
  time,
  typed,
  type Infer,
} from '../schema.ts';
import { byType } from './conditions.ts';
import { LabelSelector } from './label-selector.ts';
import { PodTemplateSpec } from './pod-template.ts';

export const RollingUpdateDeployment = struct('RollingUpdateDeployment', 'how fast old pods are replaced', {
  maxUnavailable: intOrString('how many pods may be missing, or what part of them'),
  maxSurge: intOrString('how many pods there may be too many, or what part of them'),
});

export const DeploymentStrategy = struct(
  'DeploymentStrategy',
  'how old pods are replaced',
  {
    type: typed('DeploymentStrategyType', string('Recreate or RollingUpdate', ['Recreate', 'RollingUpdate'])),
    rollingUpdate: RollingUpdateDeployment,
  },
  { retainKeys: true },
);
export type DeploymentStrategy = Infer<typeof DeploymentStrategy>;

/** staging:api/apps/v1/types.go */
export const DeploymentSpec = struct('DeploymentSpec', 'the pods that are wanted', {
  replicas: pointer(int32('how many')),
  selector: requiredPointer(LabelSelector),
  template: required(PodTemplateSpec),
  strategy: always(DeploymentStrategy),
  minReadySeconds: int32('seconds a pod must be ready to be available'),
  revisionHistoryLimit: pointer(int32('how many old ReplicaSets are kept')),
  paused: boolean('changes of the template wait'),
  progressDeadlineSeconds: pointer(int32('seconds without progress after which it has failed')),
});
export type DeploymentSpec = Infer<typeof DeploymentSpec>;

export const DeploymentCondition = struct('DeploymentCondition', 'one aspect of the state of the deployment', {
  type: required(typed('DeploymentConditionType', string('what is said'))),
  status: required(typed('ConditionStatus', string('True, False or Unknown'))),
  lastUpdateTime: nullable(time('when it was last written')),
  lastTransitionTime: nullable(time('since when the status is what it is')),
  reason: string('why, in one word'),
  message: string('why, in a sentence'),
});
export type DeploymentCondition = Infer<typeof DeploymentCondition>;

export const DeploymentStatus = struct('DeploymentStatus', 'the pods that there are', {
  observedGeneration: int64('the generation that was looked at'),
  replicas: int32('how many'),
  updatedReplicas: int32('how many are of the template'),
  readyReplicas: int32('how many are ready'),
  availableReplicas: int32('how many have been ready for long enough'),
  unavailableReplicas: int32('how many are missing'),
  terminatingReplicas: pointer(int32('how many are being deleted')),
  conditions: list(DeploymentCondition, 'aspects of its state', byType),
  collisionCount: pointer(int32('how often the name of a ReplicaSet was taken')),
});
export type DeploymentStatus = Infer<typeof DeploymentStatus>;

export const Deployment = defineKind(
  'Deployment',
  'keeps a number of like pods running, and replaces them when their template changes',
  { spec: always(DeploymentSpec), status: always(DeploymentStatus) },
  { group: 'apps', shortNames: ['deploy'], categories: ['all'], hasGeneration: true, subresources: ['scale', 'status'] },
);
export type Deployment = ObjectOf<typeof Deployment>;
