import { defineKind, type ObjectOf } from '../kind.ts';
import { always, list, nullable, required, string, struct, time, typed, type Infer } from '../schema.ts';
import { byType } from './conditions.ts';

export const NamespaceSpec = struct('NamespaceSpec', 'what must happen before the namespace is gone', {
  finalizers: list(typed('FinalizerName', string()), 'who must agree before it goes'),
});

export const NamespaceCondition = struct('NamespaceCondition', 'one aspect of the state of the namespace', {
  type: required(string('what is said')),
  status: required(string('True, False or Unknown')),
  lastTransitionTime: nullable(time('since when the status is what it is')),
  reason: string('why, in one word'),
  message: string('why, in a sentence'),
});

export const NamespaceStatus = struct('NamespaceStatus', 'what has become of the namespace', {
  phase: typed('NamespacePhase', string('Active or Terminating', ['Active', 'Terminating'])),
  conditions: list(NamespaceCondition, 'what hinders its end', byType),
});
export type NamespaceStatus = Infer<typeof NamespaceStatus>;

export const Namespace = defineKind(
  'Namespace',
  'a room for names of objects',
  { spec: always(NamespaceSpec), status: always(NamespaceStatus) },
  {
    namespaced: false,
    shortNames: ['ns'],
    subresources: ['finalize', 'status'],
    verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  },
);
export type Namespace = ObjectOf<typeof Namespace>;
