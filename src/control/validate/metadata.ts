/** The metadata that every object has. (staging:apimachinery/pkg/api/validation/objectmeta.go) */
import { isEqual } from '#kube/equal.ts';
import type { ObjectMeta } from '#kube/object.ts';
import type { FieldError } from '#kube/status.ts';
import { forbidden, invalid, invalidEach, required, tooLong } from './field.ts';
import { dns1123Label, qualifiedName } from './formats.ts';
import { validateLabels } from './labels.ts';
import type { NameRule, Scope } from './validator.ts';

const mostAnnotationBytes = 262144;
const path = 'metadata';

/** Rules of new objects' metadata. */
export function validateMetadata(meta: ObjectMeta, namespaced: boolean, name: NameRule, scope: Scope): FieldError[] {
  const errors: FieldError[] = [];
  if (meta.generateName !== undefined && meta.generateName !== '') {
    errors.push(...invalidEach(`${path}.generateName`, meta.generateName, name(meta.generateName, true, scope)));
  }
  if (meta.name === '') errors.push(required(`${path}.name`, 'name or generateName is required'));
  else errors.push(...invalidEach(`${path}.name`, meta.name, name(meta.name, false, scope)));
  const namespace = meta.namespace ?? '';
  if (namespaced) {
    if (namespace === '') errors.push(required(`${path}.namespace`));
    else errors.push(...invalidEach(`${path}.namespace`, namespace, dns1123Label(namespace)));
  } else if (namespace !== '') errors.push(forbidden(`${path}.namespace`, 'not allowed on this type'));
  return [...errors, ...validateMarks(meta)];
}

/** What is checked on creation and on change alike. */
function validateMarks(meta: ObjectMeta): FieldError[] {
  return [
    ...((meta.generation ?? 0) < 0 ? [invalid(`${path}.generation`, meta.generation, 'must be greater than or equal to 0')] : []),
    ...validateLabels(meta.labels, `${path}.labels`),
    ...validateAnnotations(meta.annotations, `${path}.annotations`),
    ...validateOwners(meta),
    ...(meta.finalizers ?? []).flatMap((one) => validateFinalizer(one)),
  ];
}

export function validateAnnotations(annotations: Readonly<Record<string, string>> | undefined, at: string): FieldError[] {
  const entries = Object.entries(annotations ?? {});
  const errors = entries.flatMap(([key]) => invalidEach(at, key, qualifiedName(key.toLowerCase())));
  const bytes = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  return bytes > mostAnnotationBytes ? [...errors, tooLong(at, mostAnnotationBytes)] : errors;
}

function validateOwners(meta: ObjectMeta): FieldError[] {
  const at = `${path}.ownerReferences`;
  const owners = meta.ownerReferences ?? [];
  const errors = owners.flatMap((owner) => [
    ...(owner.apiVersion === '' ? [invalid(`${at}.apiVersion`, '', 'version must not be empty')] : []),
    ...(owner.kind === '' ? [invalid(`${at}.kind`, '', 'must not be empty')] : []),
    ...(owner.name === '' ? [invalid(`${at}.name`, '', 'must not be empty')] : []),
    ...(owner.uid === '' ? [invalid(`${at}.uid`, '', 'must not be empty')] : []),
  ]);
  const controllers = owners.filter((owner) => owner.controller === true);
  if (controllers.length < 2) return errors;
  const named = controllers.slice(0, 2).map((owner) => owner.name);
  return [
    ...errors,
    invalid(
      at,
      owners,
      `Only one reference can have Controller set to true. Found "true" in references for ${controllers[0]!.kind}/${named[0]} and ${controllers[1]!.kind}/${named[1]}`,
    ),
  ];
}

function validateFinalizer(finalizer: string): FieldError[] {
  const at = `${path}.finalizers`;
  const errors = invalidEach(at, finalizer, qualifiedName(finalizer));
  if (errors.length > 0 || finalizer.includes('/') || ['kubernetes', 'orphan', 'foregroundDeletion'].includes(finalizer)) return errors;
  return [invalid(at, finalizer, 'name is neither a standard finalizer name nor is it fully qualified')];
}

/** Fields of the metadata that never change. */
const immutable = ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const;

/** Rules of changed metadata. */
export function validateMetadataUpdate(next: ObjectMeta, old: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp !== undefined) {
    const added = (next.finalizers ?? []).filter((one) => !(old.finalizers ?? []).includes(one));
    if (added.length > 0) {
      errors.push(
        forbidden(
          `${path}.finalizers`,
          `no new finalizers can be added if the object is being deleted, found new finalizers ${goStrings(added)}`,
        ),
      );
    }
  }
  if ((next.generation ?? 0) < (old.generation ?? 0)) {
    errors.push(invalid(`${path}.generation`, next.generation ?? 0, 'must not be decremented'));
  }
  for (const field of immutable) {
    if (!isEqual(next[field], old[field])) errors.push(invalid(`${path}.${field}`, next[field] ?? null, 'field is immutable'));
  }
  return [...errors, ...validateMarks(next)];
}

/** A slice of strings as Go's `%#v` writes it. */
function goStrings(values: readonly string[]): string {
  return `[]string{${values.map((one) => JSON.stringify(one)).join(', ')}}`;
}

/** `field is immutable`, when it differs. */
export function validateImmutable(next: unknown, old: unknown, field: string, shown: unknown = next): FieldError[] {
  return isEqual(next, old) ? [] : [invalid(field, shown ?? null, 'field is immutable')];
}

export function validateNonnegative(value: number | undefined, field: string): FieldError[] {
  return (value ?? 0) < 0 ? [invalid(field, value, 'must be greater than or equal to 0')] : [];
}
