import { defineKind, type ObjectOf } from '../kind.ts';
import { always, int32, int64, list, pointer, quantity, required, string, struct, time, typed, type Infer } from '../schema.ts';
import { byType, workloadCondition } from './conditions.ts';
import { LabelSelector } from './label-selector.ts';

export const CrossVersionObjectReference = struct(
  'CrossVersionObjectReference',
  'names an object of the same namespace',
  {
    kind: required(string('kind of the object')),
    name: required(string('name of the object')),
    apiVersion: string('version of the object'),
  },
  { atomic: true },
);

export const MetricIdentifier = struct('MetricIdentifier', 'names a metric', {
  name: required(string('its name')),
  selector: LabelSelector,
});

export const MetricTarget = struct('MetricTarget', 'the value that is wanted', {
  type: required(typed('MetricTargetType', string('Utilization, Value or AverageValue'))),
  value: quantity('the value'),
  averageValue: quantity('the value a pod'),
  averageUtilization: pointer(int32('percent of the requests')),
});

export const MetricValueStatus = struct('MetricValueStatus', 'the value that there is', {
  value: quantity('the value'),
  averageValue: quantity('the value a pod'),
  averageUtilization: pointer(int32('percent of the requests')),
});

const resource = { name: required(string('the resource: cpu, memory')) };
const containerResource = { ...resource, container: required(string('name of the container')) };
const metric = { metric: required(MetricIdentifier) };
const target = { target: required(MetricTarget) };
const current = { current: required(MetricValueStatus) };
const describedObject = { describedObject: required(CrossVersionObjectReference) };

export const MetricSpec = struct('MetricSpec', 'what the number of pods follows', {
  type: required(typed('MetricSourceType', string('Object, Pods, Resource, ContainerResource or External'))),
  object: struct('ObjectMetricSource', 'a metric of an object', { ...describedObject, ...target, ...metric }),
  pods: struct('PodsMetricSource', 'a metric of the pods', { ...metric, ...target }),
  resource: struct('ResourceMetricSource', 'a resource of the pods', { ...resource, ...target }),
  containerResource: struct('ContainerResourceMetricSource', 'a resource of a container', { ...containerResource, ...target }),
  external: struct('ExternalMetricSource', 'a metric from outside', { ...metric, ...target }),
});
export type MetricSpec = Infer<typeof MetricSpec>;

export const MetricStatus = struct('MetricStatus', 'what was measured', {
  type: required(typed('MetricSourceType', string('Object, Pods, Resource, ContainerResource or External'))),
  object: struct('ObjectMetricStatus', 'a metric of an object', { ...metric, ...current, ...describedObject }),
  pods: struct('PodsMetricStatus', 'a metric of the pods', { ...metric, ...current }),
  resource: struct('ResourceMetricStatus', 'a resource of the pods', { ...resource, ...current }),
  containerResource: struct('ContainerResourceMetricStatus', 'a resource of a container', { ...containerResource, ...current }),
  external: struct('ExternalMetricStatus', 'a metric from outside', { ...metric, ...current }),
});

export const HPAScalingPolicy = struct('HPAScalingPolicy', 'how much may change in a time', {
  type: required(typed('HPAScalingPolicyType', string('Pods or Percent'))),
  value: required(int32('how much')),
  periodSeconds: required(int32('in how many seconds')),
});

export const HPAScalingRules = struct('HPAScalingRules', 'how fast the number may change', {
  stabilizationWindowSeconds: pointer(int32('seconds that are looked back')),
  selectPolicy: pointer(typed('ScalingPolicySelect', string('which policy counts: Max, Min or Disabled'))),
  policies: list(HPAScalingPolicy, 'the policies'),
  tolerance: quantity('difference that is ignored'),
});

export const HorizontalPodAutoscalerBehavior = struct('HorizontalPodAutoscalerBehavior', 'how fast the number may change', {
  scaleUp: HPAScalingRules,
  scaleDown: HPAScalingRules,
});

export const HorizontalPodAutoscalerSpec = struct('HorizontalPodAutoscalerSpec', 'whose number of pods follows what', {
  scaleTargetRef: required(CrossVersionObjectReference),
  minReplicas: pointer(int32('the least number of pods')),
  maxReplicas: required(int32('the greatest number of pods')),
  metrics: list(MetricSpec, 'what it follows'),
  behavior: HorizontalPodAutoscalerBehavior,
});
export type HorizontalPodAutoscalerSpec = Infer<typeof HorizontalPodAutoscalerSpec>;

export const HorizontalPodAutoscalerStatus = struct('HorizontalPodAutoscalerStatus', 'what was measured and done', {
  observedGeneration: pointer(int64('the generation that was looked at')),
  lastScaleTime: time('when the number last changed'),
  currentReplicas: int32('how many pods there are'),
  desiredReplicas: required(int32('how many pods there should be')),
  currentMetrics: list(MetricStatus, 'what was measured'),
  conditions: list(workloadCondition('HorizontalPodAutoscalerCondition'), 'aspects of its state', byType),
});

export const HorizontalPodAutoscaler = defineKind(
  'HorizontalPodAutoscaler',
  'makes the number of pods follow their load',
  { spec: required(HorizontalPodAutoscalerSpec), status: always(HorizontalPodAutoscalerStatus) },
  { group: 'autoscaling', version: 'v2', shortNames: ['hpa'], categories: ['all'], subresources: ['status'] },
);
export type HorizontalPodAutoscaler = ObjectOf<typeof HorizontalPodAutoscaler>;
