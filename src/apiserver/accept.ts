/** A request on its way to be served: who it is from, whether that may be done, and to what. */
import { minorVersionOf } from '#kube/settings.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import type { Lab } from '#lab/lab.ts';
import type { Attributes, User } from './authorization/attributes.ts';
import { authenticate } from './authorization/authenticate.ts';
import { authorize, forbiddenBy } from './authorization/authorize.ts';
import type { Call } from './call.ts';
import type { ApiRequest, ApiResponse } from './request.ts';
import { findResource } from './resources.ts';
import { methodNotAllowed, pathNotFound, refusal } from './response.ts';
import { parseRoute, verbOf, type ResourceRoute, type Route } from './route.ts';
import { selectionOf } from './selection.ts';

/** What an accepted request is: a call of a resource, or a path that is none. */
export type Accepted =
  | { readonly kind: 'call'; readonly call: Call; readonly verb: string }
  | { readonly kind: 'path'; readonly route: Exclude<Route, ResourceRoute> };

/** Authenticates, authorizes and routes a request; or the refusal. */
export function accept(lab: Lab, request: ApiRequest): Result<Accepted, ApiResponse> {
  const { cluster } = lab.snapshot;
  const user = authenticate(lab, request);
  if (!user.ok) return fail(refusal(user.error));
  const route = parseRoute(request.path);
  if (route.kind === 'resource') return acceptCall(lab, request, route, user.value);
  const attributes: Attributes = { kind: 'path', user: user.value, verb: request.method.toLowerCase(), path: request.path };
  const { allowed, reason } = authorize(cluster, attributes);
  return allowed ? ok({ kind: 'path', route }) : fail(refusal(forbiddenBy(attributes, reason)));
}

function acceptCall(lab: Lab, request: ApiRequest, route: ResourceRoute, user: User): Result<Accepted, ApiResponse> {
  const { cluster } = lab.snapshot;
  const verb = verbOf(request.method, route, request.query);
  const resource = findResource(cluster, route.group, route.version, route.resource);
  const selection = resource === undefined ? undefined : selectionOf(resource, request.query);
  const fieldSelector = selection?.ok === true ? selection.value.fields : [];
  const named = ['list', 'watch'].includes(verb) ? fieldSelector.find(({ field, equal }) => field === 'metadata.name' && equal) : undefined;
  const attributes: Attributes = {
    kind: 'resource',
    user,
    verb,
    group: route.group,
    resource: route.resource,
    subresource: route.subresource,
    namespace: route.namespace,
    name: route.name !== '' ? route.name : (named?.value ?? ''),
    fieldSelector,
  };
  const { allowed, reason } = authorize(cluster, attributes);
  if (!allowed) return fail(refusal(forbiddenBy(attributes, reason)));
  if (resource === undefined) return fail(refusal(pathNotFound));
  const { namespaced, plural, subresources, verbs } = resource.kind;
  if (namespaced ? route.namespace === '' && route.name !== '' : route.namespace !== '' && plural !== 'namespaces')
    return fail(refusal(pathNotFound));
  if (namespaced && route.namespace === '' && !['list', 'watch'].includes(verb)) return fail(refusal(methodNotAllowed));
  if (route.subresource !== '' && !subresources.includes(route.subresource)) return fail(refusal(pathNotFound));
  if (route.subresource === '' && !verbs.includes(verb)) return fail(refusal(methodNotAllowed));
  const moment = { now: lab.now, minorVersion: minorVersionOf(cluster) };
  return ok({ kind: 'call', verb, call: { lab, request, route, resource, user, moment } });
}
