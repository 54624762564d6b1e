/** Whether a container's kubelet lets somebody in who wants to exec, attach or forward a port, and what the API server says when not. */
import { hexOf } from '#kube/chance.ts';
import type { NodeName } from '#kube/names.ts';
import { whyMissing } from '#node/missing-program.ts';
import { isRunning } from '#node/systemd/systemd.ts';
import type { Snapshot } from '#node/snapshot.ts';

export type StreamingSubresource = 'exec' | 'attach' | 'portforward';

export interface StreamingPlace {
  readonly node: NodeName;
  readonly podUid: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** Why there is no way in; undefined when there is one. */
export type Closed =
  | { readonly kind: 'no-kubelet'; readonly address: string; readonly message: string }
  | { readonly kind: 'no-container'; readonly message: string };

/** (pkg/kubelet/server/server.go: getExec, getAttach, getPortForward; the dialing is the API server's) */
export function closedTo(
  { hosts }: Snapshot,
  { node, podUid, container }: StreamingPlace,
  subresource: StreamingSubresource,
): Closed | undefined {
  const host = hosts.get(node);
  if (host === undefined || !isRunning(host, 'kubelet')) {
    const address = `${host?.addresses[0] ?? node}:10250`;
    return { kind: 'no-kubelet', address, message: `dial tcp ${address}: connect: connection refused` };
  }
  if (subresource === 'portforward') return undefined;
  const state = host.sandboxes.get(podUid)?.containers.find(({ name }) => name === container);
  if (state?.run !== undefined && state.run.finishedAt === undefined) return undefined;
  return { kind: 'no-container', message: `unable to upgrade connection: container not found (${JSON.stringify(container)})` };
}

/** The kubelet's request as the API server's message has it. */
export function kubeletUrl(
  address: string,
  { namespace, pod, container }: StreamingPlace,
  subresource: StreamingSubresource,
  query: Iterable<readonly [string, string]>,
): string {
  const sorted = [...query].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const parameters = new URLSearchParams(sorted.map(([name, value]): [string, string] => [name, value]));
  return `https://${address}/${subresource}/${namespace}/${pod}/${container}?${parameters.toString()}`;
}

/** What containerd and runc say of a program that the image does not have. */
export function missingProgram(snapshot: Snapshot, podUid: string, program: string): string {
  const id = hexOf(`${snapshot.cluster.seed}/exec/${podUid}/${program}/${snapshot.now}`, 64);
  return `error executing command in container: failed to exec in container: failed to start exec "${id}": OCI runtime exec failed: exec failed: unable to start container process: exec: ${JSON.stringify(program)}: ${whyMissing(program)}: unknown`;
}
