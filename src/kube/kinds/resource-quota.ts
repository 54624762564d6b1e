import { defineKind, type ObjectOf } from '../kind.ts';
import { always, list, required, string, struct, typed, type Infer } from '../schema.ts';
import { resourceList } from './resources.ts';

const scopes = [
  'BestEffort',
  'CrossNamespacePodAffinity',
  'NotBestEffort',
  'NotTerminating',
  'PriorityClass',
  'Terminating',
  'VolumeAttributesClass',
];

export const ScopedResourceSelectorRequirement = struct('ScopedResourceSelectorRequirement', 'one condition on objects', {
  scopeName: required(typed('ResourceQuotaScope', string('what is compared', scopes))),
  operator: required(typed('ScopeSelectorOperator', string('how it compares', ['DoesNotExist', 'Exists', 'In', 'NotIn']))),
  values: list(string(), 'what it is compared with'),
});

export const ScopeSelector = struct(
  'ScopeSelector',
  'chooses the objects that count',
  { matchExpressions: list(ScopedResourceSelectorRequirement, 'conditions that must all hold') },
  { atomic: true },
);

export const ResourceQuotaSpec = struct('ResourceQuotaSpec', 'what the namespace may use', {
  hard: resourceList('the most'),
  scopes: list(typed('ResourceQuotaScope', string('', scopes)), 'which objects count'),
  scopeSelector: ScopeSelector,
});
export type ResourceQuotaSpec = Infer<typeof ResourceQuotaSpec>;

export const ResourceQuotaStatus = struct('ResourceQuotaStatus', 'what the namespace uses', {
  hard: resourceList('the most'),
  used: resourceList('what is used of it'),
});

export const ResourceQuota = defineKind(
  'ResourceQuota',
  'bounds what a namespace may use',
  { spec: always(ResourceQuotaSpec), status: always(ResourceQuotaStatus) },
  { shortNames: ['quota'], subresources: ['status'] },
);
export type ResourceQuota = ObjectOf<typeof ResourceQuota>;
