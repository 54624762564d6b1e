/** A pod's status as the kubelet posts it (pkg/kubelet/kubelet_pods.go, status/generate.go). */
import type { Container } from '#kube/kinds/container.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import { hexOf } from '#kube/chance.ts';
import { rfc3339 } from '#kube/time.ts';
import { familyOf } from '#net/ip.ts';
import type { ContainerRun, ContainerState, Host, Sandbox } from '../host.ts';

type Status = NonNullable<Pod['status']>;
type ContainerStatus = NonNullable<Status['containerStatuses']>[number];
type Condition = NonNullable<Status['conditions']>[number];

export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

/** The status of a pod whose sandbox is (or is not yet) there. */
export function podStatus(pod: Pod, host: Host, sandbox: Sandbox | undefined, now: number, minorVersion: number): Status {
  const states = new Map((sandbox?.containers ?? []).map((state) => [state.name, state]));
  const waitingReason = 'ContainerCreating';
  const initContainers = pod.spec.initContainers ?? [];
  const initialized = initContainers.every((container) => hasInitialized(container, states.get(container.name)));
  const hasInit = initContainers.length > 0;
  const initStatuses = initContainers.map((container) =>
    containerStatus(pod, container, states.get(container.name), 'PodInitializing', minorVersion),
  );
  const statuses = pod.spec.containers.map((container) =>
    containerStatus(pod, container, states.get(container.name), hasInit ? 'PodInitializing' : waitingReason, minorVersion),
  );
  const phase = phaseOf(pod, states, initialized);
  const ended = phase === 'Succeeded' || phase === 'Failed';
  const notReady = pod.spec.containers.filter((container) => states.get(container.name)?.ready !== true).map((one) => one.name);
  const notInitialized = initContainers
    .filter((container) => !hasInitialized(container, states.get(container.name)))
    .map((one) => one.name);
  const readiness: Pick<Condition, 'status' | 'reason' | 'message'> =
    phase === 'Succeeded'
      ? { status: 'False', reason: 'PodCompleted' }
      : phase === 'Failed'
        ? { status: 'False', reason: 'PodFailed' }
        : notInitialized.length > 0 || notReady.length > 0
          ? { status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: [${notReady.join(' ')}]` }
          : { status: 'True' };
  const generation = minorVersion >= 34 ? { observedGeneration: pod.metadata.generation ?? 1 } : {};
  const condition = (type: string, value: Pick<Condition, 'status' | 'reason' | 'message'>): Condition => {
    const old = pod.status?.conditions?.find((one) => one.type === type);
    return {
      type,
      ...generation,
      ...value,
      lastProbeTime: null as unknown as string,
      lastTransitionTime: old !== undefined && old.status === value.status ? old.lastTransitionTime! : rfc3339(now),
    };
  };
  const scheduled = pod.status?.conditions?.find((one) => one.type === 'PodScheduled');
  const conditions: Condition[] = [
    ...(minorVersion >= 29 ? [condition('PodReadyToStartContainers', { status: sandbox !== undefined && !ended ? 'True' : 'False' })] : []),
    condition(
      'Initialized',
      phase === 'Succeeded'
        ? { status: 'True', reason: 'PodCompleted' }
        : notInitialized.length > 0
          ? {
              status: 'False',
              reason: 'ContainersNotInitialized',
              message: `containers with incomplete status: [${notInitialized.join(' ')}]`,
            }
          : { status: 'True' },
    ),
    condition('Ready', readiness),
    condition('ContainersReady', readiness),
    scheduled ?? condition('PodScheduled', { status: 'True' }),
  ];
  const old = pod.status?.conditions ?? [];
  const unchanged = conditions.every((one) => old.some((before) => before.type === one.type && saysTheSame(before, one)));
  const hostIps = host.addresses.map((ip) => ({ ip }));
  const podIps = (pod.spec.hostNetwork === true ? host.addresses : (sandbox?.network.ips.map((one) => one.address.ip) ?? [])).map((ip) => ({
    ip,
  }));
  const families = new Set(podIps.map((one) => familyOf(one.ip)));
  return {
    ...(minorVersion >= 34 && { observedGeneration: pod.metadata.generation ?? 1 }),
    phase,
    // A status that says the same keeps its order, and what others have added to it.
    conditions: unchanged ? old : conditions,
    hostIP: hostIps[0]!.ip,
    ...(minorVersion >= 29 && {
      hostIPs: hostIps.filter((one) => families.size === 0 || families.has(familyOf(one.ip)) || one === hostIps[0]),
    }),
    ...(sandbox !== undefined && podIps.length > 0 && { podIP: podIps[0]!.ip, podIPs: podIps }),
    startTime: pod.status?.startTime ?? rfc3339(now),
    ...(initStatuses.length > 0 && { initContainerStatuses: initStatuses }),
    containerStatuses: [...statuses].sort((a, b) => (a.name < b.name ? -1 : 1)),
    ...(pod.status?.ephemeralContainerStatuses !== undefined && { ephemeralContainerStatuses: pod.status.ephemeralContainerStatuses }),
    ...ephemeral(pod, states, minorVersion),
    qosClass: qosClassOf(pod),
  } as Status;
}

function saysTheSame(before: Condition, now: Condition): boolean {
  return (['status', 'reason', 'message', 'observedGeneration'] as const).every((field) => before[field] === now[field]);
}

function ephemeral(pod: Pod, states: ReadonlyMap<string, ContainerState>, minorVersion: number) {
  const containers = (pod.spec.ephemeralContainers ?? []) as readonly Container[];
  return containers.length === 0
    ? {}
    : {
        ephemeralContainerStatuses: containers.map((container) =>
          containerStatus(pod, container, states.get(container.name), 'ContainerCreating', minorVersion),
        ),
      };
}

export function hasInitialized(container: Container, state: ContainerState | undefined): boolean {
  if (isSidecar(container))
    return state?.run !== undefined && state.run.finishedAt === undefined && (container.startupProbe === undefined || state.ready);
  return state?.run?.finishedAt !== undefined && state.run.exitCode === 0;
}

function phaseOf(
  pod: Pod,
  states: ReadonlyMap<string, ContainerState>,
  initialized: boolean,
): 'Pending' | 'Running' | 'Succeeded' | 'Failed' {
  const policy = pod.spec.restartPolicy ?? 'Always';
  const init = (pod.spec.initContainers ?? []).map((container) => states.get(container.name));
  if (!initialized) {
    const failed = init.some((state) => state?.run?.finishedAt !== undefined && state.run.exitCode !== 0);
    return failed && policy === 'Never' ? 'Failed' : 'Pending';
  }
  const all = pod.spec.containers.map((container) => states.get(container.name));
  if (all.some((state) => state === undefined || (state.run === undefined && state.waiting !== undefined) || state.run === undefined))
    return 'Pending';
  const ended = all.every((state) => state!.run!.finishedAt !== undefined);
  if (!ended || policy === 'Always') return 'Running';
  const succeeded = all.every((state) => state!.run!.exitCode === 0);
  if (succeeded) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
}

function containerStatus(
  pod: Pod,
  container: Container,
  state: ContainerState | undefined,
  waiting: string,
  minorVersion: number,
): ContainerStatus {
  const run = state?.run;
  const initDone = state?.init === true && !isSidecar(container);
  const stateField =
    state?.waiting !== undefined
      ? {
          waiting:
            state.waiting.message === undefined
              ? { reason: state.waiting.reason }
              : { reason: state.waiting.reason, message: withOwner(state.waiting.message, pod, container) },
        }
      : run === undefined
        ? { waiting: { reason: waiting } }
        : run.finishedAt === undefined
          ? { running: { startedAt: rfc3339(run.startedAt) } }
          : { terminated: terminated(run, state?.found?.runtime) };
  const last = state?.waiting !== undefined && run?.finishedAt !== undefined ? run : state?.previous;
  const details = minorVersion >= 33 && run !== undefined;
  return {
    name: container.name,
    state: stateField,
    lastState: last?.finishedAt !== undefined ? { terminated: terminated(last, state?.found?.runtime) } : {},
    ready: initDone ? run?.finishedAt !== undefined && run.exitCode === 0 : (state?.ready ?? false),
    restartCount: state?.restarts ?? 0,
    image: run === undefined ? container.image! : (state?.found?.image ?? fullImage(container.image!)),
    imageID:
      run === undefined
        ? ''
        : (state?.found?.imageId ?? `${repositoryOf(container.image!)}@sha256:${hexOf(`image/${container.image}`, 64)}`),
    ...(run !== undefined && { containerID: `${state?.found?.runtime ?? 'containerd'}://${run.id}` }),
    started: run !== undefined && run.finishedAt === undefined && (initDone ? false : state?.startedOk !== false),
    ...(details && {
      resources: container.resources ?? {},
      ...(Object.keys(container.resources?.requests ?? {}).length > 0 && { allocatedResources: container.resources!.requests }),
    }),
    ...(details && minorVersion >= 35 && { user: { linux: { gid: 0, supplementalGroups: [0], uid: 0 } } }),
    ...(minorVersion >= 33 &&
      (container.volumeMounts ?? []).length > 0 && {
        volumeMounts: container.volumeMounts!.map((mount) => ({
          name: mount.name,
          mountPath: mount.mountPath,
          ...(mount.readOnly === true && { readOnly: true, recursiveReadOnly: 'Disabled' }),
        })),
      }),
  } as ContainerStatus;
}

/** The back-off's text names the container and the pod with its UID. */
function withOwner(message: string, pod: Pod, container: Container): string {
  return message.endsWith('restarting failed container')
    ? `${message}=${container.name} pod=${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`
    : message;
}

function terminated(run: ContainerRun, runtime = 'containerd') {
  return {
    exitCode: run.exitCode!,
    reason: run.reason!,
    ...(run.message !== undefined && { message: run.message }),
    // What has never started has no such time.
    startedAt: rfc3339(run.message === undefined ? run.startedAt : 0),
    finishedAt: rfc3339(run.finishedAt!),
    containerID: `${runtime}://${run.id}`,
  };
}

/** `nginx` → `docker.io/library/nginx:latest`, as containerd names it. */
export function fullImage(image: string): string {
  const [name, tag] = splitTag(image);
  return `${qualified(name)}${tag === '' ? ':latest' : tag}`;
}

export function repositoryOf(image: string): string {
  return qualified(splitTag(image)[0]);
}

function splitTag(image: string): [name: string, tag: string] {
  const at = image.indexOf('@');
  if (at >= 0) return [image.slice(0, at), image.slice(at)];
  const colon = image.lastIndexOf(':');
  return colon > image.lastIndexOf('/') ? [image.slice(0, colon), image.slice(colon)] : [image, ''];
}

function qualified(name: string): string {
  const first = name.split('/')[0]!;
  if (name.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost')) return name;
  return name.includes('/') ? `docker.io/${name}` : `docker.io/library/${name}`;
}

/** (pkg/apis/core/v1/helper/qos) */
export function qosClassOf(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const some = all.some((container) =>
    ['cpu', 'memory'].some(
      (name) => container.resources?.requests?.[name] !== undefined || container.resources?.limits?.[name] !== undefined,
    ),
  );
  if (!some) return 'BestEffort';
  const guaranteed = all.every((container) =>
    ['cpu', 'memory'].every(
      (name) =>
        container.resources?.limits?.[name] !== undefined &&
        String(container.resources.requests?.[name] ?? container.resources.limits[name]) === String(container.resources.limits[name]),
    ),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
