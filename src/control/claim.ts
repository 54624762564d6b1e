/** Whose objects are whose: a set's are those that its selector fits (pkg/controller/controller_ref_manager.go). */
import type { Kind } from '#kube/kind.ts';
import type { LabelSelector } from '#kube/kinds/label-selector.ts';
import { controllerOf, type KubeObject } from '#kube/object.ts';
import { matchesLabels } from '#kube/selector.ts';
import type { ControlPlane } from './controller.ts';
import { controllerReference } from './write.ts';

type Selecting = KubeObject & { readonly spec: { readonly selector?: LabelSelector } };

/**
 * The objects of `candidates` that `owner` controls from now on. One that fits and has no controller is taken over; one whose labels do
 * not fit any more is let go, and lives on without a controller. An owner that is being deleted does neither. `isMember` is what a kind
 * asks besides its selector.
 */
export function claim<T extends KubeObject>(
  plane: ControlPlane,
  [ownerKind, owner]: readonly [Kind, Selecting],
  kind: Kind<T>,
  candidates: readonly T[],
  isMember: (one: T) => boolean = () => true,
): readonly T[] {
  const { uid, deletionTimestamp } = owner.metadata;
  const write = (one: T, ownerReferences: T['metadata']['ownerReferences']) => {
    const { ownerReferences: _, ...metadata } = one.metadata;
    return plane.objects.put(kind, {
      ...one,
      metadata: { ...metadata, ...(ownerReferences !== undefined && ownerReferences.length > 0 && { ownerReferences }) },
    });
  };
  return candidates.flatMap((one) => {
    const references = one.metadata.ownerReferences ?? [];
    const controller = controllerOf(one);
    if (controller !== undefined && controller.uid !== uid) return [];
    const fits = matchesLabels(owner.spec.selector, one.metadata.labels) && isMember(one);
    if (controller !== undefined) {
      if (fits) return [one];
      if (deletionTimestamp === undefined)
        write(
          one,
          references.filter((reference) => reference.uid !== uid),
        );
      return [];
    }
    if (!fits || deletionTimestamp !== undefined || one.metadata.deletionTimestamp !== undefined) return [];
    return [write(one, [...references, controllerReference(ownerKind, owner)])];
  });
}
