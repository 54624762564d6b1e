/** A value that is never typed by an author: it is read from the cluster when it is needed. */
import * as z from 'zod';
import { commandEvidence, linesOf, walkEvidence, type Evidence } from './evidence.ts';
import { Flow, JsonPathText, kubectlGet, objectFields, shellQuote } from './flow-schema.ts';
import type { FlowReport, LiveCluster } from './live-cluster.ts';
import { piece, pieces, rangeEvidence, rangeFieldNames, rangeFields, rangeOf } from './range.ts';

/** What of a packet's walk can be asked for. */
export const walkFields = {
  outcome: (report: FlowReport) => [report.outcome],
  status: (report: FlowReport) => (report.http === null ? [] : [String(report.http.status)]),
  backend: (report: FlowReport) => (report.http?.backend == null ? [] : [report.http.backend]),
  name: (report: FlowReport) => (report.resolved === null ? [] : [report.resolved.name]),
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

const Range = z
  .strictObject({
    of: z
      .string()
      .refine((text) => rangeOf(text) !== undefined, { error: 'must be an address with a length, like 172.16.20.7/22' })
      .describe('An address with the length of its network, like 172.16.20.7/22.'),
    show: z.enum(rangeFieldNames).optional().describe('What is asked of it; `network` when absent.'),
    cut: z.int().min(0).max(128).optional().describe('Cuts the range into pieces of this length.'),
    piece: z.int().min(0).optional().describe('Takes the piece with this number, from 0; without it, the value is the number of pieces.'),
  })
  .refine((value) => value.piece === undefined || value.cut !== undefined, { error: '`piece` belongs to `cut`' })
  .refine((value) => value.cut === undefined || value.piece !== undefined || value.show === undefined, {
    error: 'the number of pieces has no `show`; say which `piece`',
  });
type Range = z.infer<typeof Range>;

/** What is wrong with a value that is read from nowhere, or from several. */
function notOneSource(value: object): string {
  const found = ['run', 'trace', 'object', 'range'].filter((name) => name in value);
  if (found.length === 0) return 'must have one of run, trace, object and range: an answer is computed, never typed';
  return `has ${found.join(' and ')}: leave all but one out`;
}

export const Computed = z
  .strictObject({
    run: z.string().min(1).optional().describe('A shell line; its output, without the final newline, is the value. It must exit 0.'),
    node: z.string().optional().describe('The node `run` runs on; the control plane when absent.'),
    stdin: z.string().optional().describe('What `run` reads on standard input.'),
    trace: Flow.optional().describe('A packet to follow; `show` says what of its walk is the value.'),
    show: z.enum(walkFieldNames).optional().describe('What of the walk is the value; `outcome` when absent.'),
    object: z
      .strictObject({ ...objectFields, jsonpath: JsonPathText.describe('A JSONPath template, as `kubectl get -o jsonpath=` takes it.') })
      .optional()
      .describe('A field of an object of the API.'),
    range: Range.optional().describe('A sum over an address range.'),
  })
  .refine((value) => [value.run, value.trace, value.object, value.range].filter((one) => one !== undefined).length === 1, {
    error: ({ input }) => notOneSource(input as object),
  })
  .refine((value) => value.run !== undefined || (value.node === undefined && value.stdin === undefined), {
    error: '`node` and `stdin` belong to `run`',
  })
  .refine((value) => value.trace !== undefined || value.show === undefined, { error: '`show` belongs to `trace`' })
  .meta({ id: 'Computed', description: 'A value read from the cluster, or worked out: one of run, trace, object and range.' });
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
  // A sum needs no cluster, nor waits for one that is still coming up.
  if (computed.range !== undefined) return workOut(computed.range);
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

function workOut({ of: text, show, cut, piece: index }: Range): Value {
  const of = rangeOf(text)!;
  const cutText = cut === undefined ? '' : ` in pieces of /${cut}`;
  if (cut !== undefined && index === undefined) {
    const number = pieces(of, cut);
    if (number === 0n) throw new ComputeError(`${text} is smaller than a /${cut}`);
    const lines = [`/${of.length} → /${cut}: ${cut - of.length} bits`, `2^${cut - of.length} = ${number}`];
    return { text: String(number), evidence: { kind: 'sum', source: `${text}${cutText}`, lines, proves: [1] } };
  }
  const meant = cut === undefined ? of : piece(of, cut, index!);
  if (meant === undefined) throw new ComputeError(`${text}${cutText} has no number ${index}`);
  const value = rangeFields[show ?? 'network'](meant);
  if (value === undefined) throw new ComputeError(`${text} has no ${show}`);
  const source = cut === undefined ? text : `${text}${cutText}, number ${index! + 1}`;
  return { text: value, evidence: rangeEvidence(source, meant, show) };
}

function lineOf(computed: Computed): { readonly line: string; readonly node?: string | undefined; readonly stdin?: string | undefined } {
  if (computed.run !== undefined) return { line: computed.run, node: computed.node, stdin: computed.stdin };
  const object = computed.object!;
  return { line: kubectlGet(object, '-o', shellQuote(`jsonpath=${object.jsonpath}`)) };
}
