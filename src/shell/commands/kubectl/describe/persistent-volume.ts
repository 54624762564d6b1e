import { accessModesText } from '#apiserver/tables/text.ts';
import { valueText } from '#kube/json.ts';
import type { NodeSelector, NodeSelectorTerm } from '#kube/kinds/affinity.ts';
import type { PersistentVolume } from '#kube/kinds/persistent-volume.ts';
import { amountText } from './amount.ts';
import { phaseText, storageClassOf } from './claim.ts';
import type { Context } from './context.ts';
import { field, indented, multiline, type Lines } from './lines.ts';
import { named } from './metadata.ts';
import { persistentSourceLines } from './volumes.ts';

/** (kubectl: describePersistentVolume) */
export function describePersistentVolume(volume: PersistentVolume, context: Context): Lines {
  const { metadata, spec, status } = volume;
  const claim = spec.claimRef;
  return [
    ...named(metadata),
    field('Finalizers', valueText(metadata.finalizers ?? [])),
    field('StorageClass', storageClassOf(volume)),
    field('Status', phaseText(metadata.deletionTimestamp, status.phase, context)),
    field('Claim', claim === undefined ? '' : `${claim.namespace ?? ''}/${claim.name ?? ''}`),
    field('Reclaim Policy', spec.persistentVolumeReclaimPolicy ?? ''),
    field('Access Modes', accessModesText(spec.accessModes)),
    ...(spec.volumeMode === undefined ? [] : [field('VolumeMode', spec.volumeMode)]),
    field('Capacity', amountText(spec.capacity?.['storage'])),
    ...affinityLines(spec.nodeAffinity?.required),
    field('Message', status.message ?? ''),
    'Source:',
    ...persistentSourceLines(spec, context),
    ...context.events(volume),
  ];
}

function affinityLines(required: NodeSelector | undefined): Lines {
  if (required === undefined) return [field('Node Affinity', '<none>')];
  const terms = required.nodeSelectorTerms ?? [];
  if (terms.length === 0) return [field('Node Affinity', ''), `  ${field('Required Terms', '<none>')}`];
  return [field('Node Affinity', ''), `  ${field('Required Terms', '')}`, ...terms.flatMap(termLines)];
}

function termLines({ matchExpressions = [] }: NodeSelectorTerm, i: number): Lines {
  const conditions = matchExpressions.map(({ key, operator, values = [] }) =>
    [key, operator.toLowerCase(), ...(values.length === 0 ? [] : [`[${values.join(', ')}]`])].join(' '),
  );
  return indented(2, multiline(`Term ${i}`, conditions));
}
