/**
 * Custom resources against the OpenAPI schema of their definition: types, bounds, patterns, sets and maps of lists, then the rules.
 * (staging:apiextensions-apiserver/pkg/apiserver/validation, pkg/apiserver/schema/listtype, pkg/apiserver/schema/cel)
 */
import { isEqual } from '#kube/equal.ts';
import type { JsonSchema } from '#kube/kinds/custom-resource.ts';
import type { FieldError } from '#kube/status.ts';
import { duplicate, invalid, invalidUnshown, notSupported, required, tooLong, tooMany } from '../field.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A rule that is no matter of shape. In a definition it is written in CEL; here it is a function. */
export interface Rule {
  readonly message: string;
  /** Whether it holds, or what its evaluation stumbles over. `old`: the value before a change. */
  holds(value: never, old: never | undefined): boolean | string;
}

/** The schema of a definition as far as it is checked here. */
export interface Constraints extends Omit<JsonSchema, 'properties' | 'items' | 'additionalProperties'> {
  readonly properties?: Readonly<Record<string, Constraints>>;
  readonly items?: Constraints;
  readonly additionalProperties?: Constraints | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly nullable?: boolean;
  readonly rules?: readonly Rule[];
}

/** All findings about an object, metadata aside. `old`: on change. */
export function validateStructure(schema: Constraints, object: unknown, old: unknown): FieldError[] {
  const { properties = {}, ...rest } = schema;
  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...own } = properties;
  const root = { ...rest, properties: own };
  const errors = [...shapeErrors(root, object, ''), ...listErrors(root, object, '')];
  if (errors.some(({ type }) => blocking.has(type))) return [...errors, unchecked];
  return [...errors, ...ruleErrors(root, object, old, '')];
}

/** What makes rules pointless: they would stumble. */
const blocking = new Set<FieldError['type']>(['Required value', 'Too long', 'Too many', 'Unsupported value']);
const unchecked = invalid(
  '<nil>',
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
);

function child(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const typeNames: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  array: Array.isArray,
  object: isFields,
};

function jsonTypeOf(value: unknown): string {
  return Object.keys(typeNames).find((name) => typeNames[name]!(value)) ?? 'null';
}

function shapeErrors(schema: Constraints, value: unknown, path: string): FieldError[] {
  if (schema['x-kubernetes-int-or-string'] === true) return [];
  if (value === null && schema.nullable === true) return [];
  const { type } = schema;
  if (type !== undefined && typeNames[type]?.(value) === false) {
    const found = jsonTypeOf(value);
    return [invalid(path, found, `${path} in body must be of type ${type}: ${JSON.stringify(found)}`)];
  }
  if (typeof value === 'string') return stringErrors(schema, value, path);
  if (typeof value === 'number') return numberErrors(schema, value, path);
  if (Array.isArray(value)) return arrayErrors(schema, value, path);
  return isFields(value) ? objectErrors(schema, value, path) : [];
}

function enumErrors({ enum: values }: Constraints, value: unknown, path: string): FieldError[] {
  return values === undefined || values.includes(value) ? [] : [notSupported(path, value, values.map(String))];
}

function stringErrors(schema: Constraints, value: string, path: string): FieldError[] {
  const { minLength = 0, maxLength, pattern } = schema;
  const length = [...value].length;
  return [
    ...(length < minLength ? [invalid(path, value, `${path} in body should be at least ${minLength} chars long`)] : []),
    ...(maxLength !== undefined && length > maxLength ? [tooLong(path, maxLength)] : []),
    ...(pattern !== undefined && !new RegExp(pattern, 'u').test(value)
      ? [invalid(path, value, `${path} in body should match '${pattern}'`)]
      : []),
    ...enumErrors(schema, value, path),
  ];
}

function numberErrors(schema: Constraints, value: number, path: string): FieldError[] {
  const { minimum, maximum } = schema;
  return [
    ...(minimum !== undefined && value < minimum
      ? [invalid(path, value, `${path} in body should be greater than or equal to ${minimum}`)]
      : []),
    ...(maximum !== undefined && value > maximum
      ? [invalid(path, value, `${path} in body should be less than or equal to ${maximum}`)]
      : []),
    ...enumErrors(schema, value, path),
  ];
}

function arrayErrors(schema: Constraints, value: readonly unknown[], path: string): FieldError[] {
  const { minItems = 0, maxItems, items } = schema;
  return [
    ...(value.length < minItems ? [invalid(path, value.length, `${path} in body should have at least ${minItems} items`)] : []),
    ...(maxItems !== undefined && value.length > maxItems ? [tooMany(path, value.length, maxItems)] : []),
    ...(items === undefined ? [] : value.flatMap((item, i) => shapeErrors(items, item, `${path}[${i}]`))),
  ];
}

function objectErrors(schema: Constraints, value: Fields, path: string): FieldError[] {
  const { required: needed = [], properties = {}, additionalProperties } = schema;
  const present = Object.keys(value).filter((name) => value[name] !== undefined);
  return [
    ...needed.filter((name) => !present.includes(name)).map((name) => required(child(path, name))),
    ...present.flatMap((name) => {
      const property = properties[name];
      if (property !== undefined) return shapeErrors(property, value[name], child(path, name));
      return typeof additionalProperties === 'object' ? shapeErrors(additionalProperties, value[name], `${path}.${name}`) : [];
    }),
  ];
}

/** Lists that are sets, or maps by some keys: no two elements are the same. */
function listErrors(schema: Constraints, value: unknown, path: string): FieldError[] {
  if (Array.isArray(value)) {
    const keys = schema['x-kubernetes-list-map-keys'];
    const kind = schema['x-kubernetes-list-type'];
    const identity = (item: unknown) => (kind === 'map' && keys !== undefined ? keysOf(item, keys) : item);
    const errors =
      kind !== 'map' && kind !== 'set'
        ? []
        : value.flatMap((item, i) =>
            value.slice(0, i).some((one) => isEqual(identity(one), identity(item))) ? [duplicate(`${path}[${i}]`, identity(item))] : [],
          );
    const { items } = schema;
    return items === undefined ? errors : [...errors, ...value.flatMap((item, i) => listErrors(items, item, `${path}[${i}]`))];
  }
  if (!isFields(value)) return [];
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    value[name] === undefined ? [] : listErrors(property, value[name], child(path, name)),
  );
}

function keysOf(item: unknown, keys: readonly string[]): unknown {
  return isFields(item) ? Object.fromEntries(keys.filter((key) => item[key] !== undefined).map((key) => [key, item[key]])) : item;
}

/** A value's own rules come before those of what it holds. */
function ruleErrors(schema: Constraints, value: unknown, old: unknown, path: string): FieldError[] {
  const own = (schema.rules ?? []).flatMap(({ message, holds }) => {
    const outcome = holds(value as never, old as never);
    if (outcome === true) return [];
    return outcome === false
      ? [invalidUnshown(path, message)]
      : [invalid(path, jsonTypeOf(value), `${outcome} evaluating rule: ${message}`)];
  });
  const { items } = schema;
  if (Array.isArray(value)) {
    return items === undefined ? own : [...own, ...value.flatMap((item, i) => ruleErrors(items, item, undefined, `${path}[${i}]`))];
  }
  if (!isFields(value)) return own;
  const before = isFields(old) ? old : {};
  return own.concat(
    Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
      value[name] === undefined ? [] : ruleErrors(property, value[name], before[name], child(path, name)),
    ),
  );
}
