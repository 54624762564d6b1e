/** One line of the rewrite plugin: what it does to a query, and how replies are turned back. (coredns: plugin/rewrite) */
import type { Reply, ResourceRecord } from '../../../dns/message.ts';
import type { Rcode } from '../../../dns/type.ts';
import { CorefileError } from '../../corefile/dispenser.ts';
import { compileRegexp, type GoRegexp } from '../../go/regexp.ts';
import type { Request } from '../../plugin.ts';
import { normalizeName } from '../../zone.ts';

/** A reply under change. */
export interface Draft {
  rcode: Rcode;
  answer: MutableRecord[];
  authority: MutableRecord[];
  additional: MutableRecord[];
}

/** `data` is undefined for the OPT record, whose "TTL" is its flags. */
export type MutableRecord = { -readonly [K in keyof ResourceRecord]: ResourceRecord[K] } & { opt?: true };

/** Changes one record of a reply, or the reply when it meets the record. */
export type ResponseRule = (draft: Draft, record: MutableRecord) => void;

export interface Rule {
  /** Whether the rules after it are tried when it matched. */
  readonly mode: 'stop' | 'continue';
  /** Changes the request; returns what to do with the reply, or undefined when it does not match. */
  apply(request: Request): readonly ResponseRule[] | undefined;
}

export type Mode = Rule['mode'];

/** The question's name in lower case, which is what all rules compare. */
export function questionName({ query }: Request): string {
  return query.question.name.toLowerCase();
}

export function rename(request: Request, name: string): void {
  request.query = { ...request.query, question: { ...request.query.question, name } };
}

export type MatchKind = 'exact' | 'prefix' | 'suffix' | 'substring' | 'regex';

/** What a rule compares names with. A text is completed to an absolute name first, so that only whole names are met by prefixes. */
export interface NameMatch {
  matches(name: string): boolean;
}

export function nameMatch(kind: MatchKind, text: string, describe: string): NameMatch {
  if (kind === 'regex') {
    const pattern = compileRegexp(text);
    if (!pattern.ok) throw new CorefileError(`invalid regex pattern in a ${describe} rule: ${text}`);
    return { matches: (name) => pattern.value.find(name) !== undefined };
  }
  const normalized = normalizeName(text);
  const tests: { readonly [K in Exclude<MatchKind, 'regex'>]: (name: string) => boolean } = {
    exact: (name) => name === normalized,
    prefix: (name) => name.startsWith(normalized),
    suffix: (name) => name.endsWith(normalized),
    substring: (name) => name.includes(normalized),
  };
  return { matches: tests[kind] };
}

export function isMatchKind(text: string): text is MatchKind {
  return ['exact', 'prefix', 'suffix', 'substring', 'regex'].includes(text);
}

/** `{0}`, `{1}`… in a replacement become what the pattern's groups have matched. */
export function substitute(replacement: string, groups: readonly string[]): string {
  return groups.reduce((text, group, index) => text.replaceAll(`{${index}}`, group), replacement);
}

/** A pattern and a replacement that fit together. */
export function replacementPattern(from: string, to: string): GoRegexp {
  const pattern = compileRegexp(from);
  if (!pattern.ok) throw new CorefileError(`invalid regex matching pattern: ${from}`);
  const used = new Set([...to.matchAll(/\{(\d{1,2}|100)\}/g)].map(([whole]) => whole)).size;
  if (used > pattern.value.groups) {
    throw new CorefileError(
      `the rewrite regex pattern (${to}) uses more subexpressions than its corresponding matching regex pattern (${from})`,
    );
  }
  return pattern.value;
}

/** Where in its data a type holds the name that `answer value` and CNAME rules speak of. */
const valueFields: { readonly [type: string]: number } = { SRV: 3, MX: 1, CNAME: 0, NS: 0, DNAME: 0, NAPTR: 5, SOA: 0 };

export function valueOf({ type, data }: ResourceRecord): string | undefined {
  const field = valueFields[type];
  return field === undefined ? undefined : data.split(' ')[field];
}

export function setValue(record: MutableRecord, value: string): void {
  record.data = record.data.split(' ').with(valueFields[record.type]!, value).join(' ');
}

/** Applies rules to a reply: to its authority, its answer and its additional records with the OPT record, in this order. */
export function revert(reply: Reply, question: Reply['question'], rules: readonly ResponseRule[]): Reply {
  if (rules.length === 0) return { ...reply, question };
  const draft: Draft = {
    rcode: reply.rcode,
    answer: reply.answer.map(copy),
    authority: reply.authority.map(copy),
    additional: reply.additional.map(copy),
  };
  const opt: MutableRecord | undefined = reply.edns && { name: '.', class: 'IN', type: 'OPT', data: '', ttl: reply.edns.flags, opt: true };
  for (const section of [draft.authority, draft.answer, draft.additional, opt ? [opt] : []]) {
    for (const record of section) for (const rule of rules) rule(draft, record);
  }
  return { ...reply, ...draft, question, ...(reply.edns && opt && { edns: { ...reply.edns, flags: opt.ttl & 0xffff } }) };
}

function copy(record: ResourceRecord): MutableRecord {
  return { ...record };
}
