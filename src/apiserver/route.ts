/** What a path asks for. (staging:apiserver/pkg/endpoints/request/requestinfo.go) */
import type { ApiRequest } from './request.ts';

export type Route =
  /** `/healthz`, `/version`, `/openapi/v3/…`; also what leads nowhere. */
  | { readonly kind: 'path'; readonly path: string }
  /** `/api`, `/apis`, `/apis/apps`, `/apis/apps/v1`. */
  | { readonly kind: 'discovery'; readonly group: string | undefined; readonly version: string | undefined; readonly core: boolean }
  | ResourceRoute;

export interface ResourceRoute {
  readonly kind: 'resource';
  readonly group: string;
  readonly version: string;
  /** Empty where the path names none: cluster-scoped, or all namespaces. */
  readonly namespace: string;
  /** The plural. */
  readonly resource: string;
  /** Empty for collections. */
  readonly name: string;
  readonly subresource: string;
  /** What stands after the subresource: the path that a proxy passes on. */
  readonly rest: string;
}

const namespaceSubresources = ['status', 'finalize'];

/** Parses the path of a request; never fails, since what leads nowhere is a path too. */
export function parseRoute(path: string): Route {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const [prefix, ...after] = parts;
  if (prefix === 'api') {
    const [version, ...rest] = after;
    if (version === undefined || rest.length === 0) return { kind: 'discovery', group: '', version, core: true };
    return resourceRoute('', version, rest);
  }
  if (prefix === 'apis') {
    const [group, version, ...rest] = after;
    if (group === undefined || version === undefined || rest.length === 0) return { kind: 'discovery', group, version, core: false };
    return resourceRoute(group, version, rest);
  }
  return { kind: 'path', path };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function resourceRoute(group: string, version: string, parts: readonly string[]): ResourceRoute {
  let [resource = '', name = '', subresource = '', ...rest] = parts;
  let namespace = '';
  if (resource === 'namespaces' && name !== '') {
    namespace = name;
    if (subresource !== '' && !namespaceSubresources.includes(subresource)) {
      [resource = '', name = '', subresource = '', ...rest] = parts.slice(2);
    }
  }
  return { kind: 'resource', group, version, namespace, resource, name, subresource, rest: rest.join('/') };
}

/** The verb that authorization sees. */
export function verbOf(method: ApiRequest['method'], { name }: ResourceRoute, query: URLSearchParams): string {
  switch (method) {
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete';
    default:
      if (isTrue(query.get('watch'))) return 'watch';
      return name === '' ? 'list' : 'get';
  }
}

/** `true`, `1`, and a parameter without a value; anything else is false. */
export function isTrue(parameter: string | null): boolean {
  return parameter !== null && !['false', '0'].includes(parameter.toLowerCase());
}
