import * as z from 'zod';
import {
  areDecidable,
  choiceFields,
  chosen,
  judgeChoices,
  letter,
  nodesOfChoices,
  refuseTwins,
  shownChoices,
  undecidable,
  type Choices,
  type JudgedChoice,
} from '../../choices.ts';
import { tidy } from '../../answer.ts';
import type { Finding, Grade } from '../../grade.ts';
import { commonFields, type QuestionKind } from '../kind.ts';

const schema = z
  .strictObject({ type: z.literal('multi').describe('Says that it is of this kind.'), ...commonFields, ...choiceFields })
  .refine(areDecidable, { path: ['choices'], error: ({ input }) => undecidable(input as Choices) })
  .superRefine(refuseTwins)
  .meta({ id: 'multi', description: 'All that apply, of several.' });
type Spec = z.infer<typeof schema>;

/** Any number of several ready-made answers; a part of the right ones is worth a part of the points. */
export const multi = {
  kind: 'multi',
  schema,
  ask: async (spec, sitting) => ({
    mode: 'many',
    choices: shownChoices(spec, spec.id, sitting),
    form: 'the letters of all choices that apply, like a c',
  }),
  async grade(spec, answer, sitting) {
    return gradeSelection(await judgeChoices(spec, spec.id, sitting), answer);
  },
  async solve(spec, sitting) {
    return (await judgeChoices(spec, spec.id, sitting)).flatMap((one, index) => (one.right ? [letter(index)] : [])).join(' ');
  },
  nodes: (spec) => nodesOfChoices(spec.choices),
} satisfies QuestionKind<Spec>;

/**
 * Every right choice that is taken is worth the same; a wrong one that is taken costs as much, so that taking everything is worth
 * no more than it says. Below nothing there is nothing.
 */
function gradeSelection(judged: readonly JudgedChoice[], answer: string): Grade {
  const texts = judged.map((one) => one.text);
  const taken = selection(answer, texts);
  const right = judged.filter((one) => one.right).length;
  const findings = judged.map((one, index): Finding => {
    const isTaken = taken.includes(index);
    return {
      wanted: one.text,
      met: isTaken === one.right,
      observed: `${one.right ? 'it applies' : 'it does not apply'}: ${one.because ?? one.observed}`,
      weight: 1,
      ...(one.evidence !== undefined && { evidence: one.evidence }),
    };
  });
  const hits = taken.filter((index) => judged[index]!.right).length;
  const correct = findings.every((one) => one.met);
  const score = correct ? 1 : Math.max(0, Math.round(((hits - (taken.length - hits)) / Math.max(right, 1)) * 1000) / 1000);
  const missed = right - hits;
  const extra = taken.length - hits;
  const parts = [
    ...(missed > 0 ? [`${missed} that ${missed === 1 ? 'applies is' : 'apply are'} missing`] : []),
    ...(extra > 0 ? [`${extra} that ${extra === 1 ? 'does' : 'do'} not apply ${extra === 1 ? 'is' : 'are'} among them`] : []),
  ];
  return {
    correct,
    score: Math.min(score, correct ? 1 : 0.99),
    given: taken.map((index) => texts[index]).join('; '),
    expected: judged.flatMap((one) => (one.right ? [one.text] : [])).join('; '),
    because: correct ? 'These, and no others.' : `Of your answer, ${parts.join(' and ')}.`,
    findings,
    evidence: uniqueEvidence(judged),
  };
}

/** Letters or numbers, separated or run together (`ac`), or whole texts, one a line. */
function selection(answer: string, texts: readonly string[]): readonly number[] {
  const typed = tidy(answer);
  const whole = typed.split(/[\n;]/).flatMap((one) => chosen(one, texts) ?? []);
  if (whole.length > 0 && whole.length === typed.split(/[\n;]/).length) return [...new Set(whole)];
  const run = /^[a-z]+$/i.test(typed) ? [...typed] : typed.split(/[\s,;+&]+|\band\b/).filter((one) => one !== '');
  const marks = run.map((one) => chosen(one, texts));
  return marks.includes(undefined) ? [] : [...new Set(marks as number[])];
}

function uniqueEvidence(judged: readonly JudgedChoice[]): Grade['evidence'] {
  return [
    ...new Map(
      judged.flatMap((one) => (one.right && one.evidence !== undefined ? [[one.evidence.source, one.evidence] as const] : [])),
    ).values(),
  ];
}
