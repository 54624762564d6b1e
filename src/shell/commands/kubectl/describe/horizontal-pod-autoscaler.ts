import { quote } from '#kube/json.ts';
import type { HorizontalPodAutoscaler, MetricSpec } from '#kube/kinds/horizontal-pod-autoscaler.ts';
import { amountText } from './amount.ts';
import type { Context } from './context.ts';
import { field, heading, indented, type Lines } from './lines.ts';
import { namedInNamespace } from './metadata.ts';
import { rfc1123 } from './time.ts';

/** (kubectl: describeHorizontalPodAutoscalerV2) */
export function describeHorizontalPodAutoscaler(autoscaler: HorizontalPodAutoscaler, context: Context): Lines {
  const { metadata, spec, status } = autoscaler;
  const { scaleTargetRef: target, metrics = [], behavior } = spec;
  return [
    ...namedInNamespace(metadata),
    field('CreationTimestamp', rfc1123(metadata.creationTimestamp)),
    field('Reference', `${target.kind}/${target.name}`),
    field('Metrics', '( current / target )'),
    ...indented(
      1,
      metrics.map((metric, i) => metricLine(metric, status.currentMetrics?.[i])),
    ),
    field('Min replicas', spec.minReplicas ?? '<unset>'),
    field('Max replicas', spec.maxReplicas),
    ...(behavior === undefined
      ? []
      : [
          'Behavior:',
          ...indented(1, [...directionLines('Scale Up', behavior.scaleUp), ...directionLines('Scale Down', behavior.scaleDown)]),
        ]),
    field(`${target.kind} pods`, `${status.currentReplicas ?? 0} current / ${status.desiredReplicas ?? 0} desired`),
    ...conditionLines(status.conditions ?? []),
    ...context.events(autoscaler),
  ];
}

type MetricStatus = NonNullable<HorizontalPodAutoscaler['status']['currentMetrics']>[number];

const unknown = '<unknown>';

/** `resource cpu on pods (as a percentage of request): 12% (60m) / 80%` */
function metricLine(spec: MetricSpec, status: MetricStatus | undefined): string {
  switch (spec.type) {
    case 'External': {
      const { metric, target } = spec.external!;
      const current = status?.external?.current;
      const name = quote(metric.name);
      if (target.averageValue !== undefined) {
        const value = current?.averageValue === undefined ? unknown : amountText(current.averageValue);
        return `${name} (target average value):\t${value} / ${amountText(target.averageValue)}`;
      }
      return `${name} (target value):\t${current === undefined ? unknown : pointerText(current.value)} / ${pointerText(target.value)}`;
    }
    case 'Pods': {
      const { metric, target } = spec.pods!;
      const current = status?.pods === undefined ? unknown : pointerText(status.pods.current.averageValue);
      return `${quote(metric.name)} on pods:\t${current} / ${pointerText(target.averageValue)}`;
    }
    case 'Object': {
      const { metric, describedObject, target } = spec.object!;
      const [what, field] = target.type === 'AverageValue' ? (['average value', 'averageValue'] as const) : (['value', 'value'] as const);
      const current = status?.object === undefined ? unknown : pointerText(status.object.current[field]);
      const name = `"${metric.name}" on ${describedObject.kind}/${describedObject.name}`;
      return `${name} (target ${what}):\t${current} / ${pointerText(target[field])}`;
    }
    case 'Resource':
      return resourceLine(`resource ${spec.resource!.name} on pods`, spec.resource!.target, status?.resource?.current);
    case 'ContainerResource': {
      const { name, container, target } = spec.containerResource!;
      return resourceLine(`resource ${name} of container "${container}" on pods`, target, status?.containerResource?.current);
    }
    default:
      return `<unknown metric type ${quote(spec.type)}>`;
  }
}

type Target = NonNullable<MetricSpec['resource']>['target'];
type Current = NonNullable<MetricStatus['resource']>['current'];

function resourceLine(what: string, target: Target, current: Current | undefined): string {
  if (target.averageValue !== undefined) {
    return `${what}:\t${current === undefined ? unknown : pointerText(current.averageValue)} / ${amountText(target.averageValue)}`;
  }
  const { averageUtilization } = current ?? {};
  const now = averageUtilization === undefined ? unknown : `${averageUtilization}% (${pointerText(current?.averageValue)})`;
  const wanted = target.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`;
  return `${what}  (as a percentage of request):\t${now} / ${wanted}`;
}

/** The String of a `*resource.Quantity`. */
function pointerText(value: string | number | undefined): string {
  return value === undefined ? '<nil>' : amountText(value);
}

type Rules = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']['behavior']>['scaleUp']>;

function directionLines(direction: string, rules: Rules | undefined): Lines {
  if (rules === undefined) return [];
  const { stabilizationWindowSeconds, selectPolicy = 'Max', policies = [] } = rules;
  return [
    `${direction}:`,
    ...indented(1, [
      ...(stabilizationWindowSeconds === undefined ? [] : [`Stabilization Window: ${stabilizationWindowSeconds} seconds`]),
      ...(policies.length === 0
        ? []
        : [
            `Select Policy: ${selectPolicy}`,
            'Policies:',
            ...policies.map(({ type, value, periodSeconds }) => `  - Type: ${type}\tValue: ${value}\tPeriod: ${periodSeconds} seconds`),
          ]),
    ]),
  ];
}

function conditionLines(conditions: NonNullable<HorizontalPodAutoscaler['status']['conditions']>): Lines {
  if (conditions.length === 0) return [];
  const rows = conditions.map(({ type, status, reason = '', message = '' }) => [type, status, reason, message].join('\t'));
  return ['Conditions:', ...indented(1, [...heading('Type', 'Status', 'Reason', 'Message'), ...rows])];
}
