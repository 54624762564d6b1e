/** A cluster from nothing: machines are installed, `kubeadm init` and `join` have run, the network is there, and people's objects are applied. */
import type { Webhook } from '#control/admit.ts';
import { createObject, type Incomplete } from '#control/write.ts';
import { Cluster } from '#kube/cluster.ts';
import { decode } from '#kube/decode.ts';
import type { Kind } from '#kube/kind.ts';
import { kindOf } from '#kube/kinds/lookup.ts';
import { kindsOf } from '#kube/kinds/served.ts';
import { storedForm } from '#kube/kinds/views.ts';
import { minorVersionOf } from '#kube/settings.ts';
import { Node } from '#kube/kinds/node.ts';
import { ValidatingWebhookConfiguration } from '#kube/kinds/validating-webhook-configuration.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { nodeName } from '#kube/names.ts';
import type { KubeObject } from '#kube/object.ts';
import type { Status } from '#kube/status.ts';
import { parseTime } from '#kube/time.ts';
import { ip } from '#net/ip.ts';
import type { Change } from '#node/change.ts';
import { readFile, withFiles } from '#node/files.ts';
import { rfc3339 } from '#kube/time.ts';
import { networkManifests } from '#node/cni/networks/manifests.ts';
import type { Host } from '#node/host.ts';
import { startUnit } from '#node/systemd/systemd.ts';
import { Lab, type Settle } from '../lab.ts';
import { withLogs, type ServerLog } from '../server-log.ts';
import { createSettle, type Engine } from '../settle.ts';
import { webhooksOf, type LogSink } from '../webhooks.ts';
import { programOf } from '#workloads/index.ts';
import { addonManifests } from './addons.ts';
import { setUpBridge } from './bridge.ts';
import { engineOf, isObserved } from './engine.ts';
import { pkiFiles } from './certificates.ts';
import type { GroundInput, Grounds } from './grounds.ts';
import { hostFiles } from './host-files.ts';
import { firstKernel, machineNetwork } from './kernel.ts';
import { bootstrapObjects } from './objects.ts';
import { bootstrapRbac } from './rbac.ts';
import { componentsOf, corednsImage, registryOf, type ClusterSettings, type NodeSettings } from './settings.ts';

export interface NodeFile {
  /** Every node when absent. */
  readonly node?: string;
  readonly path: string;
  readonly content: string;
}

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
const day = 24 * hour;
const defaultClock = Date.UTC(2026, 10, 23, 10, 0, 0);
/** How old the cluster is, and how long ago people's objects were applied; what breaks it comes {@link breakLead} before now. */
const clusterAge = 9 * day;
const objectsAge = 3 * hour;
export const breakLead = 10 * minute;

/** When the scenario plays. */
export function clockOf(input: Pick<StartInput, 'clock' | 'objects'>): number {
  if (input.clock !== undefined) return input.clock;
  let youngest = 0;
  const look = (value: unknown): void => {
    if (typeof value === 'string') {
      if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value)) youngest = Math.max(youngest, parseTime(value));
    } else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) look(one);
  };
  look(input.objects);
  return youngest === 0 ? defaultClock : youngest + minute;
}

/** With `grounds`, what comes up before people's objects is taken from there when it came up before. */
export function startCluster(input: StartInput, grounds?: Grounds): StartResult {
  const clock = clockOf(input);
  const engine = engineOf(input);
  const settle = createSettle(engine);
  const follows = { ...input, clock, objects: input.objects.filter(isObserved) };
  const change = grounds?.find(follows, () => groundOf(follows, engine, settle)) ?? groundOf(follows, engine, settle);
  const refusals: Refusal[] = [];
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
  const lab = new Lab({ cluster: change.objects.publish(), hosts: change.hosts, now: change.now }, settle);
  return { lab, refusals };
}

/** The cluster as it is before people's objects are applied: of machines, kubeadm, the network, add-ons, and what a dump has. */
function groundOf({ objects: observed, clock, ...input }: GroundInput, engine: Engine, settle: Settle): Change {
  const birth = Math.min(
    clock - clusterAge,
    ...observed.map((object) => parseTime(object.metadata.creationTimestamp!)).filter((time) => !Number.isNaN(time)),
  );
  const nodes = nodesOf(input.settings, observed);
  const settings: ClusterSettings = { ...input.settings, nodes };
  const { services, externalControlPlane } = engine;
  const change: Change = { objects: new Cluster(input.seed).edit(), hosts: new Map(), now: birth };
  for (const node of nodes) change.hosts.set(nodeName(node.name), newHost(settings, node, input.seed, birth - 5 * minute));
  for (const [name, host] of change.hosts) change.hosts.set(name, lay(host, input.files, birth));
  for (const object of observed) keep(change, object);
  const boot = (which: (host: Host) => boolean) => {
    for (const [name, host] of change.hosts) {
      if (!which(host)) continue;
      let booted = host;
      for (const unit of ['systemd-networkd', 'systemd-resolved', 'ssh', 'containerd', 'kubelet'])
        booted = startUnit(booted, unit, change.now, services);
      change.hosts.set(name, booted);
    }
  };
  boot((host) => host.controlPlane);
  settle(change);
  const have = new Set(observed.map(identity));
  const initial = externalControlPlane
    ? // Whoever runs it lets its administrator in, and few dumps say so.
      bootstrapRbac
    : [
        ...bootstrapObjects(settings, pkiFiles(input.seed, birth - 5 * minute), input.seed),
        ...networkManifests(settings.cni, settings.podSubnet),
      ];
  for (const manifest of initial) if (!have.has(identity(manifest as KubeObject))) apply(change, manifest as unknown as Incomplete);
  for (const node of nodes) presetNode(change, node);
  settle(change);
  for (const node of nodes.filter((one) => !one.controlPlane)) {
    boot((host) => host.name === node.name);
    settle(change);
    presetNode(change, node);
  }
  settle(change);
  if (settings.cni === 'bridge' && !externalControlPlane) setUpBridge(change, settings.podSubnet.split(','), services);
  // What the scenario says of a file holds, whatever the network's installers have written there.
  for (const [name, host] of change.hosts) change.hosts.set(name, lay(host, input.files, change.now));
  settle(change);
  for (const manifest of addonManifests(settings))
    if (!have.has(identity(manifest as KubeObject))) apply(change, manifest as unknown as Incomplete);
  settle(change, Math.max(change.now, clock - objectsAge));
  return change;
}

function identity(object: KubeObject): string {
  return `${object.apiVersion}/${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
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

/** The nodes of the scenario, and those that are Node objects. */
function nodesOf(settings: ClusterSettings, observed: readonly KubeObject[]): readonly NodeSettings[] {
  const found = new Map(settings.nodes.map((node) => [node.name, node]));
  for (const object of observed) {
    if (object.kind !== 'Node') continue;
    const node = object as Node;
    const addresses = (node.status?.addresses ?? []).filter((one) => one.type === 'InternalIP').map((one) => one.address);
    const labels = node.metadata.labels ?? {};
    const controlPlane = 'node-role.kubernetes.io/control-plane' in labels || 'node-role.kubernetes.io/master' in labels;
    found.set(node.metadata.name, {
      name: node.metadata.name,
      controlPlane,
      addresses: addresses.length > 0 ? addresses : [`10.0.0.${found.size + 10}`],
    });
  }
  return [...found.values()];
}

function newHost(settings: ClusterSettings, node: NodeSettings, seed: string, now: number): Host {
  const addresses = node.addresses.map(ip);
  const all = settings.nodes.flatMap((one) => one.addresses.map(ip));
  const networks = (['IPv4', 'IPv6'] as const).flatMap((family) => machineNetwork(all, family) ?? []);
  return {
    name: nodeName(node.name),
    controlPlane: node.controlPlane,
    addresses,
    bootedAt: now,
    files: hostFiles({ settings, node, seed, now }),
    units: new Map(),
    journal: [],
    kernel: firstKernel(seed, node.name, addresses, networks),
    sandboxes: new Map(),
    attempts: new Map(),
    images: preloaded(settings, node),
    ...(settings.outsideNames !== undefined && { outsideNames: settings.outsideNames }),
  };
}

/** What kubeadm has pulled before anything runs. */
function preloaded(settings: ClusterSettings, node: NodeSettings): ReadonlySet<string> {
  const { kubernetesVersion: version } = settings;
  const registry = registryOf(version);
  const { etcd, pause } = componentsOf(version);
  const control = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((name) => `${registry}/${name}:${version}`);
  return new Set([
    `${registry}/pause:${pause}`,
    `${registry}/kube-proxy:${version}`,
    corednsImage(version),
    ...(node.controlPlane ? [...control, `${registry}/etcd:${etcd}`] : []),
  ]);
}

function lay(host: Host, files: readonly NodeFile[], now: number): Host {
  const own = files
    .filter((file) => (file.node === undefined || file.node === host.name) && readFile(host.files, file.path) !== file.content)
    .map((file) => [file.path, file.content] as const);
  return own.length === 0 ? host : { ...host, files: withFiles(host.files, own, rfc3339(now)) };
}

/** Ranges and labels that the scenario gives a node. */
function presetNode(change: Change, node: NodeSettings): void {
  const object = change.objects.get(Node, '', node.name);
  if (object === undefined) return;
  const labels = { ...object.metadata.labels, ...node.labels };
  const spec = node.podCIDRs === undefined ? object.spec : { ...object.spec, podCIDR: node.podCIDRs[0]!, podCIDRs: node.podCIDRs };
  if (node.podCIDRs !== undefined || node.labels !== undefined)
    change.objects.put(Node, { ...object, metadata: { ...object.metadata, labels }, ...(spec !== undefined && { spec }) });
}

function keep(change: Change, object: KubeObject): void {
  const kind = kindOf(kindsOf(change.objects), object.apiVersion, object.kind);
  if (kind !== undefined) change.objects.keep(kind, object);
}

/** The namespaces that objects name and nobody declares: each has its service account before pods come. */
function makeNamespaces(change: Change, objects: readonly KubeObject[]): void {
  const declared = new Set(objects.filter((object) => object.kind === 'Namespace').map((object) => object.metadata.name));
  for (const object of objects) if (object.kind === 'Namespace' && !isObserved(object)) apply(change, object as unknown as Incomplete);
  for (const name of new Set(objects.flatMap((object) => object.metadata.namespace ?? []))) {
    if (!declared.has(name) && change.objects.get(Namespace, '', name) === undefined)
      createObject(change, Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
}

/** The webhooks as they are at this moment of the bring-up. */
function webhooksNow({ objects, hosts, now }: Change, sink: LogSink): readonly Webhook[] {
  if (objects.list(ValidatingWebhookConfiguration).length === 0) return [];
  return webhooksOf({ cluster: objects.publish(), hosts, now }, programOf, sink);
}

/** Applies one object as its author would; `reviewed`: its fields are looked at as kubectl wants it, and webhooks are asked, too. */
function apply(change: Change, written: Incomplete, reviewed = false): Status | undefined {
  const object = storedForm(written, minorVersionOf(change.objects));
  const kind: Kind | undefined = kindOf(kindsOf(change.objects), object.apiVersion, object.kind);
  if (kind === undefined) {
    return {
      code: 404,
      reason: 'NotFound',
      message: `no matches for kind ${JSON.stringify(object.kind)} in version ${JSON.stringify(object.apiVersion)}`,
    };
  }
  if (reviewed) {
    const read = decode(kind, object);
    if (!read.ok) return read.error;
  }
  const namespace = kind.namespaced ? (object.metadata.namespace ?? 'default') : undefined;
  const placed = namespace === undefined ? object : { ...object, metadata: { ...object.metadata, namespace } };
  const logs: ServerLog[] = [];
  const webhooks = reviewed ? webhooksNow(change, (log) => void logs.push(log)) : [];
  const result = createObject(change, kind, placed, webhooks);
  for (const [name, host] of withLogs(change.hosts, logs)) change.hosts.set(name, host);
  return result.ok ? undefined : result.error;
}
