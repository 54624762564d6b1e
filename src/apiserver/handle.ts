/** Kubernetes' REST interface on a lab: one function for requests that are answered, one for watches, one for connections to containers. */
import { fail, ok, type Result } from '#kube/status.ts';
import type { LogPlace } from '#lab/container-log.ts';
import type { Lab } from '#lab/lab.ts';
import { accept } from './accept.ts';
import { bind } from './binding.ts';
import { refuse, type Call } from './call.ts';
import { followLog, log, placeOf } from './connect.ts';
import { remove, removeCollection } from './delete.ts';
import { discover } from './discovery.ts';
import { evict } from './eviction.ts';
import { patch } from './patch/patch.ts';
import { servePath } from './paths.ts';
import { get, list } from './read.ts';
import type { ApiRequest, ApiResponse } from './request.ts';
import { methodNotAllowed, pathNotFound, refusal, unavailable } from './response.ts';
import { getScale, writeScale } from './scaling.ts';
import { createToken } from './token.ts';
import { startWatch, watchSoFar, type Watch, type WatchEvent } from './watch.ts';
import { create, update } from './write.ts';

type Serve = (call: Call) => ApiResponse;
type Verbs = Readonly<Record<string, Serve>>;

const verbs: Verbs = { get, list, watch: watchSoFar, create, update, patch, delete: remove, deletecollection: removeCollection };
const changing: Verbs = { get, update, patch };
const connecting: Verbs = { get: upgradeRequired, create: upgradeRequired };
const proxying: Verbs = { get: proxy, create: proxy, update: proxy, patch: proxy, delete: proxy };

const subresources: Readonly<Record<string, Verbs>> = {
  approval: changing,
  attach: connecting,
  binding: { create: bind },
  ephemeralcontainers: changing,
  eviction: { create: evict },
  exec: connecting,
  finalize: { update },
  log: { get: log },
  portforward: connecting,
  proxy: proxying,
  resize: changing,
  scale: { get: getScale, update: writeScale, patch: writeScale },
  status: changing,
  token: { create: createToken },
};

/**
 * Serves one request, at once and completely. Whether anybody serves at all is for the caller to ask
 * first ({@link isServing}): where nobody does, the connection is refused.
 */
export function handle(lab: Lab, request: ApiRequest): ApiResponse {
  const accepted = accept(lab, request);
  if (!accepted.ok) return accepted.error;
  if (accepted.value.kind === 'path') {
    const { route } = accepted.value;
    return route.kind === 'discovery' ? discover(lab.snapshot.cluster, request, route) : servePath(lab, request);
  }
  const { call, verb } = accepted.value;
  const { subresource, resource } = call.route;
  const serve = resource === 'bindings' ? bind : (subresource === '' ? verbs : subresources[subresource])?.[verb];
  return serve === undefined ? refusal(methodNotAllowed) : serve(call);
}

/**
 * Hands `send` the changes that a request with `watch=true` asks for: those since its resourceVersion before this returns, later ones as
 * they happen, until the watch is stopped.
 */
export function watch(lab: Lab, request: ApiRequest, send: (event: WatchEvent) => void): Result<Watch, ApiResponse> {
  const accepted = accept(lab, request);
  if (!accepted.ok) return accepted;
  return accepted.value.kind === 'call' && accepted.value.verb === 'watch'
    ? startWatch(accepted.value.call, send)
    : fail(refusal(pathNotFound));
}

/** Hands `send` a container's log, what was kept and what follows, and tells `end` when no more comes; the result stops it earlier. */
export function follow(lab: Lab, request: ApiRequest, send: (text: string) => void, end: () => void): Result<() => void, ApiResponse> {
  const accepted = accept(lab, request);
  if (!accepted.ok) return accepted;
  const isLog = accepted.value.kind === 'call' && accepted.value.verb === 'get' && accepted.value.call.route.subresource === 'log';
  return isLog ? followLog(accepted.value.call, send, end) : fail(refusal(pathNotFound));
}

/** The container that an exec, attach or port-forward leads to, once everything has been checked that the API server checks. */
export function connect(lab: Lab, request: ApiRequest): Result<LogPlace, ApiResponse> {
  const accepted = accept(lab, request);
  if (!accepted.ok) return accepted;
  if (accepted.value.kind !== 'call' || subresources[accepted.value.call.route.subresource] !== connecting)
    return fail(refusal(pathNotFound));
  const place = placeOf(accepted.value.call);
  return place.ok ? ok(place.value) : fail(refusal(place.error));
}

/** A plain request cannot carry what these exchange. */
function upgradeRequired(call: Call): ApiResponse {
  const place = placeOf(call);
  return place.ok ? refuse(call, { code: 400, reason: 'BadRequest', message: 'Upgrade request required' }) : refuse(call, place.error);
}

/** The API server of the simulation carries no traffic of others. */
function proxy(call: Call): ApiResponse {
  return refuse(call, unavailable);
}

/**
 * Reports whether an API server answers in this snapshot: its container runs and listens on a node of the control plane, or no such node
 * is ours to look at, as in the dump of a managed cluster.
 */
export function isServing({ hosts }: Lab['snapshot']): boolean {
  const controlPlane = [...hosts.values()].filter((host) => host.controlPlane);
  if (controlPlane.length === 0) return true;
  const containers = controlPlane.flatMap(({ sandboxes }) => [...sandboxes.values()].flatMap((sandbox) => sandbox.containers));
  return containers.some(
    ({ name, run, listeners }) => name === 'kube-apiserver' && run !== undefined && run.finishedAt === undefined && listeners.length > 0,
  );
}

export { discoveryFollows } from './discovery.ts';
export type { ApiRequest, ApiResponse } from './request.ts';
export type { Watch, WatchEvent } from './watch.ts';
