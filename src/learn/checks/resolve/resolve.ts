import * as z from 'zod';
import { nodeNamedBy, parseSource, sourceText } from '../../endpoint.ts';
import { lookupEvidence } from '../../evidence.ts';
import { FlowSource } from '../../flow-schema.ts';
import type { CheckKind } from '../kind.ts';

const recordTypes = ['A', 'AAAA', 'CNAME', 'SRV', 'PTR', 'TXT', 'SOA', 'NS'] as const;

const schema = z
  .strictObject({
    from: FlowSource,
    name: z.string().min(1).describe('The name to look up; the search path applies to it.'),
    type: z.enum(recordTypes).default('A').describe('The record type.'),
    expect: z
      .strictObject({
        rcode: z
          .enum(['NOERROR', 'NXDOMAIN', 'SERVFAIL', 'REFUSED', 'TIMEOUT'])
          .optional()
          .describe('How the question is answered; `NOERROR` when absent.'),
        data: z.array(z.string()).optional().describe('The data of the answers, in any order; without it, there must be at least one.'),
      })
      .prefault({})
      .describe('What the answer should be.'),
  })
  .describe('Asks a DNS question.');
type Spec = z.infer<typeof schema>;

/** Whether a name resolves, and to what, where it is asked. */
export const resolve = {
  kind: 'resolve',
  schema,
  describe: ({ from, name, type, expect }) => `${name} ${type} ${wanted(expect)}, asked by ${sourceText(from)}`,
  positive: ({ expect }) => (expect.rcode ?? 'NOERROR') === 'NOERROR',
  async check({ from, name, type, expect }, cluster) {
    const question = { from, name, type };
    const report = await cluster.lookup(question);
    const rcode = expect.rcode ?? 'NOERROR';
    const rightData =
      expect.data !== undefined
        ? [...expect.data].sort().join() === [...report.data].sort().join()
        : rcode !== 'NOERROR' || report.data.length > 0;
    const answer =
      report.data.length > 0 ? report.data.join(', ') : report.rcode === 'NOERROR' ? 'NOERROR without an answer' : report.rcode;
    return {
      met: report.rcode === rcode && rightData,
      observed: `the answer is ${answer} (${report.because})`,
      evidence: lookupEvidence(question, report),
    };
  },
  nodes: ({ from }) => {
    const node = nodeNamedBy(parseSource(from));
    return node === undefined ? [] : [{ path: ['from'], node }];
  },
} satisfies CheckKind<Spec>;

function wanted({ rcode = 'NOERROR', data }: Spec['expect']): string {
  if (data !== undefined && data.length > 0) return `gives ${data.join(', ')}`;
  return rcode === 'NOERROR' ? (data === undefined ? 'resolves' : 'is answered without data') : `gives ${rcode}`;
}
