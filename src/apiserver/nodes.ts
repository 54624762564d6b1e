/** What the API server asks kubelets for. A room above hands it in: `handle(lab, request, nodes)`. */
import type { Lab } from '#lab/lab.ts';
import type { Result, Status } from '#kube/status.ts';

/** A container of a pod, on the node the pod is bound to. */
export interface ContainerPlace {
  readonly node: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

export interface LogOptions {
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly sinceSeconds?: number;
  readonly sinceTime?: string;
  readonly tailLines?: number;
  readonly limitBytes?: number;
}

export interface Nodes {
  /**
   * The text of a container's log as the kubelet serves it (pkg/kubelet/server: containerLogs); its refusals in its words, as when the
   * node cannot be reached: `Get "https://…:10250/containerLogs/…": dial tcp …`.
   */
  log(lab: Lab, place: ContainerPlace, options: LogOptions): Result<string, Status>;
}
