/** An API server's refusal, in its own vocabulary. (staging:apimachinery/pkg/api/errors/errors.go) */
import { resourceOf, type Kind } from './kind.ts';

export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function fail<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

/** `metav1.Status` of a failure. `message` is what kubectl shows. */
export interface Status {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly uid?: string;
    readonly causes?: readonly StatusCause[];
    readonly retryAfterSeconds?: number;
  };
}

/** One finding of validation. (staging:apimachinery/pkg/util/validation/field/errors.go) */
export interface FieldError {
  readonly type:
    | 'Required value'
    | 'Invalid value'
    | 'Duplicate value'
    | 'Unsupported value'
    | 'Forbidden'
    | 'Too many'
    | 'Too long'
    | 'Not found'
    | 'Internal error';
  /** `spec.ports[0].nodePort` */
  readonly field: string;
  /** Printed as JSON after the type, where the type shows a value. */
  readonly value?: unknown;
  /** Rules of CRDs do not show the value. */
  readonly omitValue?: boolean;
  readonly detail: string;
}

const causeReasons: Record<FieldError['type'], string> = {
  'Required value': 'FieldValueRequired',
  'Invalid value': 'FieldValueInvalid',
  'Duplicate value': 'FieldValueDuplicate',
  'Unsupported value': 'FieldValueNotSupported',
  Forbidden: 'FieldValueForbidden',
  'Too many': 'FieldValueTooMany',
  'Too long': 'FieldValueTooLong',
  'Not found': 'FieldValueNotFound',
  'Internal error': 'InternalError',
};

/** `Invalid value: 0: must be between 1 and 65535, inclusive` */
export function fieldErrorBody(error: FieldError): string {
  const shown =
    error.omitValue === true || ['Required value', 'Forbidden', 'Too long', 'Internal error'].includes(error.type)
      ? error.type
      : `${error.type}: ${valueText(error.value)}`;
  return error.detail === '' ? shown : `${shown}: ${error.detail}`;
}

/** Go's `%q` of strings, bare numbers, `null` for nil, JSON for structures. */
export function valueText(value: unknown): string {
  return value === undefined ? 'null' : JSON.stringify(value);
}

export function fieldErrorText(error: FieldError): string {
  return `${error.field}: ${fieldErrorBody(error)}`;
}

function details(kind: Kind, name: string) {
  return { ...(name !== '' && { name }), ...(kind.group !== '' && { group: kind.group }), kind: kind.plural };
}

export function notFound(kind: Kind, name: string): Status {
  return { code: 404, reason: 'NotFound', message: `${resourceOf(kind)} "${name}" not found`, details: details(kind, name) };
}

export function alreadyExists(kind: Kind, name: string): Status {
  return { code: 409, reason: 'AlreadyExists', message: `${resourceOf(kind)} "${name}" already exists`, details: details(kind, name) };
}

export function conflict(kind: Kind, name: string, why: string): Status {
  return {
    code: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on ${resourceOf(kind)} "${name}": ${why}`,
    details: details(kind, name),
  };
}

export function forbidden(kind: Kind, name: string, why: string): Status {
  return { code: 403, reason: 'Forbidden', message: `${resourceOf(kind)} "${name}" is forbidden: ${why}`, details: details(kind, name) };
}

export function badRequest(message: string): Status {
  return { code: 400, reason: 'BadRequest', message };
}

/** `Service "web" is invalid: spec.ports: Required value`; several findings stand in brackets. */
export function invalid(kind: Kind, name: string, errors: readonly FieldError[]): Status {
  const texts = [...new Set(errors.map(fieldErrorText))];
  return {
    code: 422,
    reason: 'Invalid',
    message: `${kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`} "${name}" is invalid: ${texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`}`,
    details: {
      ...(name !== '' && { name }),
      ...(kind.group !== '' && { group: kind.group }),
      kind: kind.kind,
      causes: errors.map((error) => ({ reason: causeReasons[error.type], message: fieldErrorBody(error), field: error.field })),
    },
  };
}
