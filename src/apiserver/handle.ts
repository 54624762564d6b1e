import { minorVersionOf } from '#kube/settings.ts';
import { forbiddenBy, authorize } from './authorization/authorize.ts';
import type { Attributes, User } from './authorization/attributes.ts';
import { authenticate } from './authorization/authenticate.ts';
import type { Call } from './call.ts';
import { discover } from './discovery.ts';
import type { Nodes } from './nodes.ts';
import { servePath } from './paths.ts';
import { get, list } from './read.ts';
import type { ApiRequest, ApiResponse } from './request.ts';
import { findResource } from './resources.ts';
import { methodNotAllowed, pathNotFound, refusal } from './response.ts';
import { parseRoute, verbOf, type ResourceRoute } from './route.ts';
import { selectionOf } from './selection.ts';
import type { Lab } from '#lab/lab.ts';

/** Serves one request of Kubernetes' REST interface on a lab, at once and completely. */
export function handle(lab: Lab, request: ApiRequest, nodes?: Nodes): ApiResponse {
  const { cluster } = lab.snapshot;
  const user = authenticate(cluster, request);
  if (!user.ok) return refusal(user.error);
  const route = parseRoute(request.path);
  if (route.kind !== 'resource') {
    const attributes: Attributes = { kind: 'path', user: user.value, verb: request.method.toLowerCase(), path: request.path };
    const { allowed, reason } = authorize(cluster, attributes);
    if (!allowed) return refusal(forbiddenBy(attributes, reason));
    return route.kind === 'discovery' ? discover(cluster, request, route) : servePath(lab, request);
  }
  return serveResource(lab, request, route, user.value, nodes);
}

type Serve = (call: Call) => ApiResponse;

const verbs: Readonly<Record<string, Serve>> = { get, list };

const subresources: Readonly<Record<string, Readonly<Record<string, Serve>>>> = {
  status: { get },
  scale: { get },
};

function serveResource(lab: Lab, request: ApiRequest, route: ResourceRoute, user: User, nodes: Nodes | undefined): ApiResponse {
  const { cluster } = lab.snapshot;
  const verb = verbOf(request.method, route, request.query);
  const resource = findResource(cluster, route.group, route.version, route.resource);
  const selection = resource === undefined ? undefined : selectionOf(resource, request.query);
  const fieldSelector = selection?.ok === true ? selection.value.fields : [];
  const byName = fieldSelector.find(({ field, equal }) => field === 'metadata.name' && equal);
  const attributes: Attributes = {
    kind: 'resource',
    user,
    verb,
    group: route.group,
    resource: route.resource,
    subresource: route.subresource,
    namespace: route.namespace,
    name: route.name !== '' ? route.name : verb === 'list' || verb === 'watch' ? (byName?.value ?? '') : '',
    fieldSelector,
  };
  const { allowed, reason } = authorize(cluster, attributes);
  if (!allowed) return refusal(forbiddenBy(attributes, reason));
  if (resource === undefined) return refusal(pathNotFound);
  const { namespaced } = resource.kind;
  const namesNamespace = route.namespace !== '' && resource.kind.plural !== 'namespaces';
  if (namesNamespace && !namespaced) return refusal(pathNotFound);
  if (namespaced && route.namespace === '' && (route.name !== '' || verb !== 'list'))
    return refusal(route.name === '' ? methodNotAllowed : pathNotFound);
  const call: Call = { lab, request, route, resource, user, nodes, moment: { now: lab.now, minorVersion: minorVersionOf(cluster) } };
  if (route.subresource !== '' && !resource.kind.subresources.includes(route.subresource)) return refusal(pathNotFound);
  const serve = (route.subresource === '' ? verbs : subresources[route.subresource])?.[verb];
  return serve === undefined ? refusal(methodNotAllowed) : serve(call);
}
