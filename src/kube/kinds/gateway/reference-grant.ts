import { customVerbs, defineKind, type ObjectOf } from '../../kind.ts';
import { list, required, string, struct } from '../../schema.ts';

/** Up to Gateway API 1.4 its only version is v1beta1. */
export const ReferenceGrant = defineKind(
  'ReferenceGrant',
  'lets objects of other namespaces refer to objects of this one',
  {
    spec: struct('ReferenceGrantSpec', 'who may refer to what', {
      from: required(
        list(
          struct('ReferenceGrantFrom', 'objects that may refer', {
            group: required(string('their group')),
            kind: required(string('their kind')),
            namespace: required(string('their namespace')),
          }),
          'who may refer',
        ),
      ),
      to: required(
        list(
          struct('ReferenceGrantTo', 'objects that may be referred to', {
            group: required(string('their group')),
            kind: required(string('their kind')),
            name: string('their name; any when absent'),
          }),
          'to what',
        ),
      ),
    }),
  },
  {
    group: 'gateway.networking.k8s.io',
    version: 'v1beta1',
    shortNames: ['refgrant'],
    categories: ['gateway-api'],
    hasGeneration: true,
    verbs: customVerbs,
    custom: true,
  },
);
export type ReferenceGrant = ObjectOf<typeof ReferenceGrant>;
