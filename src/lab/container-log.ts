/** What a kubelet answers when it is asked for a container's log (pkg/kubelet/kubelet_pods.go validateContainerLogStatus, kuberuntime/logs). */
import { nodeName } from '#kube/names.ts';
import { fail, ok, type Result, type Status } from '#kube/status.ts';
import { parseTime } from '#kube/time.ts';
import { hostPort } from '#net/ip.ts';
import type { LogLine } from '#node/host.ts';
import { isRunning } from '#node/systemd/systemd.ts';
import type { Lab } from './lab.ts';

export interface LogQuery {
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly sinceSeconds?: number;
  readonly sinceTime?: string;
  readonly tailLines?: number;
  readonly limitBytes?: number;
}

export interface LogPlace {
  readonly node: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

export function containerLog(lab: Lab, place: LogPlace, query: LogQuery): Result<string, Status> {
  const host = lab.snapshot.hosts.get(nodeName(place.node));
  const path = `/containerLogs/${place.namespace}/${place.pod}/${place.container}`;
  if (host === undefined || !isRunning(host, 'kubelet')) {
    const address = hostPort(host?.addresses[0] ?? place.node, 10250);
    return fail({ code: 500, reason: '', message: `Get "https://${address}${path}": dial tcp ${address}: connect: connection refused` });
  }
  const bad = (message: string): Result<string, Status> => fail({ code: 400, reason: 'BadRequest', message });
  const sandbox = [...host.sandboxes.values()].find((one) => one.podNamespace === place.namespace && one.podName === place.pod);
  const state = sandbox?.containers.find((one) => one.name === place.container);
  const run = query.previous
    ? state?.waiting !== undefined && state.run?.finishedAt !== undefined
      ? state.run
      : state?.previous
    : state?.run;
  const named = `container ${JSON.stringify(place.container)} in pod ${JSON.stringify(place.pod)}`;
  if (run === undefined) {
    if (query.previous) return bad(`previous terminated ${named} not found`);
    const reason = state?.waiting?.reason;
    const initializing = sandbox?.containers.some((one) => one.init) === true;
    return bad(
      reason === 'ImagePullBackOff' || reason === 'ErrImagePull'
        ? `${named} is waiting to start: trying and failing to pull image`
        : `${named} is waiting to start: ${reason ?? (initializing ? 'PodInitializing' : 'ContainerCreating')}`,
    );
  }
  return ok(textOf(run.logs, query, lab.now));
}

function textOf(lines: readonly LogLine[], query: LogQuery, now: number): string {
  const since =
    query.sinceSeconds !== undefined
      ? now - query.sinceSeconds * 1000
      : query.sinceTime !== undefined
        ? parseTime(query.sinceTime)
        : -Infinity;
  let kept = lines.filter((line) => line.at >= since);
  if (query.tailLines !== undefined) kept = query.tailLines === 0 ? [] : kept.slice(-query.tailLines);
  const text = linesAsText(kept, query.timestamps);
  return query.limitBytes === undefined ? text : text.slice(0, query.limitBytes);
}

function linesAsText(lines: readonly LogLine[], timestamps: boolean): string {
  return lines.map((line) => `${timestamps ? `${new Date(line.at).toISOString().slice(0, 23)}000000Z ` : ''}${line.text}\n`).join('');
}

/**
 * Hands `send` what a container's present life writes from now on, until that life is over, which `end` is told; the result stops it
 * earlier. A container that does not run has nothing more to say.
 */
export function followContainer(
  lab: Lab,
  place: LogPlace,
  timestamps: boolean,
  { send, end }: { send(text: string): void; end(): void },
): () => void {
  const lifeOf = ({ hosts }: Lab['snapshot']) =>
    [...(hosts.get(nodeName(place.node))?.sandboxes.values() ?? [])]
      .find((one) => one.podNamespace === place.namespace && one.podName === place.pod)
      ?.containers.find((one) => one.name === place.container);
  const first = lifeOf(lab.snapshot)?.run;
  if (first === undefined || first.finishedAt !== undefined) {
    end();
    return () => undefined;
  }
  let seen = first.logs.length;
  const stop = lab.subscribe((_, after) => {
    const state = lifeOf(after);
    const life = [state?.run, state?.previous].find((run) => run?.id === first.id);
    const text = linesAsText((life?.logs ?? []).slice(seen), timestamps);
    if (text !== '') send(text);
    seen = Math.max(seen, life?.logs.length ?? 0);
    if (life !== undefined && life.finishedAt === undefined) return;
    stop();
    end();
  });
  return stop;
}
