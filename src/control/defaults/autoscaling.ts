/** (pkg/apis/autoscaling/v2/defaults.go) */
import { HorizontalPodAutoscaler, type HorizontalPodAutoscalerSpec, type MetricSpec } from '#kube/kinds/horizontal-pod-autoscaler.ts';
import { defaulter } from './defaulter.ts';
import { change, fill } from './fill.ts';

const cpu: MetricSpec = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } };
const doubling = { type: 'Percent', value: 100, periodSeconds: 15 };
const scaleUp = { stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, doubling] };
const scaleDown = { selectPolicy: 'Max', policies: [doubling] };

export const horizontalPodAutoscalerDefaulter = defaulter(HorizontalPodAutoscaler, (autoscaler) =>
  change(autoscaler, 'spec', (spec: HorizontalPodAutoscalerSpec) => {
    const filled = fill(spec, { minReplicas: 1, metrics: [cpu] });
    return change(filled.metrics!.length === 0 ? { ...filled, metrics: [cpu] } : filled, 'behavior', (behavior) => ({
      ...behavior,
      scaleUp: fill(behavior.scaleUp ?? {}, scaleUp),
      scaleDown: fill(behavior.scaleDown ?? {}, scaleDown),
    }));
  }),
);
