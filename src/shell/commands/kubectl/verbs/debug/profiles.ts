/** Debugging profiles: what the container that debugs may do (staging:kubectl/pkg/cmd/debug/profiles.go). */

type Fields = Readonly<Record<string, unknown>>;

export interface DebugContainer extends Fields {
  readonly name: string;
  readonly image?: string;
  readonly securityContext?: Fields;
  readonly volumeMounts?: readonly Fields[];
}

export interface DebugPodSpec extends Fields {
  readonly containers: readonly DebugContainer[];
  readonly initContainers?: readonly DebugContainer[];
}

export interface Keep {
  readonly labels: boolean;
  readonly annotations: boolean;
  readonly livenessProbe: boolean;
  readonly readinessProbe: boolean;
  readonly startupProbe: boolean;
  readonly initContainers: boolean;
}

interface Profile {
  /** The security context of the container; undefined leaves it as it is. */
  readonly securityContext?: (present: Fields | undefined) => Fields | undefined;
  /** On a node: whether the container shares the machine's namespaces, and has its files below `/host`. */
  readonly hostNamespaces: boolean;
  readonly hostFiles: boolean;
  /** Leaves copies as they are. */
  readonly keepsCopies?: boolean;
  /** Takes security settings and host namespaces away from the pod itself. */
  readonly isolates?: boolean;
}

function withCapabilities(...added: readonly string[]) {
  return (present: Fields | undefined): Fields => {
    const capabilities = present?.['capabilities'] as { readonly add?: readonly string[] } | undefined;
    const add = [...new Set([...(capabilities?.add ?? []), ...added])];
    return { ...present, capabilities: { ...capabilities, add } };
  };
}

const restricted = () => ({
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
});

export const profiles: Readonly<Record<string, Profile>> = {
  legacy: { hostNamespaces: true, hostFiles: true, keepsCopies: true },
  general: { hostNamespaces: true, hostFiles: true, securityContext: withCapabilities('SYS_PTRACE') },
  baseline: { hostNamespaces: false, hostFiles: false, isolates: true, securityContext: () => undefined },
  restricted: { hostNamespaces: false, hostFiles: false, isolates: true, securityContext: restricted },
  netadmin: { hostNamespaces: true, hostFiles: false, securityContext: withCapabilities('NET_ADMIN', 'NET_RAW') },
  sysadmin: { hostNamespaces: true, hostFiles: true, securityContext: (present) => ({ ...present, privileged: true }) },
};

/** The container with the profile's security context; on nodes `general` and `baseline` leave it without one. */
export function profiledContainer(profile: string, container: DebugContainer, onNode = false): DebugContainer {
  const { securityContext } = profiles[profile]!;
  if (securityContext === undefined || (onNode && ['general', 'baseline'].includes(profile))) return container;
  const { securityContext: present, ...rest } = container;
  const next = securityContext(present);
  return next === undefined ? (rest as DebugContainer) : { ...container, securityContext: next };
}

/** The spec of a copy: processes shared, probes and what else is not kept taken away. */
export function profiledCopy(profile: string, spec: DebugPodSpec, debugger_: string, keep: Keep): DebugPodSpec {
  const { keepsCopies, isolates } = profiles[profile]!;
  if (keepsCopies === true) return spec;
  const probes = (['livenessProbe', 'readinessProbe', 'startupProbe'] as const).filter((probe) => !keep[probe]);
  const bare = (container: DebugContainer) =>
    Object.fromEntries(
      Object.entries(container).filter(([field]) => !(probes as readonly string[]).includes(field)),
    ) as unknown as DebugContainer;
  const { initContainers, securityContext, hostNetwork, hostPID, hostIPC, ...rest } = spec;
  return {
    ...rest,
    ...(isolates !== true && { securityContext, hostNetwork, hostPID, hostIPC }),
    ...(initContainers !== undefined && keep.initContainers && { initContainers }),
    shareProcessNamespace: true,
    containers: spec.containers.map((one) => bare(one.name === debugger_ ? profiledContainer(profile, one) : one)),
  };
}

const hostRoot = 'host-root';

/** The spec of a pod on a node that is debugged. */
export function profiledNodePod(profile: string, container: DebugContainer): DebugPodSpec {
  const { hostNamespaces, hostFiles } = profiles[profile]!;
  const one = profiledContainer(profile, container, true);
  return {
    ...(hostFiles && { volumes: [{ name: hostRoot, hostPath: { path: '/' } }] }),
    containers: [hostFiles ? { ...one, volumeMounts: [{ name: hostRoot, mountPath: '/host' }] } : one],
    ...(hostNamespaces && { hostNetwork: true, hostPID: true, hostIPC: true }),
  };
}
