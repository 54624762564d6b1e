/** What a Gateway's proxy works by: its listeners with the rules that are attached to them. */
import type { HTTPRouteFilter } from '#kube/kinds/gateway/http-route.ts';
import type { NamespacedName } from '#kube/names.ts';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface Backend {
  /** The Service and its port, as the route names them. */
  readonly service: NamespacedName;
  readonly port: number;
  readonly weight: number;
  /** A backend that does not exist, or may not be referred to, answers its share with 500. */
  readonly valid: boolean;
  readonly endpoints: readonly Endpoint[];
  readonly filters: readonly HTTPRouteFilter[];
}

/** A condition on a header or a parameter of the query. */
export interface ValueMatch {
  readonly name: string;
  readonly value: string;
  readonly type: 'Exact' | 'RegularExpression';
}

/** Conditions that must all hold. */
export interface Match {
  readonly path: { readonly type: 'Exact' | 'PathPrefix' | 'RegularExpression'; readonly value: string };
  readonly method: string | undefined;
  readonly headers: readonly ValueMatch[];
  readonly query: readonly ValueMatch[];
}

/** The rule of a route, with what decides between rules that fit alike. */
export interface RouteRule {
  readonly route: NamespacedName;
  readonly kind: 'HTTPRoute' | 'GRPCRoute';
  /** RFC 3339. */
  readonly created: string;
  readonly index: number;
  readonly matches: readonly Match[];
  readonly filters: readonly HTTPRouteFilter[];
  readonly backends: readonly Backend[];
  /** A mirror's targets, where they exist. */
  readonly mirrors: readonly Backend[];
}

/** A rule under one of the host names by which its listener takes its requests; `''` is every host. */
export interface Entry {
  readonly hostname: string;
  readonly rule: RouteRule;
}

export interface ServedListener {
  readonly name: string;
  readonly port: number;
  readonly protocol: 'HTTP' | 'HTTPS';
  /** `''` is every host. */
  readonly hostname: string;
  readonly certificate: NamespacedName | undefined;
  readonly entries: readonly Entry[];
}

export interface GatewayConfiguration {
  readonly listeners: readonly ServedListener[];
}
