/** Tells clients who they are. (coredns: plugin/whoami) */
import { replyTo } from '../../../dns/message.ts';
import { written, type CorednsPlugin } from '../../plugin.ts';

export const whoami: CorednsPlugin = {
  name: 'whoami',
  setup(setup) {
    while (setup.next()) if (setup.nextArg()) throw setup.argumentError();
    setup.add({
      name: 'whoami',
      serve({ query, client }) {
        const { name, class: recordClass } = query.question;
        const reply = replyTo(query, 'whoami');
        const address = { name, ttl: 0, class: recordClass, type: client.ip.includes(':') ? 'AAAA' : 'A', data: client.ip } as const;
        const service = {
          name: name === '.' ? `_${query.transport}.` : `_${query.transport}.${name}`,
          ttl: 0,
          class: recordClass,
          type: 'SRV',
          data: `0 0 ${client.port} .`,
        } as const;
        return written({ ...reply, flags: { ...reply.flags, aa: true }, additional: [address, service] });
      },
    });
  },
};
