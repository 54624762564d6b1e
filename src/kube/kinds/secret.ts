import { defineKind, type ObjectOf } from '../kind.ts';
import { boolean, bytes, map, pointer, string, typed } from '../schema.ts';

export const Secret = defineKind('Secret', 'secrets that pods read', {
  data: map(bytes(), 'secrets by key, in base64'),
  stringData: map(string(), 'secrets by key as plain text; only written, becomes part of data'),
  type: typed('SecretType', string('what the secret is for: Opaque, kubernetes.io/tls, …')),
  immutable: pointer(boolean('the contents cannot change any more')),
});
export type Secret = ObjectOf<typeof Secret>;
