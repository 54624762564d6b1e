import * as z from 'zod';
import { commandEvidence } from '../../evidence.ts';
import { kubectlGet, objectFields } from '../../flow-schema.ts';
import { firstLine } from '../../observed.ts';
import type { CheckKind } from '../kind.ts';

const schema = z.strictObject(objectFields).describe('Wants an object not to exist.');
type Spec = z.infer<typeof schema>;

/** Whether an object is gone. An API server that does not answer is no proof of absence. */
export const absent = {
  kind: 'absent',
  schema,
  describe: ({ ref, namespace }) => `${ref}${namespace === undefined ? '' : ` in ${namespace}`} does not exist`,
  positive: () => false,
  async check(spec, cluster) {
    const line = kubectlGet(spec);
    const output = await cluster.run(line);
    const gone = output.exitCode !== 0 && output.stderr.includes('(NotFound)');
    const evidence = commandEvidence(line, output, [spec.ref.slice(spec.ref.indexOf('/') + 1)]);
    return { met: gone, observed: output.exitCode === 0 ? 'it exists' : firstLine(output), evidence };
  },
  nodes: () => [],
} satisfies CheckKind<Spec>;
