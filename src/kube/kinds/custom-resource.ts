/** The kinds that CustomResourceDefinitions add. (staging:apiextensions-apiserver/pkg/apiserver/customresource_handler.go) */
import { customVerbs, type Kind } from '../kind.ts';
import { ObjectMeta } from '../object.ts';
import {
  always,
  any,
  boolean,
  defaulted,
  float64,
  int32,
  int64,
  intOrString,
  list,
  map,
  required,
  string,
  struct,
  time,
  type Required,
  type Schema,
  type StructSchema,
} from '../schema.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from './custom-resource-definition.ts';

/** A kind of one served version, and what its definition says beside. */
export interface CustomKind {
  readonly kind: Kind;
  readonly version: CustomResourceDefinitionVersion;
}

const known = new WeakMap<CustomResourceDefinition, readonly CustomKind[]>();

/**
 * The kinds of a definition's served versions, the preferred one first. All of them share one store; objects are converted by changing
 * their apiVersion alone (conversion strategy None).
 */
export function customKindsOf(definition: CustomResourceDefinition): readonly CustomKind[] {
  let kinds = known.get(definition);
  if (kinds === undefined) {
    const served = definition.spec.versions.filter((version) => version.served);
    kinds = [...served]
      .sort((a, b) => compareVersions(a.name, b.name))
      .map((version) => ({ kind: customKind(definition, version), version }));
    known.set(definition, kinds);
  }
  return kinds;
}

function customKind({ spec }: CustomResourceDefinition, version: CustomResourceDefinitionVersion): Kind {
  const { status, scale } = version.subresources ?? {};
  return {
    group: spec.group,
    version: version.name,
    kind: spec.names.kind,
    plural: spec.names.plural,
    singular: spec.names.singular ?? spec.names.kind.toLowerCase(),
    shortNames: spec.names.shortNames ?? [],
    categories: spec.names.categories ?? [],
    namespaced: spec.scope === 'Namespaced',
    hasGeneration: true,
    subresources: [...(scale === undefined ? [] : ['scale']), ...(status === undefined ? [] : ['status'])],
    verbs: customVerbs,
    custom: true,
    schema: objectSchema(spec.names.kind, version.schema?.openAPIV3Schema),
  };
}

/**
 * Orders versions as discovery does: v2 before v1, those before v1beta2, v1beta1, v1alpha1, and anything else last, by name.
 * (staging:apimachinery/pkg/version/helpers.go, CompareKubeAwareVersionStrings)
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  if (left === undefined || right === undefined) {
    if (left !== undefined) return -1;
    return right !== undefined ? 1 : a < b ? -1 : a > b ? 1 : 0;
  }
  const difference = right.findIndex((part, index) => part !== left[index]);
  return difference < 0 ? 0 : right[difference]! - left[difference]!;
}

/** Stability (3 stable, 2 beta, 1 alpha), major version, minor version. */
function parseVersion(version: string): readonly number[] | undefined {
  const found = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version);
  if (found === null) return undefined;
  const stability = found[2] === undefined ? 3 : found[2] === 'beta' ? 2 : 1;
  return [stability, Number(found[1]), Number(found[3] ?? 0)];
}

/** The part of JSON Schema that structural schemas are written in. */
export interface JsonSchema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
}

/** The shape of whole objects: apiVersion, kind and metadata are known whatever the definition says of them. */
function objectSchema(kind: string, written: unknown): StructSchema {
  const root = (written ?? openObject) as JsonSchema;
  return struct(
    kind,
    root.description ?? '',
    {
      apiVersion: always(string('group and version of the kind')),
      kind: always(string('the kind')),
      metadata: always(ObjectMeta),
      ...fieldsOf(root, ['apiVersion', 'kind', 'metadata']),
    },
    { open: isOpen(root) },
  );
}

const openObject: JsonSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

function isOpen(schema: JsonSchema): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] === true;
}

function fieldsOf(schema: JsonSchema, without: readonly string[] = []): Record<string, Schema | Required> {
  const fields: Record<string, Schema | Required> = {};
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (without.includes(name)) continue;
    const plain = schemaOfJson(property, name);
    const field = property.default === undefined ? plain : defaulted(plain, property.default);
    fields[name] = schema.required?.includes(name) === true ? required(field) : field;
  }
  return fields;
}

const strings: Readonly<Record<string, typeof string | typeof time>> = { 'date-time': time };
const numbers = { int32, int64 } as const;

function schemaOfJson(schema: JsonSchema, name: string): Schema {
  const { description } = schema;
  if (schema['x-kubernetes-int-or-string'] === true) return intOrString(description);
  if (isOpen(schema) && schema.properties === undefined) return any(description);
  switch (schema.type) {
    case 'string': {
      const values = schema.enum?.map(String);
      return (strings[schema.format ?? ''] ?? string)(description, values);
    }
    case 'integer':
      return numbers[schema.format === 'int32' ? 'int32' : 'int64'](description);
    case 'number':
      return float64(description);
    case 'boolean':
      return boolean(description);
    case 'array':
      return list(schemaOfJson(schema.items ?? {}, name), description, listOptions(schema));
    case 'object':
      return objectOrMap(schema, name);
    default:
      return any(description);
  }
}

function objectOrMap(schema: JsonSchema, name: string): Schema {
  const { additionalProperties, description } = schema;
  const atomic = schema['x-kubernetes-map-type'] === 'atomic';
  if (additionalProperties === true) return map(any(), description, { atomic });
  if (typeof additionalProperties === 'object') return map(schemaOfJson(additionalProperties, name), description, { atomic });
  const fields = schema['x-kubernetes-embedded-resource'] === true ? { ...embedded, ...fieldsOf(schema) } : fieldsOf(schema);
  return struct('Object', description ?? '', fields, { atomic, open: isOpen(schema) });
}

/** What an object inside an object has without its schema saying so. */
const embedded = { apiVersion: required(string()), kind: required(string()), metadata: ObjectMeta };

function listOptions(schema: JsonSchema) {
  const type = schema['x-kubernetes-list-type'];
  const mapKeys = schema['x-kubernetes-list-map-keys'];
  return { ...(type === 'set' && { set: true }), ...(type === 'map' && mapKeys !== undefined && { mapKeys }) };
}
