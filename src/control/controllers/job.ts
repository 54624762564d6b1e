/** Jobs that run pods to completion (pkg/controller/job/job_controller.go); CronJobs start none by themselves, for simulated time stands between commands. */
import { Job } from '#kube/kinds/job.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { parseTime, rfc3339 } from '#kube/time.ts';
import type { Objects } from '#kube/cluster.ts';
import type { Controller, ControlPlane } from '../controller.ts';
import { recordEvent } from '#kube/record-event.ts';
import { createPod } from '../pod-template.ts';
import { isActive, isReady } from '../pods.ts';
import { isControlledBy, putStatus } from '../write.ts';

const source = { component: 'job-controller' };

export const jobController: Controller = {
  name: 'job-controller',
  component: 'kube-controller-manager',
  reads: [Job, Pod],
  timed: ({ objects }) => hasOpenJobs(objects),
  reconcile(plane) {
    for (const job of plane.objects.list(Job)) if (job.metadata.deletionTimestamp === undefined) reconcileJob(plane, job);
  },
};

const firstBackOff = 10_000;
const longestBackOff = 600_000;

/**
 * When a Job makes the next pod after some have failed, in Unix milliseconds: ten seconds after the last failure, and twice as long after each
 * one since the last success, up to ten minutes (pkg/controller/job/backoff_utils.go).
 */
function retryAt(pods: readonly Pod[]): number {
  const ends = (phase: string) => pods.filter((pod) => pod.status?.phase === phase).map(endOf);
  const succeeded = Math.max(-Infinity, ...ends('Succeeded'));
  const failures = ends('Failed').filter((end) => end > succeeded);
  if (failures.length === 0) return -Infinity;
  return Math.max(...failures) + Math.min(firstBackOff * 2 ** (failures.length - 1), longestBackOff);
}

/** When the last container of a pod has ended. */
function endOf({ metadata, status }: Pod): number {
  const ends = (status?.containerStatuses ?? [])
    .map(({ state }) => state?.terminated?.finishedAt)
    .filter((time) => time !== undefined && time !== null);
  return Math.max(...(ends.length > 0 ? ends : [metadata.creationTimestamp!]).map(parseTime));
}

function isFinished({ status }: Job): boolean {
  return (status?.conditions ?? []).some((one) => (one.type === 'Complete' || one.type === 'Failed') && one.status === 'True');
}

function podsOf(objects: Objects, job: Job): readonly Pod[] {
  return objects.list(Pod, job.metadata.namespace).filter((pod) => isControlledBy(pod, job));
}

/** Reports whether a Job has not come to its end. */
export function hasOpenJobs(objects: Objects): boolean {
  return objects.list(Job).some((job) => !isFinished(job));
}

/** When the next of the Jobs' pods is made that wait because others have failed, in Unix milliseconds; Infinity: none waits. */
export function nextRetry(objects: Objects, now: number): number {
  let next = Infinity;
  for (const job of objects.list(Job)) {
    if (isFinished(job) || job.spec?.suspend === true) continue;
    const at = retryAt(podsOf(objects, job));
    if (at > now) next = Math.min(next, at);
  }
  return next;
}

type Condition = NonNullable<NonNullable<Job['status']>['conditions']>[number];

function reconcileJob(plane: ControlPlane, job: Job): void {
  const { objects, now } = plane;
  if (isFinished(job)) return;
  const pods = () => podsOf(objects, job);
  const count = (phase: string) => pods().filter((pod) => pod.status?.phase === phase).length;
  const succeeded = count('Succeeded');
  const failed = count('Failed');
  const completions = job.spec?.completions ?? 1;
  const limit = job.spec?.backoffLimit ?? 6;
  const restarts = pods().reduce(
    (sum, pod) => sum + (pod.status?.containerStatuses ?? []).reduce((n, one) => n + (one.restartCount ?? 0), 0),
    0,
  );
  const time = rfc3339(now);
  const condition = (type: string, reason: string, message: string): Condition => ({
    type,
    status: 'True',
    reason,
    message,
    lastProbeTime: time,
    lastTransitionTime: time,
  });
  const start = { startTime: job.status?.startTime ?? time };
  const counts = { ...(succeeded > 0 && { succeeded }), ...(failed > 0 && { failed }) };
  if (succeeded >= completions) {
    const message = 'Reached expected number of succeeded pods';
    recordEvent(plane, job, source, { type: 'Normal', reason: 'Completed', message: 'Job completed' });
    putStatus(plane, Job, job, {
      ...start,
      completionTime: time,
      ...counts,
      conditions: [condition('SuccessCriteriaMet', 'CompletionsReached', message), condition('Complete', 'CompletionsReached', message)],
      ready: 0,
      terminating: 0,
      uncountedTerminatedPods: {},
    });
    return;
  }
  if (failed > limit || restarts > limit) {
    const message = 'Job has reached the specified backoff limit';
    recordEvent(plane, job, source, { type: 'Warning', reason: 'BackoffLimitExceeded', message });
    putStatus(plane, Job, job, {
      ...start,
      ...counts,
      conditions: [condition('FailureTarget', 'BackoffLimitExceeded', message), condition('Failed', 'BackoffLimitExceeded', message)],
      ready: 0,
      terminating: 0,
      uncountedTerminatedPods: {},
    });
    return;
  }
  const active = pods().filter(isActive).length;
  const wanted = Math.min(job.spec?.parallelism ?? 1, completions - succeeded);
  if (job.spec?.suspend !== true && retryAt(pods()) <= now)
    for (let missing = wanted - active; missing > 0; missing--)
      if (!createPod(plane, source.component, Job, job, job.spec!.template).ok) break;
  const running = pods().filter(isActive);
  putStatus(plane, Job, job, {
    ...start,
    ...(running.length > 0 && { active: running.length }),
    ...counts,
    ready: running.filter(isReady).length,
    terminating: 0,
    uncountedTerminatedPods: {},
  });
}
