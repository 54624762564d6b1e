import type { Theme } from './theme.ts';

export type Mark = 'right' | 'partly' | 'wrong' | 'skipped' | 'open';

/** The round so far, a stroke a question: `━━━━──── 4 of 8`. In words where signs say nothing. */
export function progressBar(marks: readonly Mark[], current: number, columns: number, theme: Theme): string {
  const count = `${Math.min(current + 1, marks.length)} of ${marks.length}`;
  if (theme.plain) return `Question ${count}`;
  const stroke = Math.max(1, Math.min(4, Math.floor((columns - count.length - 4) / Math.max(1, marks.length))));
  const shown = marks.slice(0, Math.max(1, columns - count.length - 4));
  const bar = shown.map((mark, index) => {
    const text = (mark === 'open' ? theme.marks.empty : theme.marks.full).repeat(stroke);
    if (mark === 'open') return index === current ? theme.accent(theme.marks.full.repeat(stroke)) : theme.dim(text);
    return { right: theme.good, partly: theme.warn, wrong: theme.bad, skipped: theme.dim }[mark](text);
  });
  return `${bar.join('')}  ${theme.dim(count)}`;
}
