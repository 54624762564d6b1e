/** Hands whole zones out. Who may have them is read here; nobody asks for them with the tools at hand. (coredns: plugin/transfer) */
import { CorefileError } from '../../corefile/dispenser.ts';
import { quote } from '../../go/quote.ts';
import { parseIp } from '#net/ip.ts';
import { splitAddress } from '../../go/address.ts';
import type { CorednsPlugin } from '../../plugin.ts';

export const transfer: CorednsPlugin = {
  name: 'transfer',
  setup(setup) {
    while (setup.next()) {
      setup.zonesOr(setup.remainingArgs());
      let targets = 0;
      while (setup.nextBlock()) {
        if (setup.word() !== 'to')
          throw new CorefileError(`plugin/transfer: ${setup.error(`unknown property ${quote(setup.word())}`).message}`);
        const args = setup.remainingArgs();
        if (args.length === 0) throw setup.argumentError();
        for (const host of args) {
          const split = splitAddress(host);
          if (host !== '*' && parseIp(split.ok ? split.value.host : host) === undefined)
            throw new CorefileError(`not an IP address: ${quote(host)}`);
        }
        targets += args.length;
      }
      if (targets === 0) throw new CorefileError(`plugin/transfer: ${setup.error("'to' is required").message}`);
    }
    setup.add({ name: 'transfer', serve: (request, next) => next(request) });
  },
};
