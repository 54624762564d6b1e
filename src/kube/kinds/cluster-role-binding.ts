import { defineKind, type ObjectOf } from '../kind.ts';
import { list, required } from '../schema.ts';
import { RoleRef, Subject } from './rbac.ts';

export const ClusterRoleBinding = defineKind(
  'ClusterRoleBinding',
  'gives a role in the whole cluster to somebody',
  { subjects: list(Subject, 'who gets it'), roleRef: required(RoleRef) },
  { group: 'rbac.authorization.k8s.io', namespaced: false },
);
export type ClusterRoleBinding = ObjectOf<typeof ClusterRoleBinding>;
