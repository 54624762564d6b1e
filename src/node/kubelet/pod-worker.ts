/** One pod on one host brought towards what its object says: sandbox, network, images, containers, probes, status (pkg/kubelet/kubelet.go SyncPod). */
import { hexOf } from '#kube/chance.ts';
import type { Objects } from '#kube/cluster.ts';
import { ConfigMap } from '#kube/kinds/config-map.ts';
import type { Container } from '#kube/kinds/container.ts';
import { Pod } from '#kube/kinds/pod.ts';
import type { Probe } from '#kube/kinds/probe.ts';
import { Node } from '#kube/kinds/node.ts';
import { Secret } from '#kube/kinds/secret.ts';
import { Service } from '#kube/kinds/service.ts';
import { isEqual } from '#kube/equal.ts';
import type { NodeName } from '#kube/names.ts';
import { recordEvent, type Occurrence } from '#kube/record-event.ts';
import type { Result } from '#kube/status.ts';
import { parseTime, rfc3339 } from '#kube/time.ts';
import type { Change } from '../change.ts';
import { emptyTree, readFile } from '../files.ts';
import type { ContainerState, Host, Listener, PodNetwork, Sandbox } from '../host.ts';
import type { ContainerContext, Program, Programs } from '../program.ts';
import { end, live, type Happening } from './container.ts';
import { firstVerdict, probeOnce } from './probe.ts';
import { fullImage, hasInitialized, isSidecar, podStatus } from './pod-status.ts';
import { fieldText, decodeBase64, missingVolumeSource, mountsOf, readMounted, withVolumeDirectories } from './volumes.ts';

/** The runtime's network side, as the kubelet sees it. */
export interface PodNetworking {
  /** Why no pod can be connected (`NetworkReady=false …`); undefined when all is well. */
  notReady(host: Host): string | undefined;
  add(change: Change, host: Host, pod: Pod, sandboxId: string): { readonly host: Host; readonly result: Result<PodNetwork, string> };
  remove(change: Change, host: Host, sandbox: Sandbox): { readonly host: Host; readonly error?: string };
}

export interface PodWorker {
  readonly programs: Programs;
  readonly networking: PodNetworking;
  readonly minorVersion: number;
  /** Images that cannot be pulled. */
  readonly missingImages: ReadonlySet<string>;
  /** The pod's resolv.conf, and the event of what had to be cut. */
  resolvConf(change: Change, host: Host, pod: Pod): { readonly text: string; readonly event?: Occurrence };
  /** Whether the API server can be reached from this host. */
  readonly connected: boolean;
}

/** Posts the status of a pod that the runtime knows by another UID than its object has: a static pod's mirror. */
export function postStatus(worker: PodWorker, change: Change, hostName: NodeName, pod: Pod, sandboxUid: string): void {
  post(worker, change, hostName, pod, change.hosts.get(hostName)!.sandboxes.get(sandboxUid));
}

/** When the next thing will happen to this pod by itself; Infinity: never. */
export type Due = number;

const sandboxRetry = 15_000;

/** What a pod was last synced with: where nothing of it has changed, and nothing in it acts, there is nothing to do. */
interface Seen {
  readonly inputs: readonly unknown[];
  readonly due: Due;
}

const seen = new WeakMap<Pod, Seen>();

function inputsOf(worker: PodWorker, change: Change, hostName: NodeName, pod: Pod): readonly unknown[] {
  const host = change.hosts.get(hostName)!;
  return [
    host.sandboxes.get(pod.metadata.uid!),
    host.files,
    host.images,
    change.now,
    worker.connected,
    change.objects.revision(ConfigMap),
    change.objects.revision(Secret),
  ];
}

/** Brings the pod one step on; the host in `change` and the pod's status are written when they differ. */
export function syncPod(worker: PodWorker, change: Change, hostName: NodeName, pod: Pod): Due {
  const acting = pod.spec.containers.some((container) => worker.programs(container.image!).act !== undefined);
  const inputs = acting ? [] : inputsOf(worker, change, hostName, pod);
  const last = seen.get(pod);
  if (!acting && last !== undefined && last.inputs.every((one, i) => one === inputs[i])) return last.due;
  const due = sync(worker, change, hostName, pod);
  // Had it written anything, the inputs would be others now, and the next round would look again.
  if (!acting) seen.set(pod, { inputs, due });
  return due;
}

function sync(worker: PodWorker, change: Change, hostName: NodeName, pod: Pod): Due {
  if (pod.metadata.deletionTimestamp !== undefined) return terminate(worker, change, hostName, pod);
  const sandbox = change.hosts.get(hostName)!.sandboxes.get(pod.metadata.uid!);
  const phase = pod.status?.phase;
  if (sandbox === undefined && (phase === 'Succeeded' || phase === 'Failed')) return Infinity;
  const ready = sandbox ?? attempt(worker, change, hostName, pod);
  if (ready === undefined) {
    post(worker, change, hostName, pod, undefined);
    return Infinity;
  }
  const due = runContainers(worker, change, hostName, pod, ready);
  post(worker, change, hostName, pod, change.hosts.get(hostName)!.sandboxes.get(pod.metadata.uid!));
  return due;
}

function event(worker: PodWorker, change: Change, hostName: NodeName, pod: Pod, what: Occurrence): void {
  if (worker.connected) recordEvent(change, pod, { component: 'kubelet', host: hostName }, what);
}

function post(worker: PodWorker, change: Change, hostName: NodeName, pod: Pod, sandbox: Sandbox | undefined): void {
  if (!worker.connected) return;
  const current = change.objects.get(Pod, pod.metadata.namespace!, pod.metadata.name);
  if (current === undefined || current.metadata.uid !== pod.metadata.uid) return;
  const status = podStatus(current, change.hosts.get(hostName)!, sandbox, change.now, worker.minorVersion);
  if (!isEqual(current.status, status)) change.objects.put(Pod, { ...current, status });
}

/** Reports whether something that failed for this pod has been tried at this very moment. */
export function triedNow(change: Change, hostName: NodeName, podUid: string): boolean {
  return change.hosts.get(hostName)!.attempts.get(podUid) === change.now;
}

export function noteTry(change: Change, hostName: NodeName, podUid: string): void {
  const host = change.hosts.get(hostName)!;
  change.hosts.set(hostName, { ...host, attempts: new Map(host.attempts).set(podUid, change.now) });
}

/** Tries to make the sandbox, once at each moment; how often a real kubelet would have tried meanwhile shows in the event's count. */
function attempt(worker: PodWorker, change: Change, hostName: NodeName, pod: Pod): Sandbox | undefined {
  const { attempts } = change.hosts.get(hostName)!;
  const last = attempts.get(pod.metadata.uid!);
  if (triedNow(change, hostName, pod.metadata.uid!)) return undefined;
  const sandbox = createSandbox(
    worker,
    change,
    hostName,
    pod,
    last === undefined ? 1 : Math.max(1, Math.floor((change.now - last) / sandboxRetry)),
  );
  const next = new Map(attempts);
  if (sandbox === undefined) next.set(pod.metadata.uid!, change.now);
  else next.delete(pod.metadata.uid!);
  if (sandbox === undefined || last !== undefined) change.hosts.set(hostName, { ...change.hosts.get(hostName)!, attempts: next });
  return sandbox;
}

function createSandbox(worker: PodWorker, change: Change, hostName: NodeName, pod: Pod, times: number): Sandbox | undefined {
  const host = change.hosts.get(hostName)!;
  const missing = missingVolumeSource(change.objects, pod);
  if (missing !== undefined) {
    const found = pod.spec.volumes?.find((one) => one.name === missing.volume);
    event(worker, change, hostName, pod, {
      type: 'Warning',
      reason: 'FailedMount',
      message: `MountVolume.SetUp failed for volume ${JSON.stringify(found?.name ?? '')} : ${missing.message}`,
      times,
    });
    return undefined;
  }
  const hostNetwork = pod.spec.hostNetwork === true;
  const notReady = worker.networking.notReady(host);
  if (notReady !== undefined && !hostNetwork) {
    event(worker, change, hostName, pod, {
      type: 'Warning',
      reason: 'NetworkNotReady',
      message: `network is not ready: container runtime network not ready: ${notReady}`,
      times,
    });
    return undefined;
  }
  const id = hexOf(`${change.objects.seed}/sandbox/${pod.metadata.uid}/${change.objects.next()}`, 64);
  const prepared = withVolumeDirectories(host, pod, rfc3339(change.now));
  let network: PodNetwork;
  if (hostNetwork) {
    network = { ips: [], namespace: '', networkName: '' };
    change.hosts.set(hostName, prepared);
  } else {
    const added = worker.networking.add(change, prepared, pod, id);
    change.hosts.set(hostName, added.host);
    if (!added.result.ok) {
      event(worker, change, hostName, pod, {
        type: 'Warning',
        reason: 'FailedCreatePodSandBox',
        message: `Failed to create pod sandbox: rpc error: code = Unknown desc = ${added.result.error}`,
        times,
      });
      return undefined;
    }
    network = added.result.value;
  }
  const resolv = worker.resolvConf(change, change.hosts.get(hostName)!, pod);
  if (resolv.event !== undefined) event(worker, change, hostName, pod, resolv.event);
  const sandbox: Sandbox = {
    id,
    podUid: pod.metadata.uid!,
    podNamespace: pod.metadata.namespace!,
    podName: pod.metadata.name,
    createdAt: change.now,
    network,
    hostname: hostNetwork ? hostName : (pod.spec.hostname ?? pod.metadata.name).slice(0, 63),
    resolvConf: resolv.text,
    containers: [],
  };
  store(change, hostName, sandbox);
  return sandbox;
}

function store(change: Change, hostName: NodeName, sandbox: Sandbox): void {
  const host = change.hosts.get(hostName)!;
  change.hosts.set(hostName, { ...host, sandboxes: new Map(host.sandboxes).set(sandbox.podUid, sandbox) });
}

/** Init containers one after the other, sidecars among them, then the containers; ephemeral ones when the pod runs. */
function runContainers(worker: PodWorker, change: Change, hostName: NodeName, pod: Pod, first: Sandbox): Due {
  let due = Infinity;
  let initializing = false;
  const inits = pod.spec.initContainers ?? [];
  const all: readonly Container[] = [...inits, ...pod.spec.containers, ...((pod.spec.ephemeralContainers ?? []) as readonly Container[])];
  const current = () => change.hosts.get(hostName)!.sandboxes.get(first.podUid)!;
  for (const container of all) {
    const init = inits.includes(container);
    if (initializing && !init) break;
    const before = current().containers.find((one) => one.name === container.name);
    const after = runContainer(worker, change, hostName, pod, container, init, before);
    due = Math.min(due, after.due);
    if (!isEqual(before, after.state)) {
      const sandbox = current();
      const containers =
        before === undefined ? [...sandbox.containers, after.state] : sandbox.containers.map((one) => (one === before ? after.state : one));
      store(change, hostName, { ...sandbox, containers });
    }
    if (init && !hasInitialized(container, after.state)) {
      initializing = true;
      break;
    }
  }
  return due;
}

function runContainer(
  worker: PodWorker,
  change: Change,
  hostName: NodeName,
  pod: Pod,
  container: Container,
  init: boolean,
  before: ContainerState | undefined,
): { state: ContainerState; due: Due } {
  const fieldPath = `spec.${init ? 'initContainers' : pod.spec.containers.includes(container) ? 'containers' : 'ephemeralContainers'}{${container.name}}`;
  const tell = (what: Occurrence) => event(worker, change, hostName, pod, { ...what, fieldPath });
  const image = container.image!;
  const state: ContainerState = before ?? {
    name: container.name,
    image,
    init,
    restarts: 0,
    listeners: [],
    ready: false,
    written: emptyTree,
  };
  const pulled = state.run === undefined ? pull(worker, change, hostName, container, state, tell) : undefined;
  if (pulled !== undefined) return pulled;
  if (state.run === undefined) {
    const problem = configProblem(change, pod, container);
    if (problem !== undefined) {
      tell({ type: 'Warning', reason: 'Failed', message: `Error: ${problem}` });
      return { state: { ...state, waiting: { reason: 'CreateContainerConfigError', message: problem } }, due: Infinity };
    }
  }
  const program = worker.programs(image);
  const restartPolicy = init
    ? isSidecar(container)
      ? 'Always'
      : pod.spec.restartPolicy === 'Never'
        ? 'Never'
        : 'OnFailure'
    : ((pod.spec.restartPolicy ?? 'Always') as 'Always' | 'OnFailure' | 'Never');
  const contextAt = (at: number): ContainerContext => contextOf(worker, change, hostName, pod, container, at);
  // A configuration that was refused before is no longer waiting once it is there.
  const { waiting, ...rest } = state;
  const clean = waiting === undefined || waiting.reason === 'CrashLoopBackOff' ? state : rest;
  const life = live(clean, {
    now: change.now,
    restartPolicy,
    startsFrom: startsFrom(change, hostName, pod, program),
    start: (at) => program.start(contextAt(at)),
    id: (attempt) => hexOf(`${change.objects.seed}/container/${pod.metadata.uid}/${container.name}/${attempt}`, 64),
  });
  report(worker, pod, container, life.state, life.happenings, change.now, tell);
  let current = life.state;
  let due = life.due ?? Infinity;
  if (current.run !== undefined && current.run.finishedAt === undefined) {
    if (program.act !== undefined) {
      const run = program.act(contextAt(change.now), current.run);
      if (run !== current.run) current = { ...current, run };
    }
    const listeners = [
      ...change.hosts
        .get(hostName)!
        .sandboxes.get(pod.metadata.uid!)!
        .containers.filter((one) => one.name !== container.name)
        .flatMap((one) => one.listeners),
      ...current.listeners,
    ];
    const probed = probeAll(worker, contextAt(change.now), current, listeners, tell);
    current = probed.state;
    due = Math.min(due, probed.due);
  }
  return { state: current, due };
}

/** What a container's start can depend on; a daemon's also on the nodes. */
function startsFrom(change: Change, hostName: NodeName, pod: Pod, program: Program): readonly unknown[] {
  const { objects } = change;
  const onHost = (pod.spec.volumes ?? []).some((volume) => volume.hostPath !== undefined);
  return [
    objects.revision(ConfigMap),
    objects.revision(Secret),
    onHost ? change.hosts.get(hostName)!.files : undefined,
    program.act === undefined ? undefined : objects.revision(Node),
  ];
}

export function contextOf(
  worker: Pick<PodWorker, 'programs'>,
  change: Change,
  hostName: NodeName,
  pod: Pod,
  container: Container,
  now: number,
): ContainerContext {
  const host = change.hosts.get(hostName)!;
  const sandbox = host.sandboxes.get(pod.metadata.uid!)!;
  const program = worker.programs(container.image!);
  const command = container.command ?? [];
  const args = container.args ?? [];
  let mounts: ReturnType<typeof mountsOf> | undefined;
  let env: ReadonlyMap<string, string> | undefined;
  const environment = () => (env ??= environmentOf(change, pod, container, sandbox));
  const expand = (text: string) => text.replace(/\$\((\w+)\)/g, (whole, name: string) => environment().get(name) ?? whole);
  const argv = command.length > 0 ? [...command, ...args] : [...program.entrypoint, ...(args.length > 0 ? args : program.cmd)];
  return {
    change,
    host,
    pod,
    container,
    sandbox,
    now,
    get argv() {
      return argv.map(expand);
    },
    get env() {
      return environment();
    },
    file(path) {
      mounts ??= mountsOf(change.objects, change.hosts.get(hostName)!, pod, container, sandbox, now);
      const mounted = readMounted(mounts, change.hosts.get(hostName)!, path);
      if (mounted !== undefined) return mounted ?? undefined;
      const written = sandbox.containers.find((one) => one.name === container.name)?.written;
      return written === undefined ? undefined : readFile(written, path);
    },
  };
}

/** The environment: the image's PATH, the node's and cluster's service variables, then envFrom and env (kubelet_pods.go makeEnvironmentVariables). */
export function environmentOf(
  change: { readonly objects: Objects; readonly hosts: ReadonlyMap<NodeName, Host> },
  pod: Pod,
  container: Container,
  sandbox: Sandbox,
): ReadonlyMap<string, string> {
  const { objects } = change;
  const namespace = pod.metadata.namespace!;
  const env = new Map<string, string>([
    ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ['HOSTNAME', sandbox.hostname],
  ]);
  const services = new Map<string, string>();
  for (const service of objects.list(Service)) {
    const ip = service.spec?.clusterIP;
    const own = service.metadata.namespace === namespace && pod.spec.enableServiceLinks !== false;
    const master = service.metadata.namespace === 'default' && service.metadata.name === 'kubernetes';
    if (ip === undefined || ip === '' || ip === 'None' || !(own || master)) continue;
    const name = service.metadata.name.toUpperCase().replaceAll('-', '_');
    const ports = service.spec?.ports ?? [];
    if (ports.length === 0) continue;
    services.set(`${name}_SERVICE_HOST`, ip);
    services.set(`${name}_SERVICE_PORT`, String(ports[0]!.port));
    for (const port of ports)
      if (port.name !== undefined && port.name !== '')
        services.set(`${name}_SERVICE_PORT_${port.name.toUpperCase().replaceAll('-', '_')}`, String(port.port));
    ports.forEach((port, i) => {
      const protocol = (port.protocol ?? 'TCP').toLowerCase();
      const url = `${protocol}://${ip.includes(':') ? `[${ip}]` : ip}:${port.port}`;
      if (i === 0) services.set(`${name}_PORT`, url);
      const prefix = `${name}_PORT_${port.port}_${protocol.toUpperCase()}`;
      services.set(prefix, url);
      services.set(`${prefix}_PROTO`, protocol);
      services.set(`${prefix}_PORT`, String(port.port));
      services.set(`${prefix}_ADDR`, ip);
    });
  }
  for (const [key, value] of services) env.set(key, value);
  for (const source of container.envFrom ?? []) {
    const prefix = source.prefix ?? '';
    if (source.configMapRef?.name !== undefined)
      for (const [key, value] of Object.entries(objects.get(ConfigMap, namespace, source.configMapRef.name)?.data ?? {}))
        env.set(prefix + key, value);
    if (source.secretRef?.name !== undefined)
      for (const [key, value] of Object.entries(objects.get(Secret, namespace, source.secretRef.name)?.data ?? {}))
        env.set(prefix + key, decodeBase64(value));
  }
  for (const one of container.env ?? []) {
    const from = one.valueFrom;
    if (from === undefined)
      env.set(
        one.name,
        (one.value ?? '').replace(/\$\((\w+)\)/g, (whole, name: string) => env.get(name) ?? whole),
      );
    else if (from.fieldRef !== undefined) {
      const podWithIp = {
        ...pod,
        status: {
          ...pod.status,
          podIP: sandbox.network.ips[0]?.address.ip ?? pod.status?.podIP,
          hostIP: pod.status?.hostIP ?? change.hosts.get((pod.spec.nodeName ?? '') as NodeName)?.addresses[0],
        },
      } as Pod;
      env.set(one.name, fieldText(podWithIp, from.fieldRef.fieldPath));
    } else if (from.configMapKeyRef?.name !== undefined) {
      const value = objects.get(ConfigMap, namespace, from.configMapKeyRef.name)?.data?.[from.configMapKeyRef.key];
      if (value !== undefined) env.set(one.name, value);
    } else if (from.secretKeyRef?.name !== undefined) {
      const value = objects.get(Secret, namespace, from.secretKeyRef.name)?.data?.[from.secretKeyRef.key];
      if (value !== undefined) env.set(one.name, decodeBase64(value));
    }
  }
  return env;
}

/** What the environment needs and the API does not have. */
function configProblem(change: Change, pod: Pod, container: Container): string | undefined {
  const namespace = pod.metadata.namespace!;
  const { objects } = change;
  const key = (
    kind: typeof ConfigMap | typeof Secret,
    ref: { readonly name?: string; readonly key?: string; readonly optional?: boolean } | undefined,
  ): string | undefined => {
    if (ref?.name === undefined || ref.optional === true) return undefined;
    const word = kind === ConfigMap ? 'configmap' : 'secret';
    const found = objects.get(kind as typeof ConfigMap, namespace, ref.name);
    if (found === undefined) return `${word} ${JSON.stringify(ref.name)} not found`;
    if (ref.key !== undefined && found.data?.[ref.key] === undefined)
      return `couldn't find key ${ref.key} in ${kind === ConfigMap ? 'ConfigMap' : 'Secret'} ${namespace}/${ref.name}`;
    return undefined;
  };
  for (const source of container.envFrom ?? []) {
    const problem = key(ConfigMap, source.configMapRef) ?? key(Secret, source.secretRef);
    if (problem !== undefined) return problem;
  }
  for (const one of container.env ?? []) {
    const problem = key(ConfigMap, one.valueFrom?.configMapKeyRef) ?? key(Secret, one.valueFrom?.secretKeyRef);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

type Tell = (what: Occurrence) => void;

/** The image: there, being pulled, or not to be had. Undefined when the container may start now. */
function pull(
  worker: PodWorker,
  change: Change,
  hostName: NodeName,
  container: Container,
  state: ContainerState,
  tell: Tell,
): { state: ContainerState; due: Due } | undefined {
  const host = change.hosts.get(hostName)!;
  const image = container.image!;
  const policy = container.imagePullPolicy ?? 'IfNotPresent';
  const present = host.images.has(fullImage(image));
  if (present && policy !== 'Always') {
    if (state.waiting === undefined)
      tell({
        type: 'Normal',
        reason: 'Pulled',
        message:
          worker.minorVersion >= 35
            ? `Container image ${JSON.stringify(image)} already present on machine and can be accessed by the pod`
            : `Container image ${JSON.stringify(image)} already present on machine`,
      });
    return undefined;
  }
  if (policy === 'Never') {
    tell({
      type: 'Warning',
      reason: 'ErrImageNeverPull',
      message: `Container image ${JSON.stringify(image)} is not present with pull policy of Never`,
    });
    return {
      state: {
        ...state,
        waiting: {
          reason: 'ErrImageNeverPull',
          message: `Container image ${JSON.stringify(image)} is not present with pull policy of Never`,
        },
      },
      due: Infinity,
    };
  }
  const since = state.pullingSince ?? change.now;
  if (state.pullingSince === undefined) tell({ type: 'Normal', reason: 'Pulling', message: `Pulling image ${JSON.stringify(image)}` });
  if (worker.missingImages.has(image) || worker.missingImages.has(fullImage(image))) {
    const error = `failed to pull and unpack image ${JSON.stringify(fullImage(image))}: failed to resolve reference ${JSON.stringify(fullImage(image))}: ${fullImage(image)}: not found`;
    const failing = `rpc error: code = NotFound desc = ${error}`;
    if (state.waiting?.reason !== 'ImagePullBackOff') {
      tell({ type: 'Warning', reason: 'Failed', message: `Failed to pull image ${JSON.stringify(image)}: ${failing}` });
      tell({ type: 'Warning', reason: 'Failed', message: 'Error: ErrImagePull' });
      tell({ type: 'Normal', reason: 'BackOff', message: `Back-off pulling image ${JSON.stringify(image)}` });
      tell({ type: 'Warning', reason: 'Failed', message: 'Error: ImagePullBackOff' });
    }
    const message = `Back-off pulling image ${JSON.stringify(image)}${worker.minorVersion >= 32 ? `: ErrImagePull: ${failing}` : ''}`;
    return { state: { ...state, pullingSince: since, waiting: { reason: 'ImagePullBackOff', message } }, due: Infinity };
  }
  const { pull: duration, size } = worker.programs(image).image;
  const took = present ? 400 : duration;
  if (since + took > change.now) return { state: { ...state, pullingSince: since }, due: since + took };
  tell({
    type: 'Normal',
    reason: 'Pulled',
    message: `Successfully pulled image ${JSON.stringify(image)} in ${goSeconds(took)} (${goSeconds(took)} including waiting). Image size: ${size} bytes.`,
  });
  change.hosts.set(hostName, { ...host, images: new Set(host.images).add(fullImage(image)) });
  return undefined;
}

/** A duration under a minute as Go prints it: `1.234s`, `412ms`. */
function goSeconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds}ms` : `${milliseconds / 1000}s`;
}

/** Events of what happened; of many lives only the counts remain. */
function report(
  worker: PodWorker,
  pod: Pod,
  container: Container,
  state: ContainerState,
  happenings: readonly Happening[],
  now: number,
  tell: Tell,
): void {
  const [created, started] =
    worker.minorVersion >= 35
      ? ['Container created', 'Container started']
      : worker.minorVersion >= 32
        ? [`Created container: ${container.name}`, `Started container ${container.name}`]
        : [`Created container ${container.name}`, `Started container ${container.name}`];
  const starts = happenings.filter((one) => one.kind === 'started');
  const restarts = starts.filter((_, i) => i > 0 || state.restarts > 0);
  if (restarts.length > 0 && starts.length > 0) {
    const image = container.image!;
    const times = starts.length - (state.restarts + 1 === starts.length ? 1 : 0);
    if (times > 0) {
      const message =
        worker.minorVersion >= 35
          ? `Container image ${JSON.stringify(image)} already present on machine and can be accessed by the pod`
          : `Container image ${JSON.stringify(image)} already present on machine`;
      tell({ type: 'Normal', reason: 'Pulled', message, times, at: starts.at(-1)!.at });
    }
  }
  if (starts.length > 0) {
    tell({ type: 'Normal', reason: 'Created', message: created!, times: starts.length, at: starts.at(-1)!.at });
    tell({ type: 'Normal', reason: 'Started', message: started!, times: starts.length, at: starts.at(-1)!.at });
  }
  const backing = happenings.filter((one) => one.kind === 'backing-off');
  if (backing.length > 0) {
    // The kubelet says it at every sync, about every twelve seconds, for as long as it waits.
    const times = backing.reduce((sum, one) => sum + Math.max(1, Math.floor((Math.min(one.until!, now) - one.at) / 12_000)), 0);
    tell({
      type: 'Warning',
      reason: 'BackOff',
      message: `Back-off restarting failed container ${container.name} in pod ${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`,
      times,
      at: Math.max(backing.at(-1)!.at, now - 5_000),
    });
  }
}

/** The probes of a running container: whether it counts as started and ready, and whether liveness kills it. */
function probeAll(
  worker: PodWorker,
  context: ContainerContext,
  state: ContainerState,
  listeners: readonly Listener[],
  tell: Tell,
): { state: ContainerState; due: Due } {
  const { container, now, sandbox, host } = context;
  const run = state.run!;
  const program = worker.programs(container.image!);
  const address = sandbox.network.namespace === '' ? host.addresses[0]! : (sandbox.network.ips[0]?.address.ip ?? '127.0.0.1');
  const age = now - run.startedAt;
  let due = Infinity;
  const judge = (probe: Probe | undefined, kind: 'Startup' | 'Liveness' | 'Readiness'): boolean | undefined => {
    if (probe === undefined) return true;
    const result = probeOnce(probe, context, program, state, listeners, address);
    const verdict = firstVerdict(probe, result.ok);
    if (!result.ok && age >= firstVerdict({ ...probe, failureThreshold: 1 }, false)) {
      const period = (probe.periodSeconds ?? 10) * 1000;
      tell({
        type: 'Warning',
        reason: 'Unhealthy',
        message: `${kind} probe failed: ${result.output}`,
        times: Math.max(1, Math.floor(age / period) - Math.floor((age - 1) / period)),
      });
    }
    if (age < verdict) {
      due = Math.min(due, run.startedAt + verdict);
      return undefined;
    }
    return result.ok;
  };
  const started = state.startedOk === true ? true : judge(container.startupProbe, 'Startup');
  if (started === false) return kill(worker, context, state, 'failed startup probe', tell);
  if (started === undefined) return { state: { ...state, startedOk: false, ready: false }, due };
  const alive = judge(container.livenessProbe, 'Liveness');
  if (alive === false) return kill(worker, context, state, 'failed liveness probe', tell);
  const ready = judge(container.readinessProbe, 'Readiness');
  const next = {
    ...state,
    ready: ready === true || (ready === undefined && state.ready),
    ...(container.startupProbe !== undefined && { startedOk: true }),
  };
  return { state: next, due };
}

function kill(
  worker: PodWorker,
  context: ContainerContext,
  state: ContainerState,
  why: string,
  tell: Tell,
): { state: ContainerState; due: Due } {
  tell({ type: 'Normal', reason: 'Killing', message: `Container ${context.container.name} ${why}, will be restarted` });
  const run = state.run!;
  const grace =
    (context.container.livenessProbe?.terminationGracePeriodSeconds ?? context.pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
  const graceful = run.stopsAfter !== undefined && run.stopsAfter <= grace;
  const at = context.now + (graceful ? run.stopsAfter! : grace);
  void worker;
  return { state: end(state, { ...run, finishedAt: at }, at, graceful ? 0 : 137, graceful ? 'Completed' : 'Error'), due: at };
}

/** A pod that is being deleted: SIGTERM, the grace period, the network, the object. */
function terminate(worker: PodWorker, change: Change, hostName: NodeName, pod: Pod): Due {
  const host = change.hosts.get(hostName)!;
  const sandbox = host.sandboxes.get(pod.metadata.uid!);
  const gone = () => {
    if (worker.connected && (pod.metadata.finalizers ?? []).length === 0)
      change.objects.remove(Pod, pod.metadata.namespace!, pod.metadata.name);
  };
  if (sandbox === undefined) {
    gone();
    return Infinity;
  }
  const requested = parseTime(pod.metadata.deletionTimestamp!) - (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000;
  const since = sandbox.stoppingSince ?? Math.max(requested, Math.min(change.now, parseTime(pod.metadata.deletionTimestamp!)));
  const running = sandbox.containers.filter((one) => one.run !== undefined && one.run.finishedAt === undefined);
  const grace = (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000;
  if (sandbox.stoppingSince === undefined) {
    for (const one of running) {
      const fieldPath = `spec.${one.init ? 'initContainers' : 'containers'}{${one.name}}`;
      event(worker, change, hostName, pod, {
        type: 'Normal',
        reason: 'Killing',
        message: `Stopping container ${one.name}`,
        fieldPath,
        at: since,
      });
    }
    store(change, hostName, { ...sandbox, stoppingSince: since });
  }
  const stopped = Math.max(0, ...running.map((one) => Math.min(one.run!.stopsAfter ?? Infinity, grace)));
  const at = since + stopped;
  if (at > change.now) {
    post(worker, change, hostName, pod, change.hosts.get(hostName)!.sandboxes.get(sandbox.podUid));
    return at;
  }
  const last = change.hosts.get(hostName)!.attempts.get(sandbox.podUid);
  if (triedNow(change, hostName, sandbox.podUid)) return Infinity;
  const removed = worker.networking.remove(change, change.hosts.get(hostName)!, sandbox);
  if (removed.error !== undefined) {
    change.hosts.set(hostName, removed.host);
    noteTry(change, hostName, sandbox.podUid);
    const text = `rpc error: code = Unknown desc = ${removed.error}`;
    event(worker, change, hostName, pod, {
      type: 'Warning',
      reason: 'FailedKillPod',
      message: `error killing pod: failed to "KillPodSandbox" for ${JSON.stringify(sandbox.podUid)} with KillPodSandboxError: ${JSON.stringify(text)}`,
      times: last === undefined ? 1 : Math.max(1, Math.floor((change.now - last) / sandboxRetry)),
    });
    return Infinity;
  }
  const sandboxes = new Map(removed.host.sandboxes);
  sandboxes.delete(sandbox.podUid);
  change.hosts.set(hostName, { ...removed.host, sandboxes });
  gone();
  return Infinity;
}
