/** Lines that servers write while they answer. No time passes, and nothing reacts to a log. */
import type { NodeName } from '#kube/names.ts';
import type { Host, LogLine } from '#node/host.ts';
import type { Lab } from './lab.ts';

export interface ServerLog {
  readonly node: NodeName;
  readonly podUid: string;
  readonly container: string;
  /** To stdout, unless they say otherwise. */
  readonly lines: readonly { readonly at: number; readonly text: string; readonly stream?: LogLine['stream'] }[];
}

/** Writes the lines into their containers' logs. */
export function writeLogs(lab: Pick<Lab, 'snapshot' | 'restore'>, logs: readonly ServerLog[]): void {
  lab.restore({ ...lab.snapshot, hosts: withLogs(lab.snapshot.hosts, logs) });
}

/** The hosts with the lines in their containers' logs. */
export function withLogs(hosts: ReadonlyMap<NodeName, Host>, logs: readonly ServerLog[]): ReadonlyMap<NodeName, Host> {
  const next = new Map(hosts);
  for (const { node, podUid, container, lines } of logs) {
    const host = next.get(node);
    const sandbox = host?.sandboxes.get(podUid);
    if (host === undefined || sandbox === undefined) continue;
    const written = lines.map(({ at, text, stream = 'stdout' }): LogLine => ({ at, stream, text }));
    const containers = sandbox.containers.map((one) =>
      one.name !== container || one.run === undefined
        ? one
        : { ...one, run: { ...one.run, logs: [...one.run.logs, ...written].sort((a, b) => a.at - b.at) } },
    );
    next.set(node, { ...host, sandboxes: new Map(host.sandboxes).set(podUid, { ...sandbox, containers }) });
  }
  return next;
}
