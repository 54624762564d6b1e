/** staging:api/rbac/v1/types.go */
import { always, list, required, string, struct, type Infer } from '../schema.ts';

export const PolicyRule = struct('PolicyRule', 'what may be done with what', {
  verbs: required(list(string(), 'what may be done; * for everything')),
  apiGroups: list(string(), 'groups of the resources; "" for the core group, * for all'),
  resources: list(string(), 'the resources, and subresources as pods/log'),
  resourceNames: list(string(), 'names of the objects; all when empty'),
  nonResourceURLs: list(string(), 'paths that are no resources'),
});
export type PolicyRule = Infer<typeof PolicyRule>;

export const Subject = struct(
  'Subject',
  'who may do it',
  {
    kind: required(string('User, Group or ServiceAccount')),
    apiGroup: string('group of the kind'),
    name: required(string('name of the subject')),
    namespace: string('namespace of a ServiceAccount'),
  },
  { atomic: true },
);
export type Subject = Infer<typeof Subject>;

export const RoleRef = struct(
  'RoleRef',
  'the role that is given',
  {
    apiGroup: always(string('rbac.authorization.k8s.io')),
    kind: required(string('Role or ClusterRole')),
    name: required(string('name of the role')),
  },
  { atomic: true },
);
export type RoleRef = Infer<typeof RoleRef>;
