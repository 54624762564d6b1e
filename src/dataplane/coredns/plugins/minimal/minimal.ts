/** Leaves authority and additional records away where they are not needed. (coredns: plugin/minimal) */
import type { CorednsPlugin } from '../../plugin.ts';
import { typify } from '../../response.ts';

export const minimal: CorednsPlugin = {
  name: 'minimal',
  setup(setup) {
    setup.next();
    if (setup.nextArg()) throw setup.argumentError();
    setup.add({
      name: 'minimal',
      serve(request, next) {
        const result = next(request);
        if (result.reply === undefined || typify(result.reply) !== 'NOERROR') return result;
        const { edns: _, ...reply } = result.reply;
        return { ...result, reply: { ...reply, authority: [], additional: [] } };
      },
    });
  },
};
