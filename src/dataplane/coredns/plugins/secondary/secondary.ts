/** Zones that are fetched from another server. No server here hands zones out, so they stay empty and are SERVFAIL, as after a failed transfer. (coredns: plugin/secondary) */
import { parseIp } from '#net/ip.ts';
import { CorefileError } from '../../corefile/dispenser.ts';
import { splitAddress } from '../../go/address.ts';
import { quote } from '../../go/quote.ts';
import type { CorednsPlugin } from '../../plugin.ts';
import { Fallthrough } from '../../zone.ts';
import { serveZones } from '../file/file.ts';

export const secondary: CorednsPlugin = {
  name: 'secondary',
  setup(setup) {
    const zones: string[] = [];
    const fall = new Fallthrough();
    while (setup.next()) {
      zones.push(...setup.zonesOr(setup.remainingArgs()));
      let transfers = false;
      while (setup.nextBlock()) {
        const option = setup.word();
        if (option === 'fallthrough') fall.set(setup.remainingArgs());
        else if (option === 'transfer') {
          if (!setup.nextArg()) throw setup.argumentError();
          if (setup.word() !== 'from') throw setup.error(`unknown property '${setup.word()}'`);
          const masters = setup.remainingArgs();
          if (masters.length === 0) throw setup.argumentError();
          for (const master of masters) {
            const split = splitAddress(master);
            if (parseIp(split.ok ? split.value.host : master) === undefined) throw new CorefileError(`not an IP address: ${quote(master)}`);
          }
          transfers = true;
        } else throw setup.error(`unknown property '${option}'`);
      }
      if (!transfers) throw setup.error('secondary zones require a transfer from property');
    }
    setup.add({ name: 'secondary', serve: (request, next) => serveZones(request, next, 'secondary', zones, () => undefined, fall) });
  },
};
