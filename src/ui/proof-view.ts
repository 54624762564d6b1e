import type { Claim } from '#learn/proof.ts';
import { count } from './grade-view.ts';
import { harmless, indent, wrap } from './text.ts';
import type { Screen } from './quiz-view.ts';

/** A scenario's proof: one line when all holds; each claim that does not hold with what was seen instead. */
export function proofView(scenario: string, claims: readonly Claim[], all: boolean, { columns, theme }: Screen): readonly string[] {
  const failed = claims.filter((one) => !one.holds);
  const mark = failed.length === 0 ? theme.good(theme.marks.right) : theme.bad(theme.marks.wrong);
  const sum = failed.length === 0 ? count(claims.length, 'claim') : `${failed.length} of ${count(claims.length, 'claim')} do not hold`;
  return [
    `${mark} ${theme.strong(harmless(scenario))} ${theme.dim(sum)}`,
    ...(all ? claims : failed).flatMap((claim) => one(claim, columns)),
  ];

  function one({ question, claim, holds, seen, place, remedy }: Claim, width: number): readonly string[] {
    const sign = holds ? theme.good(theme.marks.right) : theme.bad(theme.marks.wrong);
    const text = `${question === undefined ? '' : `${question}: `}${claim}`;
    return [
      ...indent(wrap(harmless(text), width - 6), '    ', `  ${sign} `),
      ...(seen === undefined ? [] : indent(wrap(theme.dim(harmless(seen)), width - 6), '      ')),
      ...(place === undefined ? [] : indent(wrap(harmless(`${place}: ${remedy ?? ''}`), width - 6), '      ')),
    ];
  }
}
