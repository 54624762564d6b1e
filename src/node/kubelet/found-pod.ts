/**
 * Pods that run already when the simulation begins, as the status that their kubelet last posted tells: their sandboxes and containers are
 * made so, and what cannot be seen from an image goes on as it was found.
 */
import { hexOf } from '#kube/chance.ts';
import type { Container } from '#kube/kinds/container.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import type { Probe } from '#kube/kinds/probe.ts';
import type { NodeName } from '#kube/names.ts';
import { parseTime, rfc3339 } from '#kube/time.ts';
import { isPort } from '#net/ip.ts';
import type { Change } from '../change.ts';
import { emptyTree } from '../files.ts';
import type { ContainerRun, ContainerState, FoundContainer, Listener, PodNetwork, ProbeKind, Sandbox } from '../host.ts';
import type { ContainerContext, Program, Started } from '../program.ts';
import { contextOf, configProblem } from './container-environment.ts';
import { firstVerdict, portNumber, probeOnce } from './probe.ts';
import { withVolumeDirectories } from './volumes.ts';
import type { PodWorker } from './worker.ts';

type Status = NonNullable<Pod['status']>;
type ContainerStatus = NonNullable<Status['containerStatuses']>[number];
type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

/** A container that crashed when it was found waits at least so long for its next life, in milliseconds. */
const quiet = 10_000;

/** What a pod's status is about: while this is the same, a status that was found is still true. */
export function aboutOf({ containers }: Pick<Sandbox, 'containers'>, pod: Pod): string {
  const ready = pod.status?.conditions?.find((one) => one.type === 'Ready')?.status ?? '';
  const lives = containers.map(({ name, run, waiting, ...state }) => [
    name,
    run?.id ?? '',
    run?.finishedAt ?? 0,
    waiting?.reason ?? '',
    state.ready,
    state.startedOk ?? true,
    state.restarts,
  ]);
  return JSON.stringify([ready, ...lives]);
}

/** Reports whether the pod's sandbox is there, by its status. */
export function hasSandbox({ spec, status }: Pod): boolean {
  if (status === undefined || status.phase === 'Succeeded' || status.phase === 'Failed') return false;
  const all = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])];
  const lived = all.some(({ state, lastState }) => (state?.running ?? state?.terminated ?? lastState?.terminated) !== undefined);
  return lived || (spec.hostNetwork === true ? all.length > 0 : (status.podIP ?? '') !== '');
}

/** The sandbox of a pod that runs, without containers: the one that is there, or a new one with the pod's addresses; undefined where the network is not ready. */
function sandboxOf(worker: PodWorker, change: Change, hostName: NodeName, pod: Pod): Sandbox | undefined {
  const host = change.hosts.get(hostName)!;
  const present = host.sandboxes.get(pod.metadata.uid!);
  if (present !== undefined) return present;
  const hostNetwork = pod.spec.hostNetwork === true;
  const resolv = worker.resolvConf(change, host, pod);
  const id = hexOf(`${change.objects.seed}/sandbox/${pod.metadata.uid}`, 64);
  const prepared = withVolumeDirectories(host, pod, rfc3339(change.now));
  let network: PodNetwork = { ips: [], namespace: '', networkName: '' };
  let after = prepared;
  if (!hostNetwork) {
    if (worker.networking.notReady(host) !== undefined) return undefined;
    const added = worker.networking.add(change, prepared, pod, id);
    if (!added.result.ok) return undefined;
    network = added.result.value;
    after = added.host;
  }
  change.hosts.set(hostName, after);
  return {
    id,
    podUid: pod.metadata.uid!,
    podNamespace: pod.metadata.namespace!,
    podName: pod.metadata.name,
    createdAt: parseTime(pod.status?.startTime ?? pod.metadata.creationTimestamp ?? rfc3339(change.now)),
    network,
    hostname: hostNetwork ? hostName : (pod.spec.hostname ?? pod.metadata.name).slice(0, 63),
    resolvConf: 'text' in resolv ? resolv.text : '',
    containers: [],
  };
}

function store(change: Change, hostName: NodeName, sandbox: Sandbox): void {
  const host = change.hosts.get(hostName)!;
  change.hosts.set(hostName, { ...host, sandboxes: new Map(host.sandboxes).set(sandbox.podUid, sandbox) });
}

/**
 * Makes a pod that was found run as its status says; `observed` is the object that has the status. False where it cannot be done (yet).
 */
export function restorePod(
  worker: PodWorker,
  change: Change,
  hostName: NodeName,
  pod: Pod,
  observed: Pod,
  startsFrom: StartsFrom,
): boolean {
  const before = change.hosts.get(hostName)!;
  const made = sandboxOf(worker, change, hostName, pod);
  if (made === undefined) return false;
  store(change, hostName, { ...made, containers: [] });
  const status = observed.status!;
  const isPatient = worker.found?.patient === true && pod.spec.hostNetwork === true;
  const containers = [
    ...(pod.spec.initContainers ?? []).map((container) => ({ container, init: true, of: status.initContainerStatuses })),
    ...pod.spec.containers.map((container) => ({ container, init: false, of: status.containerStatuses })),
    ...((pod.spec.ephemeralContainers ?? []) as readonly Container[]).map((container) => ({
      container,
      init: false,
      of: status.ephemeralContainerStatuses as readonly ContainerStatus[] | undefined,
    })),
  ];
  const current = () => change.hosts.get(hostName)!.sandboxes.get(made.podUid)!;
  const put = (state: ContainerState) => {
    const sandbox = current();
    store(change, hostName, { ...sandbox, containers: [...sandbox.containers.filter((one) => one.name !== state.name), state] });
  };
  for (const { container, init, of } of containers) {
    const found = of?.find((one) => one.name === container.name);
    if (found === undefined) continue;
    const program = worker.programs(container.image!);
    const context = (at: number) => contextOf(worker, change, hostName, pod, container, at);
    put({ name: container.name, image: container.image!, init, restarts: 0, listeners: [], ready: false, written: emptyTree });
    const start = (at: number) => program.start(context(at));
    if (
      isPatient &&
      found.state?.running !== undefined &&
      (start(timeOr(found.state.running.startedAt, change.now)).exit?.code ?? 0) !== 0
    ) {
      change.hosts.set(hostName, before);
      return false;
    }
    put(stateOf({ change, hostName, pod, container, init, found, start, from: startsFrom(change, hostName, pod, program) }));
  }
  for (const { container, init } of containers) {
    const state = current().containers.find((one) => one.name === container.name);
    if (init || state?.run === undefined || state.run.finishedAt !== undefined) continue;
    const program = worker.programs(container.image!);
    const listening = program.listensOn === undefined && state.ready ? withProbedPorts(container, state) : state;
    if (listening !== state) put(listening);
    const context = contextOf(worker, change, hostName, pod, container, change.now);
    const trusted = trustedProbes(context, program, listening, current());
    if (trusted.length > 0) put({ ...listening, run: { ...listening.run!, trusted } });
  }
  const order = containers.map(({ container }) => container.name);
  const sandbox = current();
  const sorted = [...sandbox.containers].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const whole = { ...sandbox, containers: sorted };
  // Who has lost its kubelet says what the control plane has said of it, until the kubelet is back.
  const spoken = isReadySaid(observed) === pod.spec.containers.every(({ name }) => sorted.find((one) => one.name === name)?.ready === true);
  const told = spoken || (observed.spec.readinessGates ?? []).length > 0;
  store(change, hostName, told ? { ...whole, found: aboutOf(whole, observed) } : whole);
  return true;
}

/** What a container's start can depend on. */
export type StartsFrom = (change: Change, hostName: NodeName, pod: Pod, program: Program) => readonly unknown[];

function isReadySaid({ status }: Pod): boolean {
  return status?.conditions?.find((one) => one.type === 'Ready')?.status === 'True';
}

interface FoundState {
  readonly change: Change;
  readonly hostName: NodeName;
  readonly pod: Pod;
  readonly container: Container;
  readonly init: boolean;
  readonly found: ContainerStatus;
  readonly from: readonly unknown[];
  start(at: number): Started;
}

/** A container as its status says it is. */
function stateOf({ change, hostName, pod, container, init, found, start, from }: FoundState): ContainerState {
  const { now } = change;
  const restarts = found.restartCount;
  const [, runtime = 'containerd', ownId] = /^([^:]+):\/\/(.+)$/.exec(found.containerID ?? '') ?? [];
  const known: FoundContainer = { image: found.image, imageId: found.imageID, runtime };
  const base: ContainerState = {
    name: container.name,
    image: container.image!,
    init,
    restarts,
    listeners: [],
    ready: false,
    written: emptyTree,
    ...(container.startupProbe !== undefined && found.started !== undefined && { startedOk: found.started }),
  };
  const life = (attempt: number, startedAt: number, id: string | undefined): ContainerRun => ({
    id: id ?? hexOf(`${change.objects.seed}/container/${pod.metadata.uid}/${container.name}/${attempt}`, 64),
    attempt,
    startedAt,
    logs: [],
    loaded: new Map(),
    startedFrom: from,
  });
  const ended = (how: Terminated, attempt: number): ContainerRun => {
    const finishedAt = timeOr(how.finishedAt, now);
    const startedAt = Math.min(timeOr(how.startedAt, finishedAt), finishedAt);
    const id = how.containerID?.replace(/^[^:]+:\/\//, '');
    const { exitCode, reason = exitCode === 0 ? 'Completed' : 'Error' } = how;
    return { ...life(attempt, startedAt, id), finishedAt, exitCode, reason };
  };
  const { running, terminated, waiting } = found.state ?? {};
  const last = found.lastState?.terminated;
  const previous = last === undefined ? {} : { previous: ended(last, Math.max(0, restarts - 1)) };
  if (running !== undefined) {
    const startedAt = Math.min(timeOr(running.startedAt, now), now);
    const started = start(startedAt);
    const failed = started.exit !== undefined && started.exit.code !== 0;
    // It runs, whatever its image is known to do.
    const ends = started.exit !== undefined && !failed && startedAt + started.exit.after > now ? { exit: started.exit } : {};
    const run: ContainerRun = {
      ...life(restarts, startedAt, ownId),
      logs: failed ? [] : linesOf(started, startedAt),
      loaded: started.loaded ?? new Map(),
      ...ends,
      ...(started.stopsAfter !== undefined && { stopsAfter: started.stopsAfter }),
    };
    return { ...base, ...previous, run, listeners: failed ? [] : started.listeners, ready: found.ready, found: known };
  }
  if (terminated !== undefined && init && terminated.exitCode === 0) {
    // What it has done to the machine is done.
    const run = ended(terminated, restarts);
    return { ...base, ...previous, run: { ...run, logs: linesOf(start(run.startedAt), run.startedAt) }, found: known };
  }
  if (terminated !== undefined) {
    const run = { ...ended(terminated, restarts), notBefore: now + quiet };
    return { ...base, ...previous, run, found: { ...known, ...endOf(container, pod, run, started(start, change, hostName, run)) } };
  }
  if (waiting?.reason === 'CrashLoopBackOff' && last !== undefined) {
    const run = { ...ended(last, restarts), notBefore: now + quiet };
    const tried = started(start, change, hostName, run);
    const message = waiting.message?.replace(/(restarting failed container)=.*$/s, '$1');
    return {
      ...base,
      run: { ...run, logs: isSameEnd(tried, run) ? linesOf(tried, run.startedAt) : [] },
      waiting: { reason: waiting.reason, ...(message !== undefined && { message }) },
      found: { ...known, ...endOf(container, pod, run, tried) },
    };
  }
  if (waiting === undefined || ['ContainerCreating', 'PodInitializing'].includes(waiting.reason ?? 'ContainerCreating')) {
    // It has lived before: the runtime makes its next life.
    return last === undefined ? base : { ...base, run: { ...ended(last, restarts), notBefore: now + quiet }, found: known };
  }
  const { reason = '', message } = waiting;
  const seen = reason === 'CreateContainerConfigError' && configProblem(change, pod, container) !== undefined;
  return {
    ...base,
    waiting: { reason, ...(message !== undefined && { message }) },
    ...(!seen && { found: known }),
    ...(last !== undefined && { previous: ended(last, Math.max(0, restarts - 1)) }),
  };
}

function timeOr(text: string | undefined, otherwise: number): number {
  const time = parseTime(text ?? '');
  return Number.isNaN(time) ? otherwise : time;
}

/** What starting it would come to, without what that does to the machine. */
function started(start: FoundState['start'], change: Change, hostName: NodeName, run: ContainerRun): Started {
  const before = change.hosts.get(hostName)!;
  try {
    return start(run.startedAt);
  } finally {
    change.hosts.set(hostName, before);
  }
}

function isSameEnd({ exit }: Started, run: ContainerRun): boolean {
  return exit !== undefined && (exit.code === 0) === (run.exitCode === 0);
}

/** How its lives end, where its image does not tell. */
function endOf(container: Container, pod: Pod, run: ContainerRun, tried: Started): Pick<FoundContainer, 'ends'> {
  if (isSameEnd(tried, run)) return {};
  const volumes = (pod.spec.volumes ?? []).some((one) => one.configMap !== undefined || one.secret !== undefined);
  const variables =
    (container.envFrom ?? []).length > 0 ||
    (container.env ?? []).some(({ valueFrom }) => (valueFrom?.configMapKeyRef ?? valueFrom?.secretKeyRef) !== undefined);
  const after = Math.max(100, run.finishedAt! - run.startedAt);
  return { ends: { exit: { after, code: run.exitCode!, reason: run.reason! }, follows: volumes || variables } };
}

function linesOf({ logs = [] }: Started, at: number): ContainerRun['logs'] {
  return logs.map((line) =>
    typeof line === 'string' ? { at, stream: 'stdout', text: line } : { at, stream: 'stderr', text: line.stderr },
  );
}

function probesOf(container: Container): readonly (readonly [ProbeKind, Probe])[] {
  const { startupProbe, livenessProbe, readinessProbe } = container;
  const all = { Startup: startupProbe, Liveness: livenessProbe, Readiness: readinessProbe };
  return (Object.entries(all) as [ProbeKind, Probe | undefined][]).flatMap(([kind, probe]) => (probe === undefined ? [] : [[kind, probe]]));
}

/** Whoever is ready listens where it is probed, declared or not. */
function withProbedPorts(container: Container, state: ContainerState): ContainerState {
  const { readinessProbe } = container;
  const asked = readinessProbe?.httpGet ?? readinessProbe?.tcpSocket;
  if (asked === undefined) return state;
  const port = portNumber(container, asked.port);
  if (!isPort(port) || state.listeners.some((one) => one.protocol === 'TCP' && one.port === port)) return state;
  const [first] = state.listeners;
  const https = readinessProbe?.httpGet?.scheme === 'HTTPS';
  const listener: Listener = {
    protocol: 'TCP',
    address: '::',
    port,
    process: first?.process ?? container.name.slice(0, 15),
    pid: first?.pid ?? 1,
    speaks: https ? 'https' : 'http',
  };
  return { ...state, listeners: [...state.listeners, listener] };
}

/** The probes whose outcome was found to be another than the simulation finds. */
function trustedProbes(context: ContainerContext, program: Program, state: ContainerState, sandbox: Sandbox): readonly ProbeKind[] {
  const listeners = sandbox.containers.flatMap((one) => one.listeners);
  const address = sandbox.network.namespace === '' ? context.host.addresses[0]! : (sandbox.network.ips[0]?.address.ip ?? '127.0.0.1');
  const isFound: Readonly<Record<ProbeKind, boolean>> = { Startup: state.startedOk !== false, Liveness: true, Readiness: state.ready };
  return probesOf(context.container).flatMap(([kind, probe]) => {
    if (kind === 'Startup' && state.startedOk !== false) return [];
    const result = probeOnce(probe, context, program, state, listeners, address);
    // One that has not had its say yet will have it.
    const young = context.now - state.run!.startedAt < firstVerdict(probe, result.ok);
    return result.ok === isFound[kind] || (young && kind !== 'Liveness') ? [] : [kind];
  });
}
