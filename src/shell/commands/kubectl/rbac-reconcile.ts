/** What `kubectl auth reconcile` makes of a role or binding and the one that is there (staging:component-helpers/auth/rbac/reconciliation). */
import { canonical } from '#kube/equal.ts';
import type { KubeObject } from '#kube/object.ts';

interface RbacObject extends KubeObject {
  readonly rules?: readonly unknown[] | null;
  readonly subjects?: readonly unknown[];
}

export interface ReconcileOptions {
  readonly removeRules: boolean;
  readonly removeSubjects: boolean;
}

export function reconciled(
  wanted: RbacObject,
  live: RbacObject | undefined,
  { removeRules, removeSubjects }: ReconcileOptions,
): KubeObject {
  if (live === undefined) return wanted;
  const union = (kept: readonly unknown[] = [], added: readonly unknown[] = []) => {
    const known = new Set(kept.map(canonical));
    return [...kept, ...added.filter((one) => !known.has(canonical(one)))];
  };
  const metadata = {
    ...live.metadata,
    ...(wanted.metadata.labels !== undefined && { labels: { ...wanted.metadata.labels, ...live.metadata.labels } }),
    ...(wanted.metadata.annotations !== undefined && { annotations: { ...wanted.metadata.annotations, ...live.metadata.annotations } }),
  };
  return {
    ...live,
    metadata,
    ...(wanted.rules !== undefined && { rules: removeRules ? wanted.rules : union(live.rules ?? [], wanted.rules ?? []) }),
    ...(wanted.subjects !== undefined && { subjects: removeSubjects ? wanted.subjects : union(live.subjects, wanted.subjects) }),
  } as KubeObject;
}

/** What a role or binding lacks of what is wanted, and has beyond it, as the command reports it. */
export function reconcileReport(
  wanted: RbacObject,
  live: RbacObject | undefined,
  { removeRules, removeSubjects }: ReconcileOptions,
): string {
  if (live === undefined) return '\treconciliation required create\n';
  const lacking = (has: readonly unknown[] | null | undefined, wants: readonly unknown[] | null | undefined) => {
    const known = new Set((has ?? []).map(canonical));
    return (wants ?? []).filter((one) => !known.has(canonical(one)));
  };
  const rules = { missing: ruleDifference(wanted.rules, live.rules), extra: ruleDifference(live.rules, wanted.rules) };
  const subjects = { missing: lacking(live.subjects, wanted.subjects), extra: lacking(wanted.subjects, live.subjects) };
  const isNeeded =
    rules.missing.length > 0 ||
    subjects.missing.length > 0 ||
    (removeRules && rules.extra.length > 0) ||
    (removeSubjects && subjects.extra.length > 0);
  if (!isNeeded) return '';
  const block = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? '' : `\t${title}:\n${lines.map((line) => `\t\t${line}\n`).join('')}`;
  return [
    '\treconciliation required update\n',
    block('missing rules added', rules.missing.map(ruleText)),
    removeRules ? block('extra rules removed', rules.extra.map(ruleText)) : '',
    block('missing subjects added', subjects.missing.map(subjectText)),
    removeSubjects ? block('extra subjects removed', subjects.extra.map(subjectText)) : '',
  ].join('');
}

interface Rule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** Rules taken apart: one verb, group, resource and name each (component-helpers: auth/rbac/validation, breakdownRule). */
function breakdown(rule: Rule): readonly Rule[] {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const names = resourceNames.length === 0 ? [undefined] : resourceNames;
  return [
    ...apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) =>
          names.map((name) => ({
            verbs: [verb],
            apiGroups: [group],
            resources: [resource],
            ...(name !== undefined && { resourceNames: [name] }),
          })),
        ),
      ),
    ),
    ...nonResourceURLs.flatMap((url) => verbs.map((verb) => ({ verbs: [verb], nonResourceURLs: [url] }))),
  ];
}

/** What the first rules allow and the second do not (validation.Covers). */
function ruleDifference(first: readonly unknown[] | null | undefined, second: readonly unknown[] | null | undefined): readonly Rule[] {
  const allows = (list: readonly string[] = [], one: string | undefined) => one === undefined || list.includes('*') || list.includes(one);
  const covered = (one: Rule) =>
    ((second ?? []) as readonly Rule[]).some(
      (rule) =>
        allows(rule.verbs, one.verbs?.[0]) &&
        allows(rule.apiGroups, one.apiGroups?.[0]) &&
        allows(rule.resources, one.resources?.[0]) &&
        allows(rule.nonResourceURLs, one.nonResourceURLs?.[0]) &&
        ((rule.resourceNames ?? []).length === 0 || (one.resourceNames !== undefined && allows(rule.resourceNames, one.resourceNames[0]))),
    );
  return ((first ?? []) as readonly Rule[]).flatMap(breakdown).filter((one) => !covered(one));
}

/** Go's `%+v` of a PolicyRule. */
function ruleText(rule: Rule): string {
  const list = (values: readonly string[] = []) => `[${values.join(' ')}]`;
  return `{Verbs:${list(rule.verbs)} APIGroups:${list(rule.apiGroups)} Resources:${list(rule.resources)} ResourceNames:${list(rule.resourceNames)} NonResourceURLs:${list(rule.nonResourceURLs)}}`;
}

function subjectText(subject: unknown): string {
  const { kind = '', apiGroup = '', name = '', namespace = '' } = subject as Readonly<Record<string, string>>;
  return `{Kind:${kind} APIGroup:${apiGroup} Name:${name} Namespace:${namespace}}`;
}
