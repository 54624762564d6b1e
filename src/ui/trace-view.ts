/** One packet's walk as a drawing: a column of places down the way, machine by machine, the one that decided marked. */
import { hostPort } from '#net/ip.ts';
import { harmless, indent, textColumns, width, wrap } from './text.ts';
import type { Screen } from './quiz-view.ts';

/** What a walk shows: a part of `trace -o json`. */
export interface Walked {
  readonly from: string;
  readonly to: string;
  readonly outcome: string;
  readonly why: string;
  readonly resolved: { readonly name: string; readonly address: string } | null;
  readonly destination: { readonly kind: string; readonly namespace: string | null; readonly name: string } | null;
  readonly candidates: readonly string[];
  readonly probability: number | null;
  readonly sourceSeenByDestination: string | null;
  readonly http: { readonly status: number; readonly backend: string | null; readonly location: string | null } | null;
  readonly hops: readonly {
    readonly node: string;
    readonly at: string;
    readonly action: string;
    readonly because: string;
    readonly packet: Packet;
  }[];
  readonly decisive: number | null;
}

interface Packet {
  readonly protocol: string;
  readonly srcIp: string;
  readonly srcPort: number;
  readonly dstIp: string;
  readonly dstPort: number;
}

/** The column of places is at most so wide; the reason of a longer one begins on the next line. */
const widestPlace = 34;

export function traceView(walked: Walked, screen: Screen): readonly string[] {
  const { theme, columns } = screen;
  const { outcome, why } = walked;
  const connected = outcome === 'connected';
  const paint = connected ? theme.good : theme.bad;
  const mark = connected ? theme.marks.right : theme.marks.wrong;
  const verdict = `${paint(`${mark} ${outcome}`)}  ${harmless(why)}`;
  return [
    theme.title(`${harmless(walked.from)} ${theme.marks.arrow} ${harmless(walked.to)}`),
    ...(walked.resolved === null ? [] : [theme.dim(`${walked.resolved.name} is ${walked.resolved.address}`)].map((line) => line.trimEnd())),
    ...way(walked, screen),
    '',
    ...indent(wrap(verdict, textColumns(columns) - 2), '  ', ''),
    ...facts(walked, screen),
  ];
}

/** The hops, under the machines they are on; where the packet changes, it is shown as it goes on. */
function way({ hops, decisive, outcome }: Walked, { theme, columns }: Screen): readonly string[] {
  const places = Math.min(widestPlace, Math.max(0, ...hops.map((hop) => width(hop.at))));
  const actions = Math.max(0, ...hops.map((hop) => hop.action.length));
  const room = Math.max(24, textColumns(columns) - places - actions - 6);
  const lines: string[] = [];
  let node: string | undefined;
  let packet = '';
  hops.forEach((hop, i) => {
    const now = packetText(hop.packet, theme.marks.arrow);
    if (hop.node !== node) {
      lines.push('', `${theme.strong(harmless(hop.node))}  ${theme.dim(now)}`);
      node = hop.node;
      packet = now;
    }
    const decides = i === decisive;
    const paint = !decides ? (text: string) => text : outcome === 'connected' ? theme.good : theme.bad;
    const rail = decides ? paint(theme.marks.proof) : theme.dim(theme.marks.quote);
    const place = harmless(hop.at);
    const reason = wrap(harmless(hop.because), room);
    const head = `${place.padEnd(places)}  ${hop.action.padEnd(actions)}`;
    const fits = width(place) <= places;
    const beside = fits ? reason : ['', ...reason];
    beside.forEach((line, n) => {
      const left = n === 0 ? head : ' '.repeat(places + actions + 2);
      lines.push(`${rail} ${paint(`${left}  ${line}`.trimEnd())}`);
    });
    if (now !== packet) lines.push(`${rail} ${' '.repeat(places + actions + 4)}${theme.dim(now)}`);
    packet = now;
  });
  return lines;
}

function packetText({ protocol, srcIp, srcPort, dstIp, dstPort }: Packet, arrow: string): string {
  const end = (ip: string, port: number) => (port === 0 ? ip : hostPort(ip, port));
  return `${protocol} ${end(srcIp, srcPort)} ${arrow} ${end(dstIp, dstPort)}`;
}

/** What else is worth knowing of a connection: who took it, among whom, whom they see, what they answer. */
function facts(
  { destination, candidates, probability, sourceSeenByDestination, http, outcome }: Walked,
  screen: Screen,
): readonly string[] {
  const { theme, columns } = screen;
  const rows: [string, string][] = [];
  if (destination !== null) {
    const { kind, namespace, name } = destination;
    rows.push(['taken by', `${kind} ${namespace === null ? name : `${namespace}/${name}`}`]);
  }
  if (candidates.length > 1) {
    const share = probability === null ? '' : `, each time anew; this one in ${percent(probability)} of the cases`;
    rows.push(['one of', `${candidates.join(', ')}${outcome === 'connected' ? share : ''}`]);
  }
  if (sourceSeenByDestination !== null) rows.push(['it sees', sourceSeenByDestination]);
  if (http !== null) {
    const backend = http.backend === null ? '' : ` from ${http.backend}`;
    rows.push(['HTTP', `${http.status}${backend}${http.location === null ? '' : ` ${theme.marks.arrow} ${http.location}`}`]);
  }
  return rows.flatMap(([name, text]) =>
    indent(wrap(harmless(text), textColumns(columns) - 12), ' '.repeat(12), `  ${theme.dim(name.padEnd(10))}`),
  );
}

function percent(probability: number): string {
  return `${Number((probability * 100).toFixed(1))} %`;
}
