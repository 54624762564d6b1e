import type { PodDisruptionBudget } from '#kube/kinds/pod-disruption-budget.ts';
import { labelSelectorText } from '#kube/selector.ts';
import type { Context } from './context.ts';
import { field, indented, type Lines } from './lines.ts';

/** (kubectl: describePodDisruptionBudgetV1) */
export function describePodDisruptionBudget(budget: PodDisruptionBudget, context: Context): Lines {
  const { metadata, spec, status } = budget;
  const { minAvailable, maxUnavailable, selector } = spec;
  const bound =
    minAvailable !== undefined
      ? [field('Min available', minAvailable)]
      : maxUnavailable !== undefined
        ? [field('Max unavailable', maxUnavailable)]
        : [];
  return [
    field('Name', metadata.name),
    field('Namespace', metadata.namespace ?? ''),
    ...bound,
    field('Selector', selector === undefined ? '<unset>' : labelSelectorText(selector)),
    'Status:',
    ...indented(2, [
      field('Allowed disruptions', status.disruptionsAllowed),
      field('Current', status.currentHealthy),
      field('Desired', status.desiredHealthy),
      field('Total', status.expectedPods),
    ]),
    ...context.events(budget),
  ];
}
