/** JSON Patch, RFC 6902, with the leniencies and refusals of evanphx/json-patch v4. */
import { isEqual } from '#kube/equal.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import { isObject, type JsonObject } from '../json.ts';

export interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/**
 * Applies the operations in order; the error is the library's text, of which the API server shows nothing to its clients. A path that
 * goes into nothing is an error; `-` appends; negative indices count from the end.
 */
export function applyJsonPatch(document: unknown, operations: readonly Operation[]): Result<unknown, string> {
  let current = document;
  for (const operation of operations) {
    const next = applyOperation(current, operation);
    if (!next.ok) return next;
    current = next.value;
  }
  return ok(current);
}

function applyOperation(document: unknown, operation: Operation): Result<unknown, string> {
  const path = parsePointer(operation.path);
  switch (operation.op) {
    case 'add':
      return write(document, path, operation.value ?? null, 'add');
    case 'replace':
      return write(document, path, operation.value ?? null, 'replace');
    case 'remove':
      return remove(document, path);
    case 'test': {
      const found = read(document, path);
      if (!found.ok) return operation.value === null ? ok(document) : fail(`testing path ${operation.path}: ${found.error}`);
      return isEqual(found.value, operation.value ?? null) ? ok(document) : fail(`testing value ${operation.path} failed: test failed`);
    }
    case 'move': {
      const from = parsePointer(operation.from ?? '');
      const found = read(document, from);
      if (!found.ok) return found;
      const without = remove(document, from);
      return without.ok ? write(without.value, path, found.value, 'add') : without;
    }
    case 'copy': {
      const found = read(document, parsePointer(operation.from ?? ''));
      return found.ok ? write(document, path, found.value, 'add') : found;
    }
    default:
      return fail(`Unexpected kind: ${operation.op}`);
  }
}

function parsePointer(pointer: string): readonly string[] {
  if (pointer === '') return [];
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function missing(path: readonly string[]): Result<never, string> {
  return fail(`doc is missing path: "/${path.join('/')}": missing value`);
}

function indexIn(list: readonly unknown[], key: string, end: number): Result<number, string> {
  if (!/^-?\d+$/.test(key)) return fail(`strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`);
  const index = Number(key) < 0 ? list.length + Number(key) : Number(key);
  return index < 0 || index >= end ? fail(`Unable to access invalid index: ${key}: invalid index referenced`) : ok(index);
}

function read(document: unknown, path: readonly string[]): Result<unknown, string> {
  let current = document;
  for (const key of path) {
    if (Array.isArray(current)) {
      const index = indexIn(current, key, current.length);
      if (!index.ok) return index;
      current = current[index.value];
    } else if (isObject(current) && key in current) current = current[key];
    else return missing(path);
  }
  return ok(current);
}

/** The document with the container at `path` replaced by what `change` makes of it. */
function within(
  document: unknown,
  path: readonly string[],
  change: (container: unknown) => Result<unknown, string>,
): Result<unknown, string> {
  const [key, ...rest] = path;
  if (key === undefined) return change(document);
  if (Array.isArray(document)) {
    const index = indexIn(document, key, document.length);
    if (!index.ok) return index;
    const inner = within(document[index.value], rest, change);
    return inner.ok ? ok(document.with(index.value, inner.value)) : inner;
  }
  if (!isObject(document) || !(key in document)) return missing(path);
  const inner = within(document[key], rest, change);
  return inner.ok ? ok({ ...document, [key]: inner.value }) : inner;
}

function write(document: unknown, path: readonly string[], value: unknown, how: 'add' | 'replace'): Result<unknown, string> {
  const key = path.at(-1);
  if (key === undefined) return ok(value);
  return within(document, path.slice(0, -1), (container) => {
    if (Array.isArray(container)) {
      if (how === 'add' && key === '-') return ok([...container, value]);
      const index = indexIn(container, key, how === 'add' ? container.length + 1 : container.length);
      if (!index.ok) return index;
      return ok(how === 'add' ? container.toSpliced(index.value, 0, value) : container.with(index.value, value));
    }
    if (!isObject(container) || (how === 'replace' && !(key in container))) return missing(path);
    return ok({ ...container, [key]: value });
  });
}

function remove(document: unknown, path: readonly string[]): Result<unknown, string> {
  const key = path.at(-1);
  if (key === undefined) return missing(path);
  return within(document, path.slice(0, -1), (container) => {
    if (Array.isArray(container)) {
      const index = indexIn(container, key, container.length);
      return index.ok ? ok(container.toSpliced(index.value, 1)) : index;
    }
    if (!isObject(container) || !(key in container)) return missing(path);
    const { [key]: _gone, ...rest } = container as JsonObject;
    return ok(rest);
  });
}
