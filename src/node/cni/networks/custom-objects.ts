/** Objects of custom kinds, which networks keep what they know in. There are none of a kind that nobody has defined. */
import type { Draft, Objects } from '#kube/cluster.ts';
import { isEqual } from '#kube/equal.ts';
import type { Kind } from '#kube/kind.ts';
import { kindOf } from '#kube/kinds/lookup.ts';
import { kindsOf } from '#kube/kinds/served.ts';
import type { KubeObject } from '#kube/object.ts';
import { rfc3339 } from '#kube/time.ts';

export interface CustomObject extends KubeObject {
  readonly spec?: Readonly<Record<string, unknown>>;
}

export function customKind(objects: Objects, apiVersion: string, kind: string): Kind<CustomObject> | undefined {
  return kindOf(kindsOf(objects), apiVersion, kind) as Kind<CustomObject> | undefined;
}

/** Stores the object: a new one gets its identity, one that is there its new spec. Nothing is written when it says what is there. */
export function putCustom(objects: Draft, kind: Kind<CustomObject>, object: CustomObject, now: number): void {
  const old = objects.get(kind, object.metadata.namespace ?? '', object.metadata.name);
  if (old === undefined) {
    const uid = objects.uid(`${object.kind}/${object.metadata.name}`);
    objects.put(kind, { ...object, metadata: { ...object.metadata, uid, creationTimestamp: rfc3339(now), generation: 1 } });
  } else if (!isEqual(old.spec, object.spec))
    objects.put(kind, {
      ...old,
      metadata: { ...old.metadata, generation: (old.metadata.generation ?? 1) + 1 },
      ...(object.spec !== undefined && { spec: object.spec }),
    });
}
