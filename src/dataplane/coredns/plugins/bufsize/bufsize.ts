/** Caps the size that clients say they can take. (coredns: plugin/bufsize) */
import { CorefileError } from '../../corefile/dispenser.ts';
import { atoi } from '../../go/number.ts';
import type { CorednsPlugin } from '../../plugin.ts';

export const bufsize: CorednsPlugin = {
  name: 'bufsize',
  setup(setup) {
    let size = 1232;
    while (setup.next()) {
      const args = setup.remainingArgs();
      if (args.length === 0) continue;
      const value = atoi(args[0]!);
      if (args.length > 1 || !value.ok || value.value < 512 || value.value > 4096)
        throw new CorefileError(`plugin/bufsize: ${setup.argumentError().message}`);
      size = value.value;
    }
    setup.add({
      name: 'bufsize',
      serve(request, next) {
        const { edns } = request.query;
        if (edns && edns.udpSize > size) request.query = { ...request.query, edns: { ...edns, udpSize: size } };
        return next(request);
      },
    });
  },
};
