/** The picture of a packet's walk: down one column, machine by machine, what it met; where it was decided is marked. */
import type { FlowHop } from '#learn/live-cluster.ts';
import { clip, harmless, wrap } from './text.ts';
import type { Theme } from './theme.ts';

/** So many places are shown whole; of a longer walk, what is between the interesting ones is left out. */
const shownHops = 14;
/** The column of places is at most so wide. */
const widestPlace = 32;

/** `decisive` are the places, by their index, that decided. */
export function walkPicture(hops: readonly FlowHop[], decisive: readonly number[], columns: number, theme: Theme): readonly string[] {
  const shown = interesting(hops, decisive);
  const places = Math.min(widestPlace, Math.max(...shown.map((index) => harmless(hops[index]!.at).length)), Math.floor(columns * 0.45));
  const rail = theme.dim('│');
  const lines: string[] = [];
  let last = -1;
  for (const index of shown) {
    const hop = hops[index]!;
    if (index > last + 1) lines.push(`${theme.dim('┊')} ${theme.dim(`${index - last - 1} more`)}`);
    if (last < 0 || hop.node !== hops[last]!.node)
      lines.push(`${theme.dim(last < 0 ? '┌' : '▼')} ${theme.strong(harmless(hop.node ?? 'outside of the cluster'))}`);
    const decides = decisive.includes(index);
    const place = clip(harmless(hop.at), places).padEnd(places);
    const margin = ' '.repeat(places + 2);
    const said = hop.action === hop.at ? hop.because : `${hop.action}: ${hop.because}`;
    const text = wrap(harmless(said), Math.max(12, columns - places - 4));
    text.forEach((part, line) => {
      const left = decides ? theme.accent(theme.marks.proof) : rail;
      const body = `${line === 0 ? `${place}  ` : margin}${part}`;
      lines.push(`${left} ${decides ? theme.strong(body) : body}`.trimEnd());
    });
    last = index;
  }
  if (last < hops.length - 1) lines.push(`${theme.dim('┊')} ${theme.dim(`${hops.length - 1 - last} more`)}`);
  return lines;
}

/** All places of a short walk; of a long one, where a machine is entered and left, and what is around the decision. */
function interesting(hops: readonly FlowHop[], decisive: readonly number[]): readonly number[] {
  const all = hops.map((_, index) => index);
  if (all.length <= shownHops) return all;
  return all.filter(
    (index) =>
      index === 0 ||
      index === all.length - 1 ||
      hops[index]!.node !== hops[index - 1]?.node ||
      hops[index]!.node !== hops[index + 1]?.node ||
      /NAT|masquerade|encapsulate/i.test(hops[index]!.action) ||
      decisive.some((one) => Math.abs(one - index) <= 1),
  );
}
