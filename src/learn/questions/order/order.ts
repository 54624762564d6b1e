import * as z from 'zod';
import { tidy } from '../../answer.ts';
import { chosen, letter } from '../../choices.ts';
import { compute, Computed, ComputeError } from '../../computed.ts';
import { linesOf, type Evidence } from '../../evidence.ts';
import type { Finding } from '../../grade.ts';
import { shuffled } from '../../shuffle.ts';
import { commonFields, type QuestionKind, type Sitting } from '../kind.ts';

const schema = z
  .strictObject({
    type: z.literal('order').describe('Says that it is of this kind.'),
    ...commonFields,
    answer: Computed.describe('The truth: a computed text whose lines are in the right order.'),
    items: z
      .array(
        z.strictObject({
          text: z.string().min(1).describe('What the learner reads.'),
          match: z.string().min(1).describe('A part of the line of the truth that this item stands for.'),
        }),
      )
      .min(3)
      .max(12)
      .optional()
      .describe('What to put in order; the lines of the truth themselves when absent.'),
  })
  .meta({ id: 'order', description: 'Things to put in order.' });
type Spec = z.infer<typeof schema>;

/** Things to put in order: the hops of a packet, the steps of a pod’s creation. */
export const order = {
  kind: 'order',
  schema,
  async ask(spec, sitting) {
    return {
      mode: 'order',
      choices: shownItems(await truth(spec, sitting), spec.id, sitting),
      form: 'the letters in the right order, like c a b',
    };
  },
  async grade(spec, answer, sitting) {
    const right = await truth(spec, sitting);
    const shown = shownItems(right, spec.id, sitting);
    const taken = sequence(answer, shown);
    const given = taken.map((index) => shown[index]!);
    const findings = right.items.map((item, index): Finding => ({
      wanted: `${index + 1}. ${item}`,
      met: given[index] === item,
      observed: given[index] === undefined ? 'not placed' : given[index] === item ? 'so placed' : `${given[index]} stands here`,
      weight: 1,
    }));
    const correct = given.length === right.items.length && findings.every((one) => one.met);
    const score = correct ? 1 : Math.round((Math.max(0, longestOrdered(given, right.items) - 1) / (right.items.length - 1)) * 1000) / 1000;
    const first = findings.findIndex((one) => !one.met);
    return {
      correct,
      score: correct ? 1 : Math.min(score, 0.99),
      given: given.join(' → '),
      expected: right.items.join(' → '),
      because: correct ? 'That is the order.' : `Number ${first + 1} is ${right.items[first]}.`,
      findings,
      evidence: [right.evidence],
    };
  },
  async solve(spec, sitting) {
    const right = await truth(spec, sitting);
    const shown = shownItems(right, spec.id, sitting);
    return right.items.map((item) => letter(shown.indexOf(item))).join(' ');
  },
  nodes: (spec) => (spec.answer.node === undefined ? [] : [{ path: ['answer', 'node'], node: spec.answer.node }]),
} satisfies QuestionKind<Spec>;

interface Truth {
  readonly items: readonly string[];
  readonly evidence: Evidence;
}

async function truth(spec: Spec, { cluster }: Sitting): Promise<Truth> {
  const { text, evidence } = await compute(spec.answer, cluster);
  const lines = linesOf(text);
  const items =
    spec.items === undefined
      ? [...new Set(lines)]
      : spec.items
          .map((item) => ({ text: item.text, at: lines.findIndex((line) => line.includes(item.match)), match: item.match }))
          .map((item) => {
            if (item.at < 0) throw new ComputeError(`no line of the truth contains "${item.match}"`);
            return item;
          })
          .sort((a, b) => a.at - b.at)
          .map((item) => item.text);
  if (items.length < 2) throw new ComputeError('there is nothing to put in order');
  return { items, evidence };
}

function shownItems({ items }: Truth, id: string, { seed }: Sitting): readonly string[] {
  const shown = shuffled(items, `${seed}/order/${id}`);
  return shown.every((item, index) => item === items[index]) ? [...shown.slice(1), shown[0]!] : shown;
}

function sequence(answer: string, shown: readonly string[]): readonly number[] {
  const typed = tidy(answer);
  const marks = /^[a-z]+$/i.test(typed) ? [...typed] : typed.split(/[\s,;>→-]+/).filter((one) => one !== '');
  const byMark = marks.map((mark) => chosen(mark, shown));
  const taken = byMark.includes(undefined)
    ? typed.split(/\n|\s*(?:→|->)\s*/).flatMap((line) => chosen(line, shown) ?? [])
    : (byMark as number[]);
  return [...new Set(taken)];
}

/** The length of the longest part of `given` (with gaps) that stands in the order of `right`. */
function longestOrdered(given: readonly string[], right: readonly string[]): number {
  const places = given.map((item) => right.indexOf(item));
  const best = places.map(() => 1);
  for (let i = 0; i < places.length; i++)
    for (let j = 0; j < i; j++) if (places[j]! < places[i]!) best[i] = Math.max(best[i]!, best[j]! + 1);
  return Math.max(0, ...best);
}
