import { defineKind, type ObjectOf } from '../kind.ts';
import { always, list, required, string, struct, typed, type Infer } from '../schema.ts';
import { resourceList } from './resources.ts';

export const LimitRangeItem = struct('LimitRangeItem', 'limits of one sort of thing', {
  type: required(typed('LimitType', string('Container, Pod or PersistentVolumeClaim'))),
  max: resourceList('the most'),
  min: resourceList('the least'),
  default: resourceList('limits of containers that say none'),
  defaultRequest: resourceList('requests of containers that say none'),
  maxLimitRequestRatio: resourceList('how far limit and request may differ'),
});
export type LimitRangeItem = Infer<typeof LimitRangeItem>;

export const LimitRangeSpec = struct('LimitRangeSpec', 'the limits', { limits: required(list(LimitRangeItem, 'the limits')) });

export const LimitRange = defineKind(
  'LimitRange',
  'bounds what one pod, container or claim may ask for',
  { spec: always(LimitRangeSpec) },
  { shortNames: ['limits'] },
);
export type LimitRange = ObjectOf<typeof LimitRange>;
