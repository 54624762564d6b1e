/**
 * kubectl's way to the API server: requests as `client-go` makes them, refusals thrown as {@link ApiError}, warnings handed on, and the
 * resource types that discovery lists.
 */
import type { ApiRequest, ApiResponse } from '#apiserver/request.ts';
import { areSame } from '#kube/equal.ts';
import type { KubeObject } from '#kube/object.ts';
import type { Status } from '#kube/status.ts';
import { discover, RestMapper, type RestMapping } from './discovery.ts';
import { ApiError } from './errors.ts';

/** Carries a request to the API server; throws `ConnectionError` when none answers. */
export type Transport = (request: ApiRequest) => ApiResponse;

/** Asks the API server whether a connection into a container may be opened; its refusal, or undefined. */
export type Connector = (request: ApiRequest) => ApiResponse | undefined;

export interface ClientOptions {
  readonly transport: Transport;
  readonly connector: Connector;
  /** Told every `Warning:` header, as it comes. */
  readonly warn?: (text: string) => void;
  readonly headers?: Readonly<Record<string, string>>;
  readonly user?: ApiRequest['user'];
  /** All that discovery's answers follow from as things are now, to be compared one by one; undefined: nobody knows. */
  discoveryFollows?(): readonly unknown[] | undefined;
}

/** What discovery has said last: every run of kubectl asks for some thirty documents, which seldom change. */
let lastDiscovery: { readonly follows: readonly unknown[]; readonly mapper: RestMapper } | undefined;

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ObjectList<T extends KubeObject = KubeObject> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string; readonly remainingItemCount?: number };
  readonly items: readonly T[];
}

export interface ListOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
}

export class Client {
  readonly #options: ClientOptions;
  #mapper: RestMapper | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Makes a request; a `Status` of failure is thrown as {@link ApiError}. */
  request(method: ApiRequest['method'], path: string, { query = {}, headers = {}, body }: RequestOptions = {}): ApiResponse {
    const { transport, warn } = this.#options;
    const response = transport(this.#made(method, path, { query, headers, ...(body !== undefined && { body }) }));
    for (const warning of response.warnings) warn?.(warning);
    if (response.code >= 400) throw new ApiError(statusOf(response));
    return response;
  }

  /** Asks to connect to a container (exec, attach, port-forward); throws the server's refusal. */
  connect(path: string, query: Readonly<Record<string, string>>): void {
    const refused = this.#options.connector(this.#made('POST', path, { query }));
    if (refused !== undefined) throw new ApiError(statusOf(refused));
  }

  #made(method: ApiRequest['method'], path: string, { query = {}, headers = {}, body }: RequestOptions): ApiRequest {
    const { user } = this.#options;
    return {
      method,
      path,
      query: new URLSearchParams(query),
      headers: { ...this.#options.headers, ...headers },
      ...(body !== undefined && { body }),
      ...(user !== undefined && { user }),
    };
  }

  /** What the server serves, asked for once (client-go: restmapper.NewDeferredDiscoveryRESTMapper). */
  get mapper(): RestMapper {
    return (this.#mapper ??= this.#discovered());
  }

  #discovered(): RestMapper {
    const follows = this.#options.discoveryFollows?.();
    const last = lastDiscovery;
    if (follows !== undefined && last !== undefined && areSame(last.follows, follows)) return last.mapper;
    const mapper = new RestMapper(discover((path) => this.request('GET', path).body));
    if (follows !== undefined) lastDiscovery = { follows, mapper };
    return mapper;
  }

  /** Forgets what discovery said: after a CRD was created. */
  forgetDiscovery(): void {
    this.#mapper = undefined;
  }

  get<T extends KubeObject = KubeObject>(mapping: RestMapping, namespace: string, name: string): T {
    return this.request('GET', pathOf(mapping, namespace, name)).body as T;
  }

  /** Without a namespace: of all. Items carry `apiVersion` and `kind`. */
  list<T extends KubeObject = KubeObject>(mapping: RestMapping, namespace?: string, options: ListOptions = {}): ObjectList<T> {
    const query = Object.fromEntries(
      Object.entries(options)
        .filter(([, value]) => value !== undefined && value !== '' && value !== 0)
        .map(([key, value]) => [key, String(value)]),
    );
    const list = this.request('GET', pathOf(mapping, namespace), { query }).body as ObjectList<T>;
    const kind = list.kind.replace(/List$/, '');
    return { ...list, items: (list.items ?? []).map((item) => ({ ...item, apiVersion: list.apiVersion, kind })) };
  }

  /** Every object of a list, chunk by chunk when `limit` says so. */
  listAll<T extends KubeObject = KubeObject>(mapping: RestMapping, namespace?: string, options: ListOptions = {}): readonly T[] {
    const items: T[] = [];
    let next: string | undefined;
    do {
      const list = this.list<T>(mapping, namespace, { ...options, ...(next !== undefined && { continue: next }) });
      items.push(...list.items);
      next = list.metadata.continue;
    } while (next !== undefined && next !== '');
    return items;
  }
}

/** The body of a POST that creates: an object that was read from a cluster loses its version (resource.Helper.CreateWithOptions). */
export function newBody(object: KubeObject): string {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return JSON.stringify({ ...object, metadata });
}

/** `/apis/apps/v1/namespaces/shop/deployments/web/scale` */
export function pathOf(mapping: RestMapping, namespace?: string, name?: string, subresource?: string): string {
  const parts = [mapping.group === '' ? '/api' : `/apis/${mapping.group}`, mapping.version];
  if (mapping.namespaced && namespace !== undefined && namespace !== '') parts.push('namespaces', encodeURIComponent(namespace));
  parts.push(mapping.resource);
  if (name !== undefined) parts.push(encodeURIComponent(name));
  if (subresource !== undefined && subresource !== '') parts.push(subresource);
  return parts.join('/');
}

/** The `Status` of a failed response (client-go: Request.transformResponse). */
function statusOf(response: ApiResponse): Status {
  const body = response.body as (Partial<Status> & { readonly kind?: string }) | undefined;
  if (typeof body === 'object' && body !== null && body.kind === 'Status') {
    return { reason: '', message: '', ...body, code: body.code ?? response.code } as Status;
  }
  return { code: response.code, reason: '', message: typeof response.body === 'string' ? response.body : JSON.stringify(response.body) };
}
