/**
 * What the server's `--authorization-mode=Node,RBAC` decides: members of system:masters may do everything, everybody else what Roles and
 * ClusterRoles allow that are bound to them. (plugin/pkg/auth/authorizer/rbac/rbac.go)
 */
import type { Objects } from '#kube/cluster.ts';
import { ClusterRoleBinding } from '#kube/kinds/cluster-role-binding.ts';
import { ClusterRole } from '#kube/kinds/cluster-role.ts';
import type { PolicyRule, Subject } from '#kube/kinds/rbac.ts';
import { RoleBinding } from '#kube/kinds/role-binding.ts';
import { Role } from '#kube/kinds/role.ts';
import type { Status } from '#kube/status.ts';
import { ruleResource, type Attributes, type User } from './attributes.ts';
import { authorizeNode } from './node.ts';

export interface Decision {
  readonly allowed: boolean;
  /** Why: which binding allows it, or what went wrong with the roles; may be empty. */
  readonly reason: string;
}

/** A rule that holds for a user, and where it comes from. */
export interface Grant {
  readonly rule: PolicyRule;
  readonly source: string;
}

export function authorize(objects: Objects, attributes: Attributes): Decision {
  const { user } = attributes;
  if (user.groups.includes('system:masters')) return { allowed: true, reason: '' };
  const node = authorizeNode(objects, attributes);
  if (node?.allowed === true) return node;
  const errors: string[] = [];
  const namespace = attributes.kind === 'resource' ? attributes.namespace : '';
  for (const grant of grantsOf(objects, user, namespace, (error) => errors.push(error))) {
    if (allows(grant.rule, attributes)) return { allowed: true, reason: `RBAC: allowed by ${grant.source}` };
  }
  const rbac = errors.length === 0 ? '' : `RBAC: ${errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`}`;
  return { allowed: false, reason: [node?.reason ?? '', rbac].filter((reason) => reason !== '').join('\n') };
}

/** The rules that hold for a user in a namespace (and in the whole cluster); roles that are bound but missing are told to `onError`. */
export function* grantsOf(objects: Objects, user: User, namespace: string, onError: (error: string) => void): Generator<Grant> {
  for (const binding of objects.list(ClusterRoleBinding)) {
    const subject = binding.subjects?.find((one) => isSubject(one, user, ''));
    if (subject === undefined) continue;
    const { kind, name } = binding.roleRef;
    const role = objects.get(ClusterRole, '', name);
    if (role === undefined) onError(`clusterrole.rbac.authorization.k8s.io ${JSON.stringify(name)} not found`);
    const source = `ClusterRoleBinding ${JSON.stringify(binding.metadata.name)} of ${kind} ${JSON.stringify(name)} to ${subjectText(subject, '')}`;
    for (const rule of role?.rules ?? []) yield { rule, source };
  }
  if (namespace === '') return;
  for (const binding of objects.list(RoleBinding, namespace)) {
    const subject = binding.subjects?.find((one) => isSubject(one, user, namespace));
    if (subject === undefined) continue;
    const { kind, name } = binding.roleRef;
    const role = kind === 'ClusterRole' ? objects.get(ClusterRole, '', name) : objects.get(Role, namespace, name);
    if (role === undefined) onError(`${kind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(name)} not found`);
    const bound = JSON.stringify(`${binding.metadata.name}/${namespace}`);
    const source = `RoleBinding ${bound} of ${kind} ${JSON.stringify(name)} to ${subjectText(subject, namespace)}`;
    for (const rule of role?.rules ?? []) yield { rule, source };
  }
}

function isSubject(subject: Subject, user: User, namespace: string): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.name === user.name;
    case 'Group':
      return user.groups.includes(subject.name);
    case 'ServiceAccount':
      return user.name === `system:serviceaccount:${subject.namespace ?? namespace}:${subject.name}`;
    default:
      return false;
  }
}

function subjectText({ kind, name, namespace }: Subject, bindingNamespace: string): string {
  return `${kind} ${JSON.stringify(kind === 'ServiceAccount' ? `${name}/${namespace ?? bindingNamespace}` : name)}`;
}

/** Reports whether a rule covers a request (pkg/apis/rbac/v1/evaluation_helpers.go). */
export function allows(rule: PolicyRule, attributes: Attributes): boolean {
  const has = (list: readonly string[] | undefined, value: string) => list?.some((one) => one === '*' || one === value) === true;
  if (!has(rule.verbs, attributes.verb)) return false;
  if (attributes.kind === 'path') return (rule.nonResourceURLs ?? []).some((url) => coversPath(url, attributes.path));
  if (!has(rule.apiGroups, attributes.group)) return false;
  const { subresource, name } = attributes;
  const wanted = ruleResource(attributes);
  const covers = (rule.resources ?? []).some((one) => one === '*' || one === wanted || (subresource !== '' && one === `*/${subresource}`));
  return covers && ((rule.resourceNames ?? []).length === 0 || rule.resourceNames!.includes(name));
}

function coversPath(url: string, path: string): boolean {
  return url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1)));
}

/** `pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "ledger"` (responsewriters/errors.go). */
export function forbiddenBy(attributes: Attributes, reason: string): Status {
  const user = JSON.stringify(attributes.user.name);
  const why = reason === '' ? '' : `: ${reason}`;
  if (attributes.kind === 'path') {
    return {
      code: 403,
      reason: 'Forbidden',
      message: `forbidden: User ${user} cannot ${attributes.verb} path ${JSON.stringify(attributes.path)}${why}`,
      details: {},
    };
  }
  const { group, resource, namespace, name } = attributes;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  const what = `User ${user} cannot ${attributes.verb} resource ${JSON.stringify(ruleResource(attributes))} in API group ${JSON.stringify(group)} ${where}${why}`;
  const qualified = group === '' ? resource : `${resource}.${group}`;
  return {
    code: 403,
    reason: 'Forbidden',
    message: `${qualified}${name === '' ? '' : ` ${JSON.stringify(name)}`} is forbidden: ${what}`,
    details: { ...(name !== '' && { name }), ...(group !== '' && { group }), kind: resource },
  };
}
