/** `patch` in its four forms. (staging:apiserver/pkg/endpoints/handlers/patch.go) */
import type { Admission } from '#control/admit/context.ts';
import { valueText } from '#kube/json.ts';
import type { KubeObject } from '#kube/object.ts';
import { badRequest, fail, notFound, ok, type FieldError, type Result, type Status } from '#kube/status.ts';
import { rfc3339 } from '#kube/time.ts';
import { parseYaml } from '#kube/yaml.ts';
import { decodeObject } from '../body.ts';
import { refuse, showObject, type Call } from '../call.ts';
import { encode } from '../encode.ts';
import { applyConfiguration } from '../fields/last-applied.ts';
import { conflictText, type Conflict } from '../fields/managed-fields.ts';
import { goKind, isObject, parseJson, type JsonObject } from '../json.ts';
import { contentTypeOf } from '../media-type.ts';
import { writeOptions, type WriteOptions } from '../options.ts';
import { namedObject } from '../read.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import type { Resource } from '../resources.ts';
import { unknownError, unprocessable, unsupportedMediaType } from '../response.ts';
import { attempt, createObject, defaulted, managerOf, named, replaceObject, resetFieldsOf, storeUpdate } from '../write.ts';
import { applyJsonPatch, type Operation } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { restoreProblem } from './restore.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

const types: ReadonlyMap<string, PatchType> = new Map([
  ['application/json-patch+json', 'json'],
  ['application/merge-patch+json', 'merge'],
  ['application/strategic-merge-patch+json', 'strategic'],
  ['application/apply-patch+yaml', 'apply'],
]);

/** The type of a request's patch. Custom resources have no strategy for merging. */
function patchTypeOf(request: ApiRequest, { kind }: Resource): Result<PatchType, Status> {
  const accepted = [...types].filter(([, type]) => type !== 'strategic' || kind.custom !== true);
  const found = accepted.find(([name]) => name === contentTypeOf(request));
  return found === undefined ? fail(unsupportedMediaType(accepted.map(([name]) => name))) : ok(found[1]);
}

/** Serves a patch of the object itself or of one of its subresources. */
export function patch(call: Call): ApiResponse {
  const { request, resource, route } = call;
  const type = patchTypeOf(request, resource);
  if (!type.ok) return refuse(call, type.error);
  const options = writeOptions('PatchOptions', request, type.value === 'apply');
  if (!options.ok) return refuse(call, options.error);
  const live = namedObject(call);
  if (type.value === 'apply') return serveApply(call, live, options.value);
  if (live === undefined) return refuse(call, notFound(resource.kind, route.name));
  const shown = encode(resource.kind, resource.fromStored(live), call.moment.minorVersion) as JsonObject;
  const patched = patchValue(shown, request.body ?? '', type.value, resource);
  if (!patched.ok) return refuse(call, patched.error);
  const next = decodeObject(patched.value, resource.kind, options.value.fieldValidation);
  if (!next.ok) return refuse(call, next.error);
  const { warnings } = next.value;
  const placed = named(next.value.object, resource, route.namespace, route.name);
  if (!placed.ok) return refuse(call, placed.error, warnings);
  return answer(call, replaceObject(call, live, placed.value, options.value), 200, warnings);
}

function answer(call: Call, result: Admission, code: number, warnings: readonly string[]): ApiResponse {
  return result.ok
    ? showObject(call, result.value.object, code, [...warnings, ...result.value.warnings])
    : refuse(call, result.error, [...warnings, ...result.warnings]);
}

/** A JSON value with a patch of one of the three older types applied. */
export function patchValue(
  value: JsonObject,
  body: string,
  type: Exclude<PatchType, 'apply'>,
  { kind }: Resource,
): Result<unknown, Status> {
  const parsed = parseJson(body);
  const prefix = type === 'strategic' ? '' : 'error decoding patch: ';
  if (!parsed.ok) return fail(badRequest(`${prefix}${parsed.error}`));
  const wrongType = (goType: string) =>
    fail(badRequest(`${prefix}json: cannot unmarshal ${goKind(parsed.value)} into Go value of type ${goType}`));
  if (type === 'json') {
    if (!Array.isArray(parsed.value)) return wrongType('[]handlers.jsonPatchOp');
    const patched = applyJsonPatch(value, parsed.value as readonly Operation[]);
    return patched.ok ? patched : fail(unprocessable);
  }
  if (!isObject(parsed.value)) return wrongType('map[string]interface {}');
  if (type === 'merge') return ok(applyMergePatch(value, parsed.value));
  const patched = applyStrategicMergePatch(value, parsed.value, kind.schema);
  if (!patched.ok) {
    if (patched.error.kind === 'content') return fail(unprocessable);
    return fail(patched.error.kind === 'format' ? badRequest(patched.error.message) : unknownError(patched.error.message));
  }
  const problem = restoreProblem(kind.schema, patched.value);
  return problem === undefined ? patched : fail(unrestorable(parsed.value, problem));
}

/** `patch: Invalid value: "map[spec:map[ports:80]]": cannot restore slice from string`, about nothing that has a name. */
function unrestorable(patch: JsonObject, problem: string): Status {
  const error: FieldError = { type: 'Invalid value', field: 'patch', value: valueText(patch), detail: problem };
  const body = `${error.type}: ${JSON.stringify(error.value)}: ${error.detail}`;
  return {
    code: 422,
    reason: 'Invalid',
    message: ` "" is invalid: patch: ${body}`,
    details: { causes: [{ reason: 'FieldValueInvalid', message: body, field: 'patch' }] },
  };
}

/** Server-side apply: creates what is not there, merges into what is. */
function serveApply(call: Call, live: KubeObject | undefined, options: WriteOptions): ApiResponse {
  const { request, resource, route } = call;
  const { kind } = resource;
  const value = parseYaml(request.body ?? '');
  if (!value.ok) return refuse(call, badRequest(`error decoding YAML: ${value.error}`));
  if (live === undefined && route.subresource !== '') return refuse(call, notFound(kind, route.name));
  const config = decodeConfiguration(value.value, call, options);
  if (!config.ok) return refuse(call, config.error);
  const { object, warnings } = config.value;
  if (object.metadata.managedFields !== undefined) return refuse(call, badRequest('metadata.managedFields must be nil'), warnings);
  const manager = managerOf(call, options, 'Apply');
  const shown = live && resource.fromStored(live);
  const applied = applyConfiguration(shown, object, kind, manager, rfc3339(call.lab.now), options.force, resetFieldsOf(call));
  if (!applied.ok) return refuse(call, applyConflict(applied.conflicts), warnings);
  if (live === undefined)
    return answer(call, createObject(call, applied.value, options, applied.value.metadata.managedFields), 201, warnings);
  if (applied.value === shown) return showObject(call, live, 200, warnings);
  const stored = attempt(call, options.dryRun, ({ objects, now }) =>
    storeUpdate(call, objects, live, defaulted(call, applied.value), now, options),
  );
  return answer(call, stored, 200, warnings);
}

/** A configuration is an object in which nothing is filled in: what it leaves out is not its applier's. */
function decodeConfiguration(
  value: unknown,
  call: Call,
  options: WriteOptions,
): Result<{ readonly object: KubeObject; readonly warnings: readonly string[] }, Status> {
  const { resource, route } = call;
  if (!isObject(value))
    return fail(badRequest(`error decoding YAML: json: cannot unmarshal ${goKind(value)} into Go value of type map[string]interface {}`));
  const decoded = decodeObject(value, resource.kind, options.fieldValidation);
  if (!decoded.ok) return decoded;
  const placed = named(decoded.value.object, resource, route.namespace, route.name);
  if (!placed.ok) return placed;
  const written = pick(placed.value, value) as KubeObject;
  const { name, namespace } = placed.value.metadata;
  const metadata = { ...written.metadata, name, ...(namespace !== undefined && { namespace }) };
  return ok({
    object: { ...written, apiVersion: placed.value.apiVersion, kind: placed.value.kind, metadata },
    warnings: decoded.value.warnings,
  });
}

/** The decoded value reduced to what the text said. */
function pick(decoded: unknown, written: unknown): unknown {
  if (Array.isArray(decoded) && Array.isArray(written)) return decoded.map((item, i) => pick(item, written[i]));
  if (!isObject(decoded) || !isObject(written)) return decoded;
  return Object.fromEntries(
    Object.entries(decoded)
      .filter(([key]) => written[key] !== undefined && written[key] !== null)
      .map(([key, inner]) => [key, pick(inner, written[key])]),
  );
}

function applyConflict(conflicts: readonly Conflict[]): Status {
  const { message, causes } = conflictText(conflicts);
  return { code: 409, reason: 'Conflict', message, details: { causes } };
}
