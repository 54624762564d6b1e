/** Labels, and selectors of them. (staging:apimachinery/pkg/apis/meta/v1/validation) */
import type { LabelSelector } from '#kube/kinds/label-selector.ts';
import type { FieldError } from '#kube/status.ts';
import { forbidden, invalid, invalidEach, required } from './field.ts';
import { labelValue, qualifiedName } from './formats.ts';

export function validateLabelName(name: string, path: string): FieldError[] {
  return invalidEach(path, name, qualifiedName(name));
}

export function validateLabels(labels: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...validateLabelName(key, path),
    ...invalidEach(path, value, labelValue(value)),
  ]);
}

export function validateLabelSelector(selector: LabelSelector | undefined, path: string): FieldError[] {
  if (selector === undefined) return [];
  return [
    ...validateLabels(selector.matchLabels, `${path}.matchLabels`),
    ...(selector.matchExpressions ?? []).flatMap((one, i) => validateRequirement(one, `${path}.matchExpressions[${i}]`)),
  ];
}

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

function validateRequirement({ key, operator, values = [] }: Requirement, path: string): FieldError[] {
  return [
    ...validateOperator(operator, values, path),
    ...validateLabelName(key, `${path}.key`),
    ...values.flatMap((value, i) => invalidEach(`${path}.values[${i}]`, value, labelValue(value))),
  ];
}

function validateOperator(operator: string, values: readonly string[], path: string): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length === 0 ? [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")] : [];
    case 'Exists':
    case 'DoesNotExist':
      return values.length > 0 ? [forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")] : [];
    default:
      return [invalid(`${path}.operator`, operator, 'not a valid selector operator')];
  }
}

/** Reports whether the selector says nothing: it then chooses everything. */
export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0;
}
