/** Priority and fairness of requests: listed and kept; the simulated API server treats all requests alike. */
import { defineKind, type ObjectOf } from '../kind.ts';
import { always, boolean, int32, list, nullable, pointer, required, string, struct, time } from '../schema.ts';
import { byType } from './conditions.ts';

const group = 'flowcontrol.apiserver.k8s.io';

function condition<const Name extends string>(name: Name) {
  return struct(name, 'one aspect of its state', {
    type: string('what is said'),
    status: string('True, False or Unknown'),
    lastTransitionTime: nullable(time('since when the status is what it is')),
    reason: string('why, in one word'),
    message: string('why, in a sentence'),
  });
}

export const FlowSubject = struct('Subject', 'who makes the request', {
  kind: required(string('User, Group or ServiceAccount')),
  user: struct('UserSubject', 'a user', { name: required(string('name of the user')) }),
  group: struct('GroupSubject', 'a group', { name: required(string('name of the group')) }),
  serviceAccount: struct('ServiceAccountSubject', 'a service account', {
    namespace: required(string('its namespace')),
    name: required(string('its name')),
  }),
});

export const ResourcePolicyRule = struct('ResourcePolicyRule', 'requests for resources', {
  verbs: required(list(string(), 'what is done', { set: true })),
  apiGroups: required(list(string(), 'groups of the resources', { set: true })),
  resources: required(list(string(), 'the resources', { set: true })),
  clusterScope: boolean('objects without a namespace'),
  namespaces: list(string(), 'namespaces of the objects', { set: true }),
});

export const FlowSchemaSpec = struct('FlowSchemaSpec', 'which requests, and how they are treated', {
  priorityLevelConfiguration: required(
    struct('PriorityLevelConfigurationReference', 'the priority level', { name: required(string('its name')) }),
  ),
  matchingPrecedence: int32('the lowest that applies decides'),
  distinguisherMethod: struct('FlowDistinguisherMethod', 'what makes a flow', { type: required(string('ByUser or ByNamespace')) }),
  rules: list(
    struct('PolicyRulesWithSubjects', 'who does what', {
      subjects: required(list(FlowSubject, 'who')),
      resourceRules: list(ResourcePolicyRule, 'with resources'),
      nonResourceRules: list(
        struct('NonResourcePolicyRule', 'requests for other paths', {
          verbs: required(list(string(), 'what is done', { set: true })),
          nonResourceURLs: required(list(string(), 'the paths', { set: true })),
        }),
        'with other paths',
      ),
    }),
    'the requests',
  ),
});

export const FlowSchema = defineKind(
  'FlowSchema',
  'gives requests a priority level',
  {
    spec: always(FlowSchemaSpec),
    status: always(
      struct('FlowSchemaStatus', 'its state', { conditions: list(condition('FlowSchemaCondition'), 'aspects of it', byType) }),
    ),
  },
  { group, namespaced: false, hasGeneration: true, subresources: ['status'] },
);
export type FlowSchema = ObjectOf<typeof FlowSchema>;

export const PriorityLevelConfigurationSpec = struct('PriorityLevelConfigurationSpec', 'how many requests are served at once', {
  type: required(string('Exempt or Limited')),
  limited: struct('LimitedPriorityLevelConfiguration', 'of a limited level', {
    nominalConcurrencyShares: pointer(int32('its share')),
    limitResponse: always(
      struct('LimitResponse', 'what happens to more requests', {
        type: required(string('Queue or Reject')),
        queuing: struct('QueuingConfiguration', 'how they queue', {
          queues: int32('how many queues'),
          handSize: int32('how many queues a flow may use'),
          queueLengthLimit: int32('how long a queue may be'),
        }),
      }),
    ),
    lendablePercent: pointer(int32('part of the share that others may use')),
    borrowingLimitPercent: pointer(int32('how much it may use of others')),
  }),
  exempt: struct('ExemptPriorityLevelConfiguration', 'of an exempt level', {
    nominalConcurrencyShares: pointer(int32('its share')),
    lendablePercent: pointer(int32('part of the share that others may use')),
  }),
});

export const PriorityLevelConfiguration = defineKind(
  'PriorityLevelConfiguration',
  'a priority of requests',
  {
    spec: always(PriorityLevelConfigurationSpec),
    status: always(
      struct('PriorityLevelConfigurationStatus', 'its state', {
        conditions: list(condition('PriorityLevelConfigurationCondition'), 'aspects of it', byType),
      }),
    ),
  },
  { group, namespaced: false, hasGeneration: true, subresources: ['status'] },
);
export type PriorityLevelConfiguration = ObjectOf<typeof PriorityLevelConfiguration>;
