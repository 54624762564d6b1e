import type { KubeObject } from './object.ts';
import { ObjectMeta } from './object.ts';
import { always, string, struct, type FieldTable, type Infer, type StructSchema } from './schema.ts';

/** A resource type of the API: what discovery says of it, and the shape of its objects. */
export interface Kind<T extends KubeObject = KubeObject> {
  /** `""` for the core group. */
  readonly group: string;
  /** The version objects are stored and decoded in. */
  readonly version: string;
  readonly kind: string;
  /** The resource's name in URLs: `services`. */
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly schema: StructSchema;
  /** `metadata.generation` counts changes of everything outside metadata and status. */
  readonly hasGeneration: boolean;
  /** Subresources that discovery lists: `status`, `scale`, … */
  readonly subresources: readonly string[];
  readonly verbs: readonly string[];
  /** Defined by a CustomResourceDefinition: objects are kept as they are written, empty values too. */
  readonly custom?: boolean;
  readonly _?: T;
}

export type ObjectOf<K> = K extends Kind<infer T> ? T : never;

export interface KindOptions {
  readonly group?: string;
  readonly version?: string;
  readonly plural?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly namespaced?: boolean;
  readonly hasGeneration?: boolean;
  readonly subresources?: readonly string[];
  readonly verbs?: readonly string[];
  readonly custom?: boolean;
}

export const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;
/** The same for custom resources, in the order in which their discovery names them. */
export const customVerbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'] as const;

/** Defines a kind; `fields` are those beside apiVersion, kind and metadata. */
export function defineKind<const Fields extends FieldTable>(
  name: string,
  description: string,
  fields: Fields,
  options: KindOptions = {},
): Kind<{ readonly apiVersion: string; readonly kind: string; readonly metadata: Infer<typeof ObjectMeta> } & Infer<StructSchema<Fields>>> {
  const plural = options.plural ?? `${name.toLowerCase()}s`;
  return {
    group: options.group ?? '',
    version: options.version ?? 'v1',
    kind: name,
    plural,
    singular: name.toLowerCase(),
    shortNames: options.shortNames ?? [],
    categories: options.categories ?? [],
    namespaced: options.namespaced ?? true,
    hasGeneration: options.hasGeneration ?? false,
    subresources: options.subresources ?? [],
    verbs: options.verbs ?? allVerbs,
    ...(options.custom === true && { custom: true }),
    schema: struct(name, description, {
      apiVersion: always(string('group and version of the kind')),
      kind: always(string('the kind')),
      metadata: always(ObjectMeta),
      ...fields,
    }),
  };
}

/** `v1`, `apps/v1`. */
export function apiVersionOf(kind: Kind): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}

/** `services`, `ingresses.networking.k8s.io`: how error messages and the store name a resource (schema.GroupResource). */
export function resourceOf(kind: Kind): string {
  let resource = resources.get(kind);
  if (resource === undefined) resources.set(kind, (resource = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`));
  return resource;
}

/** By kind: every look into the store asks for one, and a text that is made anew is hashed anew. */
const resources = new WeakMap<Kind, string>();
