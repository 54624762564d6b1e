/** Pods. (pkg/apis/core/validation/validation.go: ValidatePodCreate, ValidatePodUpdate) */
import { isEqual } from '#kube/equal.ts';
import type { Container } from '#kube/kinds/container.ts';
import { PodSpec } from '#kube/kinds/pod-spec.ts';
import { Pod } from '#kube/kinds/pod.ts';
import type { FieldError } from '#kube/status.ts';
import { forbidden, invalid, required } from '../field.ts';
import { inclusiveRange } from '../formats.ts';
import { goText } from '../go-value.ts';
import { nameIsSubdomain } from '../names.ts';
import { unifiedDiff } from '../unified-diff.ts';
import { validator, type Scope } from '../validator.ts';
import { validateEphemeralContainers } from './containers.ts';
import { validatePodSpec } from './spec.ts';
import { hostnameWarnings, podWarnings } from './warnings.ts';

export const podValidator = validator<Pod>({
  kind: Pod,
  name: nameIsSubdomain,
  validate: (pod, scope) => [
    ...validatePod(pod, scope),
    ...((pod.spec.ephemeralContainers ?? []).length > 0 ? [forbidden('spec.ephemeralContainers', 'cannot be set on create')] : []),
    ...((pod.spec.nodeName ?? '') !== '' && (pod.spec.schedulingGates ?? []).length > 0
      ? [forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared')]
      : []),
  ],
  validateUpdate: (next, old, scope) => [...validatePod(next, scope), ...validateChange(next.spec, old.spec)],
  validateStatus: () => [],
  validateSubresource: (subresource, { spec }) =>
    subresource === 'ephemeralcontainers' ? validateEphemeralContainers(spec, 'spec.ephemeralContainers') : [],
  warnings: ({ spec, metadata }, old) => [
    ...(old === undefined ? hostnameWarnings(metadata.name, "the Pod's hostname") : []),
    ...podWarnings(spec, metadata.annotations ?? {}, 'spec', 'metadata.annotations'),
  ],
});

function validatePod({ spec }: Pod, scope: Scope): FieldError[] {
  return [
    ...validatePodSpec(spec, 'spec', scope),
    ...validateTrimmedImages(spec.containers, 'spec.containers'),
    ...validateTrimmedImages(spec.initContainers ?? [], 'spec.initContainers'),
  ];
}

/** Of pods only: templates may have had such images since before it was checked. */
function validateTrimmedImages(containers: readonly Container[], path: string): FieldError[] {
  return containers.flatMap(({ image = '' }, i) =>
    image === image.trim() ? [] : [invalid(`${path}[${i}].image`, image, 'must not have leading or trailing whitespace')],
  );
}

const changeable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
];

/** Little of a pod can change; whatever else does is shown as a diff. */
function validateChange(next: PodSpec, old: PodSpec): FieldError[] {
  const count = validateContainerCount(next.containers, old.containers, 'spec.containers');
  if (count.length > 0) return count;
  const initCount = validateContainerCount(next.initContainers ?? [], old.initContainers ?? [], 'spec.initContainers');
  const errors = [...validateImages(next.containers, 'spec.containers'), ...initCount];
  if (initCount.length > 0) return errors;
  errors.push(...validateImages(next.initContainers ?? [], 'spec.initContainers'));
  const deadline = validateDeadline(next.activeDeadlineSeconds, old.activeDeadlineSeconds);
  errors.push(...deadline);
  if (deadline.length > 0 && next.activeDeadlineSeconds !== undefined) return errors;
  errors.push(...validateTolerationsKept(next, old), ...validateGatesRemoved(next, old));
  const munged = withChangeableOf(next, old);
  if (isEqual(munged, old)) return errors;
  const diff = unifiedDiff(goText(PodSpec, old), goText(PodSpec, munged));
  // The API's serviceAccount is an alias that the internal type does not have.
  return diff === ''
    ? errors
    : [...errors, forbidden('spec', `pod updates may not change fields other than ${changeable.join(',')}\n${diff}`)];
}

function validateContainerCount(next: readonly Container[], old: readonly Container[], path: string): FieldError[] {
  return next.length === old.length ? [] : [forbidden(path, 'pod updates may not add or remove containers')];
}

function validateImages(containers: readonly Container[], path: string): FieldError[] {
  return containers.flatMap(({ image = '' }, i) => (image === '' ? [required(`${path}[${i}].image`)] : []));
}

function validateDeadline(next: number | undefined, old: number | undefined): FieldError[] {
  const path = 'spec.activeDeadlineSeconds';
  if (next === undefined) return old === undefined ? [] : [invalid(path, null, 'must not update from a positive integer to nil value')];
  if (next < 0 || next > 2147483647) return [invalid(path, next, inclusiveRange(0, 2147483647))];
  return old !== undefined && old < next ? [invalid(path, next, 'must be less than or equal to previous value')] : [];
}

function validateTolerationsKept(next: PodSpec, old: PodSpec): FieldError[] {
  const kept = next.tolerations ?? [];
  // A toleration may get a longer time; everything else of it stays.
  const isKept = (one: (typeof kept)[number]) =>
    kept.some((two) => isEqual({ ...two, tolerationSeconds: undefined }, { ...one, tolerationSeconds: undefined }));
  return (old.tolerations ?? []).every(isKept)
    ? []
    : [forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
}

function validateGatesRemoved(next: PodSpec, old: PodSpec): FieldError[] {
  return (next.schedulingGates ?? []).flatMap(({ name }, i) =>
    (old.schedulingGates ?? []).some((one) => one.name === name)
      ? []
      : [forbidden(`spec.schedulingGates[${i}]`, "only deletion is allowed, but found new scheduling gate '" + name + "'")],
  );
}

/** The new specification with the old one's values where a change is allowed. */
function withChangeableOf(next: PodSpec, old: PodSpec): PodSpec {
  const images = (containers: readonly Container[], from: readonly Container[]) =>
    containers.map((one, i) => ({ ...one, image: from[i]!.image }) as Container);
  const graceStays = (old.terminationGracePeriodSeconds ?? 0) < 0 && next.terminationGracePeriodSeconds === 1;
  return {
    ...next,
    containers: images(next.containers, old.containers),
    ...(next.initContainers !== undefined && { initContainers: images(next.initContainers, old.initContainers ?? []) }),
    ...withOld(old, 'activeDeadlineSeconds'),
    ...withOld(old, 'schedulingGates'),
    ...withOld(old, 'tolerations'),
    ...withOld(old, 'serviceAccount'),
    ...(graceStays && withOld(old, 'terminationGracePeriodSeconds')),
  };
}

function withOld<Name extends keyof PodSpec>(old: PodSpec, name: Name): Partial<PodSpec> {
  return { [name]: old[name] };
}
