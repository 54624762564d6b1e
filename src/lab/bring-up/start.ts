/** A cluster from nothing: machines are installed, `kubeadm init` and `join` have run, the network is there, and people's objects are applied. */
import { type Incomplete } from '#control/write.ts';
import { Cluster } from '#kube/cluster.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { nodeName } from '#kube/names.ts';
import type { KubeObject } from '#kube/object.ts';
import type { Status } from '#kube/status.ts';
import type { Change } from '#node/change.ts';
import { networkManifests } from '#node/cni/networks/manifests.ts';
import { Lab, type Settle } from '../lab.ts';
import { createSettle, type Engine } from '../settle.ts';
import { addonManifests } from './addons.ts';
import { apply, makeNamespaces } from './apply.ts';
import { setUpBridge } from './bridge.ts';
import { pkiFiles } from './certificates.ts';
import { isObserved, youngestTime } from './dump.ts';
import { clusterAge, dumpGround } from './dump-ground.ts';
import { engineOf } from './engine.ts';
import type { GroundInput, Grounds } from './grounds.ts';
import { boot, lay, newHost, presetNode, type NodeFile } from './machines.ts';
import { bootstrapObjects } from './objects.ts';
import type { ClusterSettings } from './settings.ts';

export interface StartInput {
  readonly settings: ClusterSettings;
  /** Desired or observed, as they stand in the scenario. */
  readonly objects: readonly KubeObject[];
  readonly files: readonly NodeFile[];
  /** Unix milliseconds: the simulated now; a fixed moment after the youngest timestamp when absent. */
  readonly clock?: number;
  readonly seed: string;
}

/** An object that the API server refused while the cluster was set up. */
export interface Refusal {
  /** Its place in `objects`. */
  readonly index: number;
  readonly object: KubeObject;
  readonly status: Status;
}

export interface StartResult {
  readonly lab: Lab;
  readonly refusals: readonly Refusal[];
}

const minute = 60_000;
const hour = 60 * minute;
const defaultClock = Date.UTC(2026, 10, 23, 10, 0, 0);
/** How long ago people's objects were applied; what breaks the cluster comes {@link breakLead} before now. */
const objectsAge = 3 * hour;
export const breakLead = 10 * minute;

/** When the scenario plays. */
export function clockOf(input: Pick<StartInput, 'clock' | 'objects'>): number {
  if (input.clock !== undefined) return input.clock;
  const youngest = youngestTime(input.objects);
  return youngest === 0 ? defaultClock : youngest + minute;
}

/** With `grounds`, what comes up before people's objects is taken from there when it came up before. */
export function startCluster(input: StartInput, grounds?: Grounds): StartResult {
  const clock = clockOf(input);
  const engine = engineOf(input);
  const settle = createSettle(engine);
  const observed = input.objects.filter(isObserved);
  // Who adds to a dump does so after it was made.
  const isPure = observed.length === input.objects.length;
  const follows = { ...input, clock: isPure || observed.length === 0 ? clock : Math.min(clock, youngestTime(observed)), objects: observed };
  const change = grounds?.find(follows, () => groundOf(follows, engine, settle)) ?? groundOf(follows, engine, settle);
  const refusals: Refusal[] = [];
  const lab = () => new Lab({ cluster: change.objects.publish(), hosts: change.hosts, now: change.now }, settle);
  if (observed.length > 0 && isPure) return { lab: lab(), refusals };
  makeNamespaces(change, input.objects);
  settle(change, change.now);
  const desired = input.objects
    .map((object, index) => ({ object, index }))
    .filter(
      ({ object }) =>
        !isObserved(object) && !(object.kind === 'Namespace' && change.objects.get(Namespace, '', object.metadata.name) !== undefined),
    );
  for (const { object, index } of desired.sort((a, b) => rank(a.object) - rank(b.object))) {
    const refused = apply(change, object as unknown as Incomplete, true);
    if (refused !== undefined) refusals.push({ index, object, status: refused });
  }
  settle(change);
  settle(change, Math.max(change.now, clock - breakLead));
  return { lab: lab(), refusals };
}

/** The cluster as it is before people's objects are applied: of machines, kubeadm, the network, add-ons, and what a dump has. */
function groundOf(input: GroundInput, engine: Engine, settle: Settle): Change {
  return input.objects.length > 0 ? dumpGround(input, engine) : freshGround(input, engine, settle);
}

function freshGround({ clock, settings, ...input }: GroundInput, { services }: Engine, settle: Settle): Change {
  const birth = clock - clusterAge;
  const { nodes } = settings;
  const change: Change = { objects: new Cluster(input.seed).edit(), hosts: new Map(), now: birth };
  for (const node of nodes) change.hosts.set(nodeName(node.name), newHost(settings, node, input.seed, birth - 5 * minute));
  for (const [name, host] of change.hosts) change.hosts.set(name, lay(host, input.files, birth));
  boot(change, services, (host) => host.controlPlane);
  settle(change);
  const initial = [
    ...bootstrapObjects(settings, pkiFiles(input.seed, birth - 5 * minute), input.seed),
    ...networkManifests(settings.cni, settings.podSubnet),
  ];
  for (const manifest of initial) apply(change, manifest as unknown as Incomplete);
  for (const node of nodes) presetNode(change, node);
  settle(change);
  for (const node of nodes.filter((one) => !one.controlPlane)) {
    boot(change, services, (host) => host.name === node.name);
    settle(change);
    presetNode(change, node);
  }
  settle(change);
  if (settings.cni === 'bridge') setUpBridge(change, settings.podSubnet.split(','), services);
  // What the scenario says of a file holds, whatever the network's installers have written there.
  for (const [name, host] of change.hosts) change.hosts.set(name, lay(host, input.files, change.now));
  settle(change);
  for (const manifest of addonManifests(settings)) apply(change, manifest as unknown as Incomplete);
  settle(change, Math.max(change.now, clock - objectsAge));
  return change;
}

/** Namespaces, definitions and accounts first, as `kubectl apply -f` of a directory would be ordered by a careful person. */
function rank(object: KubeObject): number {
  const order = [
    'Namespace',
    'CustomResourceDefinition',
    'ServiceAccount',
    'Secret',
    'ConfigMap',
    'IngressClass',
    'GatewayClass',
    'Service',
  ];
  const found = order.indexOf(object.kind);
  return found < 0 ? order.length : found;
}
