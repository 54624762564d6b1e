import { linesOf } from './evidence.ts';
import type { Output } from './live-cluster.ts';

/** The line in which a failed command says what is wrong; the API server's warnings come before it, and are not that. */
export function firstLine(output: Output): string {
  const said = linesOf(output.stderr);
  return (
    said.find((line) => !line.startsWith('Warning: ')) ??
    said[0] ??
    linesOf(output.stdout)[0] ??
    `exit status ${output.exitCode}, and no output`
  );
}

/** An observed value in a sentence: one line in backticks, more of them by their number, nothing as “empty”. */
export function shown(text: string): string {
  const lines = linesOf(text.trimEnd());
  if (lines.length === 0 || text.trim() === '') return 'empty';
  const first = lines[0]!.length > 100 ? `${lines[0]!.slice(0, 99)}…` : lines[0]!;
  return lines.length === 1 ? `\`${first}\`` : `${lines.length} lines, the first of them \`${first}\``;
}
