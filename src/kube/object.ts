/** What every object has: its kind, its metadata, and for lists a `ListMeta`. (staging:apimachinery/pkg/apis/meta/v1/types.go) */
import { always, any, boolean, int64, list, map, pointer, required, string, struct, time, typed, type Infer } from './schema.ts';

export const OwnerReference = struct('OwnerReference', 'the object that owns this one', {
  apiVersion: required(string('version of the owner')),
  kind: required(string('kind of the owner')),
  name: required(string('name of the owner')),
  uid: required(string('UID of the owner')),
  controller: boolean('the owner is the controller that manages this object'),
  blockOwnerDeletion: boolean('the owner waits for this object when it is deleted in the foreground'),
});
export type OwnerReference = Infer<typeof OwnerReference>;

export const ManagedFieldsEntry = struct('ManagedFieldsEntry', 'which fields one manager has set', {
  manager: string('name of the manager'),
  operation: string('Apply or Update'),
  apiVersion: string('version the fields are written in'),
  time: time('when it last changed a field'),
  fieldsType: string('always FieldsV1'),
  fieldsV1: typed('FieldsV1', any('the set of fields')),
  subresource: string('the subresource it was done through'),
});
export type ManagedFieldsEntry = Infer<typeof ManagedFieldsEntry>;

export const ObjectMeta = struct('ObjectMeta', 'name, labels and bookkeeping of an object', {
  name: always(string('unique among its kind in its namespace')),
  generateName: string('prefix of a name that the server completes'),
  namespace: string('the namespace it lives in'),
  selfLink: string('obsolete'),
  uid: string('unique over time'),
  resourceVersion: string('changes with every write'),
  generation: int64('counts the changes of the desired state'),
  creationTimestamp: time('when it was created'),
  deletionTimestamp: time('when it is to be gone'),
  deletionGracePeriodSeconds: pointer(int64('seconds it has to end by itself')),
  labels: map(string(), 'what selectors look at'),
  annotations: map(string(), 'what tools note down'),
  ownerReferences: list(OwnerReference, 'who owns it', { mergeKey: 'uid', mapKeys: ['uid'] }),
  finalizers: list(string(), 'who must agree before it goes', { set: true }),
  managedFields: list(ManagedFieldsEntry, 'who has set which fields'),
});
export type ObjectMeta = Infer<typeof ObjectMeta>;

/** Any object of the API, in its JSON form. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** The controller among the owners, as `metav1.GetControllerOf` finds it. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}
