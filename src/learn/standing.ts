/** How a set of checks stands: on the cluster as it was at the start, and as it is now. */
import { describeCheck, evaluate, isPositive, nodesOfCheck, type Check } from './check.ts';
import type { NodeMention, Outcome } from './checks/kind.ts';
import { allMet, scoreOf, type Finding, type Grade } from './grade.ts';
import type { LiveCluster } from './live-cluster.ts';

/** Looks at every check; what must work is asked before what must be prevented. */
export async function outcomesOf(checks: readonly Check[], cluster: LiveCluster): Promise<readonly Outcome[]> {
  const outcomes = new Map<Check, Outcome>();
  for (const check of inOrder(checks)) outcomes.set(check, await evaluate(check, cluster));
  return checks.map((check) => outcomes.get(check)!);
}

/** Whether every check is met, looked at in the order of {@link outcomesOf}, as far as the first that is not. */
export async function areMet(checks: readonly Check[], cluster: LiveCluster): Promise<boolean> {
  for (const check of inOrder(checks)) if (!(await evaluate(check, cluster)).met) return false;
  return checks.length > 0;
}

function inOrder(checks: readonly Check[]): readonly Check[] {
  return [...checks.filter(isPositive), ...checks.filter((check) => !isPositive(check))];
}

const atStart = new WeakMap<LiveCluster, WeakMap<readonly Check[], Promise<readonly Outcome[]>>>();

/** The outcomes on the cluster as the learner first met it. They are looked at once: however much is answered, it started as it did. */
export function outcomesAtStart(checks: readonly Check[], cluster: LiveCluster): Promise<readonly Outcome[]> {
  let known = atStart.get(cluster);
  if (known === undefined) atStart.set(cluster, (known = new WeakMap()));
  let outcomes = known.get(checks);
  if (outcomes === undefined) known.set(checks, (outcomes = cluster.asStarted(() => outcomesOf(checks, cluster))));
  return outcomes;
}

/**
 * The findings now, in the light of before: a check that was met already is a guard without weight of its own, so that doing nothing
 * is worth nothing.
 */
export function findingsOf(checks: readonly Check[], before: readonly Outcome[], after: readonly Outcome[]): readonly Finding[] {
  return checks.map((check, index) => ({
    wanted: describeCheck(check),
    met: after[index]!.met,
    observed: after[index]!.observed,
    weight: before[index]!.met ? 0 : check.weight,
    evidence: after[index]!.evidence,
  }));
}

/** The grade that follows from findings; `rest` says what was given and expected. */
export function gradeFindings(
  findings: readonly Finding[],
  rest: { readonly given: string; readonly expected: string; readonly because?: string },
): Grade {
  const correct = allMet(findings);
  const failed = findings.filter((one) => !one.met);
  const broken = failed.find((one) => one.weight === 0);
  const first = broken ?? failed[0];
  const because =
    first === undefined
      ? 'Everything that was asked for is so, and nothing else was broken.'
      : [
          ...(broken === undefined ? [] : ['Something that worked before is broken now.']),
          failed.length === 1
            ? `Wanted: ${first.wanted}. Seen: ${first.observed}.`
            : `${failed.length} of ${findings.length} checks are not met.`,
        ].join(' ');
  return {
    correct,
    score: correct ? 1 : Math.min(scoreOf(findings), 0.99),
    because,
    findings,
    evidence: failed.flatMap((one) => one.evidence ?? []).slice(0, 1),
    ...rest,
  };
}

/** The nodes that a list of checks names, with the place of each in a question. */
export function nodesOfChecks(checks: readonly Check[]): readonly NodeMention[] {
  return checks.flatMap((check, index) => nodesOfCheck(check).map(({ path, node }) => ({ path: ['checks', index, ...path], node })));
}
