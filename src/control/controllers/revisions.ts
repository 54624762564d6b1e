/** The history of DaemonSets and StatefulSets: a ControllerRevision a template. (pkg/controller/history/controller_history.go) */
import type { Kind } from '#kube/kind.ts';
import { ControllerRevision } from '#kube/kinds/controller-revision.ts';
import type { DaemonSet } from '#kube/kinds/daemon-set.ts';
import type { StatefulSet } from '#kube/kinds/stateful-set.ts';
import type { ControlPlane } from '../controller.ts';
import { controllerReference, createObject, deleteObject, isControlledBy } from '../write.ts';

/** How many old templates are kept when the set does not say. */
const defaultLimit = 10;

/** Sees to it that the present template is the latest revision; one that comes back is numbered anew. `hashLabel` carries the template's hash. */
export function keepRevision<Set extends DaemonSet | StatefulSet>(
  plane: ControlPlane,
  kind: Kind<Set>,
  set: Set,
  hash: string,
  hashLabel: string,
): void {
  const { objects } = plane;
  const { name, namespace = '', annotations } = set.metadata;
  const revisions = objects
    .list(ControllerRevision, namespace)
    .filter((one) => isControlledBy(one, set))
    .sort((a, b) => a.revision - b.revision);
  const present = revisions.find((one) => one.metadata.name === `${name}-${hash}`);
  const latest = revisions.at(-1);
  if (present !== undefined && present === latest) return;
  const revision = (latest?.revision ?? 0) + 1;
  if (present !== undefined) {
    objects.put(ControllerRevision, { ...present, revision });
    return;
  }
  createObject(plane, ControllerRevision, {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels: { ...set.spec.template.metadata?.labels, [hashLabel]: hash },
      ...(annotations !== undefined && { annotations }),
      ownerReferences: [controllerReference(kind, set)],
    },
    data: { spec: { template: { ...set.spec.template, $patch: 'replace' } } },
    revision,
  });
  const surplus = revisions.length - (set.spec.revisionHistoryLimit ?? defaultLimit);
  for (const old of revisions.slice(0, Math.max(0, surplus))) deleteObject(plane, ControllerRevision, old);
}
