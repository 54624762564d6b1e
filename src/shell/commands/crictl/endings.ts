/** `crictl stop` and `rm` (cri-tools: cmd/crictl/container.go). The kubelet finds a container that was stopped ended, and starts the next. */
import type { ContainerRun, ContainerState, Host } from '#node/host.ts';
import { end } from '#node/kubelet/container.ts';
import type { Output } from '../../command.ts';
import { containersOf, type CriContainer } from './inventory.ts';

/** What became of a host and what was said about it. */
interface Ending {
  readonly host: Host;
  readonly said: Output;
}

interface Told {
  readonly ids: readonly string[];
  readonly now: number;
}

const find = (host: Host, id: string) => containersOf(host).find((one) => one.run.id.startsWith(id));

/** Ends each container, by SIGKILL unless it ends within `timeout` seconds by itself. */
export function stop(host: Host, { ids, now, timeout }: Told & { readonly timeout: number }): Ending {
  return each(host, ids, 'unable to stop container(s)', (before, id) => {
    const found = find(before, id);
    if (found === undefined) return `stopping the container ${JSON.stringify(id)}: ${unknown(id)}`;
    return found.status === 'Running' ? ended(before, found, now, timeout) : before;
  });
}

/** Removes what is left of each container; one that runs only by `force`. */
export function remove(host: Host, { ids, now, force }: Told & { readonly force: boolean }): Ending {
  return each(
    host,
    ids,
    'unable to remove container(s)',
    (before, id) => {
      const found = find(before, id);
      if (found === undefined) return unknown(id);
      if (found.status === 'Running' && !force) return `container ${JSON.stringify(id)} is running, please stop it first`;
      const stopped = found.status === 'Running' ? ended(before, found, now, 0) : before;
      const run = find(stopped, found.run.id)!;
      return withRun(stopped, run, (state) => ({ ...state, [lifeOf(state, run.run)]: { ...run.run, removed: true } }));
    },
    (before, id) => (find(before, id)?.status === 'Running' ? 2 : 1),
  );
}

function each(
  host: Host,
  ids: readonly string[],
  failed: string,
  act: (host: Host, id: string) => Host | string,
  /** How often the name of one that succeeds is printed: once for each thing that is done to it. */
  times: (host: Host, id: string) => number = () => 1,
): Ending {
  let after = host;
  let [stdout, stderr] = ['', ''];
  for (const id of ids) {
    const next = act(after, id);
    if (typeof next === 'string') stderr += logged('ERRO', next);
    else {
      stdout += `${id}\n`.repeat(times(after, id));
      after = next;
    }
  }
  if (stderr !== '') stderr += logged('FATA', failed);
  return { host: after, said: { stdout, stderr, exitCode: stderr === '' ? 0 : 1 } };
}

/** A line of logrus on a terminal. */
export function logged(level: 'ERRO' | 'FATA', message: string): string {
  return `${level}[0000] ${message.padEnd(44)} \n`;
}

function unknown(id: string): string {
  return `rpc error: code = NotFound desc = an error occurred when try to find container ${JSON.stringify(id)}: not found`;
}

function ended(host: Host, found: CriContainer, now: number, timeout: number): Host {
  const { run } = found;
  const graceful = run.stopsAfter !== undefined && run.stopsAfter <= timeout * 1000;
  return withRun(host, found, (state) => end(state, run, now, graceful ? 0 : 137));
}

function lifeOf(state: ContainerState, run: ContainerRun): 'run' | 'previous' {
  return state.run?.id === run.id ? 'run' : 'previous';
}

function withRun(host: Host, { sandbox, state }: CriContainer, change: (state: ContainerState) => ContainerState): Host {
  const containers = sandbox.containers.map((one) => (one.name === state.name ? change(one) : one));
  return { ...host, sandboxes: new Map(host.sandboxes).set(sandbox.podUid, { ...sandbox, containers }) };
}
