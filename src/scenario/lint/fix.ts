/** Safe remedies, carried out. */
import type { SourceFile } from '../source.ts';
import type { Finding } from './finding.ts';

/** The text of a file with every remedy for it, from the end to the beginning; one that does not fit its place is left out. */
export function fixed({ name, text }: SourceFile, findings: readonly Finding[]): string {
  const bom = text.startsWith('\uFEFF') ? 1 : 0;
  const starts = [bom];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const edits = findings.flatMap(({ file, at, fix }) => {
    if (file !== name || at === undefined || fix === undefined) return [];
    const lineStart = starts[at.line - 1] ?? 0;
    const offset = lineStart + [...text.slice(lineStart)].slice(0, at.column - 1).join('').length;
    return text.startsWith(fix.from, offset) ? [{ offset, ...fix }] : [];
  });
  const mended = edits
    .sort((a, b) => b.offset - a.offset)
    .filter((edit, index, all) => index === 0 || edit.offset + edit.from.length <= all[index - 1]!.offset)
    .reduce((out, { offset, from, to }) => out.slice(0, offset) + to + out.slice(offset + from.length), text);
  return edits.some(({ from }) => from === '\r\n') ? mended.replaceAll('\r\n', '\n') : mended;
}
