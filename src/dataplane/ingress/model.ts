/** What an Ingress controller makes of the Ingresses it serves: nginx's servers and locations, and the backends behind them. */
import type { NamespacedName } from '#kube/names.ts';

/** Who answers for a backend. */
export interface Endpoint {
  /** An address; a name where the Service is an ExternalName. */
  readonly address: string;
  readonly port: number;
}

/** Which requests go to the alternative of a backend. */
export interface TrafficShaping {
  readonly weight: number;
  readonly weightTotal: number;
  readonly header: string;
  readonly headerValue: string;
  readonly headerPattern: string;
  readonly cookie: string;
}

export interface Backend {
  /** `shop-web-80`. */
  readonly name: string;
  /** Absent for what nginx answers itself. */
  readonly service?: NamespacedName;
  /** As the Ingress names it: a number or a name. */
  readonly port: string;
  readonly endpoints: readonly Endpoint[];
  /** Of a canary: it has no location of its own. */
  readonly shaping?: TrafficShaping;
  /** Names of canaries that take a part of its requests; only the first counts. */
  readonly alternatives: readonly string[];
}

export interface BasicAuth {
  readonly realm: string;
  /** Where the controller writes the users. */
  readonly file: string;
  /** Lines of htpasswd. */
  readonly users: string;
}

/** What annotations say of a location. */
export interface LocationSettings {
  readonly rewriteTarget: string;
  readonly useRegex: boolean;
  readonly sslRedirect: boolean;
  readonly forceSslRedirect: boolean;
  readonly preserveTrailingSlash: boolean;
  readonly appRoot: string;
  readonly redirect?: { readonly url: string; readonly code: number };
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly satisfy: '' | 'any' | 'all';
  readonly basicAuth?: BasicAuth;
  readonly upstreamVhost: string;
  readonly forwardedPrefix: string;
  readonly backendProtocol: string;
  readonly bodySize: string;
  readonly connectTimeout: number;
  readonly sendTimeout: number;
  readonly readTimeout: number;
  readonly serviceUpstream: boolean;
  /** `namespace/name` of the Service that answers where the backend has no endpoints. */
  readonly defaultBackend: string;
  readonly accessLog: boolean;
  readonly snippet: string;
  /** Why nothing is served here: an annotation that cannot be followed. */
  readonly denied?: string;
}

export interface Location {
  /** As nginx compares it: `/shop/` of a prefix `/shop`. */
  readonly path: string;
  readonly exact: boolean;
  /** As the Ingress has it. */
  readonly ingressPath: string;
  /** The name of a {@link Backend}. */
  readonly backend: string;
  /** Nobody has asked for it: `/` of a host whose Ingress has no such path. */
  readonly isDefault: boolean;
  readonly ingress?: NamespacedName;
  readonly settings: LocationSettings;
}

/** A server's certificate. */
export interface ServerCertificate {
  /** `namespace/name` of the Secret; undefined: the controller's own. */
  readonly secret?: string;
  readonly pem: string;
}

export interface Server {
  /** `_` for requests to no other. */
  readonly hostname: string;
  readonly aliases: readonly string[];
  /** In the order in which nginx reads them: the longest path first. */
  readonly locations: readonly Location[];
  readonly certificate?: ServerCertificate;
  readonly snippet: string;
}

/** From `www.` to the bare host, or the other way. */
export interface HostRedirect {
  readonly from: string;
  readonly to: string;
}

/** Everything nginx works by. */
export interface Configuration {
  readonly servers: readonly Server[];
  readonly backends: ReadonlyMap<string, Backend>;
  readonly hostRedirects: readonly HostRedirect[];
  readonly global: GlobalSettings;
}

/** The controller's ConfigMap, as far as requests are concerned. (internal/ingress/controller/config/config.go) */
export interface GlobalSettings {
  readonly sslRedirect: boolean;
  readonly forceSslRedirect: boolean;
  readonly httpRedirectCode: number;
  readonly hsts: boolean;
  readonly hstsMaxAge: number;
  readonly hstsIncludeSubdomains: boolean;
  readonly hstsPreload: boolean;
  readonly allowSnippets: boolean;
  readonly strictPathType: boolean;
  readonly riskLevel: Risk;
  readonly wordBlocklist: readonly string[];
  readonly useForwardedHeaders: boolean;
  readonly bodySize: string;
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly disableAccessLog: boolean;
  readonly serverTokens: boolean;
  readonly useHttp2: boolean;
  readonly noTlsRedirectLocations: readonly string[];
  readonly noAuthLocations: readonly string[];
}

export const risks = ['Low', 'Medium', 'High', 'Critical'] as const;
export type Risk = (typeof risks)[number];

/** The backend of what no Ingress asks for: nginx's own 404. */
export const defaultBackendName = 'upstream-default-backend';
export const defaultServerName = '_';

/** Reports whether the location's paths are replaced on their way to the backend. */
export function needsRewrite({ settings, path }: Pick<Location, 'settings' | 'path'>): boolean {
  return settings.rewriteTarget !== '' && settings.rewriteTarget !== path;
}

/** Reports whether all paths of a server are regular expressions: one annotation of one of its locations makes them so. */
export function usesRegex({ locations }: Pick<Server, 'locations'>): boolean {
  return locations.some((location) => needsRewrite(location) || location.settings.useRegex);
}
