/** Questions to the API server: they are created, answered in their status, and never stored. */
import { defineKind, type ObjectOf } from '../kind.ts';
import { always, boolean, list, map, required, string, struct } from '../schema.ts';

const group = 'authorization.k8s.io';
const asked = { group, namespaced: false, verbs: ['create'] } as const;

const selectorRequirement = (name: string) =>
  struct(name, 'one condition', {
    key: required(string('what is compared')),
    operator: required(string('In, NotIn, Exists or DoesNotExist')),
    values: list(string(), 'what it is compared with'),
  });

export const ResourceAttributes = struct('ResourceAttributes', 'a request for resources', {
  namespace: string('namespace of the objects; all when empty'),
  verb: string('what is done'),
  group: string('group of the resource'),
  version: string('version of the resource'),
  resource: string('the resource'),
  subresource: string('the subresource'),
  name: string('name of the object; all when empty'),
  fieldSelector: struct('FieldSelectorAttributes', 'only objects with these fields', {
    rawSelector: string('the selector as text'),
    requirements: list(selectorRequirement('FieldSelectorRequirement'), 'its conditions'),
  }),
  labelSelector: struct('LabelSelectorAttributes', 'only objects with these labels', {
    rawSelector: string('the selector as text'),
    requirements: list(selectorRequirement('LabelSelectorRequirement'), 'its conditions'),
  }),
});

export const NonResourceAttributes = struct('NonResourceAttributes', 'a request for another path', {
  path: string('the path'),
  verb: string('what is done'),
});

const attributes = { resourceAttributes: ResourceAttributes, nonResourceAttributes: NonResourceAttributes };

export const SubjectAccessReviewSpec = struct('SubjectAccessReviewSpec', 'who wants to do what', {
  ...attributes,
  user: string('name of the user'),
  groups: list(string(), 'groups of the user'),
  extra: map(list(string()), 'what else is known of the user'),
  uid: string('UID of the user'),
});

const status = always(
  struct('SubjectAccessReviewStatus', 'the answer', {
    allowed: required(boolean('it may be done')),
    denied: boolean('it may not, whatever others say'),
    reason: string('why'),
    evaluationError: string('what went wrong'),
  }),
);

export const SubjectAccessReview = defineKind(
  'SubjectAccessReview',
  'asks what somebody may do',
  { spec: required(SubjectAccessReviewSpec), status },
  asked,
);
export type SubjectAccessReview = ObjectOf<typeof SubjectAccessReview>;

export const LocalSubjectAccessReview = defineKind(
  'LocalSubjectAccessReview',
  'asks what somebody may do in one namespace',
  { spec: required(SubjectAccessReviewSpec), status },
  { ...asked, namespaced: true },
);
export type LocalSubjectAccessReview = ObjectOf<typeof LocalSubjectAccessReview>;

export const SelfSubjectAccessReview = defineKind(
  'SelfSubjectAccessReview',
  'asks what the asker may do',
  { spec: required(struct('SelfSubjectAccessReviewSpec', 'what is to be done', attributes)), status },
  asked,
);
export type SelfSubjectAccessReview = ObjectOf<typeof SelfSubjectAccessReview>;

export const SelfSubjectRulesReview = defineKind(
  'SelfSubjectRulesReview',
  'asks for everything the asker may do in one namespace',
  {
    spec: required(struct('SelfSubjectRulesReviewSpec', 'where', { namespace: string('the namespace') })),
    status: always(
      struct('SubjectRulesReviewStatus', 'the answer', {
        resourceRules: required(
          list(
            struct('ResourceRule', 'what may be done with resources', {
              verbs: required(list(string(), 'what may be done')),
              apiGroups: list(string(), 'groups of the resources'),
              resources: list(string(), 'the resources'),
              resourceNames: list(string(), 'names of the objects'),
            }),
            'what may be done with resources',
          ),
        ),
        nonResourceRules: required(
          list(
            struct('NonResourceRule', 'what may be done with other paths', {
              verbs: required(list(string(), 'what may be done')),
              nonResourceURLs: list(string(), 'the paths'),
            }),
            'what may be done with other paths',
          ),
        ),
        incomplete: required(boolean('there may be more')),
        evaluationError: string('what went wrong'),
      }),
    ),
  },
  asked,
);
export type SelfSubjectRulesReview = ObjectOf<typeof SelfSubjectRulesReview>;
