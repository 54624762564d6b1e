import type { PriorityClass } from '#kube/kinds/priority-class.ts';
import type { Context } from './context.ts';
import { field, type Lines } from './lines.ts';
import { mapText } from './metadata.ts';

/** (kubectl: describePriorityClass) */
export function describePriorityClass(priorityClass: PriorityClass, context: Context): Lines {
  const { metadata, value, globalDefault = false, preemptionPolicy = '', description = '' } = priorityClass;
  return [
    field('Name', metadata.name),
    field('Value', value),
    field('GlobalDefault', globalDefault),
    field('PreemptionPolicy', preemptionPolicy),
    field('Description', description),
    field('Annotations', mapText(metadata.annotations)),
    ...context.events(priorityClass),
  ];
}
