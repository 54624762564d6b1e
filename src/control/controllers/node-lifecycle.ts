/** What follows for a node whose kubelet is silent, and for the pods on it (pkg/controller/nodelifecycle, pkg/controller/tainteviction). */
import { Lease } from '#kube/kinds/lease.ts';
import { Node } from '#kube/kinds/node.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { parseTime, rfc3339 } from '#kube/time.ts';
import type { Controller, ControlPlane } from '../controller.ts';
import { recordEvent } from '#kube/record-event.ts';
import { isReady } from '../pods.ts';
import { tolerates, type Taint } from '../scheduling.ts';
import { Settled } from '../settled.ts';
import { deleteObject, putIfChanged } from '../write.ts';

/** `--node-monitor-grace-period` of kube-controller-manager. */
const gracePeriod = 50_000;
const source = { component: 'node-controller' };
const tainted = new Settled<Node>();
const notReady = 'node.kubernetes.io/not-ready';
const unreachable = 'node.kubernetes.io/unreachable';
const unschedulable = 'node.kubernetes.io/unschedulable';
const networkUnavailable = 'node.kubernetes.io/network-unavailable';

export const nodeLifecycleController: Controller = {
  name: 'node-lifecycle-controller',
  component: 'kube-controller-manager',
  reads: [Node, Lease, Pod],
  // A lease runs out, and so do tolerations.
  timed: (plane) =>
    plane.objects
      .list(Node)
      .some(
        (node) => isSilent(heardOf(plane, node), plane.now) || node.spec?.taints?.some(({ effect }) => effect === 'NoExecute') === true,
      ),
  reconcile(plane) {
    for (const { metadata } of plane.objects.list(Node)) {
      markSilent(plane, plane.objects.get(Node, '', metadata.name)!);
      const node = plane.objects.get(Node, '', metadata.name)!;
      tainted.reconcile(plane, node, [], () => taint(plane, node));
      evict(plane, plane.objects.get(Node, '', metadata.name)!);
    }
  },
};

/** When a node has last given a sign of life. */
function heardOf({ objects }: ControlPlane, node: Node): string | undefined {
  const lease = objects.get(Lease, 'kube-node-lease', node.metadata.name);
  return lease?.spec?.renewTime ?? node.status?.conditions?.find((one) => one.type === 'Ready')?.lastHeartbeatTime;
}

function isSilent(heard: string | undefined, now: number): heard is string {
  return heard !== undefined && parseTime(heard) + gracePeriod <= now;
}

/** A node that has not renewed its lease in the grace period: all its conditions are Unknown, its pods not ready. */
function markSilent(plane: ControlPlane, node: Node): void {
  const { objects, now } = plane;
  const heard = heardOf(plane, node);
  if (!isSilent(heard, now)) return;
  const conditions = (node.status?.conditions ?? []).map((condition) =>
    condition.type === 'NetworkUnavailable' || condition.status === 'Unknown'
      ? condition
      : {
          ...condition,
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
          lastTransitionTime: rfc3339(parseTime(heard) + gracePeriod),
        },
  );
  const changed = putIfChanged(plane, Node, node, { ...node, status: { ...node.status, conditions } });
  if (changed !== node)
    recordEvent(plane, node, source, {
      type: 'Normal',
      reason: 'NodeNotReady',
      message: `Node ${node.metadata.name} status is now: NodeNotReady`,
      at: parseTime(heard) + gracePeriod,
    });
  for (const pod of objects.list(Pod)) {
    if (pod.spec.nodeName !== node.metadata.name || !isReady(pod)) continue;
    const podConditions = (pod.status?.conditions ?? []).map((one) =>
      one.type === 'Ready' ? { ...one, status: 'False', lastTransitionTime: rfc3339(parseTime(heard) + gracePeriod) } : one,
    );
    objects.put(Pod, { ...pod, status: { ...pod.status, conditions: podConditions } });
    recordEvent(plane, pod, source, {
      type: 'Warning',
      reason: 'NodeNotReady',
      message: 'Node is not ready',
      at: parseTime(heard) + gracePeriod,
    });
  }
}

/** Conditions become taints (TaintNodesByCondition). */
function taint(plane: ControlPlane, node: Node): void {
  const condition = (type: string) => node.status?.conditions?.find((one) => one.type === type)?.status;
  const ready = condition('Ready');
  const wanted: Taint[] = [];
  const at = rfc3339(plane.now);
  if (ready === 'False') wanted.push({ key: notReady, effect: 'NoSchedule' }, { key: notReady, effect: 'NoExecute', timeAdded: at });
  if (ready === 'Unknown')
    wanted.push({ key: unreachable, effect: 'NoSchedule' }, { key: unreachable, effect: 'NoExecute', timeAdded: at });
  if (ready === undefined) wanted.push({ key: notReady, effect: 'NoSchedule' });
  if (condition('NetworkUnavailable') === 'True') wanted.push({ key: networkUnavailable, effect: 'NoSchedule' });
  if (node.spec?.unschedulable === true) wanted.push({ key: unschedulable, effect: 'NoSchedule', timeAdded: at });
  const own = [notReady, unreachable, unschedulable, networkUnavailable];
  const present = node.spec?.taints ?? [];
  const same = (a: Taint, b: Taint) => a.key === b.key && a.effect === b.effect;
  const taints = [
    ...present.filter((one) => !own.includes(one.key) || wanted.some((two) => same(one, two))),
    ...wanted.filter((one) => !present.some((two) => same(one, two))),
  ];
  const { taints: _, ...rest } = node.spec ?? {};
  putIfChanged(plane, Node, node, { ...node, spec: { ...rest, ...(taints.length > 0 && { taints }) } });
}

/** Pods that do not tolerate a NoExecute taint go, at once or when their toleration has run out. */
function evict(plane: ControlPlane, node: Node): void {
  const taints = (node.spec?.taints ?? []).filter((one) => one.effect === 'NoExecute');
  if (taints.length === 0) return;
  for (const pod of plane.objects.list(Pod)) {
    if (pod.spec.nodeName !== node.metadata.name || pod.metadata.deletionTimestamp !== undefined) continue;
    const due = Math.min(...taints.map((one) => evictionTime(pod, one, plane.now)));
    if (due > plane.now) continue;
    recordEvent(
      plane,
      pod,
      { component: 'taint-eviction-controller' },
      {
        type: 'Normal',
        reason: 'TaintManagerEviction',
        message: `Marking for deletion Pod ${pod.metadata.namespace}/${pod.metadata.name}`,
        at: due,
      },
    );
    deleteObject(plane, Pod, pod);
  }
}

/** A toleration runs from when the controller has first seen the pod beside the taint. */
function evictionTime(pod: Pod, one: Taint, now: number): number {
  const tolerations = (pod.spec.tolerations ?? []).filter((toleration) => tolerates([toleration], one));
  if (tolerations.length === 0) return now;
  const seconds = Math.min(...tolerations.map((toleration) => toleration.tolerationSeconds ?? Infinity));
  const tainted = one.timeAdded === undefined ? now : parseTime(one.timeAdded);
  const created = parseTime(pod.metadata.creationTimestamp ?? '');
  return (created > tainted ? created : tainted) + seconds * 1000;
}
