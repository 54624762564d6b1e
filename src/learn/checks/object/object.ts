import * as z from 'zod';
import { commandEvidence } from '../../evidence.ts';
import { expectationFields, expectationText, expectationWords, expectsSomething, satisfies } from '../../expectation.ts';
import { JsonPathText, kubectlGet, objectFields, shellQuote } from '../../flow-schema.ts';
import { firstLine, shown } from '../../observed.ts';
import type { CheckKind } from '../kind.ts';

const schema = z
  .strictObject({
    ...objectFields,
    jsonpath: JsonPathText.optional().describe(
      'The field to look at, as `kubectl get -o jsonpath=` takes it. Without it, the object only has to exist.',
    ),
    ...expectationFields,
  })
  .refine((spec) => (spec.jsonpath === undefined) === !expectsSomething(spec), {
    error: '`jsonpath` and one of equals, contains, excludes and matches go together',
  })
  .describe('Looks at an object of the API.');
type Spec = z.infer<typeof schema>;

/** Whether an object exists, and what one of its fields says. */
export const object = {
  kind: 'object',
  schema,
  describe: (spec) =>
    spec.jsonpath === undefined ? `${named(spec)} exists` : `${spec.jsonpath} of ${named(spec)} ${expectationText(spec)}`,
  positive: () => true,
  async check(spec, cluster) {
    const line = spec.jsonpath === undefined ? kubectlGet(spec) : kubectlGet(spec, '-o', shellQuote(`jsonpath=${spec.jsonpath}`));
    const output = await cluster.run(line);
    const evidence = commandEvidence(line, output, expectationWords(spec));
    if (output.exitCode !== 0) return { met: false, observed: firstLine(output), evidence };
    if (spec.jsonpath === undefined) return { met: true, observed: 'it exists', evidence };
    return { met: satisfies(output.stdout, spec), observed: `it is ${shown(output.stdout)}`, evidence };
  },
  nodes: () => [],
} satisfies CheckKind<Spec>;

function named({ ref, namespace }: Spec): string {
  return namespace === undefined ? ref : `${ref} in ${namespace}`;
}
