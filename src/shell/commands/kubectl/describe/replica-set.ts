import type { ReplicaSet } from '#kube/kinds/replica-set.ts';
import type { ReplicationController } from '#kube/kinds/replication-controller.ts';
import { labelSelectorText, requirementsOf, requirementsOfMap, selectorText } from '#kube/selector.ts';
import { ApiError } from '../errors.ts';
import { workloadConditionTable } from './conditions.ts';
import type { Context } from './context.ts';
import { field, type Lines } from './lines.ts';
import { annotationLines, labelLines, mapText } from './metadata.ts';
import { podTemplateLines } from './pod-template.ts';
import { controllerLines } from './pod.ts';
import { podsStatus } from './workload-pods.ts';

/** (kubectl: describeReplicaSet) */
export function describeReplicaSet(set: ReplicaSet, context: Context): Lines {
  const { metadata, spec, status } = set;
  return [
    field('Name', metadata.name),
    field('Namespace', metadata.namespace ?? ''),
    field('Selector', labelSelectorText(spec.selector)),
    ...labelLines('Labels', metadata.labels),
    ...annotationLines('Annotations', metadata.annotations),
    ...controllerLines(set),
    field('Replicas', `${status.replicas} current / ${spec.replicas ?? 0} desired`),
    field('Pods Status', podsStatusOrError(set, context)),
    ...podTemplateLines(spec.template, context),
    ...workloadConditionTable(status.conditions),
    ...context.events(set),
  ];
}

function podsStatusOrError(set: ReplicaSet, context: Context): string {
  try {
    return podsStatus(set, selectorText(requirementsOf(set.spec.selector)), context);
  } catch (error) {
    if (error instanceof ApiError) return `error in fetching pods: ${error.status.message}`;
    throw error;
  }
}

/** (kubectl: describeReplicationController) */
export function describeReplicationController(controller: ReplicationController, context: Context): Lines {
  const { metadata, spec, status } = controller;
  const { selector = {}, replicas = 0, template } = spec;
  return [
    field('Name', metadata.name),
    field('Namespace', metadata.namespace ?? ''),
    field('Selector', mapText(selector)),
    ...labelLines('Labels', metadata.labels),
    ...annotationLines('Annotations', metadata.annotations),
    field('Replicas', `${status.replicas} current / ${replicas} desired`),
    field('Pods Status', podsStatus(controller, selectorText(requirementsOfMap(selector)), context)),
    ...podTemplateLines(template!, context),
    ...workloadConditionTable(status.conditions),
    ...context.events(controller),
  ];
}
