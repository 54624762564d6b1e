/** Collections in the order of etcd, whole or in pages. (staging:apiserver/pkg/storage/etcd3/store.go; storage/continue.go) */
import type { Objects } from '#kube/cluster.ts';
import type { KubeObject } from '#kube/object.ts';
import { badRequest, fail, ok, type Result, type Status } from '#kube/status.ts';
import type { Resource } from './resources.ts';
import { isSelected, type Selection } from './selection.ts';

export interface Page {
  /** As stored. */
  readonly items: readonly KubeObject[];
  /** The token of the next page; absent on the last. */
  readonly next?: string;
  readonly remaining?: number;
}

/** etcd's key without its prefix: `shop/web`, `node01`. */
function keyOf({ metadata }: KubeObject): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

/** All selected objects of a resource, of one namespace or (`''`) of all. */
export function listObjects(objects: Objects, resource: Resource, namespace: string, selection: Selection): readonly KubeObject[] {
  const all = namespace === '' ? objects.list(resource.stored) : objects.list(resource.stored, namespace);
  return all
    .filter((object) => isSelected(resource, selection, resource.fromStored(object)))
    .map((object) => ({ key: keyOf(object), object }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ object }) => object);
}

/** The page of a list that `limit` and `continue` ask for, at this resourceVersion. */
export function pageOf(
  all: readonly KubeObject[],
  query: URLSearchParams,
  resourceVersion: string,
  isWhole: boolean,
): Result<Page, Status> {
  const limit = Number(query.get('limit') ?? '0');
  const token = query.get('continue') ?? '';
  const start = token === '' ? '' : parseToken(token);
  if (start === undefined) return fail(badRequest('continue key is not valid: illegal base64 data at input byte 0'));
  const rest = start === '' ? all : all.filter((object) => keyOf(object) >= start);
  if (!(limit > 0) || rest.length <= limit) return ok({ items: rest });
  const items = rest.slice(0, limit);
  return ok({
    items,
    next: tokenOf(keyOf(items.at(-1)!), resourceVersion),
    ...(isWhole && { remaining: rest.length - limit }),
  });
}

/** A page begins after the last key of the one before. */
function tokenOf(lastKey: string, resourceVersion: string): string {
  const token = JSON.stringify({ v: 'meta.k8s.io/v1', rv: Number(resourceVersion), start: `${lastKey}\0` });
  return btoa(token).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function parseToken(token: string): string | undefined {
  try {
    const { start } = JSON.parse(atob(token.replaceAll('-', '+').replaceAll('_', '/'))) as { readonly start?: unknown };
    return typeof start === 'string' ? start : undefined;
  } catch {
    return undefined;
  }
}
