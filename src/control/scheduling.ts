/** Whether a pod may run on a node: the scheduler's filters, which the DaemonSet controller asks too (pkg/scheduler/framework/plugins). */
import type { Node } from '#kube/kinds/node.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import { matchesRequirement } from '#kube/selector.ts';

export type Taint = NonNullable<NonNullable<Node['spec']>['taints']>[number];
export type Toleration = NonNullable<Pod['spec']['tolerations']>[number];

/** (staging:component-helpers/scheduling/corev1/helpers.go; ToleratesTaint) */
export function tolerates(tolerations: readonly Toleration[] | undefined, taint: Taint): boolean {
  return (tolerations ?? []).some((one) => {
    if (one.effect !== undefined && one.effect !== '' && one.effect !== taint.effect) return false;
    if (one.key !== undefined && one.key !== '' && one.key !== taint.key) return false;
    const operator = one.operator ?? 'Equal';
    if (operator === 'Exists') return true;
    return one.key !== undefined && (one.value ?? '') === (taint.value ?? '');
  });
}

/** The first taint that keeps a new pod away. */
export function untoleratedTaint(
  pod: Pick<Pod, 'spec'>,
  node: Node,
  effects: readonly string[] = ['NoSchedule', 'NoExecute'],
): Taint | undefined {
  return node.spec?.taints?.find((taint) => effects.includes(taint.effect) && !tolerates(pod.spec.tolerations, taint));
}

/** nodeSelector and required node affinity (component-helpers/scheduling/corev1/nodeaffinity). */
export function matchesNodeAffinity(pod: Pick<Pod, 'spec'>, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  for (const [key, value] of Object.entries(pod.spec.nodeSelector ?? {})) if (labels[key] !== value) return false;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required === undefined) return true;
  return (required.nodeSelectorTerms ?? []).some((term) => {
    const expressions = term.matchExpressions ?? [];
    const fields = term.matchFields ?? [];
    if (expressions.length === 0 && fields.length === 0) return false;
    return (
      expressions.every((one) => matchesRequirement(one, labels)) &&
      fields.every((one) => matchesRequirement(one, { 'metadata.name': node.metadata.name }))
    );
  });
}

/** The host ports a pod occupies, as `protocol/ip/port`. */
function hostPortsOf(pod: Pick<Pod, 'spec'>): { protocol: string; ip: string; port: number }[] {
  return [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? []).filter((one) => one.restartPolicy === 'Always')].flatMap(
    (container) =>
      (container.ports ?? [])
        .filter((port) => (port.hostPort ?? 0) > 0)
        .map((port) => ({ protocol: port.protocol ?? 'TCP', ip: port.hostIP ?? '0.0.0.0', port: port.hostPort! })),
  );
}

export function hostPortsConflict(pod: Pick<Pod, 'spec'>, others: readonly Pod[]): boolean {
  const wanted = hostPortsOf(pod);
  if (wanted.length === 0) return false;
  const taken = others.flatMap(hostPortsOf);
  const any = (ip: string) => ip === '0.0.0.0' || ip === '';
  return wanted.some((one) =>
    taken.some((two) => one.port === two.port && one.protocol === two.protocol && (any(one.ip) || any(two.ip) || one.ip === two.ip)),
  );
}
