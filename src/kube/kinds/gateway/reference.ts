/** References and conditions that the Gateway API's kinds share. (gateway-api apis/v1/shared_types.go) */
import { defaulted, int32, list, required, string, struct, type Infer } from '../../schema.ts';
import { conditions } from '../conditions.ts';

export const ParentReference = struct('ParentReference', 'the Gateway, or other parent, that a route attaches to', {
  group: defaulted(string('group of the parent'), 'gateway.networking.k8s.io'),
  kind: defaulted(string('kind of the parent'), 'Gateway'),
  namespace: string('namespace of the parent; that of the route when absent'),
  name: required(string('name of the parent')),
  sectionName: string('the listener of the Gateway; all when absent'),
  port: int32('the port of the parent; all when absent'),
});
export type ParentReference = Infer<typeof ParentReference>;

export const backendReferenceFields = {
  group: defaulted(string('group of the backend; the core group when absent'), ''),
  kind: defaulted(string('kind of the backend; Service when absent'), 'Service'),
  name: required(string('name of the backend')),
  namespace: string('namespace of the backend; that of the route when absent'),
  port: int32('port of the Service'),
};

export const BackendObjectReference = struct('BackendObjectReference', 'a backend', backendReferenceFields);
export type BackendObjectReference = Infer<typeof BackendObjectReference>;

export const SecretObjectReference = struct('SecretObjectReference', 'a Secret', {
  group: defaulted(string('group of the object'), ''),
  kind: defaulted(string('kind of the object; Secret when absent'), 'Secret'),
  name: required(string('name of the object')),
  namespace: string('namespace of the object'),
});

export const LocalObjectReference = struct('LocalObjectReference', 'an object of the same namespace', {
  group: required(string('group of the object')),
  kind: required(string('kind of the object')),
  name: required(string('name of the object')),
});

export const RouteParentStatus = struct('RouteParentStatus', 'what a parent makes of the route', {
  parentRef: required(ParentReference),
  controllerName: required(string('the controller that says so')),
  conditions,
});
export type RouteParentStatus = Infer<typeof RouteParentStatus>;

/** The status of every sort of route. */
export const routeStatusFields = { parents: required(list(RouteParentStatus, 'what its parents make of the route')) };

/** What every sort of route says beside its rules. */
export const routeFields = {
  parentRefs: list(ParentReference, 'the parents it attaches to'),
  hostnames: list(string(), 'host names of requests; those of the listener when empty'),
};
