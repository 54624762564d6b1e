import { defineKind, type ObjectOf } from '../kind.ts';
import { always, int32, int64, intOrString, map, pointer, string, struct, time, typed, type Infer } from '../schema.ts';
import { conditions } from './conditions.ts';
import { LabelSelector } from './label-selector.ts';

export const PodDisruptionBudgetSpec = struct('PodDisruptionBudgetSpec', 'how many pods may be evicted', {
  minAvailable: intOrString('how many must stay, or what part of them'),
  selector: LabelSelector,
  maxUnavailable: intOrString('how many may be missing, or what part of them'),
  unhealthyPodEvictionPolicy: pointer(
    typed('UnhealthyPodEvictionPolicyType', string('whether pods that are not ready may go', ['AlwaysAllow', 'IfHealthyBudget'])),
  ),
});
export type PodDisruptionBudgetSpec = Infer<typeof PodDisruptionBudgetSpec>;

export const PodDisruptionBudgetStatus = struct('PodDisruptionBudgetStatus', 'how many may be evicted now', {
  observedGeneration: int64('the generation that was looked at'),
  disruptedPods: map(time(), 'pods that are being evicted'),
  disruptionsAllowed: always(int32('how many may go now')),
  currentHealthy: always(int32('how many are ready')),
  desiredHealthy: always(int32('how many must be ready')),
  expectedPods: always(int32('how many there are')),
  conditions,
});
export type PodDisruptionBudgetStatus = Infer<typeof PodDisruptionBudgetStatus>;

export const PodDisruptionBudget = defineKind(
  'PodDisruptionBudget',
  'bounds how many pods of an application are evicted at once',
  { spec: always(PodDisruptionBudgetSpec), status: always(PodDisruptionBudgetStatus) },
  { group: 'policy', shortNames: ['pdb'], hasGeneration: true, subresources: ['status'] },
);
export type PodDisruptionBudget = ObjectOf<typeof PodDisruptionBudget>;
