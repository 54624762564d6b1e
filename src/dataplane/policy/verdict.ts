/** What policies say about one direction of one flow, with the reason. */
import { namespacedName, type NamespacedName } from '#kube/names.ts';

export type Direction = 'ingress' | 'egress';

export type PolicyVerdict =
  /** No policy selects the pod for this direction. */
  | { readonly allowed: true; readonly because: 'not-isolated' }
  /** A pod cannot be kept from itself. */
  | { readonly allowed: true; readonly because: 'itself' }
  /** `rule` is the place in `spec.ingress` or `spec.egress` of the policy. */
  | {
      readonly allowed: true;
      readonly because: 'rule';
      readonly policy: NamespacedName;
      readonly rule: number;
      readonly isolatedBy: readonly NamespacedName[];
    }
  | { readonly allowed: false; readonly isolatedBy: readonly NamespacedName[] };

export const notIsolated: PolicyVerdict = { allowed: true, because: 'not-isolated' };
export const itself: PolicyVerdict = { allowed: true, because: 'itself' };

/** `NetworkPolicy shop/db-lockdown`, `NetworkPolicies shop/a and shop/b`. */
function policiesText(policies: readonly NamespacedName[]): string {
  const names = policies.map(namespacedName);
  const list = names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} and ${names.at(-1)!}`;
  return `${names.length === 1 ? 'NetworkPolicy' : 'NetworkPolicies'} ${list}`;
}

/** One sentence: which policies isolate, and which rule allows. `what` names the traffic: `TCP 80 from pod shop/web`. */
export function verdictText(verdict: PolicyVerdict, direction: Direction, subject: string, what: string): string {
  if (!verdict.allowed) {
    const [isolate, rules] = verdict.isolatedBy.length === 1 ? ['isolates', 'its rules'] : ['isolate', 'their rules'];
    return `${policiesText(verdict.isolatedBy)} ${isolate} ${subject} for ${direction}, and none of ${rules} allows ${what}`;
  }
  switch (verdict.because) {
    case 'not-isolated':
      return `no NetworkPolicy isolates ${subject} for ${direction}`;
    case 'itself':
      return `${subject} cannot be kept from itself`;
    case 'rule':
      return `spec.${direction}[${verdict.rule}] of NetworkPolicy ${namespacedName(verdict.policy)} allows ${what}`;
  }
}
