import * as z from 'zod';
import { nodeNamedBy, parseSource, parseTarget, sourceText } from '../../endpoint.ts';
import { walkEvidence } from '../../evidence.ts';
import { flowFields } from '../../flow-schema.ts';
import { flowOutcomes, type FlowReport, type LiveCluster } from '../../live-cluster.ts';
import type { CheckKind, NodeMention, Outcome } from '../kind.ts';

const schema = z
  .strictObject({
    ...flowFields,
    expect: z
      .strictObject({
        outcome: z
          .enum([...flowOutcomes, 'closed'])
          .optional()
          .describe('How the connection ends; `connected` when absent. `closed`: there is none, whatever the reason.'),
        status: z.int().min(100).max(599).optional().describe('The HTTP status.'),
        backend: z.string().optional().describe('The Service port that the HTTP request is handed to: NAMESPACE/SERVICE:PORT.'),
        destination: z.string().optional().describe('Who takes the packet in the end: NAMESPACE/POD, or the name of a node.'),
        source: z.string().optional().describe('The source address that the destination sees.'),
      })
      .prefault({})
      .describe('What should become of it.'),
  })
  .describe('Follows a packet.');
type Spec = z.infer<typeof schema>;

/** Whether a packet arrives, and where. */
export const connect = {
  kind: 'connect',
  schema,
  describe: ({ from, to, expect }) => `${to} ${wanted(expect)} from ${sourceText(from)}`,
  positive: ({ expect }) => wantedOutcome(expect) === 'connected',
  async check(spec: Spec, cluster: LiveCluster): Promise<Outcome> {
    const { expect, ...flow } = spec;
    const report = await cluster.trace(flow);
    return { met: holds(expect, report), observed: observedText(report), evidence: walkEvidence(flow, report) };
  },
  nodes: ({ from, to }) => mention('from', nodeNamedBy(parseSource(from))).concat(mention('to', nodeNamedBy(parseTarget(to)))),
} satisfies CheckKind<Spec>;

function wantedOutcome(expect: Spec['expect']): string {
  return expect.outcome ?? 'connected';
}

function wanted({ outcome, status, backend, destination, source }: Spec['expect']): string {
  const words = [
    outcome === 'closed'
      ? 'does not answer'
      : outcome !== undefined && outcome !== 'connected'
        ? `ends in ${outcomeText[outcome]}`
        : status !== undefined
          ? `answers ${status}`
          : 'answers',
    ...(backend === undefined ? [] : [`through ${backend}`]),
    ...(destination === undefined ? [] : [`at ${destination}`]),
    ...(source === undefined ? [] : [`seeing source ${source}`]),
  ];
  return words.join(' ');
}

const outcomeText = {
  connected: 'a connection',
  refused: '“connection refused”',
  timeout: 'a timeout',
  unreachable: '“no route to host”',
  'dns-failure': 'a name that does not resolve',
} as const;

function holds(expect: Spec['expect'], report: FlowReport): boolean {
  const { destination } = report;
  const at =
    destination === null ? undefined : destination.namespace === null ? destination.name : `${destination.namespace}/${destination.name}`;
  return (
    (expect.outcome === 'closed' ? report.outcome !== 'connected' : report.outcome === wantedOutcome(expect)) &&
    (expect.status === undefined || report.http?.status === expect.status) &&
    (expect.backend === undefined || report.http?.backend === expect.backend) &&
    (expect.destination === undefined || at === expect.destination) &&
    (expect.source === undefined || report.sourceSeenByDestination === expect.source)
  );
}

function observedText(report: FlowReport): string {
  const last = report.hops.at(-1);
  const fate =
    report.outcome === 'connected'
      ? report.http === null
        ? 'it connects'
        : `it answers ${report.http.status}`
      : `it ends in ${outcomeText[report.outcome]}`;
  const where =
    report.destination === null
      ? ''
      : ` at ${report.destination.namespace === null ? '' : `${report.destination.namespace}/`}${report.destination.name}`;
  return `${fate}${where}${last === undefined || last.because === '' ? '' : ` (${last.because})`}`;
}

function mention(field: string, node: string | undefined): NodeMention[] {
  return node === undefined ? [] : [{ path: [field], node }];
}
