/** A spot of the cluster from which something is asked: a pod's network namespace, or a machine's. */
import { Pod } from '#kube/kinds/pod.ts';
import { nodeName, type NodeName } from '#kube/names.ts';
import { readFile } from '#node/files.ts';
import { mountsOf, readMounted } from '#node/kubelet/volumes.ts';
import type { Snapshot } from '#node/snapshot.ts';

export interface Spot {
  readonly node: NodeName;
  /** `''` for the machine's own. */
  readonly namespace: string;
  /** The pod, when it is one; its first container unless another is named. */
  readonly pod?: { readonly namespace: string; readonly name: string; readonly uid: string; readonly container?: string };
}

/** The spot of a pod; undefined while it has no sandbox. */
export function podSpot({ cluster, hosts }: Snapshot, namespace: string, name: string, container?: string): Spot | undefined {
  const pod = cluster.get(Pod, namespace, name);
  const node = nodeName(pod?.spec.nodeName ?? '');
  const sandbox =
    pod === undefined
      ? undefined
      : [...(hosts.get(node)?.sandboxes.values() ?? [])].find((one) => one.podNamespace === namespace && one.podName === name);
  if (pod === undefined || sandbox === undefined) return undefined;
  return {
    node,
    namespace: sandbox.network.namespace,
    pod: { namespace, name, uid: sandbox.podUid, ...(container !== undefined && { container }) },
  };
}

export function nodeSpot({ hosts }: Snapshot, name: string): Spot | undefined {
  return hosts.has(nodeName(name)) ? { node: nodeName(name), namespace: '' } : undefined;
}

/** A file as a process at that spot reads it. */
export function readAt({ cluster, hosts, now }: Snapshot, spot: Spot, path: string): string | undefined {
  const host = hosts.get(spot.node)!;
  if (spot.pod === undefined) return readFile(host.files, path);
  const pod = cluster.get(Pod, spot.pod.namespace, spot.pod.name);
  const sandbox = host.sandboxes.get(spot.pod.uid);
  const container = pod?.spec.containers.find((one) => one.name === spot.pod!.container) ?? pod?.spec.containers[0];
  if (pod === undefined || sandbox === undefined || container === undefined) return undefined;
  const mounted = readMounted(mountsOf(cluster, host, pod, container, sandbox, now), host, path);
  if (mounted !== undefined) return mounted ?? undefined;
  const written = sandbox.containers.find((one) => one.name === container.name)?.written;
  return written === undefined ? undefined : readFile(written, path);
}
