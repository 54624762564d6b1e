/** Where a pod wants to run, and what it bears. (pkg/apis/core/validation/validation.go: validateAffinity, ValidateTolerations) */
import type {
  Affinity,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinityTerm,
  Toleration,
  TopologySpreadConstraint,
} from '#kube/kinds/affinity.ts';
import type { Taint } from '#kube/kinds/node.ts';
import type { Infer } from '#kube/schema.ts';
import type { FieldError } from '#kube/status.ts';
import { duplicate, forbidden, invalid, notSupported, oneOf, required } from '../field.ts';
import { dns1123Label, labelValue } from '../formats.ts';
import { validateLabelName, validateLabelSelector } from '../labels.ts';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function validateTolerations(tolerations: readonly Toleration[], path: string): FieldError[] {
  return tolerations.flatMap(({ key = '', operator = '', value = '', effect = '', tolerationSeconds }, i) => {
    const at = `${path}[${i}]`;
    const errors = key === '' ? [] : validateLabelName(key, `${at}.key`);
    if (key === '' && operator !== 'Exists') {
      errors.push(
        invalid(`${at}.operator`, operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"'),
      );
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      errors.push(invalid(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    }
    errors.push(...validateTolerationOperator(operator, value, `${at}.operator`));
    if (effect !== '') errors.push(...oneOf(`${at}.effect`, effect, effects));
    return errors;
  });
}

function validateTolerationOperator(operator: string, value: string, path: string): FieldError[] {
  switch (operator) {
    case '':
    case 'Equal': {
      const messages = labelValue(value);
      return messages.length === 0 ? [] : [invalid(path, value, messages.join(';'))];
    }
    case 'Exists':
      return value === '' ? [] : [invalid(path, value, "value must be empty when `operator` is 'Exists'")];
    default:
      return [notSupported(path, operator, ['Equal', 'Exists'])];
  }
}

export function validateTaints(taints: readonly Infer<typeof Taint>[], path: string): FieldError[] {
  return taints.flatMap((taint, i) => {
    const { key, value = '', effect } = taint;
    const at = `${path}[${i}]`;
    const messages = labelValue(value);
    const isTaken = taints.slice(0, i).some((one) => one.key === key && one.effect === effect);
    return [
      ...validateLabelName(key, `${at}.key`),
      ...(messages.length === 0 ? [] : [invalid(`${at}.value`, value, messages.join(';'))]),
      ...(effect === '' ? [required(`${at}.effect`)] : oneOf(`${at}.effect`, effect, effects)),
      ...(isTaken
        ? [
            duplicate(
              at,
              { Key: key, Value: value, Effect: effect, TimeAdded: taint.timeAdded ?? null },
              'taints must be unique by key and effect pair',
            ),
          ]
        : []),
    ];
  });
}

export function validateAffinity(affinity: Affinity | undefined, path: string): FieldError[] {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity ?? {};
  const needed = nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const preferred = nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const at = `${path}.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution`;
  return [
    ...(needed === undefined ? [] : validateNodeSelector(needed, `${path}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution`)),
    ...preferred.flatMap(({ weight, preference }, i) => [
      ...validateWeight(weight, `${at}[${i}].weight`),
      ...validateTerm(preference, `${at}[${i}].preference`),
    ]),
    ...validatePodTerms(podAffinity, `${path}.podAffinity`),
    ...validatePodTerms(podAntiAffinity, `${path}.podAntiAffinity`),
  ];
}

export function validateNodeSelector(
  { nodeSelectorTerms = [] }: { readonly nodeSelectorTerms?: readonly NodeSelectorTerm[] },
  path: string,
): FieldError[] {
  if (nodeSelectorTerms.length === 0) return [required(`${path}.nodeSelectorTerms`, 'must have at least one node selector term')];
  return nodeSelectorTerms.flatMap((term, i) => validateTerm(term, `${path}.nodeSelectorTerms[${i}]`));
}

function validateTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, path: string): FieldError[] {
  return [
    ...matchExpressions.flatMap((one, i) => validateNodeRequirement(one, `${path}.matchExpressions[${i}]`)),
    ...matchFields.flatMap((one, i) => validateNodeField(one, `${path}.matchFields[${i}]`)),
  ];
}

function validateNodeRequirement({ key, operator, values = [] }: NodeSelectorRequirement, path: string): FieldError[] {
  return [...validateNodeOperator(operator, values, path), ...validateLabelName(key, `${path}.key`)];
}

function validateNodeOperator(operator: string, values: readonly string[], path: string): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length === 0 ? [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")] : [];
    case 'Exists':
    case 'DoesNotExist':
      return values.length > 0 ? [forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")] : [];
    case 'Gt':
    case 'Lt':
      return values.length === 1 ? [] : [required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
    default:
      return [invalid(`${path}.operator`, operator, 'not a valid selector operator')];
  }
}

function validateNodeField({ key, operator, values = [] }: NodeSelectorRequirement, path: string): FieldError[] {
  return [
    ...(operator !== 'In' && operator !== 'NotIn'
      ? [invalid(`${path}.operator`, operator, 'not a valid selector operator')]
      : values.length === 1
        ? []
        : [required(`${path}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector")]),
    ...(key === 'metadata.name' ? [] : [invalid(`${path}.key`, key, 'not a valid field selector key')]),
  ];
}

function validateWeight(weight: number, path: string): FieldError[] {
  return weight <= 0 || weight > 100 ? [invalid(path, weight, 'must be in the range 1-100')] : [];
}

function validatePodTerms(terms: NonNullable<Affinity['podAffinity']> | undefined, path: string): FieldError[] {
  const needed = terms?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const preferred = terms?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const [neededPath, preferredPath] = [
    `${path}.requiredDuringSchedulingIgnoredDuringExecution`,
    `${path}.preferredDuringSchedulingIgnoredDuringExecution`,
  ];
  return [
    ...needed.flatMap((term, i) => validatePodTerm(term, `${neededPath}[${i}]`)),
    ...preferred.flatMap(({ weight, podAffinityTerm }, i) => [
      ...validateWeight(weight, `${preferredPath}[${i}].weight`),
      ...validatePodTerm(podAffinityTerm, `${preferredPath}[${i}].podAffinityTerm`),
    ]),
  ];
}

function validatePodTerm({ labelSelector, namespaceSelector, namespaces = [], topologyKey }: PodAffinityTerm, path: string): FieldError[] {
  return [
    ...validateLabelSelector(labelSelector, `${path}.labelSelector`),
    ...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`),
    ...namespaces.flatMap((name) => dns1123Label(name).map((message) => invalid(`${path}.namespace`, name, message))),
    ...(topologyKey === '' ? [required(`${path}.topologyKey`, 'can not be empty')] : validateLabelName(topologyKey, `${path}.topologyKey`)),
  ];
}

export function validateSpread(constraints: readonly TopologySpreadConstraint[], path: string): FieldError[] {
  return constraints.flatMap(({ maxSkew, topologyKey, whenUnsatisfiable, labelSelector }, i) => {
    const at = `${path}[${i}]`;
    const isTaken = constraints.slice(0, i).some((one) => one.topologyKey === topologyKey && one.whenUnsatisfiable === whenUnsatisfiable);
    return [
      ...(maxSkew <= 0 ? [invalid(`${at}.maxSkew`, maxSkew, 'must be greater than zero')] : []),
      ...(topologyKey === '' ? [required(`${at}.topologyKey`, 'can not be empty')] : validateLabelName(topologyKey, `${at}.topologyKey`)),
      ...oneOf(`${at}.whenUnsatisfiable`, whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway']),
      ...(isTaken ? [duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`)] : []),
      ...validateLabelSelector(labelSelector, `${at}.labelSelector`),
    ];
  });
}
