/** What pods and the templates of pods have in common. (pkg/apis/core/validation/validation.go: ValidatePodSpec) */
import type { Container } from '#kube/kinds/container.ts';
import type { PodSpec } from '#kube/kinds/pod-spec.ts';
import type { PodTemplateSpec } from '#kube/kinds/pod-template.ts';
import type { FieldError } from '#kube/status.ts';
import { forbidden, invalid, invalidEach, oneOf, required } from '../field.ts';
import { dns1123Label, dns1123Subdomain, idNumber, inclusiveRange, ipAddress, qualifiedName, searchDomain } from '../formats.ts';
import { validateLabels } from '../labels.ts';
import { validateAnnotations } from '../metadata.ts';
import type { Scope } from '../validator.ts';
import { validateContainers, validateInitContainers } from './containers.ts';
import { validateAffinity, validateSpread, validateTolerations } from './scheduling.ts';
import { validateVolumes } from './volumes.ts';

export const restartPolicies = ['Always', 'OnFailure', 'Never'];
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const greatestInt32 = 2147483647;

export function validatePodSpec(spec: PodSpec, path: string, scope: Scope): FieldError[] {
  const { containers = [], initContainers = [], restartPolicy = '', dnsPolicy = '', imagePullSecrets = [], tolerations = [] } = spec;
  const volumes = validateVolumes(spec.volumes ?? [], `${path}.volumes`);
  const around = { ...scope, volumes: volumes.names };
  return [
    ...volumes.errors,
    ...validateContainers(containers, `${path}.containers`, around),
    ...validateInitContainers(initContainers, containers, `${path}.initContainers`, around),
    ...validateHostPorts(spec, path),
    ...(restartPolicy === '' ? [required(`${path}.restartPolicy`)] : oneOf(`${path}.restartPolicy`, restartPolicy, restartPolicies)),
    ...(dnsPolicy === '' ? [required(`${path}.dnsPolicy`)] : oneOf(`${path}.dnsPolicy`, dnsPolicy, dnsPolicies)),
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...validateSecurityContext(spec, `${path}.securityContext`),
    ...imagePullSecrets.flatMap(({ name = '' }, i) => (name === '' ? [required(`${path}.imagePullSecrets[${i}].name`)] : [])),
    ...validateAffinity(spec.affinity, `${path}.affinity`),
    ...validateDnsConfig(spec, `${path}.dnsConfig`, scope),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType }, i) =>
      invalidEach(`${path}.readinessGates[${i}].conditionType`, conditionType, qualifiedName(conditionType)),
    ),
    ...validateSpread(spec.topologySpreadConstraints ?? [], `${path}.topologySpreadConstraints`),
    ...named(spec.serviceAccountName, `${path}.serviceAccountName`, dns1123Subdomain),
    ...named(spec.nodeName, `${path}.nodeName`, dns1123Subdomain),
    ...validateDeadline(spec.activeDeadlineSeconds, `${path}.activeDeadlineSeconds`),
    ...named(spec.hostname, `${path}.hostname`, dns1123Label),
    ...named(spec.subdomain, `${path}.subdomain`, dns1123Label),
    ...validateTolerations(tolerations, `${path}.tolerations`),
    ...validateHostAliases(spec, `${path}.hostAliases`, scope),
    ...named(spec.priorityClassName, `${path}.priorityClassName`, dns1123Subdomain),
    ...named(spec.runtimeClassName, `${path}.runtimeClassName`, dns1123Subdomain),
    ...(spec.preemptionPolicy === undefined
      ? []
      : oneOf(`${path}.preemptionPolicy`, spec.preemptionPolicy, ['PreemptLowerPriority', 'Never'])),
    ...(spec.os === undefined
      ? []
      : spec.os.name === ''
        ? [required(`${path}.os.name`)]
        : oneOf(`${path}.os.name`, spec.os.name, ['linux', 'windows'])),
  ];
}

/** A template has no name, but labels and annotations, and more limits. */
export function validatePodTemplate(template: PodTemplateSpec, path: string, scope: Scope): FieldError[] {
  const { labels, annotations } = template.metadata ?? {};
  const ephemeral = template.spec?.ephemeralContainers ?? [];
  return [
    ...validateLabels(labels, `${path}.labels`),
    ...validateAnnotations(annotations, `${path}.annotations`),
    ...validatePodSpec(template.spec ?? { containers: [] }, `${path}.spec`, scope),
    ...(ephemeral.length > 0 ? [forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')] : []),
  ];
}

function named(value: string | undefined, path: string, rule: (value: string) => readonly string[]): FieldError[] {
  return value === undefined || value === '' ? [] : invalidEach(path, value, rule(value));
}

/** In a template the host port may be left out: it is filled in when the pod is made (validateHostNetwork). */
function validateHostPorts(spec: PodSpec, path: string): FieldError[] {
  if (spec.hostNetwork !== true) return [];
  const isTemplate = path !== 'spec';
  const check = (containers: readonly Container[], name: string) =>
    containers.flatMap(({ ports = [] }, c) =>
      ports.flatMap(({ hostPort = 0, containerPort }, p) =>
        hostPort === containerPort || (isTemplate && hostPort === 0)
          ? []
          : [invalid(`${path}.${name}[${c}].ports[${p}].hostPort`, hostPort, 'must match `containerPort` when `hostNetwork` is true')],
      ),
    );
  return [...check(spec.containers ?? [], 'containers'), ...check(spec.initContainers ?? [], 'initContainers')];
}

function validateSecurityContext({ securityContext, shareProcessNamespace, hostPID }: PodSpec, path: string): FieldError[] {
  const { fsGroup, runAsUser, runAsGroup, supplementalGroups = [] } = securityContext ?? {};
  const id = (value: number | undefined, at: string) => (value === undefined ? [] : invalidEach(at, value, idNumber(value)));
  return [
    ...id(fsGroup, `${path}.fsGroup`),
    ...id(runAsUser, `${path}.runAsUser`),
    ...id(runAsGroup, `${path}.runAsGroup`),
    ...supplementalGroups.flatMap((group, i) => id(group, `${path}.supplementalGroups[${i}]`)),
    ...(shareProcessNamespace === true && hostPID === true
      ? [invalid(`${path}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled')]
      : []),
  ];
}

function validateDnsConfig({ dnsPolicy, dnsConfig }: PodSpec, path: string, { minorVersion }: Scope): FieldError[] {
  if (dnsPolicy === 'None') {
    if (dnsConfig === undefined) return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    if ((dnsConfig.nameservers ?? []).length === 0) {
      return [required(`${path}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
    }
  }
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {};
  const [atServers, atSearches] = [`${path}.nameservers`, `${path}.searches`];
  return [
    ...(nameservers.length > 3 ? [invalid(atServers, nameservers, 'must not have more than 3 nameservers')] : []),
    ...nameservers.flatMap((one, i) => invalidEach(`${atServers}[${i}]`, one, ipAddress(one, minorVersion))),
    ...(searches.length > 32 ? [invalid(atSearches, searches, 'must not have more than 32 search paths')] : []),
    ...(searches.join(' ').length > 2048
      ? [invalid(atSearches, searches, 'must not have more than 2048 characters (including spaces) in the search list')]
      : []),
    ...searches.flatMap((one, i) => {
      if (one === '.' && minorVersion >= 32) return [];
      const name = one.endsWith('.') ? one.slice(0, -1) : one;
      return invalidEach(`${atSearches}[${i}]`, name, searchDomain(name, minorVersion));
    }),
    ...options.flatMap(({ name = '' }, i) => (name === '' ? [required(`${path}.options[${i}]`, 'must not be empty')] : [])),
  ];
}

function validateDeadline(seconds: number | undefined, path: string): FieldError[] {
  return seconds === undefined || (seconds >= 1 && seconds <= greatestInt32)
    ? []
    : [invalid(path, seconds, inclusiveRange(1, greatestInt32))];
}

function validateHostAliases({ hostAliases = [] }: PodSpec, path: string, { minorVersion }: Scope): FieldError[] {
  return hostAliases.flatMap(({ ip, hostnames = [] }, i) => [
    ...invalidEach(`${path}[${i}].ip`, ip, ipAddress(ip, minorVersion)),
    ...hostnames.flatMap((name, j) => invalidEach(`${path}[${i}].hostnames[${j}]`, name, dns1123Subdomain(name))),
  ]);
}
