import type { RoleBinding } from '#kube/kinds/role-binding.ts';
import { field, heading, indented, type Lines } from './lines.ts';
import { named } from './metadata.ts';

/** RoleBindings and ClusterRoleBindings. (kubectl: RoleBindingDescriber, ClusterRoleBindingDescriber) */
export function describeRoleBinding({ metadata, roleRef, subjects = [] }: Pick<RoleBinding, 'metadata' | 'roleRef' | 'subjects'>): Lines {
  return [
    ...named(metadata),
    'Role:',
    ...indented(1, [field('Kind', roleRef.kind), field('Name', roleRef.name)]),
    'Subjects:',
    ...indented(1, [
      ...heading('Kind', 'Name', 'Namespace'),
      ...subjects.map(({ kind, name, namespace = '' }) => `${kind}\t${name}\t${namespace}`),
    ]),
  ];
}
