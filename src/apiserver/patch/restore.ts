/**
 * Why a patched value does not fit its Go type: a strategic merge patch is turned into the object by runtime.DefaultUnstructuredConverter,
 * whose complaints differ from those of JSON decoding. (staging:apimachinery/pkg/runtime/converter.go)
 */
import { readQuantity } from '#kube/quantity.ts';
import { schemaOf, type Schema } from '#kube/schema.ts';
import { isObject } from '../json.ts';

/** Go's name of the kind of a decoded value. */
function reflectKind(value: unknown): string {
  if (Array.isArray(value)) return 'slice';
  if (isObject(value)) return 'map';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : 'string';
}

const scalars: Readonly<Record<string, string>> = { string: 'string', int32: 'int32', int64: 'int64', float64: 'float64', boolean: 'bool' };

/** The first complaint about a value, fields in the order of the struct; undefined when it fits. */
export function restoreProblem(schema: Schema, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  switch (schema.type) {
    case 'struct': {
      if (!isObject(value)) return `cannot restore struct from: ${reflectKind(value)}`;
      return first(Object.entries(schema.fields), ([name, field]) => restoreProblem(schemaOf(field), value[name]));
    }
    case 'list':
      if (!Array.isArray(value)) return `cannot restore slice from ${reflectKind(value)}`;
      return first(value as readonly unknown[], (item) => restoreProblem(schema.items, item));
    case 'map':
      if (!isObject(value)) return `cannot restore map from ${reflectKind(value)}`;
      return first(Object.values(value), (item) => restoreProblem(schema.values, item));
    case 'quantity': {
      if (typeof value !== 'string' && typeof value !== 'number') return `cannot restore struct from: ${reflectKind(value)}`;
      const quantity = readQuantity(String(value));
      return quantity.ok ? undefined : quantity.error;
    }
    case 'time':
      if (typeof value !== 'string') return `cannot restore struct from: ${reflectKind(value)}`;
      return Number.isNaN(Date.parse(value))
        ? `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(value)} as "2006"`
        : undefined;
    case 'bytes':
      return typeof value === 'string' ? undefined : `cannot restore slice from ${reflectKind(value)}`;
    case 'intOrString':
      return typeof value === 'string' || typeof value === 'number'
        ? undefined
        : `json: cannot unmarshal ${reflectKind(value)} into Go value of type int32`;
    case 'any':
      return undefined;
    default: {
      const wanted = scalars[schema.type]!;
      const given = reflectKind(value);
      const fits = given === wanted || (given === 'int64' && wanted !== 'string' && wanted !== 'bool');
      return fits ? undefined : `cannot convert ${given} to ${wanted}`;
    }
  }
}

function first<T>(items: readonly T[], problemOf: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const problem = problemOf(item);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
