import { defineKind, type ObjectOf } from '../kind.ts';
import { boolean, list, pointer } from '../schema.ts';
import { LocalObjectReference, ObjectReference } from './object-reference.ts';

export const ServiceAccount = defineKind(
  'ServiceAccount',
  'who a pod is for the API server',
  {
    secrets: list(ObjectReference, 'Secrets that its pods may use', { mergeKey: 'name', mapKeys: ['name'] }),
    imagePullSecrets: list(LocalObjectReference, 'Secrets for pulling images'),
    automountServiceAccountToken: pointer(boolean('its pods get a token')),
  },
  { shortNames: ['sa'], subresources: ['token'] },
);
export type ServiceAccount = ObjectOf<typeof ServiceAccount>;
