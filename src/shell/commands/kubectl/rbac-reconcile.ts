/** What `kubectl auth reconcile` makes of a role or binding and the one that is there (staging:component-helpers/auth/rbac/reconciliation). */
import { canonical } from '#kube/equal.ts';
import type { KubeObject } from '#kube/object.ts';

interface RbacObject extends KubeObject {
  readonly rules?: readonly unknown[] | null;
  readonly subjects?: readonly unknown[];
}

export interface ReconcileOptions {
  readonly removeRules: boolean;
  readonly removeSubjects: boolean;
}

export function reconciled(
  wanted: RbacObject,
  live: RbacObject | undefined,
  { removeRules, removeSubjects }: ReconcileOptions,
): KubeObject {
  if (live === undefined) return wanted;
  const union = (kept: readonly unknown[] = [], added: readonly unknown[] = []) => {
    const known = new Set(kept.map(canonical));
    return [...kept, ...added.filter((one) => !known.has(canonical(one)))];
  };
  const metadata = {
    ...live.metadata,
    ...(wanted.metadata.labels !== undefined && { labels: { ...wanted.metadata.labels, ...live.metadata.labels } }),
    ...(wanted.metadata.annotations !== undefined && { annotations: { ...wanted.metadata.annotations, ...live.metadata.annotations } }),
  };
  return {
    ...live,
    metadata,
    ...(wanted.rules !== undefined && { rules: removeRules ? wanted.rules : union(live.rules ?? [], wanted.rules ?? []) }),
    ...(wanted.subjects !== undefined && { subjects: removeSubjects ? wanted.subjects : union(live.subjects, wanted.subjects) }),
  } as KubeObject;
}
