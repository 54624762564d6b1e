/** Conditions: what an observer says of an object, and since when. */
import { always, int64, list, nullable, required, string, struct, time, typed, type Infer } from '../schema.ts';

/** The condition that newer APIs share (`metav1.Condition`). */
export const Condition = struct('Condition', 'one aspect of the state of an object', {
  type: required(string('what is said')),
  status: required(typed('ConditionStatus', string('True, False or Unknown', ['False', 'True', 'Unknown']))),
  observedGeneration: int64('the generation that was looked at'),
  lastTransitionTime: required(time('since when the status is what it is')),
  reason: required(string('why, in one word')),
  message: required(string('why, in a sentence')),
});
export type Condition = Infer<typeof Condition>;

/** A list of conditions, merged by `type`. */
export const conditions = list(Condition, 'what observers say of the object', { mergeKey: 'type', mapKeys: ['type'] });

/** The form of workload conditions: the Go type has the kind's name, the fields are the same. */
export function workloadCondition<const Name extends string>(name: Name) {
  return struct(name, 'one aspect of the state of the workload', {
    type: required(string('what is said')),
    status: required(typed('ConditionStatus', string('True, False or Unknown'))),
    lastTransitionTime: nullable(time('since when the status is what it is')),
    reason: string('why, in one word'),
    message: string('why, in a sentence'),
  });
}

/** Lists of older condition types: strategic merge by `type`, one entry a type. */
export const byType = { mergeKey: 'type', mapKeys: ['type'] } as const;

/** `metav1.ListMeta`. */
export const ListMeta = struct('ListMeta', 'bookkeeping of a list', {
  selfLink: string('obsolete'),
  resourceVersion: always(string('the moment the list shows')),
  continue: string('where the next page begins'),
  remainingItemCount: int64('how many items follow the page'),
});
export type ListMeta = Infer<typeof ListMeta>;
