/** The templates that DaemonSets and StatefulSets have had (pkg/controller/history). */
import { isEqual } from '#kube/equal.ts';
import type { Kind } from '#kube/kind.ts';
import { ControllerRevision } from '#kube/kinds/controller-revision.ts';
import type { DaemonSet } from '#kube/kinds/daemon-set.ts';
import type { StatefulSet } from '#kube/kinds/stateful-set.ts';
import type { ControlPlane } from './controller.ts';
import { hashOf } from './pod-template.ts';
import { controllerReference, createObject, isControlledBy } from './write.ts';

/** The hash of the set's template: of the revision that has kept it, whoever made that, or a new one. */
export function templateHash({ objects }: ControlPlane, set: DaemonSet | StatefulSet, hashLabel: string): string {
  const kept = objects
    .list(ControllerRevision, set.metadata.namespace)
    .findLast((one) => isControlledBy(one, set) && isEqual(templateIn(one), set.spec.template));
  return kept?.metadata.labels?.[hashLabel] ?? hashOf(set.spec.template);
}

function templateIn({ data }: ControllerRevision): object | undefined {
  const { $patch: _, ...template } =
    (data as { readonly spec?: { readonly template?: { readonly $patch?: string } } }).spec?.template ?? {};
  return template;
}

/** The revision by which a set's present template is kept. */
export function revisionFor<T extends DaemonSet | StatefulSet>(kind: Kind<T>, set: T, hash: string, hashLabel: string, revision: number) {
  const { name, namespace, annotations } = set.metadata;
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${name}-${hash}`,
      namespace: namespace!,
      labels: { ...set.spec.template.metadata?.labels, [hashLabel]: hash },
      ...(annotations !== undefined && !isEqual(annotations, {}) && { annotations }),
      ownerReferences: [controllerReference(kind, set)],
    },
    data: { spec: { template: { ...set.spec.template, $patch: 'replace' } } },
    revision,
  };
}

/** Keeps the set's present template as its latest revision: a new one, or an old one that it has come back to. */
export function keepRevision<T extends DaemonSet | StatefulSet>(
  plane: ControlPlane,
  kind: Kind<T>,
  set: T,
  hash: string,
  hashLabel: string,
): void {
  const { objects } = plane;
  const { name, namespace } = set.metadata;
  const revisions = objects.list(ControllerRevision, namespace).filter((one) => isControlledBy(one, set));
  const latest = Math.max(0, ...revisions.map((one) => one.revision));
  const revisionName = `${name}-${hash}`;
  const known = revisions.find((one) => one.metadata.name === revisionName);
  if (known !== undefined) {
    if (known.revision < latest) objects.put(ControllerRevision, { ...known, revision: latest + 1 });
    return;
  }
  createObject(plane, ControllerRevision, revisionFor(kind, set, hash, hashLabel, latest + 1));
  // Those that no pod has any more go once there are too many of them.
  const most = set.spec.revisionHistoryLimit ?? 10;
  const old = revisions.toSorted((a, b) => a.revision - b.revision).slice(0, Math.max(0, revisions.length - most));
  for (const one of old) objects.remove(ControllerRevision, namespace!, one.metadata.name);
}
