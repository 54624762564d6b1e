/**
 * A cluster that was found: its machines have booted long ago, what it lacks has been made as kubeadm would have, and at the time of the
 * dump everything in it is as the dump says.
 */
import type { Incomplete } from '#control/write.ts';
import { withDefaults } from '#control/defaults/index.ts';
import { derivingControllers } from '#control/controllers/index.ts';
import { Reconciler } from '#control/reconcile.ts';
import { Cluster } from '#kube/cluster.ts';
import { completed } from '#kube/decode.ts';
import { isEqual } from '#kube/equal.ts';
import { groupBy } from '#kube/group.ts';
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { Event } from '#kube/kinds/event.ts';
import { Node } from '#kube/kinds/node.ts';
import { kindOf } from '#kube/kinds/lookup.ts';
import { kindsOf } from '#kube/kinds/served.ts';
import { storedForm } from '#kube/kinds/views.ts';
import type { KubeObject } from '#kube/object.ts';
import { parseTime } from '#kube/time.ts';
import type { Change } from '#node/change.ts';
import type { Host } from '#node/host.ts';
import { syncHost, type Kubelet } from '#node/kubelet/kubelet.ts';
import { keyOf } from '#node/kubelet/pod-worker.ts';
import { stopUnit } from '#node/systemd/systemd.ts';
import { podNetworking } from '../pod-networking.ts';
import { createSettle, type Engine } from '../settle.ts';
import { apply, makeNamespaces } from './apply.ts';
import { setUpBridge, setUpRoutes } from './bridge.ts';
import { dumpOf, isRunning, nodesOf, podIpsOf, type Dump } from './dump.ts';
import { fillInsOf } from './fill-ins.ts';
import { foundMachine } from './found-machine.ts';
import type { GroundInput } from './grounds.ts';
import { initialManifests } from './initial.ts';
import { boot, lay, newHost, presetNode } from './machines.ts';
import { minorOf, type ClusterSettings } from './settings.ts';

const minute = 60_000;
/** How old a cluster is of whose age nothing is known. */
export const clusterAge = 9 * 24 * 60 * minute;
const mostRounds = 100;

/** The cluster of a dump at `clock`. `objects` of the input: what was observed. */
export function dumpGround({ objects, clock, ...input }: GroundInput, engine: Engine): Change {
  const dump = dumpOf(objects);
  const settings: ClusterSettings = { ...input.settings, nodes: nodesOf(dump, input.settings) };
  const births = dump.objects.map(({ metadata }) => parseTime(metadata.creationTimestamp!)).filter((time) => !Number.isNaN(time));
  const birth = Math.min(clock - clusterAge, ...births);
  const expected = new Map(
    [...groupBy(dump.pods, ({ spec }) => spec.nodeName ?? '')].map(([name, pods]) => [name, pods.flatMap(podIpsOf)]),
  );
  const settle = createSettle({ ...engine, kubelet: { ...engine.kubelet, networking: podNetworking(new Map(), expected) } });
  const change: Change = { objects: new Cluster(input.seed).edit(), hosts: new Map(), now: birth };
  for (const node of settings.nodes) {
    // Somebody has to be let in where no machine is the control plane's.
    const isDoor = dump.externalControlPlane && node === settings.nodes[0];
    const host = newHost(
      settings,
      isDoor ? { ...node, controlPlane: true } : node,
      input.seed,
      birth - 5 * minute,
      foundMachine(dump, node.name, birth),
    );
    const door = { ...host, controlPlane: node.controlPlane, files: isDoor ? withoutManifests(host.files) : host.files };
    change.hosts.set(host.name, lay(door, input.files, birth));
  }
  const minorVersion = minorOf(settings.kubernetesVersion);
  for (const object of dump.objects) if (!isRunning(object)) keepFound(change, object, minorVersion);
  boot(change, engine.services, () => true);
  settle(change);
  makeNamespaces(change, dump.objects);
  const { missing, owners } = fillInsOf(dump, initialManifests(settings, input.seed, birth - 5 * minute));
  for (const manifest of missing) apply(change, manifest as unknown as Incomplete);
  for (const node of settings.nodes) presetNode(change, node);
  freeRanges(change, settings);
  settle(change);
  const clusterCidrs = settings.podSubnet.split(',');
  if (settings.cni === 'bridge') setUpBridge(change, clusterCidrs, engine.services);
  if (settings.cni === 'routed') setUpRoutes(change, dump.pods, clusterCidrs, engine.services);
  for (const [name, host] of change.hosts) change.hosts.set(name, lay(host, input.files, change.now));
  settle(change, Math.max(change.now, clock));
  arrive(change, dump, owners, engine, minorVersion);
  return change;
}

function withoutManifests(files: Host['files']): Host['files'] {
  return new Map([...files].filter(([path]) => !path.startsWith('/etc/kubernetes/manifests/')));
}

/** A node that has been given a range which another one was found with gets another. */
function freeRanges({ objects }: Change, { nodes }: ClusterSettings): void {
  const found = new Set(nodes.flatMap(({ podCIDRs = [] }) => podCIDRs));
  for (const { name, podCIDRs } of nodes) {
    const node = objects.get(Node, '', name);
    if (podCIDRs !== undefined || node === undefined || !(node.spec?.podCIDRs ?? []).some((range) => found.has(range))) continue;
    const { podCIDR: _one, podCIDRs: _all, ...spec } = node.spec!;
    objects.put(Node, { ...node, spec });
  }
}

/** The moment of the dump: everything in it is there, and runs. */
function arrive(change: Change, dump: Dump, owners: readonly KubeObject[], engine: Engine, minorVersion: number): void {
  const { objects } = change;
  removeSlicesBeside(change, dump);
  for (const object of dump.objects) keepFound(change, object, minorVersion);
  for (const owner of owners) keepFound(change, owner, minorVersion, true);
  runFoundPods(change, dump, engine);
  for (const node of objects.list(Node))
    if (!dump.nodes.some(({ metadata }) => metadata.name === node.metadata.name)) haveBeenReady(change, node);
  for (const object of dump.objects) keepFound(change, object, minorVersion);
  new Reconciler(derivingControllers).round({ objects, now: change.now }, () => 'found');
  runFoundPods(change, dump, engine);
  // What was said while it was made ready is no part of what was found.
  for (const { metadata } of objects.list(Event)) objects.remove(Event, metadata.namespace ?? '', metadata.name);
  for (const object of dump.objects) keepFound(change, object, minorVersion);
  silence(change, dump);
}

/** Stores an object of the dump as it is there, in the version that is stored; `filled`: it was made up, and lacks what the API adds. */
function keepFound(change: Change, object: KubeObject, minorVersion: number, filled = false): void {
  const stored = storedForm(object as unknown as Incomplete, minorVersion) as KubeObject;
  const kind = kindOf(kindsOf(change.objects), stored.apiVersion, stored.kind);
  if (kind === undefined) return;
  const whole = completed(kind, filled ? (withDefaults(kind, stored, minorVersion) as KubeObject) : stored);
  const { namespace = '', name } = whole.metadata;
  const present = change.objects.get(kind, namespace, name);
  if (present === undefined || !isEqual(present, whole)) change.objects.keep(kind, whole);
}

/** A node that came up without its network, since the dump has that, was ready all the time. */
function haveBeenReady({ objects }: Change, node: Node): void {
  const { taints = [], ...spec } = node.spec ?? {};
  const kept = taints.filter(({ key }) => !key.startsWith('node.kubernetes.io/'));
  const since = node.metadata.creationTimestamp!;
  const conditions = (node.status?.conditions ?? []).map((one) => (one.type === 'Ready' ? { ...one, lastTransitionTime: since } : one));
  objects.put(Node, { ...node, spec: { ...spec, ...(kept.length > 0 && { taints: kept }) }, status: { ...node.status, conditions } });
}

/** A Service whose slices are in the dump has no others. */
function removeSlicesBeside({ objects }: Change, dump: Dump): void {
  const serviceOf = ({ metadata }: KubeObject) => `${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name']}`;
  const told = new Set(dump.objects.filter(({ kind }) => kind === 'EndpointSlice').map(serviceOf));
  for (const slice of objects.list(EndpointSlice))
    if (told.has(serviceOf(slice))) objects.remove(EndpointSlice, slice.metadata.namespace!, slice.metadata.name);
}

/** Lets the kubelets find what runs; the control plane does nothing meanwhile. */
function runFoundPods(change: Change, dump: Dump, engine: Engine): void {
  const found = { pods: new Map(dump.pods.map((pod) => [keyOf(pod), pod])), done: new Set<string>() };
  for (const patient of [true, false]) syncAll(change, { ...engine.kubelet, connected: true, found: { ...found, patient } });
}

/** Kubelets take their turns until nobody writes any more. */
function syncAll(change: Change, kubelet: Kubelet): void {
  for (let round = 0; round < mostRounds; round++) {
    const { counter } = change.objects;
    const before = [...change.hosts.values()];
    for (const name of change.hosts.keys()) syncHost(kubelet, change, name);
    if (change.objects.counter === counter && before.every((host) => change.hosts.get(host.name) === host)) return;
  }
}

/** Machines whose kubelets say nothing, or that they have no network, are so. */
function silence(change: Change, { nodes }: Dump): void {
  for (const { metadata, status } of nodes) {
    const host = [...change.hosts.values()].find(({ name }) => name === metadata.name);
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    if (host === undefined || ready === undefined || ready.status === 'True') continue;
    const { message = '' } = ready;
    if (ready.status === 'Unknown') change.hosts.set(host.name, stopUnit(host, 'kubelet', change.now));
    else if (message.includes('container runtime is down')) change.hosts.set(host.name, stopUnit(host, 'containerd', change.now));
    else if (/cni (plugin not|config un)initialized/.test(message)) {
      const files = [...host.files.keys()].filter((path) => path.startsWith('/etc/cni/net.d/'));
      const left = new Map([...host.files].filter(([path]) => !files.includes(path)));
      change.hosts.set(host.name, { ...host, files: left });
    }
  }
}
