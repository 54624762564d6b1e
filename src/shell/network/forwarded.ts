/** What a kubectl that forwards a port says of the connections it takes (staging:client-go/tools/portforward/portforward.go). */
import type { Trace } from '#dataplane/trace/trace.ts';
import type { BackgroundProcess, Host, Listener } from '#node/host.ts';
import type { NodeName } from '#kube/names.ts';
import type { Lab } from '#lab/lab.ts';

/** How containerd's runtime words that nobody listens in the pod; `namespace` is the sandbox's own, `''` the host's. */
export function forwardingProblem({ id, namespace }: { readonly id: string; readonly namespace: string }, port: number): string {
  const path = namespace === '' ? 'host' : `/var/run/netns/${namespace}`;
  const refused = (network: string, address: string) => `dial ${network} ${address}:${port}: connect: connection refused`;
  return `error forwarding port ${port} to pod ${id}, uid : failed to execute portforward in network namespace ${JSON.stringify(path)}: failed to connect to localhost:${port} inside namespace ${JSON.stringify(id)}, IPv4: ${refused('tcp4', '127.0.0.1')} IPv6 ${refused('tcp6', '[::1]')} `;
}

/** Lets the kubectl that has taken a connection say so; one that cannot hand it on loses its own way to the pod, and ends. */
export function noteForwarded(lab: Lab, { tunnelled, destination }: Trace): void {
  const taken = tunnelled?.listening?.listener;
  if (tunnelled === undefined || taken?.tunnel?.to !== 'pod') return;
  const lost = destination?.listening?.listener === taken;
  const lines: BackgroundProcess['written'] = [
    { to: 'stdout', text: `Handling connection for ${taken.port}\n` },
    ...(lost ? [{ to: 'stderr' as const, text: `${loggedLoss(lab, taken)}error: lost connection to pod\n` }] : []),
  ];
  changeBackground(lab, tunnelled.at.host.name, taken.pid, (program) => ({
    ...program,
    written: [...program.written, ...lines],
    ...(lost && { ended: { status: 1 } }),
  }));
}

/** A line of klog; its place in the source is that of the releases. */
function loggedLoss({ snapshot: { hosts, now } }: Lab, { tunnel, pid, port: local }: Listener): string {
  if (tunnel?.to !== 'pod') return '';
  const { podUid, sandboxId, port, minorVersion } = tunnel;
  const sandbox = [...hosts.values()].map(({ sandboxes }) => sandboxes.get(podUid)).find((one) => one?.id === sandboxId);
  const why =
    sandbox === undefined
      ? `error forwarding port ${port} to pod ${sandboxId}, uid : failed to find sandbox ${JSON.stringify(sandboxId)} in store: not found`
      : forwardingProblem({ id: sandboxId, namespace: sandbox.network.namespace }, port);
  const message = `an error occurred forwarding ${local} -> ${port}: ${why}`;
  const [date, time] = new Date(now).toISOString().split('T') as [string, string];
  const head = `E${date.slice(5, 7)}${date.slice(8)} ${time.slice(0, 12)}000 ${String(pid).padStart(7)}`;
  return minorVersion >= 31
    ? `${head} portforward.go:424] "Unhandled Error" err=${JSON.stringify(message)}\n`
    : `${head} portforward.go:409] ${message}\n`;
}

/** Changes one of the programs that run on a machine in the background. No time passes, and nothing else reacts. */
export function changeBackground(
  lab: Pick<Lab, 'snapshot' | 'restore'>,
  node: NodeName,
  pid: number,
  change: (process: BackgroundProcess) => BackgroundProcess,
): void {
  const { snapshot } = lab;
  const host = snapshot.hosts.get(node);
  if (host === undefined) return;
  const changed: Host = { ...host, background: (host.background ?? []).map((one) => (one.pid === pid ? change(one) : one)) };
  lab.restore({ ...snapshot, hosts: new Map(snapshot.hosts).set(node, changed) });
}
