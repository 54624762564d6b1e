/** The lives of a machine's containers, when somebody goes on with them elsewhere. */
import type { ContainerRun, ContainerState, Host, Sandbox } from '#node/host.ts';
import type { Programs } from '#node/program.ts';
import type { Snapshot } from '#node/snapshot.ts';
import { containerContext } from './container-context.ts';

/** The host with each life as `change` makes it; `image` is that of its container. */
export function withRuns(host: Host, change: (run: ContainerRun, image: string) => ContainerRun): Host {
  const container = (state: ContainerState): ContainerState => ({
    ...state,
    ...(state.run !== undefined && { run: change(state.run, state.image) }),
    ...(state.previous !== undefined && { previous: change(state.previous, state.image) }),
  });
  const sandbox = (one: Sandbox): Sandbox => ({ ...one, containers: one.containers.map(container) });
  return { ...host, sandboxes: new Map([...host.sandboxes].map(([uid, one]) => [uid, sandbox(one)])) };
}

/** Makes anew what programs keep beside their runs; false when one of them knew something that cannot be found again. */
export function resumePrograms(snapshot: Snapshot, programs: Programs): boolean {
  for (const host of snapshot.hosts.values()) {
    for (const sandbox of host.sandboxes.values()) {
      for (const { name, image, run } of sandbox.containers) {
        const program = programs(image);
        if (program.resume === undefined || run === undefined || run.finishedAt !== undefined) continue;
        const context = containerContext(snapshot, { node: host.name, sandbox, container: name, now: run.startedAt }, programs);
        if (context === undefined || !program.resume(context, run)) return false;
      }
    }
  }
  return true;
}
