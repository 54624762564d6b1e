/** ResourceQuotas, LimitRanges and PriorityClasses. (pkg/apis/core/validation/validation.go, pkg/apis/scheduling/validation) */
import { LimitRange } from '#kube/kinds/limit-range.ts';
import { PriorityClass } from '#kube/kinds/priority-class.ts';
import { ResourceQuota } from '#kube/kinds/resource-quota.ts';
import type { FieldError } from '#kube/status.ts';
import { forbidden, invalid, oneOf } from './field.ts';
import { nameIsSubdomain } from './names.ts';
import { compareAmounts, validateAmount, validateResourceName, type ResourceList } from './resources.ts';
import { validator } from './validator.ts';

/** Quotas also count objects of any resource, and what claims of a class ask for. */
function validateQuotaName(name: string, path: string): FieldError[] {
  return name.startsWith('count/') || name.includes('.storageclass.storage.k8s.io/') ? [] : validateResourceName(name, path);
}

export const resourceQuotaValidator = validator<ResourceQuota>({
  kind: ResourceQuota,
  name: nameIsSubdomain,
  validate: ({ spec }) =>
    Object.entries(spec.hard ?? {}).flatMap(([name, amount]) => [
      ...validateQuotaName(name, `spec.hard[${name}]`),
      ...validateAmount(name, amount, `spec.hard[${name}]`),
    ]),
  validateUpdate: ({ spec: next }, { spec: old }) => {
    const scopes = [...(next.scopes ?? [])].sort();
    return scopes.join() === [...(old.scopes ?? [])].sort().join()
      ? []
      : [invalid('spec.scopes', next.scopes ?? null, 'field is immutable')];
  },
});

function validateOrder(low: ResourceList, high: ResourceList, path: string, words: string): FieldError[] {
  return Object.keys(low).flatMap((name) =>
    high[name] !== undefined && compareAmounts(low[name]!, high[name]) > 0
      ? [invalid(`${path}[${name}]`, String(low[name]), words.replace('%', String(high[name])).replace('#', String(low[name])))]
      : [],
  );
}

export const limitRangeValidator = validator<LimitRange>({
  kind: LimitRange,
  name: nameIsSubdomain,
  validate: ({ spec }) =>
    (spec.limits ?? []).flatMap(({ type, min = {}, max = {}, default: limits = {}, defaultRequest = {} }, i) => {
      const path = `spec.limits[${i}]`;
      return [
        ...oneOf(`${path}.type`, type, ['Container', 'PersistentVolumeClaim', 'Pod']).filter(() => !type.includes('/')),
        ...(type === 'Pod' && Object.keys(limits).length > 0
          ? [forbidden(`${path}.default`, "may not be specified when `type` is 'Pod'")]
          : []),
        ...(type === 'Pod' && Object.keys(defaultRequest).length > 0
          ? [forbidden(`${path}.defaultRequest`, "may not be specified when `type` is 'Pod'")]
          : []),
        ...validateOrder(min, max, `${path}.min`, 'min value # is greater than max value %'),
        ...validateOrder(defaultRequest, limits, `${path}.defaultRequest`, 'default request value # is greater than default limit value %'),
        ...validateOrder(limits, max, `${path}.default`, 'default value # is greater than max value %'),
      ];
    }),
});

const greatestUserPriority = 1_000_000_000;

export const priorityClassValidator = validator<PriorityClass>({
  kind: PriorityClass,
  name: nameIsSubdomain,
  validate: ({ metadata, value, preemptionPolicy }) => {
    const isSystem = metadata.name.startsWith('system-');
    return [
      ...(isSystem && !['system-node-critical', 'system-cluster-critical'].includes(metadata.name)
        ? [
            forbidden(
              'metadata.name',
              "priority class names with 'system-' prefix are reserved for system use only. error: " +
                `${metadata.name} is not a known system priority class`,
            ),
          ]
        : []),
      ...(!isSystem && value > greatestUserPriority
        ? [forbidden('value', `maximum allowed value of a user defined priority is ${greatestUserPriority}`)]
        : []),
      ...(preemptionPolicy === undefined ? [] : oneOf('preemptionPolicy', preemptionPolicy, ['PreemptLowerPriority', 'Never'])),
    ];
  },
  validateUpdate: (next, old) => [
    ...(next.value === old.value ? [] : [forbidden('value', 'may not be changed in an update.')]),
    ...(next.preemptionPolicy === old.preemptionPolicy
      ? []
      : [invalid('preemptionPolicy', next.preemptionPolicy ?? null, 'field is immutable')]),
  ],
});
