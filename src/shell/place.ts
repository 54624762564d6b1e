/** What stands behind a place: its pod and container, its sandbox, and its network namespace. */
import type { Container } from '#kube/kinds/container.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { nodeName } from '#kube/names.ts';
import type { Lab } from '#lab/lab.ts';
import type { ContainerState, Host, Sandbox } from '#node/host.ts';
import type { NetworkNamespace } from '#node/kernel.ts';
import type { Place } from './command.ts';

/** A container as its pod asks for it, whichever kind it is of. */
export function specAt({ snapshot }: Lab, place: Place): { readonly pod: Pod; readonly container: Container } | undefined {
  const pod = place.kind === 'node' ? undefined : snapshot.cluster.get(Pod, place.namespace, place.pod);
  if (place.kind === 'node' || pod === undefined) return undefined;
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const all = [...containers, ...initContainers, ...(ephemeralContainers as readonly Container[])];
  const container = all.find((one) => one.name === place.container);
  return container && { pod, container };
}

export function sandboxAt(lab: Lab, place: Place): Sandbox | undefined {
  return place.kind === 'node' ? undefined : lab.snapshot.hosts.get(place.node)?.sandboxes.get(place.podUid);
}

export function containerAt(lab: Lab, place: Place): ContainerState | undefined {
  return place.kind === 'node' ? undefined : sandboxAt(lab, place)?.containers.find((one) => one.name === place.container);
}

export function hostAt(lab: Lab, place: Place): Host {
  return lab.snapshot.hosts.get(place.node)!;
}

/** The name of the network namespace that programs there are in; `''` is the host's. */
export function namespaceName(lab: Lab, place: Place): string {
  if (place.kind === 'node') return place.netns ?? '';
  return sandboxAt(lab, place)?.network.namespace ?? '';
}

export function namespaceAt(lab: Lab, place: Place): NetworkNamespace {
  return hostAt(lab, place).kernel.namespaces.get(namespaceName(lab, place))!;
}

/** The node a session begins on: the first control plane, or the first node. */
export function controlPlaneOf(lab: Lab): Place {
  const hosts = [...lab.snapshot.hosts.values()];
  return { kind: 'node', node: (hosts.find((host) => host.controlPlane) ?? hosts[0])?.name ?? nodeName('controlplane') };
}

/** One text for each place: a network namespace of a machine is one of its own. */
export function placeKey(place: Place): string {
  return place.kind === 'node'
    ? `${place.node}${place.netns === undefined ? '' : ` ${place.netns}`}`
    : `${place.podUid}/${place.container}`;
}
