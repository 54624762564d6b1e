/** Tells version, host name and authors to questions of class CH. (coredns: plugin/chaos) */
import { replyTo } from '../../../dns/message.ts';
import { nameOf, written, type CorednsPlugin } from '../../plugin.ts';

export const chaos: CorednsPlugin = {
  name: 'chaos',
  setup(setup) {
    let version = `CoreDNS-${setup.environment.version}`;
    let authors: readonly string[] = [];
    while (setup.next()) {
      const args = setup.remainingArgs();
      if (args.length > 0) [version = version, ...authors] = args;
    }
    const hostname = setup.environment.env.get('HOSTNAME') ?? 'localhost';
    setup.add({
      name: 'chaos',
      serve(request, next) {
        const { question } = request.query;
        const texts: { readonly [name: string]: readonly string[] } = {
          'version.bind.': [version],
          'version.server.': [version],
          'hostname.bind.': [hostname],
          'id.server.': [hostname],
          'authors.bind.': authors,
        };
        const answer = texts[nameOf(request)];
        if (question.class !== 'CH' || question.type !== 'TXT' || answer === undefined) return next(request);
        const records = answer.map(
          (text) => ({ name: question.name, ttl: 0, class: 'CH', type: 'TXT', data: JSON.stringify(text.slice(0, 255)) }) as const,
        );
        return written({ ...replyTo(request.query, 'chaos'), answer: records });
      },
    });
  },
};
