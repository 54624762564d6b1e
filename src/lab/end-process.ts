import type { Lab } from './lab.ts';
import type { StreamingPlace } from './streaming.ts';

/** Lets the process of a container end by itself with this status, having written these lines: somebody who was attached to it has left it. */
export function endProcess(lab: Lab, { node, podUid, container }: StreamingPlace, code: number, lines: readonly string[] = []): void {
  lab.change(({ hosts, now }) => {
    const host = hosts.get(node);
    const sandbox = host?.sandboxes.get(podUid);
    const state = sandbox?.containers.find((one) => one.name === container);
    if (host === undefined || sandbox === undefined || state?.run === undefined || state.run.finishedAt !== undefined) return;
    const after = Math.max(0, now - 1000 - state.run.startedAt);
    const logs = [...state.run.logs, ...lines.map((text) => ({ at: state.run!.startedAt + after, stream: 'stdout' as const, text }))];
    const ending = { ...state, run: { ...state.run, logs, exit: { after, code } } };
    const containers = sandbox.containers.map((one) => (one === state ? ending : one));
    hosts.set(node, { ...host, sandboxes: new Map(host.sandboxes).set(podUid, { ...sandbox, containers }) });
  });
}
