/** A namespace uses no more than its quotas allow. (plugin/pkg/admission/resourcequota; pkg/quota/v1/evaluator/core) */
import type { Container } from '#kube/kinds/container.ts';
import { PersistentVolumeClaim } from '#kube/kinds/persistent-volume-claim.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { ResourceQuota, type ResourceQuotaSpec } from '#kube/kinds/resource-quota.ts';
import { Service } from '#kube/kinds/service.ts';
import { resourceOf, type Kind } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';
import { addQuantities, compareQuantities, parseQuantity, quantityText, subtractQuantities, type Quantity } from '#kube/quantity.ts';
import { forbidden, type Status } from '#kube/status.ts';
import type { Plugin } from '../plugin.ts';

/** Amounts by the names that quotas use. */
type Usage = ReadonlyMap<string, Quantity>;

export const resourceQuota: Plugin = {
  name: 'ResourceQuota',
  validate({ operation, kind, object, old, objects, context }) {
    if (operation === 'DELETE' || context.subresource !== undefined || !kind.namespaced) return undefined;
    const namespace = object.metadata.namespace ?? '';
    for (const quota of objects.list(ResourceQuota, namespace)) {
      if (!counts(quota.spec, kind, object)) continue;
      const unsaid = unsaidResources(quota.spec, kind, object);
      if (unsaid !== '') return forbidden(kind, object.metadata.name, `failed quota: ${quota.metadata.name}: must specify ${unsaid}`);
      const refusal = exceeds(quota, kind, object, old, objects.list(kind, namespace));
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  },
};

const zero: Quantity = parseQuantity('0')!;
const one: Quantity = parseQuantity('1')!;

function exceeds(
  { metadata, spec }: ResourceQuota,
  kind: Kind,
  object: KubeObject,
  old: KubeObject | undefined,
  others: readonly KubeObject[],
): Status | undefined {
  const wanted = usageOf(kind, object);
  const before = old === undefined ? new Map<string, Quantity>() : usageOf(kind, old);
  const over: { name: string; requested: Quantity; used: Quantity; hard: string }[] = [];
  for (const [name, hard] of Object.entries(spec.hard ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const requested = subtractQuantities(wanted.get(name) ?? zero, before.get(name) ?? zero);
    if (compareQuantities(requested, zero) <= 0) continue;
    const used = others
      .filter((each) => counts(spec, kind, each))
      .reduce((sum, each) => addQuantities(sum, usageOf(kind, each).get(name) ?? zero), zero);
    if (compareQuantities(addQuantities(used, requested), parseQuantity(String(hard)) ?? zero) > 0) {
      over.push({ name, requested, used, hard: String(hard) });
    }
  }
  if (over.length === 0) return undefined;
  const list = (text: (each: (typeof over)[number]) => string) => over.map((each) => `${each.name}=${text(each)}`).join(',');
  const detail =
    `exceeded quota: ${metadata.name}, requested: ${list((each) => quantityText(each.requested))}, ` +
    `used: ${list((each) => quantityText(each.used))}, limited: ${list((each) => each.hard)}`;
  return forbidden(kind, object.metadata.name, detail);
}

/** What one object uses: itself, by number, and what its kind adds. */
function usageOf(kind: Kind, object: KubeObject): Usage {
  const resource = resourceOf(kind);
  const usage = new Map<string, Quantity>();
  if (resource === resourceOf(Pod) && hasEnded(object as Pod)) return usage;
  usage.set(`count/${resource}`, one);
  if (kind.group === '') usage.set(resource, one);
  for (const [name, amount] of evaluators[resource]?.(object) ?? []) usage.set(name, addQuantities(usage.get(name) ?? zero, amount));
  return usage;
}

function number(value: number): Quantity {
  return parseQuantity(String(value))!;
}

const evaluators: Readonly<Record<string, (object: KubeObject) => Iterable<readonly [string, Quantity]>>> = {
  [resourceOf(Pod)]: (object) => podUsage(object as Pod),
  [resourceOf(Service)]: (object) => serviceUsage(object as Service),
  [resourceOf(PersistentVolumeClaim)]: (object) => {
    const { spec } = object as PersistentVolumeClaim;
    const storage = parseQuantity(String(spec.resources.requests?.['storage'] ?? '0')) ?? zero;
    const prefix = spec.storageClassName === undefined ? undefined : `${spec.storageClassName}.storageclass.storage.k8s.io/`;
    return [
      ['requests.storage', storage] as const,
      ...(prefix === undefined ? [] : [[`${prefix}requests.storage`, storage] as const, [`${prefix}persistentvolumeclaims`, one] as const]),
    ];
  },
};

function hasEnded({ status }: Pod): boolean {
  return status.phase === 'Succeeded' || status.phase === 'Failed';
}

function serviceUsage({ spec }: Service): (readonly [string, Quantity])[] {
  const { type, ports = [], allocateLoadBalancerNodePorts } = spec;
  if (type === 'NodePort') return [['services.nodeports', number(ports.length)]];
  if (type !== 'LoadBalancer') return [];
  const nodePorts = allocateLoadBalancerNodePorts === false ? ports.filter((port) => (port.nodePort ?? 0) > 0) : ports;
  return [
    ['services.loadbalancers', one],
    ['services.nodeports', number(nodePorts.length)],
  ];
}

/** What the containers ask for together; init containers run before, so only the largest of them counts. */
function podUsage({ spec }: Pod): (readonly [string, Quantity])[] {
  const usage: (readonly [string, Quantity])[] = [];
  for (const field of ['requests', 'limits'] as const) {
    for (const [name, amount] of totalOf(spec.containers, spec.initContainers ?? [], field)) {
      usage.push([`${field}.${name}`, amount]);
      if (field === 'requests') usage.push([name, amount]);
    }
  }
  return usage;
}

function totalOf(containers: readonly Container[], inits: readonly Container[], field: 'requests' | 'limits'): Map<string, Quantity> {
  const total = new Map<string, Quantity>();
  const amounts = (container: Container) =>
    Object.entries(container.resources[field] ?? {}).map(([name, text]) => [name, parseQuantity(String(text)) ?? zero] as const);
  for (const container of containers) {
    for (const [name, amount] of amounts(container)) total.set(name, addQuantities(total.get(name) ?? zero, amount));
  }
  for (const container of inits) {
    for (const [name, amount] of amounts(container)) {
      if (compareQuantities(amount, total.get(name) ?? zero) > 0) total.set(name, amount);
    }
  }
  return total;
}

/** Reports whether the object falls under the quota's scopes. */
function counts({ scopes = [], scopeSelector }: ResourceQuotaSpec, kind: Kind, object: KubeObject): boolean {
  const expressions = scopeSelector?.matchExpressions ?? [];
  if (scopes.length === 0 && expressions.length === 0) return true;
  if (resourceOf(kind) !== resourceOf(Pod)) return false;
  const pod = object as Pod;
  return (
    scopes.every((scope) => isInScope(pod, scope, 'Exists', [])) &&
    expressions.every(({ scopeName, operator, values = [] }) => isInScope(pod, scopeName, operator, values))
  );
}

function isInScope({ spec }: Pod, scope: string, operator: string, values: readonly string[]): boolean {
  const isBestEffort = spec.containers.every(({ resources }) => Object.keys({ ...resources.requests, ...resources.limits }).length === 0);
  switch (scope) {
    case 'BestEffort':
      return isBestEffort;
    case 'NotBestEffort':
      return !isBestEffort;
    case 'Terminating':
      return spec.activeDeadlineSeconds !== undefined;
    case 'NotTerminating':
      return spec.activeDeadlineSeconds === undefined;
    case 'PriorityClass': {
      const name = spec.priorityClassName ?? '';
      if (operator === 'In') return values.includes(name);
      if (operator === 'NotIn') return !values.includes(name);
      return (operator === 'DoesNotExist') === (name === '');
    }
    default:
      return false;
  }
}

const computed = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'];

/** A quota of what containers ask for makes every one of them say so: `requests.cpu for: c; limits.cpu for: c`. */
function unsaidResources({ hard = {} }: ResourceQuotaSpec, kind: Kind, object: KubeObject): string {
  if (resourceOf(kind) !== resourceOf(Pod)) return '';
  const { containers, initContainers = [] } = (object as Pod).spec;
  const said = ({ resources }: Container, name: string) => {
    const [field, resource] = name.includes('.') ? name.split('.') : ['requests', name];
    return resources[field as 'requests' | 'limits']?.[resource!] !== undefined;
  };
  return computed
    .filter((name) => hard[name] !== undefined)
    .map((name) => ({ name, silent: [...containers, ...initContainers].filter((container) => !said(container, name)) }))
    .filter(({ silent }) => silent.length > 0)
    .map(
      ({ name, silent }) =>
        `${name} for: ${silent
          .map((container) => container.name)
          .sort()
          .join(',')}`,
    )
    .sort()
    .join('; ');
}
