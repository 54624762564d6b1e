import * as z from 'zod';
import { Check } from '../../check.ts';
import { commandEvidence } from '../../evidence.ts';
import { areMet, findingsOf, gradeFindings, nodesOfChecks, outcomesAtStart, outcomesOf } from '../../standing.ts';
import { commonFields, remarkOn, sameWords, type QuestionKind } from '../kind.ts';

const schema = z
  .strictObject({
    type: z.literal('fix').describe('Says that it is of this kind.'),
    ...commonFields,
    checks: z
      .array(Check)
      .min(1)
      .describe('What must be so in the end. Those that are so from the start are guards: they only have to stay so.'),
    solution: z.string().min(1).describe('Shell lines that mend it; `cka-net test` proves that they do.'),
    alternatives: z.array(z.string()).default([]).describe('Other ways to mend it, proven too.'),
  })
  .meta({ id: 'fix', description: 'A repair, done in the terminal; judged by the state of the cluster.' });
type Spec = z.infer<typeof schema>;

/**
 * A repair. The answer is what is still to be done, as shell lines; it is empty when the learner has done everything in the terminal.
 */
export const fix = {
  kind: 'fix',
  schema,
  ask: async () => ({ mode: 'terminal', choices: [], form: 'a repair, done in the terminal' }),
  async grade(spec, answer, { cluster }) {
    const before = await outcomesAtStart(spec.checks, cluster);
    return await cluster.aside(async () => {
      const lines = answer.trim();
      const output = lines === '' ? undefined : await cluster.run(answer);
      const findings = findingsOf(spec.checks, before, await outcomesOf(spec.checks, cluster));
      const graded = gradeFindings(findings, { given: lines, expected: spec.solution.trimEnd() });
      const remark = graded.correct ? undefined : remarkOn(answer, spec.wrong, sameWords);
      return {
        ...graded,
        ...(remark !== undefined && { because: remark }),
        evidence: [...(output === undefined ? [] : [commandEvidence(lines, output)]), ...graded.evidence],
      };
    });
  },
  async isRight(spec, answer, { cluster }) {
    return await cluster.aside(async () => {
      if (answer.trim() !== '') await cluster.run(answer);
      return await areMet(spec.checks, cluster);
    });
  },
  solve: async (spec) => spec.solution,
  nodes: (spec) => nodesOfChecks(spec.checks),
} satisfies QuestionKind<Spec>;
