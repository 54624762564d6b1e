/** `rewrite type|class|ttl|rcode|cname`. (coredns: plugin/rewrite/{type,class,ttl,rcode,cname_target}.go) */
import { parseClass, parseRcode, parseType, rcodeOfNumber, type Rcode } from '../../../dns/type.ts';
import { CorefileError } from '../../corefile/dispenser.ts';
import { quote } from '../../go/quote.ts';
import { compileRegexp } from '../../go/regexp.ts';
import type { Request } from '../../plugin.ts';
import {
  isMatchKind,
  nameMatch,
  questionName,
  rename,
  setValue,
  substitute,
  valueOf,
  type MatchKind,
  type Mode,
  type NameMatch,
  type ResponseRule,
  type Rule,
} from './rule.ts';

export function typeRewrite(mode: Mode, args: readonly string[]): Rule {
  const [from, to] = args.map((arg) => {
    const type = parseType(arg);
    if (type === undefined) throw new CorefileError(`invalid type ${quote(arg.toUpperCase())}`);
    return type;
  });
  return {
    mode,
    apply(request) {
      if (request.query.question.type !== from) return undefined;
      request.query = { ...request.query, question: { ...request.query.question, type: to! } };
      return [];
    },
  };
}

export function classRewrite(mode: Mode, args: readonly string[]): Rule {
  const [from, to] = args.map((arg) => {
    const recordClass = parseClass(arg);
    if (recordClass === undefined) throw new CorefileError(`invalid class ${quote(arg.toUpperCase())}`);
    return recordClass;
  });
  return {
    mode,
    apply(request) {
      if (request.query.question.class !== from) return undefined;
      request.query = { ...request.query, question: { ...request.query.question, class: to! } };
      return [];
    },
  };
}

function matched(mode: Mode, match: NameMatch, response: ResponseRule): Rule {
  return { mode, apply: (request) => (match.matches(questionName(request)) ? [response] : undefined) };
}

/** The match of a rule whose first word may be the kind of match. */
function matchOf(kind: string | undefined, name: string, what: string): NameMatch {
  if (kind === undefined) return nameMatch('exact', name, what);
  if (!isMatchKind(kind)) throw new CorefileError(`${what} rule supports only exact, prefix, suffix, substring, and regex name matching`);
  return nameMatch(kind, name, what);
}

export function ttlRewrite(mode: Mode, args: readonly string[]): Rule {
  if (args.length < 2) throw new CorefileError(`too few (${args.length}) arguments for a ttl rule`);
  const written = args.length === 2 ? args[1]! : args.length === 3 ? args[2]! : '';
  const range = /^(?:(\d+)|(\d*)-(\d*))$/.exec(written);
  const least = Number(range?.[1] ?? (range?.[2] || 0));
  const most = Number(range?.[1] ?? (range?.[3] || 2147483647));
  if (!range || written === '-' || least > most || most > 0xffffffff) throw new CorefileError(`invalid TTL '${written}' for a ttl rule`);
  const match = args.length === 2 ? matchOf(undefined, args[0]!, 'ttl') : matchOf(args[0]!.toLowerCase(), args[1]!, 'ttl');
  return matched(mode, match, (_, record) => {
    record.ttl = Math.min(most, Math.max(least, record.ttl));
  });
}

export function rcodeRewrite(mode: Mode, args: readonly string[]): Rule {
  if (args.length < 3) throw new CorefileError(`too few (${args.length}) arguments for a rcode rule`);
  const [from = '', to = ''] = args.length === 3 ? args.slice(1) : args.length === 4 ? args.slice(2) : [];
  const old = rcode(from);
  if (old === undefined) throw new CorefileError(`invalid matching RCODE '${from}' for a rcode rule`);
  const replacement = rcode(to);
  if (replacement === undefined) throw new CorefileError(`invalid replacement RCODE '${to}' for a rcode rule`);
  const match = args.length === 3 ? matchOf(undefined, args[0]!, 'rcode') : matchOf(args[0]!.toLowerCase(), args[1]!, 'rcode');
  return matched(mode, match, (draft) => {
    if (draft.rcode === old) draft.rcode = replacement;
  });
}

function rcode(text: string): Rcode | undefined {
  return /^\d+$/.test(text) && Number(text) <= 23 ? rcodeOfNumber(Number(text)) : parseRcode(text);
}

/** Replaces the target of an alias in the reply, and looks the new target up. */
export function cnameRewrite(mode: Mode, args: readonly string[]): Rule {
  if (args.length !== 2 && args.length !== 3) throw new CorefileError(`too few (${args.length}) arguments for a cname rule`);
  const kind = args.length === 2 ? 'exact' : args[0]!.toLowerCase();
  if (!isMatchKind(kind)) throw new CorefileError(`unknown cname rewrite type: ${kind}`);
  const [from = '', to = ''] = args.slice(-2).map((arg) => arg.toLowerCase());
  const target = targetRewriter(kind, from, to);
  return {
    mode,
    apply: (request) => [
      (draft, record) => {
        if (record.type !== 'CNAME') return;
        const replaced = target(valueOf(record)!);
        if (replaced === undefined) return;
        rename(request, replaced);
        const found = lookup(request, replaced);
        const aliases = draft.answer.filter(({ type }) => type === 'CNAME');
        for (const alias of aliases) setValue(alias, replaced);
        draft.answer = [...aliases, ...found.filter(({ name }) => name === replaced).map((one) => ({ ...one }))];
      },
    ],
  };
}

function lookup(request: Request, name: string) {
  return request.lookup(name, request.query.question.type)?.answer ?? [];
}

function targetRewriter(kind: MatchKind, from: string, to: string): (target: string) => string | undefined {
  switch (kind) {
    case 'exact':
      return (target) => (target === from ? to : undefined);
    case 'prefix':
      return (target) => (target.startsWith(from) ? to + target.slice(from.length) : undefined);
    case 'suffix':
      return (target) => (target.endsWith(from) ? target.slice(0, -from.length) + to : undefined);
    case 'substring':
      return (target) => (target.includes(from) ? target.replaceAll(from, to) : undefined);
    case 'regex': {
      const pattern = compileRegexp(from);
      return (target) => {
        const groups = pattern.ok ? pattern.value.find(target) : undefined;
        return groups && substitute(to, groups);
      };
    }
  }
}
