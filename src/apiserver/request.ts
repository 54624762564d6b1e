/** Kubernetes' REST interface as values: the simulated kubectl makes requests in process, `cka-net serve` from HTTP. */

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/api/v1/namespaces/shop/services/web` */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  /** The body's text: JSON, or YAML for server-side apply; of a body in protobuf, one character a byte (latin1). */
  readonly body?: string;
  /** Who asks; RBAC and impersonation look at it. */
  readonly user?: {
    readonly name: string;
    readonly groups: readonly string[];
    readonly uid?: string;
    /** What else the credentials say, as `authentication.kubernetes.io/credential-id`. */
    readonly extra?: { readonly [key: string]: readonly string[] };
  };
}

export interface ApiResponse {
  readonly code: number;
  /** A JSON value, or text for logs, `/healthz`, `/version`…; in protobuf, one character a byte (latin1). */
  readonly body: unknown;
  readonly contentType: string;
  /** Texts of `Warning: 299 - "…"` headers, unquoted. */
  readonly warnings: readonly string[];
}
