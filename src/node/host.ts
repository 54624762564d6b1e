/** One machine of the cluster, and what the things that run on it remember. A value: a change makes a new one. */
import type { Node } from '#kube/kinds/node.ts';
import type { NodeName } from '#kube/names.ts';
import type { Token } from '#kube/token.ts';
import type { Ip, Port, Prefixed, Protocol } from '#net/ip.ts';
import type { FileTree } from './files.ts';
import type { Kernel } from './kernel.ts';
import type { ProgrammedPolicy } from './network-policy.ts';

export interface JournalLine {
  /** Unix milliseconds. */
  readonly at: number;
  readonly unit: string;
  /** What stands before the brackets: `kubelet[812]:`. */
  readonly identifier: string;
  readonly pid: number;
  readonly message: string;
}

/** A systemd unit as it is now. What it is made of is read from unit files under /lib/systemd/system and /etc/systemd/system. */
export interface UnitState {
  readonly name: string;
  readonly active: 'active' | 'inactive' | 'failed' | 'activating';
  readonly enabled: boolean;
  /** When `active` last changed; Unix milliseconds. */
  readonly since: number;
  readonly pid: number;
  /** How its process ended; 0 for an active unit whose work is done. */
  readonly exitCode?: number;
  /** What ended its process, without `SIG`. */
  readonly signal?: string;
  readonly restarts: number;
  /** The command line it was started with. */
  readonly argv?: readonly string[];
  /** The texts of the files the process read when it started, by path: editing a file changes nothing until a restart. */
  readonly loaded: ReadonlyMap<string, string>;
}

/** A socket that something in a network namespace listens on. */
export interface Listener {
  readonly protocol: Protocol;
  /** `0.0.0.0`, `::` (all families), `127.0.0.1`… */
  readonly address: string;
  readonly port: Port;
  readonly process: string;
  readonly pid: number;
  /** What it speaks: decides what curl gets. `silent` accepts and says nothing. */
  readonly speaks: 'http' | 'https' | 'dns' | 'silent';
  /** It hands what it takes on to somebody else. */
  readonly relay?: Relay;
  /** It hands what it takes on through the API server. */
  readonly tunnel?: Tunnel;
}

/** Where a kubectl leads those who connect to it. */
export type Tunnel =
  /** `port-forward`: into a pod, as long as that has the sandbox of the beginning. */
  | { readonly to: 'pod'; readonly podUid: string; readonly sandboxId: string; readonly port: number; readonly minorVersion: number }
  /** `proxy`: to the API server, as this user; `accepts` are the expressions for the hosts that may be asked for. */
  | { readonly to: 'api'; readonly user: ApiUser; readonly accepts: readonly string[]; readonly rejects: readonly string[] };

/** Whom the API server takes somebody for. */
export interface ApiUser {
  readonly name: string;
  readonly groups: readonly string[];
}

/** A program that somebody has started on a machine and left running there. */
export interface BackgroundProcess {
  readonly pid: number;
  readonly argv: readonly string[];
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly listeners: readonly Listener[];
  /** What it has written since it began to listen. */
  readonly written: readonly { readonly to: 'stdout' | 'stderr'; readonly text: string }[];
  /** How it has ended. */
  readonly ended?: { readonly status: number } | { readonly signal: string };
}

/** Whom a process connects to for those that connect to it. */
export interface Relay {
  /** For whom it does: `shop/web:http`. */
  readonly name: string;
  readonly backends: readonly { readonly ip: Ip; readonly port: Port }[];
  /** So long it sends a client to the same one. */
  readonly stickySeconds?: number;
}

export interface LogLine {
  /** Unix milliseconds. */
  readonly at: number;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

export type ProbeKind = 'Startup' | 'Liveness' | 'Readiness';

/** One life of a container. */
export interface ContainerRun {
  readonly id: string;
  /** 0 for the first life. */
  readonly attempt: number;
  readonly startedAt: number;
  readonly finishedAt?: number;
  readonly exitCode?: number;
  /** `Error`, `Completed`, `OOMKilled`… once finished. */
  readonly reason?: string;
  /** Why the runtime could not start it. */
  readonly message?: string;
  /** What the runtime kept of it was removed by hand. */
  readonly removed?: true;
  readonly logs: readonly LogLine[];
  /** The texts of the files it read when it started, by path. */
  readonly loaded: ReadonlyMap<string, string>;
  /** What its start depended on: revisions of objects, files. */
  readonly startedFrom: readonly unknown[];
  /** Revisions of what a daemon has last acted on, so that it acts again only when something has changed. */
  readonly synced?: readonly unknown[];
  /** Of its probes that fail: how many failures events have told of. */
  readonly failures?: Readonly<Partial<Record<ProbeKind, number>>>;
  /** Probes whose outcome the simulation cannot find by itself: of a container that was found so, what was found stays true of this life. */
  readonly trusted?: readonly ProbeKind[];
  /** Not before this moment does the next life begin, however long the back-off is. */
  readonly notBefore?: number;
  /** How it will end by itself. */
  readonly exit?: { readonly after: number; readonly code: number; readonly reason?: string; readonly logs?: readonly string[] };
  /** A command line whose course is not plain from its words: it goes on until a shell has carried it out. */
  readonly executes?: readonly string[];
  /** Milliseconds that SIGTERM takes to end it; absent: until it is killed. */
  readonly stopsAfter?: number;
}

export interface ContainerState {
  readonly name: string;
  readonly image: string;
  readonly init: boolean;
  /** Waiting for this reason (`ImagePullBackOff`, `CrashLoopBackOff`, `CreateContainerConfigError`…), with a message. */
  readonly waiting?: { readonly reason: string; readonly message?: string };
  /** The current or last life, and the one before it (`kubectl logs --previous`). */
  readonly run?: ContainerRun;
  readonly previous?: ContainerRun;
  readonly restarts: number;
  readonly listeners: readonly Listener[];
  /** The readiness probe's verdict, or that it runs when there is none. */
  readonly ready: boolean;
  /** False while a startup probe has not succeeded. */
  readonly startedOk?: boolean;
  /** When the kubelet first saw the image to be missing, or began to pull it. */
  readonly pullingSince?: number;
  /** Files written inside; the image's and the mounted ones are derived. */
  readonly written: FileTree;
  /** Of a container that was found: how its status names image and runtime, and how it ends, as long as it starts from the same. */
  readonly found?: FoundContainer;
}

/** What the status of a container that was found says of it, which the simulation would say otherwise. */
export interface FoundContainer {
  readonly image: string;
  readonly imageId: string;
  /** `containerd`, `cri-o`… */
  readonly runtime: string;
  /** How each of its lives ends, though the program that is known by its image would run; `follows`: until what it starts from changes. */
  readonly ends?: { readonly exit: NonNullable<ContainerRun['exit']>; readonly follows: boolean };
}

/** A port of the host that leads to one of a container. */
export interface PortMapping {
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly hostIP?: string;
}

/** What the CNI chain returned for a pod. */
export interface PodNetwork {
  readonly ips: readonly { readonly address: Prefixed; readonly gateway?: Ip }[];
  /** The network namespace in `kernel.namespaces`: `''` for hostNetwork. */
  readonly namespace: string;
  readonly networkName: string;
  /** The host ports that it was attached with, which the runtime keeps and tells the plugins when it is taken away. */
  readonly portMappings?: readonly PortMapping[];
}

/** Something that failed for a pod, when it was last tried; and what it depends on of the machine, as that was then. */
export interface Attempt {
  /** Unix milliseconds. */
  readonly at: number;
  /** Tokens of its {@link machineParts}. */
  readonly machine: readonly Token[];
  /** A volume had no source: a ConfigMap or Secret that is not there. */
  readonly unmounted?: boolean;
  /** It was found so, and nobody knows why: it is not tried again before something has changed. */
  readonly found?: true;
}

/** What attempts depend on. */
export const machineParts = ['files', 'kernel', 'units', 'sandboxes'] as const;

/** A pod on this host, as the container runtime knows it. */
export interface Sandbox {
  readonly id: string;
  readonly podUid: string;
  readonly podNamespace: string;
  readonly podName: string;
  readonly createdAt: number;
  readonly network: PodNetwork;
  readonly containers: readonly ContainerState[];
  readonly hostname: string;
  /** Its resolv.conf: what the kubelet wrote into it when the pod was made, or a program of the pod since. */
  readonly resolvConf: string;
  /** Its /etc/hosts, where a program of the pod has written another than the kubelet's. */
  readonly hostsFile?: string;
  /** Since when the pod is being stopped. */
  readonly stoppingSince?: number;
  /** Of a pod that was found: what its status was about. While that is the same, nobody posts another one. */
  readonly found?: string;
}

export interface Host {
  readonly name: NodeName;
  readonly controlPlane: boolean;
  readonly addresses: readonly Ip[];
  /** Unix milliseconds. */
  readonly bootedAt: number;
  readonly files: FileTree;
  readonly units: ReadonlyMap<string, UnitState>;
  /** The files of units as systemd has read them: when it started, when it was told to reload, and of later units when they were first asked for. */
  readonly unitFiles?: FileTree;
  readonly journal: readonly JournalLine[];
  readonly kernel: Kernel;
  /** By pod UID. */
  readonly sandboxes: ReadonlyMap<string, Sandbox>;
  /** Pods whose sandbox could not be made, by UID: when that was last tried. */
  readonly attempts: ReadonlyMap<string, Attempt>;
  /** What runs there beside services and containers; what has ended stays in the list. */
  readonly background?: readonly BackgroundProcess[];
  /** Images that are on this machine. */
  readonly images: ReadonlySet<string>;
  /** What the resolvers know that this machine reaches outside the cluster, as a master file (RFC 1035 §5); absent: none answers. */
  readonly outsideNames?: string;
  /** The NetworkPolicies in force, on a machine whose pod network enforces them. */
  readonly policy?: ProgrammedPolicy;
  /** Of a machine that was found: what is known of it from its Node object. */
  readonly found?: FoundMachine;
}

/** A machine as the Node object of a running cluster describes it. */
export interface FoundMachine {
  /** Absent where no Node object tells. */
  readonly status?: NonNullable<Node['status']>;
  /** When its kubelet was found so: what it says of itself then holds until it starts again. */
  readonly kubeletSince: number;
  /** The texts of static pods' manifests, and the hashes by which the kubelet knows them, by path. */
  readonly manifests: ReadonlyMap<string, { readonly content: string; readonly hash: string }>;
}
