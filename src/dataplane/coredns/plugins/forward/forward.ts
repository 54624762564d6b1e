/** Sends questions on to other servers. (coredns: plugin/forward) */
import { stream } from '#kube/chance.ts';
import { parseIp } from '#net/ip.ts';
import type { ServerAddress } from '../../../dns/message.ts';
import { isDomainName, isSubDomain } from '../../../dns/name.ts';
import { parseRcode, type Rcode } from '../../../dns/type.ts';
import { CorefileError } from '../../corefile/dispenser.ts';
import { splitAddress } from '../../go/address.ts';
import { formatDuration, millisecond, parseDuration } from '../../go/duration.ts';
import { atoi, parseUint } from '../../go/number.ts';
import { quote } from '../../go/quote.ts';
import {
  addressText,
  nameOf,
  nowOf,
  written,
  type CorednsPlugin,
  type Handler,
  type Request,
  type Result,
  type Setup,
} from '../../plugin.ts';
import { atLeast } from '../../release.ts';
import { resolvConfServers } from '../../resolv-conf.ts';
import { normalizeHost, normalizeName, splitTransport, zoneOf } from '../../zone.ts';
import { checkTlsFiles } from '../tls/tls.ts';
import { Upstream } from './upstream.ts';

type Policy = 'random' | 'round_robin' | 'sequential';

interface Settings {
  from: string;
  readonly except: string[];
  maxFails: number;
  forceTcp: boolean;
  preferUdp: boolean;
  policy: Policy;
  /** Milliseconds between health checks. */
  interval: number;
  recursionDesired: boolean;
  domain: string;
  readonly next: Rcode[];
  readonly failover: Rcode[];
  failfast: boolean;
  maxConnectAttempts: number;
}

const mostUpstreams = 15;
/** Milliseconds after which no other try begins. */
const patience = 5000;

export const forward: CorednsPlugin = {
  name: 'forward',
  setup(setup) {
    const forwards: Forward[] = [];
    while (setup.next()) forwards.push(parse(setup));
    for (const one of forwards) {
      if (one.upstreams.length > mostUpstreams)
        throw new CorefileError(`more than ${mostUpstreams} TOs configured: ${one.upstreams.length}`);
    }
    forwards.forEach((one, index) => {
      const another = index + 1 < forwards.length;
      setup.add({ name: 'forward', serve: (request, next) => one.serve(request, next, another) });
    });
  },
};

function parse(setup: Setup): Forward {
  // prettier-ignore
  const settings: Settings = {
    from: '.', except: [], maxFails: 2, forceTcp: false, preferUdp: false, policy: 'random', interval: 500, recursionDesired: true, domain: '.', next: [],
    failover: [], failfast: false, maxConnectAttempts: 0,
  };
  if (!setup.nextArg()) throw setup.argumentError();
  const from = setup.word();
  const zones = normalizeHost(from);
  if (zones[0] === undefined) throw new CorefileError(`unable to normalize '${from}'`);
  settings.from = zones[0];
  if (zones.length > 1) {
    setup.log(`[WARNING] plugin/forward: Unsupported CIDR notation: '${from}' expands to multiple zones. Using only '${settings.from}'.`);
  }
  const to = setup.remainingArgs();
  if (to.length === 0) throw setup.argumentError();
  const parseBlock = () => {
    while (setup.nextBlock()) parseOption(setup, settings);
  };
  // Releases from 1.14 on look at the block first, so that of two mistakes another one is told.
  const blockFirst = atLeast(setup.environment.version, '1.14.0');
  if (blockFirst) parseBlock();
  const addresses = to.flatMap((one) => serversOf(one, setup));
  if (addresses.length === 0) throw new CorefileError('no nameservers found');
  if (!blockFirst) parseBlock();
  return new Forward(settings, setup, addresses);
}

/** The servers an argument means: an address, one with a port, or a resolv.conf file's servers. */
function serversOf(text: string, setup: Setup): ServerAddress[] {
  const { transport, rest } = splitTransport(text);
  if (rest === '') throw new CorefileError(`invalid address: ${quote(text)}`);
  if (transport !== 'dns' && transport !== 'tls')
    throw new CorefileError(`'${transport}' is not supported as a destination protocol in forward: ${text}`);
  const split = splitAddress(rest);
  const host = parseIp((split.ok ? split.value.host : rest).replace(/%.*/, ''));
  if (host !== undefined) return [{ ip: host, port: Number(split.ok ? split.value.port : transport === 'tls' ? 853 : 53) }];
  const file = setup.environment.files.read(rest);
  if (file === undefined) throw new CorefileError(`not an IP address or file: ${quote(rest)}`);
  return resolvConfServers(file).map((ip) => ({ ip: ip.replace(/%.*/, ''), port: 53 }));
}

type Option = (setup: Setup, settings: Settings) => void;

function argument(setup: Setup): string {
  if (!setup.nextArg()) throw setup.argumentError();
  return setup.word();
}

function unsigned(text: string): number {
  const value = parseUint(text, 32);
  if (!value.ok) throw new CorefileError(value.error);
  return value.value;
}

/** Nanoseconds, at least 0; `shown` prints what is negative. */
function duration(text: string, option: string, shown: (nanoseconds: number) => string): number {
  const value = parseDuration(text);
  if (!value.ok) throw new CorefileError(value.error);
  if (value.value < 0) throw new CorefileError(`${option} can't be negative: ${shown(value.value)}`);
  return value.value;
}

function rcodes(setup: Setup): Rcode[] {
  const args = setup.remainingArgs();
  if (args.length === 0) throw setup.argumentError();
  return args.map((arg) => {
    const rcode = parseRcode(arg);
    if (rcode === undefined) throw new CorefileError(`${arg} is not a valid rcode`);
    return rcode;
  });
}

function atLeastZero(setup: Setup): void {
  const option = setup.word();
  const value = atoi(argument(setup));
  if (!value.ok) throw new CorefileError(value.error);
  if (value.value < 0) throw new CorefileError(`${option} can't be negative: ${value.value}`);
}

const options: { readonly [option: string]: Option } = {
  except(setup, settings) {
    const zones = setup.remainingArgs();
    if (zones.length === 0) throw setup.argumentError();
    settings.except.push(...zones.flatMap(normalizeHost));
  },
  max_fails(setup, settings) {
    settings.maxFails = unsigned(argument(setup));
  },
  max_connect_attempts(setup, settings) {
    settings.maxConnectAttempts = unsigned(argument(setup));
  },
  health_check(setup, settings) {
    settings.interval = duration(argument(setup), 'health_check', String) / millisecond;
    settings.domain = '.';
    while (setup.nextArg()) {
      const option = setup.word();
      if (option === 'no_rec') settings.recursionDesired = false;
      else if (option === 'domain') {
        const domain = argument(setup);
        if (!isDomainName(domain)) throw new CorefileError(`health_check: invalid domain name ${domain}`);
        settings.domain = normalizeName(domain);
      } else throw new CorefileError(`health_check: unknown option ${option}`);
    }
  },
  force_tcp(setup, settings) {
    if (setup.nextArg()) throw setup.argumentError();
    settings.forceTcp = true;
  },
  prefer_udp(setup, settings) {
    if (setup.nextArg()) throw setup.argumentError();
    settings.preferUdp = true;
  },
  tls(setup) {
    const args = setup.remainingArgs();
    if (args.length > 3) throw setup.argumentError();
    checkTlsFiles(setup, args);
  },
  tls_servername: (setup) => void argument(setup),
  expire: (setup) => void duration(argument(setup), 'expire', formatDuration),
  max_age: (setup) => void duration(argument(setup), 'max_age', formatDuration),
  max_idle_conns: atLeastZero,
  policy(setup, settings) {
    const policy = argument(setup);
    if (policy !== 'random' && policy !== 'round_robin' && policy !== 'sequential') throw setup.error(`unknown policy '${policy}'`);
    settings.policy = policy;
  },
  max_concurrent: atLeastZero,
  next: (setup, settings) => void settings.next.push(...rcodes(setup)),
  failfast_all_unhealthy_upstreams(setup, settings) {
    if (setup.remainingArgs().length > 0) throw setup.argumentError();
    settings.failfast = true;
  },
  failover(setup, settings) {
    const codes = rcodes(setup);
    if (codes.includes('NOERROR')) throw new CorefileError('NoError cannot be used in failover');
    settings.failover.push(...codes);
  },
};

/** The releases that brought an option. */
// prettier-ignore
const since: { readonly [option: string]: string } = {
  next: '1.11.0', failfast_all_unhealthy_upstreams: '1.12.0', failover: '1.12.2', max_connect_attempts: '1.14.0', max_idle_conns: '1.14.0', max_age: '1.14.2',
};

function parseOption(setup: Setup, settings: Settings): void {
  const option = setup.word();
  const parse = options[option];
  if (parse === undefined || !atLeast(setup.environment.version, since[option] ?? '0.0.0'))
    throw setup.error(`unknown property '${option}'`);
  parse(setup, settings);
}

class Forward {
  readonly upstreams: readonly Upstream[];
  readonly #settings: Settings;
  readonly #setup: Setup;
  #turn = 0;

  constructor(settings: Settings, setup: Setup, addresses: readonly ServerAddress[]) {
    this.#settings = settings;
    this.#setup = setup;
    const { interval, recursionDesired, domain } = settings;
    this.upstreams = addresses.map(
      (address) => new Upstream(address, setup.environment, setup.server.metrics, { interval, recursionDesired, domain }),
    );
  }

  /** `another`: the next plugin is a forward too, to which `next` may hand on. */
  serve(request: Request, next: Handler, another: boolean): Result {
    const { from, except, maxFails, failfast, failover, maxConnectAttempts } = this.#settings;
    const name = nameOf(request);
    if (!isSubDomain(from, name) || (name !== from && zoneOf(except, name) !== undefined)) return next(request);
    const list = this.#inOrder(request);
    const deadline = nowOf(request) + patience;
    let error: string | undefined;
    let attempts = 0;
    for (let i = 0, fails = 0; nowOf(request) < deadline && (maxConnectAttempts === 0 || attempts < maxConnectAttempts);) {
      if (i >= list.length) i = fails = 0;
      let upstream = list[i++]!;
      if (upstream.isDown(nowOf(request), maxFails)) {
        fails++;
        if (fails < list.length) continue;
        this.#setup.server.metrics.count('coredns_forward_healthcheck_broken_total');
        if (failfast) break;
        // All are down: perhaps the health checks are what is broken, so one is asked nevertheless.
        upstream = shuffled(this.upstreams, this.#key(request, 'broken'))[0]!;
      }
      const exchange = upstream.exchange(request, this.#transport(request));
      if ('error' in exchange) {
        error = exchange.error;
        attempts++;
        if (maxFails > 0) upstream.suspect(nowOf(request));
        if (fails < list.length) continue;
        break;
      }
      error = undefined;
      this.#observe(upstream, exchange.reply.rcode);
      if (failover.includes(exchange.reply.rcode) && fails < list.length) {
        fails++;
        if (fails < list.length) continue;
      }
      if (another && this.#settings.next.includes(exchange.reply.rcode)) return next(request);
      return written({ ...exchange.reply, answeredBy: `forward to ${addressText(upstream.address)}` });
    }
    return { rcode: 'SERVFAIL', error: error ?? 'no healthy proxies' };
  }

  #transport(request: Request): 'udp' | 'tcp' {
    if (this.#settings.forceTcp) return 'tcp';
    return this.#settings.preferUdp ? 'udp' : request.query.transport;
  }

  #observe(upstream: Upstream, rcode: Rcode): void {
    this.#setup.server.metrics.observe(
      'coredns_proxy_request_duration_seconds',
      { proxy_name: 'forward', rcode, to: addressText(upstream.address) },
      0.0005,
    );
  }

  #key(request: Request, what: string): string {
    return `${this.#setup.environment.seed}/coredns/forward/${what}/${request.query.id}/${request.call.receivedAt}`;
  }

  #inOrder(request: Request): readonly Upstream[] {
    if (this.upstreams.length === 1 || this.#settings.policy === 'sequential') return this.upstreams;
    if (this.#settings.policy === 'random') return shuffled(this.upstreams, this.#key(request, 'policy'));
    const turn = ++this.#turn % this.upstreams.length;
    return [...this.upstreams.slice(turn), ...this.upstreams.slice(0, turn)];
  }
}

function shuffled<T>(items: readonly T[], key: string): T[] {
  const draw = stream(key);
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor((draw() / 0x1_0000_0000) * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}
