import type { Draft } from '#kube/cluster.ts';
import type { NodeName } from '#kube/names.ts';
import type { Host } from './host.ts';

/** A snapshot under change: what the API holds, the machines, and the time. Hosts are values; setting one in the map replaces it. */
export interface Change {
  readonly objects: Draft;
  readonly hosts: Map<NodeName, Host>;
  /** Unix milliseconds. */
  now: number;
}
