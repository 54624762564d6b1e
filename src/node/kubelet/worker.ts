/** What the kubelet works on pods with. */
import type { KubeObject } from '#kube/object.ts';
import type { Kind } from '#kube/kind.ts';
import { type Pod } from '#kube/kinds/pod.ts';
import type { Occurrence } from '#kube/record-event.ts';
import type { Result } from '#kube/status.ts';
import type { Change } from '../change.ts';
import type { Host, PodNetwork, Sandbox } from '../host.ts';
import type { Programs } from '../program.ts';

/** The runtime's network side, as the kubelet sees it. */
export interface PodNetworking {
  /** Why no pod can be connected (`NetworkReady=false …`); undefined when all is well. */
  notReady(host: Host): string | undefined;
  add(change: Change, host: Host, pod: Pod, sandboxId: string): { readonly host: Host; readonly result: Result<PodNetwork, string> };
  remove(change: Change, host: Host, sandbox: Sandbox): { readonly host: Host; readonly error?: string };
}

/** The pod's resolv.conf with the events of what had to be cut, or why there is none. */
export type PodResolvConf = { readonly text: string; readonly events: readonly Occurrence[] } | { readonly error: string };

export interface PodWorker {
  readonly programs: Programs;
  readonly networking: PodNetworking;
  readonly minorVersion: number;
  /** Images that cannot be pulled. */
  readonly missingImages: ReadonlySet<string>;
  resolvConf(change: Change, host: Host, pod: Pod): PodResolvConf;
  /** Whether the API server can be reached from this host. */
  readonly connected: boolean;
  /** While a cluster that was found is made to run. */
  readonly found?: FoundPods;
  /** Has the API server create an object for a program that runs in a container. */
  createObject?(change: Change, kind: Kind, object: KubeObject): void;
}

/** Pods that run already, as they were found. */
export interface FoundPods {
  /** By `<namespace>/<name>`. */
  readonly pods: ReadonlyMap<string, Pod>;
  /** Those that run here by now. */
  readonly done: Set<string>;
  /** Programs whose start would fail wait for others: what they start from may be on its way. */
  readonly patient: boolean;
}

/** When the next thing will happen to this pod by itself; Infinity: never. */
export type Due = number;

/** When something is to come by itself. */
export interface Outlook {
  /** When the next thing will happen that is worth waiting for. */
  readonly due: Due;
  /** Whoever looks again before has seen it all, if nothing else has changed. */
  readonly until: number;
}

export const never: Outlook = { due: Infinity, until: Infinity };

export function earlier(a: Outlook, b: Outlook): Outlook {
  return { due: Math.min(a.due, b.due), until: Math.min(a.until, b.until) };
}

/** Records an event about the container at hand. */
export type Tell = (what: Occurrence) => void;
