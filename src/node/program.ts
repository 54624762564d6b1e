/** What runs in a container, seen from outside: the room `workloads/` has one for each known image, and the lab hands them to the kubelet. */
import type { Objects } from '#kube/cluster.ts';
import type { Container } from '#kube/kinds/container.ts';
import type { Kind } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import type { Flow } from '#net/flow.ts';
import type { Change } from './change.ts';
import type { ContainerRun, Host, Listener, LogLine, Sandbox } from './host.ts';

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
  /** Creates an object through the API server, which may refuse it; absent where the API is only read. */
  create?(kind: Kind, object: KubeObject): void;
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
  /** The runtime cannot start it, and says why. */
  readonly fails?: string;
  /** It is a command line whose course is not plain from its words: a shell that carries it out tells what it writes and when it ends. */
  readonly executes?: readonly string[];
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
  /** What stands behind it in the status line; RFC 9110's phrase when absent. */
  readonly reason?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Spoken over HTTP/2, where the client can. */
  readonly http2?: boolean;
  /** What a proxy made of the request. */
  readonly proxied?: Proxied;
  /** Lines that the server writes about it into its container's log. */
  readonly logs?: readonly { readonly stream: LogLine['stream']; readonly text: string }[];
}

/** A part of a packet's walk. */
export interface Passage {
  readonly node: string;
  readonly at: string;
  readonly action: string;
  readonly because: string;
  readonly packet: Flow;
}

/** What a proxy made of a request. */
export interface Proxied {
  /** `NAMESPACE/SERVICE:PORT` of the chosen backend; null where none was chosen. */
  readonly backend: string | null;
  /** The target and the headers that the backend receives. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What decided, in order. */
  readonly because: readonly string[];
  /** The walk to the backend. */
  readonly passages: readonly Passage[];
  /** Milliseconds that the backend was waited for. */
  readonly waited: number;
}

/** How a connection that a program opened ended. */
export interface Reached {
  readonly outcome: 'connected' | 'refused' | 'timeout' | 'unreachable';
  /** What the server answered; undefined where it speaks no HTTP. */
  readonly response?: HttpResponse;
  readonly passages: readonly Passage[];
}

/** What a serving program can do in the network it is in. */
export interface Outbound {
  /** Opens a connection and asks one thing. */
  ask(address: string, port: number, request: Omit<HttpRequest, 'source' | 'port'>): Reached;
  /** The addresses of a name. */
  resolve(name: string): readonly string[];
  /** A number below `bound`, another one for each request. */
  draw(bound: number): number;
}

/** What an admission webhook is asked about. (admission.k8s.io/v1 AdmissionReview) */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly object: KubeObject;
  readonly old?: KubeObject;
  readonly dryRun: boolean;
}

export interface AdmissionResponse {
  /** Why it is not allowed; absent: it is. */
  readonly message?: string;
  readonly warnings: readonly string[];
  readonly logs: readonly string[];
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
   * What its work, and its answers to probes, depend on beside ConfigMaps, Secrets and the files of its volumes: while that is the same,
   * it has nothing to do. Absent: it looks itself, whenever anybody does.
   */
  actsOn?(objects: Objects, host: Host): readonly unknown[];
  /** When it acts again though all that is the same; absent: never. Unix milliseconds. */
  actsAgain?(context: ContainerContext, run: ContainerRun): number;
  /** What it listens on now, where that changes while it runs; absent: what it listened on from its start. */
  listensOn?(context: ContainerContext, run: ContainerRun): readonly Listener[];
  /**
   * Makes anew what a running program keeps beside its run, in another process of this computer that goes on where one has stopped.
   * False when what it knew cannot be found again.
   */
  resume?(context: ContainerContext, run: ContainerRun): boolean;
  /** Somebody has undone what happened to a running program since a moment: what it keeps beside its run goes on from there. */
  rewind?(run: ContainerRun, to: { readonly objects: Objects; readonly now: number }): void;
  /** Answers an HTTP request that reached one of its listeners. A probe brings no `outbound`: it asks for nothing that needs one. */
  serve?(context: ContainerContext, request: HttpRequest, outbound?: Outbound): HttpResponse;
  /** Answers an admission review that reached its listener on this port; undefined: it is no webhook there. */
  review?(context: ContainerContext, port: number, request: AdmissionRequest): AdmissionResponse | undefined;
  /** The certificate it shows a client that asks for this host, in PEM; undefined: one it has made for itself. */
  certificate?(context: ContainerContext, port: number, serverName: string | undefined): string | undefined;
  /** Files that it keeps in its container, by path. */
  files?(run: ContainerRun): ReadonlyMap<string, string>;
  /** The last it does when it is told to stop. */
  end?(context: ContainerContext, run: ContainerRun): void;
}

/** The program of an image reference; every image has one, the unknown ones a plain shell. */
export type Programs = (image: string) => Program;
