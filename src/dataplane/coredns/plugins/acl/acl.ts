/** Decides by the client's address who is answered. (coredns: plugin/acl) */
import { contains, parseCidr, parseIp, type Cidr } from '#net/ip.ts';
import { doBit, replyTo } from '../../../dns/message.ts';
import { parseType, type RecordType } from '../../../dns/type.ts';
import { quote } from '../../go/quote.ts';
import { nameOf, written, type CorednsPlugin, type Request, type Setup } from '../../plugin.ts';
import { zoneOf } from '../../zone.ts';

type Action = 'allow' | 'block' | 'filter' | 'drop';

interface Policy {
  readonly action: Action;
  /** undefined: all. */
  types: ReadonlySet<RecordType> | undefined;
  networks: readonly Cidr[] | undefined;
}

interface Rule {
  readonly zones: readonly string[];
  readonly policies: Policy[];
}

/** "Blocked" and "Filtered" of RFC 8914. */
const extendedErrors = { block: '000f', filter: '0011' };
const extendedErrorOption = 15;

export const acl: CorednsPlugin = {
  name: 'acl',
  setup(setup) {
    const rules: Rule[] = [];
    while (setup.next()) {
      const rule: Rule = { zones: setup.zonesOr(setup.remainingArgs()), policies: [] };
      while (setup.nextBlock()) rule.policies.push(parsePolicy(setup));
      rules.push(rule);
    }
    setup.add({
      name: 'acl',
      serve(request, next) {
        for (const { zones, policies } of rules) {
          if (zoneOf(zones, nameOf(request)) === undefined) continue;
          const action = policies.find((policy) => applies(policy, request))?.action;
          if (action === 'allow') break;
          if (action === 'drop') return { rcode: 'NOERROR' };
          if (action === undefined) continue;
          const reply = replyTo(request.query, 'acl', action === 'block' ? 'REFUSED' : 'NOERROR');
          return written({
            ...reply,
            edns: { udpSize: 4096, version: 0, flags: doBit, options: [{ code: extendedErrorOption, data: extendedErrors[action] }] },
          });
        }
        return next(request);
      },
    });
  },
};

function applies({ types, networks }: Policy, { query, client }: Request): boolean {
  const ip = parseIp(client.ip);
  if (types !== undefined && !types.has(query.question.type)) return false;
  return networks === undefined || (ip !== undefined && networks.some((network) => contains(network, ip)));
}

function parsePolicy(setup: Setup): Policy {
  const action = setup.word().toLowerCase();
  if (action !== 'allow' && action !== 'block' && action !== 'filter' && action !== 'drop') {
    throw setup.error(`unexpected token ${quote(setup.word())}; expect 'allow', 'block', 'filter' or 'drop'`);
  }
  const policy: Policy = { action, types: undefined, networks: undefined };
  const isSection = (word: string) => /^(type|net)$/i.test(word);
  for (let rest = setup.remainingArgs(); rest.length > 0;) {
    const [section = '', ...after] = rest;
    if (!isSection(section)) throw setup.error(`unexpected token ${quote(section)}; expect 'type | net'`);
    const end = after.findIndex(isSection);
    const tokens = end < 0 ? after : after.slice(0, end);
    rest = end < 0 ? [] : after.slice(end);
    if (tokens.length === 0) throw setup.error(`no token specified in ${quote(section.toLowerCase())} section`);
    if (section.toLowerCase() === 'type')
      policy.types = tokens.includes('*') ? undefined : new Set(tokens.map((token) => recordType(setup, token)));
    else policy.networks = tokens.includes('*') ? undefined : tokens.map((token) => network(setup, token));
  }
  return policy;
}

function recordType(setup: Setup, token: string): RecordType {
  const type = parseType(token);
  if (type === undefined) throw setup.error(`unexpected token ${quote(token)}; expect legal QTYPE`);
  return type;
}

function network(setup: Setup, token: string): Cidr {
  const text = token.includes('/') ? token : `${token}/${token.includes(':') ? 128 : 32}`;
  const parsed = parseCidr(text);
  if (parsed === undefined) throw setup.error(`illegal CIDR notation ${quote(text)}`);
  return parsed;
}
