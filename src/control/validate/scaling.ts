/** PodDisruptionBudgets and HorizontalPodAutoscalers. (pkg/apis/policy/validation, pkg/apis/autoscaling/validation) */
import { HorizontalPodAutoscaler } from '#kube/kinds/horizontal-pod-autoscaler.ts';
import { PodDisruptionBudget, PodDisruptionBudgetSpec } from '#kube/kinds/pod-disruption-budget.ts';
import type { FieldError } from '#kube/status.ts';
import { validateAtMostAll, validatePositiveAmount } from './amounts.ts';
import { invalid, oneOf, required } from './field.ts';
import { goValue } from './go-value.ts';
import { validateLabelSelector } from './labels.ts';
import { nameIsSubdomain } from './names.ts';
import { validator } from './validator.ts';

export const podDisruptionBudgetValidator = validator<PodDisruptionBudget>({
  kind: PodDisruptionBudget,
  name: nameIsSubdomain,
  validate: ({ spec }) => {
    const { minAvailable, maxUnavailable, unhealthyPodEvictionPolicy: policy } = spec;
    return [
      ...(minAvailable !== undefined && maxUnavailable !== undefined
        ? [invalid('spec', goValue(PodDisruptionBudgetSpec, spec), 'minAvailable and maxUnavailable cannot be both set')]
        : []),
      ...validatePositiveAmount(minAvailable, 'spec.minAvailable'),
      ...validateAtMostAll(minAvailable, 'spec.minAvailable'),
      ...validatePositiveAmount(maxUnavailable, 'spec.maxUnavailable'),
      ...validateAtMostAll(maxUnavailable, 'spec.maxUnavailable'),
      ...validateLabelSelector(spec.selector, 'spec.selector'),
      ...(policy === undefined ? [] : oneOf('spec.unhealthyPodEvictionPolicy', policy, ['AlwaysAllow', 'IfHealthyBudget'])),
    ];
  },
});

function validateAutoscaler({ spec }: HorizontalPodAutoscaler): FieldError[] {
  const { minReplicas, maxReplicas, scaleTargetRef: target } = spec;
  return [
    ...(minReplicas !== undefined && minReplicas < 1
      ? [invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1')]
      : []),
    ...(maxReplicas < 1 ? [invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0')] : []),
    ...(minReplicas !== undefined && maxReplicas < minReplicas
      ? [invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`')]
      : []),
    ...((target.kind ?? '') === '' ? [required('spec.scaleTargetRef.kind')] : []),
    ...((target.name ?? '') === '' ? [required('spec.scaleTargetRef.name')] : []),
  ];
}

export const horizontalPodAutoscalerValidator = validator<HorizontalPodAutoscaler>({
  kind: HorizontalPodAutoscaler,
  name: nameIsSubdomain,
  validate: validateAutoscaler,
});
