/** `autoscaling/v1`, which knows only the CPU: a view of what is stored as v2. (pkg/apis/autoscaling/v1/conversion.go) */
import { defineKind, type ObjectOf } from '../kind.ts';
import { always, int32, int64, pointer, required, struct, time } from '../schema.ts';
import { CrossVersionObjectReference, type HorizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';

export const HorizontalPodAutoscalerV1 = defineKind(
  'HorizontalPodAutoscaler',
  'makes the number of pods follow their use of the CPU',
  {
    spec: always(
      struct('HorizontalPodAutoscalerSpec', 'whose number of pods follows their use of the CPU', {
        scaleTargetRef: required(CrossVersionObjectReference),
        minReplicas: pointer(int32('the least number of pods')),
        maxReplicas: required(int32('the greatest number of pods')),
        targetCPUUtilizationPercentage: pointer(int32('percent of their CPU requests')),
      }),
    ),
    status: always(
      struct('HorizontalPodAutoscalerStatus', 'what was measured and done', {
        observedGeneration: pointer(int64('the generation that was looked at')),
        lastScaleTime: time('when the number last changed'),
        currentReplicas: required(int32('how many pods there are')),
        desiredReplicas: required(int32('how many pods there should be')),
        currentCPUUtilizationPercentage: pointer(int32('percent of their CPU requests')),
      }),
    ),
  },
  { group: 'autoscaling', shortNames: ['hpa'], categories: ['all'], subresources: ['status'] },
);
export type HorizontalPodAutoscalerV1 = ObjectOf<typeof HorizontalPodAutoscalerV1>;

/** A stored autoscaler as v1 shows it. Other metrics than the CPU have no field there. */
export function autoscalerV1Of({ spec, status, ...rest }: HorizontalPodAutoscaler): HorizontalPodAutoscalerV1 {
  const { metrics = [], behavior: _behavior, ...common } = spec;
  const { currentMetrics = [], conditions: _conditions, currentReplicas = 0, ...counts } = status;
  const target = metrics.find(({ resource }) => resource?.name === 'cpu')?.resource?.target.averageUtilization;
  const current = currentMetrics.find(({ resource }) => resource?.name === 'cpu')?.resource?.current.averageUtilization;
  return {
    ...rest,
    apiVersion: 'autoscaling/v1',
    spec: { ...common, ...(target !== undefined && { targetCPUUtilizationPercentage: target }) },
    status: { ...counts, currentReplicas, ...(current !== undefined && { currentCPUUtilizationPercentage: current }) },
  };
}

/** The autoscaler to store for one that was written as v1. */
export function autoscalerOf({ spec, status, ...rest }: HorizontalPodAutoscalerV1): HorizontalPodAutoscaler {
  const { targetCPUUtilizationPercentage: averageUtilization, ...common } = spec;
  const { currentCPUUtilizationPercentage: _current, ...counts } = status;
  const target = averageUtilization === undefined ? undefined : ({ type: 'Utilization', averageUtilization } as const);
  return {
    ...rest,
    apiVersion: 'autoscaling/v2',
    spec: { ...common, ...(target !== undefined && { metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }] }) },
    status: counts,
  };
}
