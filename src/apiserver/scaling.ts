/** Reading and writing the `scale` of an object. (pkg/registry/apps/deployment/storage/storage.go: ScaleREST) */
import { badRequest, fail, invalid, notFound, ok, type FieldError, type Result, type Status } from '#kube/status.ts';
import type { Kind } from '#kube/kind.ts';
import { readBody } from './body.ts';
import { refuse, showIn, type Call } from './call.ts';
import { isObject, type JsonObject } from './json.ts';
import { contentTypeOf } from './media-type.ts';
import { writeOptions } from './options.ts';
import { patchValue } from './patch/patch.ts';
import { namedObject } from './read.ts';
import type { ApiResponse } from './request.ts';
import { unsupportedMediaType } from './response.ts';
import { scaleOf, withReplicas, type Scale } from './scale.ts';
import { scalePrinter } from './tables/default.ts';
import { replaceObject } from './write.ts';

/** The kind of scales, as far as refusals name it. */
const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale', plural: 'scales', schema: { type: 'any' } } as unknown as Kind;

function show(call: Call, scale: Scale, warnings: readonly string[] = []): ApiResponse {
  return showIn(call, scale, { printer: scalePrinter, show: () => scale, warnings });
}

export function getScale(call: Call): ApiResponse {
  const object = namedObject(call);
  return object === undefined ? refuse(call, notFound(call.resource.kind, call.route.name)) : show(call, scaleOf(call.resource, object));
}

/** Replaces or patches a scale: only the wanted number of pods counts. */
export function writeScale(call: Call): ApiResponse {
  const { request, resource, route } = call;
  const isPatch = request.method === 'PATCH';
  const options = writeOptions(isPatch ? 'PatchOptions' : 'UpdateOptions', request);
  if (!options.ok) return refuse(call, options.error);
  const live = namedObject(call);
  if (live === undefined) return refuse(call, notFound(resource.kind, route.name));
  const wanted = isPatch ? patchedScale(call, scaleOf(resource, live)) : readBody(request);
  if (!wanted.ok) return refuse(call, wanted.error);
  const read = readScale(wanted.value, route.name);
  if (!read.ok) return refuse(call, read.error);
  const { replicas, resourceVersion } = read.value;
  const scaled = withReplicas(resource, resource.fromStored(live), replicas);
  const next = resourceVersion === '' ? scaled : { ...scaled, metadata: { ...scaled.metadata, resourceVersion } };
  const written = replaceObject(call, live, next, options.value);
  return written.ok
    ? show(call, scaleOf(resource, written.value.object), written.value.warnings)
    : refuse(call, written.error, written.warnings);
}

function patchedScale({ request, resource }: Call, scale: Scale): Result<unknown, Status> {
  const type = contentTypeOf(request);
  const asAny: Call['resource'] = { ...resource, kind: scaleKind };
  if (type === 'application/json-patch+json') return patchValue(scale as unknown as JsonObject, request.body ?? '', 'json', asAny);
  if (type === 'application/merge-patch+json' || type === 'application/strategic-merge-patch+json')
    return patchValue(scale as unknown as JsonObject, request.body ?? '', 'merge', asAny);
  return fail(
    unsupportedMediaType(['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json']),
  );
}

function readScale(value: unknown, name: string): Result<{ readonly replicas: number; readonly resourceVersion: string }, Status> {
  if (!isObject(value)) return fail(badRequest('no scale in the body'));
  const spec = isObject(value['spec']) ? value['spec'] : {};
  const metadata = isObject(value['metadata']) ? value['metadata'] : {};
  const given = metadata['name'] ?? '';
  if (given !== '' && given !== name)
    return fail(badRequest(`the name of the object (${String(given)}) does not match the name on the URL (${name})`));
  const replicas = spec['replicas'] ?? 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) {
    const shown = typeof replicas === 'number' ? `number ${replicas}` : typeof replicas;
    return fail(
      badRequest(
        `Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal ${shown} into Go struct field ScaleSpec.spec.replicas of type int32`,
      ),
    );
  }
  if (replicas < 0) {
    const error: FieldError = {
      type: 'Invalid value',
      field: 'spec.replicas',
      value: replicas,
      detail: 'must be greater than or equal to 0',
    };
    return fail(invalid(scaleKind, name, [error]));
  }
  return ok({ replicas, resourceVersion: typeof metadata['resourceVersion'] === 'string' ? metadata['resourceVersion'] : '' });
}
