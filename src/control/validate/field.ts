/** The findings of validation, by the names field.ErrorList gives them. (staging:apimachinery/pkg/util/validation/field/errors.go) */
import type { FieldError } from '#kube/status.ts';

export function required(field: string, detail = ''): FieldError {
  return { type: 'Required value', field, detail };
}

export function invalid(field: string, value: unknown, detail: string): FieldError {
  return { type: 'Invalid value', field, value, detail };
}

/** Rules of CRDs do not repeat the value. */
export function invalidUnshown(field: string, detail: string): FieldError {
  return { type: 'Invalid value', field, detail, omitValue: true };
}

export function forbidden(field: string, detail: string): FieldError {
  return { type: 'Forbidden', field, detail };
}

export function duplicate(field: string, value: unknown, detail = ''): FieldError {
  return { type: 'Duplicate value', field, value, detail };
}

/** The supported values are printed in the order given: sorted where the source has a set, as written where it has a list. */
export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const names = supported.map((one) => JSON.stringify(one)).join(', ');
  return { type: 'Unsupported value', field, value, detail: supported.length === 0 ? '' : `supported values: ${names}` };
}

export function notFound(field: string, value: unknown): FieldError {
  return { type: 'Not found', field, value, detail: '' };
}

export function tooMany(field: string, actual: number, most: number): FieldError {
  return { type: 'Too many', field, value: actual, detail: `must have at most ${most} ${most === 1 ? 'item' : 'items'}` };
}

export function tooLong(field: string, most: number): FieldError {
  return { type: 'Too long', field, detail: `may not be more than ${most} bytes` };
}

/** One finding for each message about the same value. */
export function invalidEach(field: string, value: unknown, messages: readonly string[]): FieldError[] {
  return messages.map((message) => invalid(field, value, message));
}

/** A finding unless the value is one of the supported ones. */
export function oneOf(field: string, value: string, supported: readonly string[]): FieldError[] {
  return supported.includes(value) ? [] : [notSupported(field, value, supported)];
}
