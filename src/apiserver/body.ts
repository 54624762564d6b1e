/** What a request brings along. */
import { decode, type Decoded, type FieldValidation } from '#kube/decode.ts';
import type { Kind } from '#kube/kind.ts';
import { apiVersionOf } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';
import { badRequest, fail, ok, type Result, type Status } from '#kube/status.ts';
import { parseYaml } from '#kube/yaml.ts';
import { isObject, parseJson } from './json.ts';
import { contentTypeOf } from './media-type.ts';
import { decodeProtobuf, protobufType } from './protobuf/decode.ts';
import type { ApiRequest } from './request.ts';
import { unsupportedMediaType } from './response.ts';

const objectTypes = ['application/json', 'application/yaml', protobufType];

/** The value of a body in JSON, YAML or protobuf. */
export function readBody(request: ApiRequest): Result<unknown, Status> {
  const type = contentTypeOf(request);
  const text = request.body ?? '';
  if (type === 'application/yaml') {
    const value = parseYaml(text);
    return value.ok ? value : fail(badRequest(`error converting YAML to JSON: ${value.error}`));
  }
  if (type === protobufType) {
    const value = decodeProtobuf(text);
    return value.ok ? value : fail(badRequest(value.error));
  }
  if (type !== '' && type !== 'application/json') return fail(unsupportedMediaType(objectTypes));
  const value = parseJson(text);
  return value.ok ? value : fail(badRequest(`couldn't get version/kind; json parse error: ${value.error}`));
}

/** The object of this kind that a body holds. Its kind and apiVersion may be left out. */
export function readObject(request: ApiRequest, kind: Kind, fieldValidation: FieldValidation): Result<Decoded<KubeObject>, Status> {
  const value = readBody(request);
  return value.ok ? decodeObject(value.value, kind, fieldValidation) : value;
}

/** The object of this kind in a JSON value (handlers: create.go, update.go, patch.go). */
export function decodeObject(value: unknown, kind: Kind, fieldValidation: FieldValidation): Result<Decoded<KubeObject>, Status> {
  if (!isObject(value)) {
    const what = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
    return fail(
      badRequest(
        `couldn't get version/kind; json parse error: json: cannot unmarshal ${what} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
      ),
    );
  }
  const expected = apiVersionOf(kind);
  const named = { ...value, apiVersion: value['apiVersion'] ?? expected, kind: value['kind'] ?? kind.kind };
  if (named.apiVersion !== expected) {
    return fail(
      badRequest(`the API version in the data (${String(named.apiVersion)}) does not match the expected API version (${expected})`),
    );
  }
  if (named.kind !== kind.kind) {
    return fail(
      badRequest(`${String(named.kind)} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: the kinds differ`),
    );
  }
  return decode(kind, named, { fieldValidation });
}

/** The object with the namespace of its URL; one that says another is refused (rest.EnsureObjectNamespaceMatchesRequestNamespace). */
export function inNamespace(object: KubeObject, kind: Kind, namespace: string): Result<KubeObject, Status> {
  const given = object.metadata.namespace ?? '';
  if (!kind.namespaced) {
    const { namespace: _none, ...metadata } = object.metadata;
    return ok({ ...object, metadata });
  }
  if (given === '') return ok({ ...object, metadata: { ...object.metadata, namespace } });
  if (given === namespace) return ok(object);
  return fail(badRequest('the namespace of the provided object does not match the namespace sent on the request'));
}
