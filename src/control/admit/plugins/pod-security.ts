/** The Pod Security Standards, by the labels of the namespace. (staging:pod-security-admission/policy, admission) */
import type { Container } from '#kube/kinds/container.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import type { PodSpec } from '#kube/kinds/pod-spec.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import { forbidden } from '#kube/status.ts';
import type { Plugin } from '../plugin.ts';
import { isMirrorPod, isPod, podTemplateOf } from './pods.ts';

/** What is not allowed, and in which detail: `hostPort (container "c" uses hostPort 8080)`. */
interface Violation {
  readonly reason: string;
  readonly detail: string;
}

type Check = (spec: PodSpec) => Violation | undefined;

const labelPrefix = 'pod-security.kubernetes.io/';

export const podSecurity: Plugin = {
  name: 'PodSecurity',
  validate(review, warn) {
    const { operation, kind, object, objects } = review;
    if (operation === 'DELETE') return undefined;
    const labels = objects.get(Namespace, '', object.metadata.namespace ?? '')?.metadata.labels ?? {};
    if (isPod(review)) {
      const { spec } = object as Pod;
      if (operation === 'UPDATE' || isMirrorPod(review)) return undefined;
      const enforced = textOf(labels, 'enforce', spec);
      if (enforced !== undefined) return forbidden(kind, object.metadata.name, `violates PodSecurity ${enforced}`);
      const warned = textOf(labels, 'warn', spec);
      if (warned !== undefined) warn(`would violate PodSecurity ${warned}`);
      return undefined;
    }
    const template = podTemplateOf(kind, object);
    const warned = template?.spec === undefined ? undefined : textOf(labels, 'warn', template.spec);
    if (warned !== undefined) warn(`would violate PodSecurity ${warned}`);
    return undefined;
  },
};

/** `"restricted:latest": …`; undefined when the mode asks for nothing, or the pod satisfies it. */
function textOf(labels: Readonly<Record<string, string>>, mode: 'enforce' | 'warn', spec: PodSpec): string | undefined {
  const level = labels[`${labelPrefix}${mode}`] ?? 'privileged';
  const version = labels[`${labelPrefix}${mode}-version`] ?? 'latest';
  const checks = checksOf[level] ?? [];
  const violations = checks.map((check) => check(spec)).filter((one) => one !== undefined);
  if (violations.length === 0) return undefined;
  const texts = violations.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`));
  return `"${level}:${version}": ${texts.join(', ')}`;
}

function containersOf({ initContainers = [], containers = [], ephemeralContainers = [] }: PodSpec): readonly Container[] {
  return [...initContainers, ...containers, ...(ephemeralContainers as readonly Container[])];
}

function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(', ');
}

function those(word: string, names: readonly string[]): string {
  return `${word}${names.length === 1 ? '' : 's'} ${quoted(names)}`;
}

/** A check of each container by itself. */
function ofContainers(
  reason: string,
  isBad: (container: Container) => boolean,
  detail: (who: string, bad: readonly Container[]) => string,
): Check {
  return (spec) => {
    const bad = containersOf(spec).filter(isBad);
    const who = those(
      'container',
      bad.map((one) => one.name),
    );
    return bad.length === 0 ? undefined : { reason, detail: detail(who, bad) };
  };
}

/** Sorted, without duplicates. */
function setOf(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

const defaultCapabilities = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

const addedBeyond = (allowed: (capability: string) => boolean) => (container: Container) =>
  (container.securityContext?.capabilities?.add ?? []).filter((one) => !allowed(one));

const beyondDefault = addedBeyond((one) => defaultCapabilities.has(one));
const beyondBind = addedBeyond((one) => one === 'NET_BIND_SERVICE');

const capabilitiesBaseline = ofContainers(
  'non-default capabilities',
  (one) => beyondDefault(one).length > 0,
  (who, bad) => `${who} must not include ${quoted(setOf(bad.flatMap(beyondDefault)))} in securityContext.capabilities.add`,
);

const hostNamespaces: Check = ({ hostNetwork, hostPID, hostIPC }) => {
  const shared = Object.entries({ hostNetwork, hostPID, hostIPC }).filter(([, value]) => value === true);
  return shared.length === 0 ? undefined : { reason: 'host namespaces', detail: shared.map(([name]) => `${name}=true`).join(', ') };
};

const hostPathVolumes: Check = ({ volumes = [] }) => {
  const names = volumes.filter((volume) => volume.hostPath !== undefined).map((volume) => volume.name);
  return names.length === 0 ? undefined : { reason: 'hostPath volumes', detail: those('volume', names) };
};

const hostPortsOf = ({ ports = [] }: Container) => ports.map((port) => port.hostPort ?? 0).filter((port) => port !== 0);

const hostPorts = ofContainers(
  'hostPort',
  (one) => hostPortsOf(one).length > 0,
  (who, bad) => {
    const ports = [...new Set(bad.flatMap(hostPortsOf))].sort((a, b) => a - b);
    return `${who} use${bad.length === 1 ? 's' : ''} hostPort${ports.length === 1 ? '' : 's'} ${ports.join(', ')}`;
  },
);

const privileged = ofContainers(
  'privileged',
  (one) => one.securityContext?.privileged === true,
  (who) => `${who} must not set securityContext.privileged=true`,
);

const procMount = ofContainers(
  'procMount',
  (one) => (one.securityContext?.procMount ?? 'Default') !== 'Default',
  (who, bad) => `${who} must not set securityContext.procMount to ${quoted(setOf(bad.map((one) => one.securityContext!.procMount!)))}`,
);

const seccompBaseline: Check = (spec) => {
  const bad = containersOf(spec).filter((one) => one.securityContext?.seccompProfile?.type === 'Unconfined');
  const who = [
    ...(spec.securityContext?.seccompProfile?.type === 'Unconfined' ? ['pod'] : []),
    ...(bad.length > 0
      ? [
          those(
            'container',
            bad.map((one) => one.name),
          ),
        ]
      : []),
  ];
  return who.length === 0
    ? undefined
    : { reason: 'seccompProfile', detail: `${who.join(' and ')} must not set securityContext.seccompProfile.type to "Unconfined"` };
};

const safeSysctls = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);

const sysctls: Check = ({ securityContext }) => {
  const bad = (securityContext?.sysctls ?? []).map((one) => one.name).filter((name) => !safeSysctls.has(name));
  return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') };
};

const allowPrivilegeEscalation = ofContainers(
  'allowPrivilegeEscalation != false',
  (one) => one.securityContext?.allowPrivilegeEscalation !== false,
  (who) => `${who} must set securityContext.allowPrivilegeEscalation=false`,
);

const capabilitiesRestricted: Check = (spec) => {
  const containers = containersOf(spec);
  const keeping = containers.filter((one) => !(one.securityContext?.capabilities?.drop ?? []).includes('ALL'));
  const adding = containers.filter((one) => beyondBind(one).length > 0);
  const details = [
    ...(keeping.length > 0
      ? [
          `${those(
            'container',
            keeping.map((one) => one.name),
          )} must set securityContext.capabilities.drop=["ALL"]`,
        ]
      : []),
    ...(adding.length > 0
      ? [
          `${those(
            'container',
            adding.map((one) => one.name),
          )} must not include ${quoted(setOf(adding.flatMap(beyondBind)))} in securityContext.capabilities.add`,
        ]
      : []),
  ];
  return details.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: details.join('; ') };
};

const harmlessVolumes = new Set([
  'name',
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

const restrictedVolumes: Check = ({ volumes = [] }) => {
  const found = volumes.flatMap((volume) => {
    const type = Object.keys(volume).find((field) => !harmlessVolumes.has(field) && volume[field as keyof typeof volume] !== undefined);
    return type === undefined ? [] : [{ name: volume.name, type }];
  });
  if (found.length === 0) return undefined;
  const types = setOf(found.map((one) => one.type));
  const uses = found.length === 1 ? 'uses' : 'use';
  return {
    reason: 'restricted volume types',
    detail: `${those(
      'volume',
      found.map((one) => one.name),
    )} ${uses} restricted volume type${types.length === 1 ? '' : 's'} ${quoted(types)}`,
  };
};

const runAsNonRoot: Check = (spec) => {
  const ofPod = spec.securityContext?.runAsNonRoot;
  const containers = containersOf(spec);
  const wrong = containers.filter((one) => one.securityContext?.runAsNonRoot === false);
  const silent = containers.filter((one) => one.securityContext?.runAsNonRoot === undefined);
  const details: string[] = [];
  if (ofPod === false) details.push('pod');
  if (wrong.length > 0)
    details.push(
      those(
        'container',
        wrong.map((one) => one.name),
      ),
    );
  if (details.length > 0) {
    return { reason: 'runAsNonRoot != true', detail: `${details.join(' and ')} must not set securityContext.runAsNonRoot=false` };
  }
  if (ofPod === true || silent.length === 0) return undefined;
  return {
    reason: 'runAsNonRoot != true',
    detail: `pod or ${those(
      'container',
      silent.map((one) => one.name),
    )} must set securityContext.runAsNonRoot=true`,
  };
};

const runAsUser: Check = (spec) => {
  const bad = containersOf(spec).filter((one) => one.securityContext?.runAsUser === 0);
  const who = [
    ...(spec.securityContext?.runAsUser === 0 ? ['pod'] : []),
    ...(bad.length > 0
      ? [
          those(
            'container',
            bad.map((one) => one.name),
          ),
        ]
      : []),
  ];
  return who.length === 0 ? undefined : { reason: 'runAsUser=0', detail: `${who.join(' and ')} must not set runAsUser=0` };
};

const seccompRestricted: Check = (spec) => {
  const isGood = (type: string | undefined) => type === 'RuntimeDefault' || type === 'Localhost';
  const ofPod = spec.securityContext?.seccompProfile?.type;
  const containers = containersOf(spec);
  const bad = containers.filter(
    (one) => one.securityContext?.seccompProfile !== undefined && !isGood(one.securityContext.seccompProfile.type),
  );
  const silent = containers.filter((one) => one.securityContext?.seccompProfile === undefined);
  const good = 'set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"';
  const who = [
    ...(ofPod !== undefined && !isGood(ofPod) ? ['pod'] : []),
    ...(bad.length > 0
      ? [
          those(
            'container',
            bad.map((one) => one.name),
          ),
        ]
      : []),
  ];
  if (who.length > 0)
    return { reason: 'seccompProfile', detail: `${who.join(' and ')} must not set securityContext.seccompProfile.type to "Unconfined"` };
  if (isGood(ofPod) || silent.length === 0) return undefined;
  return {
    reason: 'seccompProfile',
    detail: `pod or ${those(
      'container',
      silent.map((one) => one.name),
    )} must ${good}`,
  };
};

/** Sorted by the checks' identifiers; the restricted level's own checks replace those of which they are stricter forms. */
const checksOf: Readonly<Record<string, readonly Check[]>> = {
  baseline: [capabilitiesBaseline, hostNamespaces, hostPathVolumes, hostPorts, privileged, procMount, seccompBaseline, sysctls],
  restricted: [
    hostNamespaces,
    hostPorts,
    privileged,
    procMount,
    sysctls,
    allowPrivilegeEscalation,
    capabilitiesRestricted,
    restrictedVolumes,
    runAsNonRoot,
    runAsUser,
    seccompRestricted,
  ],
};
