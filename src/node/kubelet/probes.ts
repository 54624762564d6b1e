/** A container under its probes (pkg/kubelet/prober/worker.go). */
import type { Probe } from '#kube/kinds/probe.ts';
import type { ContainerRun, ContainerState, Listener, ProbeKind } from '../host.ts';
import type { ContainerContext } from '../program.ts';
import { end } from './container.ts';
import { firstVerdict, probeOnce } from './probe.ts';
import { earlier, never, type Outlook, type PodWorker, type Tell } from './worker.ts';

/** Of events about one object a component may record so many at once, and then one every five minutes (client-go tools/record/events_cache.go). */
const [burst, refill] = [25, 300_000];

/** How many failures events can have told of by now, when each run since the start has failed, and when the last run was. */
function failuresBy(probe: Probe, age: number): { readonly count: number; readonly last: number } {
  const first = firstVerdict({ ...probe, failureThreshold: 1 }, false);
  const period = (probe.periodSeconds ?? 10) * 1000;
  if (age < first) return { count: 0, last: 0 };
  const runs = Math.floor((age - first) / period) + 1;
  return { count: Math.min(runs, burst + Math.floor((age - first) / refill)), last: first + (runs - 1) * period };
}

/** The probes of a running container: whether it counts as started and ready, and whether liveness kills it. */
export function probeAll(
  worker: PodWorker,
  context: ContainerContext,
  state: ContainerState,
  listeners: readonly Listener[],
  tell: Tell,
): { state: ContainerState; outlook: Outlook } {
  const { container, now, sandbox, host } = context;
  const run = state.run!;
  const program = worker.programs(container.image!);
  const address = sandbox.network.namespace === '' ? host.addresses[0]! : (sandbox.network.ips[0]?.address.ip ?? '127.0.0.1');
  const age = now - run.startedAt;
  let outlook = never;
  const failures: Partial<Record<ProbeKind, number>> = {};
  const judge = (probe: Probe | undefined, kind: ProbeKind): boolean | undefined => {
    if (probe === undefined) return true;
    if (run.trusted?.includes(kind) === true) return asFound(kind, state);
    const result = probeOnce(probe, context, program, state, listeners, address);
    const verdict = firstVerdict(probe, result.ok);
    const { count, last } = failuresBy(probe, age);
    if (!result.ok && count > 0) {
      // A container that was ready until now has failed once; one that never was, from its start.
      const told = run.failures?.[kind] ?? (state.ready ? count - 1 : 0);
      if (count > told)
        tell({
          type: 'Warning',
          reason: 'Unhealthy',
          message: `${kind} probe failed: ${result.output}`,
          times: count - told,
          at: run.startedAt + last,
        });
      failures[kind] = count;
    }
    const due = age < verdict ? run.startedAt + verdict : Infinity;
    // One that fails goes on to fail, and to be told of.
    outlook = earlier(outlook, { due, until: result.ok ? due : now });
    return age < verdict ? undefined : result.ok;
  };
  const started = state.startedOk === true ? true : judge(container.startupProbe, 'Startup');
  if (started === false) return kill(context, state, 'failed startup probe', tell);
  if (started === undefined) return { state: { ...state, run: withFailures(run, failures), startedOk: false, ready: false }, outlook };
  const alive = judge(container.livenessProbe, 'Liveness');
  if (alive === false) return kill(context, state, 'failed liveness probe', tell);
  const ready = judge(container.readinessProbe, 'Readiness');
  const next = {
    ...state,
    run: withFailures(run, failures),
    ready: ready === true || (ready === undefined && state.ready),
    ...(container.startupProbe !== undefined && { startedOk: true }),
  };
  return { state: next, outlook };
}

/** The outcome of a probe that stays as it was found: one that waited for its startup goes on to wait. */
function asFound(kind: ProbeKind, { ready, startedOk }: ContainerState): boolean | undefined {
  if (kind === 'Startup') return startedOk === false ? undefined : true;
  return kind === 'Readiness' ? ready : true;
}

function withFailures(run: ContainerRun, failures: NonNullable<ContainerRun['failures']>): ContainerRun {
  if (run.failures === undefined && Object.keys(failures).length === 0) return run;
  const { failures: _, ...others } = run;
  return Object.keys(failures).length === 0 ? others : { ...others, failures };
}

function kill(context: ContainerContext, state: ContainerState, why: string, tell: Tell): { state: ContainerState; outlook: Outlook } {
  tell({ type: 'Normal', reason: 'Killing', message: `Container ${context.container.name} ${why}, will be restarted` });
  const run = state.run!;
  const grace =
    (context.container.livenessProbe?.terminationGracePeriodSeconds ?? context.pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
  const graceful = run.stopsAfter !== undefined && run.stopsAfter <= grace;
  const at = context.now + (graceful ? run.stopsAfter! : grace);
  return {
    state: end(state, { ...run, finishedAt: at }, at, graceful ? 0 : 137, graceful ? 'Completed' : 'Error'),
    outlook: { due: at, until: context.now },
  };
}
