/** (pkg/apis/batch/v1/defaults.go) */
import { CronJob } from '#kube/kinds/cron-job.ts';
import { Job, type JobSpec } from '#kube/kinds/job.ts';
import { defaulter } from './defaulter.ts';
import { change, fill } from './fill.ts';
import { templateWithDefaults } from './pod-spec.ts';

const most = 2 ** 31 - 1;

export const jobDefaulter = defaulter(Job, (job, minorVersion) => {
  const labels = job.spec?.template?.metadata.labels;
  const hasLabels = Object.keys(job.metadata.labels ?? {}).length > 0;
  const named = labels === undefined || hasLabels ? job : { ...job, metadata: { ...job.metadata, labels } };
  return change(named, 'spec', (spec) => specWithDefaults(spec, minorVersion));
});

function specWithDefaults(spec: JobSpec, minorVersion: number): JobSpec {
  const single = spec.completions === undefined && spec.parallelism === undefined;
  const policies = change(spec, 'podFailurePolicy', (policy) =>
    change(policy, 'rules', (rules) =>
      rules.map((rule) => change(rule, 'onPodConditions', (patterns) => patterns.map((pattern) => fill(pattern, { status: 'True' })))),
    ),
  );
  return fill(
    change(policies, 'template', (template) => templateWithDefaults(template, minorVersion)),
    {
      ...(single && { completions: 1 }),
      parallelism: 1,
      backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : most,
      ...(minorVersion >= 22 && { completionMode: 'NonIndexed', suspend: false }),
      ...(minorVersion >= 29 && {
        podReplacementPolicy: spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed',
        manualSelector: false,
      }),
    },
  );
}

/** The jobs of a CronJob get their own defaults when they are made; only their pod template has them before. */
export const cronJobDefaulter = defaulter(CronJob, (cronJob, minorVersion) =>
  change(cronJob, 'spec', (spec) =>
    fill(
      change(spec, 'jobTemplate', (template) =>
        change(template, 'spec', (job) => change(job, 'template', (pods) => templateWithDefaults(pods, minorVersion))),
      ),
      { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 },
    ),
  ),
);
