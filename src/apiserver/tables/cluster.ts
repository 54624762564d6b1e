/** What namespaces and clusters are furnished with (pkg/printers/internalversion/printers.go). */
import type { ClusterRoleBinding } from '#kube/kinds/cluster-role-binding.ts';
import type { ComponentStatus } from '#kube/kinds/component-status.ts';
import type { ConfigMap } from '#kube/kinds/config-map.ts';
import type { IPAddress } from '#kube/kinds/ip-address.ts';
import type { Lease } from '#kube/kinds/lease.ts';
import type { Namespace } from '#kube/kinds/namespace.ts';
import type { PriorityClass } from '#kube/kinds/priority-class.ts';
import type { ResourceQuota } from '#kube/kinds/resource-quota.ts';
import type { RoleBinding } from '#kube/kinds/role-binding.ts';
import type { Secret } from '#kube/kinds/secret.ts';
import type { ServiceAccount } from '#kube/kinds/service-account.ts';
import type { ServiceCIDR } from '#kube/kinds/service-cidr.ts';
import { age, ageColumn, column, definePrinter, integer, nameColumn, wide } from './table.ts';

const data = column('Data', 'how many entries it has');

export const namespacePrinter = definePrinter<Namespace>(
  [nameColumn, column('Status', 'Active or Terminating'), ageColumn],
  (namespace, moment) => [namespace.metadata.name, namespace.status.phase ?? '', age(namespace, moment)],
);

export const configMapPrinter = definePrinter<ConfigMap>([nameColumn, data, ageColumn], (map, moment) => [
  map.metadata.name,
  Object.keys(map.data ?? {}).length + Object.keys(map.binaryData ?? {}).length,
  age(map, moment),
]);

export const secretPrinter = definePrinter<Secret>([nameColumn, column('Type', 'what it is for'), data, ageColumn], (secret, moment) => [
  secret.metadata.name,
  secret.type ?? '',
  Object.keys(secret.data ?? {}).length,
  age(secret, moment),
]);

/** Until 1.35 the secrets that the account may use are counted. */
export const serviceAccountPrinter = definePrinter<ServiceAccount>(
  [nameColumn, column('Secrets', 'how many secrets it may use', { until: 35 }), ageColumn],
  (account, moment) => [account.metadata.name, (account.secrets ?? []).length, age(account, moment)],
);

export const serviceCidrPrinter = definePrinter<ServiceCIDR>(
  [nameColumn, column('CIDRs', 'the ranges of addresses'), ageColumn],
  (one, moment) => [one.metadata.name, (one.spec.cidrs ?? []).join(','), age(one, moment)],
);

export const ipAddressPrinter = definePrinter<IPAddress>([nameColumn, column('ParentRef', 'what has the address')], (address) => {
  const parent = address.spec.parentRef;
  const parts = [parent?.group, parent?.resource, parent?.namespace, parent?.name].filter((part) => part !== undefined && part !== '');
  return [address.metadata.name, parts.length > 0 ? parts.join('/') : '<none>'];
});

export const leasePrinter = definePrinter<Lease>([nameColumn, column('Holder', 'who has it'), ageColumn], (lease, moment) => [
  lease.metadata.name,
  lease.spec.holderIdentity ?? '',
  age(lease, moment),
]);

const bindingColumns = [
  nameColumn,
  column('Role', 'the role that is given'),
  ageColumn,
  wide('Users', 'users it is given to'),
  wide('Groups', 'groups it is given to'),
  wide('ServiceAccounts', 'service accounts it is given to'),
];

export const roleBindingPrinter = definePrinter<RoleBinding | ClusterRoleBinding>(bindingColumns, (binding, moment) => {
  const named = (kind: string) => (binding.subjects ?? []).filter((subject) => subject.kind === kind);
  return [
    binding.metadata.name,
    `${binding.roleRef.kind}/${binding.roleRef.name}`,
    age(binding, moment),
    named('User')
      .map(({ name }) => name)
      .join(', '),
    named('Group')
      .map(({ name }) => name)
      .join(', '),
    named('ServiceAccount')
      .map(({ namespace, name }) => `${namespace ?? ''}/${name}`)
      .join(', '),
  ];
});

export const resourceQuotaPrinter = definePrinter<ResourceQuota>(
  [
    nameColumn,
    column('Request', 'what is used of what may be requested and created'),
    column('Limit', 'what is used of what limits may add up to'),
    ageColumn,
  ],
  (quota, moment) => {
    const { hard = {}, used = {} } = quota.status;
    const lines = (isLimit: boolean) =>
      Object.keys(hard)
        .sort()
        .filter((resource) => resource.startsWith('limits.') === isLimit)
        .map((resource) => `${resource}: ${used[resource] ?? '0'}/${hard[resource]}`)
        .join(', ');
    return [quota.metadata.name, lines(false), lines(true), age(quota, moment)];
  },
);

export const priorityClassPrinter = definePrinter<PriorityClass>(
  [
    nameColumn,
    integer('Value', 'the greater, the more important'),
    column('Global-Default', 'whether pods without a class get it', { type: 'boolean' }),
    ageColumn,
    column('PreemptionPolicy', 'whether its pods may push others out'),
  ],
  (one, moment) => [one.metadata.name, one.value, one.globalDefault ?? false, age(one, moment), one.preemptionPolicy ?? ''],
);

export const componentStatusPrinter = definePrinter<ComponentStatus>(
  [nameColumn, column('Status', 'whether it is healthy'), column('Message', 'what it says'), column('Error', 'what is wrong with it')],
  (component) => {
    const healthy = component.conditions?.find(({ type }) => type === 'Healthy');
    const status = healthy?.status === 'True' ? 'Healthy' : healthy?.status === 'False' ? 'Unhealthy' : 'Unknown';
    return [component.metadata.name, status, healthy?.message ?? '', healthy?.error ?? ''];
  },
);
