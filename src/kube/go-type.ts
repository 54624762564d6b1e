/** The Go types of schemas, as decoding errors name them. */
import { ObjectMeta } from './object.ts';
import { LabelSelector } from './kinds/label-selector.ts';
import type { Schema } from './schema.ts';

const scalars: Readonly<Record<string, string>> = {
  string: 'string',
  int32: 'int32',
  int64: 'int64',
  float64: 'float64',
  boolean: 'bool',
  bytes: '[]uint8',
  time: 'v1.Time',
  quantity: 'resource.Quantity',
  intOrString: 'intstr.IntOrString',
  any: 'runtime.RawExtension',
};

/** Structs of the meta package have its version, whatever that of the kind. */
const ofMeta = new Set([ObjectMeta.name, LabelSelector.name, 'LabelSelectorRequirement', 'OwnerReference', 'ManagedFieldsEntry']);

/** `[]v1.ServicePort`, `map[string]string`, `v1.Protocol`: as seen by a package of this version. */
export function goTypeOf(schema: Schema, version: string): string {
  switch (schema.type) {
    case 'list':
      return `[]${goTypeOf(schema.items, version)}`;
    case 'map':
      return schema.values.type === 'quantity' ? `${version}.ResourceList` : `map[string]${goTypeOf(schema.values, version)}`;
    case 'struct':
      return ofMeta.has(schema.name) ? `v1.${schema.name}` : `${version}.${schema.name}`;
    default:
      return schema.type === 'string' && schema.goType !== undefined ? `${version}.${schema.goType}` : scalars[schema.type]!;
  }
}
