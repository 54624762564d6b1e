import * as z from 'zod';
import {
  areDecidable,
  choiceFields,
  chosen,
  judgeChoices,
  letter,
  nodesOfChoices,
  refuseTwins,
  sameText,
  shownChoices,
  undecidable,
  type Choices,
  type JudgedChoice,
} from '../../choices.ts';
import { ComputeError } from '../../computed.ts';
import { wholeGrade } from '../../grade.ts';
import { commonFields, remarkOn, type QuestionKind } from '../kind.ts';

const schema = z
  .strictObject({ type: z.literal('choice').describe('Says that it is of this kind.'), ...commonFields, ...choiceFields })
  .refine(areDecidable, { path: ['choices'], error: ({ input }) => undecidable(input as Choices) })
  .superRefine(refuseTwins)
  .meta({ id: 'choice', description: 'One of several.' });
type Spec = z.infer<typeof schema>;

/** One of several ready-made answers. */
export const choice = {
  kind: 'choice',
  schema,
  ask: async (spec, sitting) => ({ mode: 'one', choices: shownChoices(spec, spec.id, sitting), form: 'the letter of one choice' }),
  async grade(spec, answer, sitting) {
    const judged = await judgeChoices(spec, spec.id, sitting);
    const expected = theRightOne(judged);
    const index = chosen(
      answer,
      judged.map((one) => one.text),
    );
    const taken = index === undefined ? undefined : judged[index];
    const remark = remarkOn(taken?.text ?? answer, spec.wrong, sameText) ?? taken?.because;
    return wholeGrade(taken === expected, {
      given: taken?.text ?? answer.trim(),
      expected: expected.text,
      because:
        taken === undefined && answer.trim() !== ''
          ? `Choose by a letter, ${letter(0)} to ${letter(judged.length - 1)}.`
          : (remark ?? sentence(expected.observed)),
      evidence: expected.evidence === undefined ? [] : [expected.evidence],
    });
  },
  solve: async (spec, sitting) => theRightOne(await judgeChoices(spec, spec.id, sitting)).text,
  nodes: (spec) => nodesOfChoices(spec.choices),
} satisfies QuestionKind<Spec>;

function theRightOne(judged: readonly JudgedChoice[]): JudgedChoice {
  const right = judged.filter((one) => one.right);
  if (right.length === 1) return right[0]!;
  const which =
    right.length === 0 ? 'none of the choices is right' : `${right.length} choices are right: ${right.map(({ text }) => text).join(', ')}`;
  throw new ComputeError(`${which}; one should be`);
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
