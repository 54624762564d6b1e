import { customVerbs, defineKind, type ObjectOf } from '../../kind.ts';
import { defaulted, int32, list, required, string, struct, type Infer } from '../../schema.ts';
import { BackendObjectReference, backendReferenceFields, LocalObjectReference, routeFields, routeStatusFields } from './reference.ts';

export const HTTPPathMatch = struct('HTTPPathMatch', 'a condition on the path', {
  type: defaulted(string('how it is compared', ['Exact', 'PathPrefix', 'RegularExpression']), 'PathPrefix'),
  value: defaulted(string('what it is compared with'), '/'),
});

export const HTTPHeaderMatch = struct('HTTPHeaderMatch', 'a condition on a header', {
  type: defaulted(string('how it is compared', ['Exact', 'RegularExpression']), 'Exact'),
  name: required(string('name of the header')),
  value: required(string('what it is compared with')),
});

export const HTTPQueryParamMatch = struct('HTTPQueryParamMatch', 'a condition on a parameter of the query', {
  type: defaulted(string('how it is compared', ['Exact', 'RegularExpression']), 'Exact'),
  name: required(string('name of the parameter')),
  value: required(string('what it is compared with')),
});

export const HTTPRouteMatch = struct('HTTPRouteMatch', 'conditions on a request that must all hold', {
  path: defaulted(HTTPPathMatch, { type: 'PathPrefix', value: '/' }),
  headers: list(HTTPHeaderMatch, 'conditions on headers', { mapKeys: ['name'] }),
  queryParams: list(HTTPQueryParamMatch, 'conditions on the query', { mapKeys: ['name'] }),
  method: string('the method', ['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE']),
});
export type HTTPRouteMatch = Infer<typeof HTTPRouteMatch>;

export const HTTPHeader = struct('HTTPHeader', 'a header', {
  name: required(string('name of the header')),
  value: required(string('value of the header')),
});

export const HTTPHeaderFilter = struct('HTTPHeaderFilter', 'changes headers', {
  set: list(HTTPHeader, 'headers to replace', { mapKeys: ['name'] }),
  add: list(HTTPHeader, 'headers to add to', { mapKeys: ['name'] }),
  remove: list(string(), 'headers to take away', { set: true }),
});
export type HTTPHeaderFilter = Infer<typeof HTTPHeaderFilter>;

export const HTTPPathModifier = struct('HTTPPathModifier', 'changes the path', {
  type: required(string('ReplaceFullPath or ReplacePrefixMatch', ['ReplaceFullPath', 'ReplacePrefixMatch'])),
  replaceFullPath: string('instead of the whole path'),
  replacePrefixMatch: string('instead of the prefix that matched'),
});

export const HTTPRequestMirrorFilter = struct('HTTPRequestMirrorFilter', 'sends a copy of the request elsewhere', {
  backendRef: required(BackendObjectReference),
  percent: int32('of how many requests'),
  fraction: struct('Fraction', 'of what part of requests', {
    numerator: required(int32('so many')),
    denominator: defaulted(int32('of so many'), 100),
  }),
});

export const HTTPRequestRedirectFilter = struct('HTTPRequestRedirectFilter', 'answers with a redirect', {
  scheme: string('scheme of the target', ['http', 'https']),
  hostname: string('host of the target'),
  path: HTTPPathModifier,
  port: int32('port of the target'),
  statusCode: defaulted(int32('301 or 302'), 302),
});

export const HTTPURLRewriteFilter = struct('HTTPURLRewriteFilter', 'changes host and path of the request', {
  hostname: string('the new host'),
  path: HTTPPathModifier,
});

export const HTTPRouteFilter = struct('HTTPRouteFilter', 'something done to a request or its answer', {
  type: required(
    string('what is done', [
      'ExtensionRef',
      'RequestHeaderModifier',
      'RequestMirror',
      'RequestRedirect',
      'ResponseHeaderModifier',
      'URLRewrite',
    ]),
  ),
  requestHeaderModifier: HTTPHeaderFilter,
  responseHeaderModifier: HTTPHeaderFilter,
  requestMirror: HTTPRequestMirrorFilter,
  requestRedirect: HTTPRequestRedirectFilter,
  urlRewrite: HTTPURLRewriteFilter,
  extensionRef: LocalObjectReference,
});
export type HTTPRouteFilter = Infer<typeof HTTPRouteFilter>;

export const HTTPBackendRef = struct('HTTPBackendRef', 'a backend, and its part of the requests', {
  ...backendReferenceFields,
  weight: defaulted(int32('its part; 1 when absent'), 1),
  filters: list(HTTPRouteFilter, 'what is done to requests for it'),
});
export type HTTPBackendRef = Infer<typeof HTTPBackendRef>;

export const HTTPRouteRule = struct('HTTPRouteRule', 'which requests go where', {
  name: string('name of the rule'),
  matches: defaulted(list(HTTPRouteMatch, 'the requests: those for which one of these holds; all when empty'), [
    { path: { type: 'PathPrefix', value: '/' } },
  ]),
  filters: list(HTTPRouteFilter, 'what is done to them'),
  backendRefs: list(HTTPBackendRef, 'where they go'),
  timeouts: struct('HTTPRouteTimeouts', 'how long a request may take', {
    request: string('altogether'),
    backendRequest: string('one try at a backend'),
  }),
});
export type HTTPRouteRule = Infer<typeof HTTPRouteRule>;

/** gateway-api apis/v1/httproute_types.go */
export const HTTPRouteSpec = struct('HTTPRouteSpec', 'which requests go where', {
  ...routeFields,
  rules: list(HTTPRouteRule, 'the rules'),
});
export type HTTPRouteSpec = Infer<typeof HTTPRouteSpec>;

export const HTTPRoute = defineKind(
  'HTTPRoute',
  'sends HTTP requests of a Gateway to Services',
  { spec: required(HTTPRouteSpec), status: struct('HTTPRouteStatus', 'what its parents make of it', routeStatusFields) },
  {
    group: 'gateway.networking.k8s.io',
    categories: ['gateway-api'],
    hasGeneration: true,
    subresources: ['status'],
    verbs: customVerbs,
    custom: true,
  },
);
export type HTTPRoute = ObjectOf<typeof HTTPRoute>;
