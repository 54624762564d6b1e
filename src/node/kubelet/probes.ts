/** A container under its probes (pkg/kubelet/prober/worker.go). */
import type { Probe } from '#kube/kinds/probe.ts';
import type { ContainerState, Listener } from '../host.ts';
import type { ContainerContext } from '../program.ts';
import { end } from './container.ts';
import { firstVerdict, probeOnce } from './probe.ts';
import type { PodWorker, Due, Tell } from './worker.ts';

/** The probes of a running container: whether it counts as started and ready, and whether liveness kills it. */
export function probeAll(
  worker: PodWorker,
  context: ContainerContext,
  state: ContainerState,
  listeners: readonly Listener[],
  tell: Tell,
): { state: ContainerState; due: Due } {
  const { container, now, sandbox, host } = context;
  const run = state.run!;
  const program = worker.programs(container.image!);
  const address = sandbox.network.namespace === '' ? host.addresses[0]! : (sandbox.network.ips[0]?.address.ip ?? '127.0.0.1');
  const age = now - run.startedAt;
  let due = Infinity;
  const judge = (probe: Probe | undefined, kind: 'Startup' | 'Liveness' | 'Readiness'): boolean | undefined => {
    if (probe === undefined) return true;
    const result = probeOnce(probe, context, program, state, listeners, address);
    const verdict = firstVerdict(probe, result.ok);
    if (!result.ok && age >= firstVerdict({ ...probe, failureThreshold: 1 }, false)) {
      const period = (probe.periodSeconds ?? 10) * 1000;
      tell({
        type: 'Warning',
        reason: 'Unhealthy',
        message: `${kind} probe failed: ${result.output}`,
        times: Math.max(1, Math.floor(age / period) - Math.floor((age - 1) / period)),
      });
    }
    if (age < verdict) {
      due = Math.min(due, run.startedAt + verdict);
      return undefined;
    }
    return result.ok;
  };
  const started = state.startedOk === true ? true : judge(container.startupProbe, 'Startup');
  if (started === false) return kill(worker, context, state, 'failed startup probe', tell);
  if (started === undefined) return { state: { ...state, startedOk: false, ready: false }, due };
  const alive = judge(container.livenessProbe, 'Liveness');
  if (alive === false) return kill(worker, context, state, 'failed liveness probe', tell);
  const ready = judge(container.readinessProbe, 'Readiness');
  const next = {
    ...state,
    ready: ready === true || (ready === undefined && state.ready),
    ...(container.startupProbe !== undefined && { startedOk: true }),
  };
  return { state: next, due };
}

function kill(
  worker: PodWorker,
  context: ContainerContext,
  state: ContainerState,
  why: string,
  tell: Tell,
): { state: ContainerState; due: Due } {
  tell({ type: 'Normal', reason: 'Killing', message: `Container ${context.container.name} ${why}, will be restarted` });
  const run = state.run!;
  const grace =
    (context.container.livenessProbe?.terminationGracePeriodSeconds ?? context.pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
  const graceful = run.stopsAfter !== undefined && run.stopsAfter <= grace;
  const at = context.now + (graceful ? run.stopsAfter! : grace);
  void worker;
  return { state: end(state, { ...run, finishedAt: at }, at, graceful ? 0 : 137, graceful ? 'Completed' : 'Error'), due: at };
}
