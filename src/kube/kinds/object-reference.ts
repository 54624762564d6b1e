import { required, string, struct, type Infer } from '../schema.ts';

/** staging:api/core/v1/types.go */
export const ObjectReference = struct(
  'ObjectReference',
  'names another object',
  {
    kind: string('kind of the object'),
    namespace: string('namespace of the object'),
    name: string('name of the object'),
    uid: string('UID of the object'),
    apiVersion: string('version of the object'),
    resourceVersion: string('the version of its contents that is meant'),
    fieldPath: string('the part of the object that is meant: spec.containers{web}'),
  },
  { atomic: true },
);
export type ObjectReference = Infer<typeof ObjectReference>;

export const LocalObjectReference = struct(
  'LocalObjectReference',
  'names an object of the same namespace',
  { name: string('name of the object') },
  { atomic: true },
);
export type LocalObjectReference = Infer<typeof LocalObjectReference>;

export const TypedLocalObjectReference = struct(
  'TypedLocalObjectReference',
  'names an object of the same namespace, of any kind',
  {
    apiGroup: string('group of the object; the core group when absent'),
    kind: required(string('kind of the object')),
    name: required(string('name of the object')),
  },
  { atomic: true },
);
export type TypedLocalObjectReference = Infer<typeof TypedLocalObjectReference>;

export const TypedObjectReference = struct('TypedObjectReference', 'names an object of any kind and namespace', {
  apiGroup: string('group of the object; the core group when absent'),
  kind: required(string('kind of the object')),
  name: required(string('name of the object')),
  namespace: string('namespace of the object'),
});
export type TypedObjectReference = Infer<typeof TypedObjectReference>;

export const SecretReference = struct(
  'SecretReference',
  'names a Secret of any namespace',
  { name: string('name of the Secret'), namespace: string('namespace of the Secret') },
  { atomic: true },
);
export type SecretReference = Infer<typeof SecretReference>;
