/** Counts what is asked and answered, and shows it to Prometheus. (coredns: plugin/metrics) */
import type { RecordType } from '../../../dns/type.ts';
import { queryLength, replyLength } from '../../../dns/wire.ts';
import { clientWritten, nameOf, once, type CorednsPlugin, type Metrics, type Series, type Setup } from '../../plugin.ts';
import { zoneOf } from '../../zone.ts';
import { httpAddress, notFound } from '../ready/ready.ts';

/** Types that have a label of their own; the others are `other`. */
// prettier-ignore
const labelled = new Set<RecordType>([
  'A', 'AAAA', 'AXFR', 'CNAME', 'DNSKEY', 'DS', 'HTTPS', 'IXFR', 'MX', 'NS', 'NSEC3', 'NSEC', 'PTR', 'RRSIG', 'SOA', 'SRV', 'SVCB', 'TXT', 'ANY',
]);

/** Plugins that pass replies on in their own name. */
const writers = ['loadbalance', 'cache', 'header', 'minimal'];

export const prometheus: CorednsPlugin = {
  name: 'prometheus',
  setup(setup) {
    let address = 'localhost:9153';
    for (let i = 0; setup.next(); i++) {
      if (i > 0) throw once();
      const args = setup.remainingArgs();
      if (args.length > 1) throw setup.argumentError();
      if (args[0] !== undefined) httpAddress(setup, (address = args[0]));
    }
    const { ip, port, taken } = httpAddress(setup, address);
    const { metrics } = setup.server;
    setup.hook('prometheus', {
      start: taken,
      started: () => tellPlugins(setup),
      http: {
        ip: ip === 'localhost' ? '127.0.0.1' : ip,
        port,
        get: (path, at) =>
          path === '/metrics'
            ? {
                status: 200,
                contentType: 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
                body: metrics.page(at),
                log: [],
              }
            : notFound,
      },
    });
    const zones = setup.block.zones.map((one) => one.zone);
    const counters = new Map<string, Counters>();
    setup.add({
      name: 'prometheus',
      serve(request, next) {
        const zone = zoneOf(zones, nameOf(request)) ?? '.';
        const result = next(request);
        const { query, local, client } = request;
        const { reply } = result;
        const type = labelled.has(query.question.type) ? query.question.type : 'other';
        const rcode = reply === undefined && !clientWritten(result.rcode) ? result.rcode : (reply?.rcode ?? 'NOERROR');
        const wrapper = setup.block.plugins.find(({ name }) => writers.includes(name))?.name;
        const plugin = reply === undefined ? '' : (wrapper ?? reply.answeredBy.split(' ')[0]!);
        const family = client.ip.includes(':') ? '2' : '1';
        const key = `${zone} ${local.port} ${query.transport} ${family} ${type} ${rcode} ${plugin}`;
        let own = counters.get(key);
        if (own === undefined) {
          const where = { server: `dns://:${local.port}`, view: setup.block.view?.name ?? '', zone };
          own = countersOf(metrics, where, { proto: query.transport, family, type, rcode, plugin });
          counters.set(key, own);
        }
        own.requests.value++;
        own.responses.value++;
        observe(own.duration, request.call.elapsed / 1000);
        observe(own.requestSize, queryLength(query));
        observe(own.responseSize, reply ? replyLength(reply, false) : 0);
        return result;
      },
    });
  },
};

type Histogram = readonly [sum: Series, count: Series];

function observe([sum, count]: Histogram, value: number): void {
  sum.value += value;
  count.value++;
}

interface Counters {
  readonly requests: Series;
  readonly responses: Series;
  readonly duration: Histogram;
  readonly requestSize: Histogram;
  readonly responseSize: Histogram;
}

function countersOf(
  metrics: Metrics,
  where: Readonly<Record<string, string>>,
  { proto, family, type, rcode, plugin }: Readonly<Record<'proto' | 'family' | 'type' | 'rcode' | 'plugin', string>>,
): Counters {
  const histogram = (name: string, labels: Readonly<Record<string, string>>): Histogram => [
    metrics.series(`${name}_sum`, labels),
    metrics.series(`${name}_count`, labels),
  ];
  return {
    requests: metrics.series('coredns_dns_requests_total', { ...where, proto, family, type }),
    responses: metrics.series('coredns_dns_responses_total', { ...where, rcode, plugin }),
    duration: histogram('coredns_dns_request_duration_seconds', where),
    requestSize: histogram('coredns_dns_request_size_bytes', { ...where, proto }),
    responseSize: histogram('coredns_dns_response_size_bytes', { ...where, proto }),
  };
}

function tellPlugins({ block, server }: Setup): void {
  for (const { zone, port, transport } of block.zones) {
    for (const { name } of block.plugins)
      server.metrics.set('coredns_plugin_enabled', { name, server: `${transport}://:${port}`, view: block.view?.name ?? '', zone }, 1);
  }
}
