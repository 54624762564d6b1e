/** Answers for localhost and its reverse zones. (coredns: plugin/local) */
import { replyTo, type Reply, type ResourceRecord } from '../../../dns/message.ts';
import type { RecordType } from '../../../dns/type.ts';
import { nameOf, written, type CorednsPlugin, type Request } from '../../plugin.ts';
import { zoneOf } from '../../zone.ts';

const ttl = 604800;
const zones = ['localhost.', '0.in-addr.arpa.', '127.in-addr.arpa.', '255.in-addr.arpa.'];

function record(name: string, type: RecordType, data: string): ResourceRecord {
  return { name, ttl, class: 'IN', type, data };
}

function soa(origin: string): ResourceRecord {
  return record(origin, 'SOA', `localhost. root.localhost. 1 0 0 0 ${ttl}`);
}

const loopback: Partial<Record<RecordType, string>> = { A: '127.0.0.1', AAAA: '::1' };

export const local: CorednsPlugin = {
  name: 'local',
  setup(setup) {
    setup.add({
      name: 'local',
      serve(request, next) {
        const name = nameOf(request);
        if (name.length > 'localhost.'.length && name.startsWith('localhost.')) {
          setup.server.metrics.count('coredns_local_localhost_requests_total');
          return written(localhost(request));
        }
        const zone = zoneOf(zones, request.query.question.name);
        return zone === undefined ? next(request) : written(inZone(request, name, zone));
      },
    });
  },
};

/** `localhost.` with a search domain behind it: the loopback address, whatever the domain. */
function localhost({ query }: Request): Reply {
  const { name, type } = query.question;
  const reply = replyTo(query, 'local');
  const address = loopback[type];
  return address === undefined ? { ...reply, authority: [soa(name)] } : { ...reply, answer: [record(name, type, address)] };
}

function inZone(request: Request, name: string, zone: string): Reply {
  const reply = replyTo(request.query, 'local');
  const { name: asked, type } = request.query.question;
  if (zones.includes(name)) {
    if (type === 'SOA') return { ...reply, answer: [soa(asked)] };
    if (type === 'NS') return { ...reply, answer: [record(asked, 'NS', 'localhost.')] };
    const address = name === 'localhost.' ? loopback[type] : undefined;
    return address === undefined ? { ...reply, authority: [soa(asked)] } : { ...reply, answer: [record(asked, type, address)] };
  }
  if (name === '1.0.0.127.in-addr.arpa.') {
    return type === 'PTR' ? { ...reply, answer: [record(asked, 'PTR', 'localhost.')] } : { ...reply, authority: [soa(zone)] };
  }
  return { ...reply, rcode: 'NXDOMAIN', authority: [soa(zone)] };
}
