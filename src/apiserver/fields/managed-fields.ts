/**
 * Who has set which fields: `metadata.managedFields` as every write keeps it, and the conflicts of server-side apply.
 * (staging:apimachinery/pkg/util/managedfields; sigs.k8s.io/structured-merge-diff: merge)
 */
import { isEqual } from '#kube/equal.ts';
import type { KubeObject, ManagedFieldsEntry } from '#kube/object.ts';
import type { Schema, StructSchema } from '#kube/schema.ts';
import {
  difference,
  emptySet,
  fieldElement,
  fromFieldsV1,
  intersection,
  pathsOf,
  pathText,
  recursiveDifference,
  SetBuilder,
  toFieldsV1,
  union,
  type FieldSet,
} from './field-set.ts';
import { compare, fieldSetOf, merge, removeItems, withContainers } from './typed.ts';

/** Who writes, and how. */
export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  /** The version the request was made in. */
  readonly apiVersion: string;
  readonly subresource: string;
}

interface Owned {
  readonly manager: Manager;
  readonly set: FieldSet;
  readonly time: string | undefined;
}

export interface Conflict {
  readonly manager: Manager;
  readonly fields: FieldSet;
}

/** The name under which an apply records what an object held before anybody's fields were tracked. */
const beforeFirstApply = 'before-first-apply';

/** What the server sets by itself is nobody's (internal/stripmeta.go). */
const stripped: FieldSet = (() => {
  const builder = new SetBuilder();
  for (const path of [
    'apiVersion',
    'kind',
    'metadata',
    'metadata.name',
    'metadata.namespace',
    'metadata.creationTimestamp',
    'metadata.selfLink',
    'metadata.uid',
    'metadata.clusterName',
    'metadata.generation',
    'metadata.managedFields',
    'metadata.resourceVersion',
  ]) {
    builder.insert(path.split('.').map(fieldElement));
  }
  return builder.build();
})();

function idOf({ name, operation, apiVersion, subresource }: Manager): string {
  return JSON.stringify([name, operation, apiVersion, subresource]);
}

function decode(entries: readonly ManagedFieldsEntry[] | undefined): Map<string, Owned> {
  const owned = new Map<string, Owned>();
  for (const entry of entries ?? []) {
    const manager: Manager = {
      name: entry.manager ?? '',
      operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
      apiVersion: entry.apiVersion ?? '',
      subresource: entry.subresource ?? '',
    };
    owned.set(idOf(manager), { manager, set: fromFieldsV1(entry.fieldsV1), time: entry.time });
  }
  return owned;
}

function encode(owned: ReadonlyMap<string, Owned>): readonly ManagedFieldsEntry[] | undefined {
  const kept = [...owned.values()].filter(({ set }) => set.size > 0);
  if (kept.length === 0) return undefined;
  const rank = (one: Owned) => [one.manager.operation, one.time ?? '', one.manager.name, one.manager.apiVersion, one.manager.subresource];
  return kept
    .sort((a, b) => {
      const [left, right] = [rank(a), rank(b)];
      const i = left.findIndex((value, at) => value !== right[at]);
      return i < 0 ? 0 : left[i]! < right[i]! ? -1 : 1;
    })
    .map(({ manager, set, time }) => ({
      manager: manager.name,
      operation: manager.operation,
      apiVersion: manager.apiVersion,
      ...(time !== undefined && { time }),
      fieldsType: 'FieldsV1',
      fieldsV1: toFieldsV1(set),
      ...(manager.subresource !== '' && { subresource: manager.subresource }),
    }));
}

function withEntries<T extends KubeObject>(object: T, owned: ReadonlyMap<string, Owned>): T {
  const entries = encode(owned);
  const { managedFields: _old, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, ...(entries !== undefined && { managedFields: entries }) } };
}

/** What an object of the Go type serialises to while nothing is set: structs that are no pointers, lists without `omitempty`. */
function zeroOf(schema: StructSchema): Record<string, unknown> {
  const zero: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema.fields)) {
    if (!('required' in field)) continue;
    const { schema: inner } = field as { readonly schema: Schema };
    if (inner.type === 'struct') zero[name] = zeroOf(inner);
    else if (inner.type === 'list' || inner.type === 'map') zero[name] = null;
  }
  return zero;
}

/** A write of `manager` that makes `live` into `next`: others lose what it changed. The conflicts are what they lose. */
function takeOver(owned: Map<string, Owned>, live: unknown, next: unknown, schema: Schema, self: string) {
  const { added, removed, modified } = compare(live, next, schema);
  const changed = union(added, modified);
  const conflicts: Conflict[] = [];
  for (const [id, other] of owned) {
    if (id === self) continue;
    const lost = intersection(other.set, changed);
    if (lost.size > 0) conflicts.push({ manager: other.manager, fields: lost });
    owned.set(id, { ...other, set: difference(difference(other.set, lost), removed) });
  }
  return { changed, conflicts };
}

/** Fields that a request through this (sub)resource cannot set: they are nobody's then. */
export type ResetFields = readonly string[];

function resetSet(fields: ResetFields): FieldSet {
  const builder = new SetBuilder();
  for (const path of fields) builder.insert(path.split('.').map(fieldElement));
  return builder.build();
}

/**
 * The object with `managedFields` kept for a create (`live` undefined), update or patch by `manager` at `time`. What the request itself
 * says of them goes on from there, but for a subresource's. An object whose fields were never tracked stays so.
 * (fieldmanager: Update, decodeLiveOrNew, skipNonAppliedManager)
 */
export function recordUpdate<T extends KubeObject>(
  live: KubeObject | undefined,
  next: T,
  schema: StructSchema,
  manager: Manager,
  time: string,
  reset: ResetFields = [],
): T {
  const given = manager.subresource === '' ? decode(next.metadata.managedFields) : new Map<string, Owned>();
  const owned = given.size > 0 ? given : decode(live?.metadata.managedFields);
  if (live !== undefined && owned.size === 0) return withEntries(next, owned);
  const before = live ?? { ...zeroOf(schema), metadata: {} };
  const { changed } = takeOver(owned, before, next, schema, '');
  const id = idOf(manager);
  const mine = recursiveDifference(difference(changed, stripped), resetSet(reset));
  if (mine.size > 0) owned.set(id, { manager, set: union(mine, owned.get(id)?.set ?? emptySet), time });
  return withEntries(next, owned);
}

/** A server-side apply has conflicts, and was not forced. */
export type Applied<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly conflicts: readonly Conflict[] };

/**
 * `live` with the configuration applied by `manager`, what it no longer sets removed, `managedFields` kept; or the conflicts with others,
 * unless `force`d. (fieldmanager: Apply; merge.Updater.Apply)
 */
export function apply(
  live: KubeObject | undefined,
  config: KubeObject,
  schema: StructSchema,
  manager: Manager,
  time: string,
  force: boolean,
  reset: ResetFields = [],
): Applied<KubeObject> {
  const id = idOf(manager);
  const before: KubeObject = live ?? ({ apiVersion: config.apiVersion, kind: config.kind, metadata: {} } as unknown as KubeObject);
  let owned = decode(before.metadata.managedFields);
  if (live !== undefined && owned.size === 0) {
    const unowned: Manager = { name: beforeFirstApply, operation: 'Update', apiVersion: manager.apiVersion, subresource: '' };
    owned = decode(recordUpdate(undefined, live, schema, unowned, time).metadata.managedFields);
  }
  const last = owned.get(id);
  const { managedFields: _mine, ...metadata } = config.metadata;
  const wanted = { ...config, metadata };
  const whole = fieldSetOf(wanted, schema);
  const set = recursiveDifference(difference(whole, stripped), resetSet(reset));
  owned.set(id, { manager, set, time });
  const merged = merge(before, wanted, schema);
  // What is nobody's in the end, as an object's name, is still the applier's while what it gave up is removed.
  const applying = new Map(owned).set(id, { manager, set: whole, time });
  const next = (last === undefined || last.set.size === 0 ? merged : prune(merged, applying, last.set, schema)) as KubeObject;
  const { conflicts } = takeOver(owned, before, next, schema, id);
  const lost = conflicts.filter(({ fields }) => recursiveDifference(fields, resetSet(reset)).size > 0);
  if (lost.length > 0 && !force) return { ok: false, conflicts: lost };
  const applied = withEntries(next, owned);
  return { ok: true, value: live !== undefined && isUnchanged(live, applied) ? live : applied };
}

/** Reports whether two states differ in nothing but the times of managed fields. */
function isUnchanged(live: KubeObject, applied: KubeObject): boolean {
  const timeless = (object: KubeObject) => ({
    ...object,
    metadata: {
      ...object.metadata,
      managedFields: (object.metadata.managedFields ?? [])
        .map(({ time: _time, ...entry }) => entry)
        .map((entry) => JSON.stringify(entry))
        .sort(),
    },
  });
  return isEqual(timeless(live), timeless(applied));
}

/** Removes what the applier set last time and nobody sets any more (merge.Updater.prune). */
function prune(merged: unknown, owned: ReadonlyMap<string, Owned>, last: FieldSet, schema: Schema): unknown {
  const named = (set: FieldSet) => withContainers(set, schema);
  const all = named(fieldSetOf(merged, schema));
  const fieldsOf = (value: unknown) => named(fieldSetOf(value, schema));
  const without = removeItems(merged, named(last), schema);
  const everybodys = [...owned.values()].reduce((sum, { set }) => union(sum, set), emptySet);
  const ownedBack = removeItems(merged, difference(all, union(fieldsOf(without), named(everybodys))), schema);
  return removeItems(merged, intersection(difference(all, fieldsOf(ownedBack)), named(last)), schema);
}

/** The conflicts as the API server words them (internal/conflict.go), and as causes, one a field. */
export function conflictText(conflicts: readonly Conflict[]): {
  readonly message: string;
  readonly causes: readonly { reason: string; message: string; field: string }[];
} {
  const sorted = [...conflicts].sort((a, b) => (managerText(a) < managerText(b) ? -1 : 1));
  const causes = sorted.flatMap((conflict) =>
    pathsOf(conflict.fields).map((path) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${managerText(conflict)}`,
      field: pathText(path),
    })),
  );
  const only = causes[0];
  if (causes.length === 1 && only !== undefined) return { message: `Apply failed with 1 conflict: ${only.message}: ${only.field}`, causes };
  const blocks = sorted.map((conflict) =>
    [`conflicts with ${managerText(conflict)}:`, ...pathsOf(conflict.fields).map((path) => `- ${pathText(path)}`)].join('\n'),
  );
  return { message: `Apply failed with ${causes.length} conflicts: ${blocks.join('\n')}`, causes };
}

/** `"kubectl"` of an applier; `"kubectl-edit" with subresource "scale" using v1` of one that updated. */
function managerText({ manager }: Conflict): string {
  const through = manager.subresource === '' ? '' : ` with subresource ${JSON.stringify(manager.subresource)}`;
  return `${JSON.stringify(manager.name)}${through}${manager.operation === 'Update' ? ` using ${manager.apiVersion}` : ''}`;
}
