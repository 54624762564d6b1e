/** Remembers replies. (coredns: plugin/cache) */
import { doBit, replyTo, type Edns, type Query, type Reply, type ResourceRecord } from '../../../dns/message.ts';
import { CorefileError } from '../../corefile/dispenser.ts';
import { parseDuration, second, minute, hour } from '../../go/duration.ts';
import { atoi } from '../../go/number.ts';
import {
  nameOf,
  nowOf,
  once,
  written,
  type CorednsPlugin,
  type Handler,
  type Metrics,
  type Request,
  type Result,
  type Setup,
} from '../../plugin.ts';
import { BoundedMap } from './bounded-map.ts';
import { minimalTtl, typify, type ResponseType } from '../../response.ts';
import { normalizeName, zoneOf } from '../../zone.ts';

interface Side {
  /** How many replies are kept. */
  capacity: number;
  /** Seconds: the most and the least that a reply is kept. */
  most: number;
  least: number;
  /** Zones that are not cached. */
  except: readonly string[];
}

interface Settings {
  zones: readonly string[];
  readonly success: Side;
  readonly denial: Side;
  /** Seconds that a SERVFAIL is kept. */
  servfail: number;
  /** Seconds that an outdated reply may still be used. */
  stale: number;
  verifyStale: boolean;
  keepTtl: boolean;
  readonly prefetch: { amount: number; duration: number; percentage: number };
}

interface Item {
  readonly reply: Reply;
  readonly ttl: number;
  /** Unix milliseconds. */
  readonly stored: number;
  hits: number;
  lastHit: number;
}

export const cache: CorednsPlugin = {
  name: 'cache',
  setup(setup) {
    let settings: Settings | undefined;
    while (setup.next()) {
      if (settings) throw once();
      settings = parse(setup);
    }
    const memory = new Memory(settings!, setup.server.metrics);
    setup.add({ name: 'cache', serve: (request, next) => memory.serve(request, next) });
  },
};

function parse(setup: Setup): Settings {
  const settings: Settings = {
    zones: ['.'],
    success: { capacity: 9984, most: 3600, least: 5, except: [] },
    denial: { capacity: 9984, most: 1800, least: 5, except: [] },
    servfail: 5,
    stale: 0,
    verifyStale: false,
    keepTtl: false,
    prefetch: { amount: 0, duration: 60, percentage: 10 },
  };
  let args = setup.remainingArgs();
  const ttl = args[0] === undefined ? undefined : atoi(args[0]);
  if (ttl?.ok) {
    settings.success.most = settings.denial.most = positive(ttl.value);
    args = args.slice(1);
  }
  settings.zones = setup.zonesOr(args);
  while (setup.nextBlock()) {
    const parseOption = options[setup.word()];
    if (parseOption === undefined) throw setup.argumentError();
    parseOption(setup, settings);
  }
  return settings;
}

function positive(ttl: number): number {
  if (ttl <= 0) throw new CorefileError(`cache TTL can not be zero or negative: ${ttl}`);
  return ttl;
}

function number(text: string): number {
  const value = atoi(text);
  if (!value.ok) throw new CorefileError(value.error);
  return value.value;
}

/** Nanoseconds. */
function time(text: string): number {
  const value = parseDuration(text);
  if (!value.ok) throw new CorefileError(value.error);
  return value.value;
}

function parseSide(setup: Setup, side: Side): void {
  const [capacity, most, least] = setup.remainingArgs();
  if (capacity === undefined) throw setup.argumentError();
  side.capacity = number(capacity);
  if (most !== undefined) side.most = positive(number(most));
  if (least === undefined) return;
  side.least = number(least);
  if (side.least < 0) throw new CorefileError(`cache min TTL can not be negative: ${side.least}`);
}

const options: { readonly [option: string]: (setup: Setup, settings: Settings) => void } = {
  success: (setup, settings) => parseSide(setup, settings.success),
  denial: (setup, settings) => parseSide(setup, settings.denial),
  prefetch(setup, { prefetch }) {
    const [amount, duration, percentage, ...more] = setup.remainingArgs();
    if (amount === undefined || more.length > 0) throw setup.argumentError();
    prefetch.amount = number(amount);
    if (prefetch.amount < 0) throw new CorefileError(`prefetch amount should be positive: ${prefetch.amount}`);
    if (duration !== undefined) prefetch.duration = time(duration) / second;
    if (percentage === undefined) return;
    if (!percentage.endsWith('%')) throw new CorefileError(`last character of percentage should be \`%\`, but is: '${percentage.at(-1)}'`);
    prefetch.percentage = number(percentage.slice(0, -1));
    if (prefetch.percentage < 10 || prefetch.percentage > 90)
      throw new CorefileError(`percentage should fall in range [10, 90]: ${prefetch.percentage}`);
  },
  serve_stale(setup, settings) {
    const [duration, mode, ...more] = setup.remainingArgs();
    if (more.length > 0) throw setup.argumentError();
    const nanoseconds = duration === undefined ? hour : time(duration);
    if (nanoseconds < 0) throw new CorefileError('invalid negative duration for serve_stale');
    settings.stale = nanoseconds / second;
    const refresh = mode?.toLowerCase();
    if (refresh !== undefined && refresh !== 'immediate' && refresh !== 'verify')
      throw new CorefileError(`invalid value for serve_stale refresh mode: ${refresh}`);
    settings.verifyStale = refresh === 'verify';
  },
  servfail(setup, settings) {
    const args = setup.remainingArgs();
    if (args.length !== 1) throw setup.argumentError();
    const nanoseconds = time(args[0]!);
    if (nanoseconds < 0) throw new CorefileError('invalid negative ttl for servfail');
    if (nanoseconds > 5 * minute) throw new CorefileError('caching SERVFAIL responses over 5 minutes is not permitted');
    settings.servfail = nanoseconds / second;
  },
  disable(setup, settings) {
    const [what, ...zones] = setup.remainingArgs();
    if (what === undefined) throw setup.argumentError();
    const except = zones.length > 0 ? zones.map(normalizeName) : ['.'];
    if (what === 'success') settings.success.except = except;
    else if (what === 'denial') settings.denial.except = except;
    else throw new CorefileError('cache type for disable must be "success" or "denial"');
  },
  keepttl(setup, settings) {
    if (setup.remainingArgs().length > 0) throw setup.argumentError();
    settings.keepTtl = true;
  },
};

/** Requests, misses, and hits on either side. */
interface Counters {
  requests: number;
  misses: number;
  denial: number;
  success: number;
}

class Memory {
  readonly #settings: Settings;
  readonly #metrics: Metrics;
  readonly #counters = new Map<number, Counters>();
  readonly #success: BoundedMap<Item>;
  readonly #denial: BoundedMap<Item>;

  constructor(settings: Settings, metrics: Metrics) {
    this.#settings = settings;
    this.#metrics = metrics;
    this.#success = new BoundedMap(settings.success.capacity);
    this.#denial = new BoundedMap(settings.denial.capacity);
  }

  serve(request: Request, next: Handler): Result {
    // What plugins below do to the query stays below.
    const own: Request = { ...request, query: request.query };
    const name = nameOf(request);
    if (zoneOf(this.#settings.zones, name) === undefined) return next(own);
    const key = keyOf(request.query, name);
    const now = nowOf(request);
    const counters = this.#countersOf(request);
    counters.requests++;
    const item = this.#usable(key, now);
    if (item === undefined) {
      counters.misses++;
      return this.#refresh(own, key, next);
    }
    counters[item === this.#denial.get(key) ? 'denial' : 'success']++;
    const left = secondsLeft(item, now);
    if (left < 0 && this.#settings.verifyStale) {
      const result = this.#refresh(own, key, next);
      if (result.reply?.rcode === 'NOERROR' || result.reply?.rcode === 'NXDOMAIN') return result;
    } else if (left < 0 || this.#shouldPrefetch(item, now)) this.#inBackground(own, key, next);
    const ttl = this.#settings.keepTtl ? item.ttl : Math.max(left, 0);
    return written(fromMemory(item.reply, request.query, ttl));
  }

  /** The counters of the port a request came to; they are written down when somebody reads the metrics. */
  #countersOf({ local: { port } }: Request): Counters {
    let counters = this.#counters.get(port);
    if (counters !== undefined) return counters;
    this.#counters.set(port, (counters = { requests: 0, misses: 0, denial: 0, success: 0 }));
    const labels = { server: `dns://:${port}`, view: '', zones: this.#settings.zones.join(',') };
    const own = counters;
    this.#metrics.beforeRead(() => {
      const set = (what: string, value: number, more: Readonly<Record<string, string>> = {}) => {
        if (value > 0 || what === 'entries') this.#metrics.set(`coredns_cache_${what}`, { ...labels, ...more }, value);
      };
      set('requests_total', own.requests);
      set('misses_total', own.misses);
      for (const type of ['denial', 'success'] as const) set('hits_total', own[type], { type });
      set('entries', this.#denial.size, { type: 'denial' });
      set('entries', this.#success.size, { type: 'success' });
    });
    return counters;
  }

  #usable(key: string, now: number): Item | undefined {
    for (const items of [this.#denial, this.#success]) {
      const item = items.get(key);
      if (!item || item.stored > now) continue;
      const left = secondsLeft(item, now);
      if (left > 0 || (this.#settings.stale > 0 && -left < this.#settings.stale)) return item;
    }
    return undefined;
  }

  #shouldPrefetch(item: Item, now: number): boolean {
    const { amount, duration, percentage } = this.#settings.prefetch;
    if (amount <= 0) return false;
    item.hits = now - item.lastHit > duration * 1000 ? 1 : item.hits + 1;
    item.lastHit = now;
    return item.hits >= amount && secondsLeft(item, now) <= Math.ceil((percentage / 100) * item.ttl);
  }

  /** Asks again without keeping the client waiting. */
  #inBackground(request: Request, key: string, next: Handler): void {
    this.#refresh({ ...request, call: { ...request.call, log: request.call.log } }, key, next);
  }

  /** Asks the next plugin, keeps what it says, and gives all records the time they are kept. */
  #refresh(request: Request, key: string, next: Handler): Result {
    const asked = request.query;
    const result = next(request);
    const { reply } = result;
    if (reply === undefined) return result;
    const type = typify(reply);
    const ttl = this.#timeToLive(reply, type);
    if (!reply.flags.tc && type !== 'OTHERERROR' && type !== 'META' && ttl > 0) this.#keep(key, reply, type, ttl, nowOf(request));
    return { ...result, reply: withTtl(reply, flagsFor(asked, reply), ttl) };
  }

  #timeToLive(reply: Reply, type: ResponseType): number {
    if (type === 'SERVFAIL') return this.#settings.servfail;
    const { most, least } = type === 'NXDOMAIN' || type === 'NODATA' ? this.#settings.denial : this.#settings.success;
    return Math.min(most, Math.max(least, minimalTtl(reply, type)));
  }

  #keep(key: string, reply: Reply, type: ResponseType, ttl: number, now: number): void {
    const denied = type === 'NXDOMAIN' || type === 'NODATA' || type === 'SERVFAIL';
    const side = denied ? this.#settings.denial : this.#settings.success;
    if (zoneOf(side.except, reply.question.name.toLowerCase()) !== undefined) return;
    const items = denied ? this.#denial : this.#success;
    items.set(key, { reply, ttl, stored: now, hits: 0, lastHit: now });
  }
}

function keyOf({ question, edns, flags }: Query, name: string): string {
  return `${question.type} ${name} ${wantsDnssec(edns) ? 'do' : ''} ${flags.cd ? 'cd' : ''}`;
}

function wantsDnssec(edns: Edns | undefined): boolean {
  return ((edns?.flags ?? 0) & doBit) !== 0;
}

/** AD is only for those who asked for it, by DO or by AD itself. */
function flagsFor(query: Query, { flags }: Reply): Reply['flags'] {
  return !flags.ad || wantsDnssec(query.edns) || query.flags.ad ? flags : { ...flags, ad: false };
}

function secondsLeft(item: Item, now: number): number {
  return item.ttl - Math.floor((now - item.stored) / 1000);
}

/** The reply with other flags, one TTL for all, and without its OPT record. */
function withTtl(reply: Reply, flags: Reply['flags'], ttl: number): Reply {
  const { id, opcode, rcode, question, compressed, answeredBy } = reply;
  const all = (records: readonly ResourceRecord[]) =>
    records.every((record) => record.ttl === ttl) ? records : records.map((record) => ({ ...record, ttl }));
  const answer = all(reply.answer);
  const authority = all(reply.authority);
  const additional = all(reply.additional);
  return { id, opcode, rcode, flags, question, answer, authority, additional, compressed, answeredBy };
}

/** A kept reply for a new question. It claims authority, since some clients drop what does not. */
function fromMemory(kept: Reply, query: Query, ttl: number): Reply {
  const empty = replyTo(query, `cache (${kept.answeredBy})`, kept.rcode);
  const flags = { ...empty.flags, aa: true, ra: kept.flags.ra, ad: flagsFor(query, kept).ad };
  const { answer, authority, additional } = kept;
  return withTtl({ ...empty, answer, authority, additional }, flags, ttl);
}
