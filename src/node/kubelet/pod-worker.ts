/** One pod on one host brought towards what its object says: sandbox, network, images, containers, probes, status (pkg/kubelet/kubelet.go SyncPod). */
import { hexOf } from '#kube/chance.ts';
import { areSame, isEqual } from '#kube/equal.ts';
import { ConfigMap } from '#kube/kinds/config-map.ts';
import type { Container } from '#kube/kinds/container.ts';
import { Node } from '#kube/kinds/node.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Secret } from '#kube/kinds/secret.ts';
import type { NodeName } from '#kube/names.ts';
import { recordEvent, type Occurrence } from '#kube/record-event.ts';
import { parseTime, rfc3339 } from '#kube/time.ts';
import { tokenOf } from '#kube/token.ts';
import type { Change } from '../change.ts';
import { emptyTree } from '../files.ts';
import { machineParts, type Attempt, type ContainerState, type Host, type PodNetwork, type Sandbox } from '../host.ts';
import type { Program, Programs } from '../program.ts';
import { live } from './container.ts';
import { aboutOf, hasSandbox, restorePod } from './found-pod.ts';
import { hasInitialized, isSidecar, podStatus } from './pod-status.ts';
import { missingVolumeSource, withVolumeDirectories } from './volumes.ts';
import { earlier, never, type Due, type Outlook, type PodWorker, type Tell } from './worker.ts';
import { contextOf, configProblem } from './container-environment.ts';
import { pull } from './image-pull.ts';
import { report } from './container-report.ts';
import { probeAll } from './probes.ts';

/** Posts the status of a pod that the runtime knows by another UID than its object has: a static pod's mirror. */
export function postStatus(worker: PodWorker, change: Change, hostName: NodeName, pod: Pod, sandboxUid: string): void {
  post(worker, change, hostName, pod, change.hosts.get(hostName)!.sandboxes.get(sandboxUid));
}

const sandboxRetry = 15_000;

/** What is to come of a pod by itself. */
interface Prospects {
  readonly lives: Outlook;
  readonly probes: Outlook;
}

/** What a pod was last synced with, and what was to come. */
interface Seen extends Prospects {
  readonly inputs: readonly unknown[];
  readonly at: number;
}

const acting = new WeakMap<Programs, WeakMap<Pod, readonly Program[]>>();

/** The programs of a pod's containers that act by themselves. */
export function actingIn({ programs }: Pick<PodWorker, 'programs'>, pod: Pod): readonly Program[] {
  let byPod = acting.get(programs);
  if (byPod === undefined) acting.set(programs, (byPod = new WeakMap()));
  let found = byPod.get(pod);
  if (found === undefined)
    byPod.set(pod, (found = pod.spec.containers.map(({ image }) => programs(image!)).filter(({ act }) => act !== undefined)));
  return found;
}

/** The latest first: whoever undoes what happened comes upon a pod again as it was before. */
const seen = new WeakMap<Pod, readonly Seen[]>();
const mostSeen = 8;

function inputsOf(worker: PodWorker, change: Change, hostName: NodeName, pod: Pod, acting: readonly Program[]): readonly unknown[] {
  const host = change.hosts.get(hostName)!;
  const sandbox = host.sandboxes.get(pod.metadata.uid!);
  // Plugins are called for sandboxes that come and go.
  const called = sandbox === undefined || pod.metadata.deletionTimestamp !== undefined;
  const seesFiles =
    called || pod.spec.hostNetwork === true || pod.spec.volumes?.some((one) => one.hostPath !== undefined || one.emptyDir !== undefined);
  return [
    sandbox,
    called ? host.kernel : undefined,
    called ? host.units : undefined,
    seesFiles === true ? host.files : undefined,
    host.images,
    worker.connected,
    change.objects.revision(ConfigMap),
    change.objects.revision(Secret),
    ...acting.flatMap((program) => program.actsOn?.(change.objects, host) ?? []),
  ];
}

/**
 * Brings the pod one step on; the host in `change` and the pod's status are written when they differ. Where nothing has changed since
 * it was last looked at, and nothing was to come until now, there is nothing to do but what programs do by themselves.
 */
export function syncPod(worker: PodWorker, change: Change, hostName: NodeName, pod: Pod): Due {
  if (worker.found?.pods.has(keyOf(pod)) === true) return restore(worker, change, hostName, pod);
  const { now } = change;
  const programs = actingIn(worker, pod);
  const inputs = inputsOf(worker, change, hostName, pod, programs);
  const known = seen.get(pod) ?? [];
  const same = known.find((one) => now >= one.at && areSame(one.inputs, inputs));
  if (same !== undefined && programs.every(({ actsOn }) => actsOn !== undefined)) {
    const all = earlier(same.lives, same.probes);
    if (now === same.at || now < all.until) return all.due;
  }
  const lived = same !== undefined && now < same.lives.until ? same.lives : undefined;
  const prospects = sync(worker, change, hostName, pod, lived);
  // Had it written anything, the inputs would be others now, and the next round would look again.
  const others = known.filter((one) => !areSame(one.inputs, inputs)).slice(0, mostSeen - 1);
  seen.set(pod, [{ inputs, at: now, ...prospects }, ...others]);
  return earlier(prospects.lives, prospects.probes).due;
}

/** The key by which pods that were found are known. */
export function keyOf({ metadata }: Pod): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** A pod that was found: it runs as its status says, or is left alone. */
function restore(worker: PodWorker, change: Change, hostName: NodeName, pod: Pod): Due {
  const { uid } = pod.metadata;
  const host = change.hosts.get(hostName)!;
  const { pods, done } = worker.found!;
  const observed = pods.get(keyOf(pod))!;
  if (done.has(keyOf(pod))) {
    actAlone(worker, change, hostName, pod);
    return Infinity;
  }
  const tried = host.attempts.get(uid!);
  if (tried !== undefined && !isOther(host, tried)) return Infinity;
  if (hasSandbox(observed) && restorePod(worker, change, hostName, pod, observed, startsFrom)) {
    done.add(keyOf(pod));
    const now = change.hosts.get(hostName)!;
    const attempts = new Map(now.attempts);
    attempts.delete(uid!);
    change.hosts.set(hostName, { ...now, attempts });
    return change.now;
  }
  const phase = observed.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed') return Infinity;
  if (worker.found!.patient && hasSandbox(observed) && pod.spec.hostNetwork === true) return Infinity;
  const unmounted = missingVolumeSource(change.objects, pod) !== undefined;
  const noted: Attempt = { ...attemptOf(host, change.now), found: true, ...(unmounted && { unmounted }) };
  change.hosts.set(hostName, { ...host, attempts: new Map(host.attempts).set(uid!, noted) });
  return Infinity;
}

/** `lived`: the outlook of its containers' lives, when none of them has anything new before it. */
function sync(worker: PodWorker, change: Change, hostName: NodeName, pod: Pod, lived: Outlook | undefined): Prospects {
  const again = (due: Due): Prospects => ({ lives: { due, until: change.now }, probes: never });
  if (pod.metadata.deletionTimestamp !== undefined) return again(terminate(worker, change, hostName, pod));
  const sandbox = change.hosts.get(hostName)!.sandboxes.get(pod.metadata.uid!);
  const phase = pod.status?.phase;
  if (sandbox === undefined && (phase === 'Succeeded' || phase === 'Failed')) return { lives: never, probes: never };
  const ready = sandbox ?? attempt(worker, change, hostName, pod);
  if (ready === undefined) {
    post(worker, change, hostName, pod, undefined);
    return again(retryDue(change, hostName, pod));
  }
  const prospects = runContainers(worker, change, hostName, pod, ready, lived);
  post(worker, change, hostName, pod, change.hosts.get(hostName)!.sandboxes.get(pod.metadata.uid!));
  return prospects;
}

function event(worker: PodWorker, change: Change, hostName: NodeName, pod: Pod, what: Occurrence): void {
  if (worker.connected) recordEvent(change, pod, { component: 'kubelet', host: hostName }, what);
}

function post(worker: PodWorker, change: Change, hostName: NodeName, pod: Pod, sandbox: Sandbox | undefined): void {
  if (!worker.connected) return;
  const current = change.objects.get(Pod, pod.metadata.namespace!, pod.metadata.name);
  if (current === undefined || current.metadata.uid !== pod.metadata.uid) return;
  const host = change.hosts.get(hostName)!;
  if (sandbox === undefined && host.attempts.get(pod.metadata.uid!)?.found === true) return;
  if (sandbox?.found !== undefined) {
    if (sandbox.found === aboutOf(sandbox, current)) return;
    const { found: _, ...changed } = sandbox;
    store(change, hostName, changed);
    return post(worker, change, hostName, pod, changed);
  }
  if (agreed.has(current) && agreed.get(current) === sandbox) return;
  const status = podStatus(current, change.hosts.get(hostName)!, sandbox, change.now, worker.minorVersion);
  if (isEqual(current.status, status)) agreed.set(current, sandbox);
  else change.objects.put(Pod, { ...current, status });
}

/** The sandbox that a pod's status says nothing new of. A status that agrees goes on to: the time stands only in what changes. */
const agreed = new WeakMap<Pod, Sandbox | undefined>();

/** Reports whether something that failed for this pod has been tried at this very moment. */
export function triedNow(change: Change, hostName: NodeName, podUid: string): boolean {
  return change.hosts.get(hostName)!.attempts.get(podUid)?.at === change.now;
}

export function noteTry(change: Change, hostName: NodeName, podUid: string): void {
  const host = change.hosts.get(hostName)!;
  change.hosts.set(hostName, { ...host, attempts: new Map(host.attempts).set(podUid, attemptOf(host, change.now)) });
}

/**
 * When to try again: what was refused is refused again, unless the machine has been changed at the very moment of the last try, or what
 * a volume had no source for is there by now.
 */
function retryDue(change: Change, hostName: NodeName, pod: Pod): Due {
  const host = change.hosts.get(hostName)!;
  const tried = host.attempts.get(pod.metadata.uid!);
  if (tried !== undefined && isMounted(change, pod, tried)) return tried.at + sandboxRetry;
  return tried !== undefined && tried.at === change.now && isOther(host, tried, lasting) ? change.now + sandboxRetry : Infinity;
}

/** Reports whether what a volume had no source for is there by now. */
function isMounted(change: Change, pod: Pod, tried: Attempt): boolean {
  return tried.unmounted === true && missingVolumeSource(change.objects, pod) === undefined;
}

type MachinePart = (typeof machineParts)[number];

/** The parts that other pods, as they come and go, do not change. */
const lasting: readonly MachinePart[] = ['files', 'kernel', 'units'];

function isOther(host: Host, { machine }: Attempt, of: readonly MachinePart[] = machineParts): boolean {
  return of.some((part) => tokenOf(host[part]) !== machine[machineParts.indexOf(part)]);
}

function attemptOf(host: Host, at: number): Attempt {
  return { at, machine: machineParts.map((part) => tokenOf(host[part])) };
}

/** Tries to make the sandbox, once at each moment and not again at once where nothing has changed; how often a real kubelet would have tried meanwhile shows in the event's count. */
function attempt(worker: PodWorker, change: Change, hostName: NodeName, pod: Pod): Sandbox | undefined {
  const host = change.hosts.get(hostName)!;
  const { attempts } = host;
  const tried = attempts.get(pod.metadata.uid!);
  const last = tried?.at;
  if (tried?.at === change.now) return undefined;
  if (tried?.found === true && !isOther(host, tried, ['files', 'units']) && !isMounted(change, pod, tried)) return undefined;
  if (tried !== undefined && change.now - tried.at < sandboxRetry && !isOther(host, tried)) return undefined;
  const sandbox = createSandbox(
    worker,
    change,
    hostName,
    pod,
    last === undefined ? 1 : Math.max(1, Math.floor((change.now - last) / sandboxRetry)),
  );
  const next = new Map(attempts);
  // What a vain attempt leaves behind is no reason for others to try again.
  const now = change.hosts.get(hostName)!;
  if (sandbox === undefined) for (const [uid, other] of attempts) if (!isOther(host, other)) next.set(uid, attemptOf(now, other.at));
  const unmounted = missingVolumeSource(change.objects, pod) !== undefined;
  if (sandbox === undefined) next.set(pod.metadata.uid!, { ...attemptOf(now, change.now), ...(unmounted && { unmounted }) });
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
  const resolv = worker.resolvConf(change, host, pod);
  if ('error' in resolv) {
    const message = `Failed to create pod sandbox: ${resolv.error}`;
    event(worker, change, hostName, pod, { type: 'Warning', reason: 'FailedCreatePodSandBox', message, times });
    return undefined;
  }
  for (const one of resolv.events) event(worker, change, hostName, pod, one);
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
function runContainers(
  worker: PodWorker,
  change: Change,
  hostName: NodeName,
  pod: Pod,
  first: Sandbox,
  lived: Outlook | undefined,
): Prospects {
  let [lives, probes] = [never, never];
  let initializing = false;
  const inits = pod.spec.initContainers ?? [];
  const all: readonly Container[] = [...inits, ...pod.spec.containers, ...((pod.spec.ephemeralContainers ?? []) as readonly Container[])];
  const current = () => change.hosts.get(hostName)!.sandboxes.get(first.podUid)!;
  for (const container of all) {
    const init = inits.includes(container);
    if (initializing && !init) break;
    const before = current().containers.find((one) => one.name === container.name);
    const fieldPath = `spec.${init ? 'initContainers' : pod.spec.containers.includes(container) ? 'containers' : 'ephemeralContainers'}{${container.name}}`;
    const place: Place = {
      worker,
      change,
      hostName,
      pod,
      container,
      tell: (what) => event(worker, change, hostName, pod, { ...what, fieldPath }),
    };
    const life = lived === undefined ? liveOn(place, init, before) : { state: before!, outlook: lived };
    const after = work(place, life.state);
    [lives, probes] = [earlier(lives, life.outlook), earlier(probes, after.outlook)];
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
  return { lives, probes };
}

/** A container, and where it runs. */
interface Place {
  readonly worker: PodWorker;
  readonly change: Change;
  readonly hostName: NodeName;
  readonly pod: Pod;
  readonly container: Container;
  readonly tell: Tell;
}

interface Step {
  readonly state: ContainerState;
  readonly outlook: Outlook;
}

/** Catches up with the container's life. */
function liveOn({ worker, change, hostName, pod, container, tell }: Place, init: boolean, before: ContainerState | undefined): Step {
  const again = (due: Due): Outlook => ({ due, until: change.now });
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
  const isPulled = state.run !== undefined || state.waiting?.reason === 'CreateContainerConfigError';
  const pulled = isPulled ? undefined : pull(worker, change, hostName, container, state, tell);
  if (pulled !== undefined) return { state: pulled.state, outlook: again(pulled.due) };
  if (state.run === undefined) {
    const problem = configProblem(change, pod, container);
    if (problem !== undefined) {
      tell({ type: 'Warning', reason: 'Failed', message: `Error: ${problem}` });
      return { state: { ...state, waiting: { reason: 'CreateContainerConfigError', message: problem } }, outlook: again(Infinity) };
    }
  }
  const program = worker.programs(image);
  // A configuration that was refused before is no longer waiting once it is there.
  const { waiting, ...rest } = state;
  const clean = waiting === undefined || waiting.reason === 'CrashLoopBackOff' ? state : rest;
  const life = live(clean, {
    now: change.now,
    restartPolicy: restartPolicyOf(pod, container, init),
    startsFrom: startsFrom(change, hostName, pod, program),
    start: (at) => program.start(contextOf(worker, change, hostName, pod, container, at)),
    id: (attempt) => hexOf(`${change.objects.seed}/container/${pod.metadata.uid}/${container.name}/${attempt}`, 64),
  });
  report(worker, pod, container, life.state, life.happenings, change.now, tell);
  const due = life.due ?? Infinity;
  // Whether the end of a back-off is waited for depends on what a start would begin from.
  return { state: life.state, outlook: life.state.waiting === undefined ? { due, until: due } : again(due) };
}

/** Lets a running container do its work, and probes it. */
function work({ worker, change, hostName, pod, container, tell }: Place, state: ContainerState): Step {
  let current = state;
  if (current.run === undefined || current.run.finishedAt !== undefined) return { state, outlook: never };
  const program = worker.programs(container.image!);
  let context = contextOf(worker, change, hostName, pod, container, change.now);
  if (program.act !== undefined) {
    const { counter } = change.objects;
    const run = program.act(context, current.run);
    if (run !== current.run) current = { ...current, run };
    if (change.objects.counter !== counter || change.hosts.get(hostName) !== context.host)
      context = contextOf(worker, change, hostName, pod, container, change.now);
  }
  const open = program.listensOn?.(context, current.run!);
  if (open !== undefined && !isEqual(open, current.listeners)) current = { ...current, listeners: open };
  const listeners = [
    ...change.hosts
      .get(hostName)!
      .sandboxes.get(pod.metadata.uid!)!
      .containers.filter((one) => one.name !== container.name)
      .flatMap((one) => one.listeners),
    ...current.listeners,
  ];
  const probed = probeAll(worker, context, current, listeners, tell);
  const again = program.actsAgain?.(context, probed.state.run!) ?? Infinity;
  return { ...probed, outlook: earlier(probed.outlook, { due: Infinity, until: again }) };
}

/** Lets the running containers of a pod act, and nothing more. */
export function actAlone(worker: PodWorker, change: Change, hostName: NodeName, pod: Pod): void {
  for (const container of pod.spec.containers) {
    const program = worker.programs(container.image!);
    const sandbox = change.hosts.get(hostName)!.sandboxes.get(pod.metadata.uid!);
    const run = sandbox?.containers.find((one) => one.name === container.name)?.run;
    if (program.act === undefined || run === undefined || run.finishedAt !== undefined) continue;
    const acted = program.act(contextOf(worker, change, hostName, pod, container, change.now), run);
    if (acted === run) continue;
    const now = change.hosts.get(hostName)!.sandboxes.get(pod.metadata.uid!)!;
    const containers = now.containers.map((one) => (one.name === container.name ? { ...one, run: acted } : one));
    store(change, hostName, { ...now, containers });
  }
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
    ...(program.startsFrom?.(objects) ?? []),
  ];
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
  const last = change.hosts.get(hostName)!.attempts.get(sandbox.podUid)?.at;
  if (triedNow(change, hostName, sandbox.podUid)) return Infinity;
  for (const { name, run } of running) {
    const container = pod.spec.containers.find((one) => one.name === name);
    if (container !== undefined) worker.programs(container.image!).end?.(contextOf(worker, change, hostName, pod, container, at), run!);
  }
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

/** When the kubelet starts a container again that has ended; ephemeral ones never (pkg/kubelet/container/helpers.go, ShouldContainerBeRestarted). */
function restartPolicyOf(pod: Pod, container: Container, init: boolean): 'Always' | 'OnFailure' | 'Never' {
  const { restartPolicy = 'Always' } = pod.spec;
  if (init) return isSidecar(container) ? 'Always' : restartPolicy === 'Never' ? 'Never' : 'OnFailure';
  return pod.spec.containers.includes(container) ? (restartPolicy as 'Always' | 'OnFailure' | 'Never') : 'Never';
}
