/**
 * What `kubectl apply` sends: the difference from the live object to the manifest, without deletions, and the deletions from the last
 * applied manifest to this one. (staging:apimachinery/pkg/util/strategicpatch and jsonmergepatch: CreateThreeWayMergePatch)
 */
import { isEqual } from '#kube/equal.ts';
import { builtInKinds } from '#kube/kinds/index.ts';
import { schemaOf, type ListSchema, type Schema } from '#kube/schema.ts';
import type { RestMapping } from './discovery.ts';

type JsonObject = Readonly<Record<string, unknown>>;

export interface ThreeWay {
  /** The last applied configuration. */
  readonly original: JsonObject;
  readonly modified: JsonObject;
  /** The live object. */
  readonly current: JsonObject;
}

/** The shape of a kind's objects, which says how their lists merge; undefined for custom resources, whose lists are replaced. */
export function schemaOfMapping({ group, version, kind }: Pick<RestMapping, 'group' | 'version' | 'kind'>): Schema | undefined {
  return builtInKinds.find((one) => one.group === group && one.kind === kind && (one.version === version || group !== ''))?.schema;
}

/** A strategic merge patch. */
export function strategicThreeWayPatch({ original, modified, current }: ThreeWay, schema: Schema): JsonObject {
  const changes = diffMaps(current, modified, schema, { deletions: false, changes: true });
  const deletions = diffMaps(original, modified, schema, { deletions: true, changes: false });
  return combine(deletions, changes, schema);
}

/** A JSON merge patch (RFC 7386). */
export function jsonThreeWayPatch({ original, modified, current }: ThreeWay): JsonObject {
  return combine(
    diffMaps(original, modified, undefined, { deletions: true, changes: false }),
    diffMaps(current, modified, undefined, { deletions: false, changes: true }),
    undefined,
  );
}

/** The strategic merge patch between two states of an object (CreateTwoWayMergePatch). */
export function strategicTwoWayPatch(original: JsonObject, modified: JsonObject, schema: Schema): JsonObject {
  return diffMaps(original, modified, schema, { deletions: true, changes: true });
}

export function jsonTwoWayPatch(original: JsonObject, modified: JsonObject): JsonObject {
  return diffMaps(original, modified, undefined, { deletions: true, changes: true });
}

interface Wanted {
  readonly deletions: boolean;
  readonly changes: boolean;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldSchema(schema: Schema | undefined, key: string): Schema | undefined {
  if (schema?.type === 'struct') {
    const field = schema.fields[key];
    return field && schemaOf(field);
  }
  return schema?.type === 'map' ? schema.values : undefined;
}

/** Structs whose fields exclude each other: what the new value does not name goes (`patchStrategy: retainKeys`). */
const retaining = ['DeploymentStrategy', 'Volume'];

function retains(schema: Schema | undefined): boolean {
  return schema?.type === 'struct' && retaining.includes(schema.name);
}

function diffMaps(original: JsonObject, modified: JsonObject, schema: Schema | undefined, wanted: Wanted): JsonObject {
  const patch: Record<string, unknown> = {};
  for (const [key, before] of Object.entries(original)) {
    if (before === undefined) continue;
    const after = modified[key];
    if (after === undefined || (after === null && before !== null)) {
      if (wanted.deletions || (after === null && wanted.changes)) patch[key] = null;
      continue;
    }
    const inner = fieldSchema(schema, key);
    if (isObject(before) && isObject(after)) {
      const diff = diffMaps(before, after, inner, wanted);
      if (Object.keys(diff).length > 0) patch[key] = diff;
    } else if (Array.isArray(before) && Array.isArray(after)) diffLists(key, before, after, inner, wanted, patch);
    else if (wanted.changes && !isEqual(before, after)) patch[key] = after;
  }
  if (wanted.changes) {
    for (const [key, after] of Object.entries(modified)) {
      if (original[key] === undefined && after !== undefined && after !== null) patch[key] = after;
    }
  }
  const changed = Object.keys(patch).length > 0;
  if (changed && wanted.changes && retains(schema))
    patch['$retainKeys'] = Object.keys(modified)
      .filter((key) => modified[key] !== undefined)
      .sort();
  return patch;
}

function diffLists(
  key: string,
  before: readonly unknown[],
  after: readonly unknown[],
  schema: Schema | undefined,
  wanted: Wanted,
  patch: Record<string, unknown>,
): void {
  const mergeKey = mergeKeyOf(schema);
  if (mergeKey === undefined) {
    if (wanted.changes && !isEqual(before, after)) patch[key] = after;
    return;
  }
  if (mergeKey === '') {
    const added = wanted.changes ? after.filter((item) => !before.some((one) => isEqual(one, item))) : [];
    const gone = wanted.deletions ? before.filter((item) => !after.some((one) => isEqual(one, item))) : [];
    if (added.length > 0) patch[key] = added;
    if (gone.length > 0) patch[`$deleteFromPrimitiveList/${key}`] = gone;
    if (added.length > 0 || gone.length > 0) patch[`$setElementOrder/${key}`] = after;
    return;
  }
  const { items } = schema as ListSchema;
  const keyed = (list: readonly unknown[]) => list.filter(isObject);
  const [olds, news] = [keyed(before), keyed(after)];
  const entries: JsonObject[] = [];
  // Items of one key (a port for TCP and for UDP) are paired in their order (strategicpatch: diffListsOfMaps).
  const left = [...olds];
  for (const item of news) {
    const at = left.findIndex((one) => isEqual(one[mergeKey], item[mergeKey]));
    if (at < 0) {
      if (wanted.changes) entries.push(item);
      continue;
    }
    const [old] = left.splice(at, 1) as [JsonObject];
    const diff = diffMaps(old, item, items, wanted);
    if (Object.keys(diff).length > 0) entries.push({ ...diff, [mergeKey]: item[mergeKey] });
  }
  if (wanted.deletions) for (const item of left) entries.push({ $patch: 'delete', [mergeKey]: item[mergeKey] });
  const orders = [olds, news].map((list) => list.map((item) => item[mergeKey])) as [unknown[], unknown[]];
  const reordered =
    wanted.changes &&
    !isEqual(
      orders[0].filter((one) => orders[1].some((other) => isEqual(one, other))),
      orders[1].filter((one) => orders[0].some((other) => isEqual(one, other))),
    );
  if (entries.length === 0 && !reordered) return;
  patch[`$setElementOrder/${key}`] = news.map((item) => ({ [mergeKey]: item[mergeKey] }));
  if (entries.length > 0) patch[key] = entries;
}

/** The field that tells a list's items apart; `''` for a set of scalars; undefined where lists are replaced as a whole. */
function mergeKeyOf(schema: Schema | undefined): string | undefined {
  if (schema?.type !== 'list') return undefined;
  if (schema.mergeKey !== undefined) return schema.mergeKey;
  return schema.set === true && schema.items.type === 'string' ? '' : undefined;
}

/** Both patches as one; where they meet, the changes win. */
function combine(deletions: JsonObject, changes: JsonObject, schema: Schema | undefined): JsonObject {
  const patch: Record<string, unknown> = { ...deletions };
  for (const [key, change] of Object.entries(changes)) {
    const deletion = patch[key];
    const inner = fieldSchema(schema, key);
    const mergeKey = mergeKeyOf(inner);
    if (isObject(deletion) && isObject(change)) patch[key] = combine(deletion, change, inner);
    else if (Array.isArray(deletion) && Array.isArray(change) && mergeKey !== undefined && mergeKey !== '') {
      const { items } = inner as ListSchema;
      const added = change.filter(isObject);
      const merged = (deletion as readonly JsonObject[]).map((one) => {
        const same = added.find((item) => isEqual(item[mergeKey], one[mergeKey]));
        return same === undefined ? one : combine(one, same, items);
      });
      patch[key] = [...merged, ...added.filter((item) => !merged.some((one) => isEqual(one[mergeKey], item[mergeKey])))];
    } else patch[key] = change;
  }
  return patch;
}
