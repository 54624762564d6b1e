import type { Family } from '#net/ip.ts';
import type { Rule } from '#node/netfilter.ts';
import { ruleText } from './save.ts';

/** Reports whether two rules are the same to iptables (`-C`, `-D`): whether they print alike. */
export function sameRule(a: Rule, b: Rule, family: Family): boolean {
  return a === b || ruleText('', a, family) === ruleText('', b, family);
}
