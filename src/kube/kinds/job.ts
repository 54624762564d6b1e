import { defineKind, type ObjectOf } from '../kind.ts';
import { always, boolean, int32, int64, list, nullable, pointer, required, string, struct, time, typed, type Infer } from '../schema.ts';
import { LabelSelector } from './label-selector.ts';
import { PodTemplateSpec } from './pod-template.ts';

export const PodFailurePolicyOnExitCodesRequirement = struct('PodFailurePolicyOnExitCodesRequirement', 'a condition on exit codes', {
  containerName: pointer(string('name of the container; any when absent')),
  operator: required(typed('PodFailurePolicyOnExitCodesOperator', string('In or NotIn', ['In', 'NotIn']))),
  values: required(list(int32(), 'the exit codes', { set: true })),
});
export const PodFailurePolicyOnPodConditionsPattern = struct('PodFailurePolicyOnPodConditionsPattern', 'a condition of the pod', {
  type: required(string('its type')),
  status: always(string('its status')),
});
export const PodFailurePolicyRule = struct('PodFailurePolicyRule', 'what some failures mean', {
  action: required(typed('PodFailurePolicyAction', string('what they mean', ['Count', 'FailIndex', 'FailJob', 'Ignore']))),
  onExitCodes: PodFailurePolicyOnExitCodesRequirement,
  onPodConditions: always(list(PodFailurePolicyOnPodConditionsPattern, 'conditions of the pod')),
});
export const PodFailurePolicy = struct('PodFailurePolicy', 'what failures of pods mean', {
  rules: required(list(PodFailurePolicyRule, 'the first that applies decides')),
});

export const SuccessPolicyRule = struct('SuccessPolicyRule', 'when enough has succeeded', {
  succeededIndexes: pointer(string('these numbers')),
  succeededCount: pointer(int32('this many')),
});
export const SuccessPolicy = struct('SuccessPolicy', 'when the job has succeeded early', {
  rules: required(list(SuccessPolicyRule, 'one of them is enough')),
});

/** staging:api/batch/v1/types.go */
export const JobSpec = struct('JobSpec', 'the work', {
  parallelism: pointer(int32('how many pods at once')),
  completions: pointer(int32('how many must succeed')),
  activeDeadlineSeconds: pointer(int64('seconds it may take')),
  podFailurePolicy: PodFailurePolicy,
  successPolicy: SuccessPolicy,
  backoffLimit: pointer(int32('how many may fail')),
  backoffLimitPerIndex: pointer(int32('how many may fail for one number')),
  maxFailedIndexes: pointer(int32('how many numbers may fail')),
  selector: LabelSelector,
  manualSelector: pointer(boolean('the selector is given by hand')),
  template: required(PodTemplateSpec),
  ttlSecondsAfterFinished: pointer(int32('seconds after its end when it is deleted')),
  completionMode: pointer(typed('CompletionMode', string('whether pods have numbers', ['Indexed', 'NonIndexed']))),
  suspend: pointer(boolean('it has no pods for now')),
  podReplacementPolicy: pointer(typed('PodReplacementPolicy', string('when a pod is replaced', ['Failed', 'TerminatingOrFailed']))),
  managedBy: pointer(string('the controller that does it')),
});
export type JobSpec = Infer<typeof JobSpec>;

export const JobCondition = struct('JobCondition', 'one aspect of the state of the job', {
  type: required(typed('JobConditionType', string('what is said'))),
  status: required(typed('ConditionStatus', string('True, False or Unknown'))),
  lastProbeTime: nullable(time('when it was last looked at')),
  lastTransitionTime: nullable(time('since when the status is what it is')),
  reason: string('why, in one word'),
  message: string('why, in a sentence'),
});

export const UncountedTerminatedPods = struct('UncountedTerminatedPods', 'pods that ended and are not counted yet', {
  succeeded: list(string(), 'UIDs of those that succeeded', { set: true }),
  failed: list(string(), 'UIDs of those that failed', { set: true }),
});

export const JobStatus = struct('JobStatus', 'how far the work is', {
  conditions: list(JobCondition, 'aspects of its state', { mergeKey: 'type' }),
  startTime: time('when it began'),
  completionTime: time('when it was done'),
  active: int32('pods that run'),
  succeeded: int32('pods that succeeded'),
  failed: int32('pods that failed'),
  terminating: pointer(int32('pods that are being deleted')),
  completedIndexes: string('numbers that succeeded'),
  failedIndexes: pointer(string('numbers that failed')),
  uncountedTerminatedPods: UncountedTerminatedPods,
  ready: pointer(int32('pods that are ready')),
});
export type JobStatus = Infer<typeof JobStatus>;

export const Job = defineKind(
  'Job',
  'runs pods until enough of them have succeeded',
  { spec: always(JobSpec), status: always(JobStatus) },
  { group: 'batch', categories: ['all'], hasGeneration: true, subresources: ['status'] },
);
export type Job = ObjectOf<typeof Job>;
