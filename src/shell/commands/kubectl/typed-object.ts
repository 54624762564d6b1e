/** Objects as Go's structs print them: fields that are never left out are there, even when a file or the server did not say them. */
import type { KubeObject } from '#kube/object.ts';
import { withAt } from './pod-spec.ts';
import type { Version } from './version.ts';

type Fields = Readonly<Record<string, unknown>>;

const workload = ['spec', 'template'];

/** Where a kind keeps the template of its pods. */
const templates: Readonly<Record<string, readonly string[]>> = {
  Deployment: workload,
  DaemonSet: workload,
  StatefulSet: workload,
  ReplicaSet: workload,
  Job: workload,
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

const strategies: Readonly<Record<string, string>> = { Deployment: 'strategy', DaemonSet: 'updateStrategy', StatefulSet: 'updateStrategy' };

/** The object with kind and apiVersion first, and with the fields of its struct that have no `omitempty`. */
export function typedObject(object: KubeObject, version: Version): KubeObject {
  const { kind, apiVersion, metadata, ...rest } = object;
  // An empty metav1.Time is null until 1.33; since then it is left out.
  const timestamp = version.minor >= 34 ? {} : { creationTimestamp: null };
  const withTimestamp = (value: unknown) => ({ ...timestamp, ...(value as object | undefined) });
  let typed: unknown = { kind, apiVersion, metadata: withTimestamp(metadata), ...rest };
  const path = templates[kind];
  if (path !== undefined) {
    if (kind === 'CronJob') typed = withAt<Fields>(typed, path.slice(0, 2), (job) => ({ ...job, metadata: withTimestamp(job.metadata) }));
    typed = withAt<Fields>(typed, path, (template) => ({ ...template, metadata: withTimestamp(template.metadata) }));
  }
  const strategy = strategies[kind];
  if (strategy !== undefined) typed = withAt<Fields>(typed, ['spec'], (spec) => ({ [strategy]: {}, ...spec }));
  if (path === undefined && kind !== 'Pod') return typed as KubeObject;
  typed = withAt<Fields>(typed, kind === 'Pod' ? ['spec'] : [...path!, 'spec'], (spec) => ({
    ...spec,
    ...Object.fromEntries(
      ['containers', 'initContainers'].filter((list) => Array.isArray(spec[list])).map((list) => [list, withResources(spec[list])]),
    ),
  }));
  return { status: {}, ...(typed as KubeObject) } as KubeObject;
}

function withResources(containers: unknown): unknown {
  return (containers as readonly Fields[]).map((container) => ({ resources: {}, ...container }));
}
