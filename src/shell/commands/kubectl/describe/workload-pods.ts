import type { Pod } from '#kube/kinds/pod.ts';
import type { KubeObject } from '#kube/object.ts';
import { controllerOf } from '#kube/object.ts';
import type { Context } from './context.ts';

/** `3 Running / 0 Waiting / 0 Succeeded / 0 Failed`: the pods that the object controls (kubectl: getPodStatusForController). */
export function podsStatus({ metadata }: KubeObject, selector: string, context: Context): string {
  const pods = context.list<Pod>('v1', 'Pod', metadata.namespace ?? '', { labelSelector: selector });
  const own = pods.filter((pod) => controllerOf(pod)?.uid === metadata.uid);
  const count = (phase: string) => own.filter(({ status }) => status.phase === phase).length;
  return `${count('Running')} Running / ${count('Pending')} Waiting / ${count('Succeeded')} Succeeded / ${count('Failed')} Failed`;
}
