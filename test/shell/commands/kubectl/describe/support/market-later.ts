/**
 * The recorded cluster `market` at later moments than that of its dump. What the server held then and the dump does not say was read off
 * the recordings: leases that were renewed, events that came, and from 03:44:14 on the end of the node worker-c.
 */
import { loadAll } from 'js-yaml';
import type { Cluster } from '#kube/cluster.ts';
import type { KubeObject } from '#kube/object.ts';
import type { Lab } from '#lab/lab.ts';
import { clusterOf, labOf, readRecorded } from '../../../../../apiserver/support/market.ts';

type Fields = Record<string, unknown>;
type Mutable = Fields & { readonly kind: string; readonly metadata: Fields; readonly spec: Fields; readonly status: Fields };

const { objects: dump } = JSON.parse(readRecorded('cluster.json')) as { readonly objects: readonly KubeObject[] };

const on = (time: string) => `2026-11-23T${time}Z`;
const milliseconds = (time: string) => Date.parse(on(time));

/** An event between two times; the scheduler's are in the form of newer reporters. */
interface Seen {
  readonly about: readonly [kind: string, name: string];
  readonly by: 'default-scheduler' | 'node-controller';
  readonly type?: 'Normal';
  readonly reason: string;
  readonly message: string;
  readonly first: string;
  readonly again?: readonly [count: number, last: string];
  /** When it is there in this form; without, from `first` on. */
  readonly from?: string;
  readonly until?: string;
}

const refused = (reasons: string, preemption: string) =>
  `0/4 nodes are available: ${reasons}. no new claims to deallocate, preemption: 0/4 nodes are available: ${preemption}.`;
const none = '2 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling';
const messages = {
  selector: refused(
    "1 node(s) had untolerated taint(s), 3 node(s) didn't match Pod's node affinity/selector",
    '4 Preemption is not helpful for scheduling',
  ),
  spread: refused(
    "1 node(s) had untolerated taint(s), 3 node(s) didn't match pod topology spread constraints",
    '1 Preemption is not helpful for scheduling, 3 No preemption victims found for incoming pod',
  ),
  tainted: refused("2 node(s) didn't match pod topology spread constraints, 2 node(s) had untolerated taint(s)", none),
  cordoned: refused(
    "1 node(s) had untolerated taint(s), 1 node(s) were unschedulable, 2 node(s) didn't match pod topology spread constraints",
    none,
  ),
};

const unscheduled = (name: string, message: keyof typeof messages, times: Pick<Seen, 'first' | 'again' | 'from' | 'until'>): Seen => ({
  about: ['Pod', name],
  by: 'default-scheduler',
  reason: 'FailedScheduling',
  message: messages[message],
  ...times,
});

const waiting = 'stall-7f79fcd8bb-sckjb';
const anew = 'stall-7f79fcd8bb-5t72d';
/** When the label disktype=tape was set. */
const labelled = '03:31:00';
const lost = '03:45:08';
const deleted = '03:50:08';
const notReady = { by: 'node-controller', reason: 'NodeNotReady', first: lost } as const;

const events: readonly Seen[] = [
  unscheduled('nowhere', 'selector', { first: '03:06:58' }),
  unscheduled(waiting, 'spread', { first: '03:06:57.6', until: '03:31:00' }),
  unscheduled(waiting, 'spread', { first: '03:06:57.6', again: [7, '03:32:00'], from: '03:32:00' }),
  unscheduled(waiting, 'tainted', { first: '03:32:00', again: [2, '03:32:01'] }),
  unscheduled(waiting, 'cordoned', { first: '03:32:00' }),
  unscheduled(waiting, 'tainted', { first: '03:32:00' }),
  unscheduled(waiting, 'spread', { first: '03:32:00' }),
  unscheduled(waiting, 'spread', { first: '03:37:28', again: [2, '03:42:28'] }),
  unscheduled(waiting, 'tainted', { first: lost, until: '03:50:28' }),
  unscheduled(waiting, 'tainted', { first: lost, again: [2, '03:50:28'], from: '03:50:28' }),
  unscheduled(anew, 'tainted', { first: deleted }),
  { ...notReady, about: ['Node', 'worker-c'], type: 'Normal', message: 'Node worker-c status is now: NodeNotReady' },
  { ...notReady, about: ['Pod', 'wanderer'], message: 'Node is not ready' },
  { ...notReady, about: ['Pod', 'stall-7f79fcd8bb-srqw4'], message: 'Node is not ready' },
];

/** Events of the dump that came again: how often, and when last. */
const counted: readonly (readonly [at: string, name: string, reason: string, count: number, last: string])[] = [
  ['03:04:34', 'stall', 'FailedComputeMetricsReplicas', 12, '03:04:34'],
  ['03:06:49', 'stall', 'FailedGetResourceMetric', 21, '03:06:49'],
  ['03:07:42', 'vault', 'WaitForFirstConsumer', 25, '03:07:42'],
];

const leases: readonly (readonly [renewed: string, ...nodes: readonly string[]])[] = [
  ['03:04:32', 'worker-a'],
  ['03:07:35', 'cp1', 'worker-a', 'worker-b', 'worker-c'],
  ['03:44:14', 'worker-c'],
];

/** Objects that the dump leaves out: one the server makes when it starts, and access to cluster-wide objects. */
const besides: readonly KubeObject[] = [
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'system-node-critical' },
    value: 2000001000,
    description: 'Used for system critical pods that must not be moved from their current node.',
    preemptionPolicy: 'PreemptLowerPriority',
  } as KubeObject,
  ...(loadAll(readRecorded('manifests.yaml')) as readonly KubeObject[]).filter(({ kind }) => /^ClusterRole/.test(kind)),
];

/** What is not in the dump: that the class was applied. */
const applied = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { annotations: {}, name: 'slow' },
  provisioner: 'kubernetes.io/no-provisioner',
  volumeBindingMode: 'WaitForFirstConsumer',
};

class Later {
  readonly objects = structuredClone([...dump, ...besides]) as unknown as Mutable[];
  readonly #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  has(time: string): boolean {
    return milliseconds(time) <= this.#now;
  }

  find(kind: string, name: string): Mutable {
    const found = this.objects.find((one) => one.kind === kind && one.metadata['name'] === name);
    if (found === undefined) throw new Error(`no ${kind} ${name}`);
    return found;
  }

  event({ about: [kind, name], by, type = undefined, reason, message, first, again }: Seen, number: number): Mutable {
    const { apiVersion, metadata } = this.find(kind, name);
    const { namespace, uid } = metadata;
    const times =
      by === 'default-scheduler'
        ? {
            eventTime: new Date(milliseconds(first)).toISOString(),
            ...(again !== undefined && { series: { count: again[0], lastObservedTime: on(again[1]) } }),
            source: {},
            reportingComponent: by,
          }
        : { firstTimestamp: on(first), lastTimestamp: on(first), count: 1, source: { component: by } };
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: {
        name: `${name}.later-${String(number).padStart(2, '0')}`,
        namespace: namespace ?? 'default',
        creationTimestamp: on('03:05:00'),
      },
      involvedObject: { apiVersion, kind, name, namespace, uid },
      type: type ?? 'Warning',
      reason,
      message,
      ...times,
    } as unknown as Mutable;
  }
}

function setCondition(object: Mutable, type: string, fields: Fields): void {
  const conditions = object.status['conditions'] as Fields[];
  const there = conditions.find((one) => one['type'] === type);
  if (there === undefined) conditions.push({ type, ...fields });
  else Object.assign(there, fields);
}

/** worker-c is marked: its conditions are unknown, its pods are not ready, and Services leave them out. */
function loseNode(market: Later): void {
  const node = market.find('Node', 'worker-c');
  for (const type of ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready']) {
    const [reason, message] = ['NodeStatusUnknown', 'Kubelet stopped posting node status.'];
    setCondition(node, type, { status: 'Unknown', lastTransitionTime: on(lost), reason, message });
  }
  const taint = { key: 'node.kubernetes.io/unreachable', timeAdded: on(lost) };
  node.spec['taints'] = [
    { ...taint, effect: 'NoSchedule' },
    { ...taint, effect: 'NoExecute' },
  ];
  market.find('DaemonSet', 'lamp').status['numberAvailable'] = 2;
  for (const object of market.objects) {
    if (object.kind === 'Pod' && object.spec['nodeName'] === 'worker-c') setCondition(object, 'Ready', { status: 'False' });
    if (object.kind !== 'EndpointSlice') continue;
    for (const endpoint of (object['endpoints'] ?? []) as { readonly nodeName?: string; readonly conditions: Fields }[]) {
      if (endpoint.nodeName === 'worker-c') endpoint.conditions['ready'] = false;
    }
  }
}

/** The pods that bear an unreachable node for five minutes are deleted; one of them is made anew. */
function evict(market: Later): void {
  for (const name of ['wanderer', 'stall-7f79fcd8bb-srqw4', 'ticker-7d6c868cc6-fxgsk', 'till-2', 'nowhere']) {
    const pod = market.find('Pod', name);
    Object.assign(pod.metadata, { deletionTimestamp: on('03:50:38'), deletionGracePeriodSeconds: 30 });
    setCondition(pod, 'DisruptionTarget', { status: 'True', lastTransitionTime: on(deleted) });
  }
  const text = JSON.stringify(market.find('Pod', waiting))
    .replaceAll(waiting, anew)
    .replaceAll(/kube-api-access-\w+/g, 'kube-api-access-9xvmr');
  const pod = JSON.parse(text) as Mutable;
  Object.assign(pod.metadata, { uid: '00000000-0000-4000-8000-000000000001', creationTimestamp: on(deleted) });
  market.objects.push(pod);
}

function clusterAt(now: number): Cluster {
  const market = new Later(now);
  market.find('StorageClass', 'slow').metadata['annotations'] = {
    'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify(applied)}\n`,
  };
  for (const [renewed, ...nodes] of leases) {
    if (market.has(renewed)) for (const node of nodes) market.find('Lease', node).spec['renewTime'] = on(renewed);
  }
  for (const [at, name, reason, count, last] of counted) {
    const event = market.objects.find((one) => one['reason'] === reason && (one['involvedObject'] as Fields)['name'] === name);
    if (market.has(at)) Object.assign(event!, { count, lastTimestamp: on(last) });
  }
  if (market.has(labelled)) market.find('Pod', 'nowhere').spec['nodeName'] = 'worker-c';
  if (market.has(lost)) loseNode(market);
  if (market.has(deleted)) evict(market);
  for (const [number, seen] of events.entries()) {
    if (market.has(seen.from ?? seen.first) && !(seen.until !== undefined && market.has(seen.until))) {
      market.objects.push(market.event(seen, number));
    }
  }
  return clusterOf(market.objects as unknown as KubeObject[]);
}

const moments = [
  ...events.flatMap(({ first, from, until }) => [first, ...(from === undefined ? [] : [from]), ...(until === undefined ? [] : [until])]),
  ...counted.map(([at]) => at),
  ...leases.map(([renewed]) => renewed),
  labelled,
  lost,
  deleted,
];
/** Between two moments the cluster is the same. */
const clusters = new Map<number, Cluster>();

/** The cluster as it was at that time, in Unix milliseconds. */
export function marketLater(now: number): Lab {
  const passed = moments.filter((moment) => milliseconds(moment) <= now).length;
  const cluster = clusters.get(passed) ?? clusterAt(now);
  clusters.set(passed, cluster);
  return labOf(cluster, now);
}
