/** The Node object and the lease that a kubelet keeps (pkg/kubelet/kubelet_node_status.go, nodestatus/setters.go). */
import { hexOf, uuidOf } from '#kube/chance.ts';
import { areSame, isEqual } from '#kube/equal.ts';
import { Lease } from '#kube/kinds/lease.ts';
import { Node } from '#kube/kinds/node.ts';
import { recordEvent } from '#kube/record-event.ts';
import { parseTime, rfc3339, rfc3339Micro } from '#kube/time.ts';
import type { Change } from '../change.ts';
import { readFile } from '../files.ts';
import { kubeletConfiguration } from './config.ts';
import type { Host } from '../host.ts';

type Condition = NonNullable<NonNullable<Node['status']>['conditions']>[number];

/** How often conditions are sent when nothing changes (nodeStatusReportFrequency). */
const heartbeat = 300_000;
const leaseRenewal = 10_000;

/** A new Node, as the kubelet registers it. */
export function newNode(
  change: Change,
  host: Host,
  kubeletVersion: string,
  labels: Readonly<Record<string, string>>,
  taints: readonly { readonly key: string; readonly effect: string }[],
): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: host.name,
      uid: change.objects.uid(`node/${host.name}`),
      creationTimestamp: rfc3339(change.now),
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': host.name,
        'kubernetes.io/os': 'linux',
        ...labels,
      },
      annotations: { 'node.alpha.kubernetes.io/ttl': '0', 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: taints.length > 0 ? { taints } : {},
    status: machineStatus(change, host, kubeletVersion),
  } as Node;
}

function machineStatus(change: Change, host: Host, kubeletVersion: string) {
  if (host.found?.status !== undefined) {
    const { addresses, capacity, allocatable, daemonEndpoints, nodeInfo } = host.found.status;
    return { addresses, capacity, allocatable, daemonEndpoints, nodeInfo };
  }
  const pods = String(kubeletConfiguration(host).maxPods);
  const release = /PRETTY_NAME="?([^"\n]*)"?/.exec(readFile(host.files, '/etc/os-release') ?? '')?.[1] ?? 'Linux';
  return {
    addresses: [...host.addresses.map((address) => ({ type: 'InternalIP', address })), { type: 'Hostname', address: host.name }],
    capacity: { cpu: '2', 'ephemeral-storage': '81106868Ki', 'hugepages-2Mi': '0', memory: '4026000Ki', pods },
    allocatable: { cpu: '2', 'ephemeral-storage': '74748089426', 'hugepages-2Mi': '0', memory: '3923600Ki', pods },
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      machineID: hexOf(`${change.objects.seed}/machine/${host.name}`, 32),
      systemUUID: uuidOf(`${change.objects.seed}/system/${host.name}`),
      bootID: uuidOf(`${change.objects.seed}/boot/${host.name}/${host.bootedAt}`),
      kernelVersion: host.kernel.release,
      osImage: release,
      containerRuntimeVersion: 'containerd://2.1.4',
      kubeletVersion,
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
  };
}

/** What a Node was last found to say rightly, and until when it does: its heartbeat goes on. */
interface Posted {
  readonly from: readonly unknown[];
  readonly at: number;
  readonly until: number;
}

const posted = new WeakMap<Node, Posted>();

/** Posts conditions and renews the lease; `notReady` are the reasons for which no pod should come here. */
export function postNodeStatus(change: Change, host: Host, node: Node, kubeletVersion: string, notReady: readonly string[]): void {
  const { now } = change;
  const from = [host.files, host.units, host.kernel.release, kubeletVersion, ...notReady];
  const last = posted.get(node);
  const says = last !== undefined && now >= last.at && now < last.until && areSame(last.from, from);
  const current = says ? node : postConditions(change, host, node, kubeletVersion, notReady);
  if (current === node && !says) posted.set(node, { from, at: now, until: nextHeartbeat(host, node, now) });
  renewLease(change, host, current);
}

/** When the last heartbeat was due. */
function heartbeatOf({ bootedAt }: Host, now: number): number {
  return Math.floor((now - bootedAt) / heartbeat) * heartbeat + bootedAt;
}

/** The last heartbeat by now: of a machine that was found they follow those that it has sent. */
function heartbeatAfter(host: Host, last: number, now: number): number {
  if (host.found === undefined) return Math.max(heartbeatOf(host, now), last);
  return last + Math.max(0, Math.floor((now - last) / heartbeat)) * heartbeat;
}

function nextHeartbeat(host: Host, { status }: Node, now: number): number {
  if (host.found === undefined) return heartbeatOf(host, now) + heartbeat;
  return Math.min(
    ...(status?.conditions ?? []).map((one) => heartbeatAfter(host, parseTime(one.lastHeartbeatTime ?? ''), now) + heartbeat),
  );
}

function postConditions(change: Change, host: Host, node: Node, kubeletVersion: string, notReady: readonly string[]): Node {
  const { now, objects } = change;
  const healthy: readonly [string, string, string][] = [
    ['MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    ['DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ['PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ];
  const present = node.status?.conditions ?? [];
  const old = new Map(present.map((one) => [one.type, one]));
  // As long as the kubelet that was found runs, what it has said and the simulation cannot see goes on to be said.
  const isFound = host.found?.status !== undefined && host.units.get('kubelet.service')?.since === host.found.kubeletSince;
  const condition = (type: string, status: string, reason: string, message: string): Condition => {
    const before = old.get(type);
    const same = before?.status === status && before.reason === reason && before.message === message;
    return {
      type,
      status,
      lastHeartbeatTime: rfc3339(same ? heartbeatAfter(host, parseTime(before.lastHeartbeatTime!), now) : now),
      lastTransitionTime: before?.status === status ? before.lastTransitionTime! : rfc3339(now),
      reason,
      message,
    };
  };
  const told = (type: string): Condition | undefined => {
    const before = isFound ? old.get(type) : undefined;
    return before?.reason === undefined ? undefined : condition(type, before.status, before.reason, before.message ?? '');
  };
  const ready: Condition =
    notReady.length === 0
      ? (told('Ready') ?? condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'))
      : condition('Ready', 'False', 'KubeletNotReady', notReady.length === 1 ? notReady[0]! : `[${notReady.join(', ')}]`);
  const own = [...healthy.map(([type, reason, message]) => told(type) ?? condition(type, 'False', reason, message)), ready];
  const conditions = [
    ...present.map((one) => own.find(({ type }) => type === one.type) ?? one),
    ...own.filter(({ type }) => !old.has(type)),
  ];
  const status = { ...node.status, ...machineStatus(change, host, kubeletVersion), conditions };
  const changed = isEqual(node.status, status) ? node : objects.put(Node, { ...node, status } as Node);
  const event = (reason: string, message: string) =>
    recordEvent(change, changed, { component: 'kubelet', host: host.name }, { type: 'Normal', reason, message });
  const before = old.get('Ready')?.status;
  if (before !== ready.status) {
    if (before === undefined) {
      for (const [, reason] of healthy) event(reason, `Node ${host.name} status is now: ${reason}`);
    }
    if (ready.status === 'True') event('NodeReady', `Node ${host.name} status is now: NodeReady`);
    else if (before !== undefined) event('NodeNotReady', `Node ${host.name} status is now: NodeNotReady`);
  }
  return changed;
}

function renewLease(change: Change, host: Host, node: Node): void {
  const { objects, now } = change;
  const old = objects.get(Lease, 'kube-node-lease', host.name);
  const renewTime = rfc3339Micro(now - ((now - host.bootedAt) % leaseRenewal));
  if (old !== undefined) {
    if (old.spec?.renewTime !== renewTime) objects.put(Lease, { ...old, spec: { ...old.spec, renewTime } });
    return;
  }
  objects.put(Lease, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: host.name,
      namespace: 'kube-node-lease',
      uid: objects.uid(`lease/${host.name}`),
      creationTimestamp: rfc3339(now),
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: host.name, uid: node.metadata.uid! }],
    },
    spec: { holderIdentity: host.name, leaseDurationSeconds: 40, renewTime },
  } as Lease);
}
