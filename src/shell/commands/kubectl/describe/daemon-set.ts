import type { DaemonSet } from '#kube/kinds/daemon-set.ts';
import { requirementsOf, selectorText } from '#kube/selector.ts';
import type { Context } from './context.ts';
import { field, type Lines } from './lines.ts';
import { annotationLines, labelLines, mapText } from './metadata.ts';
import { podTemplateLines } from './pod-template.ts';
import { podsStatus } from './workload-pods.ts';

/** (kubectl: describeDaemonSet) */
export function describeDaemonSet(set: DaemonSet, context: Context): Lines {
  const { metadata, spec, status } = set;
  const selector = selectorText(requirementsOf(spec.selector));
  return [
    field('Name', metadata.name),
    ...(context.has('namespace of daemon sets') ? [field('Namespace', metadata.namespace ?? '')] : []),
    field('Selector', selector),
    field('Node-Selector', mapText(spec.template.spec.nodeSelector)),
    ...labelLines('Labels', metadata.labels),
    ...annotationLines('Annotations', metadata.annotations),
    `Desired Number of Nodes Scheduled: ${status.desiredNumberScheduled}`,
    `Current Number of Nodes Scheduled: ${status.currentNumberScheduled}`,
    `Number of Nodes Scheduled with Up-to-date Pods: ${status.updatedNumberScheduled ?? 0}`,
    `Number of Nodes Scheduled with Available Pods: ${status.numberAvailable ?? 0}`,
    `Number of Nodes Misscheduled: ${status.numberMisscheduled}`,
    field('Pods Status', podsStatus(set, selector, context)),
    ...podTemplateLines(spec.template, context),
    ...context.events(set),
  ];
}
