/** Numbers that may be percentages. (pkg/apis/apps/validation/validation.go) */
import { percentOf } from '#kube/intorstring.ts';
import type { FieldError } from '#kube/status.ts';
import { invalid, invalidEach } from './field.ts';
import { percentage } from './formats.ts';
import { validateNonnegative } from './metadata.ts';

type Amount = number | string | undefined;

export function validatePositiveAmount(value: Amount, path: string): FieldError[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? invalidEach(path, value, percentage(value)) : validateNonnegative(value, path);
}

export function validateAtMostAll(value: Amount, path: string): FieldError[] {
  const percent = value === undefined ? undefined : percentOf(value);
  return percent !== undefined && percent > 100 ? [invalid(path, value, 'must not be greater than 100%')] : [];
}

/** Reports whether nothing is meant: 0 or 0%. */
export function isNone(value: Amount): boolean {
  return value === undefined || value === 0 || percentOf(value) === 0;
}
