import type { PodTemplateSpec } from '#kube/kinds/pod-template.ts';
import { containerLines } from './containers.ts';
import type { Context } from './context.ts';
import { field, indented, type Lines } from './lines.ts';
import { annotationLines, labelLines } from './metadata.ts';
import { schedulingGroupLines, spreadLines, tolerationLines } from './scheduling.ts';
import { volumeLines } from './volumes.ts';

/** The pods that a workload makes (kubectl: DescribePodTemplate). */
export function podTemplateLines({ metadata, spec }: PodTemplateSpec, context: Context): Lines {
  const { annotations = {}, labels } = metadata;
  const { serviceAccountName = '', initContainers = [], containers = [], volumes = [], priorityClassName = '' } = spec;
  return [
    'Pod Template:',
    ...labelLines('  Labels', labels),
    ...(Object.keys(annotations).length === 0 ? [] : annotationLines('  Annotations', annotations)),
    ...(serviceAccountName === '' ? [] : indented(1, [field('Service Account', serviceAccountName)])),
    ...(initContainers.length === 0 ? [] : containerLines({ title: 'Init Containers', containers: initContainers }, context)),
    ...containerLines({ title: 'Containers', containers }, context),
    ...volumeLines(volumes, true, context),
    ...spreadLines('  Topology Spread Constraints', spec.topologySpreadConstraints),
    ...(priorityClassName === '' ? [] : indented(1, [field('Priority Class Name', priorityClassName)])),
    ...(context.has('node selectors of templates')
      ? [...labelLines('  Node-Selectors', spec.nodeSelector), ...tolerationLines('  Tolerations', spec.tolerations)]
      : []),
    ...schedulingGroupLines(spec, '  ', context),
  ];
}
