/** Defaults that a CustomResourceDefinition's schema says. (staging:apiextensions-apiserver/pkg/apiserver/schema/defaulting/algorithm.go) */
import type { Kind } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';
import { schemaOf, type Schema, type StructSchema } from '#kube/schema.ts';

export function schemaDefaults(kind: Kind, object: KubeObject): KubeObject {
  return withFields(kind.schema, object as unknown as Fields) as unknown as KubeObject;
}

type Fields = Readonly<Record<string, unknown>>;

/** A field that is there, if only as an empty structure, has defaults inside; one that is absent has its own default or none. */
function withFields(schema: StructSchema, value: Fields): Fields {
  let filled: Record<string, unknown> | undefined;
  for (const [name, field] of Object.entries(schema.fields)) {
    if (name === 'metadata') continue;
    const of = schemaOf(field);
    const before = value[name] ?? of.default;
    const after = before === undefined ? undefined : inside(of, before);
    if (after !== value[name]) (filled ??= { ...value })[name] = after;
  }
  return filled ?? value;
}

function inside(schema: Schema, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (schema.type === 'struct') return Array.isArray(value) ? value : withFields(schema, value as Fields);
  if (schema.type === 'list')
    return Array.isArray(value)
      ? sameOr(
          value,
          value.map((item) => inside(schema.items, item)),
        )
      : value;
  if (schema.type !== 'map' || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  const changed = entries.map(([, item]) => inside(schema.values, item));
  return changed.every((item, i) => item === entries[i]![1]) ? value : Object.fromEntries(entries.map(([key], i) => [key, changed[i]]));
}

/** The list itself when none of its items has changed. */
function sameOr(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  return after.every((item, i) => item === before[i]) ? before : after;
}
