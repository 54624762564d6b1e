import { defineKind, type ObjectOf } from '../kind.ts';
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
import { PodTemplateSpec } from './pod-template.ts';

/** The annotation that counts the templates a set has had. */
export const templateGenerationKey = 'deprecated.daemonset.template.generation';

export const RollingUpdateDaemonSet = struct('RollingUpdateDaemonSet', 'how fast old pods are replaced', {
  maxUnavailable: intOrString('on how many nodes a pod may be missing, or on what part of them'),
  maxSurge: intOrString('on how many nodes there may be two pods, or on what part of them'),
});

export const DaemonSetUpdateStrategy = struct('DaemonSetUpdateStrategy', 'how old pods are replaced', {
  type: typed('DaemonSetUpdateStrategyType', string('RollingUpdate or OnDelete', ['OnDelete', 'RollingUpdate'])),
  rollingUpdate: RollingUpdateDaemonSet,
});

export const DaemonSetSpec = struct('DaemonSetSpec', 'the pods that are wanted', {
  selector: requiredPointer(LabelSelector),
  template: required(PodTemplateSpec),
  updateStrategy: always(DaemonSetUpdateStrategy),
  minReadySeconds: int32('seconds a pod must be ready to be available'),
  revisionHistoryLimit: pointer(int32('how many old templates are kept')),
});
export type DaemonSetSpec = Infer<typeof DaemonSetSpec>;

export const DaemonSetStatus = struct('DaemonSetStatus', 'the pods that there are', {
  currentNumberScheduled: required(int32('nodes that have a pod and should')),
  numberMisscheduled: required(int32('nodes that have a pod and should not')),
  desiredNumberScheduled: required(int32('nodes that should have a pod')),
  numberReady: required(int32('nodes whose pod is ready')),
  observedGeneration: int64('the generation that was looked at'),
  updatedNumberScheduled: int32('nodes whose pod is of the template'),
  numberAvailable: int32('nodes whose pod has been ready for long enough'),
  numberUnavailable: int32('nodes whose pod has not'),
  collisionCount: pointer(int32('how often the name of a ControllerRevision was taken')),
  conditions: list(workloadCondition('DaemonSetCondition'), 'aspects of its state', byType),
});
export type DaemonSetStatus = Infer<typeof DaemonSetStatus>;

export const DaemonSet = defineKind(
  'DaemonSet',
  'keeps one pod running on every node',
  { spec: always(DaemonSetSpec), status: always(DaemonSetStatus) },
  { group: 'apps', shortNames: ['ds'], categories: ['all'], hasGeneration: true, subresources: ['status'] },
);
export type DaemonSet = ObjectOf<typeof DaemonSet>;
