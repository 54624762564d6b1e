/** What was read from a running cluster, and what it leaves open. */
import type { Node } from '#kube/kinds/node.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import type { KubeObject } from '#kube/object.ts';
import { parseTime } from '#kube/time.ts';
import { addIp, baseOf, contains, familyOf, networkOf, overlaps, parseCidr, parseIp, type Cidr, type Ip } from '#net/ip.ts';
import type { ClusterSettings, NodeSettings } from './settings.ts';

/** Reports whether the object was read from a running cluster: the server has given it an identity. */
export function isObserved(object: KubeObject): boolean {
  return object.metadata.uid !== undefined && object.metadata.creationTimestamp !== undefined;
}

export interface Dump {
  readonly objects: readonly KubeObject[];
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
  /** Owners that its objects name and that are not in it, by UID: they are somewhere, and nothing is known of them. */
  readonly unseen: ReadonlySet<string>;
  /** It shows what runs in kube-system: what is not there is not missing. */
  readonly showsSystem: boolean;
  /** Its API servers are nobody's static pods: somebody else runs them. */
  readonly externalControlPlane: boolean;
}

export function dumpOf(all: readonly KubeObject[]): Dump {
  const objects = all.filter(isObserved);
  const pods = objects.filter((object): object is Pod => object.kind === 'Pod' && object.apiVersion === 'v1');
  const nodes = objects.filter((object): object is Node => object.kind === 'Node' && object.apiVersion === 'v1');
  const seen = new Set(objects.map(({ metadata }) => metadata.uid!));
  const owners = objects.flatMap(({ metadata }) => metadata.ownerReferences ?? []);
  const showsSystem = pods.some(({ metadata }) => metadata.namespace === 'kube-system');
  const showsServer = pods.some(({ metadata }) => metadata.namespace === 'kube-system' && metadata.name.startsWith('kube-apiserver-'));
  return {
    objects,
    pods,
    nodes,
    unseen: new Set(owners.map(({ uid }) => uid).filter((uid) => !seen.has(uid))),
    showsSystem,
    externalControlPlane: !showsServer && (showsSystem || (nodes.length > 0 && !nodes.some(isControlPlane))),
  };
}

/** Whatever follows from pods, or makes them: what a dump has of it is laid into a cluster that is up otherwise. */
const running = new Set([
  'Pod',
  'Deployment',
  'ReplicaSet',
  'DaemonSet',
  'StatefulSet',
  'ReplicationController',
  'Job',
  'CronJob',
  'EndpointSlice',
  'Endpoints',
  'Lease',
  'Event',
  'ControllerRevision',
  'PodDisruptionBudget',
  'HorizontalPodAutoscaler',
  'ResourceQuota',
  'LimitRange',
  'ValidatingWebhookConfiguration',
]);

export function isRunning({ kind }: KubeObject): boolean {
  return running.has(kind);
}

/** The youngest time that the objects tell of, in Unix milliseconds; 0 when they tell of none. */
export function youngestTime(value: unknown): number {
  let youngest = 0;
  const look = (one: unknown): void => {
    if (typeof one === 'string') {
      if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(one)) youngest = Math.max(youngest, parseTime(one));
    } else if (typeof one === 'object' && one !== null) for (const part of Object.values(one)) look(part);
  };
  look(value);
  return youngest;
}

function isControlPlane({ metadata }: Node): boolean {
  const labels = metadata.labels ?? {};
  return 'node-role.kubernetes.io/control-plane' in labels || 'node-role.kubernetes.io/master' in labels;
}

/** The machines: those of Node objects and of the scenario; where there are no Node objects, those that pods are on. */
export function nodesOf(dump: Dump, settings: ClusterSettings): readonly NodeSettings[] {
  const { nodes, pods } = dump;
  if (nodes.length === 0) return machinesOf(dump, settings, addressesByMachine(pods));
  const found = new Map(settings.nodes.map((node) => [node.name, node]));
  for (const node of nodes) {
    const { name } = node.metadata;
    const addresses = (node.status?.addresses ?? []).filter((one) => one.type === 'InternalIP').map((one) => one.address);
    const own = addresses.length > 0 ? addresses : (found.get(name)?.addresses ?? [`10.0.0.${found.size + 10}`]);
    found.set(name, { name, controlPlane: isControlPlane(node), addresses: own });
  }
  return [...found.values()];
}

/** Machines by what pods tell of them. The usual ones of a scenario that names none give way where pods name others. */
function machinesOf(dump: Dump, settings: ClusterSettings, named: ReadonlyMap<string, readonly string[]>): readonly NodeSettings[] {
  const { pods, externalControlPlane } = dump;
  if (named.size === 0) return settings.nodes;
  const controls = new Set(pods.filter(isStatic).map(({ spec }) => spec.nodeName!));
  const isUsual = settings.nodesAreUsual === true && !settings.nodes.some(({ name }) => named.has(name));
  const stays = settings.nodes.filter(({ controlPlane }) => !isUsual || (controlPlane && controls.size === 0 && !externalControlPlane));
  const all = new Map(stays.map((node) => [node.name, isUsual ? { ...node, addresses: addressBeside(named) } : node]));
  const ranges = rangesOf(pods, settings);
  for (const [name, addresses] of named) {
    const before = all.get(name);
    const podCIDRs = before?.podCIDRs ?? ranges.get(name);
    all.set(name, {
      ...before,
      name,
      controlPlane: before?.controlPlane ?? controls.has(name),
      addresses: addresses.length > 0 ? addresses : (before?.addresses ?? [`10.0.0.${all.size + 10}`]),
      ...(podCIDRs !== undefined && { podCIDRs }),
    });
  }
  return [...all.values()];
}

/** An address on the machines' own network that none of them has. */
function addressBeside(named: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const taken = [...named.values()].flat().flatMap((text) => parseIp(text) ?? []);
  const [first] = taken;
  if (first === undefined) return ['10.0.0.9'];
  const base = baseOf(networkOf({ ip: first, length: familyOf(first) === 'IPv4' ? 24 : 64 }));
  for (let offset = 2; ; offset++) if (!taken.includes(addIp(base, offset))) return [addIp(base, offset)];
}

function isStatic({ metadata }: Pod): boolean {
  return metadata.namespace === 'kube-system' && metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
}

/** The machines that pods are on, with their addresses. */
function addressesByMachine(pods: readonly Pod[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const { spec, status } of pods) {
    const name = spec.nodeName ?? '';
    if (name === '') continue;
    const told = status?.hostIPs?.map((one) => one.ip) ?? (status?.hostIP === undefined ? [] : [status.hostIP]);
    const addresses = told.filter((one): one is string => one !== undefined && one !== '');
    if ((found.get(name)?.length ?? -1) < addresses.length) found.set(name, addresses);
  }
  return found;
}

/** The addresses of a pod's own network. */
export function podIpsOf({ spec, status }: Pod): readonly Ip[] {
  if (spec.hostNetwork === true || status === undefined) return [];
  const texts = status.podIPs?.map((one) => one.ip) ?? [status.podIP];
  return texts.flatMap((text) => parseIp(text ?? '') ?? []);
}

/** The pod ranges of machines, where the addresses of their pods lie in one block each, and in another each. */
function rangesOf(pods: readonly Pod[], settings: ClusterSettings): ReadonlyMap<string, readonly string[]> {
  const blocks = new Map<string, Set<Cidr>>();
  const clusterCidrs = settings.podSubnet.split(',').flatMap((one) => parseCidr(one) ?? []);
  for (const pod of pods) {
    for (const ip of podIpsOf(pod)) {
      if (!clusterCidrs.some((range) => contains(range, ip))) continue;
      const length = familyOf(ip) === 'IPv4' ? settings.nodeCIDRMaskSize : settings.nodeCIDRMaskSizeIPv6;
      const own = blocks.get(pod.spec.nodeName ?? '') ?? new Set();
      blocks.set(pod.spec.nodeName ?? '', own.add(networkOf({ ip, length })));
    }
  }
  const all = [...blocks.values()].flatMap((own) => [...own]);
  const apart = [...blocks.values()].every((own) => new Set([...own].map((one) => familyOf(baseOf(one)))).size === own.size);
  const isOwn = (range: Cidr) => all.filter((other) => overlaps(range, other)).length === 1;
  if (!apart || !all.every(isOwn)) return new Map();
  return new Map([...blocks].map(([name, own]) => [name, [...own].sort((a, b) => a.indexOf(':') - b.indexOf(':'))]));
}
