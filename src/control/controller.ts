import type { Draft } from '#kube/cluster.ts';
import type { Kind } from '#kube/kind.ts';

/** What a controller is given: the objects, and what time it is. */
export interface ControlPlane {
  readonly objects: Draft;
  /** Unix milliseconds. */
  readonly now: number;
}

/** A part of the control plane that makes objects follow other objects. It must write nothing when all is as it should be. */
export interface Controller {
  readonly name: string;
  /** The component whose running it needs: a controller does nothing while that static pod is down. */
  readonly component: 'kube-controller-manager' | 'kube-scheduler' | 'cloud' | 'cni' | 'addon';
  /** Skipped while none of these kinds has changed since it last ran. */
  readonly reads: readonly Kind[];
  reconcile(plane: ControlPlane): void;
}
