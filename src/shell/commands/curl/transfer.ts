/** One URL's transfer: name, connection, TLS, request, answer, redirects. (curl: lib/{multi,url,http,transfer}.c) */
import type { Errno } from '#dataplane/trace/refusal.ts';
import { pick } from '#kube/chance.ts';
import { familyOf, parseIp, type Family, type Ip } from '#net/ip.ts';
import type { Here, Io } from '../../command.ts';
import { attempt, bindingOf, bothFamilies, resolve, type Attempt, type Binding } from '../../network/dial.ts';
import { userlandAt } from '../../network/dialect.ts';
import { strerror } from '../../network/errno.ts';
import { exchange, greetingOf, listenerOf, pointerText, type HttpAnswer } from '../../network/http.ts';
import type { Certificate } from '#net/x509.ts';
import type { Timeline } from '../../timeline.ts';
import { connectToFirst } from './connecting.ts';
import type { CurlOptions } from './options.ts';
import { ProgressMeter } from './progress.ts';
import { requestFor, userOf, type Request } from './request.ts';
import { handshake } from './handshake.ts';
import { parseUrl, redirectedTo, urlText, type Address, type CurlError } from './url.ts';
import { isAtLeast, wordsOf, type Words } from './words.ts';

/** How it went, whatever is printed of it. */
export interface Result {
  error: CurlError | undefined;
  status: number;
  version: string;
  /** Header lines of the last answer. */
  headers: readonly (readonly [name: string, value: string])[];
  /** Bytes. */
  size: number;
  uploaded: number;
  headerSize: number;
  requestSize: number;
  method: string;
  scheme: string;
  remote: { readonly ip: string; readonly port: number } | undefined;
  local: { readonly ip: string; readonly port: number } | undefined;
  redirects: number;
  connects: number;
  /** Where the last answer would lead. */
  redirectUrl: string;
  effectiveUrl: string;
  /** Milliseconds since the start. */
  readonly times: { lookup: number; connect: number; tls: number; pretransfer: number; first: number; redirect: number; total: number };
  verifyResult: number;
}

/** Where a transfer's bytes go. */
export interface Sink {
  /** Headers, where they are wanted with the body. */
  header(text: string): void;
  body(text: string): void;
  /** Told what headers there were, for `-D`. */
  dump(text: string): void;
}

/** A connection that can be used again. */
interface Connection {
  readonly number: number;
  readonly key: string;
  readonly attempt: Attempt;
  readonly local: { readonly ip: string; readonly port: number };
  readonly http2: boolean;
}

/** curl itself gives up connecting after five minutes. */
const patience = 300_000;
/** How long a server waits for a request before it closes. */
const serverPatience = 60_000;

class Failure extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export interface TransferContext {
  readonly here: Here;
  readonly io: Io;
  readonly options: CurlOptions;
  readonly timeline: Timeline;
  /** Connections of earlier URLs of the same command line. */
  readonly pool: ConnectionPool;
  /** Body bytes are not shown: they go to the terminal itself. */
  readonly terminal: boolean;
  readFile(path: string): string | undefined;
  warn(text: string): void;
}

export class ConnectionPool {
  readonly #kept = new Map<string, Connection>();
  #opened = 0;

  take(key: string): Connection | undefined {
    return this.#kept.get(key);
  }

  keep(connection: Connection): void {
    this.#kept.set(connection.key, connection);
  }

  drop(connection: Connection): void {
    this.#kept.delete(connection.key);
  }

  next(): number {
    return this.#opened++;
  }
}

export class Transfer {
  readonly #context: TransferContext;
  readonly #words: Words;
  readonly #release: string;
  readonly #openssl: string;
  readonly #meter: ProgressMeter;
  readonly #start: number;
  readonly #sink: Sink;
  readonly result: Result;
  #certificate: Certificate | undefined;

  constructor(context: TransferContext, sink: Sink, meter: 'meter' | 'bar' | 'none') {
    this.#context = context;
    const { releases } = userlandAt(context.here);
    this.#release = releases.curl;
    this.#openssl = releases.openssl;
    this.#words = wordsOf(releases.curl);
    this.#start = context.timeline.now;
    this.#meter = new ProgressMeter(context.timeline, meter);
    this.#sink = sink;
    this.result = {
      error: undefined,
      status: 0,
      version: '0',
      headers: [],
      size: 0,
      uploaded: 0,
      headerSize: 0,
      requestSize: 0,
      method: 'GET',
      scheme: '',
      remote: undefined,
      local: undefined,
      redirects: 0,
      connects: 0,
      redirectUrl: '',
      effectiveUrl: '',
      times: { lookup: 0, connect: 0, tls: 0, pretransfer: 0, first: 0, redirect: 0, total: 0 },
      verifyResult: 0,
    };
  }

  run(url: string): Result {
    try {
      this.#follow(url);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.result.error = { code: error.code, message: error.message };
    }
    this.result.times.total = this.#elapsed;
    return this.result;
  }

  get #elapsed(): number {
    return this.#context.timeline.now - this.#start;
  }

  /** A line of `-v`. */
  #say(text: string): void {
    if (this.#context.options.verbose) this.#context.timeline.err(`* ${text}\n`);
  }

  #follow(url: string): void {
    const { options } = this.#context;
    let current = url;
    let redirected = false;
    for (;;) {
      const parsed = parseUrl(current);
      this.result.effectiveUrl = 'code' in parsed ? current : urlText(parsed);
      if ('code' in parsed) throw new Failure(parsed.code, parsed.message);
      const address = parsed;
      this.result.scheme = address.scheme.toUpperCase();
      this.#checkProtocol(address);
      if (address.scheme === 'file') return this.#readLocal(address);
      const answer = address.scheme === 'ftp' || address.scheme === 'telnet' ? this.#talk(address) : this.#perform(address, redirected);
      const location = answer?.headers.find(([name]) => name.toLowerCase() === 'location')?.[1];
      if (answer === undefined || location === undefined || answer.status < 300 || answer.status > 399) return;
      const next = redirectedTo(location, address);
      this.result.redirectUrl = next;
      if (!options.follow) return;
      if (options.maxRedirs >= 0 && this.result.redirects >= options.maxRedirs) {
        this.#say(`Maximum (${options.maxRedirs}) redirects followed`);
        throw new Failure(47, `Maximum (${options.maxRedirs}) redirects followed`);
      }
      this.#say(`Issue another request to this URL: '${next}'`);
      const hadBody = options.data.length > 0 && !redirected;
      if (hadBody && [301, 302, 303].includes(answer.status) && options.method === undefined) {
        this.#say('Switch from POST to GET');
        redirected = true;
      }
      this.result.redirects++;
      this.result.redirectUrl = '';
      this.result.times.redirect = this.#elapsed;
      current = next;
    }
  }

  #checkProtocol({ scheme }: Address): void {
    const { protocols } = this.#context.options;
    if (protocols === undefined || !/^=/.test(protocols)) return;
    if (!protocols.slice(1).split(',').includes(scheme)) throw new Failure(1, `Protocol "${scheme}" not supported or disabled in libcurl`);
  }

  #readLocal({ path }: Address): void {
    const text = this.#context.readFile(decodeURIComponent(path));
    if (text === undefined) {
      this.#say(`Couldn't open file ${path}`);
      throw new Failure(37, `Couldn't open file ${path}`);
    }
    this.#meter.begin();
    this.#receive(text);
    this.#meter.end();
  }

  /** A server's connection, kept or new. */
  #connection(address: Address): Connection {
    const { options, pool, here } = this.#context;
    const { host, port, given } = this.#destination(address);
    const key = `${address.scheme}://${host}:${port}`;
    const kept = pool.take(key);
    if (kept !== undefined) {
      for (const line of this.#words.reused(address.host, kept.number, pointerText(key))) this.#say(line);
      return kept;
    }
    const addresses = this.#addresses(address, host, port, given);
    this.result.times.lookup = this.#elapsed;
    this.#meter.begin();
    const attemptOne = this.#connect(address, host, port, addresses);
    this.result.connects++;
    this.result.times.connect = this.#elapsed;
    const number = pool.next();
    const local = this.#localOf(attemptOne);
    this.result.local = local;
    this.result.remote = { ip: attemptOne.address, port };
    const named = host === address.host || parseIp(host) === undefined || isAtLeast(this.#release, '8.0.0') ? host : '(nil)';
    this.#say(this.#words.connected(options.connectTo.length > 0 ? named : address.host, attemptOne.address, port, local, number));
    let http2 = false;
    if (address.scheme === 'https') {
      const shaken = handshake(
        {
          here,
          trace: attemptOne.trace,
          host: address.host,
          options,
          release: this.#release,
          openssl: this.#openssl,
          words: this.#words,
          now: here.lab.now,
          readFile: (path) => this.#context.readFile(path),
        },
        (line) => this.#context.timeline.err(line),
        !this.#context.terminal,
      );
      this.#meter.wait(2.2);
      this.result.verifyResult = shaken.verifyResult;
      if (shaken.kind === 'failed') {
        this.#meter.end();
        this.#say(this.#words.closing(number));
        throw new Failure(shaken.error.code, shaken.error.message);
      }
      http2 = shaken.http2;
      this.#certificate = shaken.certificate;
      this.result.times.tls = this.#elapsed;
    }
    return { number, key, attempt: attemptOne, local, http2 };
  }

  /** Where `--connect-to` leads; `given` are the addresses of `--resolve`. */
  #destination(address: Address): { readonly host: string; readonly port: number; readonly given?: readonly Ip[] } {
    const { connectTo, resolve: fixed } = this.#context.options;
    for (const rule of connectTo) {
      const [host = '', port = '', toHost = '', toPort = ''] = splitColons(rule);
      if ((host !== '' && host !== address.host) || (port !== '' && Number(port) !== address.port)) continue;
      if (toHost !== '') this.#say(`Connecting to hostname: ${toHost}`);
      if (toPort !== '') this.#say(`Connecting to port: ${toPort}`);
      return { host: toHost === '' ? address.host : toHost, port: toPort === '' ? address.port : Number(toPort) };
    }
    for (const rule of fixed) {
      const [host = '', port = '', to = ''] = splitColons(rule.replace(/^[+-]/, ''));
      if (host !== '*' || port !== '') this.#say(`Added ${host}:${port}:${to} to DNS cache`);
      if ((host !== address.host && host !== '*') || Number(port) !== address.port) continue;
      const given = rule
        .replace(/^\+?[^:]*:\d+:/, '')
        .split(',')
        .flatMap((text) => parseIp(text.replace(/^\[|\]$/g, '')) ?? []);
      this.#say(`Hostname ${address.host} was found in DNS cache`);
      return { host: address.host, port: address.port, given };
    }
    return address;
  }

  #addresses(address: Address, host: string, port: number, given: readonly Ip[] | undefined): readonly Ip[] {
    const { options, here } = this.#context;
    const families: readonly Family[] = options.family === undefined ? bothFamilies : [options.family === 6 ? 'IPv6' : 'IPv4'];
    if (given !== undefined) return given.filter((one) => families.includes(familyOf(one)));
    const literal = parseIp(host) !== undefined;
    const lookup = resolve(here, host, families);
    // A name that the hosts file knows is there before the meter is.
    if (!literal && lookup.asked.length > 0) this.#meter.begin();
    const limit = this.#limit();
    if (lookup.milliseconds > limit) {
      this.#meter.wait(limit);
      this.#meter.end();
      this.#say(`Resolving timed out after ${Math.floor(this.#elapsed)} milliseconds`);
      throw new Failure(28, `Resolving timed out after ${Math.floor(this.#elapsed)} milliseconds`);
    }
    this.#meter.wait(lookup.milliseconds + (literal ? 0.02 : 0.4));
    if (lookup.addresses.length === 0) {
      this.#meter.begin();
      this.#say(`Could not resolve host: ${host}`);
      this.#say(this.#words.closing(0));
      throw new Failure(6, `Could not resolve host: ${host}`);
    }
    if (!literal) for (const line of this.#words.resolved(address.host, port, lookup.addresses)) this.#say(line);
    return lookup.addresses;
  }

  /** Milliseconds that are left to connect. */
  #limit(): number {
    const { maxTime, connectTimeout } = this.#context.options;
    return Math.min(maxTime ?? Infinity, connectTimeout ?? patience) - this.#elapsed;
  }

  #binding(): Binding {
    const { options, here } = this.#context;
    if (options.interface === undefined) return {};
    const text = options.interface.replace(/^(if|host)!/, '');
    const binding = bindingOf(here, text);
    if (binding !== undefined) return binding;
    if (parseIp(text) !== undefined) throw new Failure(45, 'bind failed with errno 99: Cannot assign requested address');
    throw new Failure(45, `Couldn't bind to '${text}'`);
  }

  #connect(address: Address, host: string, port: number, addresses: readonly Ip[]): Attempt {
    const { options, here, timeline } = this.#context;
    const binding = this.#binding();
    const { libc } = userlandAt(here);
    const started = timeline.now;
    const connecting = connectToFirst({
      addresses,
      port,
      limit: this.#limit(),
      attempt: (one) => attempt(here, one, port, 'TCP', binding),
      reasonOf: (errno) => strerror(errno, libc),
      connectFailed: (one, reason) => this.#words.connectFailed(one.address, port, this.#localOf(one), reason),
    });
    for (const event of connecting.events) {
      this.#meter.wait(Math.max(0, started + event.at - timeline.now));
      // The limit of the whole says it in its own words.
      if (connecting.kind === 'timeout' && event.at >= connecting.at && event.text.includes('move on') && !this.#connectLimited()) continue;
      this.#say(event.text);
    }
    this.#meter.wait(Math.max(0, started + connecting.at - timeline.now));
    if (connecting.kind === 'connected') return connecting.attempt;
    const elapsed = Math.floor(this.#elapsed);
    const shown = options.connectTo.length > 0 ? host : address.host;
    const prefix = `Failed to connect to ${shown} port ${port} after ${elapsed} ms: `;
    const [code, message] =
      connecting.kind === 'failed'
        ? [codeOf(connecting.errno), prefix + this.#words.couldNotConnect(connecting.reason)]
        : this.#connectLimited()
          ? [28, `${prefix}Timeout was reached`]
          : [28, `Connection timed out after ${elapsed} milliseconds`];
    this.#say(message);
    this.#meter.end();
    this.#say(this.#words.closing(this.#context.pool.next()));
    throw new Failure(code, message);
  }

  /** Reports whether the time to connect is what runs out first. */
  #connectLimited(): boolean {
    const { maxTime, connectTimeout } = this.#context.options;
    return (connectTimeout ?? patience) <= (maxTime ?? Infinity);
  }

  #localOf({ trace, address, port }: Attempt): { readonly ip: string; readonly port: number } {
    const { snapshot, now } = this.#context.here.lab;
    return { ip: trace.flow.srcIp, port: 32768 + pick(`${snapshot.cluster.seed}/local-port/${address}/${port}/${now}`, 28232) };
  }

  /** What is left of the whole time. */
  #timeLeft(): number {
    const { maxTime } = this.#context.options;
    return maxTime === undefined ? Infinity : maxTime - this.#elapsed;
  }

  /** Waits for a server that says nothing. */
  #hang(connection: Connection): never {
    const left = this.#timeLeft();
    if (left === Infinity) {
      this.#meter.wait(serverPatience);
      this.#meter.end();
      this.#say('Empty reply from server');
      this.#say(this.#words.closing(connection.number));
      throw new Failure(52, 'Empty reply from server');
    }
    this.#meter.wait(left);
    const message = `Operation timed out after ${Math.floor(this.#elapsed)} milliseconds with 0 bytes received`;
    this.#say(message);
    this.#meter.end();
    this.#say(this.#words.closing(connection.number));
    throw new Failure(28, message);
  }

  #perform(address: Address, redirected: boolean): Extract<HttpAnswer, { kind: 'response' }> | undefined {
    const { here, options, timeline, pool } = this.#context;
    const connection = this.#connection(address);
    const missing = (path: string) => this.#context.warn(`Couldn't read data from file "${path}", this makes an empty POST.`);
    const purpose = `${here.lab.snapshot.cluster.seed}/${here.lab.now}/${address.path}`;
    const request = requestFor(address, options, this.#release, { readFile: this.#context.readFile, missing }, purpose, redirected);
    this.result.method = request.method;
    this.result.times.pretransfer = this.#elapsed;
    this.#tellRequest(address, request, connection);
    const answer = exchange(here, connection.attempt.trace, {
      method: request.method,
      scheme: address.scheme as 'http' | 'https',
      host: request.headers.find(([name]) => name === 'Host')?.[1] ?? address.host,
      path: request.path,
      headers: request.headers,
      http2: connection.http2,
      ...(request.body !== undefined && { body: request.body }),
      ...(this.#certificate !== undefined && { certificate: this.#certificate }),
    });
    switch (answer.kind) {
      case 'silent':
        return this.#hang(connection);
      case 'closed':
        this.#meter.wait(0.5);
        this.#say('Empty reply from server');
        this.#meter.end();
        this.#say(this.#words.closing(connection.number));
        throw new Failure(52, 'Empty reply from server');
      case 'other':
        this.#say('Received HTTP/0.9 when not allowed');
        this.#meter.end();
        this.#say(this.#words.closing(connection.number));
        throw new Failure(1, 'Received HTTP/0.9 when not allowed');
      case 'response':
        break;
    }
    if (answer.took > this.#timeLeft()) this.#hang(connection);
    this.#meter.wait(answer.took);
    this.result.times.first = this.#elapsed;
    const early = options.fail === 'early' && answer.status >= 400;
    const follows =
      options.follow && answer.status >= 300 && answer.status < 400 && answer.headers.some(([name]) => /^location$/i.test(name));
    this.#tellAnswer(answer, early);
    if (early) {
      const message = `The requested URL returned error: ${answer.status}`;
      this.#say(message);
      this.#meter.end();
      pool.drop(connection);
      this.#say(this.#words.closing(connection.number));
      throw new Failure(22, message);
    }
    // To -I no answer has a body, whatever a server of HTTP/1.0 sends behind its headers.
    const body = options.head ? '' : answer.body;
    this.#meter.wait(0.05);
    if (follows) {
      if (body !== '') this.#say('Ignoring the response-body');
    } else this.#receive(body, answer);
    this.#meter.end();
    if (answer.closes) {
      pool.drop(connection);
      this.#say(this.#words.closing(connection.number));
    } else {
      pool.keep(connection);
      const shown = options.connectTo.length > 0 && !isAtLeast(this.#release, '8.0.0') ? '(nil)' : address.host;
      this.#say(this.#words.leftIntact(shown, address.port, connection.number));
    }
    if (options.fail === 'with-body' && answer.status >= 400) throw new Failure(22, `The requested URL returned error: ${answer.status}`);
    timeline.wait(0);
    return answer;
  }

  #tellRequest(address: Address, request: Request, connection: Connection): void {
    const { options, timeline, terminal } = this.#context;
    const version = connection.http2 ? '2' : options.http === '1.0' ? '1.0' : '1.1';
    const lower = connection.http2 && !isAtLeast(this.#release, '8.7.0');
    const lines = [
      `${request.method} ${request.path} HTTP/${version}`,
      ...request.headers.map(([name, value]) => `${lower && name !== 'Host' ? name.toLowerCase() : name}: ${value}`),
    ];
    this.result.requestSize += lines.reduce((sum, line) => sum + line.length + 2, 2);
    if (!options.verbose) return;
    const user = userOf(options, address);
    if (user !== undefined) this.#say(`Server auth using Basic with user '${user.split(':')[0]}'`);
    if (connection.http2) this.#tellStream(address, request);
    else if (address.scheme === 'http') for (const line of this.#words.using) this.#say(line);
    timeline.err([...lines, ''].map((line) => `> ${line}\r\n`).join(''));
    const bytes = request.body === undefined ? undefined : new TextEncoder().encode(request.body).length;
    if (bytes !== undefined && bytes > 0 && !terminal) timeline.err(`} [${bytes} bytes data]\n`);
    for (const line of this.#words.sentOff(bytes)) this.#say(line);
  }

  /** What HTTP/2 makes of a request. */
  #tellStream(address: Address, { method, path, headers }: Request): void {
    const host = headers.find(([name]) => name === 'Host')?.[1] ?? address.host;
    const newer = isAtLeast(this.#release, '8.1.0');
    const style = newer ? '[HTTP/2] [1]' : 'h2h3';
    if (newer) this.#say(`[HTTP/2] [1] OPENED stream for ${urlText(address)}`);
    const pseudo = [
      [':method', method],
      [':path', path],
      [':scheme', address.scheme],
      [':authority', host],
    ];
    const others = headers.filter(([name]) => name !== 'Host').map(([name, value]) => [name.toLowerCase(), value]);
    const inOrder = newer ? [pseudo[0]!, pseudo[2]!, pseudo[3]!, pseudo[1]!] : pseudo;
    for (const [name, value] of [...inOrder, ...others]) this.#say(`${style} [${name}: ${value}]`);
    if (!newer) this.#say(`Using Stream ID: 1 (easy handle ${pointerText(address.host)})`);
    if (!this.#context.terminal) this.#context.timeline.err('} [5 bytes data]\n');
  }

  #tellAnswer(answer: Extract<HttpAnswer, { kind: 'response' }>, cut: boolean): void {
    const { options, timeline } = this.#context;
    const status = `HTTP/${answer.version} ${answer.status} ${answer.reason}`;
    const lines = [status, ...answer.headers.map(([name, value]) => `${name}: ${value}`)];
    const whole = [...lines, ''].map((line) => `${line}\r\n`).join('');
    this.result.status = answer.status;
    this.result.version = answer.version;
    this.result.headers = answer.headers;
    this.result.headerSize += whole.length;
    if (answer.version === '1.0') this.#say('HTTP 1.0, assume close after body');
    if (answer.version === '1.1') for (const line of this.#words.multiuse) this.#say(line);
    if (options.verbose) timeline.err((cut ? lines : [...lines, '']).map((line) => `< ${line}\r\n`).join(''));
    const shown = cut ? lines.map((line) => `${line}\r\n`).join('') : whole;
    this.#sink.dump(shown);
    if (options.include || options.head) this.#sink.header(shown);
  }

  #receive(body: string, answer?: Extract<HttpAnswer, { kind: 'response' }>): void {
    const { options, timeline, terminal } = this.#context;
    const bytes = new TextEncoder().encode(body).length;
    const length = answer?.headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1];
    this.#meter.received = bytes;
    // Over HTTP/2 the meter does not know how much is to come.
    this.#meter.expected = answer === undefined ? bytes : length === undefined || answer.version === '2' ? undefined : Number(length);
    this.result.size = bytes;
    if (bytes === 0) return;
    if (answer !== undefined && options.verbose && !terminal) timeline.err(`{ [${bytes} bytes data]\n`);
    this.#sink.body(body);
  }

  /** Protocols whose server speaks first, which none of the cluster's does. */
  #talk(address: Address): undefined {
    const connection = this.#connection(address);
    const { trace } = connection.attempt;
    const greeting = greetingOf(trace);
    if (address.scheme === 'telnet') {
      if (greeting !== '') this.#sink.body(greeting);
      const wait = listenerOf(trace)?.speaks === 'http' ? serverPatience : 0;
      if (wait > this.#timeLeft()) this.#hang(connection);
      this.#meter.wait(wait);
      this.#meter.end();
      this.#say(this.#words.closing(connection.number));
      return undefined;
    }
    if (greeting === '') this.#hang(connection);
    this.#meter.end();
    throw new Failure(8, 'Weird server reply');
  }
}

function codeOf(errno: Errno): number {
  return errno === 'ETIMEDOUT' ? 28 : 7;
}

/** `host:port:host:port` where hosts may be bracketed addresses. */
export function splitColons(text: string): readonly string[] {
  const parts: string[] = [];
  let rest = text;
  for (;;) {
    const found = /^(?:\[([^\]]*)\]|([^:]*))(:|$)/.exec(rest);
    if (found === null) return [...parts, rest];
    parts.push(found[1] ?? found[2]!);
    if (found[3] === '') return parts;
    rest = rest.slice(found[0].length);
  }
}
