/** Who reaches whom as a table: a row a sender, a column a destination, numbered as in the rows. */
import { harmless, indent, textColumns, width, wrap } from './text.ts';
import type { Screen } from './quiz-view.ts';

/** What a matrix shows: a part of `trace --matrix -o json`. */
export interface Reachability {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly rows: readonly (readonly { readonly from: string; readonly to: string; readonly outcome: string; readonly why: string }[])[];
}

const signs: Readonly<Record<string, string>> = { connected: '.', timeout: 'X', refused: 'R', unreachable: 'U', 'dns-failure': 'D' };

/** So many different reasons are told; the others are in the JSON. */
const mostReasons = 12;

export function matrixView({ from, to, rows }: Reachability, screen: Screen): readonly string[] {
  const { theme } = screen;
  const numbers = new Map(to.map((name, i) => [name, String(i + 1)]));
  const digits = Math.max(1, String(to.length).length);
  const names = Math.max(0, ...from.map((name) => width(shortName(name))));
  const head = `${' '.repeat(digits + 2 + names)}  ${to.map((name) => numbers.get(name)!.padStart(digits)).join(' ')}`;
  const lines = rows.map((row, i) => {
    const sender = from[i]!;
    const cells = row.map(({ outcome }) => {
      const sign = (signs[outcome] ?? '?').padStart(digits);
      return outcome === 'connected' ? theme.good(sign) : theme.bad(sign);
    });
    const name = shortName(sender);
    return `${theme.dim((numbers.get(sender) ?? '').padStart(digits))}  ${harmless(name)}${' '.repeat(names - width(name))}  ${cells.join(' ')}`;
  });
  const met = [...new Set(rows.flat().map(({ outcome }) => outcome))].filter((outcome) => outcome !== 'connected');
  const legend = ['connected', ...Object.keys(signs).filter((one) => met.includes(one))].map((one) => `${signs[one]!} ${one}`).join('   ');
  return [theme.dim(head), ...lines, '', theme.dim(legend), ...reasons(rows.flat(), screen)];
}

/** What policies have decided, each once, the most frequent first. */
function reasons(cells: readonly { readonly outcome: string; readonly why: string }[], { theme, columns }: Screen): readonly string[] {
  const counts = new Map<string, number>();
  for (const { outcome, why } of cells) {
    const [policy] = /^NetworkPolic(?:y|ies) .* for (?:in|e)gress/.exec(why) ?? [];
    if (outcome === 'connected' || policy === undefined) continue;
    counts.set(policy, (counts.get(policy) ?? 0) + 1);
  }
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  const most = String(sorted[0]?.[1] ?? '').length;
  const told = sorted.slice(0, mostReasons).flatMap(([why, count]) => {
    const times = `${String(count).padStart(most)} × `;
    return indent(wrap(harmless(why), textColumns(columns) - times.length), ' '.repeat(times.length), theme.dim(times));
  });
  const left = sorted.length - mostReasons;
  return sorted.length === 0 ? [] : ['', ...told, ...(left > 0 ? [theme.dim(`and ${left} more, in -o json`)] : [])];
}

/** `shop/web` of a pod, `node01 (node)` of a node. */
function shortName(end: string): string {
  return end.startsWith('pod:') ? end.slice(4) : `${end.replace(/^node:/, '')} (node)`;
}
