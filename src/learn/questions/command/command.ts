import * as z from 'zod';
import { Check } from '../../check.ts';
import { Expectation, expectationText, expectationWords, expectsSomething, satisfies } from '../../expectation.ts';
import { ComputeError } from '../../computed.ts';
import { commandEvidence, type Evidence } from '../../evidence.ts';
import { wholeGrade, type Grade } from '../../grade.ts';
import type { LiveCluster, Output } from '../../live-cluster.ts';
import { firstLine, shown } from '../../observed.ts';
import { findingsOf, gradeFindings, nodesOfChecks, outcomesOf } from '../../standing.ts';
import { commonFields, remarkOn, sameWords, type QuestionKind } from '../kind.ts';

const schema = z
  .strictObject({
    type: z.literal('command').describe('Says that it is of this kind.'),
    ...commonFields,
    answer: z
      .strictObject({
        run: z.string().min(1).describe('A right command line.'),
        node: z.string().optional().describe('The node it and every answer run on; the control plane when absent.'),
      })
      .describe('One right answer. Every line that reveals what it prints, or that achieves the checks, is right too.'),
    shows: Expectation.optional().describe(
      'What the output of a right line shows, where the words of the answer’s own output ask too much.',
    ),
    checks: z.array(Check).min(1).optional().describe('What the line must achieve. Without checks, it must reveal what the answer prints.'),
  })
  .refine((spec) => spec.shows === undefined || spec.checks === undefined, { error: '`shows` and `checks` exclude each other' })
  .refine((spec) => spec.shows === undefined || expectsSomething(spec.shows), { path: ['shows'], error: 'must expect something' })
  .meta({ id: 'command', description: 'A command line, judged by what it prints or changes, never by its spelling.' });
type Spec = z.infer<typeof schema>;

/** A command line. It is run on a copy of the cluster, and judged by what it printed or changed there. */
export const command = {
  kind: 'command',
  schema,
  ask: async () => ({ mode: 'line', choices: [], form: 'a command line' }),
  async grade(spec, answer, { cluster }) {
    const line = answer.trim();
    const remark = remarkOn(line, spec.wrong, sameWords);
    const graded =
      spec.checks === undefined ? await gradeRevealing(spec, line, cluster) : await gradeAchieving(spec, spec.checks, line, cluster);
    return remark === undefined || graded.correct ? graded : { ...graded, because: remark };
  },
  solve: async (spec) => spec.answer.run,
  nodes: (spec) => [
    ...(spec.answer.node === undefined ? [] : [{ path: ['answer', 'node'], node: spec.answer.node }]),
    ...nodesOfChecks(spec.checks ?? []),
  ],
} satisfies QuestionKind<Spec>;

/** The line is right when what is to be revealed stands in what it prints, without having been typed in. */
async function gradeRevealing(spec: Spec, line: string, cluster: LiveCluster): Promise<Grade> {
  const { run, node } = spec.answer;
  const wanted = await cluster.aside(() => cluster.run(run, { node }));
  const secret = secretOf(spec, wanted);
  const rightEvidence = commandEvidence(run, wanted, secret.words, node);
  if (line === '') return wholeGrade(false, { given: '', expected: run, because: 'No command was given.', evidence: [rightEvidence] });
  const output = await cluster.aside(() => cluster.run(line, { node }));
  const missing = secret.missingIn(output.stdout);
  const isTyped = secret.missingIn(line) === undefined;
  const correct = output.exitCode === 0 && missing === undefined && !isTyped;
  const because = correct
    ? `It shows ${shown(output.stdout)}.`
    : isTyped
      ? 'What is asked for stands in the line itself. Let the cluster say it.'
      : output.exitCode !== 0
        ? `It exits ${output.exitCode}: ${firstLine(output)}`
        : `It does not show ${missing}.`;
  const evidence: Evidence[] = [commandEvidence(line, output, secret.words, node), ...(correct ? [] : [rightEvidence])];
  return wholeGrade(correct, { given: line, expected: run, because, evidence });
}

/** What is to be revealed. */
interface Secret {
  /** Words whose lines prove the point. */
  readonly words: readonly string[];
  /** What a text lacks of it, in words; undefined when it is all there. */
  missingIn(text: string): string | undefined;
}

function secretOf({ shows, answer }: Spec, wanted: Output): Secret {
  if (shows !== undefined) {
    if (!satisfies(wanted.stdout, shows))
      throw new ComputeError(`the answer itself does not show what it should: \`${answer.run}\` printed ${shown(wanted.stdout)}`);
    return {
      words: expectationWords(shows),
      missingIn: (text) => (satisfies(text, shows) ? undefined : `something that ${expectationText(shows)}`),
    };
  }
  const words = wordsOf(wanted.stdout);
  if (wanted.exitCode !== 0 || words.length === 0)
    throw new ComputeError(`\`${answer.run}\` exited ${wanted.exitCode} and printed ${shown(wanted.stdout)}`);
  return {
    words,
    missingIn(text) {
      const printed = new Set(wordsOf(text));
      const missing = words.filter((word) => !printed.has(word));
      return missing.length === 0 ? undefined : `${missing.slice(0, 3).join(', ')}${missing.length > 3 ? '…' : ''}`;
    },
  };
}

/** The line is right when the checks that did not hold hold after it, and those that held still do. */
async function gradeAchieving(spec: Spec, checks: readonly Check[], line: string, cluster: LiveCluster): Promise<Grade> {
  const { run, node } = spec.answer;
  return await cluster.aside(async () => {
    const before = await outcomesOf(checks, cluster);
    const output = await cluster.run(line === '' ? ':' : line, { node });
    const findings = findingsOf(checks, before, await outcomesOf(checks, cluster));
    const graded = gradeFindings(findings, {
      given: line,
      expected: run,
      ...(output.exitCode !== 0 && { because: `It exits ${output.exitCode}: ${firstLine(output)}` }),
    });
    return { ...graded, evidence: [commandEvidence(line, output, [], node), ...graded.evidence] };
  });
}

/** The words of an output: what stands between blanks and the punctuation of tables, JSON and YAML. */
function wordsOf(text: string): readonly string[] {
  return [...new Set(text.split(/[\s"',;=[\]{}()|]+|:(?=\s|$)/).filter((word) => word !== ''))];
}
