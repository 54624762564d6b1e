import { defineKind, type ObjectOf } from '../kind.ts';
import { required, requiredPointer, string, struct, type Infer } from '../schema.ts';

export const ParentReference = struct('ParentReference', 'the object that uses the address', {
  group: string('group of the object'),
  resource: required(string('resource of the object')),
  namespace: string('namespace of the object'),
  name: required(string('name of the object')),
});
export type ParentReference = Infer<typeof ParentReference>;

export const IPAddress = defineKind(
  'IPAddress',
  'an address in use; its name is the address',
  { spec: required(struct('IPAddressSpec', 'who uses the address', { parentRef: requiredPointer(ParentReference) })) },
  { group: 'networking.k8s.io', plural: 'ipaddresses', shortNames: ['ip'], namespaced: false, hasGeneration: true },
);
export type IPAddress = ObjectOf<typeof IPAddress>;
