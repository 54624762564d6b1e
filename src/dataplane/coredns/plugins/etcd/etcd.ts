/** Names from an etcd, which is not there: questions for its zones fail after the client's patience. (coredns: plugin/etcd) */
import { nameOf, type CorednsPlugin } from '../../plugin.ts';
import { zoneOf } from '../../zone.ts';
import { checkTlsFiles } from '../tls/tls.ts';

/** Milliseconds that a lookup waits for etcd. */
const patience = 5000;

export const etcd: CorednsPlugin = {
  name: 'etcd',
  setup(setup) {
    let zones: readonly string[] = [];
    while (setup.next()) {
      zones = setup.zonesOr(setup.remainingArgs());
      while (setup.nextBlock()) {
        const option = setup.word();
        const args = setup.remainingArgs();
        if (option === 'path' || option === 'endpoint') {
          if (args.length === 0) throw setup.argumentError();
        } else if (option === 'tls') checkTlsFiles(setup, args);
        else if (option === 'credentials') {
          if (args.length === 0) throw setup.argumentError();
          if (args.length !== 2) throw setup.error('credentials requires 2 arguments, username and password');
        } else if (!['stubzones', 'fallthrough', 'debug', 'upstream', 'min-lease-ttl', 'max-lease-ttl'].includes(option))
          throw setup.error(`unknown property '${option}'`);
      }
    }
    setup.add({
      name: 'etcd',
      serve(request, next) {
        if (zoneOf(zones, nameOf(request)) === undefined) return next(request);
        request.call.elapsed += patience;
        return { rcode: 'SERVFAIL', error: 'context deadline exceeded' };
      },
    });
  },
};
