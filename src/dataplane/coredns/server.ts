/**
 * A CoreDNS process: what it makes of its Corefile, and what it answers. (coredns: core/dnsserver/{register,server,onstartup,address}.go,
 * coredns/caddy: caddy.go)
 */
import { familyOf, hostPort, type Ip } from '#net/ip.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import { fqdn, sameName } from '../dns/name.ts';
import { replyTo, type Outcome, type Query, type Question, type Reply, type ServerAddress } from '../dns/message.ts';
import type { Rcode, RecordType } from '../dns/type.ts';
import { CorefileError } from './corefile/dispenser.ts';
import { parseCorefile, type ServerBlock } from './corefile/parse.ts';
import { MetricsRegistry } from './metrics.ts';
import {
  clientWritten,
  nameOf,
  Setup,
  type Block,
  type Call,
  type Environment,
  type Handler,
  type HttpReply,
  type LogLine,
  type Plugin,
  type Request,
  type ServerParts,
  type StartContext,
} from './plugin.ts';
import { plugins, pluginNames } from './plugins/index.ts';
import { atLeast, buildOf } from './release.ts';
import { scrub } from './scrub.ts';
import { sha512 } from '#net/digest.ts';
import { defaultPort, splitHostPort, splitTransport } from './zone.ts';

export interface StartOptions {
  /** What errors call the file: `/etc/coredns/Corefile`. */
  readonly fileName?: string;
  /** The port of server blocks that name none. */
  readonly port?: string;
  /** Says nothing of zones and version. */
  readonly quiet?: boolean;
}

/** Why a server did not come up: what it had written until then, and the line on stderr. It exits with status 1. */
export interface StartFailure {
  readonly log: readonly LogLine[];
  readonly error: string;
}

/** A Corefile's server, with all that it remembers: caches, the health of upstreams, counters. */
export interface CorednsServer {
  readonly corefile: string;
  /** Standard output until the first question. */
  readonly startupLog: readonly LogLine[];
  /** When it answers its first question: later than its start when it waited for the API server. Unix milliseconds. */
  readonly startedAt: number;
  /** Where it listens; `''` is every address. */
  readonly listens: readonly { readonly transport: string; readonly ip: string; readonly port: number }[];
  /** What comes back to a client, and what is logged. `to` is the address the client's packet arrived at. */
  answer(
    query: Query,
    from: ServerAddress,
    at: number,
    to?: ServerAddress,
  ): { readonly outcome: Outcome; readonly log: readonly LogLine[] };
  /** What a GET on one of its HTTP ports returns; undefined where nobody listens. */
  http(ip: string, port: number, path: string, at: number): HttpReply | undefined;
  /** What runs once it is up (the loop plugin's question to itself). `exit` is the status it ended with. */
  afterStart(at: number): { readonly log: readonly LogLine[]; readonly exit?: number };
  /** The lines of an orderly end. */
  stop(signal: 'SIGTERM' | 'SIGINT', at: number): readonly LogLine[];
  /** The sum of the configuration and how often it is looked at, when `reload` is on. */
  readonly reload: { readonly sum: string; readonly interval: number; readonly jitter: number } | undefined;
}

/** One address the server listens on, with the blocks behind it by zone. */
interface Listener {
  readonly transport: string;
  readonly ip: string;
  readonly port: number;
  readonly zones: Map<string, BlockConfig[]>;
}

interface BlockConfig {
  readonly block: Block;
  readonly chain: Handler | undefined;
}

/** The Corefile that stands in when there is no server block at all. */
const emptyCorefile = '.:53 {\nwhoami\nlog\n}\n';

/**
 * Starts a server from a Corefile's text. `at` is now, Unix milliseconds. The failure's text is CoreDNS's own; what cannot start in the simulation
 * for want of an outside world (a cloud's API, another database) fails as it would without that world.
 */
export function createServer(
  corefile: string,
  environment: Environment,
  at: number,
  options: StartOptions = {},
): Result<CorednsServer, StartFailure> {
  const server = new Server(corefile, environment, at, options);
  try {
    server.start();
    return ok(server);
  } catch (error) {
    if (error instanceof CorefileError) return fail({ log: server.startupLog, error: `${error.message}\n` });
    throw error;
  }
}

class Server implements CorednsServer {
  readonly corefile: string;
  readonly startupLog: LogLine[] = [];
  readonly #environment: Environment;
  readonly #options: Required<StartOptions>;
  readonly #blocks: Block[] = [];
  readonly #listeners: Listener[] = [];
  readonly #metrics: MetricsRegistry;
  /** What is being answered right now, one inside the other. */
  readonly #asking: Question[] = [];
  /** Its own question is on its way, and may come back. */
  #probing = false;
  #now: number;
  #chaos = false;
  #sum = '';
  #reload: { sum: string; interval: number; jitter: number } | undefined;

  constructor(corefile: string, environment: Environment, at: number, options: StartOptions) {
    this.corefile = corefile;
    this.#environment = environment;
    this.#options = { fileName: '/etc/coredns/Corefile', port: '53', quiet: false, ...options };
    this.#now = at;
    this.#metrics = new MetricsRegistry(environment.version);
  }

  get startedAt(): number {
    return this.#now;
  }

  get reload() {
    return this.#reload;
  }

  get listens() {
    return this.#listeners.map(({ transport, ip, port }) => ({ transport, ip, port }));
  }

  start(): void {
    const { files, env, version } = this.#environment;
    const sources = { read: files.read, isDirectory: files.isDirectory, glob: files.glob, env, log: (line: string) => this.#log(line) };
    const known = new Set(pluginNames(version));
    let parsed = parseCorefile(this.#options.fileName, this.corefile, sources, known);
    if (parsed.length === 0) parsed = parseCorefile('Corefile', emptyCorefile, sources, known);
    this.#sum = corefileSum(parsed);
    const blocks = parsed.map((block) => ({ parsed: block, block: this.#block(block) }));
    const parts: ServerParts = { log: (text) => this.#log(text), metrics: this.#metrics, blocks: this.#blocks };
    for (const plugin of plugins(version)) {
      for (const {
        parsed: { directives },
        block,
      } of blocks) {
        const tokens = directives.get(plugin.name);
        if (tokens) named(plugin.name, () => plugin.setup(new Setup(this.#options.fileName, tokens, block, this.#environment, parts)));
      }
    }
    this.#makeServers();
    this.#validate();
    const context = this.#context();
    for (const block of this.#blocks) {
      for (const hook of block.hooks) {
        const error = hook.start?.(context);
        if (error !== undefined) throw new CorefileError(error);
      }
    }
    this.#now = context.now;
    this.#listen();
    for (const listener of this.#listeners) if (!this.#options.quiet) this.#announce(listener);
    for (const block of this.#blocks) for (const hook of block.hooks) hook.started?.(context);
    if (!this.#options.quiet) {
      const { go, commit } = buildOf(version);
      this.#log(`CoreDNS-${version}`);
      this.#log(`linux/amd64, ${go}, ${commit}`);
    }
    for (const block of this.#blocks) for (const hook of block.hooks) hook.running?.(context);
  }

  #context(): StartContext {
    const log = (text: string) => this.#log(text);
    const context = {
      now: this.#now,
      log: (text: string) => this.#logAt(context.now, text),
      reload: (interval: number, jitter: number) => {
        this.#reload = { sum: this.#sum, interval, jitter };
        log(`[INFO] plugin/reload: Running configuration SHA512 = ${this.#sum}`);
      },
    };
    return context;
  }

  #log(text: string): void {
    this.#logAt(this.#now, text);
  }

  #logAt(at: number, text: string): void {
    this.startupLog.push({ at, text });
  }

  /** The zones and ports a block's keys mean. */
  #block({ keys }: ServerBlock): Block {
    const zones = keys.flatMap((key) => {
      const { transport, rest } = splitTransport(key);
      const split = splitHostPort(rest);
      if (!split.ok) throw new CorefileError(split.error);
      const port = split.value.port !== '' ? split.value.port : transport === 'dns' ? this.#options.port : defaultPort(transport);
      return split.value.hosts.map((host) => ({ transport, zone: fqdn(host), port }));
    });
    const block: Block = { zones, listenHosts: [''], root: '', debug: false, plugins: [], hooks: [], offers: new Map() };
    this.#blocks.push(block);
    return block;
  }

  #makeServers(): void {
    for (const block of this.#blocks) {
      const config = { block, chain: chainOf(block.plugins) };
      if (block.plugins.some(({ name }) => name === 'chaos' || name === 'forward')) this.#chaos = true;
      for (const { transport, zone, port } of block.zones) {
        for (const ip of block.listenHosts) {
          if (!/^\d+$/.test(port) || Number(port) > 65535) throw new CorefileError(`address ${port}: invalid port`);
          let listener = this.#listeners.find((one) => one.transport === transport && one.ip === ip && one.port === Number(port));
          if (!listener) this.#listeners.push((listener = { transport, ip, port: Number(port), zones: new Map() }));
          listener.zones.set(zone, [...(listener.zones.get(zone) ?? []), config]);
        }
      }
    }
  }

  /** No zone may be served twice on one address, nor on all addresses and on one of them. Views may share a zone. */
  #validate(): void {
    const registered = new Set<string>();
    const unbound = new Map<string, string>();
    for (const block of this.#blocks) {
      for (const { transport, zone, port } of block.zones) {
        for (const ip of block.listenHosts) {
          const plain = `${transport}://${zone}:${port}`;
          const key = ip === '' ? plain : `${plain} on ${ip}`;
          if (registered.has(key)) throw new CorefileError(`cannot serve ${key} - it is already defined`);
          const overlapping = unbound.get(plain);
          if (overlapping !== undefined && (ip === '' || registered.has(plain))) {
            throw new CorefileError(`cannot serve ${key} - zone overlap listener capacity with ${ip === '' ? overlapping : plain}`);
          }
          if (block.view) continue;
          registered.add(key);
          unbound.set(plain, key);
        }
      }
    }
  }

  #listen(): void {
    for (const { ip, port } of this.#listeners) {
      const reason = this.#environment.listenError(ip, port);
      if (reason !== undefined) throw new CorefileError(`Listen: listen tcp ${hostPort(ip, port)}: bind: ${reason}`);
    }
  }

  #announce({ transport, ip, port, zones }: Listener): void {
    for (const zone of [...zones.keys()].sort()) {
      if (!followsPreferredSyntax(zone)) this.#log(`Warning: Domain ${JSON.stringify(zone)} does not follow RFC1035 preferred syntax`);
      this.#log(`${transport === 'dns' ? '' : `${transport}://`}${zone}:${port}${ip === '' ? '' : ` on ${ip}`}`);
    }
  }

  answer(
    query: Query,
    from: ServerAddress,
    at: number,
    to: ServerAddress = { ip: this.#environment.addresses[0] ?? '127.0.0.1', port: 53 },
  ) {
    const listener = this.#listeners.find((one) => one.port === to.port && one.transport === 'dns' && (one.ip === '' || one.ip === to.ip));
    const call: Call = { receivedAt: at, elapsed: 0, log: [], depth: 0 };
    if (!listener) return { outcome: { kind: 'refused', milliseconds: 0 } as const, log: call.log };
    // A question that comes back while it is being answered goes round for ever: nobody ever answers it.
    const { question } = query;
    const again = this.#asking.some(({ type, name }) => type === question.type && sameName(name, question.name));
    if (again && !(this.#probing && question.type === 'HINFO')) return { outcome: { kind: 'timeout' } as const, log: call.log };
    this.#asking.push(question);
    try {
      const reply = this.#serve(listener, query, from, to, call);
      const milliseconds = call.elapsed;
      const outcome: Outcome = reply === undefined ? { kind: 'timeout' } : { kind: 'reply', reply, milliseconds };
      return { outcome, log: call.log };
    } finally {
      this.#asking.pop();
    }
  }

  /** One message through the blocks of an address; undefined when no answer is sent. */
  #serve(listener: Listener, query: Query, client: ServerAddress, local: ServerAddress, call: Call): Reply | undefined {
    if (!this.#chaos && query.question.class !== 'IN') return refused(query, client);
    if (query.edns !== undefined && query.edns.version !== 0) {
      return { ...replyTo(query, 'server', 'BADSIG'), edns: { udpSize: 0, version: 0, flags: 0, options: [] } };
    }
    const lookup = (request: Request) => (name: string, type: RecordType) => {
      if (call.depth > 16) return undefined;
      call.depth++;
      const question = { name: fqdn(name), type, class: 'IN' as const };
      const reply = this.#serve(listener, { ...request.query, question }, client, local, call);
      call.depth--;
      return reply;
    };
    const request: Request = { query, client, local, call, lookup: (name, type) => lookup(request)(name, type) };
    const config = this.#configFor(listener, request);
    if (config?.chain === undefined) return refused(query, client);
    const result = config.chain(request);
    const family = familyOf(client.ip as Ip);
    // Plugins may have changed the query itself; what is sent fits the changed one.
    const now = request.query;
    if (result.reply !== undefined) return scrub(now, result.reply, family);
    return clientWritten(result.rcode) ? undefined : scrub(now, failure(now, result.rcode), family);
  }

  /** The block of the longest zone that holds the name. A DS question belongs to the zone above, if that is served too. */
  #configFor({ zones }: Listener, request: Request): BlockConfig | undefined {
    const name = nameOf(request);
    let child: BlockConfig | undefined;
    for (let at = 0; ;) {
      const config = zones.get(name.slice(at) || '.')?.find(({ block }) => block.view?.matches(request) !== false);
      if (config && request.query.question.type !== 'DS') return config;
      child = config ?? child;
      const dot = name.indexOf('.', at);
      if (dot < 0 || dot === name.length - 1) break;
      at = dot + 1;
    }
    return child ?? zones.get('.')?.find(({ block }) => block.view?.matches(request) !== false);
  }

  http(ip: string, port: number, path: string, at: number): HttpReply | undefined {
    for (const block of this.#blocks) {
      for (const hook of block.hooks) {
        if (hook.http && hook.http.port === port && (hook.http.ip === '' || hook.http.ip === ip)) return hook.http.get(path, at);
      }
    }
    return undefined;
  }

  afterStart(at: number) {
    this.#probing = true;
    try {
      for (const block of this.#blocks) {
        for (const hook of block.hooks) {
          const fatal = hook.probe?.((query, from) =>
            this.answer(query, from, at, { ip: '127.0.0.1', port: Number(block.zones[0]!.port) }),
          );
          if (fatal !== undefined) return { log: [{ at, text: fatal }], exit: 1 };
        }
      }
    } finally {
      this.#probing = false;
    }
    return { log: [] };
  }

  stop(signal: 'SIGTERM' | 'SIGINT', at: number): LogLine[] {
    const lines = [signal === 'SIGTERM' ? '[INFO] SIGTERM: Shutting down servers then terminating' : '[INFO] SIGINT: Shutting down'];
    for (const block of this.#blocks) for (const hook of block.hooks) lines.push(...(hook.stop?.() ?? []));
    return lines.map((text) => ({ at, text }));
  }
}

/** The sum of a Corefile's words and their lines (plugin/reload: parse). */
export function corefileSum(blocks: readonly ServerBlock[]): string {
  const shown = blocks.map(({ keys, directives }) => ({
    Keys: keys,
    Tokens: Object.fromEntries(
      [...directives]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, tokens]) => [name, tokens.map(({ file, line, text }) => ({ File: file, Line: line, Text: text }))]),
    ),
  }));
  const json = JSON.stringify(shown).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return sha512(json);
}

function named(plugin: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (error instanceof CorefileError) throw new CorefileError(`plugin/${plugin}: ${error.message}`);
    throw error;
  }
}

/** The plugins of a block as one handler; each is given the rest of the chain. */
function chainOf(plugins: readonly Plugin[]): Handler | undefined {
  let handler: Handler | undefined;
  for (const plugin of [...plugins].reverse()) {
    const rest = handler;
    const next: Handler = rest ?? (() => ({ rcode: 'SERVFAIL', error: `plugin/${plugin.name}: no next plugin found` }));
    handler = (request) => plugin.serve(request, next);
  }
  return handler;
}

function failure(query: Query, rcode: Rcode): Reply {
  return replyTo(query, 'server', rcode);
}

function refused(query: Query, client: ServerAddress): Reply {
  return scrub(query, failure(query, 'REFUSED'), familyOf(client.ip as Ip));
}

function followsPreferredSyntax(zone: string): boolean {
  return zone === '.' || /\.(in-addr|ip6)\.arpa\.$/.test(zone) || /^(([A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?)\.)+$/.test(zone);
}

/** Reports whether a release writes down how many processors it uses. */
export function tellsProcessors(version: string): boolean {
  return atLeast(version, '1.12.0');
}
