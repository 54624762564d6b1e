/** PersistentVolumeClaims, and the templates that ephemeral volumes make them from (kubectl: printPersistentVolumeClaim). */
import { accessModesText } from '#apiserver/tables/text.ts';
import { valueText } from '#kube/json.ts';
import type { PersistentVolumeClaim } from '#kube/kinds/persistent-volume-claim.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import { amountText } from './amount.ts';
import type { Context } from './context.ts';
import { field, indented, multiline, type Lines } from './lines.ts';
import { annotationLines, labelLines } from './metadata.ts';
import { rfc1123 } from './time.ts';

type Template = Pick<PersistentVolumeClaim, 'metadata' | 'spec'>;

const betaClass = 'volume.beta.kubernetes.io/storage-class';

/** The class that an annotation of old or the spec names. */
export function storageClassOf({
  metadata,
  spec,
}: {
  readonly metadata: Template['metadata'];
  readonly spec: { readonly storageClassName?: string };
}): string {
  return metadata.annotations?.[betaClass] ?? spec.storageClassName ?? '';
}

/** The fields of a claim's template, or with its status of a claim. `margin`: that of the block it stands in. */
export function claimLines(template: Template, margin = ''): Lines {
  return [field('StorageClass', storageClassOf(template)), ...boundLines(template, undefined, margin)];
}

function boundLines({ metadata, spec }: Template, status: PersistentVolumeClaim['status'] | undefined, margin: string): Lines {
  const { volumeName = '', volumeMode, dataSource } = spec;
  const isBound = volumeName !== '';
  return [
    field('Volume', volumeName),
    ...labelLines('Labels', metadata.labels, margin),
    ...annotationLines('Annotations', metadata.annotations, margin),
    ...(status === undefined ? [] : [field('Finalizers', valueText(metadata.finalizers ?? []))]),
    field('Capacity', isBound ? amountText(status?.capacity?.['storage']) : ''),
    field('Access Modes', isBound ? accessModesText(status?.accessModes) : ''),
    ...(volumeMode === undefined ? [] : [field('VolumeMode', volumeMode)]),
    ...(dataSource === undefined ? [] : ['DataSource:', ...indented(1, dataSourceLines(dataSource))]),
  ];
}

function dataSourceLines({ apiGroup, kind, name }: NonNullable<Template['spec']['dataSource']>): Lines {
  return [...(apiGroup === undefined ? [] : [field('APIGroup', apiGroup)]), field('Kind', kind), field('Name', name)];
}

export function describePersistentVolumeClaim(claim: PersistentVolumeClaim, context: Context): Lines {
  const { metadata, status } = claim;
  return [
    field('Name', metadata.name),
    field('Namespace', metadata.namespace ?? ''),
    field('StorageClass', storageClassOf(claim)),
    field('Status', phaseText(metadata.deletionTimestamp, status.phase, context)),
    ...boundLines(claim, status, ''),
    ...multiline(
      'Used By',
      podsOf(claim, context)
        .map(({ metadata: { name } }) => name)
        .sort(),
    ),
    ...conditionLines(status.conditions ?? []),
    ...context.events(claim),
  ];
}

/** `Bound`, or since when it is being deleted. */
export function phaseText(deletionTimestamp: string | undefined, phase: string | undefined, context: Context): string {
  return deletionTimestamp === undefined ? (phase ?? '') : `Terminating (lasts ${context.age(deletionTimestamp)})`;
}

/** The pods that mount the claim, and the pods that own it (getPodsForPVC). */
function podsOf({ metadata }: PersistentVolumeClaim, context: Context): readonly Pod[] {
  const pods = context.list<Pod>('v1', 'Pod', metadata.namespace ?? '');
  const mounting = pods.flatMap((pod) =>
    (pod.spec.volumes ?? []).filter(({ persistentVolumeClaim: claim }) => claim?.claimName === metadata.name).map(() => pod),
  );
  if (!context.has('owners of claims')) return mounting;
  const owners = (metadata.ownerReferences ?? []).filter(({ kind }) => kind === 'Pod');
  const owning = owners.flatMap(({ uid }) => pods.filter((pod) => pod.metadata.uid === uid && !mounting.includes(pod)));
  return [...mounting, ...new Set(owning)];
}

function conditionLines(conditions: NonNullable<PersistentVolumeClaim['status']['conditions']>): Lines {
  if (conditions.length === 0) return [];
  const rows = conditions.map(({ type, status, lastProbeTime, lastTransitionTime, reason = '', message = '' }) =>
    [`${type} `, `${status} `, `${rfc1123(lastProbeTime)} `, `${rfc1123(lastTransitionTime)} `, `${reason} `, message].join('\t'),
  );
  return [
    'Conditions:',
    ...indented(1, [
      'Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage',
      '----\t------\t-----------------\t------------------\t------\t-------',
      ...rows,
    ]),
  ];
}
