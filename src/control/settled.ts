import type { KubeObject } from '#kube/object.ts';
import type { ControlPlane } from './controller.ts';

/**
 * What a controller has found to be as it should be, object by object, so that it passes that over until something of it changes. Objects
 * and lists are values: what was so with the same ones is so again.
 */
export class Settled<T extends KubeObject> {
  readonly #found = new WeakMap<T, readonly unknown[]>();

  /** Reconciles an object, unless that had nothing to write when `reads`, all that it reads besides the object, were the same. */
  reconcile(plane: ControlPlane, object: T, reads: readonly unknown[], act: () => void): void {
    const known = this.#found.get(object);
    if (known !== undefined && known.every((one, i) => one === reads[i])) return;
    const { counter } = plane.objects;
    act();
    if (plane.objects.counter === counter) this.#found.set(object, reads);
  }
}
