import { labelsText } from '#apiserver/tables/text.ts';
import type { PriorityClass } from '#kube/kinds/priority-class.ts';
import type { Context } from './context.ts';
import { field, type Lines } from './lines.ts';

/** (kubectl: describePriorityClass) */
export function describePriorityClass(priorityClass: PriorityClass, context: Context): Lines {
  const { metadata, value, globalDefault = false, preemptionPolicy = '', description = '' } = priorityClass;
  return [
    field('Name', metadata.name),
    field('Value', value),
    field('GlobalDefault', globalDefault),
    field('PreemptionPolicy', preemptionPolicy),
    field('Description', description),
    field('Annotations', labelsText(metadata.annotations)),
    ...context.events(priorityClass),
  ];
}
