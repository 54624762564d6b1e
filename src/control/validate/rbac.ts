/** Roles and bindings. (pkg/apis/rbac/validation/validation.go) */
import { isEqual } from '#kube/equal.ts';
import { ClusterRoleBinding } from '#kube/kinds/cluster-role-binding.ts';
import { ClusterRole } from '#kube/kinds/cluster-role.ts';
import { RoleRef, type PolicyRule, type Subject } from '#kube/kinds/rbac.ts';
import { RoleBinding } from '#kube/kinds/role-binding.ts';
import { Role } from '#kube/kinds/role.ts';
import type { FieldError } from '#kube/status.ts';
import { invalid, invalidEach, notSupported, required } from './field.ts';
import { dns1123Subdomain } from './formats.ts';
import { goValue } from './go-value.ts';
import { validateLabelSelector } from './labels.ts';
import { pathSegment } from './names.ts';
import { validator, type Scope } from './validator.ts';

const group = 'rbac.authorization.k8s.io';

function validateRule(rule: PolicyRule, isNamespaced: boolean, path: string): FieldError[] {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const errors = verbs.length === 0 ? [required(`${path}.verbs`, 'verbs must contain at least one value')] : [];
  if (nonResourceURLs.length > 0) {
    const at = `${path}.nonResourceURLs`;
    if (isNamespaced) errors.push(invalid(at, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'));
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      errors.push(invalid(at, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs'));
    }
    return errors;
  }
  if (apiGroups.length === 0) errors.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
  if (resources.length === 0) errors.push(required(`${path}.resources`, 'resource rules must supply at least one resource'));
  return errors;
}

function validateRules(rules: readonly PolicyRule[] | null | undefined, isNamespaced: boolean): FieldError[] {
  return (rules ?? []).flatMap((rule, i) => validateRule(rule, isNamespaced, `rules[${i}]`));
}

function validateBinding(binding: RoleBinding | ClusterRoleBinding, isNamespaced: boolean, scope: Scope): FieldError[] {
  const { apiGroup = '', kind = '', name = '' } = binding.roleRef ?? {};
  const kinds = isNamespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  return [
    ...(apiGroup === group ? [] : [notSupported('roleRef.apiGroup', apiGroup, [group])]),
    ...(kinds.includes(kind) ? [] : [notSupported('roleRef.kind', kind, kinds)]),
    ...(name === '' ? [required('roleRef.name')] : invalidEach('roleRef.name', name, pathSegment(name, false, scope))),
    ...(binding.subjects ?? []).flatMap((subject, i) => validateSubject(subject, isNamespaced, `subjects[${i}]`)),
  ];
}

function validateSubject({ kind, apiGroup = '', name, namespace = '' }: Subject, isNamespaced: boolean, path: string): FieldError[] {
  const errors = name === '' ? [required(`${path}.name`)] : [];
  const groupIs = (wanted: string) => (apiGroup === wanted ? [] : [notSupported(`${path}.apiGroup`, apiGroup, [wanted])]);
  switch (kind) {
    case 'ServiceAccount':
      return [
        ...errors,
        ...(name === '' ? [] : invalidEach(`${path}.name`, name, dns1123Subdomain(name))),
        ...groupIs(''),
        ...(!isNamespaced && namespace === '' ? [required(`${path}.namespace`)] : []),
      ];
    case 'User':
    case 'Group':
      return [...errors, ...groupIs(group)];
    default:
      return [...errors, notSupported(`${path}.kind`, kind, ['ServiceAccount', 'User', 'Group'])];
  }
}

function validateRoleRefKept(next: RoleBinding | ClusterRoleBinding, old: RoleBinding | ClusterRoleBinding): FieldError[] {
  return isEqual(next.roleRef, old.roleRef) ? [] : [invalid('roleRef', goValue(RoleRef, next.roleRef), 'cannot change roleRef')];
}

export const roleValidator = validator<Role>({ kind: Role, name: pathSegment, validate: ({ rules }) => validateRules(rules, true) });

export const clusterRoleValidator = validator<ClusterRole>({
  kind: ClusterRole,
  name: pathSegment,
  validate: ({ rules, aggregationRule }) => [
    ...validateRules(rules, false),
    ...(aggregationRule === undefined
      ? []
      : (aggregationRule.clusterRoleSelectors ?? []).length === 0
        ? [required('aggregationRule.clusterRoleSelectors', 'at least one clusterRoleSelector required if aggregationRule is non-nil')]
        : (aggregationRule.clusterRoleSelectors ?? []).flatMap((one, i) =>
            validateLabelSelector(one, `aggregationRule.clusterRoleSelectors[${i}]`),
          )),
  ],
});

export const roleBindingValidator = validator<RoleBinding>({
  kind: RoleBinding,
  name: pathSegment,
  validate: (binding, scope) => validateBinding(binding, true, scope),
  validateUpdate: (next, old, scope) => [...validateBinding(next, true, scope), ...validateRoleRefKept(next, old)],
});

export const clusterRoleBindingValidator = validator<ClusterRoleBinding>({
  kind: ClusterRoleBinding,
  name: pathSegment,
  validate: (binding, scope) => validateBinding(binding, false, scope),
  validateUpdate: (next, old, scope) => [...validateBinding(next, false, scope), ...validateRoleRefKept(next, old)],
});
