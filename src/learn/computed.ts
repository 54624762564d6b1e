/** A value that is never typed by an author: it is read from the cluster when it is needed. */
import * as z from 'zod';
import { commandEvidence, linesOf, walkEvidence, type Evidence } from './evidence.ts';
import { Flow, kubectlGet, objectFields, shellQuote } from './flow-schema.ts';
import type { FlowReport, LiveCluster } from './live-cluster.ts';

/** What of a packet's walk can be asked for. */
export const walkFields = {
  outcome: (report: FlowReport) => [report.outcome],
  status: (report: FlowReport) => (report.http === null ? [] : [String(report.http.status)]),
  backend: (report: FlowReport) => (report.http?.backend == null ? [] : [report.http.backend]),
  destination: (report: FlowReport) =>
    report.destination === null
      ? []
      : [report.destination.namespace === null ? report.destination.name : `${report.destination.namespace}/${report.destination.name}`],
  address: (report: FlowReport) => (report.destination === null ? [] : [report.destination.address]),
  port: (report: FlowReport) => (report.destination?.port == null ? [] : [String(report.destination.port)]),
  source: (report: FlowReport) => (report.sourceSeenByDestination === null ? [] : [report.sourceSeenByDestination]),
  candidates: (report: FlowReport) => report.candidates,
  nodes: (report: FlowReport) =>
    report.hops.flatMap((hop, index) => (hop.node !== null && hop.node !== report.hops[index - 1]?.node ? [hop.node] : [])),
  hops: (report: FlowReport) => report.hops.map((hop) => hop.at),
} as const satisfies Record<string, (report: FlowReport) => readonly string[]>;
export type WalkField = keyof typeof walkFields;
export const walkFieldNames = Object.keys(walkFields) as [WalkField, ...WalkField[]];

export const Computed = z
  .strictObject({
    run: z.string().min(1).optional().describe('A shell line; its output, without the final newline, is the value. It must exit 0.'),
    node: z.string().optional().describe('The node `run` runs on; the control plane when absent.'),
    stdin: z.string().optional().describe('What `run` reads on standard input.'),
    trace: Flow.optional().describe('A packet to follow; `show` says what of its walk is the value.'),
    show: z.enum(walkFieldNames).optional().describe('What of the walk is the value; `outcome` when absent.'),
    object: z
      .strictObject({ ...objectFields, jsonpath: z.string().describe('A JSONPath template, as `kubectl get -o jsonpath=` takes it.') })
      .optional()
      .describe('A field of an object of the API.'),
  })
  .refine((value) => [value.run, value.trace, value.object].filter((one) => one !== undefined).length === 1, {
    error: 'must have exactly one of run, trace and object: an answer is computed, never typed',
  })
  .refine((value) => value.run !== undefined || (value.node === undefined && value.stdin === undefined), {
    error: '`node` and `stdin` belong to `run`',
  })
  .refine((value) => value.trace !== undefined || value.show === undefined, { error: '`show` belongs to `trace`' })
  .meta({ id: 'Computed', description: 'A value read from the cluster: one of run, trace and object.' });
export type Computed = z.infer<typeof Computed>;

export interface Value {
  readonly text: string;
  readonly evidence: Evidence;
}

/** A computed value could not be read: the scenario, not the learner, is at fault. */
export class ComputeError extends Error {
  override readonly name = 'ComputeError';
}

/**
 * Reads the value as the cluster is now; when that fails (the learner has deleted what it is read from), as it was at the start.
 * Throws a {@link ComputeError} when it fails there too.
 */
export async function compute(computed: Computed, cluster: LiveCluster): Promise<Value> {
  try {
    return await cluster.aside(() => read(computed, cluster));
  } catch (error) {
    if (!(error instanceof ComputeError)) throw error;
    return await cluster.asStarted(() => read(computed, cluster));
  }
}

async function read(computed: Computed, cluster: LiveCluster): Promise<Value> {
  if (computed.trace !== undefined) {
    const report = await cluster.trace(computed.trace);
    const values = walkFields[computed.show ?? 'outcome'](report);
    if (values.length === 0)
      throw new ComputeError(`the walk ${computed.trace.from} → ${computed.trace.to} (${report.outcome}) has no ${computed.show}`);
    return { text: values.join('\n'), evidence: walkEvidence(computed.trace, report) };
  }
  const { line, node, stdin } = lineOf(computed);
  const output = await cluster.run(line, { node, stdin });
  if (output.exitCode !== 0) {
    throw new ComputeError(`\`${line}\` exited ${output.exitCode}: ${linesOf(output.stderr + output.stdout)[0] ?? 'no output'}`);
  }
  const text = output.stdout.replace(/\n+$/, '');
  return { text, evidence: commandEvidence(line, output, linesOf(text), node) };
}

function lineOf(computed: Computed): { readonly line: string; readonly node?: string | undefined; readonly stdin?: string | undefined } {
  if (computed.run !== undefined) return { line: computed.run, node: computed.node, stdin: computed.stdin };
  const object = computed.object!;
  return { line: kubectlGet(object, '-o', shellQuote(`jsonpath=${object.jsonpath}`)) };
}
