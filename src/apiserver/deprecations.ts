/** What clients are warned of when they use a resource that is on its way out. (staging:apiserver/pkg/endpoints/deprecation; kube-apiserver's API types) */
import { apiVersionOf, resourceOf } from '#kube/kind.ts';
import type { Resource } from './resources.ts';

interface Deprecation {
  /** Minor versions of Kubernetes 1.x. */
  readonly since: number;
  readonly gone?: number;
  readonly replacement?: string;
}

const deprecated: ReadonlyMap<string, Deprecation> = new Map([
  ['componentstatuses', { since: 19 }],
  ['endpoints', { since: 33, replacement: 'discovery.k8s.io/v1 EndpointSlice' }],
]);

/** By version and kind, where one version goes and another stays. */
const deprecatedVersions: ReadonlyMap<string, Deprecation> = new Map([
  ['extensions/v1beta1 Ingress', { since: 14, gone: 22, replacement: 'networking.k8s.io/v1 Ingress' }],
  ['networking.k8s.io/v1beta1 Ingress', { since: 19, gone: 22, replacement: 'networking.k8s.io/v1 Ingress' }],
  ['networking.k8s.io/v1beta1 IngressClass', { since: 19, gone: 22, replacement: 'networking.k8s.io/v1 IngressClassList' }],
]);

/** The warning that every answer about this resource carries, if any. */
export function deprecationWarning(resource: Resource, minorVersion: number): string | undefined {
  const { kind, custom } = resource;
  const name = `${apiVersionOf(kind)} ${kind.kind}`;
  if (custom?.deprecated === true) return custom.deprecationWarning ?? `${name} is deprecated`;
  const deprecation = deprecatedVersions.get(name) ?? deprecated.get(resourceOf(kind));
  if (deprecation === undefined || minorVersion < deprecation.since) return undefined;
  const instead = deprecation.replacement === undefined ? '' : `; use ${deprecation.replacement}`;
  const gone = deprecation.gone === undefined ? '' : `, unavailable in v1.${deprecation.gone}+`;
  return `${name} is deprecated in v1.${deprecation.since}+${gone}${instead}`;
}
