/** What plugins ask of pods and of what makes pods. */
import { Pod } from '#kube/kinds/pod.ts';
import type { PodTemplateSpec } from '#kube/kinds/pod-template.ts';
import { resourceOf, type Kind } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';
import type { Review } from '../context.ts';

const pods = resourceOf(Pod);

/** Reports whether the review is of a pod as a whole. */
export function isPod({ kind, context }: Review): boolean {
  return resourceOf(kind) === pods && context.subresource === undefined;
}

/** Reports whether the pod stands for a static pod, about which nobody but the kubelet decides. */
export function isMirrorPod({ object, context }: Review): boolean {
  return context.mirrorPod === true || object.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
}

const templates: Readonly<Record<string, (spec: Readonly<Record<string, unknown>>) => unknown>> = {
  'cronjobs.batch': (spec) => ((spec['jobTemplate'] as { spec?: Readonly<Record<string, unknown>> } | undefined)?.spec ?? {})['template'],
  'daemonsets.apps': (spec) => spec['template'],
  'deployments.apps': (spec) => spec['template'],
  'jobs.batch': (spec) => spec['template'],
  replicationcontrollers: (spec) => spec['template'],
  'replicasets.apps': (spec) => spec['template'],
  'statefulsets.apps': (spec) => spec['template'],
};

/** The template of the pods that an object makes; undefined when it makes none. */
export function podTemplateOf(kind: Kind, object: KubeObject): PodTemplateSpec | undefined {
  const spec = (object as { readonly spec?: Readonly<Record<string, unknown>> }).spec ?? {};
  return templates[resourceOf(kind)]?.(spec) as PodTemplateSpec | undefined;
}
