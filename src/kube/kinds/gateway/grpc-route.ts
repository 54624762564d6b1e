import { customVerbs, defineKind, type ObjectOf } from '../../kind.ts';
import { defaulted, int32, list, required, string, struct, type Infer } from '../../schema.ts';
import { HTTPHeaderFilter, HTTPHeaderMatch, HTTPRequestMirrorFilter } from './http-route.ts';
import { backendReferenceFields, LocalObjectReference, routeFields, routeStatusFields } from './reference.ts';

export const GRPCMethodMatch = struct('GRPCMethodMatch', 'a condition on the method', {
  type: defaulted(string('how it is compared', ['Exact', 'RegularExpression']), 'Exact'),
  service: string('the service'),
  method: string('the method'),
});

export const GRPCRouteMatch = struct('GRPCRouteMatch', 'conditions on a request that must all hold', {
  method: GRPCMethodMatch,
  headers: list(struct('GRPCHeaderMatch', 'a condition on a header', HTTPHeaderMatch.fields), 'conditions on headers', {
    mapKeys: ['name'],
  }),
});
export type GRPCRouteMatch = Infer<typeof GRPCRouteMatch>;

export const GRPCRouteFilter = struct('GRPCRouteFilter', 'something done to a request or its answer', {
  type: required(string('what is done', ['ExtensionRef', 'RequestHeaderModifier', 'RequestMirror', 'ResponseHeaderModifier'])),
  requestHeaderModifier: HTTPHeaderFilter,
  responseHeaderModifier: HTTPHeaderFilter,
  requestMirror: HTTPRequestMirrorFilter,
  extensionRef: LocalObjectReference,
});

export const GRPCRouteRule = struct('GRPCRouteRule', 'which requests go where', {
  name: string('name of the rule'),
  matches: list(GRPCRouteMatch, 'the requests: those for which one of these holds; all when empty'),
  filters: list(GRPCRouteFilter, 'what is done to them'),
  backendRefs: list(
    struct('GRPCBackendRef', 'a backend, and its part of the requests', {
      ...backendReferenceFields,
      weight: defaulted(int32('its part; 1 when absent'), 1),
      filters: list(GRPCRouteFilter, 'what is done to requests for it'),
    }),
    'where they go',
  ),
});
export type GRPCRouteRule = Infer<typeof GRPCRouteRule>;

export const GRPCRoute = defineKind(
  'GRPCRoute',
  'sends gRPC requests of a Gateway to Services',
  {
    spec: struct('GRPCRouteSpec', 'which requests go where', { ...routeFields, rules: list(GRPCRouteRule, 'the rules') }),
    status: struct('GRPCRouteStatus', 'what its parents make of it', routeStatusFields),
  },
  {
    group: 'gateway.networking.k8s.io',
    categories: ['gateway-api'],
    hasGeneration: true,
    subresources: ['status'],
    verbs: customVerbs,
    custom: true,
  },
);
export type GRPCRoute = ObjectOf<typeof GRPCRoute>;
