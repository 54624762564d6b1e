/** The end of a container whose command somebody has run for it. */
import { end } from '#node/kubelet/container.ts';
import type { LogLine } from '#node/host.ts';
import type { Lab } from './lab.ts';
import type { StreamingPlace } from './streaming.ts';

/** A container's command has written this, and has ended with a status. Nothing happens where it does not run any more. */
export function endContainer(lab: Lab, place: StreamingPlace, code: number, written: readonly Omit<LogLine, 'at'>[]): void {
  lab.change(({ hosts, now }) => {
    const host = hosts.get(place.node);
    const sandbox = host?.sandboxes.get(place.podUid);
    if (host === undefined || sandbox === undefined) return;
    const containers = sandbox.containers.map((state) => {
      const { run } = state;
      if (state.name !== place.container || run === undefined || run.finishedAt !== undefined) return state;
      const logs = written.map((line): LogLine => ({ at: now, ...line }));
      return end(state, { ...run, logs: [...run.logs, ...logs] }, now, code);
    });
    hosts.set(place.node, { ...host, sandboxes: new Map(host.sandboxes).set(place.podUid, { ...sandbox, containers }) });
  });
}
