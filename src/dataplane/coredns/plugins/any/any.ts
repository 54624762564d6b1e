/** Answers ANY with as little as may be. (coredns: plugin/any; RFC 8482) */
import { replyTo } from '../../../dns/message.ts';
import { written, type CorednsPlugin } from '../../plugin.ts';

export const any: CorednsPlugin = {
  name: 'any',
  setup(setup) {
    setup.add({
      name: 'any',
      serve(request, next) {
        const { name, type } = request.query.question;
        if (type !== 'ANY') return next(request);
        const reply = replyTo(request.query, 'any');
        return written({ ...reply, answer: [{ name, ttl: 8482, class: 'IN', type: 'HINFO', data: '"ANY obsoleted" "See RFC 8482"' }] });
      },
    });
  },
};
