/** Plugins that fill in what nobody said. */
import { IngressClass } from '#kube/kinds/ingress-class.ts';
import { Ingress } from '#kube/kinds/ingress.ts';
import { Node } from '#kube/kinds/node.ts';
import type { Toleration } from '#kube/kinds/affinity.ts';
import { PersistentVolumeClaim } from '#kube/kinds/persistent-volume-claim.ts';
import { PersistentVolume } from '#kube/kinds/persistent-volume.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { PriorityClass } from '#kube/kinds/priority-class.ts';
import { StorageClass } from '#kube/kinds/storage-class.ts';
import { resourceOf, type Kind } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';
import { fail, forbidden, ok } from '#kube/status.ts';
import type { Plugin } from '../plugin.ts';
import type { Review } from '../context.ts';
import { isPod } from './pods.ts';

function isNew({ kind, operation }: Review, of: Kind): boolean {
  return operation === 'CREATE' && resourceOf(kind) === resourceOf(of);
}

/** The objects with the mark of a default, the youngest first, then by name. */
function defaultsOf<T extends KubeObject>(objects: readonly T[], annotation: string): T[] {
  const age = (one: T) => one.metadata.creationTimestamp ?? '';
  return objects
    .filter((one) => one.metadata.annotations?.[annotation] === 'true')
    .sort((a, b) => (age(a) !== age(b) ? (age(a) > age(b) ? -1 : 1) : a.metadata.name < b.metadata.name ? -1 : 1));
}

/** (plugin/pkg/admission/network/defaultingressclass/admission.go) */
export const defaultIngressClass: Plugin = {
  name: 'DefaultIngressClass',
  mutate(review) {
    const ingress = review.object as Ingress;
    if (!isNew(review, Ingress) || ingress.spec.ingressClassName !== undefined) return ok(ingress);
    if (ingress.metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined) return ok(ingress);
    const [chosen] = defaultsOf(review.objects.list(IngressClass), 'ingressclass.kubernetes.io/is-default-class');
    return ok(chosen === undefined ? ingress : { ...ingress, spec: { ...ingress.spec, ingressClassName: chosen.metadata.name } });
  },
};

/** (plugin/pkg/admission/storage/storageclass/setdefault/admission.go) */
export const defaultStorageClass: Plugin = {
  name: 'DefaultStorageClass',
  mutate(review) {
    const claim = review.object as PersistentVolumeClaim;
    if (!isNew(review, PersistentVolumeClaim) || claim.spec.storageClassName !== undefined) return ok(claim);
    const [chosen] = defaultsOf(review.objects.list(StorageClass), 'storageclass.kubernetes.io/is-default-class');
    return ok(chosen === undefined ? claim : { ...claim, spec: { ...claim.spec, storageClassName: chosen.metadata.name } });
  },
};

/** What is in use is not deleted. (plugin/pkg/admission/storage/storageobjectinuseprotection/admission.go) */
export const storageObjectInUseProtection: Plugin = {
  name: 'StorageObjectInUseProtection',
  mutate(review) {
    const { object } = review;
    const mark = isNew(review, PersistentVolume)
      ? 'kubernetes.io/pv-protection'
      : isNew(review, PersistentVolumeClaim)
        ? 'kubernetes.io/pvc-protection'
        : undefined;
    const finalizers = object.metadata.finalizers ?? [];
    if (mark === undefined || finalizers.includes(mark)) return ok(object);
    return ok({ ...object, metadata: { ...object.metadata, finalizers: [...finalizers, mark] } });
  },
};

/** A node is not ready before its kubelet says so. (plugin/pkg/admission/nodetaint/admission.go) */
export const taintNodesByCondition: Plugin = {
  name: 'TaintNodesByCondition',
  mutate(review) {
    const node = review.object as Node;
    const taints = node.spec?.taints ?? [];
    const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
    if (!isNew(review, Node) || taints.some((one) => one.key === taint.key && one.effect === taint.effect)) return ok(node);
    return ok({ ...node, spec: { ...node.spec, taints: [...taints, taint] } });
  },
};

/** A pod stays five minutes on a node that is lost. (plugin/pkg/admission/defaulttolerationseconds/admission.go) */
export const defaultTolerationSeconds: Plugin = {
  name: 'DefaultTolerationSeconds',
  mutate(review) {
    const pod = review.object as Pod;
    if (!isPod(review) || review.operation === 'DELETE') return ok(pod);
    const tolerations = pod.spec.tolerations ?? [];
    const added = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']
      .filter((key) => !tolerations.some((one) => toleratesEviction(one, key)))
      .map((key): Toleration => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }));
    return ok(added.length === 0 ? pod : { ...pod, spec: { ...pod.spec, tolerations: [...tolerations, ...added] } });
  },
};

function toleratesEviction({ key = '', effect = '' }: Toleration, taint: string): boolean {
  return (key === taint || key === '') && (effect === 'NoExecute' || effect === '');
}

const systemPriorities: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

/** (plugin/pkg/admission/priority/admission.go) */
export const priority: Plugin = {
  name: 'Priority',
  mutate(review) {
    const pod = review.object as Pod;
    if (!isPod(review) || review.operation !== 'CREATE') return ok(pod);
    const named = pod.spec.priorityClassName ?? '';
    const chosen = priorityOf(review, named);
    if (chosen === undefined) return fail(forbidden(Pod, pod.metadata.name, `no PriorityClass with name ${named} was found`));
    if (pod.spec.priority !== undefined && pod.spec.priority !== chosen.value) {
      const differs = `the integer value of priority (${pod.spec.priority}) must not be provided in pod spec; priority admission controller computed ${chosen.value} from the given PriorityClass name`;
      return fail(forbidden(Pod, pod.metadata.name, differs));
    }
    return ok({
      ...pod,
      spec: {
        ...pod.spec,
        ...(chosen.name !== '' && { priorityClassName: chosen.name }),
        priority: chosen.value,
        preemptionPolicy: pod.spec.preemptionPolicy ?? chosen.preemptionPolicy ?? 'PreemptLowerPriority',
      },
    });
  },
};

interface Chosen {
  readonly name: string;
  readonly value: number;
  readonly preemptionPolicy?: string | undefined;
}

function priorityOf({ objects }: Review, name: string): Chosen | undefined {
  if (name !== '') {
    const found = objects.get(PriorityClass, '', name);
    if (found !== undefined) return { name, value: found.value, preemptionPolicy: found.preemptionPolicy };
    const value = systemPriorities[name];
    return value === undefined ? undefined : { name, value };
  }
  const [standard] = objects
    .list(PriorityClass)
    .filter((one) => one.globalDefault === true)
    .sort((a, b) => a.value - b.value);
  if (standard === undefined) return { name: '', value: 0 };
  return { name: standard.metadata.name, value: standard.value, preemptionPolicy: standard.preemptionPolicy };
}
