/** Paths inside volumes. (pkg/apis/core/validation/validation.go: validateLocalDescendingPath, validateLocalNonReservedPath) */
import type { FieldError } from '#kube/status.ts';
import { invalid } from '../field.ts';

export function noBacksteps(file: string, path: string): FieldError[] {
  return file.split('/').includes('..') ? [invalid(path, file, "must not contain '..'")] : [];
}

/** Of paths that stay below where they begin. */
export function descendingPath(file: string, path: string): FieldError[] {
  return [...(file.startsWith('/') ? [invalid(path, file, 'must be a relative path')] : []), ...noBacksteps(file, path)];
}

/** Of paths of files that the kubelet writes: names that begin with two dots are its own. */
export function nonReservedPath(file: string, path: string): FieldError[] {
  const isReserved = file.startsWith('..') && !file.startsWith('../') && file !== '..';
  return [...descendingPath(file, path), ...(isReserved ? [invalid(path, file, "must not start with '..'")] : [])];
}
