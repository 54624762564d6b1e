import { defineKind, type ObjectOf } from '../kind.ts';
import { list, required } from '../schema.ts';
import { RoleRef, Subject } from './rbac.ts';

export const RoleBinding = defineKind(
  'RoleBinding',
  'gives a role in one namespace to somebody',
  { subjects: list(Subject, 'who gets it'), roleRef: required(RoleRef) },
  { group: 'rbac.authorization.k8s.io' },
);
export type RoleBinding = ObjectOf<typeof RoleBinding>;
