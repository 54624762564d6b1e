import { defineKind, type ObjectOf } from '../kind.ts';
import { list, required, string, struct } from '../schema.ts';
import { byType } from './conditions.ts';

export const ComponentCondition = struct('ComponentCondition', 'whether the component is well', {
  type: required(string('Healthy')),
  status: required(string('True, False or Unknown')),
  message: string('why, in a sentence'),
  error: string('what went wrong'),
});

export const ComponentStatus = defineKind(
  'ComponentStatus',
  'the health of a component of the control plane (obsolete)',
  { conditions: list(ComponentCondition, 'what was seen', byType) },
  { plural: 'componentstatuses', shortNames: ['cs'], namespaced: false, verbs: ['get', 'list'] },
);
export type ComponentStatus = ObjectOf<typeof ComponentStatus>;
