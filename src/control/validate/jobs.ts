/** Jobs and CronJobs. (pkg/apis/batch/validation/validation.go) */
import { isEqual } from '#kube/equal.ts';
import { CronJob } from '#kube/kinds/cron-job.ts';
import { Job, type JobSpec } from '#kube/kinds/job.ts';
import { PodTemplateSpec } from '#kube/kinds/pod-template.ts';
import type { FieldError } from '#kube/status.ts';
import { invalid, notSupported, oneOf, required } from './field.ts';
import { goValue } from './go-value.ts';
import { validateLabelSelector } from './labels.ts';
import { validateImmutable, validateNonnegative } from './metadata.ts';
import { nameIsSubdomain } from './names.ts';
import { validatePodTemplate } from './pod/spec.ts';
import { scheduleProblem } from './schedule.ts';
import { validator, type Scope } from './validator.ts';
import { setNameWarnings, templateWarnings } from './workloads.ts';

function validateJobSpec(spec: JobSpec, path: string, scope: Scope): FieldError[] {
  const { completionMode, template } = spec;
  const restartPolicy = template?.spec?.restartPolicy;
  return [
    ...validateNonnegative(spec.parallelism, `${path}.parallelism`),
    ...validateNonnegative(spec.completions, `${path}.completions`),
    ...validateNonnegative(spec.activeDeadlineSeconds, `${path}.activeDeadlineSeconds`),
    ...validateNonnegative(spec.backoffLimit, `${path}.backoffLimit`),
    ...validateNonnegative(spec.ttlSecondsAfterFinished, `${path}.ttlSecondsAfterFinished`),
    ...(completionMode === undefined ? [] : oneOf(`${path}.completionMode`, completionMode, ['Indexed', 'NonIndexed'])),
    ...(completionMode === 'Indexed' && spec.completions === undefined
      ? [required(`${path}.completions`, 'when completion mode is Indexed')]
      : []),
    ...validatePodTemplate(template, `${path}.template`, scope),
    ...(restartPolicy === 'OnFailure' || restartPolicy === 'Never'
      ? []
      : [required(`${path}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"')]),
  ];
}

function validateJob({ spec }: Job, scope: Scope): FieldError[] {
  return [
    ...(spec.selector === undefined ? [required('spec.selector')] : validateLabelSelector(spec.selector, 'spec.selector')),
    ...validateJobSpec(spec, 'spec', scope),
  ];
}

/** The number of an indexed job may grow with its parallelism (elastic indexed jobs, 1.27). */
function validateCompletions(next: JobSpec, old: JobSpec, { minorVersion }: Scope): FieldError[] {
  const isElastic = minorVersion >= 27 && old.completionMode === 'Indexed' && next.completions !== undefined;
  if (isElastic && isEqual(next.completions, next.parallelism)) return [];
  return validateImmutable(next.completions, old.completions, 'spec.completions');
}

export const jobValidator = validator<Job>({
  kind: Job,
  name: nameIsSubdomain,
  validate: validateJob,
  validateUpdate: (next, old, scope) => [
    ...validateJob(next, scope),
    ...validateCompletions(next.spec, old.spec, scope),
    ...validateImmutable(next.spec.selector, old.spec.selector, 'spec.selector'),
    ...validateImmutable(next.spec.template, old.spec.template, 'spec.template', goValue(PodTemplateSpec, next.spec.template)),
    ...validateImmutable(next.spec.completionMode, old.spec.completionMode, 'spec.completionMode'),
  ],
  warnings: (job, old) => [...setNameWarnings(job, old), ...templateWarnings(job.spec.template)],
});

function validateCronJob({ spec, metadata }: CronJob, scope: Scope): FieldError[] {
  const { schedule, concurrencyPolicy = '', jobTemplate } = spec;
  const job = jobTemplate.spec;
  return [
    ...(metadata.name.length > 52 ? [invalid('metadata.name', metadata.name, 'must be no more than 52 characters')] : []),
    ...validateSchedule(schedule),
    ...validateNonnegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds'),
    ...(spec.timeZone === '' ? [invalid('spec.timeZone', '', 'timeZone must be nil or non-empty string')] : []),
    ...(concurrencyPolicy === ''
      ? [required('spec.concurrencyPolicy')]
      : oneOf('spec.concurrencyPolicy', concurrencyPolicy, ['Allow', 'Forbid', 'Replace'])),
    ...(job === undefined ? [] : validateJobSpec(job, 'spec.jobTemplate.spec', scope)),
    ...(job?.manualSelector === true ? [notSupported('spec.jobTemplate.spec.manualSelector', true, ['nil', 'false'])] : []),
    ...validateNonnegative(spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit'),
    ...validateNonnegative(spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit'),
  ];
}

function validateSchedule(schedule: string): FieldError[] {
  const path = 'spec.schedule';
  if (schedule === '') return [required(path)];
  const problem = scheduleProblem(schedule);
  return [
    ...(problem === undefined ? [] : [invalid(path, schedule, problem)]),
    ...(schedule.includes('TZ') ? [invalid(path, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')] : []),
  ];
}

export const cronJobValidator = validator<CronJob>({
  kind: CronJob,
  name: nameIsSubdomain,
  validate: validateCronJob,
  warnings: (cronJob, old) => [
    ...setNameWarnings(cronJob, old),
    ...templateWarnings(cronJob.spec.jobTemplate.spec?.template, 'spec.jobTemplate.spec.template'),
  ],
});
