import type { Container } from '#kube/kinds/container.ts';
import { Pod } from '#kube/kinds/pod.ts';
import type { NodeName } from '#kube/names.ts';
import type { Sandbox } from '#node/host.ts';
import { contextOf } from '#node/kubelet/container-environment.ts';
import type { ContainerContext, Programs } from '#node/program.ts';
import type { Snapshot } from '#node/snapshot.ts';

export interface ContainerPlace {
  readonly node: NodeName;
  readonly sandbox: Sandbox;
  readonly container: string;
  /** Unix milliseconds. */
  readonly now: number;
}

/** What a program finds around it in a snapshot; undefined when the API has no such container any more. */
export function containerContext(snapshot: Snapshot, place: ContainerPlace, programs: Programs): ContainerContext | undefined {
  const { node, sandbox, now } = place;
  const pod = snapshot.cluster.get(Pod, sandbox.podNamespace, sandbox.podName);
  const all = [...(pod?.spec.containers ?? []), ...((pod?.spec.initContainers ?? []) as readonly Container[])];
  const container = all.find(({ name }) => name === place.container);
  if (pod === undefined || container === undefined) return undefined;
  const change = { objects: snapshot.cluster.edit(), hosts: new Map(snapshot.hosts), now: snapshot.now };
  // The runtime knows a static pod by another UID than its mirror has.
  const known = { ...pod, metadata: { ...pod.metadata, uid: sandbox.podUid } };
  return contextOf({ programs }, change, node, known, container, now);
}
