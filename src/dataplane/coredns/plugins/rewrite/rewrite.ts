/** Changes questions before other plugins see them. (coredns: plugin/rewrite) */
import { replyTo } from '../../../dns/message.ts';
import { isDomainName } from '../../../dns/name.ts';
import { CorefileError } from '../../corefile/dispenser.ts';
import { quote } from '../../go/quote.ts';
import { clientWritten, type CorednsPlugin } from '../../plugin.ts';
import { edns0Rewrite } from './edns0.ts';
import { nameRewrite } from './name.ts';
import { classRewrite, cnameRewrite, rcodeRewrite, ttlRewrite, typeRewrite } from './others.ts';
import { revert, type Mode, type ResponseRule, type Rule } from './rule.ts';

const makers: { readonly [kind: string]: (mode: Mode, args: readonly string[]) => Rule } = {
  answer() {
    throw new CorefileError('response rewrites must begin with a name rule');
  },
  name: nameRewrite,
  class: (mode, args) => classRewrite(mode, two('class', args)),
  type: (mode, args) => typeRewrite(mode, two('type', args)),
  edns0: edns0Rewrite,
  ttl: ttlRewrite,
  rcode: rcodeRewrite,
  cname: cnameRewrite,
};

function two(kind: string, args: readonly string[]): readonly string[] {
  if (args.length !== 2) throw new CorefileError(`${kind} rules must have exactly two arguments`);
  return args;
}

export const rewrite: CorednsPlugin = {
  name: 'rewrite',
  setup(setup) {
    const rules: Rule[] = [];
    while (setup.next()) {
      const args = setup.remainingArgs();
      // A rule in braces may be written over several lines.
      if (args.length < 2) while (setup.nextBlock()) args.push(setup.word());
      rules.push(parseRule(args));
    }
    setup.add({
      name: 'rewrite',
      serve(request, next) {
        const original = request.query.question;
        const responses: ResponseRule[] = [];
        for (const rule of rules) {
          const found = rule.apply(request);
          if (found === undefined) continue;
          if (!isDomainName(request.query.question.name)) {
            const error = `invalid name after rewrite: ${request.query.question.name}`;
            request.query = { ...request.query, question: original };
            return { rcode: 'SERVFAIL', error };
          }
          responses.push(...found);
          if (rule.mode === 'continue') continue;
          const result = next(request);
          if (result.reply !== undefined) return { ...result, reply: revert(result.reply, original, responses) };
          if (clientWritten(result.rcode)) return result;
          // The server would answer the rewritten question, which no client accepts.
          const reply = revert(replyTo(request.query, 'rewrite', result.rcode), original, responses);
          const { edns } = request.query;
          return { rcode: 'NOERROR', reply: edns ? { ...reply, edns } : reply, ...(result.error !== undefined && { error: result.error }) };
        }
        const result = next(request);
        if (responses.length === 0 || result.reply === undefined) return result;
        return { ...result, reply: revert(result.reply, original, responses) };
      },
    });
  },
};

function parseRule(args: readonly string[]): Rule {
  const [first] = args;
  if (first === undefined) throw new CorefileError('no rule type specified for rewrite');
  const word = first.toLowerCase();
  const moded = word === 'continue' || word === 'stop';
  if (moded && args.length < 2) throw new CorefileError(`${word} rule must begin with a rule type`);
  const make = makers[moded ? args[1]!.toLowerCase() : word];
  if (make === undefined) throw new CorefileError(`invalid rule type ${quote(first)}`);
  return make(word === 'continue' ? 'continue' : 'stop', args.slice(moded ? 2 : 1));
}
