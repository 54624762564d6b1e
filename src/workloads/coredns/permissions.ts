/** What CoreDNS may list with its service account, by the cluster's roles (plugin/kubernetes/controller.go: one reflector a kind). */
import type { Objects } from '#kube/cluster.ts';
import { ClusterRole } from '#kube/kinds/cluster-role.ts';
import { ClusterRoleBinding } from '#kube/kinds/cluster-role-binding.ts';

const needed: readonly (readonly [group: string, resource: string, type: string])[] = [
  ['discovery.k8s.io', 'endpointslices', 'EndpointSlice'],
  ['', 'namespaces', 'Namespace'],
  ['', 'services', 'Service'],
];

/** The reasons why its caches do not fill, one for each kind that it may not list. */
export function listFailures(objects: Objects, namespace: string, account: string): readonly string[] {
  const roles = objects
    .list(ClusterRoleBinding)
    .filter((binding) =>
      (binding.subjects ?? []).some(
        (subject) => subject.kind === 'ServiceAccount' && subject.name === account && subject.namespace === namespace,
      ),
    )
    .flatMap((binding) => objects.get(ClusterRole, '', binding.roleRef.name) ?? []);
  const allows = (group: string, resource: string) =>
    roles.some((role) =>
      (role.rules ?? []).some(
        (rule) => includes(rule.apiGroups, group) && includes(rule.resources, resource) && includes(rule.verbs, 'list'),
      ),
    );
  return needed.flatMap(([group, resource, type]) => {
    if (allows(group, resource)) return [];
    const where = group === '' ? 'in API group ""' : `in API group ${JSON.stringify(group)}`;
    return [
      `failed to list *${group === '' ? 'v1' : 'v1'}.${type}: ${resource}${group === '' ? '' : `.${group}`} is forbidden: User "system:serviceaccount:${namespace}:${account}" cannot list resource ${JSON.stringify(resource)} ${where} at the cluster scope`,
    ];
  });
}

function includes(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes(value) || list.includes('*'));
}
