/**
 * Values seen through their schema, as server-side apply sees them: which parts are merged field by field, which are one whole, and by
 * what the items of a list are told apart. (sigs.k8s.io/structured-merge-diff: typed)
 */
import { isEqual } from '#kube/equal.ts';
import { schemaOf, type Schema } from '#kube/schema.ts';
import { isObject, type JsonObject } from '../json.ts';
import { fieldElement, keyElement, SetBuilder, valueElement, type FieldNode, type FieldSet, type Path } from './field-set.ts';

/** How a value is merged. `leaf`: as one whole. */
type Shape =
  | { readonly kind: 'leaf' }
  | { readonly kind: 'fields'; fieldAt(name: string): Schema | undefined; isDeclared(name: string): boolean }
  | { readonly kind: 'items'; readonly items: Schema; elementOf(item: unknown): string };

const leaf: Shape = { kind: 'leaf' };

/** What a list item counts as when it leaves a part of its key out. */
const keyDefaults: JsonObject = { protocol: 'TCP' };

function shapeOf(schema: Schema | undefined): Shape {
  switch (schema?.type) {
    case 'struct':
      if (schema.atomic === true) return leaf;
      return {
        kind: 'fields',
        fieldAt: (name) => {
          const field = schema.fields[name];
          return field && schemaOf(field);
        },
        isDeclared: (name) => name in schema.fields,
      };
    case 'map':
      return schema.atomic === true ? leaf : { kind: 'fields', fieldAt: () => schema.values, isDeclared: () => false };
    case 'list': {
      const { mapKeys, items } = schema;
      if (mapKeys !== undefined && mapKeys.length > 0) {
        return {
          kind: 'items',
          items,
          elementOf: (item) =>
            keyElement(
              Object.fromEntries(mapKeys.map((key) => [key, (isObject(item) ? item[key] : undefined) ?? keyDefaults[key] ?? null])),
            ),
        };
      }
      return schema.set === true ? { kind: 'items', items, elementOf: valueElement } : leaf;
    }
    case 'any':
    case undefined:
      // What no schema describes is deduced: objects merge, lists do not.
      return { kind: 'fields', fieldAt: () => undefined, isDeclared: () => false };
    default:
      return leaf;
  }
}

interface Child {
  readonly element: string;
  readonly schema: Schema | undefined;
  readonly declared: boolean;
  readonly value: unknown;
}

/** The parts of a value, or undefined where it is a leaf: a scalar, null, something empty, or one whole by its schema. */
function childrenOf(value: unknown, schema: Schema | undefined): readonly Child[] | undefined {
  const shape = shapeOf(schema);
  if (shape.kind === 'fields' && isObject(value)) {
    return Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([name, inner]) => ({
        element: fieldElement(name),
        schema: shape.fieldAt(name),
        declared: shape.isDeclared(name),
        value: inner,
      }));
  }
  if (shape.kind === 'items' && Array.isArray(value)) {
    return value.map((item: unknown) => ({ element: shape.elementOf(item), schema: shape.items, declared: false, value: item }));
  }
  return undefined;
}

function isEmpty(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    (Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0)
  );
}

/** The fields that a configuration sets: what an applier comes to own (TypedValue.ToFieldSet). */
export function fieldSetOf(value: unknown, schema: Schema): FieldSet {
  const builder = new SetBuilder();
  const walk = (inner: unknown, of: Schema | undefined, path: Path) => {
    const children = childrenOf(inner, of);
    if (children === undefined) {
      if (path.length > 0) builder.insert(path);
      return;
    }
    for (const child of children) {
      const at = [...path, child.element];
      walk(child.value, child.schema, at);
      if (!child.declared || isEmpty(child.value)) builder.insert(at);
    }
  };
  walk(value, schema, []);
  return builder.build();
}

export interface Comparison {
  readonly added: FieldSet;
  readonly removed: FieldSet;
  readonly modified: FieldSet;
}

/** What changed between two values (TypedValue.Compare). */
export function compare(before: unknown, after: unknown, schema: Schema): Comparison {
  const added = new SetBuilder();
  const removed = new SetBuilder();
  const modified = new SetBuilder();
  const walk = (left: unknown, right: unknown, of: Schema | undefined, path: Path) => {
    const lefts = left === undefined || left === null ? undefined : childrenOf(left, of);
    const rights = right === undefined || right === null ? undefined : childrenOf(right, of);
    const bothEmpty = (lefts?.length ?? 0) === 0 && (rights?.length ?? 0) === 0;
    const oneIsLeaf = (left != null && lefts === undefined) || (right != null && rights === undefined);
    if (path.length > 0) {
      if (left === undefined) added.insert(path);
      else if (right === undefined) removed.insert(path);
      else if ((bothEmpty || oneIsLeaf) && !isEqual(left, right)) modified.insert(path);
    }
    if (bothEmpty || oneIsLeaf) return;
    const leftBy = new Map((lefts ?? []).map((child) => [child.element, child]));
    const rightBy = new Map((rights ?? []).map((child) => [child.element, child]));
    for (const element of new Set([...leftBy.keys(), ...rightBy.keys()])) {
      const l = leftBy.get(element);
      const r = rightBy.get(element);
      walk(l?.value, r?.value, (r ?? l)!.schema, [...path, element]);
    }
  };
  walk(before, after, schema, []);
  return { added: added.build(), removed: removed.build(), modified: modified.build() };
}

/** `live` with `config` laid over it (TypedValue.Merge). */
export function merge(live: unknown, config: unknown, schema: Schema | undefined): unknown {
  if (config === undefined) return live;
  if (live === undefined || live === null || config === null) return config;
  const shape = shapeOf(schema);
  if (shape.kind === 'fields' && isObject(live) && isObject(config)) {
    const merged: Record<string, unknown> = { ...live };
    for (const [name, value] of Object.entries(config)) merged[name] = merge(live[name], value, shape.fieldAt(name));
    return merged;
  }
  if (shape.kind === 'items' && Array.isArray(live) && Array.isArray(config)) {
    const liveItems = live as readonly unknown[];
    const configItems = config as readonly unknown[];
    const liveElements = liveItems.map(shape.elementOf);
    const configElements = configItems.map(shape.elementOf);
    const shared = configElements.filter((element) => liveElements.includes(element));
    const merged: unknown[] = [];
    let l = 0;
    let r = 0;
    let s = 0;
    // Live items that the configuration does not name come as early as their neighbours allow; the others follow its order.
    while (l < liveItems.length || r < configItems.length) {
      const left = liveElements[l];
      const right = configElements[r];
      if (left !== undefined && left !== right && !configElements.includes(left)) merged.push(liveItems[l++]);
      else if (left !== undefined && left !== right && left !== shared[s]) l++;
      else if (right !== undefined) {
        const at = liveElements.indexOf(right);
        merged.push(at < 0 ? configItems[r] : merge(liveItems[at], configItems[r], shape.items));
        if (left === right) l++;
        if (right === shared[s]) s++;
        r++;
      } else l++;
    }
    return merged;
  }
  return config;
}

/** The value without the members of a set (TypedValue.RemoveItems); undefined when that takes everything away. */
export function removeItems(value: unknown, set: FieldSet, schema: Schema | undefined): unknown {
  const shape = shapeOf(schema);
  const rest = (element: string, inner: unknown, of: Schema | undefined): unknown => {
    const node = set.get(element);
    if (node === undefined) return inner;
    return node.member ? undefined : removeItems(inner, node.below, of);
  };
  if (shape.kind === 'fields' && isObject(value) && Object.keys(value).length > 0) {
    const kept = Object.entries(value)
      .map(([name, inner]) => [name, rest(fieldElement(name), inner, shape.fieldAt(name))] as const)
      .filter(([, inner]) => inner !== undefined);
    return kept.length === 0 ? undefined : Object.fromEntries(kept);
  }
  if (shape.kind === 'items' && Array.isArray(value) && value.length > 0) {
    const kept = (value as readonly unknown[])
      .map((item) => rest(shape.elementOf(item), item, shape.items))
      .filter((item) => item !== undefined);
    return kept.length === 0 ? undefined : kept;
  }
  return value;
}

/**
 * The set with every declared struct field on the way to a member made a member too (Set.EnsureNamedFieldsAreMembers): what is removed by
 * such a set leaves no empty shells.
 */
export function withContainers(set: FieldSet, schema: Schema | undefined): FieldSet {
  const shape = shapeOf(schema);
  const all = new Map<string, FieldNode>();
  for (const [element, { member, below }] of set) {
    const name = element.slice(2);
    const inner = shape.kind === 'fields' ? shape.fieldAt(name) : shape.kind === 'items' ? shape.items : undefined;
    const declared = shape.kind === 'fields' && element.startsWith('f:') && shape.isDeclared(name);
    all.set(element, { member: member || declared, below: withContainers(below, inner) });
  }
  return all;
}
