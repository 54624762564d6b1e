/** Deletions: at once, or marked until time or finalizers are over. (staging:apiserver/pkg/registry/generic/registry/store.go, pkg/registry/rest/delete.go) */
import type { Draft } from '#kube/cluster.ts';
import { CustomResourceDefinition } from '#kube/kinds/custom-resource-definition.ts';
import { customKindsOf } from '#kube/kinds/custom-resource.ts';
import { Endpoints } from '#kube/kinds/endpoints.ts';
import { IPAddress } from '#kube/kinds/ip-address.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Service } from '#kube/kinds/service.ts';
import { resourceOf, type Kind } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';
import { conflict, notFound } from '#kube/status.ts';
import { rfc3339 } from '#kube/time.ts';
import { refuse, type RemoveContext, type Removal } from './context.ts';
import { namespaceLifecycle } from './plugins/namespace-lifecycle.ts';
import { addressesOf } from './services.ts';
import { webhookRefusal } from './webhooks.ts';

const finalizerOf = { Orphan: 'orphan', Foreground: 'foregroundDeletion' } as const;

/**
 * Deletes an object, or begins to. Jobs leave their pods behind unless told otherwise (DefaultGarbageCollectionPolicy).
 */
export function remove(objects: Draft, kind: Kind, namespace: string, name: string, context: RemoveContext): Removal {
  const object = objects.get(kind, namespace, name);
  if (object === undefined) return refuse(notFound(kind, name));
  const { preconditions = {}, dryRun = false } = context;
  const { uid, resourceVersion } = object.metadata;
  if (preconditions.uid !== undefined && preconditions.uid !== uid) {
    return refuse(conflict(kind, name, `Precondition failed: UID in precondition: ${preconditions.uid}, UID in object meta: ${uid}`));
  }
  if (preconditions.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    const detail = `Precondition failed: ResourceVersion in precondition: ${preconditions.resourceVersion}, ResourceVersion in object meta: ${resourceVersion}`;
    return refuse(conflict(kind, name, detail));
  }
  const review = { operation: 'DELETE', kind, object, old: object, objects, context } as const;
  const admitted = namespaceLifecycle.mutate!(review);
  if (!admitted.ok) return refuse(admitted.error);
  const remarks: string[] = [];
  const denied = webhookRefusal(review, (text) => void remarks.push(text));
  if (denied !== undefined) return refuse(denied, remarks);

  if (resourceOf(kind) === resourceOf(Namespace)) return removeNamespace(objects, object as Namespace, context);
  const grace = resourceOf(kind) === resourceOf(Pod) ? graceOf(object as Pod, context.gracePeriodSeconds) : 0;
  const finalizers = finalizersAfter(kind, object, context);
  const warnings = [...remarks, ...warningsOf(kind, context)];
  if (grace === 0 && finalizers.length === 0) {
    if (!dryRun) erase(objects, kind, object);
    return { ok: true, value: { object, deleted: true, warnings } };
  }
  const marked = mark(object, grace, finalizers, context.now);
  const stored = dryRun || marked === object ? marked : objects.put(kind, marked);
  return { ok: true, value: { object: stored, deleted: false, warnings } };
}

function warningsOf(kind: Kind, { propagationPolicy }: RemoveContext): string[] {
  return resourceOf(kind) === 'jobs.batch' && propagationPolicy === undefined
    ? [
        'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
      ]
    : [];
}

/** Takes the object away, and what belonged to it alone. */
export function erase(objects: Draft, kind: Kind, object: KubeObject): void {
  const { namespace = '', name } = object.metadata;
  objects.remove(kind, namespace, name);
  if (resourceOf(kind) === resourceOf(CustomResourceDefinition)) eraseCustomResources(objects, object as CustomResourceDefinition);
  if (resourceOf(kind) !== resourceOf(Service)) return;
  for (const address of addressesOf(object as Service)) objects.remove(IPAddress, '', address);
  objects.remove(Endpoints, namespace, name);
}

/** Without its definition a resource is gone, and all of its objects with it. */
function eraseCustomResources(objects: Draft, definition: CustomResourceDefinition): void {
  const custom = customKindsOf(definition)[0]?.kind;
  if (custom === undefined) return;
  for (const { metadata } of [...objects.list(custom)]) objects.remove(custom, metadata.namespace ?? '', metadata.name);
}

/** Seconds that a pod has to end by itself; none when it does not run (podStrategy.CheckGracefulDelete). */
function graceOf({ metadata, spec, status }: Pod, asked: number | undefined): number {
  if ((spec.nodeName ?? '') === '' || status.phase === 'Failed' || status.phase === 'Succeeded') return 0;
  const seconds = asked ?? spec.terminationGracePeriodSeconds ?? 30;
  const period = seconds < 0 ? 1 : seconds;
  // What has begun can only get shorter.
  const left = metadata.deletionTimestamp === undefined ? undefined : metadata.deletionGracePeriodSeconds;
  return left === undefined ? period : Math.min(left, period);
}

function finalizersAfter(kind: Kind, { metadata }: KubeObject, { propagationPolicy }: RemoveContext): readonly string[] {
  const policy = propagationPolicy ?? (resourceOf(kind) === 'jobs.batch' ? 'Orphan' : undefined);
  const present = metadata.finalizers ?? [];
  if (policy === undefined) return present;
  const others = present.filter((one) => one !== finalizerOf.Orphan && one !== finalizerOf.Foreground);
  return policy === 'Background' ? others : [...others, finalizerOf[policy]];
}

function mark(object: KubeObject, grace: number, finalizers: readonly string[], now: number): KubeObject {
  const { metadata } = object;
  const isMarked = metadata.deletionTimestamp !== undefined;
  if (isMarked && (metadata.deletionGracePeriodSeconds ?? 0) <= grace && finalizers.length === (metadata.finalizers ?? []).length)
    return object;
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(finalizers.length > 0 && { finalizers }),
      deletionTimestamp: rfc3339(now + grace * 1000),
      deletionGracePeriodSeconds: grace,
      ...((metadata.generation ?? 0) > 0 && !isMarked && { generation: metadata.generation! + 1 }),
    },
  };
}

/** A namespace is marked first; what is in it goes, and then its own finalizer. (pkg/registry/core/namespace/storage/storage.go) */
function removeNamespace(objects: Draft, namespace: Namespace, { now, dryRun = false }: RemoveContext): Removal {
  const { metadata, spec } = namespace;
  if (metadata.deletionTimestamp !== undefined) {
    if ((spec?.finalizers ?? []).length === 0 && (metadata.finalizers ?? []).length === 0) {
      if (!dryRun) erase(objects, Namespace, namespace);
      return { ok: true, value: { object: namespace, deleted: true, warnings: [] } };
    }
    const detail =
      'The system is ensuring all content is removed from this namespace.  Upon completion, this namespace will automatically be purged by the system.';
    return refuse(conflict(Namespace, metadata.name, detail));
  }
  const marked: Namespace = {
    ...namespace,
    metadata: { ...metadata, deletionTimestamp: rfc3339(now) },
    status: { ...namespace.status, phase: 'Terminating' },
  };
  return { ok: true, value: { object: dryRun ? marked : objects.put(Namespace, marked), deleted: false, warnings: [] } };
}
