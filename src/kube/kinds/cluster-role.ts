import { defineKind, type ObjectOf } from '../kind.ts';
import { always, list, struct } from '../schema.ts';
import { LabelSelector } from './label-selector.ts';
import { PolicyRule } from './rbac.ts';

export const AggregationRule = struct('AggregationRule', 'other roles that it is put together from', {
  clusterRoleSelectors: list(LabelSelector, 'labels of those roles'),
});

export const ClusterRole = defineKind(
  'ClusterRole',
  'what may be done in the cluster',
  { rules: always(list(PolicyRule, 'what may be done')), aggregationRule: AggregationRule },
  { group: 'rbac.authorization.k8s.io', namespaced: false },
);
export type ClusterRole = ObjectOf<typeof ClusterRole>;
