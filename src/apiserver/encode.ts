/** Objects as the server writes them: fields in the order of their Go types, and `null` where Go has no way to leave something out. */
import type { Kind } from '#kube/kind.ts';
import { schemaOf, type Schema } from '#kube/schema.ts';
import { isObject } from './json.ts';

const encoded = new WeakMap<object, unknown>();

/** The object as JSON, with its kind and apiVersion first. Custom resources are written as they are. */
export function encode(kind: Kind, object: object): unknown {
  if (kind.custom === true) return object;
  let value = encoded.get(object);
  if (value === undefined) encoded.set(object, (value = encodeObject(kind, object)));
  return value;
}

function encodeObject(kind: Kind, object: object): unknown {
  const { kind: name, apiVersion, ...rest } = encodeValue(kind.schema, object) as Record<string, unknown>;
  return { kind: name, apiVersion, ...rest };
}

/** The same without kind and apiVersion: an item of a list. */
export function encodeItem(kind: Kind, object: object): unknown {
  if (kind.custom === true) return object;
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = encode(kind, object) as Record<string, unknown>;
  return rest;
}

function encodeValue(schema: Schema, value: unknown): unknown {
  if (schema.type === 'list' && Array.isArray(value)) return value.map((item: unknown) => encodeValue(schema.items, item));
  if (!isObject(value)) return value;
  if (schema.type === 'map')
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, encodeValue(schema.values, inner)]));
  if (schema.type !== 'struct') return value;
  const fields: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema.fields)) {
    const inner = schemaOf(field);
    const given = value[name];
    if (given !== undefined && given !== null) fields[name] = encodeValue(inner, given);
    else if (isNeverLeftOut(field, inner)) fields[name] = null;
  }
  for (const [name, inner] of Object.entries(value)) if (!(name in schema.fields)) fields[name] = inner;
  return fields;
}

/** Reports whether Go prints the field as `null` when it is not set: times that are no pointers, lists and maps without `omitempty`. */
function isNeverLeftOut(field: object, schema: Schema): boolean {
  if (schema.type === 'time') return schema.nullable === true;
  return 'required' in field && (schema.type === 'list' || schema.type === 'map');
}
