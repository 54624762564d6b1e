/**
 * Sets of field paths, in the notation of `metadata.managedFields[].fieldsV1`: `f:name` a field, `k:{"port":80}` the list item with that
 * key, `v:"x"` the item of a set. (sigs.k8s.io/structured-merge-diff: fieldpath)
 */
import { isObject, type JsonObject } from '../json.ts';

/** A set as a tree: under each path element, whether that path is a member, and the longer paths below it. */
export type FieldSet = ReadonlyMap<string, FieldNode>;

export interface FieldNode {
  readonly member: boolean;
  readonly below: FieldSet;
}

export type Path = readonly string[];

export const emptySet: FieldSet = new Map();

export function fieldElement(name: string): string {
  return `f:${name}`;
}

export function keyElement(keys: JsonObject): string {
  const sorted = Object.fromEntries(
    Object.keys(keys)
      .sort()
      .map((key) => [key, keys[key]]),
  );
  return `k:${JSON.stringify(sorted)}`;
}

export function valueElement(value: unknown): string {
  return `v:${JSON.stringify(value)}`;
}

interface GrowingNode {
  member: boolean;
  readonly below: Map<string, GrowingNode>;
}

/** Collects paths into a set. */
export class SetBuilder {
  readonly #root = new Map<string, GrowingNode>();

  insert(path: Path): void {
    let level = this.#root;
    let last: GrowingNode | undefined;
    for (const element of path) {
      last = level.get(element);
      if (last === undefined) level.set(element, (last = { member: false, below: new Map() }));
      level = last.below;
    }
    if (last !== undefined) last.member = true;
  }

  build(): FieldSet {
    return this.#root;
  }
}

function node(member: boolean, below: FieldSet): FieldNode | undefined {
  return member || below.size > 0 ? { member, below } : undefined;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a.size === 0) return b;
  const all = new Map(a);
  for (const [element, right] of b) {
    const left = all.get(element);
    all.set(element, left === undefined ? right : { member: left.member || right.member, below: union(left.below, right.below) });
  }
  return all;
}

/** The members of `a` that are in `b` too. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const both = new Map<string, FieldNode>();
  for (const [element, left] of a) {
    const right = b.get(element);
    const found = right && node(left.member && right.member, intersection(left.below, right.below));
    if (found !== undefined) both.set(element, found);
  }
  return both;
}

/** The members of `a` that are not in `b`. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  const rest = new Map<string, FieldNode>();
  for (const [element, left] of a) {
    const right = b.get(element);
    const kept = right === undefined ? left : node(left.member && !right.member, difference(left.below, right.below));
    if (kept !== undefined) rest.set(element, kept);
  }
  return rest;
}

/** The members of `a` that are neither in `b` nor below a member of it. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  const rest = new Map<string, FieldNode>();
  for (const [element, left] of a) {
    const right = b.get(element);
    if (right?.member === true) continue;
    const kept = right === undefined ? left : node(left.member, recursiveDifference(left.below, right.below));
    if (kept !== undefined) rest.set(element, kept);
  }
  return rest;
}

export function pathsOf(set: FieldSet, prefix: Path = []): readonly Path[] {
  const paths: Path[] = [];
  for (const element of sortedElements(set)) {
    const { member, below } = set.get(element)!;
    if (member) paths.push([...prefix, element]);
    paths.push(...pathsOf(below, [...prefix, element]));
  }
  return paths;
}

/** Fields before keys before values, each bytewise (fieldpath: PathElement.Compare). */
function sortedElements(set: FieldSet): readonly string[] {
  return [...set.keys()].sort((a, b) => 'fkvi'.indexOf(a[0]!) - 'fkvi'.indexOf(b[0]!) || (a < b ? -1 : 1));
}

/** The set as it stands in `fieldsV1`: a member with members below carries `.`. */
export function toFieldsV1(set: FieldSet): JsonObject {
  const fields: Record<string, unknown> = {};
  for (const element of sortedElements(set)) {
    const { member, below } = set.get(element)!;
    fields[element] = below.size === 0 ? {} : { ...(member && { '.': {} }), ...toFieldsV1(below) };
  }
  return fields;
}

export function fromFieldsV1(fields: unknown): FieldSet {
  const set = new Map<string, FieldNode>();
  if (!isObject(fields)) return set;
  for (const [element, inner] of Object.entries(fields)) {
    if (element === '.') continue;
    const below = fromFieldsV1(inner);
    set.set(element, { member: below.size === 0 || (isObject(inner) && '.' in inner), below });
  }
  return set;
}

/** `.spec.ports[port=80,protocol="TCP"].targetPort` */
export function pathText(path: Path): string {
  return path
    .map((element) => {
      const body = element.slice(2);
      if (element.startsWith('f:')) return `.${body}`;
      if (element.startsWith('k:')) {
        const keys = Object.entries(JSON.parse(body) as JsonObject);
        return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
      }
      return element.startsWith('v:') ? `[=${body}]` : `[${body}]`;
    })
    .join('');
}
