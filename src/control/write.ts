/** How controllers write: creations pass admission like anybody's, and what is as it should be is not written again. */
import { isEqual } from '#kube/equal.ts';
import type { Kind } from '#kube/kind.ts';
import type { KubeObject, OwnerReference } from '#kube/object.ts';
import { apiVersionOf } from '#kube/kind.ts';
import { minorVersionOf } from '#kube/settings.ts';
import type { Result, Status } from '#kube/status.ts';
import { create, remove, update, type Webhook } from './admit.ts';
import type { ControlPlane } from './controller.ts';
import { withDefaults } from './defaults/index.ts';

/** An object that defaulting will complete. */
export interface Incomplete {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Partial<KubeObject['metadata']>;
  readonly [field: string]: unknown;
}

/** Creates an object as a controller would, defaults and admission included. */
export function createObject<T extends KubeObject>(
  plane: ControlPlane,
  kind: Kind<T>,
  object: Incomplete,
  webhooks: readonly Webhook[] = [],
): Result<T, Status> {
  const minorVersion = minorVersionOf(plane.objects);
  const defaulted = withDefaults(kind, object as KubeObject, minorVersion) as T;
  const result = create(plane.objects, kind, defaulted, { now: plane.now, minorVersion, webhooks });
  return result.ok ? { ok: true, value: result.value.object as T } : result;
}

/** Replaces an object's desired state as a controller would; nothing is written when it says the same. */
export function updateObject<T extends KubeObject>(plane: ControlPlane, kind: Kind<T>, old: T, next: T): T {
  if (isEqual(old, next)) return old;
  const result = update(plane.objects, kind, old, next, { now: plane.now, minorVersion: minorVersionOf(plane.objects) });
  return result.ok ? (result.value.object as T) : old;
}

/** Replaces an object's status, and only when it differs. */
export function putStatus<T extends KubeObject & { readonly status?: unknown }>(
  plane: ControlPlane,
  kind: Kind<T>,
  old: T,
  status: T['status'],
): T {
  return isEqual(old.status, status) ? old : plane.objects.put(kind, { ...old, status });
}

/** Replaces an object as it is, without admission, and only when it differs: labels and annotations that a controller keeps. */
export function putIfChanged<T extends KubeObject>(plane: ControlPlane, kind: Kind<T>, old: T, next: T): T {
  return isEqual(old, next) ? old : plane.objects.put(kind, next);
}

/** Deletes an object; without another policy in the background, as controllers do. */
export function deleteObject<T extends KubeObject>(
  plane: ControlPlane,
  kind: Kind<T>,
  object: T,
  propagationPolicy: 'Background' | 'Foreground' = 'Background',
): void {
  const { namespace = '', name } = object.metadata;
  const minorVersion = minorVersionOf(plane.objects);
  remove(plane.objects, kind, namespace, name, { now: plane.now, minorVersion, propagationPolicy });
}

/** The reference that makes `owner` the controller of what it creates (metav1.NewControllerRef). */
export function controllerReference(kind: Kind, owner: KubeObject): OwnerReference {
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid!,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Reports whether `owner` is the controller of `object`. */
export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return object.metadata.ownerReferences?.some((one) => one.controller === true && one.uid === owner.metadata.uid) ?? false;
}
