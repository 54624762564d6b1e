import type { Controller, Component, ControlPlane } from './controller.ts';
import { controllers as all } from './controllers/index.ts';

/** Runs controllers again and again; each is skipped while nothing it reads has changed since it ran. */
export class Reconciler {
  readonly #seen = new Map<Controller, readonly unknown[]>();
  readonly #ranAt = new Map<Controller, number>();
  readonly #controllers: readonly Controller[];

  constructor(controllers: readonly Controller[] = all) {
    this.#controllers = controllers;
  }

  /** One round of every controller whose component runs; reports whether any of them had a reason to look. */
  round(plane: ControlPlane, isRunning: (component: Component) => boolean): boolean {
    let looked = false;
    for (const controller of this.#controllers) {
      if (!isRunning(controller.component)) continue;
      const revisions = () => controller.reads.map((kind) => plane.objects.revision(kind));
      const seen = this.#seen.get(controller);
      const before = revisions();
      const same = seen !== undefined && before.every((revision, i) => revision === seen[i]);
      if (same && (controller.timed !== true || this.#ranAt.get(controller) === plane.now)) continue;
      controller.reconcile(plane);
      this.#seen.set(controller, before);
      this.#ranAt.set(controller, plane.now);
      looked = true;
    }
    return looked;
  }
}
