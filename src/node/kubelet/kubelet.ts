/** The kubelet of one host: what runs there follows its pods, static and from the API; the node's and the pods' state is posted. */
import type { Objects } from '#kube/cluster.ts';
import { groupBy } from '#kube/group.ts';
import { ConfigMap } from '#kube/kinds/config-map.ts';
import { Lease } from '#kube/kinds/lease.ts';
import { Node } from '#kube/kinds/node.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Secret } from '#kube/kinds/secret.ts';
import type { NodeName } from '#kube/names.ts';
import type { Change } from '../change.ts';
import { end } from './container.ts';
import type { Host, Sandbox } from '../host.ts';
import { isRunning, log } from '../systemd/systemd.ts';
import { kubeletConfiguration, klogStamp, flagOf, kubeletArgv, kubeletUnit } from './config.ts';
import { newNode, postNodeStatus } from './node-status.ts';
import { actAlone, actingIn, noteTry, postStatus, syncPod, triedNow } from './pod-worker.ts';
import type { Due, PodWorker } from './worker.ts';
import { isMirror, mirroredHash, mirrorOf, staticPodsOf } from './static-pods.ts';

export interface Kubelet extends PodWorker {
  /** `v1.36.2` */
  readonly version: string;
  /** Fills in what a manifest leaves out, as the API's defaults would. */
  withDefaults(pod: Pod): Pod;
  /** Creates a mirror pod through admission; the name may be taken. */
  createMirror(change: Change, pod: Pod): void;
}

/** Brings one host one step on. Nothing is written when all is as it should be. */
export function syncHost(kubelet: Kubelet, change: Change, hostName: NodeName): Due {
  const host = change.hosts.get(hostName)!;
  if (!isRunning(host, kubeletUnit)) {
    keepActing(kubelet, change, hostName);
    return Infinity;
  }
  if (!isRunning(host, 'containerd')) {
    keepActing(kubelet, change, hostName);
    if (kubelet.connected) post(kubelet, change, hostName, [runtimeDown]);
    return Infinity;
  }
  if (kubelet.connected) register(kubelet, change, hostName);
  const config = kubeletConfiguration(host);
  const statics = staticPodsOf(host, config.staticPodPath, (pod) => kubelet.withDefaults(pod));
  complain(change, hostName, statics.problems);
  let due = Infinity;
  const present = kubelet.connected ? podsOn(change.objects, hostName) : [];
  const wanted = new Set<string>();
  for (const pod of statics.pods) {
    wanted.add(pod.metadata.uid!);
    due = Math.min(due, syncStatic(kubelet, change, hostName, pod));
  }
  const ordinary = present.filter((pod) => !isMirror(pod));
  for (const pod of ordinary) {
    wanted.add(pod.metadata.uid!);
    due = Math.min(due, syncPod(kubelet, change, hostName, pod));
  }
  for (const pod of present.filter(isMirror)) {
    if (!statics.pods.some((one) => one.metadata.uid === mirroredHash(pod)) && !stillStopping(change, hostName, mirroredHash(pod)!))
      change.objects.remove(Pod, pod.metadata.namespace!, pod.metadata.name);
  }
  due = Math.min(due, removeUnwanted(kubelet, change, hostName, wanted, kubelet.connected));
  if (kubelet.connected) {
    const notReady = kubelet.networking.notReady(change.hosts.get(hostName)!);
    post(kubelet, change, hostName, notReady === undefined ? [] : [`container runtime network not ready: ${notReady}`]);
  }
  return due;
}

/**
 * All that {@link syncHost} reads at one moment where it finds nothing to do, to be compared one by one; undefined where that cannot be told:
 * a program looks around by itself, a mirror pod waits to be admitted, the kubelet does not look after its pods.
 */
export function readsOf(kubelet: Kubelet, { objects, hosts }: Change, hostName: NodeName): readonly unknown[] | undefined {
  const host = hosts.get(hostName)!;
  const { connected } = kubelet;
  if (kubelet.found !== undefined || !isRunning(host, kubeletUnit) || !isRunning(host, 'containerd')) return undefined;
  const statics = staticPodsOf(host, kubeletConfiguration(host).staticPodPath, (pod) => kubelet.withDefaults(pod)).pods;
  const mirrors = connected ? statics.map(({ metadata }) => objects.get(Pod, metadata.namespace!, metadata.name)) : statics;
  const pods = [...mirrors, ...(connected ? podsOn(objects, hostName) : [])];
  const read: unknown[] = [
    host,
    connected,
    objects.get(Node, '', hostName),
    objects.get(Lease, 'kube-node-lease', hostName),
    objects.revision(ConfigMap),
    objects.revision(Secret),
  ];
  for (const pod of pods) {
    if (pod === undefined) return undefined;
    read.push(pod);
    for (const { actsOn } of actingIn(kubelet, pod)) {
      if (actsOn === undefined) return undefined;
      read.push(...actsOn(objects, host));
    }
  }
  return read;
}

const podsByNode = new WeakMap<readonly Pod[], ReadonlyMap<string | undefined, readonly Pod[]>>();

/** The pods that are assigned to a node, in the order of the API's list. */
function podsOn(objects: Objects, hostName: NodeName): readonly Pod[] {
  const all = objects.list(Pod);
  let byNode = podsByNode.get(all);
  if (byNode === undefined) podsByNode.set(all, (byNode = groupBy(all, (pod) => pod.spec.nodeName)));
  return byNode.get(hostName) ?? [];
}

/** What runs goes on with its work, though nobody looks after it. */
function keepActing(kubelet: Kubelet, change: Change, hostName: NodeName): void {
  for (const sandbox of change.hosts.get(hostName)!.sandboxes.values()) {
    const pod = change.objects.get(Pod, sandbox.podNamespace, sandbox.podName);
    if (pod !== undefined && pod.metadata.uid === sandbox.podUid) actAlone(kubelet, change, hostName, pod);
  }
}

const runtimeDown = 'container runtime is down';

function register(kubelet: Kubelet, change: Change, hostName: NodeName): void {
  if (change.objects.get(Node, '', hostName) !== undefined) return;
  const host = change.hosts.get(hostName)!;
  const argv = kubeletArgv(host);
  const labels = Object.fromEntries(
    (flagOf(argv, 'node-labels') ?? '')
      .split(',')
      .filter((one) => one !== '')
      .map((one) => [one.split('=')[0]!, one.split('=')[1] ?? '']),
  );
  const control = host.controlPlane
    ? { 'node-role.kubernetes.io/control-plane': '', 'node.kubernetes.io/exclude-from-external-load-balancers': '' }
    : {};
  const taints = host.controlPlane ? [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] : [];
  change.objects.put(Node, newNode(change, host, kubelet.version, { ...labels, ...control }, taints));
}

function post(kubelet: Kubelet, change: Change, hostName: NodeName, notReady: readonly string[]): void {
  const node = change.objects.get(Node, '', hostName);
  if (node !== undefined)
    postNodeStatus(change, change.hosts.get(hostName)!, node, node.status?.nodeInfo?.kubeletVersion ?? kubelet.version, notReady);
}

/** A static pod runs whether the API is there or not; its mirror carries the status. */
function syncStatic(kubelet: Kubelet, change: Change, hostName: NodeName, pod: Pod): Due {
  if (!kubelet.connected) return syncPod(kubelet, change, hostName, pod);
  const { namespace, name } = pod.metadata;
  const mirror = change.objects.get(Pod, namespace!, name);
  if (mirror !== undefined && mirroredHash(mirror) !== pod.metadata.uid) {
    // The file has changed: the old mirror goes when the old pod has stopped, a new one comes.
    change.objects.remove(Pod, namespace!, name);
  }
  if (change.objects.get(Pod, namespace!, name) === undefined)
    kubelet.createMirror(change, mirrorOf(pod, change.objects.get(Node, '', hostName)?.metadata.uid, change.now));
  const current = change.objects.get(Pod, namespace!, name);
  if (current === undefined) return syncPod({ ...kubelet, connected: false }, change, hostName, pod);
  if (current.metadata.deletionTimestamp !== undefined) {
    change.objects.remove(Pod, namespace!, name);
    return change.now;
  }
  // The runtime knows the pod by the file's UID, whatever UID the mirror has.
  const due = syncPod({ ...kubelet, connected: false }, change, hostName, underUid(current, pod.metadata.uid!));
  postStatus(kubelet, change, hostName, current, pod.metadata.uid!);
  return due;
}

const underUids = new WeakMap<Pod, Pod>();

/** The pod with another UID; the same value for the same pod. */
function underUid(pod: Pod, uid: string): Pod {
  let found = underUids.get(pod);
  if (found?.metadata.uid !== uid) underUids.set(pod, (found = { ...pod, metadata: { ...pod.metadata, uid } }));
  return found;
}

function stillStopping(change: Change, hostName: NodeName, uid: string): boolean {
  return change.hosts.get(hostName)!.sandboxes.has(uid);
}

/** Sandboxes whose pod is gone (its object was removed by force, its file deleted) are stopped. */
function removeUnwanted(kubelet: Kubelet, change: Change, hostName: NodeName, wanted: ReadonlySet<string>, connected: boolean): Due {
  let due = Infinity;
  for (const sandbox of change.hosts.get(hostName)!.sandboxes.values()) {
    if (wanted.has(sandbox.podUid)) continue;
    const fromFile = /^[0-9a-f]{32}$/.test(sandbox.podUid);
    if (!connected && !fromFile) continue;
    due = Math.min(due, stop(kubelet, change, hostName, sandbox));
  }
  return due;
}

function stop(kubelet: Kubelet, change: Change, hostName: NodeName, sandbox: Sandbox): Due {
  const host = change.hosts.get(hostName)!;
  const since = sandbox.stoppingSince ?? change.now;
  const running = sandbox.containers.filter((one) => one.run !== undefined && one.run.finishedAt === undefined);
  const at = since + Math.max(0, ...running.map((one) => Math.min(one.run!.stopsAfter ?? Infinity, 30_000)));
  if (at > change.now) {
    if (sandbox.stoppingSince === undefined) change.hosts.set(hostName, withSandbox(host, { ...sandbox, stoppingSince: since }));
    return at;
  }
  const ended = {
    ...sandbox,
    containers: sandbox.containers.map((one) =>
      one.run === undefined || one.run.finishedAt !== undefined ? one : end(one, one.run, at, 0),
    ),
  };
  if (triedNow(change, hostName, sandbox.podUid)) return Infinity;
  const removed = kubelet.networking.remove(change, withSandbox(host, ended), ended);
  if (removed.error !== undefined) {
    noteTry(change, hostName, sandbox.podUid);
    return Infinity;
  }
  const sandboxes = new Map(removed.host.sandboxes);
  sandboxes.delete(sandbox.podUid);
  change.hosts.set(hostName, { ...removed.host, sandboxes });
  return Infinity;
}

function withSandbox(host: Host, sandbox: Sandbox): Host {
  return { ...host, sandboxes: new Map(host.sandboxes).set(sandbox.podUid, sandbox) };
}

/** Journal lines about manifests that cannot be used, once for each text. */
function complain(change: Change, hostName: NodeName, problems: readonly string[]): void {
  for (const problem of problems) {
    const host = change.hosts.get(hostName)!;
    if (host.journal.some((line) => line.message.endsWith(problem))) continue;
    change.hosts.set(hostName, log(host, kubeletUnit, change.now, `E${klogStamp(change.now)}     812 file.go:187] ${problem}`));
  }
}
