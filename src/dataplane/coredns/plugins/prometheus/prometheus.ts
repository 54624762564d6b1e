/** Counts what is asked and answered, and shows it to Prometheus. (coredns: plugin/metrics) */
import { queryLength, replyLength } from '../../../dns/wire.ts';
import { typeCode } from '../../../dns/type.ts';
import { clientWritten, nameOf, once, type CorednsPlugin, type Setup } from '../../plugin.ts';
import { zoneOf } from '../../zone.ts';
import { httpAddress, notFound } from '../ready/ready.ts';

/** Types that have a label of their own; the others are `other`. */
const labelled = new Set([
  'A',
  'AAAA',
  'AXFR',
  'CNAME',
  'DNSKEY',
  'DS',
  'HTTPS',
  'IXFR',
  'MX',
  'NS',
  'NSEC3',
  'NSEC',
  'PTR',
  'RRSIG',
  'SOA',
  'SRV',
  'SVCB',
  'TXT',
  'ANY',
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
    setup.add({
      name: 'prometheus',
      serve(request, next) {
        const zone =
          zoneOf(
            setup.block.zones.map((one) => one.zone),
            nameOf(request),
          ) ?? '.';
        const result = next(request);
        const { query, local, client } = request;
        const where = { server: `dns://:${local.port}`, view: setup.block.view?.name ?? '', zone };
        const type = labelled.has(query.question.type) && typeCode(query.question.type) > 0 ? query.question.type : 'other';
        const rcode = result.reply === undefined && !clientWritten(result.rcode) ? result.rcode : (result.reply?.rcode ?? 'NOERROR');
        const wrapper = setup.block.plugins.find(({ name }) => writers.includes(name))?.name;
        const plugin = result.reply === undefined ? '' : (wrapper ?? result.reply.answeredBy.split(' ')[0]!);
        metrics.count('coredns_dns_requests_total', {
          ...where,
          proto: query.transport,
          family: client.ip.includes(':') ? '2' : '1',
          type,
        });
        metrics.observe('coredns_dns_request_duration_seconds', where, request.call.elapsed / 1000);
        metrics.observe('coredns_dns_request_size_bytes', { ...where, proto: query.transport }, queryLength(query));
        metrics.observe(
          'coredns_dns_response_size_bytes',
          { ...where, proto: query.transport },
          result.reply ? replyLength(result.reply, false) : 0,
        );
        metrics.count('coredns_dns_responses_total', { ...where, rcode, plugin });
        return result;
      },
    });
  },
};

function tellPlugins({ block, server }: Setup): void {
  for (const { zone, port, transport } of block.zones) {
    for (const { name } of block.plugins)
      server.metrics.set('coredns_plugin_enabled', { name, server: `${transport}://:${port}`, view: block.view?.name ?? '', zone }, 1);
  }
}
