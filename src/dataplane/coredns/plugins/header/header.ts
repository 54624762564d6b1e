/** Sets and clears header bits. (coredns: plugin/header) */
import type { Flags } from '../../../dns/message.ts';
import { CorefileError } from '../../corefile/dispenser.ts';
import type { CorednsPlugin, Setup } from '../../plugin.ts';

interface Rule {
  readonly of: 'query' | 'response';
  readonly flag: keyof Flags;
  readonly value: boolean;
}

export const header: CorednsPlugin = {
  name: 'header',
  setup(setup) {
    const rules: Rule[] = [];
    while (setup.next()) while (setup.nextBlock()) rules.push(...parseRules(setup));
    const apply = (flags: Flags, of: Rule['of']) =>
      rules.filter((rule) => rule.of === of).reduce((all, { flag, value }) => ({ ...all, [flag]: value }), flags);
    setup.add({
      name: 'header',
      serve(request, next) {
        request.query = { ...request.query, flags: apply(request.query.flags, 'query') };
        const result = next(request);
        return result.reply ? { ...result, reply: { ...result.reply, flags: apply(result.reply.flags, 'response') } } : result;
      },
    });
  },
};

function parseRules(setup: Setup): Rule[] {
  const problem = (text: string) => new CorefileError(`setting up rule: ${text}`);
  const word = setup.word().toLowerCase();
  const of = word === 'query' ? 'query' : 'response';
  // The older form has no selector: `set aa`.
  const action = (word === 'query' || word === 'response' ? (setup.nextArg() ? setup.word() : '') : word).toLowerCase();
  if (action === '') throw problem('no flag action provided');
  const flags = setup.remainingArgs();
  if (action !== 'set' && action !== 'clear') throw problem(`unknown flag action=${action}, should be set or clear`);
  if (flags.length === 0) throw problem('invalid length for flags, at least one should be provided');
  return flags.map((text) => {
    const flag = text.toLowerCase();
    if (flag !== 'aa' && flag !== 'ra' && flag !== 'rd') throw problem(`unknown/unsupported flag=${flag}`);
    return { of, flag, value: action === 'set' };
  });
}
