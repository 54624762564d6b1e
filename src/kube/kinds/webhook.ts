/** staging:api/admissionregistration/v1/types.go */
import { bytes, int32, list, pointer, required, string, struct, typed } from '../schema.ts';
import { LabelSelector } from './label-selector.ts';

export const ServiceReference = struct('ServiceReference', 'the Service of the webhook', {
  namespace: required(string('namespace of the Service')),
  name: required(string('name of the Service')),
  path: pointer(string('path of the request')),
  port: pointer(int32('port of the Service; 443 when absent')),
});

export const WebhookClientConfig = struct('WebhookClientConfig', 'where the webhook is', {
  url: pointer(string('its URL')),
  service: ServiceReference,
  caBundle: bytes('certificates that it is checked with, in PEM'),
});

export const RuleWithOperations = struct(
  'RuleWithOperations',
  'requests that it is asked about',
  {
    operations: list(typed('OperationType', string('', ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'])), 'what is done'),
    apiGroups: list(string(), 'groups of the resources; * for all'),
    apiVersions: list(string(), 'versions of the resources; * for all'),
    resources: list(string(), 'the resources; * for all'),
    scope: pointer(typed('ScopeType', string('Cluster, Namespaced or *'))),
  },
  { embedded: { Rule: ['apiGroups', 'apiVersions', 'resources', 'scope'] } },
);

export const MatchCondition = struct('MatchCondition', 'a condition in CEL', {
  name: required(string('name of the condition')),
  expression: required(string('the condition')),
});

export const byName = { mergeKey: 'name', mapKeys: ['name'] } as const;

export const webhookFields = {
  name: required(string('name of the webhook')),
  clientConfig: required(WebhookClientConfig),
  rules: list(RuleWithOperations, 'requests that it is asked about'),
  failurePolicy: pointer(typed('FailurePolicyType', string('what happens when it cannot be asked', ['Fail', 'Ignore']))),
  matchPolicy: pointer(typed('MatchPolicyType', string('whether other versions of the resources count', ['Equivalent', 'Exact']))),
  namespaceSelector: LabelSelector,
  objectSelector: LabelSelector,
  sideEffects: required(pointer(typed('SideEffectClass', string('what else it does', ['None', 'NoneOnDryRun', 'Some', 'Unknown'])))),
  timeoutSeconds: pointer(int32('seconds it may take')),
  admissionReviewVersions: required(list(string(), 'versions of AdmissionReview it understands')),
  matchConditions: list(MatchCondition, 'conditions that must hold too', byName),
};
