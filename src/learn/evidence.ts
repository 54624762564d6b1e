import type { FlowHop, FlowReport, FlowRequest, Lookup, LookupReport, Output } from './live-cluster.ts';

/** What a verdict rests on: something the learner could have done, what it showed, and which of its lines prove the point. */
export interface Evidence {
  /** `command`: `source` is a shell line. `walk`: a packet's. `lookup`: a DNS question. `sum`: worked out on paper. */
  readonly kind: 'command' | 'walk' | 'lookup' | 'sum';
  readonly source: string;
  readonly node?: string;
  readonly lines: readonly string[];
  /** Indexes into `lines`. */
  readonly proves: readonly number[];
  /** A walk's places, one a line, for who draws it. */
  readonly hops?: readonly FlowHop[];
}

/** The terminal's view of a command: what it printed, errors last. Lines that contain one of `words` prove the point. */
export function commandEvidence(line: string, output: Output, words: readonly string[] = [], node?: string): Evidence {
  const lines = linesOf(output.stdout + output.stderr);
  return {
    kind: 'command',
    source: line,
    ...(node !== undefined && { node }),
    lines,
    proves: indexes(lines, (text) => words.some((word) => word !== '' && text.includes(word))),
  };
}

/** A packet's walk, a line a hop; the last hop decided its fate. */
export function walkEvidence(flow: FlowRequest, report: FlowReport): Evidence {
  const lines = report.hops.map((hop) => `${hop.node === null ? '' : `${hop.node}  `}${hop.at}  ${hop.action}: ${hop.because}`);
  return {
    kind: 'walk',
    source: `${flow.from} → ${flow.to}`,
    lines,
    proves: lines.length > 0 ? [report.decisive ?? lines.length - 1] : [],
    hops: report.hops,
  };
}

export function lookupEvidence(question: Lookup, report: LookupReport): Evidence {
  const lines = [`${report.rcode}${report.answeredName === null ? '' : `  ${report.answeredName}`}`, ...report.data, report.because];
  return { kind: 'lookup', source: `${question.name} ${question.type}, asked by ${question.from}`, lines, proves: [0] };
}

/** The lines of a text; a final newline makes no empty one. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function indexes(lines: readonly string[], proves: (line: string) => boolean): readonly number[] {
  return lines.flatMap((line, index) => (proves(line) ? [index] : []));
}
