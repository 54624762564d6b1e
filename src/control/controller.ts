import type { Draft } from '#kube/cluster.ts';
import type { Kind } from '#kube/kind.ts';

/** What a controller is given: the objects, and what time it is. */
export interface ControlPlane {
  readonly objects: Draft;
  /** Unix milliseconds. */
  readonly now: number;
  /** UIDs of owners that are not among the objects and yet are there: whoever read the cluster has not asked for them. */
  readonly unseen?: ReadonlySet<string>;
}

/** The process a controller lives in: it does nothing while that process is down. */
export type Component = 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler';

/** A part of the control plane that makes objects follow other objects. It must write nothing when all is as it should be. */
export interface Controller {
  /** As `kube-controller-manager --controllers` lists it: `endpointslice-controller`. */
  readonly name: string;
  readonly component: Component;
  /** Skipped while none of these kinds has changed since it last ran, unless time has passed. */
  readonly reads: readonly Kind[];
  /** Reports whether it waits for something that time alone brings: then it also runs when only the clock has moved. */
  timed?(plane: ControlPlane): boolean;
  reconcile(plane: ControlPlane): void;
}
