/**
 * kube-scheduler: filters, then a score of our own simple kind (fewest pods of the same owner, then fewest pods, then chance), which
 * gives the spread that the default plugins give on nodes of equal size. (pkg/scheduler/schedule_one.go, framework/types.go FitError)
 */
import { groupBy } from '#kube/group.ts';
import { pick } from '#kube/chance.ts';
import { Node } from '#kube/kinds/node.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { type LabelSelector } from '#kube/kinds/label-selector.ts';
import { controllerOf } from '#kube/object.ts';
import { addQuantities, compareQuantities, parseQuantity, type Quantity } from '#kube/quantity.ts';
import { matchesLabels } from '#kube/selector.ts';
import { minorVersionOf } from '#kube/settings.ts';
import { rfc3339 } from '#kube/time.ts';
import type { Infer } from '#kube/schema.ts';
import type { Controller, ControlPlane } from '../controller.ts';
import { recordSchedulerEvent } from '#kube/record-event.ts';
import { hostPortsConflict, matchesNodeAffinity, untoleratedTaint } from '../scheduling.ts';

export const scheduler: Controller = {
  name: 'default-scheduler',
  component: 'kube-scheduler',
  reads: [Pod, Node],
  reconcile(plane) {
    const waiting = plane.objects
      .list(Pod)
      .filter(
        (pod) =>
          (pod.spec.nodeName ?? '') === '' &&
          pod.metadata.deletionTimestamp === undefined &&
          (pod.spec.schedulerName ?? 'default-scheduler') === 'default-scheduler' &&
          (pod.spec.schedulingGates ?? []).length === 0,
      );
    for (const pod of [...waiting].sort((a, b) => (b.spec.priority ?? 0) - (a.spec.priority ?? 0))) schedule(plane, pod);
  },
};

function schedule(plane: ControlPlane, pod: Pod): void {
  const nodes = plane.objects.list(Node);
  const assigned = groupBy(
    plane.objects
      .list(Pod)
      .filter((one) => (one.spec.nodeName ?? '') !== '' && one.status?.phase !== 'Succeeded' && one.status?.phase !== 'Failed'),
    (one) => one.spec.nodeName!,
  );
  const reasons = new Map<string, number>();
  const helpful: Node[] = [];
  const feasible: Node[] = [];
  for (const node of nodes) {
    const why = unfit(plane, pod, node, assigned);
    if (why.length === 0) feasible.push(node);
    for (const reason of why) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    if (why.some((reason) => reason.startsWith('Insufficient') || reason.includes('free ports'))) helpful.push(node);
  }
  if (feasible.length > 0) return bind(plane, pod, best(plane, pod, feasible, assigned));
  const message = fitError(nodes.length, reasons, helpful.length);
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    lastProbeTime: null as unknown as string,
    lastTransitionTime: rfc3339(plane.now),
    ...(minorVersionOf(plane.objects) >= 34 && { observedGeneration: pod.metadata.generation ?? 1 }),
  };
  const old = pod.status?.conditions?.find((one) => one.type === 'PodScheduled');
  if (old?.message !== message) {
    const conditions = [
      ...(pod.status?.conditions ?? []).filter((one) => one.type !== 'PodScheduled'),
      old === undefined ? condition : { ...condition, lastTransitionTime: old.lastTransitionTime! },
    ];
    plane.objects.put(Pod, { ...pod, status: { ...pod.status, phase: 'Pending', conditions } });
  }
  recordSchedulerEvent(plane, pod, 'Warning', 'FailedScheduling', 'Scheduling', message);
}

/** `0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. …` */
function fitError(nodes: number, reasons: ReadonlyMap<string, number>, preemptible: number): string {
  if (nodes === 0) return 'no nodes available to schedule pods';
  const counted = [...reasons].map(([reason, count]) => `${count} ${reason}`).sort();
  const preemption = [
    ...(nodes - preemptible > 0 ? [`${nodes - preemptible} Preemption is not helpful for scheduling`] : []),
    ...(preemptible > 0 ? [`${preemptible} No preemption victims found for incoming pod`] : []),
  ].sort();
  return `0/${nodes} nodes are available: ${counted.join(', ')}. no new claims to deallocate, preemption: 0/${nodes} nodes are available: ${preemption.join(', ')}.`;
}

/** Why the node does not take the pod: the reasons of the first filter that refuses, in the order of the default profile. */
function unfit(plane: ControlPlane, pod: Pod, node: Node, assigned: ReadonlyMap<string, readonly Pod[]>): readonly string[] {
  const here = assigned.get(node.metadata.name) ?? [];
  if (
    node.spec?.unschedulable === true &&
    !(pod.spec.tolerations ?? []).some(
      (one) => one.key === 'node.kubernetes.io/unschedulable' || (one.key === undefined && one.operator === 'Exists'),
    )
  ) {
    return ['node(s) were unschedulable'];
  }
  const taint = untoleratedTaint(pod, node);
  if (taint !== undefined) {
    return [
      minorVersionOf(plane.objects) >= 36
        ? 'node(s) had untolerated taint(s)'
        : `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`,
    ];
  }
  if (!matchesNodeAffinity(pod, node)) return ["node(s) didn't match Pod's node affinity/selector"];
  if (hostPortsConflict(pod, here)) return ["node(s) didn't have free ports for the requested pod ports"];
  const short = insufficient(pod, node, here);
  if (short.length > 0) return short;
  if (breaksSpread(plane, pod, node, assigned)) return ["node(s) didn't match pod topology spread constraints"];
  return breaksAffinity(plane, pod, node, assigned);
}

type Requests = ReadonlyMap<string, Quantity>;

function requestsOf(pod: Pod): Requests {
  const sum = new Map<string, Quantity>();
  const add = (resources: Readonly<Record<string, string | number>> | undefined) => {
    for (const [name, amount] of Object.entries(resources ?? {})) {
      const quantity = parseQuantity(String(amount));
      if (quantity !== undefined) sum.set(name, sum.has(name) ? addQuantities(sum.get(name)!, quantity) : quantity);
    }
  };
  for (const container of pod.spec.containers ?? []) add(container.resources?.requests);
  add(pod.spec.overhead);
  return sum;
}

function insufficient(pod: Pod, node: Node, here: readonly Pod[]): readonly string[] {
  const allocatable = node.status?.allocatable ?? {};
  const short: string[] = [];
  if (here.length + 1 > Number(allocatable['pods'] ?? 110)) short.push('Too many pods');
  for (const [name, wanted] of requestsOf(pod)) {
    const room = parseQuantity(String(allocatable[name] ?? '0'));
    const used = here.map((one) => requestsOf(one).get(name)).filter((one) => one !== undefined);
    if (room !== undefined && compareQuantities(used.reduce(addQuantities, wanted), room) > 0) short.push(`Insufficient ${name}`);
  }
  return short;
}

function breaksSpread(plane: ControlPlane, pod: Pod, node: Node, assigned: ReadonlyMap<string, readonly Pod[]>): boolean {
  return (pod.spec.topologySpreadConstraints ?? []).some((constraint) => {
    if (constraint.whenUnsatisfiable !== 'DoNotSchedule') return false;
    const domain = node.metadata.labels?.[constraint.topologyKey];
    if (domain === undefined) return true;
    const counts = new Map<string, number>();
    for (const one of plane.objects.list(Node)) {
      const key = one.metadata.labels?.[constraint.topologyKey];
      if (key === undefined || !matchesNodeAffinity(pod, one)) continue;
      const matching = (assigned.get(one.metadata.name) ?? []).filter(
        (other) => other.metadata.namespace === pod.metadata.namespace && matchesLabels(constraint.labelSelector, other.metadata.labels),
      ).length;
      counts.set(key, (counts.get(key) ?? 0) + matching);
    }
    const least = Math.min(...counts.values());
    const self = matchesLabels(constraint.labelSelector, pod.metadata.labels) ? 1 : 0;
    return (counts.get(domain) ?? 0) + self - least > constraint.maxSkew;
  });
}

interface AffinityTerm {
  readonly labelSelector?: Infer<typeof LabelSelector>;
  readonly topologyKey: string;
  readonly namespaces?: readonly string[];
}

function breaksAffinity(plane: ControlPlane, pod: Pod, node: Node, assigned: ReadonlyMap<string, readonly Pod[]>): readonly string[] {
  const matches = (term: AffinityTerm, domainOf: Pod) => {
    const domain = node.metadata.labels?.[term.topologyKey];
    if (domain === undefined) return [];
    const namespaces = term.namespaces?.length ? term.namespaces : [domainOf.metadata.namespace!];
    return plane.objects
      .list(Node)
      .filter((one) => one.metadata.labels?.[term.topologyKey] === domain)
      .flatMap((one) => assigned.get(one.metadata.name) ?? [])
      .filter((other) => namespaces.includes(other.metadata.namespace!) && matchesLabels(term.labelSelector, other.metadata.labels));
  };
  for (const term of pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
    const first =
      !plane.objects.list(Pod).some((one) => one !== pod && matchesLabels(term.labelSelector, one.metadata.labels)) &&
      matchesLabels(term.labelSelector, pod.metadata.labels);
    if (!first && matches(term, pod).length === 0) return ["node(s) didn't match pod affinity rules"];
  }
  for (const term of pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
    if (matches(term, pod).length > 0) return ["node(s) didn't match pod anti-affinity rules"];
  }
  return [];
}

function best(plane: ControlPlane, pod: Pod, nodes: readonly Node[], assigned: ReadonlyMap<string, readonly Pod[]>): Node {
  const owner = controllerOf(pod)?.uid;
  const cost = (node: Node) => {
    const here = assigned.get(node.metadata.name) ?? [];
    const siblings = owner === undefined ? 0 : here.filter((one) => controllerOf(one)?.uid === owner).length;
    const preferred = untoleratedTaint(pod, node, ['PreferNoSchedule']) === undefined ? 0 : 1;
    return preferred * 1e6 + siblings * 1e3 + here.length;
  };
  const least = Math.min(...nodes.map(cost));
  const ties = nodes.filter((node) => cost(node) === least);
  return ties[
    pick(`${plane.objects.seed}/schedule/${pod.metadata.namespace}/${controllerOf(pod)?.name ?? pod.metadata.name}`, ties.length)
  ]!;
}

function bind(plane: ControlPlane, pod: Pod, node: Node): void {
  const topology = Object.fromEntries(
    ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone'].flatMap((key) => {
      const value = node.metadata.labels?.[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );
  const labels =
    minorVersionOf(plane.objects) >= 35 && Object.keys(topology).length > 0 ? { ...pod.metadata.labels, ...topology } : pod.metadata.labels;
  const conditions = [
    ...(pod.status?.conditions ?? []).filter((one) => one.type !== 'PodScheduled'),
    {
      type: 'PodScheduled',
      status: 'True',
      lastProbeTime: null as unknown as string,
      lastTransitionTime: rfc3339(plane.now),
      ...(minorVersionOf(plane.objects) >= 34 && { observedGeneration: pod.metadata.generation ?? 1 }),
    },
  ];
  plane.objects.put(Pod, {
    ...pod,
    metadata: { ...pod.metadata, ...(labels !== undefined && { labels }) },
    spec: { ...pod.spec, nodeName: node.metadata.name },
    status: { ...pod.status, phase: 'Pending', conditions },
  });
  recordSchedulerEvent(
    plane,
    pod,
    'Normal',
    'Scheduled',
    'Binding',
    `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${node.metadata.name}`,
  );
}
