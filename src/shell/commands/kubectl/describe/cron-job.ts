import type { CronJob } from '#kube/kinds/cron-job.ts';
import { requirementsOf, selectorText } from '#kube/selector.ts';
import type { Context } from './context.ts';
import { field, orNone, type Lines } from './lines.ts';
import { namedInNamespace } from './metadata.ts';
import { podTemplateLines } from './pod-template.ts';
import { rfc1123 } from './time.ts';

/** (kubectl: describeCronJob) */
export function describeCronJob(cronJob: CronJob, context: Context): Lines {
  const { metadata, spec, status } = cronJob;
  return [
    ...namedInNamespace(metadata),
    field('Schedule', spec.schedule),
    field('Concurrency Policy', spec.concurrencyPolicy ?? ''),
    field('Suspend', spec.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False'),
    ...(context.has('time zone of cron jobs') ? [field('Time Zone', spec.timeZone ?? '<unset>')] : []),
    field('Successful Job History Limit', spec.successfulJobsHistoryLimit ?? '<unset>'),
    field('Failed Job History Limit', spec.failedJobsHistoryLimit ?? '<unset>'),
    field('Starting Deadline Seconds', spec.startingDeadlineSeconds === undefined ? '<unset>' : `${spec.startingDeadlineSeconds}s`),
    ...templateLines(spec.jobTemplate, context),
    field('Last Schedule Time', status.lastScheduleTime === undefined ? '<unset>' : rfc1123(status.lastScheduleTime)),
    field('Active Jobs', orNone((status.active ?? []).map(({ name = '' }) => name).join(', '))),
    ...context.events(cronJob),
  ];
}

function templateLines({ spec }: CronJob['spec']['jobTemplate'], context: Context): Lines {
  const { selector, parallelism, completions, activeDeadlineSeconds, template } = spec;
  return [
    field('Selector', selector === undefined ? '<unset>' : selectorText(requirementsOf(selector))),
    field('Parallelism', parallelism ?? '<unset>'),
    field('Completions', completions ?? '<unset>'),
    ...(activeDeadlineSeconds === undefined ? [] : [field('Active Deadline Seconds', `${activeDeadlineSeconds}s`)]),
    ...podTemplateLines(template, context),
  ];
}
