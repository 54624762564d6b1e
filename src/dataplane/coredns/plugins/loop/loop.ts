/** Finds out whether questions come back to this server, and ends it if they do. (coredns: plugin/loop) */
import { pick } from '#kube/chance.ts';
import { queryOf } from '../../../dns/message.ts';
import { isSubDomain } from '../../../dns/name.ts';
import { quote } from '../../go/quote.ts';
import { FatalExit, nameOf, once, type CorednsPlugin } from '../../plugin.ts';

/** The client address is told in the fatal line; these many sightings are one too many. */
const tolerated = 2;

export const loop: CorednsPlugin = {
  name: 'loop',
  setup(setup) {
    for (let i = 0; setup.next(); i++) {
      if (i > 0) throw once();
      if (setup.nextArg()) throw setup.argumentError();
    }
    const zone = setup.block.zones[0]?.zone.toLowerCase() ?? '.';
    const { seed } = setup.environment;
    const half = (which: string) =>
      String(pick(`${seed}/coredns/loop/${which}`, 2 ** 31) * 2 ** 22 + pick(`${seed}/coredns/loop/low/${which}`, 2 ** 22));
    const name = `${half('a')}.${half('b')}.${zone === '.' ? '' : zone}`;
    let seen = 0;
    let probing = false;
    setup.hook('loop', {
      probe(ask) {
        probing = true;
        seen = 0;
        try {
          const port = 32768 + pick(`${seed}/coredns/loop/port`, 28232);
          ask(queryOf({ name, type: 'HINFO' }, pick(`${seed}/coredns/loop/id`, 65536)), { ip: '127.0.0.1', port });
          return undefined;
        } catch (error) {
          if (error instanceof FatalExit) return error.message;
          throw error;
        } finally {
          probing = false;
        }
      },
    });
    setup.add({
      name: 'loop',
      serve(request, next) {
        if (!probing || request.query.question.type !== 'HINFO' || !isSubDomain(zone, nameOf(request))) return next(request);
        if (nameOf(request) === name && ++seen > tolerated) {
          const { client, local } = request;
          const where = `Loop (${client.ip}:${client.port} -> :${local.port})`;
          throw new FatalExit(
            `[FATAL] plugin/loop: ${where} detected for zone ${quote(zone)}, see https://coredns.io/plugins/loop#troubleshooting. Query: ${quote(`HINFO ${name}`)}`,
          );
        }
        return next(request);
      },
    });
  },
};
