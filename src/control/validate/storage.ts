/** PersistentVolumes, their claims and StorageClasses. (pkg/apis/core/validation/validation.go, pkg/apis/storage/validation/validation.go) */
import { isEqual } from '#kube/equal.ts';
import { PersistentVolumeClaimSpec } from '#kube/kinds/persistent-volume-claim-spec.ts';
import { PersistentVolumeClaim } from '#kube/kinds/persistent-volume-claim.ts';
import { PersistentVolume, PersistentVolumeSpec } from '#kube/kinds/persistent-volume.ts';
import { StorageClass } from '#kube/kinds/storage-class.ts';
import { parseQuantity } from '#kube/quantity.ts';
import { struct } from '#kube/schema.ts';
import type { FieldError } from '#kube/status.ts';
import { forbidden, invalid, invalidEach, notSupported, oneOf, required } from './field.ts';
import { dns1123Subdomain } from './formats.ts';
import { goText } from './go-value.ts';
import { validateLabelSelector } from './labels.ts';
import { nameIsSubdomain } from './names.ts';
import { validateNodeSelector } from './pod/scheduling.ts';
import { compareAmounts } from './resources.ts';
import { unifiedDiff } from './unified-diff.ts';
import { validator } from './validator.ts';

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

/** Sources of volumes, in the order of the internal type. */
const sources = [
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'hostPath',
  'glusterfs',
  'nfs',
  'rbd',
  'quobyte',
  'iscsi',
  'flexVolume',
  'cinder',
  'cephfs',
  'fc',
  'flocker',
  'azureFile',
  'vsphereVolume',
  'azureDisk',
  'photonPersistentDisk',
  'portworxVolume',
  'scaleIO',
  'local',
  'storageos',
  'csi',
] as const;

/** The part of the specification that a claim's pods mount: its internal type stands apart. */
const PersistentVolumeSource = struct(
  'PersistentVolumeSource',
  'where the storage is',
  Object.fromEntries(sources.map((name) => [name, PersistentVolumeSpec.fields[name]])),
);

function sourceOf(spec: PersistentVolumeSpec): Record<string, unknown> {
  return Object.fromEntries(sources.map((name) => [name, spec[name]]));
}

function validateModes(modes: readonly string[], path: string): FieldError[] {
  return modes.flatMap((mode) => (accessModes.includes(mode) ? [] : [notSupported(path, mode, accessModes)]));
}

function validatePositive(amount: string | number, path: string): FieldError[] {
  return (parseQuantity(String(amount))?.nanos ?? 0n) > 0n ? [] : [invalid(path, String(amount), 'must be greater than zero')];
}

function validateClass(name: string, path: string): FieldError[] {
  return name === '' ? [] : invalidEach(path, name, dns1123Subdomain(name));
}

function validateVolume({ spec }: PersistentVolume): FieldError[] {
  const modes = spec.accessModes ?? [];
  const capacity = spec.capacity ?? {};
  const [first, ...others] = sources.filter((name) => spec[name] !== undefined);
  const policy = spec.persistentVolumeReclaimPolicy ?? '';
  const nodes = spec.nodeAffinity?.required;
  return [
    ...(modes.length === 0 ? [required('spec.accessModes')] : []),
    ...validateModes(modes, 'spec.accessModes'),
    ...(Object.keys(capacity).length === 0 ? [required('spec.capacity')] : []),
    ...(capacity['storage'] === undefined && Object.keys(capacity).length > 0
      ? [notSupported('spec.capacity', Object.keys(capacity)[0], ['storage'])]
      : []),
    ...(capacity['storage'] === undefined ? [] : validatePositive(capacity['storage'], 'spec.capacity[storage]')),
    ...(policy === '' ? [] : oneOf('spec.persistentVolumeReclaimPolicy', policy, ['Delete', 'Recycle', 'Retain'])),
    ...(nodes === undefined ? [] : validateNodeSelector(nodes, 'spec.nodeAffinity.required')),
    ...others.map((name) => forbidden(`spec.${name}`, 'may not specify more than 1 volume type')),
    ...(spec.hostPath?.path === '' ? [required('spec.hostPath.path')] : []),
    ...(spec.nfs?.server === '' ? [required('spec.nfs.server')] : []),
    ...(spec.nfs !== undefined && !spec.nfs.path.startsWith('/')
      ? [invalid('spec.nfs.path', spec.nfs.path, 'must be an absolute path')]
      : []),
    ...(spec.local?.path === '' ? [required('spec.local.path')] : []),
    ...(spec.local !== undefined && nodes === undefined ? [required('spec.nodeAffinity', 'Local volume requires node affinity')] : []),
    ...(first === undefined ? [required('spec', 'must specify a volume type')] : []),
    ...validateClass(spec.storageClassName ?? '', 'spec.storageClassName'),
    ...(spec.volumeMode === undefined ? [] : oneOf('spec.volumeMode', spec.volumeMode, ['Block', 'Filesystem'])),
  ];
}

export const persistentVolumeValidator = validator<PersistentVolume>({
  kind: PersistentVolume,
  name: nameIsSubdomain,
  validate: validateVolume,
  validateUpdate: (next, old) => {
    const errors = validateVolume(next);
    const diff = unifiedDiff(goText(PersistentVolumeSource, sourceOf(old.spec)), goText(PersistentVolumeSource, sourceOf(next.spec)));
    return diff === ''
      ? errors
      : [...errors, forbidden('spec.persistentvolumesource', `spec.persistentvolumesource is immutable after creation\n${diff}`)];
  },
});

export function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: string): FieldError[] {
  const { storageClassName, volumeMode } = spec;
  const modes = spec.accessModes ?? [];
  const storage = spec.resources?.requests?.['storage'];
  return [
    ...(modes.length === 0 ? [required(`${path}.accessModes`, 'at least 1 access mode is required')] : []),
    ...validateLabelSelector(spec.selector, `${path}.selector`),
    ...validateModes(modes, `${path}.accessModes`),
    ...(storage === undefined ? [required(`${path}.resources[storage]`)] : validatePositive(storage, `${path}.resources[storage]`)),
    ...validateClass(storageClassName ?? '', `${path}.storageClassName`),
    ...(volumeMode === undefined ? [] : oneOf(`${path}.volumeMode`, volumeMode, ['Block', 'Filesystem'])),
  ];
}

/** A claim that is bound may grow; nothing else of it changes. */
function validateClaimChange(next: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const isBound = old.status.phase === 'Bound';
  const { volumeName = '' } = old.spec;
  const rest = (claim: PersistentVolumeClaim): PersistentVolumeClaimSpec => ({
    ...claim.spec,
    ...(isBound && { resources: { ...claim.spec.resources, requests: old.spec.resources.requests ?? {} } }),
    ...(volumeName === '' && { volumeName: '' }),
  });
  if (!isEqual(rest(next), rest(old))) {
    const diff = unifiedDiff(goText(PersistentVolumeClaimSpec, rest(old)), goText(PersistentVolumeClaimSpec, rest(next)));
    const detail = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    return [forbidden('spec', `${detail}\n${diff}`)];
  }
  const [size, before] = [next.spec.resources.requests?.['storage'] ?? 0, old.spec.resources.requests?.['storage'] ?? 0];
  return compareAmounts(size, before) < 0
    ? [forbidden('spec.resources.requests.storage', 'field can not be less than previous value')]
    : [];
}

export const persistentVolumeClaimValidator = validator<PersistentVolumeClaim>({
  kind: PersistentVolumeClaim,
  name: nameIsSubdomain,
  validate: ({ spec }) => validateClaimSpec(spec, 'spec'),
  validateUpdate: (next, old) => [...validateClaimSpec(next.spec, 'spec'), ...validateClaimChange(next, old)],
});

export const storageClassValidator = validator<StorageClass>({
  kind: StorageClass,
  name: nameIsSubdomain,
  validate: ({ provisioner, reclaimPolicy, volumeBindingMode }) => [
    ...(provisioner === '' ? [required('provisioner')] : []),
    ...(reclaimPolicy === undefined ? [] : oneOf('reclaimPolicy', reclaimPolicy, ['Delete', 'Retain'])),
    ...(volumeBindingMode === undefined ? [] : oneOf('volumeBindingMode', volumeBindingMode, ['Immediate', 'WaitForFirstConsumer'])),
  ],
  validateUpdate: (next, old) => [
    ...(isEqual(next.parameters ?? {}, old.parameters ?? {}) ? [] : [forbidden('parameters', 'updates to parameters are forbidden.')]),
    ...(next.provisioner === old.provisioner ? [] : [forbidden('provisioner', 'updates to provisioner are forbidden.')]),
    ...(next.reclaimPolicy === old.reclaimPolicy ? [] : [forbidden('reclaimPolicy', 'updates to reclaimPolicy are forbidden.')]),
    ...(next.volumeBindingMode === old.volumeBindingMode
      ? []
      : [invalid('volumeBindingMode', next.volumeBindingMode ?? null, 'field is immutable')]),
  ],
});
