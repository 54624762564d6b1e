import * as z from 'zod';
import { Check } from '../../check.ts';
import { commandEvidence } from '../../evidence.ts';
import { wholeGrade } from '../../grade.ts';
import { firstLine } from '../../observed.ts';
import { areMet, findingsOf, gradeFindings, nodesOfChecks, outcomesAtStart, outcomesOf } from '../../standing.ts';
import { commonFields, remarkOn, sameWords, type QuestionKind } from '../kind.ts';

const schema = z
  .strictObject({
    type: z.literal('manifest').describe('Says that it is of this kind.'),
    ...commonFields,
    namespace: z.string().optional().describe('The namespace of objects that name none.'),
    template: z.string().optional().describe('What the editor opens with.'),
    checks: z.array(Check).min(1).describe('What must be so once the manifest is applied.'),
    solution: z.string().min(1).describe('A right manifest; `cka-net test` proves that it is.'),
    alternatives: z.array(z.string()).default([]).describe('Other right manifests, proven too.'),
  })
  .meta({ id: 'manifest', description: 'A manifest to write, judged by how the cluster behaves once it is applied.' });
type Spec = z.infer<typeof schema>;

function applyLine({ namespace }: Spec): string {
  return `kubectl apply${namespace === undefined ? '' : ` -n ${namespace}`} -f -`;
}

/** A manifest to write. It is applied to a copy of the cluster. */
export const manifest = {
  kind: 'manifest',
  schema,
  ask: async (spec) => ({
    mode: 'text',
    choices: [],
    form: 'a manifest in YAML',
    ...(spec.template !== undefined && { template: spec.template }),
  }),
  async grade(spec, answer, { cluster }) {
    const texts = { given: answer.trim(), expected: spec.solution.trimEnd() };
    if (answer.trim() === '') return wholeGrade(false, { ...texts, because: 'Nothing was written.', evidence: [] });
    const before = await outcomesAtStart(spec.checks, cluster);
    return await cluster.aside(async () => {
      const line = applyLine(spec);
      const output = await cluster.run(line, { stdin: answer });
      const applied = commandEvidence(line, output);
      const remark = remarkOn(answer, spec.wrong, sameWords);
      if (output.exitCode !== 0) {
        return wholeGrade(false, {
          ...texts,
          because: remark ?? `The manifest is not accepted: ${firstLine(output)}`,
          evidence: [applied],
        });
      }
      const findings = findingsOf(spec.checks, before, await outcomesOf(spec.checks, cluster));
      const graded = gradeFindings(findings, texts);
      return { ...graded, ...(remark !== undefined && !graded.correct && { because: remark }), evidence: [applied, ...graded.evidence] };
    });
  },
  async isRight(spec, answer, { cluster }) {
    if (answer.trim() === '') return false;
    return await cluster.aside(async () => {
      const { exitCode } = await cluster.run(applyLine(spec), { stdin: answer });
      return exitCode === 0 && (await areMet(spec.checks, cluster));
    });
  },
  solve: async (spec) => spec.solution,
  nodes: (spec) => nodesOfChecks(spec.checks),
} satisfies QuestionKind<Spec>;
