import { humanDuration } from '#apiserver/tables/duration.ts';
import type { Job } from '#kube/kinds/job.ts';
import { requirementsOf, selectorText } from '#kube/selector.ts';
import { parseTime } from '#kube/time.ts';
import type { Context } from './context.ts';
import { field, type Lines } from './lines.ts';
import { annotationLines, labelLines } from './metadata.ts';
import { podTemplateLines } from './pod-template.ts';
import { controllerLines } from './pod.ts';
import { rfc1123 } from './time.ts';

/** (kubectl: describeJob) */
export function describeJob(job: Job, context: Context): Lines {
  const { metadata, spec, status } = job;
  const { startTime, completionTime, active = 0, ready, succeeded = 0, failed = 0, completedIndexes = '' } = status;
  const activeText = ready === undefined ? `${active} Active` : `${active} Active (${ready} Ready)`;
  return [
    field('Name', metadata.name),
    field('Namespace', metadata.namespace ?? ''),
    field('Selector', spec.selector === undefined ? '' : selectorText(requirementsOf(spec.selector))),
    ...labelLines('Labels', metadata.labels),
    ...annotationLines('Annotations', metadata.annotations),
    ...controllerLines(job),
    ...unlessUnset('Parallelism', spec.parallelism),
    field('Completions', spec.completions ?? '<unset>'),
    ...unlessUnset('Completion Mode', spec.completionMode),
    ...(context.has('limits of jobs')
      ? [
          ...unlessUnset('Suspend', spec.suspend),
          ...unlessUnset('Backoff Limit', spec.backoffLimit),
          ...unlessUnset('TTL Seconds After Finished', spec.ttlSecondsAfterFinished),
        ]
      : []),
    ...unlessUnset('Start Time', startTime === undefined ? undefined : rfc1123(startTime)),
    ...unlessUnset('Completed At', completionTime === undefined ? undefined : rfc1123(completionTime)),
    ...(startTime === undefined || completionTime === undefined
      ? []
      : [field('Duration', humanDuration(parseTime(completionTime) - parseTime(startTime)))]),
    ...unlessUnset('Active Deadline Seconds', spec.activeDeadlineSeconds === undefined ? undefined : `${spec.activeDeadlineSeconds}s`),
    field('Pods Statuses', `${activeText} / ${succeeded} Succeeded / ${failed} Failed`),
    ...(spec.completionMode === 'Indexed' ? [field('Completed Indexes', indexesText(completedIndexes))] : []),
    ...podTemplateLines(spec.template, context),
    ...context.events(job),
  ];
}

function unlessUnset(name: string, value: string | number | boolean | undefined): Lines {
  return value === undefined ? [] : [field(name, value)];
}

const softLimit = 50;

/** The indexes up to the first comma behind the fiftieth character (kubectl: capIndexesListOrNone). */
function indexesText(indexes: string): string {
  if (indexes === '') return '<none>';
  const comma = indexes.indexOf(',', softLimit);
  return comma < 0 ? indexes : `${indexes.slice(0, comma + 1)}...`;
}
