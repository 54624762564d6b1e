/** What a CoreDNS plugin is, and what it is given. (coredns: plugin/plugin.go, core/dnsserver/config.go) */
import { hostPort } from '#net/ip.ts';
import type { Objects } from '#kube/cluster.ts';
import type { Outcome, Query, Reply, ServerAddress } from '../dns/message.ts';
import type { Rcode, RecordType } from '../dns/type.ts';
import { CorefileError, Dispenser } from './corefile/dispenser.ts';
import type { Token } from './corefile/lexer.ts';
import { normalizeHost } from './zone.ts';

export interface CorednsFiles {
  /** The text of a file; undefined when there is none, or when it is a directory. */
  read(path: string): string | undefined;
  isDirectory(path: string): boolean;
  /** The paths a pattern with `*` or `?` matches, sorted. */
  glob(pattern: string): readonly string[];
}

/** What CoreDNS's informers have been told by the API server. */
export interface KubernetesApi {
  /** What they hold now. The same value while nothing changes: indexes are kept by it. */
  objects(): Objects;
  /** When a Service, endpoint or Namespace last changed; Unix milliseconds. 0 before anything was heard. */
  modified(): number;
  /** Reports whether all lists have been received. */
  synced(): boolean;
  /** Why not, one cause for each kind that cannot be listed. */
  failures(): readonly string[];
}

/** The process's surroundings: the pod it runs in, and the network around it. */
export interface Environment {
  /** `1.13.1` */
  readonly version: string;
  readonly files: CorednsFiles;
  readonly env: ReadonlyMap<string, string>;
  /** The addresses of its network namespace, without loopback. */
  readonly addresses: readonly string[];
  /** Network interfaces by name, with their addresses. */
  readonly interfaces: ReadonlyMap<string, readonly string[]>;
  /** undefined where there is no service account: outside a pod. */
  readonly kubernetes: KubernetesApi | undefined;
  /** Sends a message to another server and says what comes back; `at` is Unix milliseconds. */
  readonly upstream: (query: Query, server: ServerAddress, at: number) => Outcome;
  /** Why a port cannot be listened on (`address already in use`), or undefined. */
  readonly listenError: (ip: string, port: number) => string | undefined;
  /** What random choices are drawn from. */
  readonly seed: string;
  /** The processors the container may use. */
  readonly processors: number;
  /** The scenario's or the image's `-conf`, `-dns.port` and other arguments. */
  readonly args: readonly string[];
}

export interface LogLine {
  /** Unix milliseconds. */
  readonly at: number;
  readonly text: string;
}

/** The process ends at once, having written this line. */
export class FatalExit extends Error {}

/** What is shared by everything that is done for one message of a client. */
export interface Call {
  /** When it came in; Unix milliseconds. */
  readonly receivedAt: number;
  /** How long it has taken until now, in milliseconds. */
  elapsed: number;
  readonly log: LogLine[];
  /** Nested lookups, so that they do not chase each other for ever. */
  depth: number;
}

export interface Request {
  /** What is asked. Plugins put another query in its place (rewrite), which those that called them see too, as in CoreDNS. */
  query: Query;
  readonly client: ServerAddress;
  /** Where the server listens that received it. */
  readonly local: ServerAddress;
  readonly call: Call;
  /** Looks a name up through the whole server again, as for a CNAME's target; undefined when nothing was answered. */
  lookup(name: string, type: RecordType): Reply | undefined;
}

/** The current time of a request: Unix milliseconds. */
export function nowOf(request: Request): number {
  return request.call.receivedAt + request.call.elapsed;
}

/** The name in question, in lower case. */
export function nameOf(request: Request): string {
  return request.query.question.name.toLowerCase();
}

export function logTo(request: Request, text: string): void {
  request.call.log.push({ at: nowOf(request), text });
}

/** What a chain of plugins has done: a reply if one was written, a code for the server to answer with if not, and perhaps an error to log. */
export interface Result {
  readonly rcode: Rcode;
  readonly reply?: Reply;
  readonly error?: string;
}

export type Handler = (request: Request) => Result;

export interface Plugin {
  readonly name: string;
  /** Answers, or hands the request on to `next`. */
  serve(request: Request, next: Handler): Result;
}

export function written(reply: Reply): Result {
  return { rcode: reply.rcode, reply };
}

/** Reports whether a chain that returned this code has answered the client itself (plugin.ClientWrite). */
export function clientWritten(rcode: Rcode): boolean {
  return rcode !== 'SERVFAIL' && rcode !== 'REFUSED' && rcode !== 'FORMERR' && rcode !== 'NOTIMP';
}

/** Something a plugin adds to a block beside answering. */
export interface BlockHooks {
  /** Runs when all directives are read and the servers made; a returned text ends the start with that error. */
  start?(context: StartContext): string | undefined;
  /** Runs when the zones have been announced. */
  started?(context: StartContext): void;
  /** Runs last of all. */
  running?(context: StartContext): void;
  /** Asks the server something once it is up; returns the line it dies with, if it must. */
  probe?(ask: (query: Query, from: ServerAddress) => unknown): string | undefined;
  /** Reports whether the plugin can do its work (`ready`); absent: it always can. */
  isReady?(): boolean;
  /** Answers HTTP on a port of its own. */
  http?: HttpListener;
  /** Lines at the end, after a signal. */
  stop?(): readonly string[];
}

export interface HttpListener {
  readonly ip: string;
  readonly port: number;
  get(path: string, at: number): HttpReply;
}

export interface HttpReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** What the server writes about it. */
  readonly log: readonly string[];
}

export interface StartContext {
  /** Unix milliseconds; moves on while the start waits. */
  now: number;
  /** Writes a line. */
  log(text: string): void;
  /** Has the configuration looked at again and again; seconds. */
  reload(interval: number, jitter: number): void;
}

/** A server block under construction. */
export interface Block {
  readonly zones: readonly { readonly transport: string; readonly zone: string; readonly port: string }[];
  listenHosts: string[];
  root: string;
  debug: boolean;
  readonly plugins: Plugin[];
  readonly hooks: (BlockHooks & { readonly name: string })[];
  /** A plugin that other plugins of the block ask for (`autopath @kubernetes`). */
  readonly offers: Map<string, unknown>;
  /** Whether a client's request belongs to this block, and what the view is called. */
  view?: { readonly name: string; matches(request: Request): boolean };
}

/** A directive's words, with the block it stands in. */
export class Setup extends Dispenser {
  readonly block: Block;
  readonly environment: Environment;
  /** The whole server: what plugins count and tell (`prometheus`). */
  readonly server: ServerParts;

  constructor(fileName: string, tokens: readonly Token[], block: Block, environment: Environment, server: ServerParts) {
    super(fileName, tokens);
    this.block = block;
    this.environment = environment;
    this.server = server;
  }

  /** The zones of the arguments, or of the server block when there are none; normalized. */
  zonesOr(args: readonly string[]): string[] {
    return args.length > 0 ? args.flatMap((zone) => normalizeHost(zone)) : this.block.zones.map(({ zone }) => zone.toLowerCase());
  }

  add(plugin: Plugin): void {
    this.block.plugins.push(plugin);
  }

  hook(name: string, hooks: BlockHooks): void {
    this.block.hooks.push({ name, ...hooks });
  }

  /** Writes a line while the Corefile is read. */
  log(text: string): void {
    this.server.log(text);
  }
}

/** What the plugins of all blocks share. */
export interface ServerParts {
  log(text: string): void;
  readonly metrics: Metrics & { page(at: number): string };
  /** The plugins that have been set up, of all blocks. */
  readonly blocks: readonly Block[];
}

/** One line of the page of metrics. */
export interface Series {
  value: number;
}

export interface Metrics {
  /** The line of a counter or gauge with these labels: always the same object, for those who count often. */
  series(name: string, labels?: Readonly<Record<string, string>>): Series;
  /** Adds to a counter. */
  count(name: string, labels?: Readonly<Record<string, string>>, amount?: number): void;
  /** Adds an observation to a histogram. */
  observe(name: string, labels: Readonly<Record<string, string>>, value: number): void;
  set(name: string, labels: Readonly<Record<string, string>>, value: number): void;
  /** Calls back before the page is read, for what goes on by itself; `at` is Unix milliseconds. */
  beforeRead(update: (at: number) => void): void;
}

/** One of CoreDNS's plugins: the directive it is called by, and what that directive makes. */
export interface CorednsPlugin {
  readonly name: string;
  /** Reads the directive's words and adds to the block. Throws {@link CorefileError}; the plugin's name is put in front of its text. */
  setup(setup: Setup): void;
}

export function once(): CorefileError {
  return new CorefileError('this plugin can only be used once per Server Block');
}

export { CorefileError };

/** `10.0.0.1:53`, `[fd00::1]:53`. */
export function addressText({ ip, port }: ServerAddress): string {
  return hostPort(ip, port);
}
