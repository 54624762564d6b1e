import type { Pod } from '#kube/kinds/pod.ts';
import { controllerOf, type KubeObject } from '#kube/object.ts';
import { containerLines, resourceLines, seccompLines } from './containers.ts';
import type { Context } from './context.ts';
import { field, indented, type Lines } from './lines.ts';
import { annotationLines, labelLines } from './metadata.ts';
import { qosOf } from './qos.ts';
import { schedulingGroupLines, spreadLines, tolerationLines } from './scheduling.ts';
import { rfc1123 } from './time.ts';
import { volumeLines } from './volumes.ts';

const mirror = 'kubernetes.io/config.mirror';

/** (kubectl: describePod) */
export function describePod(pod: Pod, context: Context): Lines {
  const { metadata, spec, status } = pod;
  const ephemeralContainers = spec.ephemeralContainers ?? [];
  const initContainers = spec.initContainers ?? [];
  return [
    field('Name', metadata.name),
    field('Namespace', metadata.namespace ?? ''),
    ...optional('Priority', spec.priority),
    ...optional('Priority Class Name', spec.priorityClassName),
    ...optional('Runtime Class Name', spec.runtimeClassName),
    ...optional('Service Account', spec.serviceAccountName),
    field('Node', (spec.nodeName ?? '') === '' ? '<none>' : `${spec.nodeName!}/${status.hostIP ?? ''}`),
    ...(status.startTime === undefined ? [] : [field('Start Time', rfc1123(status.startTime))]),
    ...labelLines('Labels', metadata.labels),
    ...annotationLines('Annotations', metadata.annotations),
    ...phaseLines(pod, context),
    ...optional('Reason', status.reason),
    ...optional('Message', status.message),
    ...seccompLines(spec.securityContext?.seccompProfile, 0),
    field('IP', status.podIP ?? ''),
    ...addressLines(status.podIPs ?? []),
    ...controllerLines(pod),
    ...optional('NominatedNodeName', status.nominatedNodeName),
    ...(spec.resources !== undefined && context.has('resources of pods')
      ? ['Resources:', ...indented(1, resourceLines(spec.resources))]
      : []),
    ...(initContainers.length === 0
      ? []
      : containerLines({ title: 'Init Containers', containers: initContainers, statuses: status.initContainerStatuses, pod }, context)),
    ...containerLines({ title: 'Containers', containers: spec.containers ?? [], statuses: status.containerStatuses, pod }, context),
    ...(ephemeralContainers.length === 0
      ? []
      : containerLines(
          { title: 'Ephemeral Containers', containers: ephemeralContainers, statuses: status.ephemeralContainerStatuses, pod },
          context,
        )),
    ...readinessGateLines(pod),
    ...conditionLines(status.conditions ?? []),
    ...volumeLines(spec.volumes ?? [], false, context),
    field('QoS Class', qosOf(pod)),
    ...labelLines('Node-Selectors', spec.nodeSelector),
    ...tolerationLines('Tolerations', spec.tolerations),
    ...spreadLines('Topology Spread Constraints', spec.topologySpreadConstraints),
    ...schedulingGroupLines(spec, '', context),
    // A static pod's events are about the pod of the kubelet, whose UID is in an annotation.
    ...context.events(pod, { kind: '', ...(metadata.annotations?.[mirror] !== undefined && { uid: metadata.annotations[mirror] }) }),
  ];
}

function optional(name: string, value: string | number | undefined): Lines {
  return value === undefined || value === '' ? [] : [field(name, value)];
}

function phaseLines({ metadata, status }: Pod, context: Context): Lines {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata;
  const hasEnded = status.phase === 'Failed' || status.phase === 'Succeeded';
  if (deletionTimestamp === undefined || (hasEnded && context.has('phase of ended pods'))) return [field('Status', status.phase ?? '')];
  return [
    field('Status', `Terminating (lasts ${context.age(deletionTimestamp)})`),
    field('Termination Grace Period', `${deletionGracePeriodSeconds}s`),
  ];
}

function addressLines(addresses: NonNullable<Pod['status']['podIPs']>): Lines {
  if (addresses.length === 0) return [field('IPs', '<none>')];
  return [
    'IPs:',
    ...indented(
      1,
      addresses.map(({ ip }) => field('IP', ip)),
    ),
  ];
}

/** `Controlled By: ReplicaSet/web-5d4f8c`, of any object that a controller made. */
export function controllerLines(object: KubeObject): Lines {
  const controller = controllerOf(object);
  return controller === undefined ? [] : [field('Controlled By', `${controller.kind}/${controller.name}`)];
}

function readinessGateLines({ spec, status }: Pod): Lines {
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return [];
  const rows = gates.map(({ conditionType }) => {
    const condition = status.conditions?.find(({ type }) => type === conditionType);
    return `${conditionType} \t${condition?.status ?? '<none>'} `;
  });
  return ['Readiness Gates:', ...indented(1, ['Type\tStatus', ...rows])];
}

function conditionLines(conditions: NonNullable<Pod['status']['conditions']>): Lines {
  if (conditions.length === 0) return [];
  return ['Conditions:', ...indented(1, ['Type\tStatus', ...conditions.map(({ type, status }) => `${type} \t${status} `)])];
}
