import { valueText } from '#kube/json.ts';
import type { StatefulSet, VolumeClaimTemplate } from '#kube/kinds/stateful-set.ts';
import { requirementsOf, selectorText } from '#kube/selector.ts';
import { amountText } from './amount.ts';
import { storageClassOf } from './claim.ts';
import type { Context } from './context.ts';
import { field, indented, type Lines } from './lines.ts';
import { annotationLines, labelLines } from './metadata.ts';
import { podTemplateLines } from './pod-template.ts';
import { rfc1123 } from './time.ts';
import { podsStatus } from './workload-pods.ts';

/** (kubectl: describeStatefulSet) */
export function describeStatefulSet(set: StatefulSet, context: Context): Lines {
  const { metadata, spec, status } = set;
  const selector = selectorText(requirementsOf(spec.selector));
  return [
    field('Name', metadata.name),
    field('Namespace', metadata.namespace ?? ''),
    field('CreationTimestamp', rfc1123(metadata.creationTimestamp)),
    field('Selector', selector),
    ...labelLines('Labels', metadata.labels),
    ...annotationLines('Annotations', metadata.annotations),
    field('Replicas', `${spec.replicas ?? 0} desired | ${status.replicas} total`),
    field('Update Strategy', spec.updateStrategy.type ?? ''),
    ...indented(1, strategyLines(spec.updateStrategy.rollingUpdate)),
    field('Pods Status', podsStatus(set, selector, context)),
    ...podTemplateLines(spec.template, context),
    ...claimTemplateLines(spec.volumeClaimTemplates ?? []),
    ...context.events(set),
  ];
}

function strategyLines(rolling: StatefulSet['spec']['updateStrategy']['rollingUpdate']): Lines {
  if (rolling?.partition === undefined) return [];
  return [
    field('Partition', rolling.partition),
    ...(rolling.maxUnavailable === undefined ? [] : [field('MaxUnavailable', rolling.maxUnavailable)]),
  ];
}

function claimTemplateLines(templates: readonly VolumeClaimTemplate[]): Lines {
  if (templates.length === 0) return [field('Volume Claims', '<none>')];
  return [
    'Volume Claims:',
    ...templates.flatMap((template) => {
      const { metadata, spec } = template;
      const storage = spec.resources.requests?.['storage'];
      return indented(1, [
        field('Name', metadata.name),
        field('StorageClass', storageClassOf(template)),
        ...labelLines('Labels', metadata.labels),
        // Annotations are written as labels are, with an equals sign.
        ...labelLines('Annotations', metadata.annotations),
        field('Capacity', storage === undefined ? '<default>' : amountText(storage)),
        field('Access Modes', valueText(spec.accessModes ?? [])),
      ]);
    }),
  ];
}
