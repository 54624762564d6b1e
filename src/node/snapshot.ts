import type { Cluster } from '#kube/cluster.ts';
import type { NodeName } from '#kube/names.ts';
import type { RememberedAddress, TrackedConnection } from './conntrack.ts';
import type { Host } from './host.ts';

/** Everything there is, at one moment: the API's objects and the machines. What packets and names do follows from it. */
export interface Snapshot {
  readonly cluster: Cluster;
  readonly hosts: ReadonlyMap<NodeName, Host>;
  /** The simulated time, Unix milliseconds. */
  readonly now: number;
  /** Connections that programs have made and kernels still know, the newest first. */
  readonly connections?: readonly TrackedConnection[];
  /** What rules have noted of them, the newest first. */
  readonly remembered?: readonly RememberedAddress[];
}
