/** The rules of routes in one form, with what their references lead to (internal/controller/state/graph/httproute.go, grpcroute.go). */
import type { Objects } from '#kube/cluster.ts';
import type { GRPCRoute } from '#kube/kinds/gateway/grpc-route.ts';
import type { HTTPRoute, HTTPRouteFilter } from '#kube/kinds/gateway/http-route.ts';
import { routeConditions, type Condition } from './conditions.ts';
import type { Match, RouteRule } from './model.ts';
import { resolveBackend, type BackendRef } from './references.ts';

export type Route = HTTPRoute | GRPCRoute;
export type RouteKind = RouteRule['kind'];

export interface JudgedRules {
  readonly rules: readonly RouteRule[];
  readonly conditions: readonly Condition[];
  /** Nothing of the route can be used. */
  readonly refused?: Condition;
}

interface PlainRule {
  readonly matches: readonly Match[];
  readonly filters: readonly HTTPRouteFilter[];
  readonly backendRefs: readonly BackendRef[];
}

export function judgeRules(objects: Objects, kind: RouteKind, route: Route): JudgedRules {
  const plain = kind === 'HTTPRoute' ? httpRules(route as HTTPRoute) : grpcRules(route as GRPCRoute);
  const problems = plain.map(({ matches }, i) =>
    matches.flatMap(({ path }, j) =>
      path.type === 'RegularExpression' && kind === 'HTTPRoute'
        ? [`spec.rules[${i}].matches[${j}].path.type: Unsupported value: "RegularExpression": supported values: "Exact", "PathPrefix"`]
        : [],
    ),
  );
  const messages = problems.flat();
  const text = messages.length === 1 ? messages[0]! : `[${messages.join(', ')}]`;
  const conditions: Condition[] = [];
  const { namespace = '', name, creationTimestamp = '' } = route.metadata;
  const rules = plain.flatMap(({ matches, filters, backendRefs }, index): RouteRule[] => {
    if (problems[index]!.length > 0) return [];
    const resolve = (ref: BackendRef, path: string) => {
      const { backend, problem } = resolveBackend(objects, kind, namespace, ref, path);
      if (problem !== undefined) conditions.push(problem);
      return backend;
    };
    return [
      {
        route: { namespace, name },
        kind,
        created: creationTimestamp,
        index,
        matches,
        filters,
        backends: backendRefs.map((ref, i) => resolve(ref, `spec.rules[${index}].backendRefs[${i}]`)),
        mirrors: filters.flatMap(({ requestMirror }, i) =>
          requestMirror === undefined
            ? []
            : [resolve(requestMirror.backendRef, `spec.rules[${index}].filters[${i}].requestMirror.backendRef`)],
        ),
      },
    ];
  });
  if (messages.length === 0) return { rules, conditions };
  return rules.length === 0
    ? { rules, conditions, refused: routeConditions.unsupportedValue(`All rules are invalid: ${text}`) }
    : { rules, conditions: [...conditions, routeConditions.partiallyInvalid(text)] };
}

function httpRules({ spec }: HTTPRoute): readonly PlainRule[] {
  return (spec.rules ?? []).map(({ matches, filters = [], backendRefs = [] }) => ({
    matches: (matches ?? [{}]).map(({ path, method, headers = [], queryParams = [] }: Partial<HTTPMatch>): Match => ({
      path: { type: (path?.type ?? 'PathPrefix') as Match['path']['type'], value: path?.value ?? '/' },
      method,
      headers: headers.map((one) => ({ ...one, type: one.type as 'Exact' })),
      query: queryParams.map((one) => ({ ...one, type: one.type as 'Exact' })),
    })),
    filters,
    backendRefs,
  }));
}

type HTTPMatch = NonNullable<NonNullable<HTTPRoute['spec']['rules']>[number]['matches']>[number];

/** A gRPC call is a request to `/SERVICE/METHOD`. */
function grpcRules({ spec }: GRPCRoute): readonly PlainRule[] {
  return (spec?.rules ?? []).map(({ matches = [{}], filters = [], backendRefs = [] }) => ({
    matches: (matches.length === 0 ? [{}] : matches).map(({ method, headers = [] }: Partial<GRPCMatch>): Match => ({
      path: grpcPath(method),
      method: undefined,
      headers: headers.map((one) => ({ ...one, type: one.type as 'Exact' })),
      query: [],
    })),
    filters: filters as readonly HTTPRouteFilter[],
    backendRefs: backendRefs as readonly BackendRef[],
  }));
}

type GRPCMatch = NonNullable<NonNullable<NonNullable<GRPCRoute['spec']>['rules']>[number]['matches']>[number];

function grpcPath(method: GRPCMatch['method']): Match['path'] {
  const { type = 'Exact', service, method: name } = method ?? {};
  if (service === undefined && name === undefined) return { type: 'PathPrefix', value: '/' };
  if (type === 'Exact' && service !== undefined) {
    return name === undefined ? { type: 'PathPrefix', value: `/${service}` } : { type: 'Exact', value: `/${service}/${name}` };
  }
  const literal = (text: string | undefined) =>
    text === undefined ? '[^/]+' : type === 'Exact' ? text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : text;
  return { type: 'RegularExpression', value: `/${literal(service)}/${literal(name)}` };
}
