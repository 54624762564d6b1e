/** `autoscaling/v1`: the older view of HorizontalPodAutoscalers, which knows the use of CPU and nothing else. (pkg/apis/autoscaling/v1/conversion.go) */
import { CrossVersionObjectReference, type HorizontalPodAutoscaler } from '#kube/kinds/horizontal-pod-autoscaler.ts';
import { defineKind, type ObjectOf } from '#kube/kind.ts';
import { always, int32, int64, pointer, required, struct, time } from '#kube/schema.ts';

export const HorizontalPodAutoscalerV1 = defineKind(
  'HorizontalPodAutoscaler',
  'makes the number of pods follow their use of CPU',
  {
    spec: always(
      struct('HorizontalPodAutoscalerSpec', 'whose number of pods, and its bounds', {
        scaleTargetRef: required(CrossVersionObjectReference),
        minReplicas: pointer(int32('the least number of pods')),
        maxReplicas: required(int32('the greatest number of pods')),
        targetCPUUtilizationPercentage: pointer(int32('percent of the requests that are to be used')),
      }),
    ),
    status: always(
      struct('HorizontalPodAutoscalerStatus', 'what was measured and done', {
        observedGeneration: pointer(int64('the generation that was looked at')),
        lastScaleTime: time('when the number last changed'),
        currentReplicas: required(int32('how many pods there are')),
        desiredReplicas: required(int32('how many pods there should be')),
        currentCPUUtilizationPercentage: pointer(int32('percent of the requests that are used')),
      }),
    ),
  },
  { group: 'autoscaling', version: 'v1', shortNames: ['hpa'], categories: ['all'], subresources: ['status'] },
);
export type HorizontalPodAutoscalerV1 = ObjectOf<typeof HorizontalPodAutoscalerV1>;

type Metric = NonNullable<HorizontalPodAutoscaler['spec']['metrics']>[number];

const isCpu = (metric: Metric) =>
  metric.type === 'Resource' && metric.resource?.name === 'cpu' && metric.resource.target.averageUtilization !== undefined;

/** What v1 has no field for travels in this annotation. */
const metricsAnnotation = 'autoscaling.alpha.kubernetes.io/metrics';

/** A stored autoscaler as v1 shows it: one CPU target in its field, other metrics as an annotation. */
export function autoscalerV1Of(stored: HorizontalPodAutoscaler): HorizontalPodAutoscalerV1 {
  const { metrics = [], behavior: _behavior, ...spec } = stored.spec;
  const { conditions: _conditions, currentMetrics = [], ...status } = stored.status;
  const target = metrics.find(isCpu)?.resource?.target.averageUtilization;
  const used = currentMetrics.find(({ type, resource }) => type === 'Resource' && resource?.name === 'cpu')?.resource?.current
    .averageUtilization;
  const others = metrics.filter((metric) => !isCpu(metric));
  const annotations =
    others.length === 0 ? stored.metadata.annotations : { ...stored.metadata.annotations, [metricsAnnotation]: JSON.stringify(others) };
  return {
    ...stored,
    apiVersion: 'autoscaling/v1',
    metadata: { ...stored.metadata, ...(annotations !== undefined && { annotations }) },
    spec: { ...spec, ...(target !== undefined && { targetCPUUtilizationPercentage: target }) },
    status: {
      ...status,
      currentReplicas: status.currentReplicas ?? 0,
      ...(used !== undefined && { currentCPUUtilizationPercentage: used }),
    },
  };
}

/** The autoscaler to store for one that was written through v1. */
export function autoscalerOf(written: HorizontalPodAutoscalerV1): HorizontalPodAutoscaler {
  const { targetCPUUtilizationPercentage: target, ...spec } = written.spec;
  const { currentCPUUtilizationPercentage: _used, ...status } = written.status;
  const { [metricsAnnotation]: kept, ...annotations } = written.metadata.annotations ?? {};
  const metrics: Metric[] = kept === undefined ? [] : (JSON.parse(kept) as Metric[]);
  if (target !== undefined)
    metrics.unshift({ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: target } } });
  return {
    ...written,
    apiVersion: 'autoscaling/v2',
    metadata: { ...written.metadata, ...(written.metadata.annotations !== undefined && { annotations }) },
    spec: { ...spec, ...(metrics.length > 0 && { metrics }) },
    status,
  };
}
