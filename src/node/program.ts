/** What runs in a container, seen from outside: the room `workloads/` has one for each known image, and the lab hands them to the kubelet. */
import type { Objects } from '#kube/cluster.ts';
import type { Container } from '#kube/kinds/container.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import type { Change } from './change.ts';
import type { ContainerRun, Host, Listener, Sandbox } from './host.ts';

/** The surroundings of one container. */
export interface ContainerContext {
  readonly change: Change;
  readonly host: Host;
  readonly pod: Pod;
  readonly container: Container;
  readonly sandbox: Sandbox;
  /** Unix milliseconds of this moment, which may lie before `change.now` while a past is caught up with. */
  readonly now: number;
  /** The command line: `command` and `args`, or the image's own. */
  readonly argv: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  /** The text of a file as the container sees it: mounts first, then what was written, then the image. */
  file(path: string): string | undefined;
}

export interface Exit {
  /** Milliseconds after the start. */
  readonly after: number;
  readonly code: number;
  /** `Error` or `Completed` when absent. */
  readonly reason?: string;
  readonly logs?: readonly string[];
}

/** What starting it comes to. */
export interface Started {
  readonly listeners: readonly Listener[];
  /** Lines written at once, to stdout unless they are an object. */
  readonly logs?: readonly (string | { readonly stderr: string })[];
  /** It ends by itself. */
  readonly exit?: Exit;
  /** Texts of the files that were read, by path; a process does not notice later changes unless it watches. */
  readonly loaded?: ReadonlyMap<string, string>;
  /** Milliseconds that SIGTERM takes to end it; absent: it ignores the signal, and is killed after the grace period. */
  readonly stopsAfter?: number;
}

export interface HttpRequest {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The address the connection came from. */
  readonly source: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Program {
  /** Its image's programs, by name: `all` has a shell and every network tool; an empty set has none. */
  readonly tools: 'all' | ReadonlySet<string>;
  /** The image's ENTRYPOINT, which `args` follow. */
  readonly entrypoint: readonly string[];
  /** The image's CMD, which `args` replace. */
  readonly cmd: readonly string[];
  /** Milliseconds that pulling the image takes, and its size in bytes. */
  readonly image: { readonly pull: number; readonly size: number };
  start(context: ContainerContext): Started;
  /** What its start depends on beside ConfigMaps, Secrets and its volumes: a start that has failed is tried again when that has changed. */
  startsFrom?(objects: Objects): readonly unknown[];
  /** What it does while it runs: writes objects and hosts through `context.change`, and nothing when all is as it should be. May replace its own run (logs, loaded files). */
  act?(context: ContainerContext, run: ContainerRun): ContainerRun;
  /**
   * Makes anew what a running program keeps beside its run, in another process of this computer that goes on where one has stopped.
   * False when what it knew cannot be found again.
   */
  resume?(context: ContainerContext, run: ContainerRun): boolean;
  /** Answers an HTTP request that reached one of its listeners. */
  serve?(context: ContainerContext, request: HttpRequest): HttpResponse;
}

/** The program of an image reference; every image has one, the unknown ones a plain shell. */
export type Programs = (image: string) => Program;
