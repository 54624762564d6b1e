import { defineKind, type ObjectOf } from '../kind.ts';
import { boolean, bytes, map, pointer, string } from '../schema.ts';

export const ConfigMap = defineKind(
  'ConfigMap',
  'settings that pods read',
  {
    data: map(string(), 'texts by key'),
    binaryData: map(bytes(), 'bytes by key'),
    immutable: pointer(boolean('the contents cannot change any more')),
  },
  { shortNames: ['cm'] },
);
export type ConfigMap = ObjectOf<typeof ConfigMap>;
