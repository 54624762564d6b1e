import type { Controller, Component, ControlPlane } from './controller.ts';
import { controllers as all } from './controllers/index.ts';

/** Runs controllers again and again; each is skipped while nothing it reads has changed since it ran, in the same life of its process. */
export class Reconciler {
  readonly #seen = new Map<Controller, readonly unknown[]>();
  readonly #lives = new Map<Component, string>();
  readonly #ranAt = new Map<Controller, number>();
  readonly #controllers: readonly Controller[];

  constructor(controllers: readonly Controller[] = all) {
    this.#controllers = controllers;
  }

  /**
   * One round of every controller whose component runs; reports whether any of them had a reason to look. `lifeOf` tells which of its lives
   * a component is in: one that has started again lists everything anew.
   */
  round(plane: ControlPlane, lifeOf: (component: Component) => string | undefined): boolean {
    let looked = false;
    const lives = new Map<Component, string | undefined>();
    for (const controller of this.#controllers) {
      const { component } = controller;
      if (!lives.has(component)) lives.set(component, lifeOf(component));
      const life = lives.get(component);
      if (life === undefined) continue;
      if (this.#lives.get(component) !== life) {
        for (const one of this.#controllers) if (one.component === component) this.#seen.delete(one);
        this.#lives.set(component, life);
      }
      const seen = this.#seen.get(controller);
      const same = seen !== undefined && controller.reads.every((kind, i) => plane.objects.revision(kind) === seen[i]);
      if (same && (this.#ranAt.get(controller) === plane.now || controller.timed?.(plane) !== true)) continue;
      const before = controller.reads.map((kind) => plane.objects.revision(kind));
      controller.reconcile(plane);
      this.#seen.set(controller, before);
      this.#ranAt.set(controller, plane.now);
      looked = true;
    }
    return looked;
  }
}
