/** `delete` and `deletecollection`. (staging:apiserver/pkg/endpoints/handlers/delete.go) */
import { remove as admitRemoval } from '#control/admit.ts';
import type { RemoveContext } from '#control/admit/context.ts';
import { resourceOf } from '#kube/kind.ts';
import { badRequest, fail, notFound, ok, type FieldError, type Result, type Status } from '#kube/status.ts';
import { objectsOf, refuse, showList, showObject, type Call } from './call.ts';
import { readBody } from './body.ts';
import { isObject } from './json.ts';
import { listObjects } from './list.ts';
import { dryRunProblems, invalidOptions, unsupported } from './options.ts';
import { namedObject } from './read.ts';
import type { ApiRequest, ApiResponse } from './request.ts';
import { deleted } from './response.ts';
import { selectionOf } from './selection.ts';
import { attempt, contextOf } from './write.ts';

type Options = Pick<RemoveContext, 'gracePeriodSeconds' | 'propagationPolicy' | 'preconditions'> & { readonly dryRun: boolean };

const policies = ['Foreground', 'Background', 'Orphan'] as const;

/** Resources whose deletion is answered with the object itself (their storage's ReturnDeletedObject). */
const returnsObject: ReadonlySet<string> = new Set([
  'namespaces',
  'persistentvolumeclaims',
  'persistentvolumes',
  'pods',
  'podtemplates',
  'resourcequotas',
  'serviceaccounts',
  'services',
]);

/** The DeleteOptions of a request: its body, or the parameters of its URL. */
function deleteOptions(request: ApiRequest): Result<Options, Status> {
  const body = (request.body ?? '') === '' ? ok({}) : readBody(request);
  if (!body.ok) return body;
  return readDeleteOptions(body.value, request.query);
}

/** The same from the value of a body; `query` holds the parameters of the URL. */
export function readDeleteOptions(value: unknown, query: URLSearchParams): Result<Options, Status> {
  if (!isObject(value)) return fail(badRequest('no DeleteOptions in the body'));
  const grace = value['gracePeriodSeconds'] ?? query.get('gracePeriodSeconds') ?? undefined;
  const policy = value['propagationPolicy'] ?? query.get('propagationPolicy') ?? undefined;
  const dryRun = Array.isArray(value['dryRun']) ? value['dryRun'].map(String) : query.getAll('dryRun').filter((one) => one !== '');
  const errors: FieldError[] = [];
  const known = policies.find((one) => one === policy);
  if (policy !== undefined && known === undefined) errors.push(unsupported('propagationPolicy', String(policy), [...policies, 'nil']));
  errors.push(...dryRunProblems(dryRun));
  if (errors.length > 0) return fail(invalidOptions('DeleteOptions', errors));
  const preconditions = isObject(value['preconditions']) ? value['preconditions'] : {};
  const { uid, resourceVersion } = preconditions;
  return ok({
    dryRun: dryRun.length > 0,
    ...(grace !== undefined && { gracePeriodSeconds: Number(grace) }),
    ...(known !== undefined && { propagationPolicy: known }),
    preconditions: {
      ...(typeof uid === 'string' && { uid }),
      ...(typeof resourceVersion === 'string' && { resourceVersion }),
    },
  });
}

/** Deletes the object that the route names, or marks it. */
export function remove(call: Call): ApiResponse {
  const { request, resource, route } = call;
  const options = deleteOptions(request);
  if (!options.ok) return refuse(call, options.error);
  const object = namedObject(call);
  if (object === undefined) return refuse(call, notFound(resource.kind, route.name));
  const removed = removeObject(call, route.namespace, route.name, options.value);
  if (!removed.ok) return refuse(call, removed.error, removed.warnings);
  const { warnings } = removed.value;
  if (!removed.value.deleted || returnsObject.has(resourceOf(resource.stored)))
    return showObject(call, removed.value.object, 200, warnings);
  return deleted(resource.kind, route.name, removed.value.object.metadata.uid, warnings);
}

/** Deletes one object through admission. */
function removeObject(call: Call, namespace: string, name: string, options: Options) {
  const { dryRun, ...context } = options;
  return attempt(call, dryRun, ({ objects, now }) =>
    admitRemoval(objects, call.resource.stored, namespace, name, { ...contextOf(call, now, { dryRun }), ...context }),
  );
}

/** Deletes every object that the selectors choose, and shows them. */
export function removeCollection(call: Call): ApiResponse {
  const { request, resource, route } = call;
  const options = deleteOptions(request);
  if (!options.ok) return refuse(call, options.error);
  const selection = selectionOf(resource, request.query);
  if (!selection.ok) return refuse(call, selection.error);
  const chosen = listObjects(objectsOf(call), resource, route.namespace, selection.value);
  for (const { metadata } of chosen) {
    const removed = removeObject(call, metadata.namespace ?? '', metadata.name, options.value);
    if (!removed.ok && removed.error.reason !== 'NotFound') return refuse(call, removed.error, removed.warnings);
  }
  return showList(call, chosen, { resourceVersion: String(call.lab.snapshot.cluster.counter) });
}
