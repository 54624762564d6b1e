/** The `scale` subresource: how many pods something has, in a form common to all that have some. (pkg/registry/apps/deployment/storage/storage.go: ScaleREST) */
import { requirementsOf, requirementsOfMap, selectorText, type Labels } from '#kube/selector.ts';
import type { LabelSelector } from '#kube/kinds/label-selector.ts';
import type { KubeObject } from '#kube/object.ts';
import { isObject, type JsonObject } from './json.ts';
import type { Resource } from './resources.ts';

export interface Scale extends KubeObject {
  readonly spec: { readonly replicas?: number };
  readonly status: { readonly replicas: number; readonly selector?: string };
}

interface Paths {
  readonly replicas: readonly string[];
  readonly current: readonly string[];
  readonly selector: readonly string[];
}

const builtIn: Paths = { replicas: ['spec', 'replicas'], current: ['status', 'replicas'], selector: ['spec', 'selector'] };

/** Where a resource keeps its numbers: custom ones say so in their definition. */
function pathsOf({ custom }: Resource): Paths {
  const scale = custom?.subresources?.scale;
  if (scale === undefined) return builtIn;
  const split = (path: string | undefined) => (path ?? '').split('.').filter((part) => part !== '');
  return { replicas: split(scale.specReplicasPath), current: split(scale.statusReplicasPath), selector: split(scale.labelSelectorPath) };
}

function read(object: unknown, path: readonly string[]): unknown {
  return path.length === 0 ? undefined : path.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), object);
}

function write(object: JsonObject, [key, ...rest]: readonly string[], value: unknown): JsonObject {
  if (key === undefined) return object;
  const inner = object[key];
  return { ...object, [key]: rest.length === 0 ? value : write(isObject(inner) ? inner : {}, rest, value) };
}

/** The scale of an object as it is stored. */
export function scaleOf(resource: Resource, object: KubeObject): Scale {
  const paths = pathsOf(resource);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = read(object, paths.replicas);
  const selector = selectorOf(read(object, paths.selector));
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(creationTimestamp !== undefined && { creationTimestamp }),
    },
    spec: { ...(typeof replicas === 'number' && replicas !== 0 && { replicas }) },
    status: { replicas: Number(read(object, paths.current) ?? 0), ...(selector !== '' && { selector }) },
  };
}

function selectorOf(selector: unknown): string {
  if (typeof selector === 'string') return selector;
  if (!isObject(selector)) return '';
  const isLabelSelector = isObject(selector['matchLabels']) || Array.isArray(selector['matchExpressions']);
  return selectorText(isLabelSelector ? requirementsOf(selector as LabelSelector) : requirementsOfMap(selector as Labels));
}

/** The object with the number of pods that a scale wants. */
export function withReplicas(resource: Resource, object: KubeObject, replicas: number): KubeObject {
  return write(object as unknown as JsonObject, pathsOf(resource).replicas, replicas) as unknown as KubeObject;
}
