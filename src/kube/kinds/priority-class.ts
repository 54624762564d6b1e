import { defineKind, type ObjectOf } from '../kind.ts';
import { always, boolean, int32, pointer, string, typed } from '../schema.ts';

export const PriorityClass = defineKind(
  'PriorityClass',
  'names a priority of pods',
  {
    value: always(int32('the priority')),
    globalDefault: boolean('pods that name none have this one'),
    description: string('when to use it'),
    preemptionPolicy: pointer(
      typed('PreemptionPolicy', string('whether its pods may drive out others', ['Never', 'PreemptLowerPriority'])),
    ),
  },
  { group: 'scheduling.k8s.io', plural: 'priorityclasses', shortNames: ['pc'], namespaced: false, hasGeneration: true },
);
export type PriorityClass = ObjectOf<typeof PriorityClass>;
