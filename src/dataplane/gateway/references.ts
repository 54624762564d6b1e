/** What references lead to, and whether they may (internal/controller/state/graph/backend_refs.go, reference_grant.go). */
import type { Objects } from '#kube/cluster.ts';
import type { HTTPRouteFilter } from '#kube/kinds/gateway/http-route.ts';
import { ReferenceGrant } from '#kube/kinds/gateway/reference-grant.ts';
import { Service } from '#kube/kinds/service.ts';
import { endpointsOf } from '../ingress/endpoints.ts';
import { routeConditions, type Condition } from './conditions.ts';
import type { Backend, RouteRule } from './model.ts';

export const group = 'gateway.networking.k8s.io';

export interface BackendRef {
  readonly group?: string | undefined;
  readonly kind?: string | undefined;
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly port?: number | undefined;
  readonly weight?: number | undefined;
  readonly filters?: readonly HTTPRouteFilter[] | undefined;
}

interface Target {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Reports whether a ReferenceGrant of the target's namespace lets objects of another refer to it. */
export function isGranted(objects: Objects, kind: string, namespace: string, to: Target): boolean {
  return objects
    .list(ReferenceGrant, to.namespace)
    .some(
      ({ spec }) =>
        spec?.from.some((one) => one.group === group && one.kind === kind && one.namespace === namespace) === true &&
        spec.to.some(
          (one) => one.group === to.group && one.kind === to.kind && (one.name === undefined || one.name === '' || one.name === to.name),
        ),
    );
}

/** What a reference leads to, and what is wrong with it (graph/backend_refs.go). */
export function resolveBackend(
  objects: Objects,
  routeKind: RouteRule['kind'],
  own: string,
  ref: BackendRef,
  path: string,
): { readonly backend: Backend; readonly problem?: Condition } {
  const { group: of = '', kind = 'Service', name, port = 0, weight = 1, filters = [] } = ref;
  const namespace = ref.namespace ?? own;
  const backend = { service: { namespace, name }, port, weight, filters, endpoints: [] };
  const invalid = (problem: Condition) => ({ backend: { ...backend, valid: false }, problem });
  if (of !== '' && of !== 'core')
    return invalid(routeConditions.invalidKind(`${path}.group: Unsupported value: ${JSON.stringify(of)}: supported values: "core", ""`));
  if (kind !== 'Service')
    return invalid(routeConditions.invalidKind(`${path}.kind: Unsupported value: ${JSON.stringify(kind)}: supported values: "Service"`));
  if (namespace !== own && !isGranted(objects, routeKind, own, { group: '', kind: 'Service', namespace, name })) {
    const message = `Backend ref to Service ${namespace}/${name} not permitted by any ReferenceGrant`;
    return invalid(routeConditions.refNotPermitted(`${path}.namespace: Forbidden: ${message}`));
  }
  if (ref.port === undefined) return invalid(routeConditions.backendUnsupportedValue(`${path}.port: Required value: port cannot be nil`));
  const service = objects.get(Service, namespace, name);
  if (service === undefined) return invalid(routeConditions.backendNotFound(`${path}.name: Not found: ${JSON.stringify(name)}`));
  if (service.spec.ports?.some((one) => one.port === port) !== true)
    return invalid(routeConditions.backendNotFound(`no matching port for Service ${name} and port ${port}`));
  return { backend: { ...backend, valid: true, endpoints: endpointsOf(objects, service, String(port)) } };
}
