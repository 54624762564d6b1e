import type { Kind } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';

/** What the API server adds to the objects of a kind before anybody looks at them. */
export interface Defaulter<T extends KubeObject = KubeObject> {
  readonly kind: Kind<T>;
  /** `minorVersion` is 36 of v1.36. */
  fill(object: T, minorVersion: number): T;
}

/** A defaulter among others, whatever its kind. */
export function defaulter<T extends KubeObject>(kind: Kind<T>, fill: (object: T, minorVersion: number) => T): Defaulter {
  return { kind, fill } as Defaulter<T> as unknown as Defaulter;
}
