/** The query parameters of writes. (staging:apimachinery/pkg/apis/meta/v1/validation/validation.go) */
import type { FieldValidation } from '#kube/decode.ts';
import type { Kind } from '#kube/kind.ts';
import { fail, invalid, ok, type FieldError, type Result, type Status } from '#kube/status.ts';
import { headerOf } from './media-type.ts';
import type { ApiRequest } from './request.ts';
import { isTrue } from './route.ts';

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  /** Of server-side apply: take over what others own. */
  readonly force: boolean;
}

const validations: readonly string[] = ['Ignore', 'Strict', 'Warn'];

/** A refusal of options: `CreateOptions.meta.k8s.io "" is invalid: …`. */
export function invalidOptions(kind: string, errors: readonly FieldError[]): Status {
  return invalid({ group: 'meta.k8s.io', kind, plural: '' } as Kind, '', errors);
}

/** An `Unsupported value` whose alternatives are listed as given. */
export function unsupported(field: string, value: string, supported: readonly string[]): FieldError {
  return { type: 'Unsupported value', field, value, detail: `supported values: ${supported.map((one) => JSON.stringify(one)).join(', ')}` };
}

/** What is wrong with `dryRun`: `All` is its only value. */
export function dryRunProblems(values: readonly string[]): readonly FieldError[] {
  return values.filter((value) => value !== 'All').map((value) => unsupported('dryRun', value, ['All']));
}

/** The options of a create, update or patch; `isApply` for server-side apply. */
export function writeOptions(
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  request: ApiRequest,
  isApply = false,
): Result<WriteOptions, Status> {
  const { query } = request;
  const dryRun = query.getAll('dryRun').filter((value) => value !== '');
  const fieldManager = query.get('fieldManager') ?? '';
  const fieldValidation = query.get('fieldValidation') ?? '';
  const errors: FieldError[] = [];
  if (kind === 'PatchOptions') {
    if (isApply && fieldManager === '')
      errors.push({ type: 'Required value', field: 'fieldManager', detail: 'is required for apply patch' });
    if (!isApply && query.has('force'))
      errors.push({ type: 'Forbidden', field: 'force', detail: 'may not be specified for non-apply patch' });
  }
  errors.push(...dryRunProblems(dryRun));
  if (fieldManager.length > 128) errors.push({ type: 'Too long', field: 'fieldManager', detail: 'may not be more than 128 bytes' });
  const unprintable = [...fieldManager].find((character) => !/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(character));
  if (unprintable !== undefined)
    errors.push({ type: 'Invalid value', field: 'fieldManager', value: fieldManager, detail: 'should only contain printable characters' });
  if (fieldValidation !== '' && !validations.includes(fieldValidation))
    errors.push(unsupported('fieldValidation', fieldValidation, ['', ...validations]));
  if (errors.length > 0) return fail(invalidOptions(kind, errors));
  return ok({
    dryRun: dryRun.length > 0,
    fieldManager: fieldManager !== '' ? fieldManager : (headerOf(request, 'user-agent') ?? '').split('/')[0]!.slice(0, 128),
    fieldValidation: fieldValidation === '' ? 'Warn' : (fieldValidation as FieldValidation),
    force: isTrue(query.get('force')),
  });
}
