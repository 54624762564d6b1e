/**
 * From JSON to objects as Go's structs hold them, with Go's refusals. (sigs.k8s.io/json, and the API server's strict decoder in
 * staging:apimachinery/pkg/runtime/serializer/json/json.go)
 */
import { parseRfc3339 } from './go-time.ts';
import { goTypeOf } from './go-type.ts';
import type { Kind } from './kind.ts';
import { ObjectMeta, type KubeObject } from './object.ts';
import { quantityText, readQuantity } from './quantity.ts';
import { schemaOf, struct, type ListSchema, type MapSchema, type Schema, type StructSchema } from './schema.ts';
import { badRequest, fail, ok, type Result, type Status } from './status.ts';
import { rfc3339 } from './time.ts';

/** What to do about fields that the kind has not got, and about fields that stand twice. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

export interface DecodeOptions {
  /** `Strict` when absent, as kubectl asks for it. */
  readonly fieldValidation?: FieldValidation;
  /** Paths of fields that stood twice in the JSON text, as its reader found them. */
  readonly duplicates?: readonly string[];
}

export interface Decoded<T> {
  readonly object: T;
  /** Texts of warnings: with `Warn`, what `Strict` would refuse. */
  readonly warnings: readonly string[];
}

/** The object of a request's body, or the API server's BadRequest. */
export function decode<T extends KubeObject>(kind: Kind<T>, value: unknown, options: DecodeOptions = {}): Result<Decoded<T>, Status> {
  const { fieldValidation = 'Strict', duplicates = [] } = options;
  const refuse = (why: string) => fail(badRequest(`${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${why}`));
  const read = decodeStruct(kind.schema, value, kind);
  if (!read.ok) return refuse(read.error);
  const problems = [
    ...duplicates.map((path) => `duplicate field "${path}"`),
    ...read.value.unknown.map((path) => `unknown field "${path}"`),
  ];
  if (fieldValidation === 'Strict' && problems.length > 0) return refuse(`strict decoding error: ${problems.join(', ')}`);
  return ok({ object: read.value.value as T, warnings: fieldValidation === 'Warn' ? problems : [] });
}

/** An object that is known to fit its kind, as dumps are: unknown fields are dropped. Throws when it does not fit. */
export function decodeTrusted<T extends KubeObject>(kind: Kind<T>, value: unknown): T {
  const decoded = decode(kind, value, { fieldValidation: 'Ignore' });
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value.object;
}

const metadataOnlyObject = struct('metadataOnlyObject', 'what clients read of an object before they know its kind', {
  metadata: ObjectMeta,
});

/** The error of a client that reads only an object's metadata; undefined when it can. (client-side `unable to decode "STDIN": …`) */
export function metadataProblem(value: unknown): string | undefined {
  const read = decodeStruct(metadataOnlyObject, value, { version: 'v1' });
  return read.ok ? undefined : read.error;
}

interface StructValue {
  readonly value: unknown;
  /** Paths of fields that the struct has not got: `spec.ports[0].targetport`. */
  readonly unknown: readonly string[];
}

/** Decodes any struct; the error is that of the first value of a wrong type. */
export function decodeStruct(
  schema: StructSchema,
  value: unknown,
  { version, custom }: Pick<Kind, 'version' | 'custom'>,
): Result<StructValue, string> {
  const unknown: string[] = [];
  try {
    const decoder = new Decoder(version, custom === true, unknown);
    return ok({ value: decoder.read(schema, value, { struct: '', go: [], path: '' }), unknown });
  } catch (error) {
    if (error instanceof DecodeError) return fail(error.message);
    throw error;
  }
}

class DecodeError extends Error {}

/** Where a value stands: the Go struct that has the field, the fields that lead there, and the path with indices. */
interface Place {
  readonly struct: string;
  readonly go: readonly string[];
  readonly path: string;
}

class Decoder {
  readonly #version: string;
  /** Values of custom resources have any shape; their schema is looked at after decoding. Their metadata is Go's. */
  readonly #custom: boolean;
  readonly #unknown: string[];

  constructor(version: string, custom: boolean, unknown: string[]) {
    this.#version = version;
    this.#custom = custom;
    this.#unknown = unknown;
  }

  /** The value; undefined for one that Go would not print. */
  read(schema: Schema, value: unknown, place: Place): unknown {
    switch (schema.type) {
      case 'struct':
        return this.#struct(schema, value, place);
      case 'list':
        return this.#list(schema, value, place);
      case 'map':
        return this.#map(schema, value, place);
      case 'any':
        return value;
      default:
        return this.#scalar(schema, value, place);
    }
  }

  #refuse(schema: Schema, value: unknown, place: Place): never {
    const type = goTypeOf(schema, this.#version);
    const into = place.struct === '' ? `Go value of type ${type}` : `Go struct field ${place.struct}.${place.go.join('.')} of type ${type}`;
    throw new DecodeError(`json: cannot unmarshal ${jsonType(value, schema)} into ${into}`);
  }

  #struct(schema: StructSchema, value: unknown, place: Place): unknown {
    if (!isObject(value)) return this.#isLoose(place) ? value : this.#refuse(schema, value, place);
    const fields: Record<string, unknown> = {};
    for (const [name, item] of Object.entries(value)) {
      const path = place.path === '' ? name : `${place.path}.${name}`;
      const field = Object.hasOwn(schema.fields, name) ? schema.fields[name] : undefined;
      if (field === undefined) {
        if (schema.open === true) fields[name] = item;
        else this.#unknown.push(path);
        continue;
      }
      if (item === null || item === undefined) continue;
      const read = this.read(schemaOf(field), item, { struct: schema.name, go: [...place.go, ...goSteps(schema, name)], path });
      if (read !== undefined && (this.#isLoose({ ...place, path }) || 'required' in field || !isEmpty(schemaOf(field), read)))
        fields[name] = read;
    }
    return this.#isLoose(place) ? fields : filled(schema, fields);
  }

  /** Outside of metadata, custom resources are kept as they are written. */
  #isLoose({ path }: Place): boolean {
    return this.#custom && path !== 'metadata' && !path.startsWith('metadata.');
  }

  #list(schema: ListSchema, value: unknown, place: Place): unknown {
    if (!Array.isArray(value)) return this.#isLoose(place) ? value : this.#refuse(schema, value, place);
    return value.map((item, index) => this.#item(schema.items, item, { ...place, path: `${place.path}[${index}]` }));
  }

  #map(schema: MapSchema, value: unknown, place: Place): unknown {
    if (!isObject(value)) return this.#isLoose(place) ? value : this.#refuse(schema, value, place);
    const entries = Object.entries(value).map(([key, item]) => [
      key,
      this.#item(schema.values, item, { ...place, path: `${place.path}.${key}` }),
    ]);
    return Object.fromEntries(entries) as unknown;
  }

  /** A member of a list or map: null stands for the zero value. */
  #item(schema: Schema, value: unknown, place: Place): unknown {
    return value === null && !this.#isLoose(place) ? zeroOf(schema) : this.read(schema, value, place);
  }

  #scalar(schema: Schema, value: unknown, place: Place): unknown {
    if (this.#isLoose(place)) return value;
    switch (schema.type) {
      case 'boolean':
        return typeof value === 'boolean' ? value : this.#refuse(schema, value, place);
      case 'int32':
      case 'int64':
        return fits(value, schema.type) ? value : this.#refuse(schema, value, place);
      case 'float64':
        return typeof value === 'number' ? value : this.#refuse(schema, value, place);
      case 'bytes':
        return typeof value === 'string' ? base64(value) : this.#refuse(schema, value, place);
      case 'quantity':
        return quantity(value);
      case 'intOrString':
        return intOrString(value);
      case 'time':
        return time(value, schema.micro === true);
      default:
        return typeof value === 'string' ? value : this.#refuse(schema, value, place);
    }
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field's name, after the names of the embedded structs that have it. */
function goSteps({ embedded }: StructSchema, name: string): readonly string[] {
  const holder = Object.keys(embedded ?? {}).find((key) => embedded![key]!.includes(name));
  return holder === undefined ? [name] : [holder, name];
}

/** How Go names the type of a JSON value: numbers are shown where a number was wanted. */
function jsonType(value: unknown, wanted: Schema): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value !== 'number') return typeof value;
  return ['int32', 'int64', 'float64'].includes(wanted.type) ? `number ${value}` : 'number';
}

const largest = { int32: 2 ** 31, int64: 2 ** 63 };

function fits(value: unknown, type: 'int32' | 'int64'): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value < largest[type] && value >= -largest[type];
}

/** Base64 in its one form; line breaks in it are ignored (encoding/base64, StdEncoding). */
function base64(text: string): string {
  const plain = text.replace(/[\r\n]/g, '');
  const wrong = /[^A-Za-z0-9+/]/.exec(plain.replace(/={1,2}$/, ''));
  if (wrong !== null) throw new DecodeError(`illegal base64 data at input byte ${offsetOf(text, wrong.index)}`);
  if (plain.length % 4 !== 0)
    throw new DecodeError(`illegal base64 data at input byte ${offsetOf(text, plain.length - (plain.length % 4))}`);
  return plain;
}

/** The place in a text of its n-th character that is no line break. */
function offsetOf(text: string, n: number): number {
  let at = 0;
  for (let seen = 0; at < text.length && (seen < n || /[\r\n]/.test(text[at]!)); at++) if (!/[\r\n]/.test(text[at]!)) seen++;
  return at;
}

function quantity(value: unknown): string {
  const read = readQuantity(typeof value === 'string' ? value.trim() : isObject(value) || Array.isArray(value) ? '{}' : String(value));
  if (!read.ok) throw new DecodeError(read.error);
  return quantityText(read.value);
}

function intOrString(value: unknown): unknown {
  if (typeof value === 'string' || fits(value, 'int32')) return value;
  throw new DecodeError(`json: cannot unmarshal ${jsonType(value, { type: 'int32' })} into Go value of type int32`);
}

/** Times of the API count seconds, in UTC; those of leases and events count microseconds. */
function time(value: unknown, micro: boolean): string {
  if (typeof value !== 'string')
    throw new DecodeError(`json: cannot unmarshal ${jsonType(value, { type: 'string' })} into Go value of type string`);
  const read = parseRfc3339(value);
  if (!read.ok) throw new DecodeError(read.error);
  const seconds = rfc3339(read.value.milliseconds);
  return micro ? seconds.replace('Z', `.${String(read.value.micros).padStart(6, '0')}Z`) : seconds;
}

/** Reports whether Go's `omitempty` leaves the value out. */
export function isEmpty(schema: Schema, value: unknown): boolean {
  if (schema.type === 'list') return (value as readonly unknown[]).length === 0;
  if (schema.type === 'map') return Object.keys(value as object).length === 0;
  if (schema.type === 'struct' || schema.type === 'any' || schema.pointer === true) return false;
  if (schema.type === 'intOrString' || schema.type === 'quantity') return false;
  return value === '' || value === 0 || value === false;
}

/** The fields in their order, with the zero values of those that are promised. */
function filled(schema: StructSchema, fields: Record<string, unknown>): Readonly<Record<string, unknown>> {
  for (const [name, field] of Object.entries(schema.fields)) {
    if (!('required' in field) || field.pointer === true || fields[name] !== undefined) continue;
    const zero = zeroOf(field.schema);
    if (zero !== undefined) fields[name] = zero;
  }
  return fields;
}

const zeros: Readonly<Record<string, unknown>> = {
  string: '',
  int32: 0,
  int64: 0,
  float64: 0,
  boolean: false,
  quantity: '0',
  intOrString: 0,
  bytes: '',
};

/** What an absent value of the type is; undefined for pointers, times and unstructured values. */
export function zeroOf(schema: Schema): unknown {
  if (schema.type === 'struct') return filled(schema, {});
  if (schema.type === 'list') return [];
  if (schema.type === 'map') return {};
  return schema.type !== 'any' && schema.pointer === true ? undefined : zeros[schema.type];
}

/** The object with everything that Go structs always have, and without nulls: for objects that did not come through decoding. */
export function completed<T extends KubeObject>(kind: Kind<T>, object: T): T {
  return completedStruct(kind.schema, object as unknown as Fields) as unknown as T;
}

type Fields = Readonly<Record<string, unknown>>;

function completedStruct(schema: StructSchema, value: Fields): Fields {
  let changed: Record<string, unknown> | undefined;
  for (const [name, field] of Object.entries(schema.fields)) {
    const of = schemaOf(field);
    const before = value[name];
    const after =
      before === undefined || before === null
        ? 'required' in field && field.pointer !== true
          ? zeroOf(of)
          : undefined
        : completedValue(of, before);
    if (after !== before) (changed ??= { ...value })[name] = after;
  }
  return changed === undefined ? value : Object.fromEntries(Object.entries(changed).filter(([, item]) => item !== undefined));
}

function completedValue(schema: Schema, value: unknown): unknown {
  if (schema.type === 'struct') return completedStruct(schema, value as Fields);
  if (schema.type !== 'list' || schema.items.type !== 'struct') return value;
  const items = value as readonly unknown[];
  const changed = items.map((item) => completedValue(schema.items, item));
  return changed.every((item, i) => item === items[i]) ? items : changed;
}
