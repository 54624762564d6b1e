/**
 * The language in which a kind's shape is written down once. From it follow the TypeScript type ({@link Infer}), strict decoding
 * (`decode.ts`), `kubectl explain` and OpenAPI (`openapi.ts`), and how patches merge lists.
 *
 *     export const ServicePort = struct('ServicePort', 'one port of a Service', {
 *       name: string('…'), port: required(int32('…')), targetPort: intOrString('…'),
 *     });
 */
export type Schema =
  | Scalar<string, 'string'>
  | Scalar<string, 'time'>
  | Scalar<string, 'bytes'>
  | Scalar<string | number, 'quantity'>
  | Scalar<number, 'int32'>
  | Scalar<number, 'int64'>
  | Scalar<number, 'float64'>
  | Scalar<boolean, 'boolean'>
  | Scalar<number | string, 'intOrString'>
  | Scalar<unknown, 'any'>
  | ListSchema
  | MapSchema
  | StructSchema;

/** What every schema may say. */
interface Annotated {
  /** The default that a custom resource's schema gives an absent value. */
  readonly default?: unknown;
}

export interface Scalar<T, Type extends string> extends Annotated {
  readonly type: Type;
  readonly description?: string;
  /** Allowed values, for documentation and OpenAPI; validation words its own refusals. */
  readonly values?: readonly string[];
  /** A Go pointer: its zero value says something, and is kept where a plain field with `omitempty` would lose it. */
  readonly pointer?: boolean;
  /** A Go time that is no pointer: absent in our values, printed as `null`. */
  readonly nullable?: boolean;
  /** A time with microseconds (`metav1.MicroTime`). */
  readonly micro?: boolean;
  /** The Go type of a scalar that has its own: `Protocol`. */
  readonly goType?: string;
  readonly _?: T;
}

/** How lists merge. `mergeKey`: strategic merge patch; `mapKeys`: server-side apply's `x-kubernetes-list-map-keys`. */
export interface ListOptions {
  readonly mergeKey?: string;
  readonly mapKeys?: readonly string[];
  /** A list of scalars treated as a set by server-side apply, and merged by strategic merge patches. */
  readonly set?: boolean;
  /** A strategic merge patch of an element says, by `$retainKeys`, which of its other fields go. */
  readonly retainKeys?: boolean;
}

export interface ListSchema<Item extends Schema = Schema> extends ListOptions, Annotated {
  readonly type: 'list';
  readonly items: Item;
  readonly description?: string;
}

export interface MapSchema<Value extends Schema = Schema> extends Annotated {
  readonly type: 'map';
  readonly values: Value;
  readonly description?: string;
  /** Server-side apply takes the whole map as one. */
  readonly atomic?: boolean;
}

export interface StructSchema<Fields extends FieldTable = FieldTable> extends Annotated {
  readonly type: 'struct';
  /** The Go type's name, as it stands in decoding errors: `ServicePort`. */
  readonly name: string;
  readonly fields: Fields;
  readonly description?: string;
  /** Server-side apply takes the whole value as one. */
  readonly atomic?: boolean;
  /** As for lists. */
  readonly retainKeys?: boolean;
  /** Fields that it does not name are kept as they are. */
  readonly open?: boolean;
  /** The fields that Go has in embedded structs, by the names of these; decoding errors show them. */
  readonly embedded?: Readonly<Record<string, readonly string[]>>;
}

export type StructOptions = Pick<StructSchema, 'atomic' | 'retainKeys' | 'open' | 'embedded'>;

export interface Required<Of extends Schema = Schema> {
  readonly required: true;
  readonly schema: Of;
  /** A client may leave it out: the decoded zero value stands for it. */
  readonly omissible?: boolean;
  /** A Go pointer: what is absent stays so, for validation to refuse; whatever is stored has it. */
  readonly pointer?: boolean;
}

export type FieldTable = { readonly [name: string]: Schema | Required };

/** The TypeScript type of decoded values. */
export type Infer<S> =
  S extends Required<infer Of>
    ? Infer<Of>
    : S extends StructSchema<infer Fields>
      ? InferFields<Fields>
      : S extends ListSchema<infer Item>
        ? readonly Infer<Item>[]
        : S extends MapSchema<infer Value>
          ? { readonly [key: string]: Infer<Value> }
          : S extends Scalar<infer T, string>
            ? T
            : never;

type Simplify<T> = { readonly [K in keyof T]: T[K] };
type InferFields<Fields extends FieldTable> = Simplify<
  { -readonly [K in keyof Fields as Fields[K] extends Required ? K : never]: Infer<Fields[K]> } & {
    -readonly [K in keyof Fields as Fields[K] extends Required ? never : K]?: Infer<Fields[K]>;
  }
>;

function scalar<T, Type extends string>(type: Type) {
  return (description?: string, values?: readonly string[]): Scalar<T, Type> => ({
    type,
    ...(description !== undefined && { description }),
    ...(values !== undefined && { values }),
  });
}

export const string = scalar<string, 'string'>('string');
/** RFC 3339, to the second (`metav1.Time`). */
export const time = scalar<string, 'time'>('time');
/** RFC 3339 with microseconds (`metav1.MicroTime`). */
export function microTime(description?: string): Scalar<string, 'time'> {
  return { ...time(description), micro: true };
}
/** Base64 text in JSON. */
export const bytes = scalar<string, 'bytes'>('bytes');
/** `100m`, `2Gi`; a number is accepted too. */
export const quantity = scalar<string | number, 'quantity'>('quantity');
export const int32 = scalar<number, 'int32'>('int32');
export const int64 = scalar<number, 'int64'>('int64');
export const float64 = scalar<number, 'float64'>('float64');
export const boolean = scalar<boolean, 'boolean'>('boolean');
export const intOrString = scalar<number | string, 'intOrString'>('intOrString');
/** Anything, kept as it is: unstructured parts of CRDs, raw extensions. */
export const any = scalar<unknown, 'any'>('any');

export function list<Item extends Schema>(items: Item, description?: string, options: ListOptions = {}): ListSchema<Item> {
  return { type: 'list', items, ...options, ...(description !== undefined && { description }) };
}

export function map<Value extends Schema>(
  values: Value,
  description?: string,
  options: { readonly atomic?: boolean } = {},
): MapSchema<Value> {
  return { type: 'map', values, ...options, ...(description !== undefined && { description }) };
}

export function struct<const Fields extends FieldTable>(
  name: string,
  description: string,
  fields: Fields,
  options: StructOptions = {},
): StructSchema<Fields> {
  return { type: 'struct', name, description, fields, ...options };
}

/** A schema with a default for absent values. */
export function defaulted<Of extends Schema>(schema: Of, value: unknown): Of {
  return { ...schema, default: value };
}

/** A scalar of a Go type of its own. */
export function typed<Of extends Scalar<unknown, string>>(goType: string, schema: Of): Of {
  return { ...schema, goType };
}

/** A field that clients must send, and that decoding promises to be there. */
export function required<Of extends Schema>(schema: Of): Required<Of> {
  return { required: true, schema };
}

/** A field that clients must send, and whose absence validation tells from an empty value. */
export function requiredPointer<Of extends Schema>(schema: Of): Required<Of> {
  return { required: true, schema, pointer: true };
}

/** A field that clients may leave out, and that decoding still promises: in Go a value that is printed even when it is empty. */
export function always<Of extends Schema>(schema: Of): Required<Of> {
  return { required: true, schema, omissible: true };
}

/** A time that is printed as `null` while it is not set. */
export function nullable(schema: Scalar<string, 'time'>): Scalar<string, 'time'> {
  return { ...schema, nullable: true };
}

/** An optional scalar whose zero value is kept: `replicas: 0`. */
export function pointer<Of extends Scalar<unknown, string>>(schema: Of): Of {
  return { ...schema, pointer: true };
}

/** The schema behind a field, whether it is required or not. */
export function schemaOf(field: Schema | Required): Schema {
  return 'required' in field ? field.schema : field;
}
