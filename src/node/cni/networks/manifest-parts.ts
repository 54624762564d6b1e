/** What the manifests of all networks are made of. */

/** An object as `kubectl apply -f` would be given it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export type Labels = Readonly<Record<string, string>>;

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** `rule('', 'pods nodes', 'get list')` */
export function policyRule(group: string, resources: string, verbs: string): PolicyRule {
  return { apiGroups: [group], resources: resources.split(' '), verbs: verbs.split(' ') };
}

const withLabels = (labels: Labels | undefined) => (labels === undefined ? {} : { labels });

export function serviceAccount(namespace: string, name: string, labels?: Labels): Manifest {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, ...withLabels(labels) } };
}

export function configMap(namespace: string, name: string, data: Readonly<Record<string, string>>, labels?: Labels): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, ...withLabels(labels) }, data };
}

const rbac = 'rbac.authorization.k8s.io';

/** A ClusterRole, and the binding of the same name that gives it to a service account. */
export function clusterAccess(
  account: { readonly namespace: string; readonly name: string },
  name: string,
  rules: readonly PolicyRule[],
  labels?: Labels,
): readonly Manifest[] {
  const metadata = { name, ...withLabels(labels) };
  const subjects = [{ kind: 'ServiceAccount', name: account.name, namespace: account.namespace }];
  return [
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata, rules },
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRoleBinding', metadata, roleRef: { apiGroup: rbac, kind: 'ClusterRole', name }, subjects },
  ];
}

/** A Role and its binding, likewise. */
export function access(
  account: { readonly namespace: string; readonly name: string },
  name: string,
  rules: readonly PolicyRule[],
  labels?: Labels,
): readonly Manifest[] {
  const metadata = { name, namespace: account.namespace, ...withLabels(labels) };
  const subjects = [{ kind: 'ServiceAccount', name: account.name, namespace: account.namespace }];
  return [
    { apiVersion: `${rbac}/v1`, kind: 'Role', metadata, rules },
    { apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata, roleRef: { apiGroup: rbac, kind: 'Role', name }, subjects },
  ];
}

/** An environment variable taken from a field of the pod. */
export function fieldEnv(name: string, fieldPath: string) {
  return { name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } };
}

export function valueEnv(values: Readonly<Record<string, string>>) {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

/** A directory, or what `type` says, of the host. */
export function hostVolume(name: string, path: string, type?: string) {
  return { name, hostPath: { path, ...(type !== undefined && { type }) } };
}

export function mount(name: string, mountPath: string, options: { readonly readOnly?: boolean; readonly mountPropagation?: string } = {}) {
  return { name, mountPath, ...options };
}

/** Everywhere, whatever the taints. */
export const tolerateAll = [
  { effect: 'NoSchedule', operator: 'Exists' },
  { key: 'CriticalAddonsOnly', operator: 'Exists' },
  { effect: 'NoExecute', operator: 'Exists' },
];

export const onLinux = { 'kubernetes.io/os': 'linux' };
