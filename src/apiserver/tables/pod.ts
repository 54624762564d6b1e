import type { Pod } from '#kube/kinds/pod.ts';
import { parseTime } from '#kube/time.ts';
import { ageOf } from './duration.ts';
import { age, ageColumn, column, definePrinter, nameColumn, wide, type RowCondition } from './table.ts';

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

const completed: Readonly<Record<string, readonly RowCondition[]>> = {
  Succeeded: [{ type: 'Completed', status: 'True', reason: 'Succeeded', message: 'The pod has completed successfully.' }],
  Failed: [{ type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' }],
};

/** pkg/printers/internalversion/printers.go: printPod */
export const podPrinter = definePrinter<Pod>(
  [
    nameColumn,
    column('Ready', 'how many of its containers are ready'),
    column('Status', 'what the pod is doing, or what keeps it from doing it'),
    column('Restarts', 'how often its containers were restarted, and how long ago the last time was'),
    ageColumn,
    wide('IP', 'first address of the pod'),
    wide('Node', 'the node it runs on'),
    wide('Nominated Node', 'the node that is being cleared for it'),
    wide('Readiness Gates', 'how many of its additional conditions are true'),
  ],
  (pod, moment) => {
    const { ready, total, reason, restarts, lastRestart } = summaryOf(pod);
    const orNone = (text: string | undefined) => (text === undefined || text === '' ? '<none>' : text);
    const restartsText =
      restarts > 0 && lastRestart !== undefined ? `${restarts} (${ageOf(lastRestart, moment.now)} ago)` : String(restarts);
    return [
      pod.metadata.name,
      `${ready}/${total}`,
      reason,
      restartsText,
      age(pod, moment),
      orNone(pod.status?.podIPs?.[0]?.ip),
      orNone(pod.spec.nodeName),
      orNone(pod.status?.nominatedNodeName),
      readinessGates(pod),
    ];
  },
  (pod) => completed[pod.status?.phase ?? ''],
);

function readinessGates(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const met = gates.filter(({ conditionType }) => conditionOf(pod, conditionType)?.status === 'True');
  return `${met.length}/${gates.length}`;
}

function conditionOf(pod: Pod, type: string) {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

interface Summary {
  readonly ready: number;
  readonly total: number;
  readonly reason: string;
  readonly restarts: number;
  readonly lastRestart: string | undefined;
}

/** What the first four columns say. */
function summaryOf(pod: Pod): Summary {
  const sidecars = new Set(
    (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
  const total = pod.spec.containers.length + sidecars.size;
  const phase = pod.status?.phase ?? '';
  let reason = pod.status?.reason || phase;
  if (conditionOf(pod, 'PodScheduled')?.reason === 'SchedulingGated') reason = 'SchedulingGated';

  const initialization = initializationOf(pod, sidecars);
  let { ready, restarts, lastRestart } = initialization;
  if (initialization.reason !== undefined) reason = initialization.reason;
  if (initialization.reason === undefined || conditionOf(pod, 'Initialized')?.status === 'True') {
    restarts = initialization.sidecarRestarts;
    lastRestart = initialization.lastSidecarRestart;
    let hasRunning = false;
    // From the last to the first: the first container that has something to say is heard.
    for (const container of [...(pod.status?.containerStatuses ?? [])].reverse()) {
      restarts += container.restartCount;
      lastRestart = later(lastRestart, container);
      const { waiting, terminated, running } = container.state ?? {};
      if (waiting?.reason) reason = waiting.reason;
      else if (terminated !== undefined) reason = terminated.reason || endingOf(terminated);
      else if (container.ready && running !== undefined) {
        hasRunning = true;
        ready++;
      }
    }
    if (reason === 'Completed' && hasRunning) reason = conditionOf(pod, 'Ready')?.status === 'True' ? 'Running' : 'NotReady';
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (pod.status?.reason === 'NodeLost') reason = 'Unknown';
    else if (phase !== 'Succeeded' && phase !== 'Failed') reason = 'Terminating';
  }
  return { ready, total, reason, restarts, lastRestart };
}

/** What the init containers have to say; `reason` is absent once they are through. */
function initializationOf(pod: Pod, sidecars: ReadonlySet<string>) {
  let ready = 0;
  let restarts = 0;
  let sidecarRestarts = 0;
  let lastRestart: string | undefined;
  let lastSidecarRestart: string | undefined;
  let reason: string | undefined;
  for (const [i, container] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const isSidecar = sidecars.has(container.name);
    restarts += container.restartCount;
    lastRestart = later(lastRestart, container);
    if (isSidecar) {
      sidecarRestarts += container.restartCount;
      lastSidecarRestart = later(lastSidecarRestart, container);
    }
    const { waiting, terminated } = container.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (isSidecar && container.started === true) {
      if (container.ready) ready++;
      continue;
    }
    if (terminated !== undefined) reason = `Init:${terminated.reason || endingOf(terminated)}`;
    else if (waiting?.reason && waiting.reason !== 'PodInitializing') reason = `Init:${waiting.reason}`;
    else reason = `Init:${i}/${pod.spec.initContainers?.length ?? 0}`;
    break;
  }
  return { ready, restarts, sidecarRestarts, lastRestart, lastSidecarRestart, reason };
}

function endingOf({ signal, exitCode }: { readonly signal?: number; readonly exitCode: number }): string {
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

/** The later of a time and the container's last end. */
function later(time: string | undefined, { lastState }: ContainerStatus): string | undefined {
  const finished = lastState?.terminated?.finishedAt;
  if (finished === undefined) return time;
  return time === undefined || parseTime(time) < parseTime(finished) ? finished : time;
}
