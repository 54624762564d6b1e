import { problemExcerpt, problemPlace, type Problem } from '#scenario/problem.ts';
import { harmless } from './text.ts';
import type { Theme } from './theme.ts';

/**
 * Problems as compilers show them: the place and what is wrong on one line, then the source with a caret, then what to do.
 *
 *     scenarios/web.yaml:14:11: no node is called "node03"; did you mean node01?
 *       14 │     ssh node03 rm /etc/cni/net.d/10-flannel.conflist
 *          │     ^
 *          the nodes are controlplane, node01, node02
 */
export function problemView(problems: readonly Problem[], columns: number, theme: Theme): readonly string[] {
  return problems.flatMap((problem) => one(problem, columns, theme));
}

function one(problem: Problem, columns: number, theme: Theme): readonly string[] {
  const number = String(problem.at?.line ?? '');
  const gutter = ' '.repeat(number.length + 2);
  const [source, caret] = problemExcerpt(problem, Math.max(40, columns - gutter.length - 4));
  const bar = theme.dim(theme.marks.quote);
  return [
    `${theme.strong(harmless(problemPlace(problem)))}: ${theme.bad(harmless(problem.message))}`,
    ...(source === undefined ? [] : [`  ${theme.dim(number)} ${bar} ${harmless(source)}`, `${gutter} ${bar} ${theme.bad(caret!)}`]),
    ...(problem.note === undefined ? [] : [`${gutter} ${' '.repeat(theme.marks.quote.length)} ${harmless(problem.note)}`]),
  ];
}
