/** Controllers of pods (pkg/printers/internalversion/printers.go). */
import type { CronJob } from '#kube/kinds/cron-job.ts';
import type { ControllerRevision } from '#kube/kinds/controller-revision.ts';
import type { DaemonSet } from '#kube/kinds/daemon-set.ts';
import type { Deployment } from '#kube/kinds/deployment.ts';
import type { Job } from '#kube/kinds/job.ts';
import type { PodTemplate } from '#kube/kinds/pod-template.ts';
import type { ReplicaSet } from '#kube/kinds/replica-set.ts';
import type { ReplicationController } from '#kube/kinds/replication-controller.ts';
import type { StatefulSet } from '#kube/kinds/stateful-set.ts';
import { controllerOf } from '#kube/object.ts';
import { labelSelectorText, requirementsOf, selectorText } from '#kube/selector.ts';
import { parseTime } from '#kube/time.ts';
import { ageOf, humanDuration } from './duration.ts';
import { age, ageColumn, column, definePrinter, integer, nameColumn, wide } from './table.ts';
import { containerImages, containerNames, labelsText } from './text.ts';

const containers = wide('Containers', 'the names of the containers');
const images = wide('Images', 'the images of the containers');
const selector = wide('Selector', 'which pods are its own');
const desired = integer('Desired', 'how many pods there should be');
const current = integer('Current', 'how many pods there are');
const ready = integer('Ready', 'how many pods are ready');

export const deploymentPrinter = definePrinter<Deployment>(
  [
    nameColumn,
    column('Ready', 'how many pods are ready, and how many there should be'),
    integer('Up-to-date', 'how many pods are of the current template'),
    integer('Available', 'how many pods have been ready long enough'),
    ageColumn,
    containers,
    images,
    selector,
  ],
  (deployment, moment) => {
    const { spec, status } = deployment;
    return [
      deployment.metadata.name,
      `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
      status.updatedReplicas ?? 0,
      status.availableReplicas ?? 0,
      age(deployment, moment),
      containerNames(spec.template),
      containerImages(spec.template),
      selectorText(requirementsOf(spec.selector)),
    ];
  },
);

export const replicaSetPrinter = definePrinter<ReplicaSet>(
  [nameColumn, desired, current, ready, ageColumn, containers, images, selector],
  (set, moment) => [
    set.metadata.name,
    set.spec.replicas ?? 0,
    set.status.replicas,
    set.status.readyReplicas ?? 0,
    age(set, moment),
    containerNames(set.spec.template),
    containerImages(set.spec.template),
    labelSelectorText(set.spec.selector),
  ],
);

export const replicationControllerPrinter = definePrinter<ReplicationController>(
  [nameColumn, desired, current, ready, ageColumn, containers, images, selector],
  (controller, moment) => [
    controller.metadata.name,
    controller.spec.replicas ?? 0,
    controller.status.replicas,
    controller.status.readyReplicas ?? 0,
    age(controller, moment),
    containerNames(controller.spec.template),
    containerImages(controller.spec.template),
    labelsText(controller.spec.selector),
  ],
);

export const daemonSetPrinter = definePrinter<DaemonSet>(
  [
    nameColumn,
    integer('Desired', 'how many nodes should run a pod'),
    integer('Current', 'how many of them do'),
    ready,
    integer('Up-to-date', 'how many nodes run a pod of the current template'),
    integer('Available', 'how many nodes run a pod that has been ready long enough'),
    column('Node Selector', 'the labels of the nodes it is for'),
    ageColumn,
    containers,
    images,
    selector,
  ],
  (set, moment) => {
    const { spec, status } = set;
    return [
      set.metadata.name,
      status.desiredNumberScheduled,
      status.currentNumberScheduled,
      status.numberReady,
      status.updatedNumberScheduled ?? 0,
      status.numberAvailable ?? 0,
      labelsText(spec.template.spec.nodeSelector),
      age(set, moment),
      containerNames(spec.template),
      containerImages(spec.template),
      labelSelectorText(spec.selector),
    ];
  },
);

export const statefulSetPrinter = definePrinter<StatefulSet>(
  [nameColumn, column('Ready', 'how many pods are ready, and how many there should be'), ageColumn, containers, images],
  (set, moment) => [
    set.metadata.name,
    `${set.status.readyReplicas ?? 0}/${set.spec.replicas ?? 0}`,
    age(set, moment),
    containerNames(set.spec.template),
    containerImages(set.spec.template),
  ],
);

/** The Status column came with 1.31. */
export const jobPrinter = definePrinter<Job>(
  [
    nameColumn,
    column('Status', 'what has become of the job', { since: 31 }),
    column('Completions', 'how many pods have succeeded, and how many are to'),
    column('Duration', 'how long it ran, or has been running'),
    ageColumn,
    containers,
    images,
    selector,
  ],
  (job, moment) => [
    job.metadata.name,
    jobStatus(job),
    completionsText(job),
    jobDuration(job, moment.now),
    age(job, moment),
    containerNames(job.spec.template),
    containerImages(job.spec.template),
    labelSelectorText(job.spec.selector),
  ],
);

function jobStatus(job: Job): string {
  const has = (type: string) => job.status.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (has('Suspended')) return 'Suspended';
  if (has('FailureTarget')) return 'FailureTarget';
  return has('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function completionsText({ spec, status }: Job): string {
  const succeeded = status.succeeded ?? 0;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration({ status }: Job, now: number): string {
  if (status.startTime === undefined) return '';
  const end = status.completionTime === undefined ? now : parseTime(status.completionTime);
  return humanDuration(end - parseTime(status.startTime));
}

/** The Timezone column came with 1.30. */
export const cronJobPrinter = definePrinter<CronJob>(
  [
    nameColumn,
    column('Schedule', 'when it runs'),
    column('Timezone', 'the time zone of the schedule', { since: 30 }),
    column('Suspend', 'whether it is held back', { type: 'boolean' }),
    integer('Active', 'how many of its jobs are running'),
    column('Last Schedule', 'how long ago it ran last'),
    ageColumn,
    containers,
    images,
    selector,
  ],
  (cronJob, moment) => {
    const { spec, status } = cronJob;
    const template = spec.jobTemplate.spec.template;
    return [
      cronJob.metadata.name,
      spec.schedule,
      spec.timeZone ?? '<none>',
      spec.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False',
      (status.active ?? []).length,
      status.lastScheduleTime === undefined ? '<none>' : ageOf(status.lastScheduleTime, moment.now),
      age(cronJob, moment),
      containerNames(template),
      containerImages(template),
      labelSelectorText(spec.jobTemplate.spec.selector),
    ];
  },
);

export const controllerRevisionPrinter = definePrinter<ControllerRevision>(
  [nameColumn, column('Controller', 'whose template it remembers'), integer('Revision', 'its number'), ageColumn],
  (revision, moment) => {
    const owner = controllerOf(revision);
    return [revision.metadata.name, owner === undefined ? '<none>' : ownerText(owner), revision.revision, age(revision, moment)];
  },
);

/** `daemonset.apps/lamp` */
function ownerText({ apiVersion, kind, name }: { readonly apiVersion: string; readonly kind: string; readonly name: string }): string {
  const slash = apiVersion.indexOf('/');
  return `${kind.toLowerCase()}${slash < 0 ? '' : `.${apiVersion.slice(0, slash)}`}/${name}`;
}

export const podTemplatePrinter = definePrinter<PodTemplate>(
  [
    nameColumn,
    column('Containers', 'the names of the containers'),
    column('Images', 'the images of the containers'),
    column('Pod Labels', 'labels of its pods'),
  ],
  (one) => [one.metadata.name, containerNames(one.template), containerImages(one.template), labelsText(one.template.metadata.labels)],
);
