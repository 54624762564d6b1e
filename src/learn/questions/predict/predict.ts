import * as z from 'zod';
import { answerKindOf, compare, listed, tidy } from '../../answer.ts';
import { ComputeError, walkFieldNames, walkFields, type WalkField } from '../../computed.ts';
import { nodeNamedBy, parseSource, parseTarget } from '../../endpoint.ts';
import { walkEvidence } from '../../evidence.ts';
import { flowFields } from '../../flow-schema.ts';
import { allMet, scoreOf, type Finding } from '../../grade.ts';
import { flowOutcomes } from '../../live-cluster.ts';
import { commonFields, remarkOn, sameWords, type QuestionKind } from '../kind.ts';

const schema = z
  .strictObject({
    type: z.literal('predict').describe('Says that it is of this kind.'),
    ...commonFields,
    ...flowFields,
    ask: z.array(z.enum(walkFieldNames)).min(1).max(4).default(['outcome']).describe('What of the walk is to be predicted, in this order.'),
  })
  .meta({ id: 'predict', description: 'What will become of a packet; the truth is its walk.' });
type Spec = z.infer<typeof schema>;

/** What will become of a packet: refused or timeout, which backend, which source address. */
export const predict = {
  kind: 'predict',
  schema,
  async ask({ ask }) {
    if (ask.length === 1 && ask[0] === 'outcome') return { mode: 'one', choices: flowOutcomes, form: 'the letter of one outcome' };
    return { mode: 'line', choices: [], form: ask.map((field) => fieldForms[field]).join(', then ') };
  },
  async grade(spec, answer, { cluster }) {
    const { report, wanted } = await walk(spec, cluster);
    const parts = spec.ask.length === 1 ? [tidy(answer)] : listed(answer);
    const comparisons = spec.ask.map((field, index) => {
      const given = field === 'outcome' ? outcomeMeant(parts[index] ?? '') : (parts[index] ?? '');
      return compareField(given, wanted[index]!);
    });
    const findings = spec.ask.map((field, index): Finding => ({
      wanted: `${fieldForms[field]} is ${wanted[index]!.join(', ')}`,
      met: comparisons[index]!.equal,
      observed: comparisons[index]!.given === '' ? 'no answer' : comparisons[index]!.given,
      weight: 1,
    }));
    const correct = allMet(findings);
    const near = comparisons.find((one) => one.near !== undefined)?.near;
    const why = report.why ?? report.hops.at(-1)?.because;
    return {
      correct,
      score: correct ? 1 : scoreOf(findings),
      given: comparisons.map((one) => one.given).join(', '),
      expected: wanted.map((values) => values.join(' or ')).join(', '),
      because:
        (correct ? undefined : remarkOn(answer, spec.wrong, sameWords)) ??
        (why === undefined || why === '' ? `The outcome is ${report.outcome}.` : `${report.outcome}: ${why}`),
      ...(near !== undefined && !correct && { near }),
      findings: spec.ask.length > 1 ? findings : [],
      evidence: [walkEvidence(spec, report)],
    };
  },
  solve: async (spec, { cluster }) => (await walk(spec, cluster)).wanted.map((values) => values[0]!).join(', '),
  nodes: ({ from, to }) => {
    const mention = (field: string, node: string | undefined) => (node === undefined ? [] : [{ path: [field], node }]);
    return [...mention('from', nodeNamedBy(parseSource(from))), ...mention('to', nodeNamedBy(parseTarget(to)))];
  },
} satisfies QuestionKind<Spec>;

const fieldForms: Record<WalkField, string> = {
  outcome: 'the outcome',
  status: 'the HTTP status',
  backend: 'the backend, NAMESPACE/SERVICE:PORT',
  name: 'the full name that is answered',
  destination: 'the destination, NAMESPACE/POD',
  address: "the destination's address",
  port: "the destination's port",
  source: 'the source address that the destination sees',
  candidates: 'one of the possible backends, ADDRESS:PORT',
  nodes: 'the first node on the way',
  hops: 'the first hop',
};

/** The values that are right for each part; of several candidates any one is. */
async function walk(spec: Spec, cluster: Parameters<QuestionKind<Spec>['grade']>[2]['cluster']) {
  const { from, to, method, headers, host, connectTo } = spec;
  const report = await cluster.trace({ from, to, method, headers, host, connectTo });
  const wanted = spec.ask.map((field) => {
    const values = walkFields[field](report);
    if (values.length === 0) throw new ComputeError(`the walk ${from} → ${to} (${report.outcome}) has no ${field}`);
    return field === 'candidates' ? values : values.slice(0, 1);
  });
  return { report, wanted };
}

function compareField(given: string, values: readonly string[]) {
  const comparisons = values.map((value) => compare(answerKindOf(undefined, value), given, value));
  return comparisons.find((one) => one.equal) ?? comparisons[0]!;
}

/** Outcomes by their letter, and by the words that people use for them. */
function outcomeMeant(text: string): string {
  const word = text.trim().toLowerCase();
  const index = word.length === 1 ? word.charCodeAt(0) - 97 : -1;
  return flowOutcomes[index] ?? outcomeWords[word] ?? word;
}

const outcomeWords: Readonly<Record<string, string>> = {
  'connection refused': 'refused',
  rst: 'refused',
  'timed out': 'timeout',
  'connection timed out': 'timeout',
  'no route to host': 'unreachable',
  ok: 'connected',
  connects: 'connected',
  nxdomain: 'dns-failure',
  'could not resolve host': 'dns-failure',
};
