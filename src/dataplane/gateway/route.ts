/** What becomes of a request: the rule that takes it, its filters, and a backend (gateway-api apis/v1/httproute_types.go). */
import type { HTTPHeaderFilter, HTTPRouteFilter } from '#kube/kinds/gateway/http-route.ts';
import { hostOf, listenerFor, matchRequest, pathOf, type GatewayRequest, type Matched } from './match.ts';
import type { Backend, GatewayConfiguration } from './model.ts';

export type GatewayDecision =
  | { readonly kind: 'status'; readonly status: 404 | 500 | 503; readonly because: readonly string[]; readonly backend?: Backend }
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string; readonly because: readonly string[] }
  | {
      readonly kind: 'forward';
      readonly backend: Backend;
      /** What the backend gets. */
      readonly target: string;
      readonly host: string;
      readonly headers: Readonly<Record<string, string>>;
      /** What is changed in the answer's headers. */
      readonly answer: readonly HTTPHeaderFilter[];
      readonly mirrors: readonly Backend[];
      readonly because: readonly string[];
    };

/** Decides; `draw(n)` chooses a number below n, by which weights are shared out. */
export function routeRequest(
  configuration: GatewayConfiguration,
  request: GatewayRequest,
  draw: (bound: number) => number,
): GatewayDecision {
  const listener = listenerFor(configuration, request.port, hostOf(request.host));
  if (listener === undefined)
    return { kind: 'status', status: 404, because: [`no listener on port ${request.port} takes ${request.host}`] };
  const matched = matchRequest(configuration, request);
  const took = `listener ${listener.name}`;
  if (matched === undefined) return { kind: 'status', status: 404, because: [took, 'no rule of its routes matches'] };
  const { rule, match } = matched;
  const because = [
    took,
    `${rule.kind} ${rule.route.namespace}/${rule.route.name} rule ${rule.index}: ${match.path.type} ${match.path.value}`,
  ];
  const redirect = rule.filters.find((one) => one.requestRedirect !== undefined);
  if (redirect !== undefined) return { ...redirected(request, matched, redirect), because: [...because, 'RequestRedirect'] };
  const backend = chooseBackend(rule.backends, draw);
  if (backend === undefined) return { kind: 'status', status: 500, because: [...because, 'no backend has a weight'] };
  const chosen = [...because, `backend ${backend.service.namespace}/${backend.service.name}:${backend.port}`];
  if (!backend.valid) return { kind: 'status', status: 500, backend, because: [...chosen, 'the reference is not resolved'] };
  if (backend.endpoints.length === 0) return { kind: 'status', status: 503, backend, because: [...chosen, 'it has no endpoints'] };
  const filters = [...rule.filters, ...backend.filters];
  const headers = filters.reduce((all, { requestHeaderModifier }) => modified(all, requestHeaderModifier), request.headers);
  const rewrite = filters.find((one) => one.urlRewrite !== undefined)?.urlRewrite;
  return {
    kind: 'forward',
    backend,
    target: rewrite?.path === undefined ? request.target : rewritten(request.target, matched, rewrite.path),
    host: rewrite?.hostname ?? request.host,
    headers,
    answer: filters.flatMap(({ responseHeaderModifier }) => responseHeaderModifier ?? []),
    mirrors: rule.mirrors,
    because: chosen,
  };
}

function chooseBackend(backends: readonly Backend[], draw: (bound: number) => number): Backend | undefined {
  const total = backends.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return undefined;
  let left = draw(total);
  return backends.find(({ weight }) => (left -= weight) < 0);
}

/** `set` replaces, `add` appends, `remove` takes away; names are the same in any case. */
export function modified(
  headers: Readonly<Record<string, string>>,
  filter: HTTPHeaderFilter | undefined,
): Readonly<Record<string, string>> {
  if (filter === undefined) return headers;
  const { set = [], add = [], remove = [] } = filter;
  const result: Record<string, string> = { ...headers };
  for (const { name, value } of set) result[name.toLowerCase()] = value;
  for (const { name, value } of add) {
    const key = name.toLowerCase();
    result[key] = result[key] === undefined ? value : `${result[key]},${value}`;
  }
  const gone = new Set(remove.map((name) => name.toLowerCase()));
  return Object.fromEntries(Object.entries(result).filter(([name]) => !gone.has(name)));
}

type PathModifier = NonNullable<NonNullable<HTTPRouteFilter['urlRewrite']>['path']>;

/** The target with another path; the query stays. */
function rewritten(target: string, { match }: Matched, { type, replaceFullPath = '/', replacePrefixMatch = '/' }: PathModifier): string {
  const [path, query] = [pathOf(target), target.slice(pathOf(target).length)];
  if (type === 'ReplaceFullPath') return `${replaceFullPath}${query}`;
  const rest = path.slice(match.path.value.replace(/\/$/, '').length).replace(/^\//, '');
  const prefix = replacePrefixMatch.replace(/\/$/, '');
  return `${rest === '' ? replacePrefixMatch || '/' : `${prefix}/${rest}`}${query}`;
}

const wellKnown: Readonly<Record<string, number>> = { http: 80, https: 443 };

function redirected(
  request: GatewayRequest,
  matched: Matched,
  filter: HTTPRouteFilter,
): { readonly kind: 'redirect'; readonly status: number; readonly location: string } {
  const { scheme = request.scheme, hostname = hostOf(request.host), port, path, statusCode = 302 } = filter.requestRedirect!;
  // A scheme that is given brings its own port; else the listener's stays.
  const number = port ?? (filter.requestRedirect!.scheme === undefined ? matched.listener.port : wellKnown[scheme]!);
  const at = number === wellKnown[scheme] ? '' : `:${number}`;
  const target = path === undefined ? request.target : rewritten(request.target, matched, path);
  return { kind: 'redirect', status: statusCode, location: `${scheme}://${hostname}${at}${target}` };
}
