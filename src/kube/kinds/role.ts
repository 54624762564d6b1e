import { defineKind, type ObjectOf } from '../kind.ts';
import { always, list } from '../schema.ts';
import { PolicyRule } from './rbac.ts';

export const Role = defineKind(
  'Role',
  'what may be done in one namespace',
  { rules: always(list(PolicyRule, 'what may be done')) },
  { group: 'rbac.authorization.k8s.io' },
);
export type Role = ObjectOf<typeof Role>;
