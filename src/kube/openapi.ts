/**
 * OpenAPI v3 documents, one a group and version, as `/openapi/v3` serves them: what the real `kubectl explain` and the
 * `fieldValidation` check of clients read. (staging:kube-openapi)
 */
import { apiVersionOf, type Kind } from './kind.ts';
import { schemaOf, type ListSchema, type Schema, type StructSchema } from './schema.ts';

type Json = Readonly<Record<string, unknown>>;

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** The structures that live outside of their kind's own package. */
const metaStructs = new Set([
  'Condition',
  'LabelSelector',
  'LabelSelectorRequirement',
  'ListMeta',
  'ManagedFieldsEntry',
  'ObjectMeta',
  'OwnerReference',
]);

const named = {
  intOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  time: `${meta}.Time`,
  microTime: `${meta}.MicroTime`,
  any: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
  fieldsV1: `${meta}.FieldsV1`,
} as const;

const namedSchemas: Readonly<Record<string, Json>> = {
  [named.intOrString]: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  [named.quantity]: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  [named.time]: { type: 'string', format: 'date-time' },
  [named.microTime]: { type: 'string', format: 'date-time' },
  [named.any]: { type: 'object' },
  [named.fieldsV1]: { type: 'object' },
};

/** The paths that documents are found under: `api/v1`, `apis/apps/v1`. */
export function openApiIndex(kinds: readonly Kind[]): Json {
  const paths = new Set(kinds.map(documentPath));
  return { paths: Object.fromEntries([...paths].sort().map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}` }])) };
}

/** `api/v1`, `apis/apps/v1` */
export function documentPath(kind: Kind): string {
  return kind.group === '' ? `api/${kind.version}` : `apis/${apiVersionOf(kind)}`;
}

/** The document of the kinds of one group and version; `core` are the kinds of `v1`, whose structures have their names everywhere. */
export function openApiDocument(kinds: readonly Kind[], core: readonly Kind[], version: string): Json {
  const document = new Document(core);
  const paths = Object.assign({}, ...kinds.map((kind) => pathsOf(kind, document.addKind(kind)))) as Json;
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version }, paths, components: { schemas: document.schemas } };
}

class Document {
  readonly schemas: Record<string, Json> = {};
  readonly #coreStructs: ReadonlySet<StructSchema>;

  constructor(core: readonly Kind[]) {
    this.#coreStructs = new Set(core.flatMap((kind) => structsOf(kind.schema)));
  }

  /** Adds a kind, and answers the name of its component. */
  addKind(kind: Kind): string {
    const name = `${packageOf(kind)}.${kind.kind}`;
    if (this.schemas[name] !== undefined) return name;
    this.schemas[name] = {};
    this.schemas[name] = {
      ...described(kind.schema),
      ...this.#object(kind.schema, kind),
      'x-kubernetes-group-version-kind': [{ group: kind.group, kind: kind.kind, version: kind.version }],
    };
    return name;
  }

  #object(schema: StructSchema, kind: Kind): Json {
    const fields = Object.entries(schema.fields);
    const required = fields.filter(([, field]) => 'required' in field && field.omissible !== true).map(([name]) => name);
    return {
      type: 'object',
      ...(fields.length > 0 && {
        properties: Object.fromEntries(fields.map(([name, field]) => [name, this.#property(schemaOf(field), kind)])),
      }),
      ...(required.length > 0 && { required: required.sort() }),
      ...(schema.atomic === true && { 'x-kubernetes-map-type': 'atomic' }),
      ...(schema.open === true && { 'x-kubernetes-preserve-unknown-fields': true }),
    };
  }

  #property(schema: Schema, kind: Kind): Json {
    switch (schema.type) {
      case 'list':
        return { ...described(schema), type: 'array', items: this.#property(schema.items, kind), ...listExtensions(schema) };
      case 'map':
        return {
          ...described(schema),
          type: 'object',
          additionalProperties: this.#property(schema.values, kind),
          ...(schema.atomic === true && { 'x-kubernetes-map-type': 'atomic' }),
        };
      case 'struct':
        return kind.custom === true && schema.name !== 'ObjectMeta'
          ? { ...described(schema), ...this.#object(schema, kind) }
          : this.#reference(schema, kind);
      default:
        return this.#scalar(schema, kind.custom === true);
    }
  }

  /**
   * A description beside a `$ref` would be ignored, so the reference stands in an `allOf`. What a structure is, is said where it is used:
   * our fields have no other description, and `kubectl explain` shows lists of fields with their own descriptions only.
   */
  #reference(schema: StructSchema, kind: Kind): Json {
    const owner = metaStructs.has(schema.name) ? meta : this.#coreStructs.has(schema) ? 'io.k8s.api.core.v1' : packageOf(kind);
    const name = `${owner}.${schema.name}`;
    if (this.schemas[name] === undefined) {
      this.schemas[name] = {};
      this.schemas[name] = this.#object(schema, kind);
    }
    return referenceTo(name, {
      ...described(schema),
      default: {},
      ...(schema.retainKeys === true && { 'x-kubernetes-patch-strategy': 'retainKeys' }),
    });
  }

  #scalar(schema: Exclude<Schema, StructSchema | ListSchema | { readonly type: 'map' }>, inline: boolean): Json {
    const values = schema.type === 'string' && schema.values !== undefined ? { enum: schema.values } : {};
    const common = { ...described(schema), ...(schema.default !== undefined && { default: schema.default }) };
    switch (schema.type) {
      case 'int32':
      case 'int64':
        return { ...common, type: 'integer', format: schema.type };
      case 'float64':
        return { ...common, type: 'number', format: 'double' };
      case 'boolean':
      case 'string':
        return { ...common, type: schema.type, ...values };
      case 'bytes':
        return { ...common, type: 'string', format: 'byte' };
      case 'time':
        return inline
          ? { ...common, type: 'string', format: 'date-time' }
          : this.#named(schema.micro === true ? 'microTime' : 'time', common);
      case 'intOrString':
        return inline ? { ...common, 'x-kubernetes-int-or-string': true } : this.#named('intOrString', common);
      case 'quantity':
        return this.#named('quantity', common);
      case 'any':
        return inline ? { ...common, type: 'object', 'x-kubernetes-preserve-unknown-fields': true } : this.#named('any', common);
    }
  }

  #named(type: keyof typeof named, common: Json): Json {
    const name = named[type];
    this.schemas[name] = namedSchemas[name]!;
    return referenceTo(name, common);
  }
}

function referenceTo(name: string, beside: Json): Json {
  return { ...beside, allOf: [{ $ref: `#/components/schemas/${name}` }] };
}

function described({ description }: { readonly description?: string }): Json {
  return description === undefined || description === '' ? {} : { description };
}

/** How lists merge: in strategic merge patches, and in server-side apply. */
function listExtensions({ mergeKey, mapKeys, set, retainKeys }: ListSchema): Json {
  const strategy = mergeKey === undefined && set !== true ? undefined : retainKeys === true ? 'merge,retainKeys' : 'merge';
  return {
    ...(mapKeys !== undefined && { 'x-kubernetes-list-map-keys': mapKeys }),
    'x-kubernetes-list-type': mapKeys !== undefined ? 'map' : set === true ? 'set' : 'atomic',
    ...(mergeKey !== undefined && { 'x-kubernetes-patch-merge-key': mergeKey }),
    ...(strategy !== undefined && { 'x-kubernetes-patch-strategy': strategy }),
  };
}

const packages: Readonly<Record<string, string>> = {
  'admissionregistration.k8s.io': 'io.k8s.api.admissionregistration',
  'apiextensions.k8s.io': 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions',
  'apiregistration.k8s.io': 'io.k8s.kube-aggregator.pkg.apis.apiregistration',
  'flowcontrol.apiserver.k8s.io': 'io.k8s.api.flowcontrol',
  'rbac.authorization.k8s.io': 'io.k8s.api.rbac',
};

/** `io.k8s.api.apps.v1`; of custom resources the group backwards: `io.k8s.networking.gateway.v1`. */
function packageOf(kind: Kind): string {
  const backwards = kind.group.split('.').reverse().join('.');
  const first = kind.group.split('.')[0]!;
  const path = kind.custom === true ? backwards : (packages[kind.group] ?? `io.k8s.api.${first === '' ? 'core' : first}`);
  return `${path}.${kind.version}`;
}

function structsOf(schema: Schema, found = new Set<StructSchema>()): StructSchema[] {
  if (schema.type === 'list') structsOf(schema.items, found);
  else if (schema.type === 'map') structsOf(schema.values, found);
  else if (schema.type === 'struct' && !found.has(schema)) {
    found.add(schema);
    for (const field of Object.values(schema.fields)) structsOf(schemaOf(field), found);
  }
  return [...found];
}

const methods: Readonly<Record<string, string>> = { get: 'get', create: 'post', update: 'put', patch: 'patch', delete: 'delete' };

/** The paths of a resource, as far as clients look at them: which kind each operation is about, and that writes validate fields. */
function pathsOf(kind: Kind, component: string): Json {
  const root = `/${documentPath(kind)}/${kind.namespaced ? 'namespaces/{namespace}/' : ''}${kind.plural}`;
  const operation = (method: string) => ({
    'x-kubernetes-group-version-kind': { group: kind.group, kind: kind.kind, version: kind.version },
    parameters: ['get', 'delete'].includes(method)
      ? []
      : ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } })),
    responses: { 200: { description: 'OK', content: { 'application/json': { schema: { $ref: `#/components/schemas/${component}` } } } } },
  });
  const operations = Object.entries(methods).filter(([verb]) => kind.verbs.includes(verb));
  const ofList = operations.filter(([verb]) => verb === 'get' || verb === 'create');
  const ofObject = operations.filter(([verb]) => verb !== 'create');
  const item = (all: typeof operations) => Object.fromEntries(all.map(([, method]) => [method, operation(method)]));
  return { [root]: item(ofList), ...(ofObject.length > 0 && { [`${root}/{name}`]: item(ofObject) }) };
}
