import { defineKind, type ObjectOf } from '../kind.ts';
import { always, boolean, int32, int64, list, pointer, required, string, struct, time, typed, type Infer } from '../schema.ts';
import { JobSpec } from './job.ts';
import { ObjectReference } from './object-reference.ts';
import { TemplateMeta } from './pod-template.ts';

export const JobTemplateSpec = struct('JobTemplateSpec', 'the jobs that are made', {
  metadata: always(TemplateMeta),
  spec: always(JobSpec),
});

export const CronJobSpec = struct('CronJobSpec', 'which jobs, and when', {
  schedule: required(string('when, as in crontab')),
  timeZone: pointer(string('the time zone of the schedule')),
  startingDeadlineSeconds: pointer(int64('seconds by which a job may be late')),
  concurrencyPolicy: typed('ConcurrencyPolicy', string('what happens while the last job still runs', ['Allow', 'Forbid', 'Replace'])),
  suspend: pointer(boolean('no jobs for now')),
  jobTemplate: required(JobTemplateSpec),
  successfulJobsHistoryLimit: pointer(int32('how many jobs that succeeded are kept')),
  failedJobsHistoryLimit: pointer(int32('how many jobs that failed are kept')),
});
export type CronJobSpec = Infer<typeof CronJobSpec>;

export const CronJobStatus = struct('CronJobStatus', 'the jobs that there are', {
  active: list(ObjectReference, 'jobs that run'),
  lastScheduleTime: time('when a job was last made'),
  lastSuccessfulTime: time('when a job last succeeded'),
});

export const CronJob = defineKind(
  'CronJob',
  'makes jobs at given times',
  { spec: required(CronJobSpec), status: always(CronJobStatus) },
  { group: 'batch', shortNames: ['cj'], categories: ['all'], hasGeneration: true, subresources: ['status'] },
);
export type CronJob = ObjectOf<typeof CronJob>;
