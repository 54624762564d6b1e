/** `rewrite name`: other names in the question, and back again in the reply. (coredns: plugin/rewrite/name.go) */
import { CorefileError } from '../../corefile/dispenser.ts';
import { quote } from '../../go/quote.ts';
import type { Request } from '../../plugin.ts';
import { normalizeName } from '../../zone.ts';
import {
  isMatchKind,
  questionName,
  rename,
  replacementPattern,
  setValue,
  substitute,
  valueOf,
  type Mode,
  type ResponseRule,
  type Rule,
} from './rule.ts';

type Rewriter = (text: string) => string;

const nameRule =
  (rewriter: Rewriter): ResponseRule =>
  (_, record) => {
    if (!record.opt) record.name = rewriter(record.name);
  };

const valueRule =
  (rewriter: Rewriter): ResponseRule =>
  (_, record) => {
    const value = valueOf(record);
    if (value === undefined) return;
    const changed = rewriter(value);
    if (changed !== value) setValue(record, changed);
  };

/** One name becomes another, and names below it follow. */
function remap(from: string, to: string): Rewriter {
  return (text) => (text === from ? to : text.endsWith(`.${from}`) ? text.slice(0, -from.length) + to : text);
}

export function nameRewrite(mode: Mode, args: readonly string[]): Rule {
  if (args.length < 2) throw new CorefileError('too few arguments for a name rule');
  const kind = args.length === 2 ? 'exact' : args[0]!.toLowerCase();
  const [from = '', to = ''] = args.length === 2 ? args : args.slice(1, 3);
  const { auto, rules } = args.length > 3 ? answerRules(kind, args.slice(3)) : { auto: false, rules: [] };
  if (!isMatchKind(kind))
    throw new CorefileError(`name rule supports only exact, prefix, suffix, substring, and regex name matching, received: ${kind}`);
  const target = normalizeName(to);
  const source = kind === 'regex' ? from : normalizeName(from);
  if (kind === 'exact') replacementPattern(target, source);
  const pattern = kind === 'regex' ? replacementPattern(from, to) : undefined;
  /** The new name for an old one, or undefined. */
  const rewritten = (name: string): string | undefined => {
    switch (kind) {
      case 'exact':
        return name === source ? target : undefined;
      case 'prefix':
        return name.startsWith(source) ? target + name.slice(source.length) : undefined;
      case 'suffix':
        return name.endsWith(source) ? name.slice(0, -source.length) + target : undefined;
      case 'substring':
        return name.includes(source) ? name.replaceAll(source, target) : undefined;
      case 'regex': {
        const groups = pattern!.find(name);
        return groups && substitute(target, groups);
      }
    }
  };
  return {
    mode,
    apply(request: Request) {
      const before = questionName(request);
      const after = rewritten(before);
      if (after === undefined) return undefined;
      rename(request, after);
      if (kind === 'suffix' && auto) {
        const rewriter: Rewriter = (text) => (text.endsWith(target) ? text.slice(0, -target.length) + source : text);
        return [nameRule(rewriter), valueRule(rewriter), ...rules];
      }
      if (kind !== 'exact' && !auto) return rules;
      const rewriter = remap(after, before);
      return [nameRule(rewriter), valueRule(rewriter), ...rules];
    },
  };
}

/** `answer auto`, `answer name FROM TO`, `answer value FROM TO`, one after the other. */
function answerRules(kind: string, args: readonly string[]): { readonly auto: boolean; readonly rules: readonly ResponseRule[] } {
  const problem = (text: string) => new CorefileError(text);
  if (args.length < 2) throw problem(`invalid arguments for ${kind} rule`);
  const rules: ResponseRule[] = [];
  let auto = false;
  let named = false;
  for (let at = 0, last = ''; at < args.length;) {
    if (last === '' && args[at] !== 'answer')
      throw problem(`exceeded the number of arguments for a non-answer rule argument for ${kind} rule`);
    if (args[at] === 'answer') at++;
    if (at === args.length) throw problem(`type missing for answer rule for ${kind} rule`);
    last = args[at++]!;
    if (last === 'auto') {
      auto = true;
      continue;
    }
    if (last !== 'name' && last !== 'value') throw problem(`invalid type ${quote(last)} for answer rule for ${kind} rule`);
    const [from, to] = args.slice(at, at + 2);
    if (from === undefined || to === undefined) throw problem(`${last} answer rule for ${kind} rule: 2 arguments required`);
    const rewriter = patternRewriter(from, to, `${last} answer rule for ${kind} rule`);
    rules.push(last === 'name' ? nameRule(rewriter) : valueRule(rewriter));
    named ||= last === 'name';
    at += 2;
  }
  if (auto && named) throw problem('auto name answer rule cannot be combined with explicit name anwer rules');
  return { auto, rules };
}

function patternRewriter(from: string, to: string, what: string): Rewriter {
  try {
    const pattern = replacementPattern(from, to);
    const target = normalizeName(to);
    return (text) => {
      const groups = pattern.find(text);
      return groups ? substitute(target, groups) : text;
    };
  } catch (error) {
    if (error instanceof CorefileError) throw new CorefileError(`${what}: ${error.message}`);
    throw error;
  }
}
