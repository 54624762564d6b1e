/** pkg/controller/daemon/daemon_controller.go, update.go */
import { groupBy } from '#kube/group.ts';
import { scaledValue } from '#kube/intorstring.ts';
import { ControllerRevision } from '#kube/kinds/controller-revision.ts';
import { DaemonSet, templateGenerationKey } from '#kube/kinds/daemon-set.ts';
import { Node } from '#kube/kinds/node.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { claim } from '../claim.ts';
import type { Controller, ControlPlane } from '../controller.ts';
import { recordEvent } from '#kube/record-event.ts';
import { keepRevision, templateHash } from '../controller-revision.ts';
import { createPod } from '../pod-template.ts';
import { isActive, isAvailable, isReady, isTerminating } from '../pods.ts';
import { matchesNodeAffinity, tolerates, type Toleration } from '../scheduling.ts';
import { Settled } from '../settled.ts';
import { deleteObject, isControlledBy, putStatus } from '../write.ts';

const source = { component: 'daemonset-controller' };
const hashKey = 'controller-revision-hash';
const settled = new Settled<DaemonSet>();

export const daemonSetController: Controller = {
  name: 'daemonset-controller',
  component: 'kube-controller-manager',
  reads: [DaemonSet, Pod, Node],
  // Pods become available with time, and those that were refused are asked for again.
  timed: ({ objects }) => objects.list(DaemonSet).some(isWaiting),
  reconcile(plane) {
    const { objects } = plane;
    for (const set of objects.list(DaemonSet)) {
      const { namespace, deletionTimestamp } = set.metadata;
      if (deletionTimestamp !== undefined) continue;
      const reads = [objects.list(Node), objects.list(Pod, namespace), objects.list(ControllerRevision, namespace)];
      if (isWaiting(set)) reconcileSet(plane, set);
      else settled.reconcile(plane, set, reads, () => reconcileSet(plane, set));
    }
  },
};

function isWaiting({ spec, status }: DaemonSet): boolean {
  return (spec.minReadySeconds ?? 0) > 0 || status?.currentNumberScheduled !== status?.desiredNumberScheduled;
}

/** What every pod of a DaemonSet endures (pkg/controller/daemon/util/daemonset_util.go). */
const always: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];
const onHostNetwork: Toleration = { key: 'node.kubernetes.io/network-unavailable', operator: 'Exists', effect: 'NoSchedule' };

function reconcileSet(plane: ControlPlane, set: DaemonSet): void {
  const { objects, now } = plane;
  const hash = templateHash(plane, set, hashKey);
  keepRevision(plane, DaemonSet, set, hash, hashKey);
  const tolerations = [
    ...(set.spec.template.spec?.tolerations ?? []),
    ...always,
    ...(set.spec.template.spec?.hostNetwork === true ? [onHostNetwork] : []),
  ];
  const ownPods = () => objects.list(Pod, set.metadata.namespace).filter((pod) => isControlledBy(pod, set));
  const claimed = claim(plane, [DaemonSet, set], Pod, objects.list(Pod, set.metadata.namespace));
  const byNode = groupBy(claimed, targetNode);
  const nodes = objects.list(Node);
  const old = new Set(
    outdated(
      set,
      nodes.filter((node) => shouldRun(set, tolerations, node).run).map((node) => (byNode.get(node.metadata.name) ?? []).filter(isActive)),
      hash,
      now,
    ),
  );
  for (const node of nodes) {
    const here = byNode.get(node.metadata.name) ?? [];
    const wanted = shouldRun(set, tolerations, node);
    for (const failed of here.filter((pod) => pod.status?.phase === 'Failed' && !isTerminating(pod))) {
      recordEvent(plane, set, source, {
        type: 'Warning',
        reason: 'FailedDaemonPod',
        message: `Found failed daemon pod ${set.metadata.namespace}/${failed.metadata.name} on node ${node.metadata.name}, will try to kill it`,
      });
      deleteObject(plane, Pod, failed);
    }
    const active = here.filter(isActive);
    if (wanted.run && here.every((pod) => !isActive(pod)) && !here.some(isTerminating)) {
      createPod(plane, source.component, DaemonSet, set, set.spec.template, {
        labels: { [hashKey]: hash, [generationLabel]: generationOf(set) },
        spec: { affinity: onlyOn(node.metadata.name), tolerations },
      });
    } else if (!wanted.keep) {
      for (const pod of active) remove(plane, set, pod);
    } else {
      for (const pod of active) if (old.has(pod)) remove(plane, set, pod);
    }
  }
  for (const pod of ownPods()) if (isActive(pod) && objects.get(Node, '', targetNode(pod)) === undefined) remove(plane, set, pod);
  const running = groupBy(ownPods().filter(isActive), targetNode);
  const scheduled = nodes.filter((node) => shouldRun(set, tolerations, node).run);
  const first = (node: Node) => running.get(node.metadata.name)?.[0];
  const count = (test: (pod: Pod) => boolean) => scheduled.filter((node) => first(node) !== undefined && test(first(node)!)).length;
  const available = count((pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, now));
  const updated = count((pod) => isUpdated(set, pod, hash));
  const unavailable = scheduled.length - available;
  putStatus(plane, DaemonSet, set, {
    currentNumberScheduled: count(() => true),
    numberMisscheduled: nodes.filter((node) => !scheduled.includes(node) && running.has(node.metadata.name)).length,
    desiredNumberScheduled: scheduled.length,
    numberReady: count(isReady),
    observedGeneration: set.metadata.generation ?? 1,
    ...(updated > 0 && { updatedNumberScheduled: updated }),
    ...(available > 0 && { numberAvailable: available }),
    ...(unavailable > 0 && { numberUnavailable: unavailable }),
  });
}

/** The old pods that go now: those that are not available, and as many others as leave no more than maxUnavailable nodes without one (rollingUpdate). */
function outdated(set: DaemonSet, active: readonly (readonly Pod[])[], hash: string, now: number): readonly Pod[] {
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  if (type === 'OnDelete') return [];
  // Where new pods may come before old ones go (maxSurge), nodes take their turn one by one.
  const most = Math.max(1, scaledValue(rollingUpdate?.maxUnavailable ?? 1, active.length, true) ?? 1);
  const available = (pod: Pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, now);
  const down = active.filter((pods) => !pods.some(available)).length;
  const old = active.flat().filter((pod) => !isUpdated(set, pod, hash));
  return [...old.filter((pod) => !available(pod)), ...old.filter(available).slice(0, Math.max(0, most - down))];
}

const generationLabel = 'pod-template-generation';

function generationOf(set: DaemonSet): string {
  return set.metadata.annotations?.[templateGenerationKey] ?? String(set.metadata.generation ?? 1);
}

function isOfGeneration(set: DaemonSet, { metadata }: Pod): boolean {
  const generation = set.metadata.annotations?.[templateGenerationKey];
  return generation !== undefined && metadata.labels?.[generationLabel] === generation;
}

/** Reports whether the pod is of the present template, by its hash or by the count of templates (IsPodUpdated). */
function isUpdated(set: DaemonSet, pod: Pod, hash: string): boolean {
  return pod.metadata.labels?.[hashKey] === hash || isOfGeneration(set, pod);
}

function remove(plane: ControlPlane, set: DaemonSet, pod: Pod): void {
  deleteObject(plane, Pod, pod);
  recordEvent(plane, set, source, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` });
}

function shouldRun(set: DaemonSet, tolerations: readonly Toleration[], node: Node): { run: boolean; keep: boolean } {
  const spec = set.spec.template.spec!;
  if (spec.nodeName !== undefined && spec.nodeName !== '' && spec.nodeName !== node.metadata.name) return { run: false, keep: false };
  if (!matchesNodeAffinity({ spec }, node)) return { run: false, keep: false };
  const bad = (effects: readonly string[]) =>
    (node.spec?.taints ?? []).some((taint) => effects.includes(taint.effect) && !tolerates(tolerations, taint));
  return { run: !bad(['NoSchedule', 'NoExecute']), keep: !bad(['NoExecute']) };
}

function onlyOn(node: string): NonNullable<Pod['spec']['affinity']> {
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
      },
    },
  };
}

/** The node a daemon pod is on, or is meant for. */
function targetNode(pod: Pod): string {
  if ((pod.spec.nodeName ?? '') !== '') return pod.spec.nodeName!;
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return terms[0]?.matchFields?.find((one) => one.key === 'metadata.name')?.values?.[0] ?? '';
}
