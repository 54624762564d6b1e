/** What clients are warned of when they use a resource that is on its way out. (staging:apiserver/pkg/endpoints/deprecation; kube-apiserver's API types) */
import { apiVersionOf, resourceOf } from '#kube/kind.ts';
import type { Resource } from './resources.ts';

interface Deprecation {
  /** Minor versions of Kubernetes 1.x. */
  readonly since: number;
  readonly replacement?: string;
}

const deprecated: ReadonlyMap<string, Deprecation> = new Map([
  ['componentstatuses', { since: 19 }],
  ['endpoints', { since: 33, replacement: 'discovery.k8s.io/v1 EndpointSlice' }],
]);

/** The warning that every answer about this resource carries, if any. */
export function deprecationWarning(resource: Resource, minorVersion: number): string | undefined {
  const { kind, custom } = resource;
  const name = `${apiVersionOf(kind)} ${kind.kind}`;
  if (custom?.deprecated === true) return custom.deprecationWarning ?? `${name} is deprecated`;
  const deprecation = deprecated.get(resourceOf(kind));
  if (deprecation === undefined || minorVersion < deprecation.since) return undefined;
  const instead = deprecation.replacement === undefined ? '' : `; use ${deprecation.replacement}`;
  return `${name} is deprecated in v1.${deprecation.since}+${instead}`;
}
