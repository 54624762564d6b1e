/** Objects as the server writes them. */
import { encode as encodeObject } from '#kube/encode.ts';
import type { Kind } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';

const encoded = new WeakMap<object, { readonly minorVersion: number; readonly value: unknown }>();

/** The object as JSON, its kind before its apiVersion as Go's TypeMeta has them. */
export function encode(kind: Kind, object: KubeObject, minorVersion: number): unknown {
  const known = encoded.get(object);
  if (known?.minorVersion === minorVersion) return known.value;
  const { kind: name, apiVersion, ...rest } = encodeObject(kind, object, { minorVersion });
  const value = { kind: name, apiVersion, ...rest };
  encoded.set(object, { minorVersion, value });
  return value;
}

/** The same as an item of a list, which says its kind only if it is a custom resource. */
export function encodeItem(kind: Kind, object: KubeObject, minorVersion: number): unknown {
  if (kind.custom === true) return object;
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = encode(kind, object, minorVersion) as Record<string, unknown>;
  return rest;
}
