/** Disruption budgets and autoscalers (pkg/printers/internalversion/printers.go). */
import type { HorizontalPodAutoscaler, MetricSpec } from '#kube/kinds/horizontal-pod-autoscaler.ts';
import type { PodDisruptionBudget } from '#kube/kinds/pod-disruption-budget.ts';
import { age, ageColumn, column, definePrinter, integer, nameColumn } from './table.ts';

export const podDisruptionBudgetPrinter = definePrinter<PodDisruptionBudget>(
  [
    nameColumn,
    column('Min Available', 'how many pods must stay'),
    column('Max Unavailable', 'how many pods may be missing'),
    integer('Allowed Disruptions', 'how many pods may be evicted now'),
    ageColumn,
  ],
  (budget, moment) => [
    budget.metadata.name,
    String(budget.spec.minAvailable ?? 'N/A'),
    String(budget.spec.maxUnavailable ?? 'N/A'),
    budget.status.disruptionsAllowed,
    age(budget, moment),
  ],
);

/** Resource metrics carry their name since 1.31. */
export const horizontalPodAutoscalerPrinter = definePrinter<HorizontalPodAutoscaler>(
  [
    nameColumn,
    column('Reference', 'whose pods it counts'),
    column('Targets', 'what is measured, and what is wanted'),
    column('MinPods', 'the least number of pods'),
    column('MaxPods', 'the greatest number of pods'),
    integer('Replicas', 'how many pods there are'),
    ageColumn,
  ],
  (scaler, moment) => {
    const { spec, status } = scaler;
    const metrics = (spec.metrics ?? []).map((metric, i) => metricText(metric, status.currentMetrics?.[i], moment.minorVersion >= 31));
    const shown = metrics.slice(0, 2).join(', ');
    return [
      scaler.metadata.name,
      `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`,
      metrics.length === 0 ? '<none>' : metrics.length > 2 ? `${shown} + ${metrics.length - 2} more...` : shown,
      spec.minReplicas === undefined ? '<unset>' : String(spec.minReplicas),
      String(spec.maxReplicas),
      status.currentReplicas ?? 0,
      age(scaler, moment),
    ];
  },
);

type MetricStatus = NonNullable<HorizontalPodAutoscaler['status']['currentMetrics']>[number];

function metricText(metric: MetricSpec, measured: MetricStatus | undefined, named: boolean): string {
  const unknown = '<unknown>';
  switch (metric.type) {
    case 'Resource':
    case 'ContainerResource': {
      const spec = metric.type === 'Resource' ? metric.resource : metric.containerResource;
      const current = (metric.type === 'Resource' ? measured?.resource : measured?.containerResource)?.current;
      const prefix = named ? `${spec?.name ?? ''}: ` : '';
      if (spec?.target.averageValue !== undefined) return `${prefix}${current?.averageValue ?? unknown}/${spec.target.averageValue}`;
      const percent = (value: number | undefined, otherwise: string) => (value === undefined ? otherwise : `${value}%`);
      return `${prefix}${percent(current?.averageUtilization, unknown)}/${percent(spec?.target.averageUtilization, '<auto>')}`;
    }
    case 'Pods':
      return `${measured?.pods?.current.averageValue ?? unknown}/${metric.pods?.target.averageValue ?? ''}`;
    case 'Object':
      if (metric.object?.target.averageValue !== undefined)
        return `${measured?.object?.current.averageValue ?? unknown}/${metric.object.target.averageValue} (avg)`;
      return `${measured?.object?.current.value ?? unknown}/${metric.object?.target.value ?? ''}`;
    case 'External':
      if (metric.external?.target.averageValue !== undefined)
        return `${measured?.external?.current.averageValue ?? unknown}/${metric.external.target.averageValue} (avg)`;
      return `${measured?.external?.current.value ?? unknown}/${metric.external?.target.value ?? ''}`;
    default:
      return '<unknown type>';
  }
}
