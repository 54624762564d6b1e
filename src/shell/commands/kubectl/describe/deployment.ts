import type { Deployment } from '#kube/kinds/deployment.ts';
import type { PodTemplateSpec } from '#kube/kinds/pod-template.ts';
import type { ReplicaSet } from '#kube/kinds/replica-set.ts';
import { isEqual } from '#kube/equal.ts';
import { controllerOf } from '#kube/object.ts';
import { requirementsOf, selectorText } from '#kube/selector.ts';
import { parseTime } from '#kube/time.ts';
import { workloadConditionTable } from './conditions.ts';
import { unlessRefused, type Context } from './context.ts';
import { field, orNone, type Lines } from './lines.ts';
import { annotationLines, labelLines } from './metadata.ts';
import { podTemplateLines } from './pod-template.ts';
import { rfc1123 } from './time.ts';

/** (kubectl: describeDeployment) */
export function describeDeployment(deployment: Deployment, context: Context): Lines {
  const { metadata, spec, status } = deployment;
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0, unavailableReplicas = 0 } = status;
  const counts = [`${spec.replicas ?? 0} desired`, `${updatedReplicas} updated`, `${replicas} total`, `${availableReplicas} available`];
  const rolling = spec.strategy.rollingUpdate;
  return [
    field('Name', metadata.name),
    field('Namespace', metadata.namespace ?? ''),
    field('CreationTimestamp', rfc1123(metadata.creationTimestamp)),
    ...labelLines('Labels', metadata.labels),
    ...annotationLines('Annotations', metadata.annotations),
    field('Selector', selectorText(requirementsOf(spec.selector))),
    field('Replicas', [...counts, `${unavailableReplicas} unavailable`].join(' | ')),
    field('StrategyType', spec.strategy.type ?? ''),
    field('MinReadySeconds', spec.minReadySeconds ?? 0),
    ...(rolling === undefined
      ? []
      : [
          field(
            'RollingUpdateStrategy',
            `${pointerText(rolling.maxUnavailable)} max unavailable, ${pointerText(rolling.maxSurge)} max surge`,
          ),
        ]),
    ...podTemplateLines(spec.template, context),
    ...workloadConditionTable(status.conditions),
    ...replicaSetLines(deployment, context),
    ...context.events(deployment),
  ];
}

/** The String of a `*intstr.IntOrString`. */
function pointerText(value: number | string | undefined): string {
  return value === undefined ? '<nil>' : String(value);
}

function replicaSetLines(deployment: Deployment, context: Context): Lines {
  const sets = byAge(replicaSetsOf(deployment, context));
  const current = newReplicaSet(deployment, sets);
  if (sets.length === 0) return [];
  const old = sets.filter((set) => set !== current);
  return [field('OldReplicaSets', listText(old)), field('NewReplicaSet', listText(current === undefined ? [] : [current]))];
}

function listText(sets: readonly ReplicaSet[]): string {
  return orNone(
    sets.map(({ metadata, spec, status }) => `${metadata.name} (${status.replicas}/${spec.replicas ?? 0} replicas created)`).join(', '),
  );
}

function replicaSetsOf({ metadata, spec }: Deployment, context: Context): readonly ReplicaSet[] {
  const labelSelector = selectorText(requirementsOf(spec.selector));
  const sets = unlessRefused([], () => context.list<ReplicaSet>('apps/v1', 'ReplicaSet', metadata.namespace ?? '', { labelSelector }));
  return sets.filter((set) => controllerOf(set)?.uid === metadata.uid);
}

function byAge(sets: readonly ReplicaSet[]): readonly ReplicaSet[] {
  const created = ({ metadata }: ReplicaSet) => parseTime(metadata.creationTimestamp ?? '');
  return [...sets].sort((a, b) => created(a) - created(b) || (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** The first that has the Deployment's template (kubectl: deploymentutil.FindNewReplicaSet). */
function newReplicaSet({ spec }: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return sets.find((set) => isEqual(withoutHash(set.spec.template), withoutHash(spec.template)));
}

function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { 'pod-template-hash': _, ...labels } = template.metadata.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}
