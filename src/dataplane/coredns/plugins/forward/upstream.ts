/** One server that questions are forwarded to, and what is known of its health. (coredns: plugin/pkg/proxy/{proxy,connect,health}.go, plugin/pkg/up) */
import { pick } from '#kube/chance.ts';
import { queryOf, type Outcome, type Query, type Reply, type ServerAddress } from '../../../dns/message.ts';
import { addressText, nowOf, type Environment, type Metrics, type Request } from '../../plugin.ts';

/** Milliseconds. */
const readTimeout = 2000;
const probeTimeout = 1000;
/** A write and a refusal that comes back at once. */
const turnaround = 0.1;
/** How long after a failed question the first probe goes out. */
const probeDelay = 1;
/** How long an idle connection is kept. */
const keptFor = 10_000;

export interface ProbeSettings {
  /** Milliseconds between probes. */
  readonly interval: number;
  readonly recursionDesired: boolean;
  readonly domain: string;
}

export type Exchange = { readonly reply: Reply } | { readonly error: string };

export class Upstream {
  readonly address: ServerAddress;
  readonly #environment: Environment;
  readonly #metrics: Metrics;
  readonly #probe: ProbeSettings;
  readonly #refusals = new Refusals();
  /** When connections that are kept were last used, by transport. */
  readonly #kept = new Map<string, number>();
  #fails = 0;
  /** The end of the probe under way or the time of the next one; undefined while the server is taken for healthy. */
  #probing: { at: number; outcome?: boolean } | undefined;

  constructor(address: ServerAddress, environment: Environment, metrics: Metrics, probe: ProbeSettings) {
    this.address = address;
    this.#environment = environment;
    this.#metrics = metrics;
    this.#probe = probe;
  }

  /** Reports whether more probes than `most` have failed in a row. */
  isDown(now: number, most: number): boolean {
    this.#probeUntil(now);
    return most > 0 && this.#fails > most;
  }

  /** Starts probing, unless that is going on. */
  suspect(now: number): void {
    this.#probing ??= { at: now + probeDelay };
  }

  /** Sends the request's query and waits for the answer; the request's clock moves on. */
  exchange(request: Request, transport: Query['transport']): Exchange {
    const { seed, addresses } = this.#environment;
    const key = `${seed}/coredns/forward/${addressText(this.address)}/${nowOf(request)}/${request.query.id}`;
    const sent: Query = { ...request.query, id: pick(`${key}/id`, 65536), transport };
    const idle = nowOf(request) - (this.#kept.get(transport) ?? -Infinity);
    const kept = idle < keptFor ? 'hits' : 'misses';
    this.#metrics.count(`coredns_proxy_conn_cache_${kept}_total`, {
      proto: transport,
      proxy_name: 'forward',
      to: addressText(this.address),
    });
    const outcome = this.#send(sent, nowOf(request), readTimeout);
    request.call.elapsed += outcome.kind === 'timeout' ? readTimeout : Math.max(outcome.milliseconds, turnaround);
    if (outcome.kind === 'reply') this.#kept.set(transport, nowOf(request));
    else this.#kept.delete(transport);
    if (outcome.kind === 'reply') return { reply: { ...outcome.reply, id: request.query.id, question: request.query.question } };
    const local = this.address.ip.startsWith('127.') ? '127.0.0.1' : (addresses[0] ?? '127.0.0.1');
    const ends = `${addressText({ ip: local, port: 32768 + pick(`${key}/port`, 28232) })}->${addressText(this.address)}`;
    return { error: problem(outcome, transport, ends, addressText(this.address)) };
  }

  #send(query: Query, now: number, patience: number): Outcome {
    const outcome = this.#environment.upstream(query, this.address, now);
    if (outcome.kind === 'refused' && query.transport === 'udp' && !this.#refusals.allow(now)) return { kind: 'timeout' };
    if (outcome.kind === 'reply' && outcome.milliseconds > patience) return { kind: 'timeout' };
    return outcome;
  }

  /** Catches up with the probes that were due until now. */
  #probeUntil(now: number): void {
    while (this.#probing !== undefined && this.#probing.at <= now) {
      const { at, outcome } = this.#probing;
      if (outcome === undefined) this.#probing = this.#startProbe(Math.max(at, now - 10_000));
      else if (outcome) {
        this.#fails = 0;
        this.#probing = undefined;
      } else {
        this.#fails++;
        this.#probing = { at: at + this.#probe.interval };
      }
    }
  }

  #startProbe(at: number): { at: number; outcome: boolean } {
    const query = queryOf({ name: this.#probe.domain, type: 'NS' }, pick(`${this.#environment.seed}/coredns/probe/${at}`, 65536));
    const flags = { ...query.flags, rd: this.#probe.recursionDesired };
    const outcome = this.#send({ ...query, flags }, at, probeTimeout);
    const took = outcome.kind === 'timeout' ? probeTimeout : Math.min(outcome.milliseconds, probeTimeout);
    return { at: at + took, outcome: outcome.kind === 'reply' };
  }
}

/** What Go says of a failed exchange. */
function problem(outcome: Exclude<Outcome, { kind: 'reply' }>, transport: string, ends: string, server: string): string {
  if (outcome.kind === 'timeout') return transport === 'udp' ? `read udp ${ends}: i/o timeout` : `dial tcp ${server}: i/o timeout`;
  const why = outcome.kind === 'refused' ? 'connection refused' : outcome.why;
  if (transport === 'tcp') return `dial tcp ${server}: connect: ${why}`;
  return why === 'network is unreachable' ? `dial udp ${server}: connect: ${why}` : `read udp ${ends}: read: ${why}`;
}

/**
 * How often a host says that nobody listens on a port: six times in a row, then once a second; what is not said looks like silence. (Linux:
 * net.ipv4.icmp_ratelimit; net/ipv4/inetpeer.c, inet_peer_xrlim_allow)
 */
class Refusals {
  #tokens = 6000;
  #last: number | undefined;

  allow(now: number): boolean {
    this.#tokens = Math.min(6000, this.#tokens + now - (this.#last ?? now));
    this.#last = now;
    if (this.#tokens < 1000) return false;
    this.#tokens -= 1000;
    return true;
  }
}
