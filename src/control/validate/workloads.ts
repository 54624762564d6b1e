/** Deployments, ReplicaSets, DaemonSets, StatefulSets and ReplicationControllers. (pkg/apis/apps/validation/validation.go) */
import { isEqual } from '#kube/equal.ts';
import { DaemonSet } from '#kube/kinds/daemon-set.ts';
import { Deployment, DeploymentStrategy } from '#kube/kinds/deployment.ts';
import type { LabelSelector } from '#kube/kinds/label-selector.ts';
import type { PodTemplateSpec } from '#kube/kinds/pod-template.ts';
import { ReplicaSet } from '#kube/kinds/replica-set.ts';
import { ReplicationController } from '#kube/kinds/replication-controller.ts';
import { StatefulSet, StatefulSetUpdateStrategy } from '#kube/kinds/stateful-set.ts';
import { DaemonSetUpdateStrategy } from '#kube/kinds/daemon-set.ts';
import type { KubeObject } from '#kube/object.ts';
import { matchesLabels } from '#kube/selector.ts';
import type { FieldError } from '#kube/status.ts';
import { isNone, validateAtMostAll, validatePositiveAmount } from './amounts.ts';
import { forbidden, invalid, notSupported, required } from './field.ts';
import { goValue } from './go-value.ts';
import { isEmptySelector, validateLabelSelector } from './labels.ts';
import { validateImmutable, validateNonnegative } from './metadata.ts';
import { nameIsSubdomain } from './names.ts';
import { validatePodTemplate } from './pod/spec.ts';
import { hostnameWarnings, podWarnings } from './pod/warnings.ts';
import { validator, type Scope, type Validator } from './validator.ts';

const mismatch = '`selector` does not match template `labels`';

/** What the server remarks on the pods that a template makes. */
export function templateWarnings(template: PodTemplateSpec | undefined, path = 'spec.template'): string[] {
  if (template?.spec === undefined) return [];
  return podWarnings(template.spec, template.metadata?.annotations ?? {}, `${path}.spec`, `${path}.metadata.annotations`);
}

/** What the server remarks on the name of something whose pods are named after it. */
export function setNameWarnings({ metadata }: KubeObject, old: KubeObject | undefined): string[] {
  return old === undefined ? hostnameWarnings(metadata.name, 'Pod names and hostnames') : [];
}

function validateSelector(selector: LabelSelector | undefined, word: string): FieldError[] {
  if (selector === undefined) return [required('spec.selector')];
  return [
    ...validateLabelSelector(selector, 'spec.selector'),
    ...(isEmptySelector(selector) ? [invalid('spec.selector', selector, `empty selector is invalid for ${word}`)] : []),
  ];
}

/** A template must make pods that its own selector finds. An empty selector is refused elsewhere. */
function validateMatch(selector: LabelSelector | undefined, template: PodTemplateSpec | undefined): FieldError[] {
  const labels = template?.metadata?.labels;
  const applies = selector === undefined || !isEmptySelector(selector);
  return applies && !matchesLabels(selector, labels) ? [invalid('spec.template.metadata.labels', labels ?? null, mismatch)] : [];
}

/** Pods of a set never end. */
function validateEndless(template: PodTemplateSpec | undefined, word: string): FieldError[] {
  const { restartPolicy, activeDeadlineSeconds } = template?.spec ?? {};
  return [
    ...(restartPolicy === 'Always' ? [] : [notSupported('spec.template.spec.restartPolicy', restartPolicy ?? '', ['Always'])]),
    ...(activeDeadlineSeconds === undefined
      ? []
      : [forbidden('spec.template.spec.activeDeadlineSeconds', `activeDeadlineSeconds in ${word} is not Supported`)]),
  ];
}

const noTemplate: PodTemplateSpec = { metadata: {} as PodTemplateSpec['metadata'], spec: { containers: [] } } as PodTemplateSpec;

function validateDeployment({ spec }: Deployment, scope: Scope): FieldError[] {
  const { progressDeadlineSeconds: deadline, minReadySeconds = 0 } = spec;
  return [
    ...validateNonnegative(spec.replicas, 'spec.replicas'),
    ...validateSelector(spec.selector, 'deployment'),
    ...validateMatch(spec.selector, spec.template),
    ...validatePodTemplate(spec.template ?? noTemplate, 'spec.template', scope),
    ...validateEndless(spec.template, 'ReplicaSet'),
    ...validateDeploymentStrategy(spec.strategy),
    ...validateNonnegative(minReadySeconds, 'spec.minReadySeconds'),
    ...validateNonnegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
    ...validateNonnegative(deadline, 'spec.progressDeadlineSeconds'),
    ...(deadline !== undefined && deadline <= minReadySeconds
      ? [invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')]
      : []),
  ];
}

function validateDeploymentStrategy(strategy: DeploymentStrategy): FieldError[] {
  const path = 'spec.strategy.rollingUpdate';
  const { type, rollingUpdate } = strategy;
  switch (type) {
    case 'Recreate':
      return rollingUpdate === undefined ? [] : [forbidden(path, "may not be specified when strategy `type` is 'Recreate'")];
    case 'RollingUpdate': {
      if (rollingUpdate === undefined) return [required(path, 'this should be defaulted and never be nil')];
      const { maxUnavailable, maxSurge } = rollingUpdate;
      return [
        ...validatePositiveAmount(maxUnavailable, `${path}.maxUnavailable`),
        ...validatePositiveAmount(maxSurge, `${path}.maxSurge`),
        ...(isNone(maxUnavailable) && isNone(maxSurge)
          ? [invalid(`${path}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0')]
          : []),
        ...validateAtMostAll(maxUnavailable, `${path}.maxUnavailable`),
      ];
    }
    default:
      return [notSupported('spec.strategy', goValue(DeploymentStrategy, strategy), ['Recreate', 'RollingUpdate'])];
  }
}

export const deploymentValidator = validator<Deployment>({
  kind: Deployment,
  name: nameIsSubdomain,
  validate: validateDeployment,
  validateUpdate: (next, old, scope) => [
    ...validateDeployment(next, scope),
    ...validateImmutable(next.spec.selector, old.spec.selector, 'spec.selector'),
  ],
  warnings: (set, old) => [...setNameWarnings(set, old), ...templateWarnings(set.spec.template)],
});

function validateReplicaSet({ spec }: ReplicaSet, scope: Scope): FieldError[] {
  return [
    ...validateNonnegative(spec.replicas, 'spec.replicas'),
    ...validateNonnegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateSelector(spec.selector, 'deployment'),
    ...validateMatch(spec.selector, spec.template),
    ...validatePodTemplate(spec.template ?? noTemplate, 'spec.template', scope),
    ...validateEndless(spec.template, 'ReplicaSet'),
  ];
}

export const replicaSetValidator = validator<ReplicaSet>({
  kind: ReplicaSet,
  name: nameIsSubdomain,
  validate: validateReplicaSet,
  validateUpdate: (next, old, scope) => [
    ...validateReplicaSet(next, scope),
    ...validateImmutable(next.spec.selector, old.spec.selector, 'spec.selector'),
  ],
  warnings: (set, old) => [...setNameWarnings(set, old), ...templateWarnings(set.spec.template)],
});

function validateDaemonSet({ spec }: DaemonSet, scope: Scope): FieldError[] {
  return [
    ...validateLabelSelector(spec.selector, 'spec.selector'),
    ...validateMatch(spec.selector, spec.template),
    ...(spec.selector !== undefined && isEmptySelector(spec.selector)
      ? [invalid('spec.selector', spec.selector, 'empty selector is invalid for daemonset')]
      : []),
    ...validatePodTemplate(spec.template ?? noTemplate, 'spec.template', scope),
    ...validateEndless(spec.template, 'DaemonSet'),
    ...validateNonnegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateDaemonSetStrategy(spec.updateStrategy),
    ...validateNonnegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
  ];
}

function validateDaemonSetStrategy(strategy: DaemonSet['spec']['updateStrategy']): FieldError[] {
  const path = 'spec.updateStrategy.rollingUpdate';
  if (strategy.type === 'OnDelete') return [];
  if (strategy.type !== 'RollingUpdate') {
    return [notSupported('spec.updateStrategy', goValue(DaemonSetUpdateStrategy, strategy), ['RollingUpdate', 'OnDelete'])];
  }
  if (strategy.rollingUpdate === undefined) return [required(path)];
  const { maxUnavailable, maxSurge } = strategy.rollingUpdate;
  const both = [
    ...validatePositiveAmount(maxUnavailable, `${path}.maxUnavailable`),
    ...validatePositiveAmount(maxSurge, `${path}.maxSurge`),
  ];
  if (!isNone(maxUnavailable) && !isNone(maxSurge)) {
    return [...both, invalid(`${path}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero')];
  }
  return isNone(maxUnavailable) && isNone(maxSurge)
    ? [...both, required(`${path}.maxUnavailable`, 'cannot be 0 when maxSurge is 0')]
    : [...both, ...validateAtMostAll(maxUnavailable, `${path}.maxUnavailable`), ...validateAtMostAll(maxSurge, `${path}.maxSurge`)];
}

export const daemonSetValidator = validator<DaemonSet>({
  kind: DaemonSet,
  name: nameIsSubdomain,
  validate: validateDaemonSet,
  validateUpdate: (next, old, scope) => [
    ...validateImmutable(next.spec.selector, old.spec.selector, 'spec.selector'),
    ...validateDaemonSet(next, scope),
  ],
  warnings: ({ spec }) => templateWarnings(spec.template),
});

function validateStatefulSet({ spec }: StatefulSet, scope: Scope): FieldError[] {
  const { podManagementPolicy = '', updateStrategy } = spec;
  const managed = ['OrderedReady', 'Parallel'];
  return [
    ...(podManagementPolicy === ''
      ? [required('spec.podManagementPolicy')]
      : managed.includes(podManagementPolicy)
        ? []
        : [invalid('spec.podManagementPolicy', podManagementPolicy, "must be 'OrderedReady' or 'Parallel'")]),
    ...validateStatefulSetStrategy(updateStrategy),
    ...validateNonnegative(spec.replicas, 'spec.replicas'),
    ...validateNonnegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateNonnegative(spec.ordinals?.start, 'spec.ordinals.start'),
    ...validateSelector(spec.selector, 'statefulset'),
    ...validateMatch(spec.selector, spec.template),
    ...validatePodTemplate(spec.template ?? noTemplate, 'spec.template', scope),
    ...validateEndless(spec.template, 'StatefulSet'),
  ];
}

function validateStatefulSetStrategy(strategy: StatefulSet['spec']['updateStrategy']): FieldError[] {
  const path = 'spec.updateStrategy';
  const { type = '', rollingUpdate } = strategy;
  if (type === '') return [required(path)];
  if (type === 'RollingUpdate') return validateNonnegative(rollingUpdate?.partition, `${path}.rollingUpdate.partition`);
  if (type === 'OnDelete') {
    return rollingUpdate === undefined
      ? []
      : [invalid(`${path}.rollingUpdate`, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")];
  }
  return [invalid(path, goValue(StatefulSetUpdateStrategy, strategy), "must be 'RollingUpdate' or 'OnDelete'")];
}

/** What may change of a StatefulSet, by the version since when it may. */
const changeable: readonly (readonly [name: keyof StatefulSet['spec'], since: number])[] = [
  ['replicas', 0],
  ['ordinals', 26],
  ['template', 0],
  ['updateStrategy', 0],
  ['revisionHistoryLimit', 34],
  ['persistentVolumeClaimRetentionPolicy', 23],
  ['minReadySeconds', 22],
];

function validateStatefulSetChange(next: StatefulSet, old: StatefulSet, { minorVersion }: Scope): FieldError[] {
  const names = changeable.filter(([, since]) => minorVersion >= since).map(([name]) => name);
  const rest = ({ spec }: StatefulSet) => Object.fromEntries(Object.entries(spec).filter(([name]) => !names.some((one) => one === name)));
  if (isEqual(rest(next), rest(old))) return [];
  const quoted = names.map((name) => `'${name}'`);
  const text = `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)!}`;
  return [forbidden('spec', `updates to statefulset spec for fields other than ${text} are forbidden`)];
}

export const statefulSetValidator = validator<StatefulSet>({
  kind: StatefulSet,
  name: nameIsSubdomain,
  validate: validateStatefulSet,
  validateUpdate: (next, old, scope) => [...validateStatefulSet(next, scope), ...validateStatefulSetChange(next, old, scope)],
  warnings: ({ spec }) => templateWarnings(spec.template),
});

function validateReplicationController({ spec }: ReplicationController, scope: Scope): FieldError[] {
  const selector = spec.selector ?? {};
  const isEmpty = Object.keys(selector).length === 0;
  return [
    ...validateNonnegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...(isEmpty ? [required('spec.selector')] : []),
    ...validateNonnegative(spec.replicas, 'spec.replicas'),
    ...(spec.template === undefined
      ? [required('spec.template')]
      : [
          ...(isEmpty ? [] : validateMatch({ matchLabels: selector }, spec.template)),
          ...validatePodTemplate(spec.template, 'spec.template', scope),
          ...validateEndless(spec.template, 'ReplicationController'),
        ]),
  ];
}

export const replicationControllerValidator: Validator = validator<ReplicationController>({
  kind: ReplicationController,
  name: nameIsSubdomain,
  validate: validateReplicationController,
  warnings: (set, old) => [...setNameWarnings(set, old), ...templateWarnings(set.spec.template)],
});
