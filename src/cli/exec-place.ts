import { nodeName } from '#kube/names.ts';
import type { LogPlace } from '#lab/container-log.ts';
import type { Lab } from '#lab/lab.ts';
import { podSpot } from '#lab/spot.ts';
import type { Place } from '#shell/command.ts';

/** A container as a place of the terminal. */
export function placeOfContainer({ snapshot }: Lab, { node, namespace, pod, container }: LogPlace): Place {
  const podUid = podSpot(snapshot, namespace, pod)?.pod?.uid ?? '';
  return { kind: 'pod', node: nodeName(node), podUid, namespace, pod, container };
}
