import * as z from 'zod';
import { commandEvidence } from '../../evidence.ts';
import { expectationFields, expectationText, expectationWords, expectsSomething, satisfies } from '../../expectation.ts';
import { shellQuote } from '../../flow-schema.ts';
import { firstLine, shown } from '../../observed.ts';
import type { CheckKind } from '../kind.ts';

const schema = z
  .strictObject({
    node: z.string().describe('The node.'),
    path: z.string().regex(/^\//, { error: 'must be an absolute path' }).describe('The file, by its absolute path.'),
    absent: z.literal(true).optional().describe('The file must not be there.'),
    ...expectationFields,
  })
  .refine((spec) => spec.absent === undefined || !expectsSomething(spec), { error: 'a file that is absent has no content to expect' })
  .describe('Looks at a file on a node.');
type Spec = z.infer<typeof schema>;

/** Whether a file on a node is there, and what it says. */
export const file = {
  kind: 'file',
  schema,
  describe: (spec) =>
    `${spec.path} on ${spec.node} ${spec.absent === true ? 'does not exist' : expectsSomething(spec) ? expectationText(spec) : 'exists'}`,
  positive: (spec) => spec.absent === undefined,
  async check(spec, cluster) {
    const line = `cat ${shellQuote(spec.path)}`;
    const output = await cluster.run(line, { node: spec.node });
    const there = output.exitCode === 0;
    const met = spec.absent === true ? output.stderr.includes('No such file') : there && satisfies(output.stdout, spec);
    const observed = there ? (spec.absent === true ? 'it exists' : `it says ${shown(output.stdout)}`) : firstLine(output);
    return { met, observed, evidence: commandEvidence(line, output, expectationWords(spec), spec.node) };
  },
  nodes: ({ node }) => [{ path: ['node'], node }],
} satisfies CheckKind<Spec>;
