/** Amounts of resources. (pkg/apis/core/validation/validation.go: ValidateContainerResourceRequirements; pkg/apis/core/helper) */
import { compareQuantities, parseQuantity } from '#kube/quantity.ts';
import type { FieldError } from '#kube/status.ts';
import { invalid, invalidEach, required } from './field.ts';
import { qualifiedName } from './formats.ts';

export type ResourceList = Readonly<Record<string, string | number>>;

const containerResources = ['cpu', 'memory', 'ephemeral-storage'];
const standardResources = [
  ...containerResources,
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'storage',
  'requests.storage',
  'services.nodeports',
  'services.loadbalancers',
];
/** Counted, so whole. */
const integerResources = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);

function isHugePages(name: string): boolean {
  return name.startsWith('hugepages-') || name.startsWith('requests.hugepages-');
}

/** Whether a node may promise more of it than it has: of what Kubernetes itself knows, all but huge pages. */
function isOvercommitted(name: string): boolean {
  return (!name.includes('/') || name.includes('kubernetes.io/')) && !isHugePages(name);
}

/** Of the names in limits, requests, capacities and quotas. */
export function validateResourceName(name: string, path: string): FieldError[] {
  const errors = invalidEach(path, name, qualifiedName(name));
  if (errors.length > 0 || name.includes('/') || standardResources.includes(name) || isHugePages(name)) return errors;
  return [invalid(path, name, 'must be a standard resource type or fully qualified')];
}

function validateContainerResourceName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path);
  if (name.includes('/') || containerResources.includes(name) || isHugePages(name)) return errors;
  return [...errors, invalid(path, name, 'must be a standard resource for containers')];
}

/** Not negative, and whole where it is counted. */
export function validateAmount(name: string, amount: string | number, path: string): FieldError[] {
  const text = String(amount);
  if (text.startsWith('-')) return [invalid(path, text, 'must be greater than or equal to 0')];
  const isFraction = (parseQuantity(text)?.nanos ?? 0n) % 1_000_000_000n !== 0n;
  const isCounted = integerResources.has(name) || (name.includes('/') && !name.includes('kubernetes.io/'));
  return isCounted && isFraction ? [invalid(path, text, 'must be an integer')] : [];
}

/** Of a container: names, amounts, and no request above its limit. */
export function validateRequirements(limits: ResourceList, requests: ResourceList, path: string): FieldError[] {
  const check = (list: ResourceList, at: string) => (name: string) => [
    ...validateContainerResourceName(name, `${at}[${name}]`),
    ...validateAmount(name, list[name]!, `${at}[${name}]`),
  ];
  return [
    ...Object.keys(limits).flatMap(check(limits, `${path}.limits`)),
    ...Object.keys(requests).flatMap((name) => [
      ...check(requests, `${path}.requests`)(name),
      ...validateRequest(name, requests[name]!, limits[name], path),
    ]),
  ];
}

function validateRequest(name: string, request: string | number, limit: string | number | undefined, path: string): FieldError[] {
  if (limit === undefined) {
    return isOvercommitted(name) ? [] : [required(`${path}.limits`, 'Limit must be set for non overcommitable resources')];
  }
  const order = compareAmounts(request, limit);
  if (order !== 0 && !isOvercommitted(name))
    return [invalid(`${path}.requests`, String(request), `must be equal to ${name} limit of ${limit}`)];
  if (order > 0) return [invalid(`${path}.requests`, String(request), `must be less than or equal to ${name} limit of ${limit}`)];
  return [];
}

/** Below, at or above zero as `a` is less than, equal to or more than `b`; amounts that are none count as 0. */
export function compareAmounts(a: string | number, b: string | number): number {
  const zero = parseQuantity('0')!;
  return compareQuantities(parseQuantity(String(a)) ?? zero, parseQuantity(String(b)) ?? zero);
}
