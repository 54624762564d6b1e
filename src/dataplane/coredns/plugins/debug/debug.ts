/** Lets panics crash the server; nothing panics here. (coredns: plugin/debug) */
import type { CorednsPlugin } from '../../plugin.ts';

export const debug: CorednsPlugin = {
  name: 'debug',
  setup(setup) {
    while (setup.next()) if (setup.nextArg()) throw setup.argumentError();
    setup.block.debug = true;
  },
};
