/** From objects to JSON as Go prints them: what is never left out is there, and what is empty is not. */
import { isEmpty, zeroOf } from './decode.ts';
import type { Kind } from './kind.ts';
import { ObjectMeta, type KubeObject } from './object.ts';
import { schemaOf, type Schema, type StructSchema } from './schema.ts';

export interface EncodeOptions {
  /** Up to 1.33, metadata without a creation time says `creationTimestamp: null`. */
  readonly minorVersion?: number;
}

/** The JSON value of an object. Lists and maps that are always printed are `null` while they are empty, as after storage in etcd. */
export function encode(kind: Kind, object: KubeObject, { minorVersion = 36 }: EncodeOptions = {}): Record<string, unknown> {
  if (kind.custom === true) return object as unknown as Record<string, unknown>;
  return structOf(kind.schema, object as unknown as Record<string, unknown>, minorVersion < 34);
}

function structOf(schema: StructSchema, value: Readonly<Record<string, unknown>>, nullCreation: boolean): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema.fields)) {
    const of = schemaOf(field);
    const item = value[name];
    if (item === undefined || item === null) {
      if ('required' in field) fields[name] = field.pointer === true ? null : absent(of, nullCreation);
      else if (of.type === 'time' && (of.nullable === true || (nullCreation && name === 'creationTimestamp'))) fields[name] = null;
    } else if (!isEmpty(of, item)) fields[name] = valueOf(of, item, nullCreation);
    else if ('required' in field) fields[name] = of.type === 'list' || of.type === 'map' ? null : item;
  }
  if (schema.open === true) for (const name of Object.keys(value)) fields[name] ??= value[name];
  // Only the metadata of templates has no name.
  if (schema.name === ObjectMeta.name && fields['name'] === '') delete fields['name'];
  return fields;
}

function absent(schema: Schema, nullCreation: boolean): unknown {
  return schema.type === 'struct'
    ? structOf(schema, {}, nullCreation)
    : schema.type === 'list' || schema.type === 'map'
      ? null
      : (zeroOf(schema) ?? null);
}

function valueOf(schema: Schema, value: unknown, nullCreation: boolean): unknown {
  switch (schema.type) {
    case 'struct':
      return structOf(schema, value as Record<string, unknown>, nullCreation);
    case 'list':
      return (value as readonly unknown[]).map((item) => valueOf(schema.items, item, nullCreation));
    case 'map':
      return schema.values.type === 'struct' || schema.values.type === 'list'
        ? Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, valueOf(schema.values, item, nullCreation)]))
        : value;
    default:
      return value;
  }
}
