/**
 * Strategic merge patch: a merge patch that knows which lists are maps in disguise, and takes directives (`$patch`, `$retainKeys`,
 * `$setElementOrder/…`, `$deleteFromPrimitiveList/…`). (staging:apimachinery/pkg/util/strategicpatch/patch.go)
 */
import { isEqual } from '#kube/equal.ts';
import { schemaOf, type ListSchema, type Schema } from '#kube/schema.ts';
import { valueText } from '#kube/json.ts';
import { isObject, type JsonObject } from '../json.ts';

/** Why a patch cannot be applied. `format`: the patch is malformed (400); `content`: it contradicts itself (422); `other`: as upstream, a bare 500. */
export interface PatchError {
  readonly kind: 'format' | 'content' | 'other';
  readonly message: string;
}

/** Raised inside a merge, caught at its door. */
class Refused extends Error {
  readonly error: PatchError;

  constructor(kind: PatchError['kind'], message: string) {
    super(message);
    this.error = { kind, message };
  }
}

const patchDirective = '$patch';
const retainKeys = '$retainKeys';
const elementOrder = '$setElementOrder/';
const deleteFromPrimitiveList = '$deleteFromPrimitiveList/';

/** The document with the patch merged into it by the schema's merge keys, or why not. Neither argument is changed. */
export function applyStrategicMergePatch(
  document: JsonObject,
  patch: JsonObject,
  schema: Schema,
): { readonly ok: true; readonly value: JsonObject } | { readonly ok: false; readonly error: PatchError } {
  try {
    return { ok: true, value: mergeMap(document, patch, schema) };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, error: error.error };
    throw error;
  }
}

/** The schema of a key of a value with this schema; undefined where nothing is known (free-form values). */
function schemaAt(schema: Schema | undefined, key: string): Schema | undefined {
  if (schema?.type === 'struct') {
    const field = schema.fields[key];
    return field && schemaOf(field);
  }
  return schema?.type === 'map' ? schema.values : undefined;
}

/** Whether a list merges, and by what: a list of structs by its merge key, one of scalars as a set. */
function strategyOf(schema: Schema | undefined): {
  readonly merges: boolean;
  readonly mergeKey: string;
  readonly items: Schema | undefined;
} {
  if (schema?.type !== 'list') return { merges: false, mergeKey: '', items: undefined };
  const { items, mergeKey, set }: ListSchema = schema;
  return { merges: mergeKey !== undefined || (set === true && items.type !== 'struct'), mergeKey: mergeKey ?? '', items };
}

function mergeMap(original: JsonObject, patchAsGiven: JsonObject, schema: Schema | undefined): JsonObject {
  const directive = patchAsGiven[patchDirective];
  if (directive === 'replace') return without(patchAsGiven, patchDirective);
  if (directive === 'delete') return {};
  if (directive !== undefined)
    throw new Refused('other', `unknown patch type found: ${valueText(directive)} in map ${valueText(patchAsGiven)}`);

  const patch: Fields = new Map(Object.entries(patchAsGiven));
  const merged: Fields = new Map(Object.entries(original));
  retain(merged, patch);
  orderLists(merged, patch, schema);

  for (const [directiveKey, value] of patch) {
    const deleting = directiveKey.startsWith(deleteFromPrimitiveList);
    const key = deleting ? directiveKey.slice(deleteFromPrimitiveList.length) : directiveKey;
    if (value === null) {
      merged.delete(key);
      continue;
    }
    const before = merged.get(key);
    if (before === undefined || before === null || !sameShape(before, value)) {
      if (!deleting) merged.set(key, withoutDirectives(value));
    } else if (isObject(before)) {
      merged.set(key, mergeMap(before, value as JsonObject, schemaAt(schema, key)));
    } else if (Array.isArray(before)) {
      merged.set(key, mergeList(before, value as readonly unknown[], schemaAt(schema, key), deleting));
    } else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}

/** The fields of an object under change. */
type Fields = Map<string, unknown>;

function without(object: JsonObject, key: string): JsonObject {
  const { [key]: _gone, ...rest } = object;
  return rest;
}

function sameShape(a: unknown, b: unknown): boolean {
  return typeof a === typeof b && Array.isArray(a) === Array.isArray(b);
}

/** `$retainKeys`: what the patch does not name goes. */
function retain(merged: Fields, patch: Fields): void {
  const kept = patch.get(retainKeys);
  if (kept === undefined) return;
  patch.delete(retainKeys);
  if (!Array.isArray(kept)) throw new Refused('format', 'invalid patch format of retainKeys');
  for (const [key, value] of patch) {
    if (key.startsWith('$') || value === null) continue;
    if (!kept.includes(key)) throw new Refused('content', 'patch content does not match retainKeys list');
  }
  for (const key of [...merged.keys()]) if (!kept.includes(key)) merged.delete(key);
}

/** `$setElementOrder/x`: merges list `x` and puts it into the order given; the server's own items keep their places. */
function orderLists(merged: Fields, patch: Fields, schema: Schema | undefined): void {
  for (const [key, order] of [...patch]) {
    if (!key.startsWith(elementOrder)) continue;
    patch.delete(key);
    if (!Array.isArray(order)) throw new Refused('format', 'invalid patch format of setElementOrder list');
    const field = key.slice(elementOrder.length);
    const before = merged.get(field) as readonly unknown[] | undefined;
    const change = patch.get(field) as readonly unknown[] | null | undefined;
    if (change === null) continue;
    patch.delete(field);
    const list = schemaAt(schema, field);
    const { mergeKey } = strategyOf(list);
    if (change !== undefined) checkOrder(change, order, mergeKey);
    if (before === undefined && change === undefined) continue;
    const all =
      before === undefined
        ? (withoutDirectives(change) as readonly unknown[])
        : change === undefined
          ? before
          : mergeList(before, change, list, false);
    merged.set(field, inOrder(all, order, before ?? [], mergeKey));
  }
}

/** Every item that the patch changes must stand in the order list, and in that order. */
function checkOrder(change: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  const changed = change.filter((item) => !(isObject(item) && item[patchDirective] === 'delete'));
  let from = 0;
  for (const item of changed) {
    while (from < order.length && !matches(order[from], item, mergeKey)) from++;
    if (from === order.length) {
      throw new Refused(
        'other',
        `The order in patch list:\n${valueText(changed)}\n doesn't match $setElementOrder list:\n${valueText(order)}\n`,
      );
    }
    from++;
  }
}

function matches(a: unknown, b: unknown, mergeKey: string): boolean {
  return mergeKey === '' ? isEqual(a, b) : isObject(a) && isObject(b) && isEqual(a[mergeKey], b[mergeKey]);
}

function mergeList(
  original: readonly unknown[],
  patch: readonly unknown[],
  schema: Schema | undefined,
  deleting: boolean,
): readonly unknown[] {
  const { merges, mergeKey, items } = strategyOf(schema);
  if (!merges && !deleting) return patch.map(withoutDirectives);
  if (original.length === 0 && patch.length === 0) return original;
  if ([...original, ...patch].some((item) => Array.isArray(item))) throw new Refused('content', 'lists of lists are not supported');
  if (deleting) return original.filter((item) => !patch.some((gone) => isEqual(item, gone)));
  if (mergeKey === '') {
    const all = [...original, ...patch];
    const unique = all.filter((item, i) => all.findIndex((other) => isEqual(item, other)) === i);
    return inOrder(unique, patch, original, '');
  }

  const { kept, changes, replace } = takeOutDirectives(original, patch, mergeKey);
  if (replace) return changes;
  const merged = [...kept];
  for (const change of changes) {
    const at = merged.findIndex((item) => matches(item, change, mergeKey));
    if (at < 0) merged.push(withoutDirectives(change));
    else merged[at] = mergeMap(merged[at] as JsonObject, change, items);
  }
  return inOrder(merged, changes, original, mergeKey);
}

/** Carries out `$patch: delete` and `$patch: replace` items of a list; what is left are changes, each with its key. */
function takeOutDirectives(original: readonly unknown[], patch: readonly unknown[], mergeKey: string) {
  let kept = original;
  let replace = false;
  const changes: JsonObject[] = [];
  for (const item of patch) {
    if (!isObject(item)) throw new Refused('other', `expected map, but got ${valueText(item)}`);
    const directive = item[patchDirective];
    if (directive === 'replace') {
      replace = true;
      continue;
    }
    if (item[mergeKey] === undefined && !replace) {
      throw new Refused('other', `map: ${valueText(item)} does not contain declared merge key: ${mergeKey}`);
    }
    if (directive === 'delete') kept = kept.filter((one) => !matches(one, item, mergeKey));
    else if (directive === 'merge') throw new Refused('other', 'merging lists cannot yet be specified in the patch');
    else if (directive !== undefined)
      throw new Refused('other', `unknown patch type found: ${valueText(directive)} in map ${valueText(item)}`);
    else changes.push(item);
  }
  return { kept, changes, replace };
}

/**
 * Interleaves the items that `order` names, in its order, with the others in theirs. Where both stood in the live list its order
 * decides; an item that is new comes before. (normalizeElementOrder, mergeSortedSlice)
 */
function inOrder(items: readonly unknown[], order: readonly unknown[], live: readonly unknown[], mergeKey: string): readonly unknown[] {
  const indexIn = (list: readonly unknown[], item: unknown) => list.findIndex((other) => matches(other, item, mergeKey));
  const sorted = (some: readonly unknown[], by: readonly unknown[]) =>
    some
      .map((item, i) => ({ item, i, at: indexIn(by, item) }))
      .sort((a, b) => a.at - b.at || a.i - b.i)
      .map(({ item }) => item);
  const named = sorted(
    items.filter((item) => indexIn(order, item) >= 0),
    order,
  );
  const others = sorted(
    items.filter((item) => indexIn(order, item) < 0),
    live,
  );
  const all: unknown[] = [];
  let i = 0;
  let j = 0;
  while (i < others.length || j < named.length) {
    const left = i < others.length ? indexIn(live, others[i]) : -1;
    const right = j < named.length ? indexIn(live, named[j]) : -1;
    if (j >= named.length || (i < others.length && left >= 0 && right >= 0 && left < right)) all.push(others[i++]);
    else all.push(named[j++]);
  }
  return all;
}

/** A value that the document takes over whole: without nulls, directives, and items marked for deletion. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => !(isObject(item) && item[patchDirective] !== undefined)).map(withoutDirectives);
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([key, inner]) =>
          inner !== null &&
          key !== patchDirective &&
          key !== retainKeys &&
          !key.startsWith(elementOrder) &&
          !key.startsWith(deleteFromPrimitiveList),
      )
      .map(([key, inner]) => [key, withoutDirectives(inner)]),
  );
}
