import * as z from 'zod';
import { answerKindNames, answerKindOf, compare, listed, tidy } from '../../answer.ts';
import { compute, Computed, ComputeError } from '../../computed.ts';
import { wholeGrade, type Finding, type Grade } from '../../grade.ts';
import { linesOf } from '../../evidence.ts';
import { commonFields, remarkOn, type QuestionKind } from '../kind.ts';

const schema = z
  .strictObject({
    type: z.literal('input').describe('Says that it is of this kind.'),
    ...commonFields,
    as: z
      .enum(answerKindNames)
      .optional()
      .describe('The type of the answer, which decides how its spellings are made one; seen from the value when absent.'),
    list: z.boolean().default(false).describe('The value is a set: every word or line of it is asked for, in any order.'),
    answer: Computed.describe('The value, computed: {run: LINE}, {object: {ref, jsonpath}} or {trace: {from, to}}.'),
    accept: z.array(Computed).default([]).describe('Other values that are right as well.'),
  })
  .meta({ id: 'input', description: 'A value, typed.' });
type Spec = z.infer<typeof schema>;

/** A value that is typed: an address, a port, a name… */
export const input = {
  kind: 'input',
  schema,
  async ask(spec, { cluster }) {
    // What the author has said need not be looked up: the question can be put before the cluster is up.
    const value = spec.as === undefined ? (await compute(spec.answer, cluster)).text : '';
    const kind = answerKindOf(spec.as, tidy(spec.list ? (listed(value)[0] ?? '') : value));
    return { mode: 'line', choices: [], form: spec.list ? `${kind.form.replace(/^an? /, 'every ')}, separated by blanks` : kind.form };
  },
  async grade(spec, answer, { cluster }) {
    const value = await compute(spec.answer, cluster);
    if (spec.list) return gradeList(spec, answer, value.text, value.evidence);
    const kind = answerKindOf(spec.as, tidy(value.text));
    const comparison = compare(kind, answer, value.text);
    let correct = comparison.equal;
    for (const other of correct ? [] : spec.accept) correct ||= compare(kind, answer, (await compute(other, cluster)).text).equal;
    const same = (a: string, b: string) => (kind.normalize(tidy(a)) ?? a) === (kind.normalize(tidy(b)) ?? b);
    const remark = correct ? undefined : remarkOn(answer, spec.wrong, same);
    const near = correct ? undefined : comparison.near;
    return wholeGrade(correct, {
      given: comparison.given,
      expected: comparison.expected,
      because: remark ?? (correct ? `It is ${comparison.given}.` : `It is ${comparison.expected}.`),
      ...(near !== undefined && { near }),
      evidence: [value.evidence],
    });
  },
  solve: async (spec, { cluster }) => (await compute(spec.answer, cluster)).text.replaceAll('\n', spec.list ? ' ' : '\n'),
  nodes: (spec) => [
    ...(spec.answer.node === undefined ? [] : [{ path: ['answer', 'node'], node: spec.answer.node }]),
    ...spec.accept.flatMap((one, index) => (one.node === undefined ? [] : [{ path: ['accept', index, 'node'], node: one.node }])),
  ],
} satisfies QuestionKind<Spec>;

function gradeList(spec: Spec, answer: string, value: string, evidence: Grade['evidence'][number]): Grade {
  const wanted = [...new Set(listed(linesOf(value).join(' ')))];
  if (wanted.length === 0) throw new ComputeError('the list that is asked for is empty');
  const kind = answerKindOf(spec.as, wanted[0] ?? '');
  const given = [...new Set(listed(answer).map((one) => kind.normalize(one) ?? one))];
  const expected = wanted.map((one) => kind.normalize(one) ?? one);
  const findings = expected.map((one): Finding => ({
    wanted: one,
    met: given.includes(one),
    observed: given.includes(one) ? 'named' : 'not named',
    weight: 1,
  }));
  const extra = given.filter((one) => !expected.includes(one));
  const hits = findings.filter((one) => one.met).length;
  const correct = hits === expected.length && extra.length === 0;
  const score = correct ? 1 : Math.max(0, Math.round(((hits - extra.length) / Math.max(expected.length, 1)) * 1000) / 1000);
  return {
    correct,
    score: Math.min(score, correct ? 1 : 0.99),
    given: given.join(' '),
    expected: expected.join(' '),
    because: correct
      ? 'All of them, and nothing else.'
      : extra.length > 0
        ? `${extra.join(', ')} ${extra.length === 1 ? 'does' : 'do'} not belong here.`
        : `${expected.length - hits} of ${expected.length} missing.`,
    findings,
    evidence: [evidence],
  };
}
