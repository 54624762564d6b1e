/** Walks the client's search path on the server. (coredns: plugin/autopath) */
import { isSubDomain } from '../../../dns/name.ts';
import type { Reply } from '../../../dns/message.ts';
import { CorefileError } from '../../corefile/dispenser.ts';
import { quote } from '../../go/quote.ts';
import { clientWritten, nameOf, written, type CorednsPlugin, type Request, type Result } from '../../plugin.ts';
import { resolvConfSearch } from '../../resolv-conf.ts';
import { normalizeName, zoneOf } from '../../zone.ts';

/** The search path of the client that asks, ended by the empty text; undefined when it is not known. Other plugins offer it. */
export type SearchPath = (request: Request) => readonly string[] | undefined;

export const autopath: CorednsPlugin = {
  name: 'autopath',
  setup(setup) {
    let zones: readonly string[] = [];
    let search: SearchPath = () => undefined;
    while (setup.next()) {
      const args = setup.remainingArgs();
      const source = args.pop();
      if (source === undefined) throw new CorefileError('no resolv-conf specified');
      zones = setup.zonesOr(args);
      if (source.startsWith('@')) {
        const offered = source.slice(1);
        setup.hook('autopath', {
          start() {
            const found = setup.block.offers.get(offered) as SearchPath | undefined;
            if (found === undefined) return `plugin/autopath: failed to find plugin: ${offered}`;
            search = found;
            return undefined;
          },
        });
      } else {
        const text = setup.environment.files.read(source);
        if (text === undefined) throw new CorefileError(`failed to parse ${quote(source)}: open ${source}: no such file or directory`);
        const path = [...resolvConfSearch(text).map(normalizeName), ''];
        search = () => path;
      }
    }
    setup.add({
      name: 'autopath',
      serve(request, next) {
        const name = nameOf(request);
        const path = zoneOf(zones, name) === undefined ? undefined : search(request);
        if (path === undefined || path.length === 0 || !isSubDomain(path[0]!, name)) return next(request);
        return walk(request, path, next);
      },
    });
  },
};

/** The first answer along the path that is not NXDOMAIN; the first one of all when there is none. */
function walk(request: Request, path: readonly string[], next: (request: Request) => Result): Result {
  const { question } = request.query;
  const base = question.name.slice(0, question.name.length - path[0]!.length).replace(/\.$/, '');
  let first: Result | undefined;
  for (const domain of path) {
    const asked: Request = { ...request, query: { ...request.query, question: { ...question, name: `${base}.${domain}` } } };
    const result = next(asked);
    if (result.error !== undefined) return result;
    first ??= result;
    if (!clientWritten(result.rcode) || result.reply === undefined || result.reply.rcode === 'NXDOMAIN') continue;
    return written(aliased(result.reply, question));
  }
  return first!.reply ? { ...first!, reply: { ...first!.reply, question } } : first!;
}

/** Puts an alias from the asked name in front, so that the client takes the answer for its own. */
function aliased(reply: Reply, question: Reply['question']): Reply {
  const other = reply.answer.find(({ name }) => name.toLowerCase() !== question.name.toLowerCase());
  if (other === undefined) return { ...reply, question };
  const alias = { name: question.name, ttl: other.ttl, class: 'IN', type: 'CNAME', data: other.name } as const;
  return { ...reply, question, answer: [alias, ...reply.answer] };
}
