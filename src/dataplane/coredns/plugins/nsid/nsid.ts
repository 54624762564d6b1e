/** Tells the server's identifier to those who ask for it. (coredns: plugin/nsid; RFC 5001) */
import { doBit } from '../../../dns/message.ts';
import { once, type CorednsPlugin } from '../../plugin.ts';

const nsidOption = 3;

export const nsid: CorednsPlugin = {
  name: 'nsid',
  setup(setup) {
    let text = setup.environment.env.get('HOSTNAME') ?? 'localhost';
    for (let i = 0; setup.next(); i++) {
      if (i > 0) throw once();
      const args = setup.remainingArgs();
      if (args.length > 0) text = args.join(' ');
    }
    const data = [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    setup.add({
      name: 'nsid',
      serve(request, next) {
        const { edns: asked } = request.query;
        const result = next(request);
        if (!asked?.options.some(({ code }) => code === nsidOption) || result.reply === undefined) return result;
        const edns = result.reply.edns ?? { udpSize: asked.udpSize, version: 0, flags: doBit, options: [] };
        const options = [...edns.options.filter(({ code }) => code !== nsidOption), { code: nsidOption, data }];
        return { ...result, reply: { ...result.reply, edns: { ...edns, options } } };
      },
    });
  },
};
