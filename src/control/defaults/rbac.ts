/** (pkg/apis/rbac/v1/defaults.go) */
import { ClusterRoleBinding } from '#kube/kinds/cluster-role-binding.ts';
import type { Subject } from '#kube/kinds/rbac.ts';
import { RoleBinding } from '#kube/kinds/role-binding.ts';
import { defaulter } from './defaulter.ts';
import { change, fill } from './fill.ts';

const group = 'rbac.authorization.k8s.io';

/** Users and groups belong to the group of RBAC, service accounts to the core group. */
function bindingWithDefaults<B extends RoleBinding | ClusterRoleBinding>(binding: B): B {
  const named = change(binding as RoleBinding, 'roleRef', (ref) => fill(ref, { apiGroup: group }));
  return change(named, 'subjects', (subjects) => subjects.map(subjectWithDefaults)) as B;
}

function subjectWithDefaults(subject: Subject): Subject {
  return subject.kind === 'User' || subject.kind === 'Group' ? fill(subject, { apiGroup: group }) : subject;
}

export const roleBindingDefaulter = defaulter(RoleBinding, bindingWithDefaults);
export const clusterRoleBindingDefaulter = defaulter(ClusterRoleBinding, bindingWithDefaults);
